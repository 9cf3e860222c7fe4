"""Changing studies by merge patch, adding reports and exposures and taking them away. Who may is not asked here."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.errors import Conflict, Invalid, NotFound
from app.history.edits import remove, renew, rewrite
from app.history.events import Revision
from app.kit.checking import checked
from app.kit.draft import MAY_LACK, Draft, refuse_lacking
from app.kit.patches import merged
from app.models.citation import Citation
from app.models.finding import Finding
from app.models.study import Exposure, Study, StudyReport
from app.studies import record
from app.studies.draft import ExposureDraft, StudyDraft, missing_in

_MOST_NAMED = 5


def fields_of(stored: Study | Exposure) -> dict[str, Any]:
    """The fields of a study or exposure that a person enters, as stored."""
    draft: type[Draft] = StudyDraft if isinstance(stored, Study) else ExposureDraft
    return {name: getattr(stored, name) for name in draft.model_fields}


def edited(stored: Study | Exposure, patch: Mapping[str, Any]) -> dict[str, Any]:
    """The columns that a merge patch would give a study or exposure.

    Raises :class:`Invalid` naming every fault, also a field that a study may
    not lack any more.
    """
    draft: type[Draft] = StudyDraft if isinstance(stored, Study) else ExposureDraft
    fitting = checked(draft, merged(fields_of(stored), dict(patch)))
    if isinstance(stored, Study):
        refuse_lacking("study", missing_in(fitting), status=stored.status)
    return _columns(fitting)


def edit(session: Session, revision: Revision, study: Study, patch: Mapping[str, Any]) -> tuple[str, ...]:
    """Apply a merge patch to a study and return the names of the fields that changed.

    Raises :class:`Invalid` naming every field that does not fit.
    """
    return rewrite(session, revision, "study", study, edited(study, patch))


def edit_exposure(
    session: Session, revision: Revision, study: Study, exposure: Exposure, patch: Mapping[str, Any]
) -> tuple[str, ...]:
    """Apply a merge patch to what was taken in ``study``, which thereby has a new version; return what changed."""
    changed = rewrite(session, revision, "exposure", exposure, edited(exposure, patch))
    if changed:
        renew(session, revision, "study", study)
    return changed


def add_exposure(session: Session, revision: Revision, study: Study, draft: ExposureDraft) -> int:
    """Add what was taken in ``study``, which thereby has a new version; return its id."""
    position = _next(session, Exposure, study)
    number = record.add_exposure(session, revision, study, draft, position=position)
    renew(session, revision, "study", study)
    return number


def add_report(session: Session, revision: Revision, study: Study, citation_id: int, *, role: str) -> None:
    """Tie a citation to ``study``, which thereby has a new version.

    Raises :class:`Invalid` for a citation that is not there, :class:`Conflict`
    for one that was merged away or reports this study already.
    """
    refuse_unusable(session, citation_id)
    position, number = _next(session, StudyReport, study), study.id
    try:
        record.add_report(session, revision, study, citation_id, role=role, position=position)
    except IntegrityError:
        raise Conflict(f"R{citation_id} is a report of S{number} already.", field="citation_id") from None
    renew(session, revision, "study", study)


def get_report(session: Session, study: Study, citation_id: int) -> StudyReport:
    """The tie of a citation to ``study``. Raises :class:`NotFound` where there is none."""
    tie = (StudyReport.study_id == study.id) & (StudyReport.citation_id == citation_id)
    found = session.scalar(select(StudyReport).where(tie))
    if found is None:
        raise NotFound(f"R{citation_id} is no report of study S{study.id}.")
    return found


def remove_report(session: Session, revision: Revision, study: Study, citation_id: int) -> None:
    """Untie a citation from ``study``, which thereby has a new version. The citation stays.

    Raises :class:`Conflict` while a finding is from this report, or where a
    study that is not a draft would be left without one.
    """
    report = get_report(session, study, citation_id)
    _refuse_in_use(session, study, Finding.report_id == citation_id, part=f"the report R{citation_id}")
    others = select(func.count(StudyReport.id)).where(StudyReport.study_id == study.id, StudyReport.id != report.id)
    if study.status not in MAY_LACK and not session.scalar(others):
        raise Conflict(f"R{citation_id} is the only report of study S{study.id}; add the right one first.")
    remove(session, revision, "study_report", report)
    renew(session, revision, "study", study)


def remove_exposure(session: Session, revision: Revision, study: Study, exposure_id: int) -> None:
    """Take away what was taken in ``study``, which thereby has a new version.

    Raises :class:`Conflict` while a finding is about it.
    """
    exposure = get_exposure(session, study, exposure_id)
    _refuse_in_use(session, study, Finding.exposure_id == exposure_id, part=f"the exposure E{exposure_id}")
    remove(session, revision, "exposure", exposure)
    renew(session, revision, "study", study)


def _refuse_in_use(session: Session, study: Study, tied: ColumnElement[bool], *, part: str) -> None:
    """Findings of any status count: one that was retired still says what it was from."""
    using = session.scalars(select(Finding.id).where(Finding.study_id == study.id, tied).order_by(Finding.id)).all()
    if using:
        listed = ", ".join(f"F{number}" for number in using[:_MOST_NAMED])
        more = f" and {len(using) - _MOST_NAMED} more" if len(using) > _MOST_NAMED else ""
        raise Conflict(f"{listed}{more} rest on {part}; tie them to another one first.")


def refuse_unusable(session: Session, citation_id: int) -> None:
    """Raise :class:`Invalid` for a citation that is not there, :class:`Conflict` for one that was merged away."""
    citation = session.get(Citation, citation_id)
    if citation is None:
        raise Invalid(f"There is no citation R{citation_id}; import it or enter it first.", field="citation_id")
    if citation.merged_into:
        raise Conflict(f"R{citation_id} was merged into R{citation.merged_into}; name that one.", field="citation_id")


def get_exposure(session: Session, study: Study, exposure_id: int) -> Exposure:
    """One exposure of ``study``. Raises :class:`NotFound` for one of another study too."""
    found = session.get(Exposure, exposure_id)
    if found is None or found.study_id != study.id:
        raise NotFound(f"Study S{study.id} has no exposure E{exposure_id}.")
    return found


def _columns(draft: Draft) -> dict[str, Any]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in draft.model_dump().items()}


def _next(session: Session, model: type[StudyReport] | type[Exposure], study: Study) -> int:
    highest = session.scalar(select(func.max(model.position)).where(model.study_id == study.id))
    return 0 if highest is None else highest + 1
