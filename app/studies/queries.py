"""Selects over studies: one or many with their reports and exposures, each in one query."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct
from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from app.errors import Gone, NotFound
from app.models.citation import Citation, CitationIdentifier
from app.models.study import Exposure, Study, StudyReport


class Report(Struct, frozen=True):
    """A report of a study as needed to cite it."""

    citation_id: int
    role: str
    source_type: str
    title: str | None
    citation_text: str | None
    authors: list[Any]
    journal: str | None
    year: int | None
    volume: str | None
    issue: str | None
    pages: str | None
    standing: str
    identifiers: dict[str, list[str]]

    @property
    def identified(self) -> bool:
        """False for a report without any identifier, which waits to be matched."""
        return bool(self.identifiers)


class WholeStudy(Struct, frozen=True):
    """A study with everything that hangs on it but its findings."""

    study: Study
    reports: tuple[Report, ...]
    exposures: tuple[Exposure, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """What a submitted study needs and this one lacks."""
        return () if self.reports else ("reports",)

    @property
    def year(self) -> int | None:
        """The year of the earliest report."""
        return min((report.year for report in self.reports if report.year is not None), default=None)


def get(session: Session, study_id: int) -> WholeStudy:
    """One study. Raises :class:`NotFound` when there is none, :class:`Gone` when it was retired and not merged into another."""
    found = many(session, (study_id,))
    if not found:
        raise NotFound(f"There is no study S{study_id}.")
    study = found[0].study
    if study.status == "retired" and study.merged_into is None:
        raise Gone(f"Study S{study_id} was retired: {study.retired_reason}")
    return found[0]


def has_reports(session: Session, study_id: int) -> bool:
    """Whether a study has any report."""
    return bool(session.scalar(select(exists().where(StudyReport.study_id == study_id))))


def many(session: Session, ids: Sequence[int]) -> list[WholeStudy]:
    """The studies of ``ids``, in that order; those that do not exist are left out."""
    studies = {study.id: study for study in session.scalars(select(Study).where(Study.id.in_(ids)))}
    reports = _reports(session, ids)
    exposures: dict[int, list[Exposure]] = {}
    wanted = select(Exposure).where(Exposure.study_id.in_(ids)).order_by(Exposure.position)
    for exposure in session.scalars(wanted):
        exposures.setdefault(exposure.study_id, []).append(exposure)
    return [
        WholeStudy(studies[each], tuple(reports.get(each, ())), tuple(exposures.get(each, ())))
        for each in ids
        if each in studies
    ]


def _reports(session: Session, ids: Sequence[int]) -> dict[int, list[Report]]:
    query = (
        select(StudyReport.study_id, StudyReport.role, Citation)
        .join(Citation, Citation.id == StudyReport.citation_id)
        .where(StudyReport.study_id.in_(ids))
        .order_by(StudyReport.study_id, StudyReport.position)
    )
    rows = session.execute(query).all()
    identifiers = identifiers_of(session, [row.Citation.id for row in rows])
    reports: dict[int, list[Report]] = {}
    for study_id, role, citation in rows:
        reports.setdefault(study_id, []).append(_report(citation, role, identifiers.get(citation.id, {})))
    return reports


def _report(citation: Citation, role: str, identifiers: dict[str, list[str]]) -> Report:
    return Report(
        citation_id=citation.id,
        role=role,
        source_type=citation.source_type,
        title=citation.title or citation.book_title,
        citation_text=citation.citation_text,
        authors=citation.authors or [],
        journal=citation.journal_abbreviation or citation.journal_title,
        year=citation.year,
        volume=citation.volume,
        issue=citation.issue,
        pages=citation.pages,
        standing=citation.standing,
        identifiers=identifiers,
    )


def identifiers_of(session: Session, citation_ids: Sequence[int]) -> dict[int, dict[str, list[str]]]:
    """Citation → scheme → its identifiers in order."""
    query = (
        select(CitationIdentifier.citation_id, CitationIdentifier.scheme, CitationIdentifier.value)
        .where(CitationIdentifier.citation_id.in_(citation_ids))
        .order_by(CitationIdentifier.citation_id, CitationIdentifier.position)
    )
    found: dict[int, dict[str, list[str]]] = {}
    for citation_id, scheme, value in session.execute(query):
        found.setdefault(citation_id, {}).setdefault(scheme, []).append(value)
    return found
