"""What reviewers decided about records, and how it stands at each stage (PRISMA 2020: screening of records, then of reports)."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Id, Label, one_of

STAGES = ("title_abstract", "full_text")
DECISIONS = ("include", "exclude", "maybe")
STATES = ("waiting", "conflict", "included", "excluded")
_STANDS = text("undone_at IS NULL")


class ScreeningDecision(Base):
    """One decision of one reviewer at one stage. It is never changed: it is undone, and made anew."""

    __tablename__ = "screening_decision"
    __table_args__ = (
        one_of("stage", STAGES),
        one_of("decision", DECISIONS),
        CheckConstraint("decision <> 'exclude' OR reason IS NOT NULL", name="exclusion_has_reason"),
        Index("uq_screening_decision_standing", "citation_id", "stage", "reviewer", unique=True,
              sqlite_where=_STANDS, postgresql_where=_STANDS),
    )  # fmt: skip

    id: Mapped[Id]
    citation_id: Mapped[int] = mapped_column(ForeignKey("citation.id"))
    stage: Mapped[Label]
    reviewer: Mapped[str]
    decision: Mapped[Label]
    reason: Mapped[str | None]
    note: Mapped[str | None]
    resolves: Mapped[bool]
    """True for the word of an editor that ends a conflict."""
    decided_at: Mapped[datetime]
    undone_at: Mapped[datetime | None]


class ScreeningResult(Base):
    """How a record stands at a stage; no row means that nobody decided yet. It follows from the decisions that stand."""

    __tablename__ = "screening_result"
    __table_args__ = (
        one_of("stage", STAGES),
        one_of("state", STATES),
        Index("ix_screening_result_stage_state", "stage", "state"),
        {"sqlite_with_rowid": False},
    )

    citation_id: Mapped[int] = mapped_column(ForeignKey("citation.id"), primary_key=True)
    stage: Mapped[Label] = mapped_column(primary_key=True)
    state: Mapped[Label]
    reason: Mapped[str | None]
    settled_at: Mapped[datetime | None]
