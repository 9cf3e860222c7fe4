"""Selects over findings: the flat row, one by id, and its quotes."""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from sqlalchemy import ScalarSelect, Select, bindparam, func, select
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.findings.flat import LEFT_THE_COUNTS, PUBLIC_STATUSES, FlatFinding, flatten
from app.models.base import Base
from app.models.citation import Citation, CitationIdentifier
from app.models.finding import Finding, Quote
from app.models.study import Exposure, Study, StudyReport
from app.statements import Statement, among_numbers

_OWN = (
    "id", "study_id", "report_id", "exposure_id", "outcome", "direction", "phase", "phase_basis", "precipitated",
    "contrast", "basis", "comparator", "measure", "higher_is", "effect_measure", "value", "ci_low", "ci_high",
    "p_value_text", "n_events", "n_group", "n_exposed", "adjusted_for", "time_point", "severity", "dechallenge",
    "rechallenge", "alternative_explanation", "intended_direction", "summary", "reading", "entered_as", "status",
    "created_at", "created_by", "edited_at", "reviewed_at", "reviewed_by", "version",
)  # fmt: skip
_OF_STUDY = (
    "design", "subject", "read_depth", "n_total", "n_unit", "country", "recruitment", "funder_classes", "coi_classes",
    "overlap_group", "overlap_status",
)  # fmt: skip
_OF_EXPOSURE = (
    "substance_name", "preparation", "product_label", "dose", "route", "frequency", "duration", "co_exposures",
    "co_interventions",
)  # fmt: skip


# Made once: an alias of 40 columns costs a millisecond, and an answer needs a dozen of them.
_REPORT = Base.metadata.tables["citation"].alias("report")


def identifier_of(citation_id: Any, scheme: str) -> ScalarSelect[str | None]:
    """The first identifier of ``scheme`` of a citation, as a subquery."""
    return (
        select(func.min(CitationIdentifier.value))
        .where(CitationIdentifier.citation_id == citation_id, CitationIdentifier.scheme == scheme)
        .correlate_except(CitationIdentifier)
        .scalar_subquery()
    )


def year_of_study(study_id: Any) -> ScalarSelect[int | None]:
    """The year of a study: that of its earliest report."""
    return (
        select(func.min(_REPORT.c.year))
        .select_from(_REPORT.join(StudyReport, StudyReport.citation_id == _REPORT.c.id))
        .where(StudyReport.study_id == study_id)
        .correlate_except(_REPORT, StudyReport)
        .scalar_subquery()
    )


def _first_quote(column: Any) -> ScalarSelect[str | None]:
    query = select(column).where(Quote.finding_id == Finding.id).order_by(Quote.id).limit(1)
    return query.correlate_except(Quote).scalar_subquery()


@cache
def flat_rows() -> Select[Any]:
    """Everything that a flat finding needs, unfiltered and unordered: finding ⋈ study ⋈ exposure ⋈ report."""
    return (
        select(
            *(getattr(Finding, name) for name in _OWN),
            Finding.unit.label("unit_of_value"),
            *(getattr(Study, name) for name in _OF_STUDY),
            Study.title.label("study_title"),
            Study.status.label("study_status"),
            Study.created_by.label("study_created_by"),
            Exposure.substance.label("exposure_substance"),
            *(getattr(Exposure, name) for name in _OF_EXPOSURE),
            Citation.standing,
            Citation.year,
            Citation.title.label("report_title"),
            func.coalesce(Citation.journal_abbreviation, Citation.journal_title).label("journal"),
            year_of_study(Finding.study_id).label("study_year"),
            identifier_of(Finding.report_id, "pmid").label("pmid"),
            identifier_of(Finding.report_id, "pmcid").label("pmcid"),
            identifier_of(Finding.report_id, "doi").label("doi"),
            _first_quote(Quote.text).label("quote_text"),
            _first_quote(Quote.state).label("quote_state"),
            _first_quote(Quote.location).label("quote_location"),
        )
        .select_from(Finding)
        .join(Study, Study.id == Finding.study_id)
        .outerjoin(Exposure, Exposure.id == Finding.exposure_id)
        .outerjoin(Citation, Citation.id == Finding.report_id)
    )


def get(session: Session, finding_id: int) -> FlatFinding:
    """One finding. Raises :class:`NotFound` when there is none."""
    row = _one().first(session, id=finding_id)
    if row is None:
        raise NotFound(f"There is no finding F{finding_id}.")
    return flatten(row)


@cache
def _one() -> Statement:
    return Statement(flat_rows().where(Finding.id == bindparam("id")))


def of_study(session: Session, study_id: int, statuses: tuple[str, ...]) -> list[FlatFinding]:
    """The findings of a study that have one of ``statuses``, as the study has too, in the order of their numbers."""
    return [flatten(row) for row in _of_study(statuses).all(session, study=study_id)]


@cache
def _of_study(statuses: tuple[str, ...]) -> Statement:
    held = (Finding.study_id == bindparam("study"), Finding.status.in_(statuses), Study.status.in_(statuses))
    return Statement(flat_rows().where(*held).order_by(Finding.id))


_LEFT = Statement(
    select(Finding.study_id, func.count().label("left"))
    .join(Citation, Citation.id == Finding.report_id)
    .where(among_numbers(Finding.study_id, "studies"), Finding.status.in_(PUBLIC_STATUSES))
    .where(Citation.standing.in_(LEFT_THE_COUNTS))
    .group_by(Finding.study_id)
)


def left_with_their_report(session: Session, study_ids: Iterable[int]) -> dict[int, int]:
    """Study → how many of its public findings left the counts with the report that they are from."""
    return {row.study_id: row.left for row in _LEFT.all(session, studies=study_ids)}


def hanging_on(session: Session, study_id: int) -> list[Finding]:
    """The findings of a study that were not retired, whatever their status, in the order of their numbers."""
    query = select(Finding).where(Finding.study_id == study_id, Finding.status != "retired")
    return list(session.scalars(query.order_by(Finding.id)))


def many(session: Session, ids: Sequence[int]) -> list[FlatFinding]:
    """The findings of ``ids`` that there are, in the order of their numbers."""
    return [flatten(row) for row in session.execute(flat_rows().where(Finding.id.in_(ids)).order_by(Finding.id))]


def quotes_of(session: Session, finding_id: int) -> list[Quote]:
    """The quotes of a finding, in the order in which they were entered."""
    return list(session.scalars(select(Quote).where(Quote.finding_id == finding_id).order_by(Quote.id)))
