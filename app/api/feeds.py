"""``/feeds``: Atom for whoever follows the collection: every change, the findings of a search, one outcome at one moment of use.

Dates are those of the data revisions. A feed holds what is there now, newest
change first; that a finding left, only the feed of changes tells. Older entries
stand behind ``rel="next"`` (RFC 5005).
"""

from collections.abc import Sequence
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import Query, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import ColumnElement, Integer, Row, Select, cast, func, select
from sqlalchemy.orm import Session

from app.api.asking import Reading, chosen, only, search_of
from app.api.documented import among, documented, in_path, paging
from app.api.guarding import Door, Guarded, principal_of
from app.api.history import KINDS, OPS, histories_out, place_of, start_of
from app.api.paged import DEFAULT, Cursor, Limit
from app.api.shapes import API
from app.export import atom
from app.export.atom import Entry, Feed, Link
from app.export.sidecar import LICENCE
from app.findings.flat import FlatFinding
from app.findings.queries import flat_rows
from app.history import queries
from app.history.asof import PARAMETER as AS_OF
from app.history.chain import GENESIS
from app.kit.paging import fingerprint, write_cursor
from app.kit.public_ids import FINDING, STUDY, public
from app.models.finding import Finding
from app.models.history import VERSIONS, Change, DataRevision
from app.search import english, pages
from app.search.conditions import matching_findings
from app.search.reading import read
from app.search.spec import Search
from app.synthesis import phrases
from app.vocabulary import resolve

router = Door(prefix="/feeds", tags=["feeds"], route_class=Guarded)
_NOT_HERE = ("sort", AS_OF)
"""A feed is in the order of its news, and of the present."""
_IN_THE_PATH = ("outcome", "narrower", "phase")
_VERSION = VERSIONS["finding"]
_ATOM: dict[int | str, dict[str, Any]] = {200: {"content": {"application/atom+xml": {"schema": {"type": "string"}}}}}
_DONE = {"add": "added", "edit": "edited", "status": "given another status", "standing": "given another standing",
         "merge": "merged", "remove": "removed"}  # fmt: skip

OutcomeWord = Annotated[
    str, in_path("insomnia", "an outcome, a group, a named effect, or a synonym of one", minLength=1)
]
Phase = Annotated[str, in_path("active_use", "a phase or a group of phases", minLength=1)]
Since = Annotated[str, Query(description="a data revision, or a date or moment in UTC", examples=["1"])]


@router.get(
    "/changes.atom",
    dependencies=[only("since", "kind", "op", "limit", "cursor")],
    response_class=Response,
    responses=_ATOM,
    openapi_extra={
        "parameters": [
            among("kind", KINDS, "kinds of records; all where none is named"),
            among("op", OPS, "what was done; all where none is named"),
            *paging(),
        ]
    },
)
def follow_changes(
    request: Request, session: Reading, since: Since = "0", limit: Limit = DEFAULT, cursor: Cursor = None
) -> Response:
    """Everything that was done to the data, newest first; with ``since`` only what came after."""
    among_these = queries.Chosen(chosen(request, "kind", KINDS), chosen(request, "op", OPS))
    start, mark = start_of(session, since), fingerprint("feed", since, among_these)
    before = place_of(cursor, mark) if cursor else None
    rows = queries.changes_before(session, before, since=start, chosen=among_these, limit=limit + 1)
    more = write_cursor(mark, (rows[limit - 1].n, rows[limit - 1].position)) if len(rows) > limit else None
    rows = rows[:limit]
    told = histories_out(session, rows, principal_of(request))
    entries = [_change(row, out) for row, out in zip(rows, told, strict=True)]
    return _feed(request, session, "changes", "Changes", entries, following=more)


@router.get("/findings.atom", response_class=Response, responses=_ATOM, openapi_extra=documented(without=_NOT_HERE))
def follow_findings(request: Request, session: Reading, limit: Limit = DEFAULT, cursor: Cursor = None) -> Response:
    """The findings of any search, the one that was added or changed last first."""
    return _findings(request, session, search_of(request, without=_NOT_HERE), limit=limit, cursor=cursor)


@router.get(
    "/outcomes/{outcome}/{phase}.atom",
    response_class=Response,
    responses=_ATOM,
    openapi_extra=documented(without=(*_NOT_HERE, *_IN_THE_PATH)),
)
def follow_outcome(
    outcome: OutcomeWord, phase: Phase, request: Request, session: Reading, limit: Limit = DEFAULT, cursor: Cursor = None
) -> Response:  # fmt: skip
    """The findings on an outcome, narrower ones included, at one moment of use; other filters narrow them further."""
    search = search_of(request, without=(*_NOT_HERE, *_IN_THE_PATH))
    phases = read({"phase": [phase]}).values("phase")
    asked = search.about(resolve.outcome(outcome)).asking(phase=phases)
    return _findings(request, session, asked, limit=limit, cursor=cursor)


def _findings(request: Request, session: Session, search: Search, *, limit: int, cursor: str | None) -> Response:
    mark = fingerprint("feed", search)
    before = place_of(cursor, mark) if cursor else None
    places = _last_changed(session, search, before, limit + 1)
    more = write_cursor(mark, (places[limit - 1].n, places[limit - 1].id)) if len(places) > limit else None
    shown = {row.id: row for row in places[:limit]}
    entries = [_finding(row, shown[row.id]) for row in pages.findings_by_id(session, tuple(shown))]
    question = english.in_words(search)
    return _feed(request, session, f"search/{question}", question, entries, following=more)


def _last_changed(session: Session, search: Search, before: tuple[int, int] | None, limit: int) -> Sequence[Row[Any]]:
    """Matching findings by the data revision that last changed what their entry shows, with its moment and that of the first."""
    first = select(func.min(_VERSION.c.from_n)).where(_VERSION.c.id == Finding.id).correlate(Finding).scalar_subquery()
    began = select(DataRevision.at).where(DataRevision.n == first).correlate(Finding).scalar_subquery()
    query = (
        flat_rows()
        .where(matching_findings(session, search))
        .with_only_columns(Finding.id, _touched(session).label("n"), began.label("began"))
    )
    found = query.subquery()
    last = DataRevision.__table__.alias("last")
    rows: Select[Any] = select(found.c.id, found.c.n, last.c.at, found.c.began).join(last, last.c.n == found.c.n)
    if before:
        n, finding_id = before
        rows = rows.where((found.c.n < n) | ((found.c.n == n) & (found.c.id < finding_id)))
    return session.execute(rows.order_by(found.c.n.desc(), found.c.id.desc()).limit(limit)).all()


def _touched(session: Session) -> ColumnElement[int]:
    """The newest data revision of a finding and of its exposure, study, report and quotes, like ``etags.of_finding``."""
    records = {
        "finding": Finding.id,
        "exposure": Finding.exposure_id,
        "study": Finding.study_id,
        "citation": Finding.report_id,
    }
    newest = [
        select(func.max(Change.n)).where(Change.kind == kind, Change.record_id == number)
        for kind, number in records.items()
    ]
    for name, parent in (("quote", "finding_id"), ("study_report", "study_id")):
        below = VERSIONS[name]
        of = {"finding_id": Finding.id, "study_id": Finding.study_id}[parent]
        newest.append(select(func.max(func.coalesce(below.c.to_n, below.c.from_n))).where(below.c[parent] == of))
    numbers = [func.coalesce(each.correlate(Finding).scalar_subquery(), 0) for each in newest]
    greatest = func.max if session.get_bind().dialect.name == "sqlite" else func.greatest
    return cast(greatest(*numbers), Integer)


def _finding(row: FlatFinding, place: Row[Any]) -> Entry:
    said = phrases.evidence_clauses([row], name_outcome=False)[0]
    warning = "" if row.standing == "current" else f" [report: {row.standing.replace('_', ' ')}]"
    quoted = f"\n“{row.quote_text}”" if row.quote_text else ""
    number, study = public(FINDING, row.id), public(STUDY, row.study_id)
    links = [Link("alternate", f"{API}/findings/{number}"), Link("related", f"{API}/studies/{study}")]
    if row.pmid:
        links.append(Link("via", f"https://pubmed.ncbi.nlm.nih.gov/{row.pmid}/", "text/html"))
    return Entry(
        key=f"finding/{row.id}",
        title=f"{number} {phrases.heading(row.outcome_label, row)}: {said}{warning}",
        updated=place.at,
        published=place.began,
        links=tuple(links),
        summary=f"{row.summary or 'No summary.'}{quoted}\n{row.report_title or row.study_title}",
        categories=tuple(each for each in (row.outcome, row.phase, row.effect) if each),
    )


def _change(row: Row[Any], out: dict[str, Any]) -> Entry:
    what = f"{row.kind.replace('_', ' ').capitalize()} {out['id'].rpartition(':')[2]} {_DONE[row.op]}"
    left = " It left with this change." if out["tombstone"] else ""
    hidden = " Its text is not public." if out["withheld"] else ""
    place = f"{API}/changes?since={row.n - 1}&kind={row.kind}"
    links = [Link("alternate", out["url"] or place)] + ([Link("related", place)] if out["url"] else [])
    return Entry(
        key=f"change/{row.n}/{row.position}",
        title=what,
        updated=row.at,
        links=tuple(links),
        summary=f"Data revision {row.n}: {out['reason']}.{left}{hidden}",
        author=row.actor,
        categories=(row.kind, row.op),
    )


def _feed(
    request: Request, session: Session, key: str, title: str, entries: list[Entry], *, following: str | None
) -> Response:
    asked = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
    path = request.scope["path"]
    links = [Link("self", _address(path, request.query_params.multi_items()), "application/atom+xml")]
    if following:
        links.append(Link("next", _address(path, [*asked, ("cursor", following)]), "application/atom+xml"))
    began = session.scalar(select(DataRevision.hash).where(DataRevision.n == 1)) or GENESIS
    feed = Feed(began, key, f"{atom.NAME}: {title}", tuple(links), entries, LICENCE)
    return Response(atom.written(feed), media_type=atom.MEDIA_TYPE)


def _address(path: str, asked: Sequence[tuple[str, str]]) -> str:
    return quote(path) + (f"?{urlencode(asked)}" if asked else "")


beside = Door(prefix="/feeds", include_in_schema=False, route_class=Guarded)


@beside.get("/{rest:path}")
def find_feed(rest: str, request: Request) -> RedirectResponse:
    """Lead from below ``/api/v1`` to where feeds are."""
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"/feeds/{quote(rest)}{query}", 308)
