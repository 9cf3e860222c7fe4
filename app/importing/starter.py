"""The starter corpus: 80 studies read by one reader, loaded into an empty store. Nothing here invents or completes a value.

Each line of ``starter_data/studies.jsonl`` is one study with its reports,
exposures and findings; keys only tie the parts of a line together. The same
drafts that check a curator's input check every line, and a broken line refuses
the whole corpus by its number.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, ValidationError, model_validator
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.citations import store
from app.citations.draft import Author, CitationDraft, Identifier, Journal
from app.errors import Invalid
from app.findings import record as findings
from app.findings.draft import FindingDraft
from app.history.events import Revision
from app.kit.canonical import canonical_json, sha256
from app.kit.draft import Draft, Line
from app.kit.identifiers import parse_doi, parse_nct, parse_pmcid, parse_pmid
from app.models.study import Study
from app.studies import record as studies
from app.studies.draft import Design, ExposureDraft, ReadDepth, Role, StudyDraft, Subject
from app.vocabulary.words import member_of

CORPUS = Path(__file__).parent / "starter_data" / "studies.jsonl"
READER = "starter corpus (one reader)"

SourceType = Annotated[str, AfterValidator(member_of("source_type"))]


class StarterReport(Draft):
    """A report as the reader wrote it down; one without any identifier is stored as unidentified."""

    key: Line
    role: Role
    source_type: SourceType
    title: Line | None
    authors: tuple[Line, ...]
    journal: Line | None
    year: Annotated[int, Field(ge=1800, le=2100)] | None
    volume: Line | None
    issue: Line | None
    pages: Line | None
    pmid: Annotated[str, AfterValidator(parse_pmid)] | None
    pmcid: Annotated[str, AfterValidator(parse_pmcid)] | None
    doi: Annotated[str, AfterValidator(parse_doi)] | None
    nct: Annotated[str, AfterValidator(parse_nct)] | None

    def citation(self) -> CitationDraft:
        """The report as a bibliographic record of the source ``starter``."""
        schemes = ("pmid", "pmcid", "doi", "nct")
        identifiers = ((scheme, getattr(self, scheme)) for scheme in schemes)
        return CitationDraft(
            source="starter",
            source_type=self.source_type,
            identifiers=tuple(Identifier(scheme, value) for scheme, value in identifiers if value),
            title=self.title,
            authors=tuple(_author(name) for name in self.authors),
            authors_complete=False,
            journal=Journal(abbreviation=self.journal) if self.journal else None,
            issued_on=str(self.year) if self.year else None,
            volume=self.volume,
            issue=self.issue,
            pages=self.pages,
            citation_text=self._as_text(),
            payload_hash=sha256(canonical_json(self.model_dump())),
        )

    def _as_text(self) -> str:
        parts = ("; ".join(self.authors), self.title, self.journal, str(self.year or ""))
        return ". ".join(part for part in parts if part) or f"{self.source_type.replace('_', ' ')}, details not seen"


class StarterExposure(ExposureDraft):
    """An exposure with the key that findings of the same line refer to."""

    key: Line


class StarterFinding(FindingDraft):
    """A finding that names its report and exposure by their keys in the same line."""

    report: Line
    exposure: Line


class StarterStudy(StudyDraft):
    """One line of the corpus."""

    key: Line
    design: Design
    subject: Subject
    read_depth: ReadDepth
    reports: Annotated[tuple[StarterReport, ...], Field(min_length=1)]
    exposures: tuple[StarterExposure, ...]
    findings: tuple[StarterFinding, ...]

    @model_validator(mode="after")
    def _keys_tie_the_parts(self) -> "StarterStudy":
        for name, parts in (("report", self.reports), ("exposure", self.exposures)):
            keys = [part.key for part in parts]
            if len(set(keys)) < len(keys):
                raise ValueError(f"two of the {name}s have the same key")
            unknown = {getattr(finding, name) for finding in self.findings}.difference(keys)
            if unknown:
                raise ValueError(f"a finding names the {name} {min(unknown)!r}, which is not in the line")
        return self


class Loaded(Draft):
    """How much was loaded."""

    studies: int
    reports: int
    unidentified: int
    exposures: int
    findings: int
    state: Literal["loaded", "not_empty"]


def load(session: Session, lines: Iterable[str] | None = None) -> Loaded:
    """Load the corpus into an empty store as one data revision; do nothing where a study is stored already.

    Raises :class:`Invalid` naming the line and field of the first broken line;
    then nothing is loaded.
    """
    if session.scalar(select(func.count()).select_from(Study)):
        return Loaded(studies=0, reports=0, unidentified=0, exposures=0, findings=0, state="not_empty")
    parsed = parse(CORPUS.read_text(encoding="utf-8").split("\n") if lines is None else lines)
    revision = Revision(actor=READER, reason="starter corpus")
    reports = [report.citation() for study in parsed for report in study.reports]
    ids = iter(store.add(session, revision, reports))
    for study in parsed:
        _record(session, revision, study, [next(ids) for _ in study.reports])
    revision.seal(session)
    return Loaded(
        studies=len(parsed),
        reports=len(reports),
        unidentified=sum(not report.identifiers for report in reports),
        exposures=sum(len(study.exposures) for study in parsed),
        findings=sum(len(study.findings) for study in parsed),
        state="loaded",
    )


def parse(lines: Iterable[str]) -> list[StarterStudy]:
    """Check every line against the vocabulary. Raises :class:`Invalid` with the number of the first broken one."""
    parsed = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            parsed.append(StarterStudy.model_validate_json(line))
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"]) or "the line"
            raise Invalid(
                f"Line {number} of the starter corpus: {place}: {first['msg']}. Nothing was loaded."
            ) from None
    return parsed


def _record(session: Session, revision: Revision, line: StarterStudy, citation_ids: list[int]) -> None:
    draft = StudyDraft.model_validate(line.model_dump(exclude={"key", "reports", "exposures", "findings"}))
    study = studies.record(session, revision, draft, status="submitted")
    report_ids = dict(zip((report.key for report in line.reports), citation_ids, strict=True))
    for position, report in enumerate(line.reports):
        studies.add_report(session, revision, study, report_ids[report.key], role=report.role, position=position)
    exposure_ids = {}
    for position, exposure in enumerate(line.exposures):
        draft_of = ExposureDraft.model_validate(exposure.model_dump(exclude={"key"}))
        exposure_ids[exposure.key] = studies.add_exposure(session, revision, study, draft_of, position=position)
    for finding in line.findings:
        places = {"report_id": report_ids[finding.report], "exposure_id": exposure_ids[finding.exposure]}
        body: dict[str, Any] = finding.model_dump(exclude={"report", "exposure"}) | places
        findings.record(session, revision, FindingDraft.model_validate(body), study_id=study.id, status="submitted")


def _author(name: str) -> Author:
    """``Smith KE`` → family and initials; a name without initials is kept as it stands."""
    family, _, initials = name.rpartition(" ")
    if family and initials.isupper() and len(initials) <= 4:
        return Author(family=family, initials=initials)
    return Author(family=name)
