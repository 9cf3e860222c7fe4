"""Deciding differences between a person's edit and a later sync: keep what the person set, or take what the source says.

How a difference comes to be is ``app.citations.differences``. Who may decide is the door's to know.
"""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from app.citations import differences, edit
from app.errors import Conflict, NotFound
from app.history.events import Revision
from app.kit.canonical import now
from app.models.citation import FieldDifference

STATES = ("open", "kept", "taken", "agreed")


class Asked(Struct, frozen=True):
    """Which differences to read; what is empty leaves all."""

    states: tuple[str, ...] = ()
    citation_id: int | None = None


def keep(session: Session, revision: Revision, difference_id: int) -> FieldDifference:
    """What the person set stays; the same offer is not shown again. Raises :class:`Conflict` when it was decided before."""
    difference = _open(session, difference_id)
    _decide(session, revision, difference, "kept")
    return difference


def take(session: Session, revision: Revision, difference_id: int) -> FieldDifference:
    """What the source says becomes the field, and later syncs may change it again.

    Raises :class:`Conflict` when it was decided before, or when it is an identifier that belongs to another citation.
    """
    difference = _open(session, difference_id)
    _decide(session, revision, difference, "taken")
    edit.give_back(session, revision, difference.citation_id, difference.field, difference.offered)
    return difference


def get(session: Session, difference_id: int) -> FieldDifference:
    """One difference. Raises :class:`NotFound` when there is none."""
    found = session.get(FieldDifference, difference_id)
    if found is None:
        raise NotFound(f"There is no difference V{difference_id}.")
    return found


def page(session: Session, asked: Asked, *, after: int | None, limit: int) -> Sequence[FieldDifference]:
    """At most ``limit`` differences behind the one with the id ``after``, the newest first."""
    query = _asked(select(FieldDifference), asked)
    if after is not None:
        query = query.where(FieldDifference.id < after)
    return session.scalars(query.order_by(FieldDifference.id.desc()).limit(limit)).all()


def count(session: Session, asked: Asked) -> int:
    """How many differences there are."""
    return session.scalar(_asked(select(func.count()).select_from(FieldDifference), asked)) or 0


def _asked(query: Select[Any], asked: Asked) -> Select[Any]:
    if asked.states:
        query = query.where(FieldDifference.state.in_(asked.states))
    if asked.citation_id is not None:
        query = query.where(FieldDifference.citation_id == asked.citation_id)
    return query


def _open(session: Session, difference_id: int) -> FieldDifference:
    difference = get(session, difference_id)
    if difference.state != "open":
        by = f" by {difference.decided_by}" if difference.decided_by else ""
        raise Conflict(f"Difference V{difference_id} is settled already: {difference.state}{by}.")
    return difference


def _decide(session: Session, revision: Revision, difference: FieldDifference, state: str) -> None:
    differences.change(session, revision, difference, state=state, decided_at=now(), decided_by=revision.actor)
