"""The record that a write is about: held for it, seen by whoever writes, and whether they change it or propose to."""

from collections.abc import Collection

from sqlalchemy import select

from app.api.findings import refuse_hidden
from app.api.preconditions import Match, must_match
from app.api.seeing import UNPUBLISHED, refuse_unseen
from app.api.writing import Write
from app.errors import Conflict
from app.findings import queries as findings
from app.kit.public_ids import EXPOSURE, FINDING, STUDY, number_of, public
from app.models.finding import Finding
from app.models.study import Exposure, Study
from app.studies import edit
from app.studies import queries as studies

_TIES = frozenset(("report_id", "exposure_id"))
"""The fields of a finding that name a part of its study."""


def study(write: Write, study_id: str, match: Match | None = None) -> Study:
    """The study, which nobody else changes before the commit.

    Raises :class:`Conflict` for one that was merged away, :class:`Stale` for
    one that ``match`` does not know.
    """
    number = number_of(STUDY, study_id)
    write.hold("study", number)
    found = studies.get(write.session, number).study
    if found.merged_into:
        raise Conflict(f"{study_id} was merged into {public(STUDY, found.merged_into)}; change that one.")
    refuse_unseen(write.principal, found)
    if match is not None:
        must_match(match, version=found.version)
    return found


def exposure(write: Write, of: Study, exposure_id: str) -> Exposure:
    """An exposure of a study that is held."""
    return edit.get_exposure(write.session, of, number_of(EXPOSURE, exposure_id))


def finding(write: Write, finding_id: str, match: Match | None = None) -> Finding:
    """The finding, which nobody else changes before the commit. Raises :class:`Stale` for one that ``match`` does not know."""
    number = number_of(FINDING, finding_id)
    write.hold("finding", number)
    refuse_hidden(write.session, write.principal, findings.get(write.session, number))
    found = write.session.get_one(Finding, number)
    if match is not None:
        must_match(match, version=found.version)
    return found


def finding_with_study(write: Write, finding_id: str, match: Match | None = None) -> Finding:
    """The finding, whose study nobody changes before the commit either. Studies are held first, everywhere."""
    of = write.session.scalar(select(Finding.study_id).where(Finding.id == number_of(FINDING, finding_id)))
    if of is not None:
        write.hold("study", of)
    return finding(write, finding_id, match)


def finding_to_change(write: Write, finding_id: str, fields: Collection[str]) -> Finding:
    """The finding that gets other values of ``fields``; with its study where it may be tied to another part of that.

    Whoever takes a part away holds the study: a proposal made meanwhile to tie a finding to it would never be settled.
    """
    hold = finding_with_study if _TIES.intersection(fields) else finding
    return hold(write, finding_id)


def accepted_findings(write: Write, of: Study) -> None:
    """Let nobody else change what is accepted of a study that is held. Call it before those findings are read."""
    accepted = select(Finding.id).where(Finding.study_id == of.id, Finding.status == "accepted")
    for number in write.session.scalars(accepted.order_by(Finding.id)).all():
        write.hold("finding", number)


def is_changed_by(write: Write, record: Study | Finding) -> bool:
    """Whether whoever writes changes a record at once: a draft, or their own submitted one. All else is proposed.

    A submitted study on which an accepted finding hangs is proposed too: a
    second person accepted that finding of this design and this exposure.
    Raises :class:`Conflict` for a rejected one, which its author takes back to
    a draft first.
    """
    if record.status == "rejected":
        raise Conflict("This was rejected. Its author recalls it to a draft, changes that, and submits it again.")
    own = record.status == "submitted" and record.created_by == write.actor
    return record.status in UNPUBLISHED or (own and not _bears_accepted(write, record))


def _bears_accepted(write: Write, record: Study | Finding) -> bool:
    hanging = findings.hanging_on(write.session, record.id) if isinstance(record, Study) else ()
    return any(each.status == "accepted" for each in hanging)
