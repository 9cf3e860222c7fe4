"""What reviewers decided about a record, carried over to the one that it is merged into, and taken back with the merge.

The record that goes keeps its decisions, as it keeps everything; the one that
stays gets them once more, with reviewer and time, so that nobody screens twice
what is one record. Nothing is carried where both were screened: then those of
the record that stays hold. No decision is made here.
"""

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.history.events import Revision, row_of
from app.kit.canonical import now
from app.models.screening import STAGES, ScreeningDecision, ScreeningResult
from app.screening.deciding import WAITING, put, standing_decisions


def carry(session: Session, revision: Revision, *, from_id: int, to_id: int) -> None:
    """Give ``to`` the decisions and results of ``from`` where nobody decided about it; the caller notes the merge itself."""
    if _standing(session, to_id):
        return
    for one in _standing(session, from_id):
        copy = ScreeningDecision(**{**row_of(one), "id": None, "citation_id": to_id, "decided_at": one.decided_at})
        session.add(copy)
        session.flush()
        revision.note("screening_decision", copy.id, op="add", after=row_of(copy))
    for result in session.scalars(select(ScreeningResult).where(ScreeningResult.citation_id == from_id)).all():
        put(
            session, revision, (to_id, result.stage), state=result.state, reason=result.reason,
            settled_at=result.settled_at,
        )  # fmt: skip


def take_back(session: Session, revision: Revision, *, from_id: int, to_id: int) -> None:
    """Undo :func:`carry`, unless somebody decided about ``to`` since: their decision rests on those that came."""
    came = {_mark(one) for one in _standing(session, from_id)}
    held = _standing(session, to_id)
    if not came or not all(_mark(one) in came for one in held):
        return
    for one in held:
        before = row_of(one)
        session.execute(update(ScreeningDecision).where(ScreeningDecision.id == one.id).values(undone_at=now()))
        session.refresh(one)
        revision.note("screening_decision", one.id, op="remove", before=before, after=row_of(one))
    for stage in sorted({one.stage for one in held}, key=STAGES.index):
        put(session, revision, (to_id, stage), state=WAITING, reason=None, settled_at=None)


def _standing(session: Session, citation_id: int) -> list[ScreeningDecision]:
    return [one for stage in STAGES for one in standing_decisions(session, citation_id, stage)]


def _mark(one: ScreeningDecision) -> tuple[object, ...]:
    """By what a decision and its copy are one: nobody decides twice at a stage in one millisecond."""
    return (one.stage, one.reviewer, one.decision, one.decided_at)
