"""Ties between citations that stay two records: a preprint and its article. What is merged stands in ``merging``."""

from typing import Any

from sqlalchemy import Row, Table, bindparam, delete, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.citations.likenesses import likenesses
from app.errors import Conflict, Invalid
from app.history.events import Revision, row_of
from app.kit.canonical import now
from app.kit.public_ids import CITATION, public
from app.models.base import Base
from app.models.duplicate import CitationTie, DuplicatePair
from app.statements import Statement

_CITATION: Table = Base.metadata.tables["citation"]
_OF = Statement(
    select(*CitationTie.__table__.c)
    .where(or_(CitationTie.from_id == bindparam("number"), CitationTie.to_id == bindparam("number")))
    .order_by(CitationTie.id)
)


def link(session: Session, revision: Revision, pair: DuplicatePair) -> CitationTie:
    """Tie the preprint of ``pair`` to its article; both stay, and count as two reports where they are of one study.

    Raises :class:`Invalid` when not exactly one of the two is a preprint, and
    :class:`Conflict` when one was merged away or they are tied already.
    """
    found = likenesses(session, (pair.first_id, pair.second_id))
    if len(found) < 2:
        raise Conflict("One of the two was merged into another record; link that one instead.")
    preprints = [number for number, one in found.items() if one.is_preprint]
    if len(preprints) != 1:
        what = "both are preprints" if preprints else "neither is a preprint"
        raise Invalid(f"Only a preprint and its article are linked, and {what}. Merge them or keep them apart.")
    (article,) = set(found) - set(preprints)
    tie = CitationTie(kind="preprint_of", from_id=preprints[0], to_id=article, noted_at=now(), noted_by=revision.actor)
    session.add(tie)
    try:
        session.flush()
    except IntegrityError:
        raise Conflict(f"{public(CITATION, tie.from_id)} and {public(CITATION, article)} are linked already.") from None
    revision.note("citation_tie", tie.id, op="add", after=row_of(tie))
    _show_anew(session, (tie.from_id, tie.to_id))
    return tie


def unlink(session: Session, revision: Revision, one: int, other: int) -> None:
    """Take the tie of two citations back, where there is one."""
    both = CitationTie.from_id.in_((one, other)) & CitationTie.to_id.in_((one, other))
    for tie in session.scalars(select(CitationTie).where(both)).all():
        revision.note("citation_tie", tie.id, op="remove", before=row_of(tie), after={})
        session.execute(delete(CitationTie).where(CitationTie.id == tie.id))
    _show_anew(session, (one, other))


def _show_anew(session: Session, citation_ids: tuple[int, int]) -> None:
    """Both show another thing now, so both have another version: what is tied is part of what a reader was given."""
    both = _CITATION.c.id.in_(citation_ids)
    session.execute(update(_CITATION).where(both).values(version=_CITATION.c.version + 1))


def of(session: Session, citation_id: int) -> list[Row[Any]]:
    """The ties of a citation to others, in the order in which they were noted."""
    return _OF.all(session, number=citation_id)
