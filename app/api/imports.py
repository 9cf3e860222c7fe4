"""``/imports``: what was imported, when, and the fate of every record."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.api.asking import Reading, only
from app.api.paged import DEFAULT, Cursor, Limit, page_info
from app.api.shapes import One, PageInfo, Shape, moment_out
from app.errors import NotFound
from app.history import events
from app.kit.paging import Key, behind, fingerprint, read_cursor, write_cursor
from app.kit.public_ids import CITATION, RUN, number_of, public
from app.models.imports import FATES, ImportRecord, ImportRun
from app.search.pages import Page

router = APIRouter(prefix="/imports", tags=["imports"])
_COPIED = (
    "kind", "asked_for", "translation", "warnings", "hit_count", "program_version", "actor", "state", "failure",
    "asked", *FATES, "deleted", "unknown_elements",
)  # fmt: skip


class RunOut(Shape):
    """One import run; ``asked`` is the sum of the six fates, deletions are counted apart."""

    id: str
    kind: str
    asked_for: str
    translation: str | None
    warnings: list[str]
    hit_count: int | None
    program_version: str
    actor: str
    state: str
    failure: str | None
    started_at: str
    ended_at: str | None
    asked: int
    added: int
    changed: int
    unchanged: int
    repeated: int
    rejected: int
    not_returned: int
    deleted: int
    unknown_elements: dict[str, int]


class RecordOut(Shape):
    """The fate of one record of a run."""

    position: int
    source_id: str | None
    fate: str
    citation_id: str | None
    line: int | None
    reason: str | None
    changed_fields: list[str] | None


class WholeRunOut(RunOut):
    """A run with the records that need attention, or those of the fate asked for; at most 1,000."""

    records: list[RecordOut]


class RunsOut(Shape):
    """The envelope of the list of runs."""

    data: list[RunOut]
    page: PageInfo
    meta: dict[str, int]


def _run_out(run: ImportRun) -> dict[str, Any]:
    body = {name: getattr(run, name) for name in _COPIED}
    moments = {name: moment_out(getattr(run, name)) for name in ("started_at", "ended_at")}
    return {"id": public(RUN, run.id), **body, **moments}


@router.get("", dependencies=[only("limit", "cursor")])
def list_runs(
    request: Request, response: Response, session: Reading, limit: Limit = DEFAULT, cursor: Cursor = None
) -> RunsOut:
    """Import runs, newest first."""
    keys, mark = [Key(ImportRun.id, descending=True)], fingerprint("imports")
    query = select(ImportRun).order_by(keys[0].order).limit(limit + 1)
    if cursor:
        query = query.where(behind(keys, read_cursor(cursor, mark, 1)))
    runs = session.scalars(query).all()
    following = write_cursor(mark, (runs[limit - 1].id,)) if len(runs) > limit else None
    page = Page((), session.scalar(select(func.count()).select_from(ImportRun)) or 0, following)
    body: Any = {
        "data": [_run_out(run) for run in runs[:limit]],
        "page": page_info(page, limit, request, response),
        "meta": {"data_revision": events.latest(session)},
    }
    return body  # type: ignore[no-any-return]


Fate = Literal["added", "changed", "unchanged", "repeated", "rejected", "not_returned"]


@router.get("/{run_id}", dependencies=[only("fate")])
def get_run(run_id: str, session: Reading, fate: Annotated[list[Fate] | None, Query()] = None) -> One[WholeRunOut]:
    """One run with its records: by default those rejected, not returned or changed."""
    number = number_of(RUN, run_id)
    run = session.get(ImportRun, number)
    if run is None:
        raise NotFound(f"There is no import run {run_id}.")
    records = _records(session, number, tuple(fate or ("rejected", "not_returned", "changed")))
    body: Any = {"data": _run_out(run) | {"records": records}, "meta": {"data_revision": events.latest(session)}}
    return body  # type: ignore[no-any-return]


def _records(session: Session, run_id: int, fates: tuple[str, ...]) -> list[dict[str, Any]]:
    query = select(ImportRecord).where(ImportRecord.run_id == run_id, ImportRecord.fate.in_(fates))
    names = ("position", "source_id", "fate", "line", "reason", "changed_fields")
    return [
        {name: getattr(record, name) for name in names}
        | {"citation_id": public(CITATION, record.citation_id) if record.citation_id else None}
        for record in session.scalars(query.order_by(ImportRecord.position).limit(1_000))
    ]
