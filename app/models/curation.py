"""What a second person said of the evidence: reviews of studies and findings, and proposals to change what is settled."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Id, Label, one_of

REVIEWED = ("study", "finding", "proposal")
PROPOSED = ("study", "finding", "exposure")
PROPOSAL_STATES = ("open", "accepted", "rejected", "withdrawn", "superseded")


class Review(Base):
    """A decision about somebody else's work, with the interests of whoever accepted it. Never changed."""

    __tablename__ = "review"
    __table_args__ = (
        one_of("kind", REVIEWED),
        one_of("decision", ("accepted", "rejected")),
        CheckConstraint("decision <> 'accepted' OR interest IS NOT NULL", name="accepted_with_interest"),
        Index("ix_review_kind_record_id", "kind", "record_id"),
    )

    id: Mapped[Id]
    kind: Mapped[Label]
    record_id: Mapped[int]
    decision: Mapped[Label]
    reviewer: Mapped[str]
    interest: Mapped[str | None] = mapped_column(Text)
    comment: Mapped[str | None] = mapped_column(Text)
    at: Mapped[datetime]


class Proposal(Base):
    """A change of a settled record that waits for an editor. ``changes``: field → its value before, and after.

    ``record_id`` is of the table that ``kind`` names. What is to be added (a
    report, an exposure, a quote) stands under ``add_…`` and has no value before.
    What it was superseded by is another proposal, or else what somebody did at
    once, which ``superseded_because`` says.
    """

    __tablename__ = "proposal"
    __table_args__ = (
        one_of("kind", PROPOSED),
        one_of("state", PROPOSAL_STATES),
        CheckConstraint(
            "(state = 'open') = (decided_at IS NULL) AND (state = 'open') = (decided_by IS NULL)",
            name="decided_by_somebody",
        ),
        CheckConstraint(
            "(state = 'superseded') = (superseded_by IS NOT NULL OR superseded_because IS NOT NULL)",
            name="superseded_by_something",
        ),
        Index("ix_proposal_kind_record_id", "kind", "record_id"),
        Index("ix_proposal_state_id", "state", "id"),
    )

    id: Mapped[Id]
    kind: Mapped[Label]
    record_id: Mapped[int]
    base_version: Mapped[int]
    changes: Mapped[dict[str, Any]]
    comment: Mapped[str | None] = mapped_column(Text)
    state: Mapped[Label]
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None]
    superseded_by: Mapped[int | None] = mapped_column(ForeignKey("proposal.id"))
    superseded_because: Mapped[str | None] = mapped_column(Text)
    version: Mapped[int]


class ProposalComment(Base):
    """What was said about a proposal, or in reply to what was said."""

    __tablename__ = "proposal_comment"
    __table_args__ = (Index("ix_proposal_comment_proposal_id", "proposal_id"),)

    id: Mapped[Id]
    proposal_id: Mapped[int] = mapped_column(ForeignKey("proposal.id"))
    reply_to: Mapped[int | None] = mapped_column(ForeignKey("proposal_comment.id"))
    text: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    created_by: Mapped[str]
