"""Flat findings read by the thousand, without a subquery for each row. What a flat finding is stands in ``app.findings``."""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from sqlalchemy import FromClause, Select, Subquery, case, func, select
from sqlalchemy.orm import Session

from app.citations.lookup import among
from app.export.rows import in_batches
from app.findings.flat import FlatFinding, flatten
from app.findings.queries import flat_rows
from app.models.citation import Citation, CitationIdentifier
from app.models.finding import Finding, Quote
from app.models.study import StudyReport

_SCHEMES = ("pmid", "pmcid", "doi")
_OF_QUOTE = ("text", "state", "location")


def flat_findings(session: Session, finding_ids: Iterable[int]) -> Iterator[FlatFinding]:
    """The findings with these ids, which come in rising order: equal to those of ``app.search.pages.every_finding``."""
    for ids in in_batches(finding_ids):
        asked = among(session, Finding.id, ids)
        query = _joined(asked).where(asked).order_by(Finding.id)
        yield from map(flatten, session.execute(query))


@cache
def _own_columns() -> tuple[Any, ...]:
    """The columns of a flat row that are no subquery."""
    gathered = {"study_year", *_SCHEMES, *(f"quote_{name}" for name in _OF_QUOTE)}
    return tuple(column for column in flat_rows().selected_columns if column.key not in gathered)


def _joined(asked: Any) -> Select[Any]:
    """The flat rows with grouped joins in place of the subqueries; each group is made for the asked findings alone."""
    identifiers, years, quotes = _identifiers(asked), _years(asked), _quotes(asked)
    columns = (
        *_own_columns(),
        years.c.study_year,
        *(identifiers.c[name] for name in _SCHEMES),
        *(quotes.c[name].label(f"quote_{name}") for name in _OF_QUOTE),
    )
    return (
        flat_rows()
        .with_only_columns(*columns)
        .outerjoin(identifiers, identifiers.c.citation_id == Finding.report_id)
        .outerjoin(years, years.c.study_id == Finding.study_id)
        .outerjoin(quotes, quotes.c.finding_id == Finding.id)
    )


def _identifiers(asked: Any) -> Subquery:
    number, scheme = CitationIdentifier.citation_id, CitationIdentifier.scheme
    firsts = (func.min(case((scheme == name, CitationIdentifier.value))).label(name) for name in _SCHEMES)
    reports = select(Finding.report_id).where(asked)
    return (
        select(number, *firsts)
        .where(number.in_(reports), scheme.in_(_SCHEMES))
        .group_by(number)
        .subquery("identifiers")
    )


def _years(asked: Any) -> Subquery:
    number = StudyReport.study_id
    return (
        select(number, func.min(Citation.year).label("study_year"))
        .join(Citation, Citation.id == StudyReport.citation_id)
        .where(number.in_(select(Finding.study_id).where(asked)))
        .group_by(number)
        .subquery("years")
    )


def _quotes(asked: Any) -> FromClause:
    """The first quote of each finding."""
    first = (
        select(func.min(Quote.id))
        .where(Quote.finding_id.in_(select(Finding.id).where(asked)))
        .group_by(Quote.finding_id)
    )
    columns = (getattr(Quote, name) for name in _OF_QUOTE)
    return select(Quote.finding_id, *columns).where(Quote.id.in_(first)).subquery("quotes")
