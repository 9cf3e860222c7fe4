"""Changing findings by merge patch, and copying them. Who may is not asked here."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct
from sqlalchemy import bindparam, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.errors import Invalid
from app.findings import entering
from app.findings.draft import FindingDraft
from app.history.edits import rewrite
from app.history.events import Revision
from app.kit.checking import checked
from app.kit.draft import refuse_lacking
from app.models.finding import Finding
from app.models.study import Exposure, StudyReport
from app.statements import Statement

_REPORTS_OF = Statement(select(StudyReport.citation_id).where(StudyReport.study_id == bindparam("study")))
_EXPOSURES_OF = Statement(select(Exposure.id).where(Exposure.study_id == bindparam("study")))


class Places(Struct, frozen=True):
    """The reports and exposures of a study, to which its findings are tied."""

    study_id: int
    reports: frozenset[int]
    exposures: frozenset[int]

    def refuse_others(self, draft: FindingDraft) -> None:
        """Raise :class:`Invalid` for a report or exposure that is not the study's; the store would not say which."""
        if draft.report_id is not None and draft.report_id not in self.reports:
            raise Invalid(
                f"R{draft.report_id} is no report of study S{self.study_id}; add it there first.", field="report_id"
            )
        if draft.exposure_id is not None and draft.exposure_id not in self.exposures:
            raise Invalid(
                f"E{draft.exposure_id} is no exposure of study S{self.study_id}; add it there first.",
                field="exposure_id",
            )


def places_in(session: Session, study_id: int) -> Places:
    """What findings of a study may be tied to."""
    reports, exposures = (each.column(session, study=study_id) for each in (_REPORTS_OF, _EXPOSURES_OF))
    return Places(study_id, frozenset(reports), frozenset(exposures))


def fields_of(finding: Finding) -> dict[str, Any]:
    """The fields of a finding that a person enters, as stored."""
    return {name: getattr(finding, name) for name in FindingDraft.model_fields}


def edited(session: Session, finding: Finding, patch: Mapping[str, Any]) -> FindingDraft:
    """What a merge patch would make of a finding.

    Raises :class:`Invalid` naming the fields at fault, also one that a
    finding may not lack any more.
    """
    return _fitting(session, finding, entering.read(patch, held=fields_of(finding)))


def _fitting(session: Session, finding: Finding, draft: FindingDraft) -> FindingDraft:
    places_in(session, finding.study_id).refuse_others(draft)
    refuse_lacking("finding", draft.missing(), status=finding.status)
    return draft


def with_values(session: Session, finding: Finding, values: Mapping[str, Any]) -> FindingDraft:
    """The finding with these values as they are stored. Raises as :func:`edited` does."""
    return _fitting(session, finding, checked(FindingDraft, {**fields_of(finding), **values}))


def edit(session: Session, revision: Revision, finding: Finding, patch: Mapping[str, Any]) -> tuple[str, ...]:
    """Apply a merge patch to a finding and return the names of the fields that changed. Raises as :func:`edited` does."""
    return put(session, revision, finding, edited(session, finding, patch))


def put(session: Session, revision: Revision, finding: Finding, draft: FindingDraft) -> tuple[str, ...]:
    """Store a checked draft as the finding and return the names of the fields that changed."""
    number = finding.id
    try:
        return rewrite(session, revision, "finding", finding, draft.model_dump())
    except IntegrityError as error:
        raise Invalid(f"The store refuses finding F{number} so; read its study again.") from error
