"""Deciding about a record, taking it back, and settling what the decisions come to. Nothing here knows who may; doors do."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.errors import Conflict, Forbidden, NotFound
from app.history.events import Revision, row_of
from app.kit.canonical import now
from app.models.citation import Citation
from app.models.screening import STAGES, ScreeningDecision, ScreeningResult
from app.screening.draft import DecisionDraft

WAITING, CONFLICT, INCLUDED, EXCLUDED = "waiting", "conflict", "included", "excluded"
_SETTLED = {"include": INCLUDED, "exclude": EXCLUDED}
_DECIDED = "You have decided about this record at this stage already; undo that decision first."


def decide(
    session: Session, revision: Revision, citation_id: int, draft: DecisionDraft, *, reviewers: int
) -> ScreeningResult:
    """Store what the revision's actor decided and return how the record stands at this stage now.

    ``reviewers`` is how many must agree. Raises :class:`NotFound` for a record
    that is not there, :class:`Conflict` when it is not this stage's turn, when
    the actor has decided already, or when the stage is settled: then whoever
    settled it takes that back first.
    """
    _check_turn(session, citation_id, draft.stage)
    before = standing_decisions(session, citation_id, draft.stage)
    state = _state(session, citation_id, draft.stage)
    if draft.resolves:
        _check_resolvable(before, revision.actor, state=state)
    _check_open(session, citation_id, draft.stage, before, actor=revision.actor, state=state)
    decision = ScreeningDecision(
        citation_id=citation_id, stage=draft.stage, reviewer=revision.actor, decision=draft.decision, reason=draft.reason,
        note=draft.note, resolves=draft.resolves, decided_at=now(), undone_at=None,
    )  # fmt: skip
    session.add(decision)
    try:
        session.flush()
    except IntegrityError as error:
        raise Conflict(_DECIDED) from error
    revision.note("screening_decision", decision.id, op="add", after=row_of(decision))
    return _settle(session, revision, citation_id, draft.stage, [*before, decision], reviewers=reviewers)


def undo(session: Session, revision: Revision, citation_id: int, stage: str, *, reviewers: int) -> ScreeningResult:
    """Take back the actor's own decision; it stays in the history.

    Raises :class:`NotFound` when there is none, :class:`Conflict` when a later
    stage rests on it, or when it is one side of a conflict.
    """
    _check_there(session, citation_id)
    standing = standing_decisions(session, citation_id, stage)
    own = next((each for each in standing if each.reviewer == revision.actor), None)
    if own is None:
        raise NotFound(f"You have no decision about R{citation_id} at the stage {stage} to take back.")
    _check_rests_on_none(session, citation_id, stage)
    _check_blind(own, standing, state=_state(session, citation_id, stage))
    before = row_of(own)
    held = (ScreeningDecision.id == own.id) & ScreeningDecision.undone_at.is_(None)
    session.execute(update(ScreeningDecision).where(held).values(undone_at=now()))
    session.refresh(own)
    revision.note("screening_decision", own.id, op="remove", before=before, after=row_of(own))
    return _settle(
        session, revision, citation_id, stage, standing_decisions(session, citation_id, stage), reviewers=reviewers
    )


def standing_decisions(session: Session, citation_id: int, stage: str) -> list[ScreeningDecision]:
    """The decisions that were not taken back, in order."""
    query = select(ScreeningDecision).where(
        ScreeningDecision.citation_id == citation_id,
        ScreeningDecision.stage == stage,
        ScreeningDecision.undone_at.is_(None),
    )
    return list(session.scalars(query.order_by(ScreeningDecision.id)))


def state_of(decisions: Sequence[ScreeningDecision], *, reviewers: int) -> tuple[str, str | None]:
    """What decisions come to, and the reason of an exclusion.

    The word of an editor ends it. Otherwise any two that differ, or a maybe
    that is not alone, are a conflict; agreement of enough reviewers settles.
    """
    final = next((each for each in reversed(decisions) if each.resolves), None)
    if final:
        return _SETTLED[final.decision], final.reason
    kinds = {each.decision for each in decisions}
    if len(kinds) > 1 or ("maybe" in kinds and len(decisions) >= reviewers):
        return CONFLICT, None
    if len(decisions) < reviewers or not decisions:
        return WAITING, None
    return _SETTLED[decisions[0].decision], decisions[0].reason


def _settle(
    session: Session, revision: Revision, citation_id: int, stage: str, decisions: Sequence[ScreeningDecision],
    *, reviewers: int,
) -> ScreeningResult:  # fmt: skip
    state, reason = state_of(decisions, reviewers=reviewers)
    at = now() if state in (INCLUDED, EXCLUDED) else None
    return put(session, revision, (citation_id, stage), state=state, reason=reason, settled_at=at)


def put(
    session: Session, revision: Revision, place: tuple[int, str], *, state: str, reason: str | None,
    settled_at: datetime | None,
) -> ScreeningResult:  # fmt: skip
    """Let the record and stage of ``place`` stand so. Whether the decisions say so is for whoever calls to know."""
    citation_id, stage = place
    result = session.get(ScreeningResult, (citation_id, stage))
    before = result.state if result else None
    if result is None:
        result = ScreeningResult(citation_id=citation_id, stage=stage, state=state, reason=reason, settled_at=None)
        session.add(result)
    result.state, result.reason, result.settled_at = state, reason, settled_at
    session.flush()
    if before != state:
        revision.note("screening_result", citation_id, op="status", before={"stage": stage, "state": before},
                      after={"stage": stage, "state": state, "reason": reason})  # fmt: skip
    return result


def _check_there(session: Session, citation_id: int) -> None:
    citation = session.get(Citation, citation_id)
    if citation is None:
        raise NotFound(f"There is no citation R{citation_id}.")
    if citation.merged_into:
        raise Conflict(f"R{citation_id} was merged into R{citation.merged_into}; decide about that one.")


def _check_turn(session: Session, citation_id: int, stage: str) -> None:
    _check_there(session, citation_id)
    if stage == STAGES[1]:
        first = session.get(ScreeningResult, (citation_id, STAGES[0]))
        if first is None or first.state != INCLUDED:
            raise Conflict(
                f"R{citation_id} is not included by title and abstract, so its full text is not screened yet."
            )


def _state(session: Session, citation_id: int, stage: str) -> str:
    result = session.get(ScreeningResult, (citation_id, stage))
    return result.state if result else WAITING


def _check_open(
    session: Session, citation_id: int, stage: str, decisions: Sequence[ScreeningDecision], *, actor: str, state: str
) -> None:
    if any(each.reviewer == actor for each in decisions):
        raise Conflict(_DECIDED)
    if state in (INCLUDED, EXCLUDED):
        raise Conflict(f"R{citation_id} is {state} at the stage {stage}; whoever decided so takes that back first.")
    _check_rests_on_none(session, citation_id, stage)


def _check_rests_on_none(session: Session, citation_id: int, stage: str) -> None:
    later = [each for each in STAGES[STAGES.index(stage) + 1 :] if standing_decisions(session, citation_id, each)]
    if later:
        raise Conflict(f"Decisions at the stage {later[0]} rest on this one; they are taken back first.")


def _check_blind(own: ScreeningDecision, standing: Sequence[ScreeningDecision], *, state: str) -> None:
    """Who was told of a conflict knows what another decided; to decide anew would not be blind. A lone *maybe* is free."""
    ended = any(each.resolves for each in standing)
    if not own.resolves and len(standing) > 1 and (ended or state == CONFLICT):
        raise Conflict("Your decision is one side of a conflict, which an editor ends; it is not taken back any more.")


def _check_resolvable(decisions: Sequence[ScreeningDecision], actor: str, *, state: str) -> None:
    if state != CONFLICT:
        raise Conflict(f"There is no conflict to resolve at this stage; the record is {state}.")
    if any(each.reviewer == actor for each in decisions):
        raise Forbidden("You decided about this record yourself; another editor resolves the conflict.")
