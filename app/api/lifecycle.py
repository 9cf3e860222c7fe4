"""Submitting, recalling, accepting, rejecting and retiring studies and findings. The rules are ``app.curation.lifecycle``'s."""

from typing import Any

from fastapi import Response
from sqlalchemy import select

from app.accounts import principals
from app.api import findings, held, studies
from app.api.answers import Answer, one
from app.api.asking import only
from app.api.documented import FindingId, StudyId
from app.api.guarding import Door, Guarded
from app.api.preconditions import IfMatch
from app.api.shapes import FindingOut, One, Shape, WholeStudyOut, outgoing
from app.api.writing import Write, Writing, written
from app.curation import lifecycle
from app.curation.lifecycle import Record
from app.curation.reviews import Acceptance, Rejection
from app.findings import queries
from app.findings.lint import lint
from app.history import events
from app.kit.draft import Draft, Text
from app.kit.public_ids import FINDING, public
from app.models.finding import Finding
from app.models.study import Study

router = Door(tags=["curation"], route_class=Guarded)


class Retirement(Draft):
    """``reason`` is told to everybody who asks for the record."""

    reason: Text


class StudySubmission(Draft):
    """``with_findings`` submits your own findings of it that lack nothing, too; `meta.left_as_drafts` names the others."""

    with_findings: bool = False


class Plain(Draft):
    """Nothing has to be said."""


class RetiredOut(Shape):
    """What is left to read of a record that was retired; its history stays."""

    id: str
    status: str
    retired_reason: str
    version: int


@router.post("/studies/{study_id}/submit", dependencies=[only()], response_model=One[WholeStudyOut])
@written
def submit_study(study_id: StudyId, match: IfMatch, write: Writing, entry: StudySubmission | None = None) -> Response:
    """Show a draft to everybody, for review; with its findings in the same request if wanted."""
    study = held.study(write, study_id, match)
    lifecycle.submit(write.session, write.revision, study)
    left = _submit_findings(write, study) if entry and entry.with_findings else []
    write.seal()
    return studies.shown(write.session, write.principal, study.id, left_as_drafts=left)


@router.post("/studies/{study_id}/recall", dependencies=[only()], response_model=One[WholeStudyOut])
@written
def recall_study(study_id: StudyId, match: IfMatch, write: Writing, _entry: Plain | None = None) -> Response:
    """Take your own rejected study back to a draft, or a submitted one on which no findings of others or accepted ones hang."""
    study = held.study(write, study_id, match)
    held.accepted_findings(write, study)
    lifecycle.recall(write.session, write.revision, study)
    return _study_shown(write, study)


@router.post("/studies/{study_id}/accept", dependencies=[only()], response_model=One[WholeStudyOut])
@written
def accept_study(study_id: StudyId, entry: Acceptance, match: IfMatch, write: Writing) -> Response:
    """Accept a study that others entered, with your interests. Its findings are accepted one by one."""
    study = held.study(write, study_id, match)
    lifecycle.accept(write.session, write.revision, study, entry)
    return _study_shown(write, study)


@router.post("/studies/{study_id}/reject", dependencies=[only()], response_model=One[WholeStudyOut])
@written
def reject_study(study_id: StudyId, entry: Rejection, match: IfMatch, write: Writing) -> Response:
    """Send a study back to its author, with the reason. Its accepted findings wait for a second person again."""
    study = held.study(write, study_id, match)
    held.accepted_findings(write, study)
    lifecycle.reject(write.session, write.revision, study, entry)
    return _study_shown(write, study)


@router.post("/studies/{study_id}/retire", dependencies=[only()], response_model=One[RetiredOut])
@written
def retire_study(study_id: StudyId, entry: Retirement, match: IfMatch, write: Writing) -> Response:
    """Take a study out for good, with the reason: a draft of your own on which no finding of others hangs, as an editor any."""
    return _retire(write, held.study(write, study_id, match), entry.reason, study_id)


@router.post("/findings/{finding_id}/submit", dependencies=[only()], response_model=One[FindingOut])  # type: ignore[valid-type]  # made at run time
@written
def submit_finding(finding_id: FindingId, match: IfMatch, write: Writing, _entry: Plain | None = None) -> Response:
    """Show a draft that lacks nothing to everybody, for review."""
    finding = held.finding(write, finding_id, match)
    lifecycle.submit(write.session, write.revision, finding)
    return _finding_shown(write, finding, warnings=_warnings(write, finding))


@router.post("/findings/{finding_id}/recall", dependencies=[only()], response_model=One[FindingOut])  # type: ignore[valid-type]  # made at run time
@written
def recall_finding(finding_id: FindingId, match: IfMatch, write: Writing, _entry: Plain | None = None) -> Response:
    """Take your own submitted or rejected finding back to a draft."""
    finding = held.finding(write, finding_id, match)
    lifecycle.recall(write.session, write.revision, finding)
    return _finding_shown(write, finding)


@router.post("/findings/{finding_id}/accept", dependencies=[only()], response_model=One[FindingOut])  # type: ignore[valid-type]  # made at run time
@written
def accept_finding(finding_id: FindingId, entry: Acceptance, match: IfMatch, write: Writing) -> Response:
    """Accept a finding that others entered, with your interests. It takes a quote that holds."""
    finding = held.finding_with_study(write, finding_id, match)
    lifecycle.accept(write.session, write.revision, finding, entry)
    return _finding_shown(write, finding, warnings=_warnings(write, finding))


@router.post("/findings/{finding_id}/reject", dependencies=[only()], response_model=One[FindingOut])  # type: ignore[valid-type]  # made at run time
@written
def reject_finding(finding_id: FindingId, entry: Rejection, match: IfMatch, write: Writing) -> Response:
    """Send a finding back to its author, with the reason."""
    finding = held.finding(write, finding_id, match)
    lifecycle.reject(write.session, write.revision, finding, entry)
    return _finding_shown(write, finding)


@router.post("/findings/{finding_id}/retire", dependencies=[only()], response_model=One[RetiredOut])
@written
def retire_finding(finding_id: FindingId, entry: Retirement, match: IfMatch, write: Writing) -> Response:
    """Take a finding out for good, with the reason: a draft of your own, as an editor any."""
    return _retire(write, held.finding(write, finding_id, match), entry.reason, finding_id)


def _submit_findings(write: Write, study: Study) -> list[dict[str, Any]]:
    """Submit the writer's own drafts of findings that lack nothing; return the others with what they lack."""
    mine = (Finding.study_id == study.id) & (Finding.status == "draft") & (Finding.created_by == write.actor)
    left = []
    for number in write.session.scalars(select(Finding.id).where(mine).order_by(Finding.id)).all():
        write.hold("finding", number)
        finding = write.session.get_one(Finding, number, populate_existing=True)
        lacks = lifecycle.missing(write.session, finding)
        if lacks:
            left.append({"finding_id": public(FINDING, number), "missing": list(lacks)})
        elif finding.status == "draft":
            lifecycle.submit(write.session, write.revision, finding)
    return left


def _retire(write: Write, record: Record, reason: str, public_id: str) -> Answer:
    if not (record.status == "draft" and record.created_by == write.actor):
        principals.require(write.principal, role="editor", scope="review", to="to retire what is not your own draft")
    elif not write.principal.is_editor:
        lifecycle.refuse_bearing(write.session, record)
    lifecycle.retire(write.session, write.revision, record, reason=reason)
    write.because(reason[:200])
    write.seal()
    data = {"id": public_id, "status": record.status, "retired_reason": reason, "version": record.version}
    return one(data, revision=events.latest(write.session))


def _study_shown(write: Write, study: Study) -> Response:
    write.seal()
    return studies.shown(write.session, write.principal, study.id)


def _finding_shown(write: Write, finding: Finding, **meta: Any) -> Response:
    write.seal()
    return findings.shown(write.session, write.principal, finding.id, **meta)


def _warnings(write: Write, finding: Finding) -> Any:
    """What a second reader would ask about each quote; it teaches and refuses nothing."""
    return outgoing(lint(write.session, finding, queries.quotes_of(write.session, finding.id)))
