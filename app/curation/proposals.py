"""Proposals: changes of settled records, made by anybody who writes, decided once by an editor who did not make them.

A proposal holds each field before and after. It is accepted only while the
values before still hold; then open proposals on the same fields, or of an equal
part, are superseded, and with an exposure or report that goes those on it. So
are they when somebody takes the part away at once. What is to be added or taken
away has no value before. Who may decide is the door's to know.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.curation import reviews
from app.curation.applying import PARTS, REMOVE_EXPOSURE, REMOVE_REPORT, apply, settled_of
from app.curation.authors import authors_of
from app.curation.reviews import Acceptance, Rejection
from app.errors import Conflict, Forbidden, Invalid, NotFound
from app.findings.flat import PUBLIC_STATUSES
from app.history.edits import rewrite
from app.history.events import Revision, row_of
from app.kit.canonical import now
from app.models.curation import Proposal, ProposalComment
from app.models.finding import Finding
from app.models.study import Exposure, Study

Record = Study | Finding | Exposure
OPEN = "open"
_TIES = ((REMOVE_EXPOSURE, "exposure_id", "exposure_id"), (REMOVE_REPORT, "citation_id", "report_id"))
"""What takes away a part that findings are tied to, the name of its number there, and the field of a finding that has it."""


def propose(
    session: Session, revision: Revision, record: Record, after: Mapping[str, Any], *, comment: str | None
) -> Proposal | None:
    """Keep what ``after`` would change of a record as a proposal; None where it would change nothing.

    Names that begin with ``add_`` or ``remove_`` are parts that are to come or to go.
    """
    held = row_of(record)
    changes = {
        name: {"before": held.get(name), "after": value} for name, value in after.items() if held.get(name) != value
    }
    if not changes:
        return None
    settled = settled_of(session, record)
    proposal = Proposal(
        kind=record.__tablename__, record_id=record.id, base_version=settled.version, changes=changes, comment=comment,
        state=OPEN, created_at=now(), created_by=revision.actor, version=1,
    )  # fmt: skip
    session.add(proposal)
    session.flush()
    revision.note("proposal", proposal.id, op="add", after=row_of(proposal))
    return proposal


def get(session: Session, proposal_id: int) -> Proposal:
    """One proposal. Raises :class:`NotFound`."""
    found = session.get(Proposal, proposal_id)
    if found is None:
        raise NotFound(f"There is no proposal P{proposal_id}.")
    return found


def accept(session: Session, revision: Revision, proposal: Proposal, said: Acceptance) -> None:
    """Make the change that somebody else proposed, and supersede open proposals on the same fields or of the same part.

    Raises :class:`Forbidden` for one's own, :class:`Conflict` when it was
    decided, or when the record is not what it was a change of.
    """
    _refuse_own(proposal, revision.actor)
    _refuse_decided(proposal)
    record = _record_of(session, proposal)
    settled = settled_of(session, record)
    if settled.status not in PUBLIC_STATUSES:
        raise Conflict(f"The record is {settled.status}; a proposal is a change of what can be read by everybody.")
    _refuse_outdated(proposal, record)
    _decide(session, revision, proposal, "accepted")
    after = {name: each["after"] for name, each in proposal.changes.items()}
    apply(session, revision, record, after, seen=said.quotes_seen)
    if settled.status == "accepted" and revision.actor not in authors_of(session, settled):
        seen = {"reviewed_at": now(), "reviewed_by": revision.actor}
        rewrite(session, revision, settled.__tablename__, settled, seen)
    reviews.keep(session, revision, "proposal", proposal.id, said=said)
    for other in _left_without(session, record, proposal.changes):
        _is_decided(session, revision, other, "superseded", superseded_by=proposal.id)


def supersede(
    session: Session, revision: Revision, record: Study | Finding, changes: Mapping[str, Any], *, because: str
) -> None:
    """Supersede the open proposals of which ``changes``, made at once, leave nothing; ``because`` is told their authors.

    ``changes`` is what was taken away of a record, as :func:`propose` is given it.
    """
    for other in _left_without(session, record, {name: {"after": value} for name, value in changes.items()}):
        _is_decided(session, revision, other, "superseded", superseded_because=because)


def reject(session: Session, revision: Revision, proposal: Proposal, said: Rejection) -> None:
    """Refuse the change that somebody else proposed, with the reason. Raises as :func:`accept` does."""
    _refuse_own(proposal, revision.actor)
    _decide(session, revision, proposal, "rejected")
    reviews.keep(session, revision, "proposal", proposal.id, said=said)


def withdraw(session: Session, revision: Revision, proposal: Proposal) -> None:
    """Take one's own proposal back. Raises :class:`Forbidden` for that of another."""
    if proposal.created_by != revision.actor:
        raise Forbidden(
            f"P{proposal.id} was made by {proposal.created_by}, who may withdraw it; an editor may reject it."
        )
    _decide(session, revision, proposal, "withdrawn")


def comment_on(
    session: Session, revision: Revision, proposal: Proposal, *, text: str, reply_to: int | None
) -> ProposalComment:
    """Say something about a proposal, or in reply. Raises :class:`Invalid` for a reply to what was said elsewhere."""
    if reply_to is not None:
        replied = session.get(ProposalComment, reply_to)
        if replied is None or replied.proposal_id != proposal.id:
            raise Invalid(f"P{proposal.id} has no comment {reply_to} to reply to.", field="reply_to")
    comment = ProposalComment(
        proposal_id=proposal.id, reply_to=reply_to, text=text, created_at=now(), created_by=revision.actor
    )
    session.add(comment)
    session.flush()
    revision.note("proposal_comment", comment.id, op="add", after=row_of(comment))
    return comment


def _refuse_own(proposal: Proposal, actor: str) -> None:
    if proposal.created_by == actor:
        raise Forbidden("You made this proposal; somebody else decides it, whatever your role. You may withdraw it.")


def _refuse_decided(proposal: Proposal) -> None:
    if proposal.state != OPEN:
        raise Conflict(f"P{proposal.id} is {proposal.state} already.", field="state")


def _refuse_outdated(proposal: Proposal, record: Record) -> None:
    held = row_of(record)
    gone = [name for name, each in proposal.changes.items() if name not in PARTS and held[name] != each["before"]]
    if gone:
        raise Conflict(
            f"{', '.join(gone)} changed since P{proposal.id} was made, so it is not a change of what is there now. "
            "Reject it, and propose the change anew.",
            field=gone[0],
        )


def _decide(session: Session, revision: Revision, proposal: Proposal, state: str) -> None:
    if not _is_decided(session, revision, proposal, state):
        _refuse_decided(proposal)


def _is_decided(session: Session, revision: Revision, proposal: Proposal, state: str, **more: Any) -> bool:
    """Decide an open proposal, once: the UPDATE carries the state, and its row count decides a race. False for who lost it.

    ``more`` is what else is kept of the decision.
    """
    before = {"state": proposal.state}
    values = {"state": state, "decided_at": now(), "decided_by": revision.actor, **more}
    waiting = (Proposal.id == proposal.id) & (Proposal.state == OPEN)
    guarded = update(Proposal).where(waiting).values(**values, version=Proposal.version + 1)
    done: Any = session.execute(guarded.execution_options(synchronize_session=False))
    session.refresh(proposal)
    if done.rowcount != 1:
        return False
    revision.note("proposal", proposal.id, op="status", before=before, after=row_of(proposal))
    return True


def _left_without(session: Session, record: Record, changes: Mapping[str, Any]) -> Sequence[Proposal]:
    """The open proposals of which ``changes`` of ``record`` leave nothing, one that is being accepted not among them.

    One that is decided at this very moment is somebody else's, and stays so.
    """
    kind = record.__tablename__
    gone = {field: changes[part]["after"][number] for part, number, field in _TIES if part in changes}
    concerned = (Proposal.kind == kind) & (Proposal.record_id == record.id)
    if "exposure_id" in gone:
        concerned |= (Proposal.kind == "exposure") & (Proposal.record_id == gone["exposure_id"])
    if gone:
        its_findings = select(Finding.id).where(Finding.study_id == record.id)
        concerned |= (Proposal.kind == "finding") & Proposal.record_id.in_(its_findings)
    found = session.scalars(select(Proposal).where(concerned, Proposal.state == OPEN).order_by(Proposal.id)).all()
    return [each for each in found if _is_left_without(each, kind, changes, gone)]


def _is_left_without(proposal: Proposal, kind: str, changes: Mapping[str, Any], gone: Mapping[str, int]) -> bool:
    if proposal.kind == kind:
        return _overlap(changes, proposal.changes)
    moved = {field: each["after"] for field, each in proposal.changes.items()}
    return proposal.kind == "exposure" or any(moved.get(field) == number for field, number in gone.items())


def _overlap(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two proposals change one field, or are about an equal part."""
    return any(name not in PARTS or one[name]["after"] == other[name]["after"] for name in one.keys() & other.keys())


def _record_of(session: Session, proposal: Proposal) -> Record:
    """What is to be changed, as it is now: whoever held it before may have changed or removed it."""
    models: dict[str, type[Any]] = {"study": Study, "finding": Finding, "exposure": Exposure}
    found: Record | None = session.get(models[proposal.kind], proposal.record_id, populate_existing=True)
    if found is None:
        raise Conflict(
            f"What P{proposal.id} would change has been taken away since; reject it, or let its author withdraw it."
        )
    return found
