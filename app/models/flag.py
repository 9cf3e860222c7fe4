"""Flags: that a person should look at a record, raised by a person or by the machine. Nothing here changes the record."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Id, Label, one_of

FLAG_KINDS = ("report_left_counts", "report_doubted", "report_reinstated", "quote_stale", "person")
"""The last is raised by people; of each other kind a record has at most one that is open."""
FLAG_STATES = ("open", "resolved")
FLAGGED = ("finding", "study", "citation")

_ONE_OPEN = text("state = 'open' AND kind <> 'person'")


class Flag(Base):
    """A reason to look at a record again; ``note`` says what happened since it was raised. ``resolution`` is a person's."""

    __tablename__ = "flag"
    __table_args__ = (
        one_of("kind", FLAG_KINDS),
        one_of("record_kind", FLAGGED),
        one_of("state", FLAG_STATES),
        CheckConstraint(
            "(state = 'resolved') = (resolved_at IS NOT NULL AND resolved_by IS NOT NULL)", name="resolved_by_somebody"
        ),
        Index("uq_flag_open", "record_kind", "record_id", "kind", unique=True, sqlite_where=_ONE_OPEN,
              postgresql_where=_ONE_OPEN),
        Index("ix_flag_record_kind_record_id", "record_kind", "record_id"),
        Index("ix_flag_state_id", "state", "id"),
    )  # fmt: skip

    id: Mapped[Id]
    kind: Mapped[Label]
    record_kind: Mapped[Label]
    record_id: Mapped[int]
    reason: Mapped[str] = mapped_column(Text)
    note: Mapped[str | None] = mapped_column(Text)
    state: Mapped[Label]
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    resolved_at: Mapped[datetime | None]
    resolved_by: Mapped[str | None]
    resolution: Mapped[str | None] = mapped_column(Text)
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it from the class
