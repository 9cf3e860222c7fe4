"""What waits to be screened, and counts of what was. Nothing here decides; own decisions are shown, those of others are not."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct
from sqlalchemy import ColumnElement, Row, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from app.kit.paging import Key, behind, fingerprint, read_cursor, write_cursor
from app.models.citation import Citation
from app.models.screening import STAGES, ScreeningDecision, ScreeningResult
from app.models.study import Study, StudyReport
from app.statements import Statement, among_numbers

LEAVE_THE_QUEUE = ("included", "excluded")
FALLEN = ("retired", "rejected")
"""Statuses of a study that speaks for its reports no more: they wait to be screened as if it were not."""
_RESULTS_OF = Statement(select(*ScreeningResult.__table__.c).where(among_numbers(ScreeningResult.citation_id, "ids")))


class Counts(Struct, frozen=True):
    """Records by how they stand at each stage; ``reasons`` of the excluded, by stage."""

    states: dict[str, dict[str, int]]
    reasons: dict[str, dict[str, int]]

    def in_state(self, stage: str, *states: str) -> int:
        """How many records are in one of ``states`` at ``stage``."""
        return sum(self.states.get(stage, {}).get(state, 0) for state in states)

    @property
    def screened(self) -> int:
        """Records on whose title and abstract the reviewers came to an end."""
        return self.in_state(STAGES[0], "included", "excluded")


def counts(session: Session, *among: ColumnElement[bool]) -> Counts:
    """Count the results of records that were not merged and on which the conditions ``among`` hold."""
    states: dict[str, dict[str, int]] = {}
    reasons: dict[str, dict[str, int]] = {}
    query = (
        select(ScreeningResult.stage, ScreeningResult.state, ScreeningResult.reason, func.count())
        .join(Citation, Citation.id == ScreeningResult.citation_id)
        .where(Citation.merged_into.is_(None), *among)
        .group_by(ScreeningResult.stage, ScreeningResult.state, ScreeningResult.reason)
    )
    for stage, state, reason, number in session.execute(query):
        of_stage = states.setdefault(stage, {})
        of_stage[state] = of_stage.get(state, 0) + number
        if reason:
            reasons.setdefault(stage, {})[reason] = number
    return Counts(states, reasons)


def waiting(stage: str, *, reviewer: str | None, state: str | None = None) -> ColumnElement[bool]:
    """The condition that a record waits at ``stage``; with a ``reviewer``, that it waits for them.

    Records that a study reports already were read, and wait for nobody by
    title and abstract. ``state`` narrows to records in that state.
    """
    here = and_(ScreeningResult.citation_id == Citation.id, ScreeningResult.stage == stage)
    conditions: list[ColumnElement[bool]] = [Citation.merged_into.is_(None)]
    if state:
        conditions.append(exists().where(here, ScreeningResult.state == state))
    else:
        conditions.append(~exists().where(here, ScreeningResult.state.in_(LEAVE_THE_QUEUE)))
    if reviewer is not None and state not in LEAVE_THE_QUEUE:
        own = and_(ScreeningDecision.citation_id == Citation.id, ScreeningDecision.stage == stage)
        conditions.append(
            ~exists().where(own, ScreeningDecision.reviewer == reviewer, ScreeningDecision.undone_at.is_(None))
        )
    if stage == STAGES[0]:
        reported = exists().where(
            StudyReport.citation_id == Citation.id, Study.id == StudyReport.study_id, Study.status.not_in(FALLEN)
        )
        conditions.append(or_(~reported, exists().where(here)))
    else:
        first = and_(ScreeningResult.citation_id == Citation.id, ScreeningResult.stage == STAGES[0])
        conditions.append(exists().where(first, ScreeningResult.state == "included"))
    return and_(*conditions)


def page(
    session: Session, condition: ColumnElement[bool], *, cursor: str | None, limit: int, question: tuple[object, ...]
) -> tuple[list[int], int, str | None]:
    """One page of citations on which ``condition`` holds, newest first: their ids, how many there are, and the next cursor."""
    keys = [Key(func.coalesce(Citation.year, 0), descending=True), Key(Citation.id, descending=True)]
    total = session.scalar(select(func.count(Citation.id)).where(condition)) or 0
    mark = fingerprint(*question)
    wanted = select(*(key.column for key in keys)).where(condition)
    if cursor:
        wanted = wanted.where(behind(keys, read_cursor(cursor, mark, len(keys))))
    rows = session.execute(wanted.order_by(*(key.order for key in keys)).limit(limit + 1)).all()
    following = write_cursor(mark, tuple(rows[limit - 1])) if len(rows) > limit else None
    return [row[-1] for row in rows[:limit]], total, following


def states_of(session: Session, citation_ids: Sequence[int]) -> dict[int, dict[str, str]]:
    """Citation → stage → its state, for those about which anybody decided."""
    found = results_of(session, citation_ids)
    return {number: {stage: row.state for stage, row in stages.items()} for number, stages in found.items()}


def results_of(session: Session, citation_ids: Sequence[int]) -> dict[int, dict[str, Row[Any]]]:
    """Citation → stage → how it stands; without a row nobody decided yet."""
    found: dict[int, dict[str, Row[Any]]] = {}
    for row in _RESULTS_OF.all(session, ids=citation_ids):
        found.setdefault(row.citation_id, {})[row.stage] = row
    return found
