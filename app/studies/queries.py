"""Selects over studies: one or many with their reports and exposures, each in one query."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct
from sqlalchemy import Row, exists, select
from sqlalchemy.orm import Session

from app.errors import Gone, NotFound
from app.models.citation import Citation, CitationIdentifier
from app.models.study import Exposure, Study, StudyReport
from app.statements import Statement, among_numbers
from app.studies.draft import missing_in

_OF_CITATION = (
    "id", "source_type", "title", "book_title", "citation_text", "authors", "journal_abbreviation", "journal_title", "year",
    "volume", "issue", "pages", "standing",
)  # fmt: skip
_REPORTS = Statement(
    select(StudyReport.study_id, StudyReport.role, *(getattr(Citation, name) for name in _OF_CITATION))
    .join(Citation, Citation.id == StudyReport.citation_id)
    .where(among_numbers(StudyReport.study_id, "numbers"))
    .order_by(StudyReport.study_id, StudyReport.position)
)
_IDENTIFIERS = Statement(
    select(CitationIdentifier.citation_id, CitationIdentifier.scheme, CitationIdentifier.value)
    .where(among_numbers(CitationIdentifier.citation_id, "numbers"))
    .order_by(CitationIdentifier.citation_id, CitationIdentifier.position)
)
_EXPOSURES = Statement(
    select(*Exposure.__table__.c).where(among_numbers(Exposure.study_id, "numbers")).order_by(Exposure.position)
)


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
    exposures: tuple[Row[Any], ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """What a submitted study needs and this one lacks."""
        return (*missing_in(self.study), *(() if self.reports else ("reports",)))

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
    studies = _studies(session, ids)
    reports = _reports(session, ids)
    exposures: dict[int, list[Row[Any]]] = {}
    for exposure in _EXPOSURES.all(session, numbers=ids):
        exposures.setdefault(exposure.study_id, []).append(exposure)
    return [
        WholeStudy(studies[each], tuple(reports.get(each, ())), tuple(exposures.get(each, ())))
        for each in ids
        if each in studies
    ]


def _studies(session: Session, ids: Sequence[int]) -> dict[int, Study]:
    if len(ids) == 1:
        # One that the session knows is not asked for again: what a write changes it changes through the session.
        one = session.get(Study, ids[0])
        return {one.id: one} if one else {}
    return {study.id: study for study in session.scalars(select(Study).where(Study.id.in_(ids)))}


def _reports(session: Session, ids: Sequence[int]) -> dict[int, list[Report]]:
    rows = _REPORTS.all(session, numbers=ids)
    identifiers = identifiers_of(session, [row.id for row in rows]) if rows else {}
    reports: dict[int, list[Report]] = {}
    for row in rows:
        reports.setdefault(row.study_id, []).append(_report(row, identifiers.get(row.id, {})))
    return reports


def _report(citation: Row[Any], identifiers: dict[str, list[str]]) -> Report:
    return Report(
        citation_id=citation.id,
        role=citation.role,
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
    found: dict[int, dict[str, list[str]]] = {}
    for citation_id, scheme, value in _IDENTIFIERS.all(session, numbers=citation_ids):
        found.setdefault(citation_id, {}).setdefault(scheme, []).append(value)
    return found
