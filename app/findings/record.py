"""Recording findings with their history."""

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.errors import Invalid
from app.findings.draft import FindingDraft
from app.history.events import Revision, row_of
from app.kit.canonical import now
from app.kit.draft import refuse_lacking
from app.models.finding import Finding


def record(
    session: Session, revision: Revision, draft: FindingDraft, *, study_id: int, status: str = "draft"
) -> Finding:
    """Store a finding of a study as ``status``, written by the revision's actor.

    Raises :class:`Invalid` when anything but a draft misses a required field,
    or when the database refuses a report or exposure that is not the study's.
    """
    refuse_lacking("finding", draft.missing(), status=status)
    finding = Finding(
        study_id=study_id,
        **draft.model_dump(),
        status=status,
        created_at=now(),
        created_by=revision.actor,
        version=1,
    )
    session.add(finding)
    try:
        session.flush()
    except IntegrityError as error:
        raise Invalid(
            f"The report {draft.report_id} or the exposure {draft.exposure_id} is not one of study S{study_id}; "
            "add it to the study first."
        ) from error
    revision.note("finding", finding.id, op="add", after=row_of(finding))
    return finding
