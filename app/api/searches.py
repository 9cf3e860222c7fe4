"""``/searches``: living searches, when they are due, and what each of their runs found."""

from typing import Annotated, Any

import msgspec
from fastapi import Request
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.api import etags
from app.api.answers import Answer, one
from app.api.asking import Reading, only
from app.api.documented import RunId, in_path, paging
from app.api.guarding import Door, Guarded
from app.api.paged import DEFAULT, Cursor, Limit, page_of
from app.api.shapes import API, One, PageInfo, Shape, moment_out
from app.errors import NotFound
from app.history import events
from app.importing.living import queries, searches
from app.importing.living.report import SearchReport
from app.kit.canonical import canonical_json, sha256
from app.kit.paging import Key, behind, fingerprint, read_cursor, write_cursor
from app.kit.public_ids import CITATION, RUN, SEARCH, number_of, public
from app.models.searches import LivingSearch, SearchRun
from app.search.pages import Page

router = Door(prefix="/searches", tags=["searches"], route_class=Guarded)
SearchId = Annotated[
    str, in_path("L1", "the id or the name of a living search", pattern="^(L[1-9][0-9]{0,9}|[a-z0-9]+(-[a-z0-9]+)*)$")
]
_COPIED = ("name", "title", "query", "state", "every_hours", "full_every_days", "overlap_days", "created_by", "version")


class SearchOut(Shape):
    """A living search. ``due_at`` is when it runs again, ``full_due_at`` when in full; null when it never ran or is paused.

    ``members`` counts the PMIDs that it found: held here, missing (asked for
    again by the next run), rejected, and vanished (no longer found).
    """

    id: str
    name: str
    title: str
    query: str
    state: str
    every_hours: int
    full_every_days: int
    overlap_days: int
    members: dict[str, int]
    due_at: str | None
    full_due_at: str | None
    last_run: "SearchRunOut | None"
    created_at: str
    created_by: str
    edited_at: str | None
    version: int
    url: str


class SearchRunOut(Shape):
    """A run of a living search: the query as it was then, what PubMed made of it, and the counts.

    ``counts`` adds up: ``asked = added + changed + unchanged + repeated +
    rejected + not_returned``, and ``members_after = members_before + new +
    reappeared - vanished``. ``members_after`` is null while the run is under
    way and when its search was not answered whole.
    """

    id: str
    search_id: str
    name: str
    mode: str
    since_on: str | None
    query: str
    asked_for: str
    translation: str | None
    warnings: list[str]
    hits: int | None
    program_version: str
    actor: str
    state: str
    failure: str | None
    started_at: str | None
    ended_at: str | None
    members_before: int
    members_after: int | None
    counts: dict[str, int]
    url: str


class UnstoredOut(Shape):
    """A PMID that is not stored by this run, or no longer found, and why."""

    pmid: str
    reason: str | None


class ChangedOut(Shape):
    """A citation that a later edition changed: what each field was and is."""

    citation_id: str
    pmid: str
    fields: dict[str, dict[str, Any]]


class StandingOut(Shape):
    """A citation whose standing changed: ``kind`` is retracted, corrected (any other doubt) or reinstated."""

    citation_id: str
    pmid: str | None
    before: str
    after: str
    kind: str


class WholeSearchRunOut(SearchRunOut):
    """A run with everything that it found, by name; at most 1,000 of each kind."""

    new: list[str]
    reappeared: list[str]
    vanished: list[UnstoredOut]
    changed: list[ChangedOut]
    standings: list[StandingOut]
    rejected: list[UnstoredOut]
    not_returned: list[UnstoredOut]


class SearchesOut(Shape):
    """The envelope of the list of living searches."""

    data: list[SearchOut]
    page: PageInfo
    meta: dict[str, int]


class SearchRunsOut(Shape):
    """The envelope of the runs of a living search."""

    data: list[SearchRunOut]
    page: PageInfo
    meta: dict[str, int]


_NAMED = tuple(name for name in WholeSearchRunOut.model_fields if name not in SearchRunOut.model_fields)
_TOLD = tuple(name for name in SearchRunOut.model_fields if name not in {"id", "url", "search_id"})


def searches_out(session: Session, found: list[LivingSearch]) -> list[dict[str, Any]]:
    """Living searches as they go out."""
    numbers = [search.id for search in found]
    counts, last = queries.member_counts(session, numbers), queries.last_runs(session, numbers)
    return [_search_out(session, search, counts[search.id], last.get(search.id)) for search in found]


def _search_out(session: Session, search: LivingSearch, members: dict[str, int], run: int | None) -> dict[str, Any]:
    plan = searches.plan(session, search)
    is_active = search.state == "active"
    return {name: getattr(search, name) for name in _COPIED} | {
        "id": public(SEARCH, search.id),
        "members": members,
        "due_at": moment_out(plan.due_at) if is_active else None,
        "full_due_at": moment_out(plan.full_due_at) if is_active else None,
        "last_run": _run_out(queries.summary_of(session, run)) if run else None,
        "created_at": moment_out(search.created_at),
        "edited_at": moment_out(search.edited_at),
        "url": f"{API}/searches/{public(SEARCH, search.id)}",
    }


def _run_out(report: SearchReport) -> dict[str, Any]:
    run, search = public(RUN, report.run_id), public(SEARCH, report.search_id)
    told = {name: getattr(report, name) for name in _TOLD}
    return told | {"id": run, "search_id": search, "url": f"{API}/searches/{search}/runs/{run}"}


@router.get(
    "", dependencies=[only("limit", "cursor")], response_model=SearchesOut, openapi_extra={"parameters": paging()}
)
def list_searches(request: Request, session: Reading, limit: Limit = DEFAULT, cursor: Cursor = None) -> Answer:
    """Living searches: queries that are run again, in the order in which they were made."""
    keys, mark = [Key(LivingSearch.id)], fingerprint("searches")
    query = select(LivingSearch).order_by(keys[0].order).limit(limit + 1)
    if cursor:
        query = query.where(behind(keys, read_cursor(cursor, mark, 1)))
    found = list(session.scalars(query))
    following = write_cursor(mark, (found[limit - 1].id,)) if len(found) > limit else None
    page = Page((), session.scalar(select(func.count()).select_from(LivingSearch)) or 0, following)
    meta = {"data_revision": events.latest(session)}
    return page_of(request, page, limit, data=searches_out(session, found[:limit]), meta=meta)


@router.get("/{search_id}", dependencies=[only()], response_model=One[SearchOut])
def get_search(search_id: SearchId, session: Reading) -> Answer:
    """One living search, by its id or its name."""
    return shown(session, searches.get_search(session, search_id))


def shown(session: Session, search: LivingSearch, *, status: int = 200) -> Answer:
    """The answer that shows one search as it is now; its tag is by content, because runs move its numbers without a revision."""
    data = searches_out(session, [search])[0]
    content = int(sha256(canonical_json(data))[:12], 16)
    tag = etags.tag(session, version=search.version, revision=content)
    return one(data, revision=events.latest(session), headers=tag, status=status)


@router.get(
    "/{search_id}/runs",
    dependencies=[only("limit", "cursor")],
    response_model=SearchRunsOut,
    openapi_extra={"parameters": paging()},
)
def list_search_runs(
    search_id: SearchId, request: Request, session: Reading, limit: Limit = DEFAULT, cursor: Cursor = None
) -> Answer:
    """The runs of a living search, newest first."""
    search = searches.get_search(session, search_id)
    keys, mark = [Key(SearchRun.run_id, descending=True)], fingerprint("search runs", search.id)
    of_search = SearchRun.search_id == search.id
    query = select(SearchRun.run_id).where(of_search).order_by(keys[0].order).limit(limit + 1)
    if cursor:
        query = query.where(behind(keys, read_cursor(cursor, mark, 1)))
    runs = list(session.scalars(query))
    following = write_cursor(mark, (runs[limit - 1],)) if len(runs) > limit else None
    page = Page((), session.scalar(select(func.count()).where(of_search)) or 0, following)
    data = [_run_out(queries.summary_of(session, run)) for run in runs[:limit]]
    return page_of(request, page, limit, data=data, meta={"data_revision": events.latest(session)})


@router.get("/{search_id}/runs/{run_id}", dependencies=[only()], response_model=One[WholeSearchRunOut])
def get_search_run(search_id: SearchId, run_id: RunId, session: Reading) -> Answer:
    """One run with what is new, changed field by field, vanished, newly retracted, rejected and not returned."""
    search, number = searches.get_search(session, search_id), number_of(RUN, run_id)
    row = session.get(SearchRun, number)
    if row is None or row.search_id != search.id:
        raise NotFound(f"There is no run {run_id} of the living search {search.name}.")
    report = queries.report_of(session, number)
    named: dict[str, Any] = {name: msgspec.to_builtins(getattr(report, name)) for name in _NAMED}
    for each in (*named["changed"], *named["standings"]):
        each["citation_id"] = public(CITATION, each["citation_id"])
    return one(_run_out(report) | named, revision=events.latest(session))
