"""What a second person says of somebody's work, kept with the decision. What follows is ``lifecycle`` and ``proposals``."""

from typing import Any

from sqlalchemy import bindparam, exists, select
from sqlalchemy.orm import Session

from app.history.events import Revision, row_of
from app.kit.canonical import now
from app.kit.draft import Draft, Text
from app.models.curation import Review
from app.models.history import Change
from app.statements import Statement

# By the log, so that an earlier state is read with the reviews that were there.
_LAST = Statement(
    select(Review.decision, Review.reviewer, Review.comment, Review.interest, Review.at)
    .where(Review.kind == bindparam("kind"), Review.record_id == bindparam("record_id"))
    .where(exists().where(Change.kind == "review", Change.record_id == Review.id))
    .order_by(Review.id.desc())
    .limit(1)
)


class Acceptance(Draft):
    """``interest`` is the reviewer's own: *none*, or what a reader should know (employer, funding, business, advocacy).

    ``quotes_seen``: the reviewer has seen the quoted words where no machine can look.
    """

    interest: Text
    comment: Text | None = None
    quotes_seen: bool = False


class Rejection(Draft):
    """``comment`` says why, for the author."""

    comment: Text
    interest: Text | None = None


def last_of(session: Session, kind: str, record_id: int) -> Any | None:
    """What was decided last about a record, by whom and when, and what they said; None while nobody has."""
    return _LAST.first(session, kind=kind, record_id=record_id)


def keep(session: Session, revision: Revision, kind: str, record_id: int, *, said: Acceptance | Rejection) -> None:
    """Keep what the revision's actor decided about a record, and said of it."""
    review = Review(
        kind=kind, record_id=record_id, decision="accepted" if isinstance(said, Acceptance) else "rejected",
        reviewer=revision.actor, interest=said.interest, comment=said.comment, at=now(),
    )  # fmt: skip
    session.add(review)
    session.flush()
    revision.note("review", review.id, op="add", after=row_of(review))
