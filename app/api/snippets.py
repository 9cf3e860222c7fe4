"""What the rows of a list show of the words that were searched for: the sources of each row, and what goes out."""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.citations.listed import Listed, listed
from app.findings.flat import FlatFinding
from app.kit.public_ids import CITATION, FINDING, STUDY, public
from app.models.study import Study
from app.search import sources
from app.search.snippets import Marker, Source
from app.search.spec import Search
from app.search.syntax import terms
from app.studies.queries import WholeStudy

_MOST_REPORTS = 5
"""Reports of one study that are looked through."""

Shown = dict[str, Any]


def of_citations(search: Search, found: Sequence[Listed]) -> list[Shown]:
    """``snippets`` for each citation, in order; nothing without words."""
    if not search.q:
        return [{} for _ in found]
    marker = Marker(terms(search.q.tree))
    return [_shown(marker, sources.of_citation(each, public(CITATION, each.id), marker)) for each in found]


def of_findings(session: Session, search: Search, rows: Sequence[FlatFinding]) -> list[Shown]:
    """``snippets`` for each finding: of its own words, its study and its report."""
    if not search.q:
        return [{} for _ in rows]
    reports = listed(session, [row.report_id for row in rows if row.report_id])
    query = select(Study.id, Study.title, Study.population).where(Study.id.in_({row.study_id for row in rows}))
    studies = {number: (title, population) for number, title, population in session.execute(query)}
    marker = Marker(terms(search.q.tree))
    return [
        _shown(
            marker,
            chain(
                sources.of_finding(row, public(FINDING, row.id)),
                sources.of_study(*studies[row.study_id], public(STUDY, row.study_id)),
                _of_reports(marker, reports, [row.report_id or 0]),
            ),
        )
        for row in rows
    ]


def of_studies(
    session: Session, search: Search, studies: Sequence[WholeStudy], findings: dict[int, list[FlatFinding]]
) -> list[Shown]:
    """``snippets`` for each study: of its own words, its matching findings and its reports."""
    if not search.q:
        return [{} for _ in studies]
    named = {each.study.id: [report.citation_id for report in each.reports][:_MOST_REPORTS] for each in studies}
    reports = listed(session, [number for own in named.values() for number in own])
    marker = Marker(terms(search.q.tree))
    return [
        _shown(
            marker,
            chain(
                sources.of_study(each.study.title, each.study.population, public(STUDY, each.study.id)),
                (
                    source
                    for row in findings.get(each.study.id, [])
                    for source in sources.of_finding(row, public(FINDING, row.id))
                ),
                _of_reports(marker, reports, named[each.study.id]),
            ),
        )
        for each in studies
    ]


def _of_reports(marker: Marker, reports: dict[int, Listed], numbers: Iterable[int]) -> Iterable[Source]:
    for number in numbers:
        if number in reports:
            yield from sources.of_citation(reports[number], public(CITATION, number), marker)


def _shown(marker: Marker, found: Iterable[Source]) -> Shown:
    return {"snippets": marker.snippets(found)}
