"""Entering and changing studies, their reports and exposures. Reading is in ``studies``, what is sent in ``study_entries``."""

from collections.abc import Mapping
from typing import Any

from fastapi import Response

from app.api import held
from app.api.answers import MOVED
from app.api.asking import only
from app.api.documented import ExposureId, StudyId
from app.api.entries import sent_fields
from app.api.guarding import Door, Guarded
from app.api.preconditions import IfMatch, must_match
from app.api.proposing import PROPOSED, proposed
from app.api.shapes import API, One, WholeStudyOut, outgoing
from app.api.studies import shown
from app.api.study_entries import ExposureChanges, ReportEntry, StudyChanges, StudyEntry
from app.api.writing import Write, Writing, written
from app.citations import queries as citations
from app.curation.applying import ADD_EXPOSURE, ADD_REPORT
from app.errors import Conflict, Invalid
from app.findings.edit import places_in
from app.kit.identifiers import parse_pmid
from app.kit.public_ids import EXPOSURE, STUDY, public
from app.models.study import Study
from app.studies import edit, overlap, record
from app.studies.draft import ExposureDraft, StudyDraft

router = Door(prefix="/studies", tags=["studies"], route_class=Guarded)
_PARTS = {"reports", "exposures"}


@router.post("", status_code=201, dependencies=[only()], response_model=One[WholeStudyOut])
@written
def add_study(entry: StudyEntry, write: Writing) -> Response:
    """Enter a study as a draft, with its reports and exposures if wanted.

    `meta.possible_overlap` names studies that may share its people or animals.
    """
    draft = StudyDraft.model_validate(entry.model_dump(exclude=_PARTS))
    study = record.record(write.session, write.revision, draft)
    for number, report in enumerate(entry.reports):
        _add_report(write, study, report, place=f"reports.{number}.")
    for exposure in entry.exposures:
        edit.add_exposure(write.session, write.revision, study, exposure)
    answer = _answered(write, study, status=201)
    answer.headers["Location"] = f"{API}/studies/{public(STUDY, study.id)}"
    return answer


@router.patch("/{study_id}", dependencies=[only()], response_model=One[WholeStudyOut], responses={**MOVED, **PROPOSED})
@written
def edit_study(study_id: StudyId, changes: StudyChanges, match: IfMatch, write: Writing) -> Response:
    """Change fields of a study (JSON merge patch). What another submitted, or is accepted, this makes a proposal (202)."""
    study = held.study(write, study_id)
    sent, comment = _said(write, sent_fields(changes))
    must_match(match, version=study.version, current=edit.fields_of(study), sent=sent)
    if not held.is_changed_by(write, study):
        return proposed(write, study, edit.edited(study, sent), comment=comment) or _answered(write, study)
    edit.edit(write.session, write.revision, study, sent)
    return _answered(write, study)


@router.post(
    "/{study_id}/reports", status_code=201, dependencies=[only()], response_model=One[WholeStudyOut], responses=PROPOSED
)
@written
def add_report(study_id: StudyId, entry: ReportEntry, write: Writing) -> Response:
    """Tie a citation to a study as one of its reports. 409 when it is one already."""
    study = held.study(write, study_id)
    if not held.is_changed_by(write, study):
        return _propose_report(write, study, entry)
    _add_report(write, study, entry)
    return _answered(write, study, status=201)


@router.post(
    "/{study_id}/exposures",
    status_code=201,
    dependencies=[only()],
    response_model=One[WholeStudyOut],
    responses=PROPOSED,
)
@written
def add_exposure(study_id: StudyId, entry: ExposureDraft, write: Writing) -> Response:
    """Say what was taken in a study; `meta.exposure_id` is its id, which findings name."""
    study = held.study(write, study_id)
    if not held.is_changed_by(write, study):
        added = {ADD_EXPOSURE: entry.model_dump()}
        return proposed(write, study, added, comment=None) or _answered(write, study)
    number = edit.add_exposure(write.session, write.revision, study, entry)
    return _answered(write, study, status=201, exposure_id=public(EXPOSURE, number))


@router.patch(
    "/{study_id}/exposures/{exposure_id}", dependencies=[only()], response_model=One[WholeStudyOut], responses=PROPOSED
)
@written
def edit_exposure(
    study_id: StudyId, exposure_id: ExposureId, changes: ExposureChanges, match: IfMatch, write: Writing
) -> Response:
    """Change what was taken in a study (JSON merge patch). `If-Match` is the `ETag` of the study, of which it is a part."""
    study = held.study(write, study_id)
    exposure, (sent, comment) = held.exposure(write, study, exposure_id), _said(write, sent_fields(changes))
    must_match(match, version=study.version, current=edit.fields_of(exposure), sent=sent)
    if not held.is_changed_by(write, study):
        return proposed(write, exposure, edit.edited(exposure, sent), comment=comment) or _answered(write, study)
    edit.edit_exposure(write.session, write.revision, study, exposure, sent)
    return _answered(write, study)


def _said(write: Write, sent: dict[str, Any]) -> tuple[dict[str, Any], str | None]:
    """The fields without the comment, which goes into the history."""
    comment = sent.pop("comment", None)
    if comment:
        write.because(comment)
    return sent, comment


def _propose_report(write: Write, study: Study, entry: ReportEntry) -> Response:
    number = _citation_of(write, entry)
    edit.refuse_unusable(write.session, number)
    if number in places_in(write.session, study.id).reports:
        raise Conflict(f"R{number} is a report of S{study.id} already.", field="citation_id")
    added = {ADD_REPORT: {"citation_id": number, "role": entry.role}}
    return proposed(write, study, added, comment=None) or _answered(write, study)


def _add_report(write: Write, study: Study, entry: ReportEntry, *, place: str = "") -> None:
    try:
        edit.add_report(write.session, write.revision, study, _citation_of(write, entry), role=entry.role)
    except (Invalid, Conflict) as error:
        raise type(error)(error.message, field=f"{place}{error.field}") from None


def _citation_of(write: Write, entry: ReportEntry) -> int:
    if entry.citation_id is not None:
        return entry.citation_id
    found = citations.find_by_pmid(write.session, parse_pmid(entry.pmid or ""))
    if found is None:
        raise Invalid(f"No citation with the PMID {entry.pmid} is stored; import it first.", field="pmid")
    return found


def _answered(write: Write, study: Study, *, status: int = 200, **meta: Any) -> Response:
    alike = overlap.suggestions(write.session, study, author=write.actor)
    write.seal()
    told: Mapping[str, Any] = {"possible_overlap": outgoing(alike)}
    return shown(write.session, write.principal, study.id, status=status, **told, **meta)
