"""Making an accepted proposal's change. Whether it may be made is ``proposals``."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from app.findings import edit as findings
from app.findings import quotes
from app.findings.quotes import QuoteDraft
from app.history.edits import renew
from app.history.events import Revision
from app.kit.checking import checked
from app.models.finding import Finding
from app.models.study import Exposure, Study
from app.studies import edit as studies
from app.studies.draft import ExposureDraft

ADD_REPORT, ADD_EXPOSURE, ADD_QUOTE = "add_report", "add_exposure", "add_quote"
ADDED = frozenset((ADD_REPORT, ADD_EXPOSURE, ADD_QUOTE))


def settled_of(session: Session, record: Study | Finding | Exposure) -> Study | Finding:
    """The record whose status and version count: an exposure is a part of its study."""
    return session.get_one(Study, record.study_id) if isinstance(record, Exposure) else record


def apply(session: Session, revision: Revision, record: Study | Finding | Exposure, after: Mapping[str, Any]) -> None:
    """Give a record the values ``after`` and add what is to be added. Raises :class:`Invalid` when they do not fit any more."""
    fields = {name: value for name, value in after.items() if name not in ADDED}
    if isinstance(record, Finding):
        _apply_to_finding(session, revision, record, fields, quote=after.get(ADD_QUOTE))
    elif isinstance(record, Exposure):
        studies.edit_exposure(session, revision, session.get_one(Study, record.study_id), record, fields)
    else:
        if fields:
            studies.edit(session, revision, record, fields)
        if ADD_REPORT in after:
            studies.add_report(session, revision, record, **after[ADD_REPORT])
        if ADD_EXPOSURE in after:
            studies.add_exposure(session, revision, record, checked(ExposureDraft, after[ADD_EXPOSURE]))


def _apply_to_finding(
    session: Session,
    revision: Revision,
    finding: Finding,
    fields: Mapping[str, Any],
    *,
    quote: Mapping[str, Any] | None,
) -> None:
    if fields:
        findings.put(session, revision, finding, findings.with_values(session, finding, fields))
    if quote:
        quotes.record(session, revision, checked(QuoteDraft, quote), finding)
        renew(session, revision, "finding", finding)
