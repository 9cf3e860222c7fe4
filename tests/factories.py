"""Records for tests, valid by default and recorded as the rooms record them. What a test is about, it says itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

from sqlalchemy.orm import Session

from app.citations import store as citations
from app.citations.draft import CitationDraft, Identifier
from app.database import Store
from app.findings import record as findings
from app.findings.draft import FindingDraft
from app.history.events import Revision
from app.models.finding import Finding
from app.models.study import Study
from app.studies import record as studies
from app.studies.draft import ExposureDraft, StudyDraft

_numbers = count(1)


def a_revision(**changes: Any) -> Revision:
    """A data revision that waits for its changes."""
    return Revision(**({"actor": "ada", "reason": "a test"} | changes))


@contextmanager
def opened(url: str) -> Iterator[Store]:
    """The store at ``url``, closed at the end."""
    store = Store(url)
    try:
        yield store
    finally:
        store.close()


def a_citation(session: Session, revision: Revision, **changes: Any) -> int:
    """Store a citation with a PMID of its own; its id."""
    number = next(_numbers)
    fields: dict[str, Any] = {
        "source": "manual",
        "identifiers": (Identifier("pmid", str(90_000_000 + number)),),
        "title": f"Kratom and sleep, report {number}",
        "issued_on": "2021-05",
        "payload_hash": f"{number:064x}",
    }
    return citations.add(session, revision, [CitationDraft(**(fields | changes))])[0]


def a_study(
    session: Session,
    revision: Revision,
    *,
    reports: tuple[int, ...] | None = None,
    status: str = "submitted",
    **changes: Any,
) -> Study:
    """Store a study with the citations ``reports``, or with one of its own."""
    fields = {"title": "A survey of people who take kratom", "design": "cross_sectional_survey", "subject": "human",
              "read_depth": "abstract"}  # fmt: skip
    study = studies.record(session, revision, StudyDraft(**(fields | changes)), status=status)
    for position, each in enumerate((a_citation(session, revision),) if reports is None else reports):
        studies.add_report(session, revision, study, each, role="primary_main", position=position)
    return study


def an_exposure(session: Session, revision: Revision, study: Study, **changes: Any) -> int:
    """Store what was taken in ``study``; its id."""
    fields = {"substance": "kratom_leaf", "preparation": "powder"}
    return studies.add_exposure(session, revision, study, ExposureDraft(**(fields | changes)), position=0)


def a_finding(
    session: Session, revision: Revision, study: Study | None = None, *, status: str = "submitted", **changes: Any
) -> Finding:
    """Store a complete finding of ``study``, or of a study of its own: insomnia while taking kratom, felt by users."""
    if study is None:
        study = a_study(session, revision, reports=())
    if "report_id" not in changes:
        changes["report_id"] = reported = a_citation(session, revision)
        studies.add_report(session, revision, study, reported, role="primary_secondary_analysis", position=1)
    if "exposure_id" not in changes:
        changes["exposure_id"] = an_exposure(session, revision, study)
    fields = {"outcome": "insomnia", "direction": "increased", "phase": "active_use", "contrast": "taking",
              "basis": "descriptive_self_report", "summary": "Some people who took kratom slept badly."}  # fmt: skip
    return findings.record(session, revision, FindingDraft(**(fields | changes)), study_id=study.id, status=status)
