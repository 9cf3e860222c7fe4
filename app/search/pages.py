"""Pages and counts of what matches: exact totals, keyset cursors with a total order, and everything behind a search in one go."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from msgspec import Struct
from pyroaring import BitMap
from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    Select,
    String,
    and_,
    case,
    cast,
    distinct,
    func,
    literal,
    select,
    true,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.citations.lookup import among as one_of
from app.findings.flat import FlatFinding, SettledFinding, flatten, settle
from app.findings.queries import flat_rows, year_of_study
from app.kit.paging import Key, behind, fingerprint, read_cursor, write_cursor
from app.models.citation import Citation
from app.models.finding import Finding
from app.models.study import Study, StudyReport
from app.search import citation_order, citation_sets, ranking
from app.search.conditions import matching_citations, matching_findings, matching_studies
from app.search.holdings import holdings, revision_of
from app.search.own_text import matching_own_text
from app.search.spec import PUBLIC, Search
from app.search.word_sets import reporting, with_words
from app.vocabulary.words import vocabulary


class Counts(Struct, frozen=True):
    """How much stands behind an answer. Units are independent samples; none of these may be added up over cells."""

    findings: int = 0
    studies: int = 0
    independent_units: int = 0
    reports: int = 0


class Page(Struct, frozen=True):
    """Ids in order, the exact total of rows, and the cursor behind the last one."""

    ids: tuple[int, ...]
    total: int
    next: str | None


def _study_keys(search: Search, record_id: InstrumentedAttribute[int], changed: ColumnElement[Any]) -> list[Key]:
    """The order by a property of the study; unknown values last in either direction."""
    columns = {"year": year_of_study(Study.id), "n": Study.n_total, "design": _rank(), "changed": changed}
    return _keys(search, columns, record_id)


def _rank() -> ColumnElement[Any]:
    """The published place of a study's design; NULL where the vocabulary gives it none."""
    ranks = {each: value.attributes.get("rank") for each, value in vocabulary().axes["design"].items()}
    return case({each: rank for each, rank in ranks.items() if rank}, value=Study.design)


def _keys(search: Search, columns: dict[str, Any], record_id: InstrumentedAttribute[int]) -> list[Key]:
    if search.sort not in columns:
        return [Key(record_id, search.descending)]
    column = columns[search.sort]
    missing = case((column.is_(None), 1), else_=0)
    fallback: Any = "" if search.sort == "changed" else 0
    return [Key(missing), Key(func.coalesce(column, fallback), search.descending), Key(record_id)]


def _page(
    session: Session,
    rows: Select[Any],
    keys: list[Key],
    question: tuple[object, ...],
    *,
    cursor: str | None,
    limit: int,
) -> Page:
    record_id = keys[-1].column
    total = session.scalar(select(func.count()).select_from(rows.with_only_columns(record_id).subquery())) or 0
    mark = fingerprint(*question)
    wanted = rows.with_only_columns(*(key.column for key in keys))
    if cursor:
        wanted = wanted.where(behind(keys, read_cursor(cursor, mark, len(keys))))
    found = session.execute(wanted.order_by(*(key.order for key in keys)).limit(limit + 1)).all()
    more = len(found) > limit
    found = found[:limit]
    following = write_cursor(mark, tuple(found[-1])) if more else None
    return Page(tuple(row[-1] for row in found), total, following)


def page_of_findings(session: Session, search: Search, *, cursor: str | None, limit: int) -> Page:
    """One page of finding ids."""
    rows = flat_rows().where(matching_findings(session, search))
    if search.q and search.sort == "relevance":
        pairs = session.execute(rows.with_only_columns(Finding.id, Finding.report_id))
        return _page_by_relevance(session, search, pairs, ("findings", search), cursor=cursor, limit=limit)
    changed = func.coalesce(cast(Finding.edited_at, String), cast(Finding.created_at, String))
    keys = _study_keys(search, Finding.id, changed)
    return _page(session, rows, keys, ("findings", search), cursor=cursor, limit=limit)


def page_of_studies(
    session: Session, search: Search, *, cursor: str | None, limit: int, among: tuple[int, ...] | None = None
) -> Page:
    """One page of study ids; with ``among``, only studies that one of these citations reports."""
    rows = select(Study).where(matching_studies(session, search), reported_in(among))
    if search.q and search.sort == "relevance":
        reports = rows.outerjoin(StudyReport, StudyReport.study_id == Study.id)
        pairs = session.execute(reports.with_only_columns(Study.id, StudyReport.citation_id))
        return _page_by_relevance(session, search, pairs, ("studies", search, among), cursor=cursor, limit=limit)
    changed = func.coalesce(cast(Study.edited_at, String), cast(Study.created_at, String))
    keys = _study_keys(search, Study.id, changed)
    return _page(session, rows, keys, ("studies", search, among), cursor=cursor, limit=limit)


def page_of_citations(
    session: Session, search: Search, *, cursor: str | None, limit: int, among: tuple[int, ...] | None = None
) -> Page:
    """One page of citation ids; with ``among``, only of these."""
    question = ("citations", search, among)
    if search.sort in _SORTED_BY_SQL:
        rows = select(Citation).where(matching_citations(session, search), _one_of(among))
        return _page(session, rows, _citation_keys(search), question, cursor=cursor, limit=limit)
    found, mark = citation_sets.matching(session, search, among=among), fingerprint(*question)
    after = read_cursor(cursor, mark, _parts_of_a_place(search)) if cursor else None
    asked: dict[str, Any] = {"after": after, "number": limit + 1, "descending": search.descending}
    places: Sequence[tuple[Any, ...]]
    if search.sort == "year":
        places = citation_order.by_year(holdings(session), found, **asked)
    elif search.q:
        places = ranking.by_relevance(session, search.q.tree, found, **asked)
    else:
        places = citation_order.by_id(found, **asked)
    return _cut(places, len(found), mark, limit)


def _parts_of_a_place(search: Search) -> int:
    """How many values a cursor of citations has."""
    if search.sort == "year":
        return citation_order.PARTS
    return ranking.PARTS if search.q else 1


def _cut(places: Sequence[tuple[Any, ...]], total: int, mark: str, limit: int) -> Page:
    following = write_cursor(mark, places[limit - 1]) if len(places) > limit else None
    return Page(tuple(place[-1] for place in places[:limit]), total, following)


def _page_by_relevance(
    session: Session,
    search: Search,
    pairs: Iterable[Any],
    question: tuple[object, ...],
    *,
    cursor: str | None,
    limit: int,
) -> Page:
    """A page of a few thousand rows, given with their reports: those found by their own words first."""
    if search.q is None:
        raise ValueError("relevance is asked for of a search without words")
    tree = search.q.tree
    studies, findings = matching_own_text(session, tree, statuses=search.statuses, author=search.author)
    own = findings if question[0] == "findings" else studies
    found = with_words(session, revision_of(session), tree)
    places = ranking.of_rows(session, tree, pairs, own=own, found=found)
    mark = fingerprint(*question)
    begun = ranking.read_place(read_cursor(cursor, mark, ranking.PARTS)) if cursor else None
    ordered = ranking.in_order(places, after=begun, descending=search.descending)
    return _cut(ordered, len(places), mark, limit)


_SORTED_BY_SQL = ("n", "design", "changed")


def _citation_keys(search: Search) -> list[Key]:
    changed = func.coalesce(
        cast(Citation.edited_at, String), cast(Citation.synced_at, String), cast(Citation.created_at, String)
    )
    columns = {"n": _of_its_studies(func.max(Study.n_total)), "design": _of_its_studies(func.min(_rank()))}
    return _keys(search, columns | {"changed": changed}, Citation.id)


def _of_its_studies(column: ColumnElement[Any]) -> ScalarSelect[Any]:
    """A property of the public studies that a citation reports, as a subquery."""
    query = select(column).join(StudyReport, StudyReport.study_id == Study.id)
    own = query.where(StudyReport.citation_id == Citation.id, Study.status.in_(PUBLIC))
    return own.correlate(Citation).scalar_subquery()


def findings_by_id(session: Session, ids: tuple[int, ...]) -> list[FlatFinding]:
    """The flat findings of ``ids``, in that order."""
    found = {row.id: flatten(row) for row in session.execute(flat_rows().where(Finding.id.in_(ids)))}
    return [found[each] for each in ids if each in found]


def findings_in(session: Session, search: Search, study_ids: tuple[int, ...]) -> list[FlatFinding]:
    """The matching findings of some studies, in the order of their ids."""
    query = flat_rows().where(Finding.study_id.in_(study_ids), matching_findings(session, search)).order_by(Finding.id)
    return [flatten(row) for row in session.execute(query)]


def every_finding(session: Session, search: Search) -> Iterator[SettledFinding]:
    """All matching findings that can be answered with, in the order of their ids, streamed.

    A draft whose study has no design or subject yet stands in lists and in no answer.
    """
    settled = and_(Study.design.is_not(None), Study.subject.is_not(None))
    query = flat_rows().where(matching_findings(session, search), settled).order_by(Finding.id)
    for row in session.execute(query.execution_options(yield_per=1_000)):
        yield settle(row)


_UNIT = (
    func.coalesce(Study.overlap_group, literal("S") + cast(Study.id, String))
    + literal("|")
    + func.coalesce(Study.design, "")
)


def _counted(*, findings: Any, reports: Any) -> tuple[Any, ...]:
    return (
        func.count(distinct(findings)),
        func.count(distinct(Study.id)),
        func.count(distinct(_UNIT)),
        func.count(distinct(reports)),
    )


def count_findings(session: Session, search: Search) -> Counts:
    """What stands behind a list of findings."""
    columns = _counted(findings=Finding.id, reports=Finding.report_id)
    query = flat_rows().where(matching_findings(session, search)).with_only_columns(*columns)
    return Counts(*session.execute(query).one())


def reported_in(citation_ids: tuple[int, ...] | None) -> ColumnElement[bool]:
    """That a study has one of these citations among its reports; no condition where none was named."""
    if citation_ids is None:
        return true()
    return Study.id.in_(select(StudyReport.study_id).where(StudyReport.citation_id.in_(citation_ids)))


def count_studies(session: Session, search: Search, *, among: tuple[int, ...] | None = None) -> Counts:
    """What stands behind a list of studies: their own number, and their matching findings with the reports these are from."""
    matching = and_(matching_studies(session, search), reported_in(among))
    studies = session.execute(select(*_counted(findings=Study.id, reports=Study.id)).where(matching)).one()
    query = flat_rows().where(_behind_studies(session, search, among))
    inner = session.execute(query.with_only_columns(*_counted(findings=Finding.id, reports=Finding.report_id))).one()
    return Counts(findings=inner[0], studies=studies[1], independent_units=studies[2], reports=inner[3])


def _behind_studies(session: Session, search: Search, among: tuple[int, ...] | None) -> ColumnElement[bool]:
    """The condition on the findings that stand behind a list of studies."""
    return and_(
        matching_studies(session, search), reported_in(among), matching_findings(session, search.without_reports())
    )


def _one_of(citation_ids: tuple[int, ...] | None) -> ColumnElement[bool]:
    return true() if citation_ids is None else Citation.id.in_(citation_ids)


def count_citations(session: Session, search: Search, *, among: tuple[int, ...] | None = None) -> Counts:
    """What stands behind a list of citations: the studies they report and the matching findings in them."""
    found, reports = citation_sets.matching(session, search, among=among), _reports(session, search, among)
    if not reports:
        return Counts(reports=len(found))
    asked = search.without_reports()
    reported = select(StudyReport.study_id).where(one_of(session, StudyReport.citation_id, reports))
    query = select(*_counted(findings=Study.id, reports=Study.id))
    _, studies, units, _ = session.execute(query.where(Study.id.in_(reported), matching_studies(session, asked))).one()
    rows = flat_rows().where(_behind_citations(session, search, among))
    findings = session.scalar(rows.with_only_columns(func.count(distinct(Finding.id)))) or 0
    return Counts(findings, studies, units, len(found))


def _behind_citations(session: Session, search: Search, among: tuple[int, ...] | None) -> ColumnElement[bool]:
    """The condition on the findings that stand behind a list of citations."""
    among_reports = one_of(session, Finding.report_id, _reports(session, search, among))
    return and_(among_reports, matching_findings(session, search.without_reports()))


def _reports(session: Session, search: Search, among: tuple[int, ...] | None) -> BitMap:
    """Those of the citations in a list that report studies: few, or none, however many were found."""
    return citation_sets.matching(session, search, among=among) & reporting(session)


def count_review_levels(
    session: Session, search: Search, *, of: str = "findings", among: tuple[int, ...] | None = None
) -> dict[str, int]:
    """The findings counted behind a list of ``of`` (findings, studies or citations), by how many readers checked them."""
    if of == "citations" and not _reports(session, search, among):
        return {"one_reader": 0, "two_readers": 0}
    if of == "findings":
        counted = matching_findings(session, search)
    else:
        counted = (_behind_studies if of == "studies" else _behind_citations)(session, search, among)
    both = (Finding.status == "accepted") & (Study.status == "accepted")
    columns = (func.count(Finding.id), func.coalesce(func.sum(case((both, 1), else_=0)), 0))
    query = flat_rows().where(counted).with_only_columns(*columns)
    total, two = session.execute(query).one()
    return {"one_reader": total - two, "two_readers": two}
