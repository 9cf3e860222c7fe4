"""``/changes`` and the histories of records: what was done to the data, in order, with tombstones."""

from datetime import UTC, date, datetime, time
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.api.asking import Reading, only
from app.api.paged import DEFAULT, Cursor, Limit, page_info
from app.api.shapes import API, PageInfo, Shape, moment_out
from app.errors import UnknownValue
from app.history import events, queries
from app.kit.draft import INT32_MAX
from app.kit.paging import fingerprint, read_cursor, write_cursor
from app.kit.public_ids import CITATION, EXPOSURE, FINDING, STUDY, public
from app.search.pages import Page

router = APIRouter(prefix="/changes", tags=["history"])
_LETTERS = {"study": STUDY, "finding": FINDING, "citation": CITATION, "exposure": EXPOSURE}
_PATHS = {"study": "studies", "finding": "findings", "citation": "citations"}
KINDS = ("study", "study_report", "exposure", "finding", "quote", "citation")
OPS = ("add", "edit", "status", "standing", "merge", "remove")


class HistoryOut(Shape):
    """One change. ``before`` and ``after`` are the stored text; an added citation is logged by the hash of its payload."""

    data_revision: int
    at: str
    actor: str
    reason: str
    kind: str
    id: str
    op: str
    before: str | None
    after: str | None
    tombstone: bool
    url: str | None


class ChangesMeta(Shape):
    """Where the feed stands: ask again with ``since`` set to ``data_revision``."""

    since: int
    data_revision: int


class ChangesOut(Shape):
    """The envelope of the change feed."""

    data: list[HistoryOut]
    page: PageInfo
    meta: ChangesMeta


def history_out(row: Row[Any]) -> dict[str, Any]:
    """A change as it goes out."""
    letter, path = _LETTERS.get(row.kind), _PATHS.get(row.kind)
    record = public(letter, row.record_id) if letter else f"{row.kind}:{row.record_id}"
    return {
        "data_revision": row.n,
        "at": moment_out(row.at),
        "actor": row.actor,
        "reason": row.reason,
        "kind": row.kind,
        "id": record,
        "op": row.op,
        "before": row.before,
        "after": row.after,
        "tombstone": row.op in ("remove", "merge"),
        "url": f"{API}/{path}/{record}" if path else None,
    }


def history_of(session: Session, shown: dict[str, set[int]]) -> list[dict[str, Any]]:
    """Everything that happened to the records ``shown`` (kind → numbers), oldest first."""
    rows = [
        row
        for kind, numbers in shown.items()
        for each in sorted(numbers)
        for row in queries.of_record(session, kind, each)
    ]
    return [history_out(row) for row in sorted(rows, key=lambda row: (row.n, row.position))]


@router.get("", dependencies=[only("since", "kind", "op", "limit", "cursor")])
def list_changes(
    request: Request,
    response: Response,
    session: Reading,
    since: Annotated[str, Query(description="a data revision, or a date or moment in UTC", examples=["1"])] = "0",
    limit: Limit = DEFAULT,
    cursor: Cursor = None,
) -> ChangesOut:
    """Changes after ``since``, oldest first: a number means after that data revision, a date from that day on."""
    start = _start(session, since)
    kinds = _among(request, "kind", KINDS)
    ops = _among(request, "op", OPS)
    mark = fingerprint("changes", since, kinds, ops)
    n, position = read_cursor(cursor, mark, 2) if cursor else (start, INT32_MAX)
    rows = queries.changes_after(session, n, position=position, kinds=kinds, ops=ops, limit=limit + 1)
    following = write_cursor(mark, (rows[limit - 1].n, rows[limit - 1].position)) if len(rows) > limit else None
    page = Page((), queries.count_after(session, start, kinds=kinds, ops=ops), following)
    body: Any = {
        "data": [history_out(row) for row in rows[:limit]],
        "page": page_info(page, limit, request, response),
        "meta": {"since": start, "data_revision": events.latest(session)},
    }
    return body  # type: ignore[no-any-return]


def _among(request: Request, name: str, allowed: tuple[str, ...]) -> tuple[str, ...]:
    values = tuple(request.query_params.getlist(name))
    for value in values:
        if value not in allowed:
            message = f"{value[:100]!r} is not a value of {name}. Allowed: {', '.join(allowed)}."
            raise UnknownValue(message, field=name, choices=allowed)
    return values


def _start(session: Session, since: str) -> int:
    """The data revision after which the feed begins."""
    if since.isascii() and since.isdigit():
        return min(int(since[:12]), INT32_MAX)
    try:
        moment = datetime.fromisoformat(since)
        if len(since) <= len("2026-11-22"):
            moment = datetime.combine(date.fromisoformat(since), time(), UTC)
    except ValueError:
        message = f"{since[:40]!r} is neither a data revision nor a date like 2026-11-22."
        raise UnknownValue(message, field="since") from None
    return queries.revision_before(session, moment if moment.tzinfo else moment.replace(tzinfo=UTC))
