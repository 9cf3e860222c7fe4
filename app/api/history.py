"""``/changes`` and the histories of records: what was done to the data, in order, with tombstones.

The log holds every write, also to drafts. Whose text is told to whom is
``withholding``.
"""

from typing import Annotated, Any

import msgspec
from fastapi import Query, Request
from sqlalchemy import Row, or_, select
from sqlalchemy.orm import Session

from app.accounts.principals import Principal
from app.api.answers import Answer
from app.api.asking import Reading, chosen, only
from app.api.documented import among, paging
from app.api.guarding import Door, Guarded, principal_of
from app.api.paged import DEFAULT, Cursor, Limit, page_of
from app.api.permissions import ROUTES
from app.api.shapes import API, PageInfo, Shape, moment_out
from app.api.withholding import held_by, readable
from app.curation import flags
from app.errors import MalformedCursor, UnknownValue
from app.history import events, queries
from app.history.queries import Chosen
from app.kit.draft import INT32_MAX
from app.kit.moments import read_moment
from app.kit.paging import fingerprint, read_cursor, write_cursor
from app.kit.public_ids import (
    CITATION,
    DIFFERENCE,
    DUPLICATE,
    EXPOSURE,
    FINDING,
    FLAG,
    PROPOSAL,
    QUOTE,
    SEARCH,
    STUDY,
    public,
)
from app.models.curation import Proposal, Review
from app.models.finding import Finding
from app.models.flag import Flag
from app.models.history import VERSIONS
from app.search.pages import Page
from app.search.spec import PUBLIC
from app.studies.queries import WholeStudy

router = Door(prefix="/changes", tags=["history"], route_class=Guarded)
_LETTERS = {"study": STUDY, "finding": FINDING, "citation": CITATION, "exposure": EXPOSURE, "quote": QUOTE,
            "duplicate": DUPLICATE, "search": SEARCH, "flag": FLAG, "difference": DIFFERENCE, "proposal": PROPOSAL}  # fmt: skip
_PATHS = {"study": "studies", "finding": "findings", "citation": "citations", "duplicate": "duplicates",
          "search": "searches", "flag": "flags", "difference": "differences",
          "proposal": "proposals"}  # fmt: skip
KINDS = ("study", "study_report", "exposure", "finding", "quote", "citation", "citation_tie", "duplicate", "search", "flag",
         "difference", "review", "proposal", "proposal_comment", "screening_decision", "screening_result")  # fmt: skip
_ROUTES = frozenset(name.replace("_", " ") for name in ROUTES)
_DOES = {"status": "change the status of", "standing": "change the standing of"}
OPS = ("add", "edit", "status", "standing", "merge", "remove")


class HistoryOut(Shape):
    """One change. ``before`` and ``after`` are the stored text; an added citation is logged by the hash of its payload.

    ``withheld`` is true where the record may not be read by who asks: then both are null, and ``reason`` tells what was
    done instead of what somebody wrote.
    ``tombstone`` is true when the record left with this change.
    """

    data_revision: int
    at: str
    actor: str
    reason: str
    kind: str
    id: str
    op: str
    before: str | None
    after: str | None
    withheld: bool
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


def histories_out(session: Session, rows: list[Row[Any]], principal: Principal) -> list[dict[str, Any]]:
    """Changes as they go out to ``principal``."""
    told = readable(session, rows, principal)
    return [_history_out(row, withheld=(row.kind, row.record_id) not in told) for row in rows]


def _history_out(row: Row[Any], *, withheld: bool) -> dict[str, Any]:
    letter, path = _LETTERS.get(row.kind), _PATHS.get(row.kind)
    record = public(letter, row.record_id) if letter else f"{row.kind}:{row.record_id}"
    return {
        "data_revision": row.n,
        "at": moment_out(row.at),
        "actor": row.actor,
        "reason": _in_plain_words(row) if withheld else row.reason,
        "kind": row.kind,
        "id": record,
        "op": row.op,
        "before": None if withheld else row.before,
        "after": None if withheld else row.after,
        "withheld": withheld,
        "tombstone": _is_tombstone(row),
        "url": f"{API}/{path}/{record}" if path else None,
    }


def _in_plain_words(row: Row[Any]) -> str:
    """What was done, for whoever may not read what was written about it: a comment on a draft quotes the draft."""
    reason: str = row.reason
    return reason if reason in _ROUTES else f"{_DOES.get(row.op, row.op)} {row.kind.replace('_', ' ')}"


def _is_tombstone(row: Row[Any]) -> bool:
    if row.op == "remove":
        return True
    if row.op == "merge":
        # Undoing a merge is logged as one too, and then leads nowhere.
        return bool(msgspec.json.decode(row.after or "{}").get("merged_into"))
    if row.op not in ("status", "edit") or row.kind not in ("study", "finding"):
        return False
    status = msgspec.json.decode(row.after or "{}").get("status")
    return status == "retired" or (row.op == "status" and status not in PUBLIC)


def history_of_study(session: Session, whole: WholeStudy, principal: Principal) -> list[dict[str, Any]]:
    """Everything that happened to a study, its reports, exposures, findings and their quotes, with the reviews, oldest first.

    Findings are those that are or were public; authors see their own besides, and editors all.
    """
    number = whole.study.id
    findings = _ids(session, select(Finding.id).where(Finding.study_id == number, held_by(principal)(Finding)))
    exposures = _parts(session, "exposure", "study_id", {number})
    proposals = _proposals(session, "study", {number}) | _proposals(session, "exposure", exposures)
    shown = {
        "study": {number},
        "study_report": _parts(session, "study_report", "study_id", {number}),
        "exposure": exposures,
        "citation": {report.citation_id for report in whole.reports},
        "finding": findings,
        "flag": _ids(session, select(Flag.id).where(flags.on_study(number, findings))),
        "proposal": proposals,
        "review": _reviews(session, {"study": {number}, "finding": findings, "proposal": proposals}),
        "quote": _parts(session, "quote", "finding_id", findings),
    }
    return histories_out(session, queries.of_records(session, shown), principal)


def history_of_finding(session: Session, number: int, principal: Principal) -> list[dict[str, Any]]:
    """Everything that happened to a finding, its quotes, the flags on it and its reviews, oldest first."""
    proposals = _proposals(session, "finding", {number})
    shown = {
        "finding": {number},
        "quote": _parts(session, "quote", "finding_id", {number}),
        "flag": _ids(session, select(Flag.id).where(flags.on("finding", number))),
        "proposal": proposals,
        "review": _reviews(session, {"finding": {number}, "proposal": proposals}),
    }
    return histories_out(session, queries.of_records(session, shown), principal)


def history_of_citation(session: Session, number: int, principal: Principal) -> list[dict[str, Any]]:
    """Everything that happened to a citation, and the flags on it, oldest first. What was merged into it has its own."""
    shown = {"citation": {number}, "flag": _ids(session, select(Flag.id).where(flags.on("citation", number)))}
    return histories_out(session, queries.of_records(session, shown), principal)


def _proposals(session: Session, kind: str, numbers: set[int]) -> set[int]:
    return _ids(session, select(Proposal.id).where(Proposal.kind == kind, Proposal.record_id.in_(numbers)))


def _reviews(session: Session, of: dict[str, set[int]]) -> set[int]:
    each = [(Review.kind == kind) & Review.record_id.in_(numbers) for kind, numbers in of.items()]
    return _ids(session, select(Review.id).where(or_(*each)))


def _parts(session: Session, kind: str, parent: str, numbers: set[int]) -> set[int]:
    """The parts that the records ever had, those taken away too."""
    versions = VERSIONS[kind]
    return _ids(session, select(versions.c.id).where(versions.c[parent].in_(numbers)))


def _ids(session: Session, query: Any) -> set[int]:
    return set(session.scalars(query))


@router.get(
    "",
    dependencies=[only("since", "kind", "op", "actor", "limit", "cursor")],
    response_model=ChangesOut,
    openapi_extra={
        "parameters": [
            among("kind", KINDS, "kinds of records; all where none is named"),
            among("op", OPS, "what was done; all where none is named"),
            *paging(),
        ]
    },
)
def list_changes(
    request: Request,
    session: Reading,
    since: Annotated[str, Query(description="a data revision, or a date or moment in UTC", examples=["1"])] = "0",
    actor: Annotated[str | None, Query(description="changes by this person or program", max_length=200)] = None,
    limit: Limit = DEFAULT,
    cursor: Cursor = None,
) -> Answer:
    """Changes after ``since``, oldest first: a number means after that data revision, a date or moment from then on."""
    start = start_of(session, since)
    among_these = Chosen(chosen(request, "kind", KINDS), chosen(request, "op", OPS), actor)
    mark = fingerprint("changes", since, among_these)
    n, position = place_of(cursor, mark) if cursor else (start, INT32_MAX)
    rows = queries.changes_after(session, n, position=position, chosen=among_these, limit=limit + 1)
    following = write_cursor(mark, (rows[limit - 1].n, rows[limit - 1].position)) if len(rows) > limit else None
    page = Page((), queries.count_after(session, start, chosen=among_these), following)
    meta = {"since": start, "data_revision": events.latest(session)}
    return page_of(request, page, limit, data=histories_out(session, rows[:limit], principal_of(request)), meta=meta)


def place_of(cursor: str, mark: str) -> tuple[int, int]:
    """The two whole numbers of a cursor. Raises :class:`MalformedCursor` for anything else."""
    n, position = read_cursor(cursor, mark, 2)
    if not all(isinstance(each, int) and abs(each) <= INT32_MAX for each in (n, position)):
        raise MalformedCursor("This cursor cannot be read; start again without it.", field="cursor")
    return n, position


def start_of(session: Session, since: str) -> int:
    """The data revision after which the feed begins: the one named, or the last before a day or moment.

    Raises :class:`UnknownValue` for anything else.
    """
    if since.isascii() and since.isdigit():
        return min(int(since[:12]), INT32_MAX)
    try:
        moment = read_moment(since)
    except ValueError:
        message = (
            f"{since[:40]!r} is neither a data revision nor a date or moment like 2026-11-22 or 2026-11-22T08:30:00Z."
        )
        raise UnknownValue(message, field="since") from None
    return queries.revision_before(session, moment)
