"""What a second person says of somebody's work, kept with the decision. What follows is ``lifecycle`` and ``proposals``."""

from sqlalchemy.orm import Session

from app.history.events import Revision, row_of
from app.kit.canonical import now
from app.kit.draft import Draft, Text
from app.models.curation import Review


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


def keep(session: Session, revision: Revision, kind: str, record_id: int, *, said: Acceptance | Rejection) -> None:
    """Keep what the revision's actor decided about a record, and said of it."""
    review = Review(
        kind=kind, record_id=record_id, decision="accepted" if isinstance(said, Acceptance) else "rejected",
        reviewer=revision.actor, interest=said.interest, comment=said.comment, at=now(),
    )  # fmt: skip
    session.add(review)
    session.flush()
    revision.note("review", review.id, op="add", after=row_of(review))
