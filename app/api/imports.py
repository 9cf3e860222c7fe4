"""``/imports``: what was imported, when, and the fate of every record."""

from typing import Any

from fastapi import Request
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.api.answers import Answer, one
from app.api.asking import Reading, chosen, only
from app.api.documented import RunId, among, paging
from app.api.guarding import Door, Guarded
from app.api.paged import DEFAULT, Cursor, Limit, page_of
from app.api.shapes import One, PageInfo, Shape, moment_out
from app.errors import NotFound
from app.history import events
from app.kit.paging import Key, behind, fingerprint, read_cursor, write_cursor
from app.kit.public_ids import CITATION, RUN, number_of, public
from app.models.imports import FATES, ImportRecord, ImportRun
from app.search.pages import Page

router = Door(prefix="/imports", tags=["imports"], route_class=Guarded)
_COPIED = (
    "kind", "asked_for", "translation", "warnings", "hit_count", "program_version", "actor", "state", "failure",
    "asked", *FATES, "deleted", "unknown_elements",
)  # fmt: skip
_TOLD = ("rejected", "not_returned", "changed")


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


@router.get("", dependencies=[only("limit", "cursor")], response_model=RunsOut, openapi_extra={"parameters": paging()})
def list_imports(request: Request, session: Reading, limit: Limit = DEFAULT, cursor: Cursor = None) -> Answer:
    """Import runs, newest first."""
    keys, mark = [Key(ImportRun.id, descending=True)], fingerprint("imports")
    query = select(ImportRun).order_by(keys[0].order).limit(limit + 1)
    if cursor:
        query = query.where(behind(keys, read_cursor(cursor, mark, 1)))
    runs = session.scalars(query).all()
    following = write_cursor(mark, (runs[limit - 1].id,)) if len(runs) > limit else None
    page = Page((), session.scalar(select(func.count()).select_from(ImportRun)) or 0, following)
    meta = {"data_revision": events.latest(session)}
    return page_of(request, page, limit, data=[_run_out(run) for run in runs[:limit]], meta=meta)


@router.get(
    "/{run_id}",
    dependencies=[only("fate")],
    response_model=One[WholeRunOut],
    openapi_extra={
        "parameters": [among("fate", FATES, "whose records to show; rejected, not_returned and changed by default")]
    },
)
def get_import(run_id: RunId, request: Request, session: Reading) -> Answer:
    """One run with its records: by default those rejected, not returned or changed."""
    number = number_of(RUN, run_id)
    fates = chosen(request, "fate", FATES) or _TOLD
    run = session.get(ImportRun, number)
    if run is None:
        raise NotFound(f"There is no import run {run_id}.")
    return one(_run_out(run) | {"records": _records(session, number, fates)}, revision=events.latest(session))


def _records(session: Session, run_id: int, fates: tuple[str, ...]) -> list[dict[str, Any]]:
    query = select(ImportRecord).where(ImportRecord.run_id == run_id, ImportRecord.fate.in_(fates))
    names = ("position", "source_id", "fate", "line", "reason", "changed_fields")
    return [
        {name: getattr(record, name) for name in names}
        | {"citation_id": public(CITATION, record.citation_id) if record.citation_id else None}
        for record in session.scalars(query.order_by(ImportRecord.position).limit(1_000))
    ]
