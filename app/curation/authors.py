"""Whose work a record is: nobody decides about their own, whatever their role. Nothing here changes anything."""

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from app.errors import Forbidden
from app.models.curation import Proposal
from app.models.finding import Finding
from app.models.history import Change, DataRevision
from app.models.study import Study


def authors_of(session: Session, record: Study | Finding) -> set[str]:
    """Who entered the record and everybody whose edit is in it.

    The author of an accepted proposal is one of them; the editor who accepted
    it wrote nothing.
    """
    kind, decision = record.__tablename__, aliased(Change)
    decided = (decision.n == Change.n) & (decision.kind == "proposal") & (decision.op == "status")
    wrote = (
        select(DataRevision.actor)
        .join(Change, Change.n == DataRevision.n)
        .where(Change.kind == kind, Change.record_id == record.id, Change.op.in_(("add", "edit")))
        .where(~select(decision.n).where(decided).exists())
    )
    own = (Proposal.kind == kind) & (Proposal.record_id == record.id) & (Proposal.state == "accepted")
    proposed = select(Proposal.created_by).where(own)
    return {record.created_by, *session.scalars(wrote), *session.scalars(proposed)}


def refuse_own(session: Session, record: Study | Finding, actor: str) -> None:
    """Raise :class:`Forbidden` when ``actor`` wrote any of the record."""
    if actor in authors_of(session, record):
        raise Forbidden("You entered or edited this yourself; somebody else accepts or rejects it, whatever your role.")
