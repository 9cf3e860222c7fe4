"""Moving what studies say of one citation to another when the two are one record, and back. Who may is not known here.

A finding names its report, and only a report of its own study: so a report of
the study is added for the citation that stays, the findings go over to it, and
then the report of the one that is gone is taken away. Quotes stay with the
citation in whose text they were found; that text is still there.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import Conflict
from app.history.edits import remove
from app.history.events import Revision, row_of, unused_id
from app.kit.public_ids import CITATION, STUDY, public
from app.models.finding import Finding
from app.models.study import StudyReport

Moved = dict[str, Any]
"""What moved of one study: ``study``, ``report`` as it was, ``stands_for_it`` (the report now), ``added`` (whether
it was added for this), and the ``findings``."""


def move_reports(
    session: Session, revision: Revision, *, from_id: int, to_id: int, confirmed: Sequence[str] = ()
) -> list[Moved]:
    """Let ``to`` report what ``from`` reported, and return what moved.

    Raises :class:`Conflict` when both are reports of one study, unless
    "same_study" is among ``confirmed``: the study has one report less then.
    """
    reports = _reports_of(session, from_id)
    held = {report.study_id: report for report in _reports_of(session, to_id)}
    both = [report.study_id for report in reports if report.study_id in held]
    if both and "same_study" not in confirmed:
        listed = ", ".join(public(STUDY, study_id) for study_id in both)
        raise Conflict(
            f"{public(CITATION, from_id)} and {public(CITATION, to_id)} are two reports of {listed}. If they are one report "
            'entered twice, confirm it with "same_study"; its findings then stand on one report.',
            field="confirm",
        )
    return [_move(session, revision, report, to_id, held.get(report.study_id)) for report in reports]


def move_back(
    session: Session, revision: Revision, moved: Sequence[Moved], *, others: Sequence[list[Moved]]
) -> list[list[Moved]]:
    """Undo :func:`move_reports`: each report as it was, with the findings that went over and still stand on the other.

    A report that was added for it goes again, unless findings were recorded
    from it since or another standing merge (``others``) rests on it; that one
    then answers for it. Returns ``others`` as they are from now on.
    """
    rest = [[dict(each) for each in one] for one in others]
    for each in reversed(moved):
        stands = each["stands_for_it"]
        _bring_back(session, revision, each["report"])
        for finding in _standing_on(session, each["study"], stands["citation_id"]):
            if finding.id in each["findings"]:
                _stand_on(session, revision, finding, each["report"]["citation_id"])
        if each["added"] and not _hand_on(each, rest):
            _remove_if_empty(session, revision, stands)
    return rest


def _reports_of(session: Session, citation_id: int) -> list[StudyReport]:
    query = select(StudyReport).where(StudyReport.citation_id == citation_id)
    return list(session.scalars(query.order_by(StudyReport.id)))


def _move(session: Session, revision: Revision, report: StudyReport, to_id: int, held: StudyReport | None) -> Moved:
    before, study_id = row_of(report), report.study_id
    stands = held or _add(session, revision, before | {"id": unused_id(session, "study_report"), "citation_id": to_id})
    findings = _standing_on(session, study_id, report.citation_id)
    for finding in findings:
        _stand_on(session, revision, finding, to_id)
    remove(session, revision, "study_report", report)
    return {
        "study": study_id,
        "report": before,
        "stands_for_it": row_of(stands),
        "added": held is None,
        "findings": [finding.id for finding in findings],
    }


def _bring_back(session: Session, revision: Revision, row: dict[str, Any]) -> None:
    if any(row["study_id"] == report.study_id for report in _reports_of(session, row["citation_id"])):
        return  # somebody tied the two by hand since
    _add(session, revision, row)


def _add(session: Session, revision: Revision, row: dict[str, Any]) -> StudyReport:
    added = StudyReport(**row)
    session.add(added)
    session.flush()
    revision.note("study_report", added.id, op="add", after=row_of(added))
    return added


def _standing_on(session: Session, study_id: int, citation_id: int) -> list[Finding]:
    query = select(Finding).where(Finding.study_id == study_id, Finding.report_id == citation_id)
    return list(session.scalars(query.order_by(Finding.id)))


def _stand_on(session: Session, revision: Revision, finding: Finding, citation_id: int) -> None:
    before = {"report_id": finding.report_id, "version": finding.version}
    finding.report_id = citation_id
    session.flush()
    revision.note("finding", finding.id, op="edit", before=before, after=row_of(finding))


def _hand_on(each: Moved, others: Sequence[list[Moved]]) -> bool:
    """Let another merge that rests on the same added report answer for it from now on; False when none does."""
    for one in (one for other in others for one in other):
        if one["stands_for_it"]["id"] == each["stands_for_it"]["id"]:
            one["added"] = True
            return True
    return False


def _remove_if_empty(session: Session, revision: Revision, stands: dict[str, Any]) -> None:
    report = session.get(StudyReport, stands["id"])
    if report and not _standing_on(session, stands["study_id"], stands["citation_id"]):
        remove(session, revision, "study_report", report)
