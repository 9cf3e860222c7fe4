"""Whose work a record is: nobody decides about their own, whatever their role. Nothing here changes anything."""

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, aliased

from app.errors import Forbidden
from app.models.curation import Proposal
from app.models.finding import Finding
from app.models.history import VERSIONS, Change, DataRevision
from app.models.study import Study


def authors_of(session: Session, record: Study | Finding) -> set[str]:
    """Who entered the record and everybody whose edit is in it.

    The author of an accepted proposal is one of them, of a study also who
    proposed what was taken in it. The editor who accepted it wrote nothing, nor
    did who merged citations: then findings only follow their report.
    """
    kind, beside = record.__tablename__, aliased(Change)
    decided = (beside.kind == "proposal") & (beside.op == "status")
    follows = (beside.n == Change.n) & (decided | (beside.op == "merge"))
    wrote = (
        select(DataRevision.actor)
        .join(Change, Change.n == DataRevision.n)
        .where(Change.kind == kind, Change.record_id == record.id, Change.op.in_(("add", "edit")))
        .where(~select(beside.n).where(follows).exists())
    )
    own = (Proposal.kind == kind) & (Proposal.record_id == record.id)
    if isinstance(record, Study):
        own |= (Proposal.kind == "exposure") & Proposal.record_id.in_(_exposures_ever(record))
    proposed = select(Proposal.created_by).where(own, Proposal.state == "accepted")
    return {record.created_by, *session.scalars(wrote), *session.scalars(proposed)}


def _exposures_ever(study: Study) -> Select[tuple[int]]:
    """What was taken in a study, and what was held to be and has been taken away since."""
    versions = VERSIONS["exposure"].c
    return select(versions.id).where(versions.study_id == study.id)


def refuse_own(session: Session, record: Study | Finding, actor: str) -> None:
    """Raise :class:`Forbidden` when ``actor`` wrote any of the record."""
    if actor in authors_of(session, record):
        raise Forbidden("You entered or edited this yourself; somebody else accepts or rejects it, whatever your role.")
