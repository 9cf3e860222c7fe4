"""From a search to SQL conditions. The joint meaning of the filters stands here: what must hold on one and the same thing.

All finding filters hold on one finding, all report filters (with ``q``) on one
report, study filters on the study.
"""

from typing import Any

from sqlalchemy import ColumnElement, and_, exists, literal, or_, select, true
from sqlalchemy.orm import Session

from app.citations.lookup import among
from app.findings.queries import year_of_study
from app.models.citation import Citation
from app.models.finding import Finding
from app.models.study import Exposure, Study, StudyReport
from app.search import compiling
from app.search.filters import FILTERS, evidence_class, has, outcome_condition
from app.search.own_text import matching_own_text
from app.search.spec import PUBLIC, Search
from app.search.word_sets import reports_with_words

Condition = ColumnElement[bool]


def _used(search: Search, level: str) -> list[Condition]:
    """The conditions of the filters of one level; ``status`` has a default and is added by the callers."""
    used = ((each, search.values(name)) for name, each in FILTERS.items() if each.level == level and name != "status")
    return [each.condition(asked) for each, asked in used if asked]


def about_findings(search: Search) -> Condition:
    """What must hold on one and the same finding."""
    conditions = _used(search, "finding")
    if search.outcomes:
        conditions.append(outcome_condition(search.outcomes))
    if search.has_quote:
        # Alternatives, like all values of one filter: the finding has a quote, or its report has what else was named.
        conditions.append(or_(*(has(value) for value in search.has)))
    status = and_(FILTERS["status"].condition(search.statuses), _seen(search, Finding), _seen(search, Study))
    return and_(*conditions, status, evidence_class(search.evidence))


def _seen(search: Search, model: type[Finding] | type[Study]) -> Condition:
    """That the reader may see it at all: it is public, or their own, or they may see everything."""
    if search.author is None:
        return true()
    return or_(model.status.in_(PUBLIC), model.created_by == search.author)


def about_reports(session: Session, search: Search) -> Condition:
    """What must hold on one and the same report of a study."""
    conditions = _of_the_record(search)
    if search.q:
        # Asked of the index once and not by each statement: these may be many, and a report is looked at again for each study.
        conditions.append(among(session, Citation.id, reports_with_words(session, search.q.tree)))
    return and_(true(), *conditions)


def _of_the_record(search: Search) -> list[Condition]:
    conditions = _used(search, "citation")
    if search.report_has and not search.has_quote:
        conditions.append(or_(*(has(value) for value in search.report_has)))
    return conditions


def about_studies(search: Search) -> Condition:
    """What must hold on the study; its year is that of its earliest report.

    Each outcome of ``outcome_all`` has a finding of the study on which all other finding filters of the reader hold.
    """
    under = search.all_under or search
    conditions = _used(search, "study")
    if search.year_from is not None or search.year_to is not None:
        conditions.extend(_years(search, year_of_study(Study.id)))
    conditions.extend(_with_finding(under.about(meant)) for meant in search.outcome_all)
    return and_(true(), *conditions)


def _years(search: Search, year: Any) -> list[Condition]:
    bounds = []
    if search.year_from is not None:
        bounds.append(year >= search.year_from)
    if search.year_to is not None:
        bounds.append(year <= search.year_to)
    return bounds


def _with_finding(search: Search) -> Condition:
    query = (
        select(literal(1))
        .select_from(Finding)
        .outerjoin(Exposure, Exposure.id == Finding.exposure_id)
        .outerjoin(Citation, Citation.id == Finding.report_id)
        .where(Finding.study_id == Study.id, about_findings(search))
    )
    return exists(query.correlate(Study))


def _with_report(session: Session, search: Search) -> Condition:
    query = (
        select(literal(1))
        .select_from(StudyReport)
        .join(Citation, Citation.id == StudyReport.citation_id)
        .where(StudyReport.study_id == Study.id, about_reports(session, search))
    )
    return exists(query.correlate(Study))


def asks_for_findings(search: Search) -> bool:
    """Whether a filter speaks of findings, so that a study must have a matching one."""
    named = any(search.values(name) for name, each in FILTERS.items() if each.level == "finding" and name != "status")
    return named or search.has_quote or bool(search.outcomes) or search.narrows_evidence


def asks_for_reports(search: Search) -> bool:
    """Whether a filter speaks of reports, so that a study must have a matching one."""
    named = any(search.values(name) for name, each in FILTERS.items() if each.level == "citation")
    return named or bool(search.q) or (bool(search.report_has) and not search.has_quote)


def asks_for_studies(search: Search) -> bool:
    """Whether a filter speaks of studies; a status does, of the work recorded on a citation."""
    named = any(search.values(name) for name, each in FILTERS.items() if each.level == "study" or name == "status")
    return named or bool(search.outcome_all)


def matching_findings(session: Session, search: Search) -> Condition:
    """The condition on a flat finding; report filters hold on the report that the finding is from."""
    conditions = [about_findings(search), about_studies(search), about_reports(session, search)]
    if search.q:
        _, own = matching_own_text(session, search.q.tree, statuses=search.statuses, author=search.author)
        conditions[-1] = or_(conditions[-1], and_(Finding.id.in_(own), about_reports(session, search.without_words())))
    return and_(*conditions)


def matching_studies(session: Session, search: Search) -> Condition:
    """The condition on a study."""
    conditions = [about_studies(search), and_(Study.status.in_(search.statuses), _seen(search, Study))]
    if asks_for_findings(search):
        conditions.append(_with_finding(search))
    if asks_for_reports(search):
        conditions.append(_with_report(session, search))
    if search.q:
        own, _ = matching_own_text(session, search.q.tree, statuses=search.statuses, author=search.author)
        plain = search.without_words()
        rest = _with_report(session, plain) if asks_for_reports(plain) else true()
        conditions[-1] = or_(conditions[-1], and_(Study.id.in_(own), rest))
    return and_(*conditions)


def matching_citations(session: Session, search: Search) -> Condition:
    """The condition on a citation; finding and study filters mean reports of matching studies, years are its own."""
    conditions = [*_of_the_record(search), Citation.merged_into.is_(None), *_years(search, Citation.year)]
    if search.q:
        conditions.append(Citation.id.in_(compiling.matching_citations(session, search.q.tree)))
    if search.has_quote and search.report_has:
        quoted = _of_studies(session, Search(has=("quote",)))
        conditions.append(or_(quoted, *(has(value) for value in search.report_has)))
    rest = search.without_reports()
    if asks_for_findings(rest) or asks_for_studies(rest):
        conditions.append(_of_studies(session, rest))
    return and_(*conditions)


def _of_studies(session: Session, search: Search) -> Condition:
    studies = select(Study.id).where(matching_studies(session, search))
    return Citation.id.in_(select(StudyReport.citation_id).where(StudyReport.study_id.in_(studies)))
