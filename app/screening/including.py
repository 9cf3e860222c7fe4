"""From an included record to the draft of a study. Its design and subject are hints by machine, and say so."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.citations.draft import CitationDraft
from app.history.events import Revision
from app.models.study import Study, StudyReport
from app.screening.queue import FALLEN
from app.studies import record
from app.studies.draft import StudyDraft

HINTS = (
    ("systematic review", "systematic_review"), ("meta-analysis", "systematic_review"), ("review", "narrative_review"),
    ("comment", "commentary"), ("editorial", "commentary"), ("letter", "commentary"),
    ("randomized controlled trial", "randomized_parallel"), ("clinical trial", "single_arm_trial"),
    ("case reports", "case_report"),
)  # fmt: skip
"""Publication type → design, the first that fits. They are what an indexer saw, not what a reader of the study found."""
_ANIMALS = {"rats": "rat", "mice": "mouse", "zebrafish": "zebrafish"}
_LABEL = (
    "Design and subject are hints made by machine from the publication types and headings of the record; check them and take "
    "this note out."
)


def hint(draft: CitationDraft) -> tuple[str, str]:
    """Design and subject that the publication types and headings suggest; ``other`` and ``not_applicable`` where they do not."""
    types = {term.name.lower() for term in draft.publication_types}
    headings = {heading.name.lower() for heading in draft.mesh_headings}
    design = next((design for name, design in HINTS if name in types), None)
    subject = _subject(headings)
    if design is None and subject in {*_ANIMALS.values(), "other_animal"}:
        design = "animal_in_vivo"
    return design or "other", subject


def draft_study(
    session: Session, revision: Revision, citation_id: int, citation: CitationDraft, *, read_depth: str
) -> int:
    """Make the draft of a study that ``citation`` reports, by the revision's actor; the study that it reports already, if any.

    One that was retired or rejected is none: a study that is to be counted takes another draft.
    """
    reported = select(StudyReport.study_id).join(Study, Study.id == StudyReport.study_id)
    standing = reported.where(StudyReport.citation_id == citation_id, Study.status.not_in(FALLEN))
    known = session.scalar(standing.order_by(StudyReport.study_id).limit(1))
    if known is not None:
        return known
    design, subject = hint(citation)
    title = citation.title or citation.book_title or citation.original_title or citation.citation_text or "Untitled"
    draft = StudyDraft(title=title[:500], design=design, subject=subject, read_depth=read_depth, notes=_LABEL)
    study = record.record(session, revision, draft)
    record.add_report(session, revision, study, citation_id, role="primary_main", position=0)
    return study.id


def _subject(headings: Collection[str]) -> str:
    if "humans" in headings:
        return "human"
    named = next((subject for heading, subject in _ANIMALS.items() if heading in headings), None)
    return named or ("other_animal" if "animals" in headings else "not_applicable")
