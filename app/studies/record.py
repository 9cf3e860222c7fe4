"""Recording studies, their reports and their exposures, with their history."""

from sqlalchemy.orm import Session

from app.history.events import Revision, row_of, unused_id
from app.kit.canonical import now
from app.kit.draft import refuse_lacking
from app.models.study import Exposure, Study, StudyReport
from app.studies.draft import ExposureDraft, StudyDraft, missing_in


def record(session: Session, revision: Revision, draft: StudyDraft, *, status: str = "draft") -> Study:
    """Store a study as ``status``, written by the revision's actor. Raises :class:`Invalid` where that may not lack so much."""
    refuse_lacking("study", missing_in(draft), status=status)
    study = Study(
        **_columns(draft),
        status=status,
        created_at=now(),
        created_by=revision.actor,
        version=1,
    )
    session.add(study)
    session.flush()
    revision.note("study", study.id, op="add", after=row_of(study))
    return study


def add_report(
    session: Session, revision: Revision, study: Study, citation_id: int, *, role: str, position: int
) -> None:
    """Tie a citation to ``study`` as one of its reports."""
    number = unused_id(session, "study_report")
    report = StudyReport(id=number, study_id=study.id, citation_id=citation_id, role=role, position=position)
    session.add(report)
    session.flush()
    revision.note("study_report", report.id, op="add", after=row_of(report))


def add_exposure(session: Session, revision: Revision, study: Study, draft: ExposureDraft, *, position: int) -> int:
    """Store what the people or animals of ``study`` took; return its id."""
    number = unused_id(session, "exposure")
    exposure = Exposure(id=number, study_id=study.id, position=position, **_columns(draft))
    session.add(exposure)
    session.flush()
    revision.note("exposure", exposure.id, op="add", after=row_of(exposure))
    return exposure.id


def _columns(draft: StudyDraft | ExposureDraft) -> dict[str, object]:
    return {name: list(v) if isinstance(v, tuple) else v for name, v in draft.model_dump().items()}
