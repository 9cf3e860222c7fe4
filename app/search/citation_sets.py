"""The citations that a search matches, as a set of ids: the same as ``conditions.matching_citations`` says in SQL.

Filters of the citation itself are cut from ``holdings``, the words of a search
from sets of their own; filters of findings and studies are asked by SQL, for they touch few
citations. What was asked is kept for the data revision.
"""

from functools import reduce
from typing import Any

from pyroaring import BitMap
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.database import once
from app.models.study import Study, StudyReport
from app.search.conditions import asks_for_findings, asks_for_studies, matching_studies
from app.search.holdings import Holdings, holdings, ids_of, revision_of
from app.search.kept_sets import kept
from app.search.spec import Search
from app.search.word_sets import with_words


def matching(session: Session, search: Search, *, among: tuple[int, ...] | None = None) -> BitMap:
    """The citations on which ``search`` holds; with ``among``, only of these. Worked out once for each snapshot."""
    return once(session, (search, among), lambda: _matching(session, search, among))


def _matching(session: Session, search: Search, among: tuple[int, ...] | None) -> BitMap:
    held = holdings(session)
    parts = [held.stored, *_of_the_record(held, search)]
    if among is not None:
        parts.append(BitMap(among))
    if search.q:
        parts.append(with_words(session, held.revision, search.q.tree))
    if search.has_quote and search.report_has:
        quoted = _ids_of_studies(session, Search(has=("quote",)))
        parts.append(quoted | _any_of(held, "has", search.report_has))
    rest = search.without_reports()
    if asks_for_findings(rest) or asks_for_studies(rest):
        parts.append(_ids_of_studies(session, rest))
    return reduce(BitMap.intersection, sorted(parts, key=len))


def _of_the_record(held: Holdings, search: Search) -> list[BitMap]:
    parts = []
    if search.values("standing"):
        parts.append(_any_of(held, "standing", search.values("standing")))
    if search.report_has and not search.has_quote:
        parts.append(_any_of(held, "has", search.report_has))
    if search.year_from is not None or search.year_to is not None:
        first, last = search.year_from or 0, search.year_to or 9_999
        parts.append(_any_of(held, "year", [year for year in held.axes.get("year", {}) if first <= year <= last]))
    return parts


def _any_of(held: Holdings, axis: str, values: Any) -> BitMap:
    return BitMap.union(BitMap(), *(held.having(axis, value) for value in values))


def _ids_of_studies(session: Session, search: Search) -> BitMap:
    def ask() -> BitMap:
        studies = select(Study.id).where(matching_studies(session, search))
        return ids_of(session, select(StudyReport.citation_id).where(StudyReport.study_id.in_(studies)).distinct())

    return kept(session, revision_of(session), search, ask)
