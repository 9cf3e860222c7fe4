"""Making an accepted proposal's change. Whether it may be made is ``proposals``."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from app.errors import Conflict, NotFound
from app.findings import edit as findings
from app.findings import quotes
from app.findings.quotes import QuoteDraft
from app.history.edits import renew, rewrite
from app.history.events import Revision
from app.kit.checking import checked
from app.models.finding import Finding, Quote
from app.models.study import Exposure, Study
from app.studies import edit as studies
from app.studies.draft import ExposureDraft

ADD_REPORT, ADD_EXPOSURE, ADD_QUOTE = "add_report", "add_exposure", "add_quote"
REMOVE_REPORT, REMOVE_EXPOSURE, REMOVE_QUOTE = "remove_report", "remove_exposure", "remove_quote"
PARTS = frozenset((ADD_REPORT, ADD_EXPOSURE, ADD_QUOTE, REMOVE_REPORT, REMOVE_EXPOSURE, REMOVE_QUOTE))
"""What comes to a record or leaves it; everything else in a proposal is a field that has a value before."""


def settled_of(session: Session, record: Study | Finding | Exposure) -> Study | Finding:
    """The record whose status and version count: an exposure is a part of its study."""
    return session.get_one(Study, record.study_id) if isinstance(record, Exposure) else record


def apply(
    session: Session,
    revision: Revision,
    record: Study | Finding | Exposure,
    after: Mapping[str, Any],
    *,
    seen: bool = False,
) -> None:
    """Give a record the values ``after``, add what is to be added, and take away what is to go.

    ``seen``: whoever accepts this has seen the words of a quote that no machine can look for.
    Raises :class:`Invalid` when they do not fit any more, :class:`Conflict` when a part is gone already.
    """
    fields = {name: value for name, value in after.items() if name not in PARTS}
    parts = {name: value for name, value in after.items() if name in PARTS}
    try:
        added = _apply(session, revision, record, fields, parts)
        if seen and added is not None and added.state == "not_checkable":
            rewrite(session, revision, "quote", added, {"seen_by_second_reader": True})
    except NotFound as gone:
        raise Conflict(gone.message) from None


def _apply(
    session: Session,
    revision: Revision,
    record: Study | Finding | Exposure,
    fields: Mapping[str, Any],
    parts: Mapping[str, Any],
) -> Quote | None:
    if isinstance(record, Finding):
        return _apply_to_finding(session, revision, record, fields, parts)
    if isinstance(record, Exposure):
        studies.edit_exposure(session, revision, session.get_one(Study, record.study_id), record, fields)
    else:
        _apply_to_study(session, revision, record, fields, parts)
    return None


def _apply_to_study(
    session: Session, revision: Revision, study: Study, fields: Mapping[str, Any], parts: Mapping[str, Any]
) -> None:
    if fields:
        studies.edit(session, revision, study, fields)
    if ADD_REPORT in parts:
        studies.add_report(session, revision, study, **parts[ADD_REPORT])
    if ADD_EXPOSURE in parts:
        studies.add_exposure(session, revision, study, checked(ExposureDraft, parts[ADD_EXPOSURE]))
    if REMOVE_REPORT in parts:
        studies.remove_report(session, revision, study, parts[REMOVE_REPORT]["citation_id"])
    if REMOVE_EXPOSURE in parts:
        studies.remove_exposure(session, revision, study, parts[REMOVE_EXPOSURE]["exposure_id"])


def _apply_to_finding(
    session: Session, revision: Revision, finding: Finding, fields: Mapping[str, Any], parts: Mapping[str, Any]
) -> Quote | None:
    """Change a finding and return the quote that came to it, if any."""
    added = None
    if fields:
        findings.put(session, revision, finding, findings.with_values(session, finding, fields))
    if ADD_QUOTE in parts:
        added = quotes.record(session, revision, checked(QuoteDraft, parts[ADD_QUOTE]), finding)
    if REMOVE_QUOTE in parts:
        quotes.remove(session, revision, finding, quotes.get(session, finding, parts[REMOVE_QUOTE]["quote_id"]))
    if parts:
        renew(session, revision, "finding", finding)
    return added
