"""What may be one record and what a person made of it: candidate pairs, merges that can be undone, ties between citations."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Id, Label, one_of

STATES = ("open", "blocked", "merged", "kept", "linked")
"""Waiting for a person; set aside by a rule, with its reason; and what a person decided."""
OFFERS = ("merge", "link")
TIES = ("preprint_of",)


class DuplicatePair(Base):
    """Two citations that may be one record. The lower id comes first, so that a pair can stand here once only.

    ``evidence`` is what speaks for it and against it, in sentences; ``block``
    the rule that sets it aside.
    """

    __tablename__ = "duplicate_pair"
    __table_args__ = (
        UniqueConstraint("first_id", "second_id"),
        CheckConstraint("first_id < second_id", name="lower_first"),
        one_of("state", STATES),
        one_of("offer", OFFERS),
        CheckConstraint("state <> 'blocked' OR block IS NOT NULL", name="blocked_with_reason"),
        Index("ix_duplicate_pair_state", "state", "score", "id"),
        Index("ix_duplicate_pair_second_id", "second_id"),
    )

    id: Mapped[Id]
    first_id: Mapped[int] = mapped_column(ForeignKey("citation.id"))
    second_id: Mapped[int] = mapped_column(ForeignKey("citation.id"))
    state: Mapped[Label]
    offer: Mapped[Label]
    score: Mapped[int]
    evidence: Mapped[dict[str, Any]]
    block: Mapped[str | None]
    found_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None]
    note: Mapped[str | None]
    version: Mapped[int]


class DuplicateKey(Base):
    """A key under which citations that may be one record meet: a hash of some words of a title, of a place in print …"""

    __tablename__ = "duplicate_key"
    __table_args__ = (Index("ix_duplicate_key_citation_id", "citation_id"), {"sqlite_with_rowid": False})

    key: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    citation_id: Mapped[int] = mapped_column(ForeignKey("citation.id"), primary_key=True)


class DuplicateLook(Base):
    """The version in which a citation was last compared with the others; a citation at another version waits to be."""

    __tablename__ = "duplicate_look"

    citation_id: Mapped[int] = mapped_column(ForeignKey("citation.id"), primary_key=True)
    version: Mapped[int]


class CitationMerge(Base):
    """That a person merged one citation into another, what moved with it, and whether it was undone."""

    __tablename__ = "citation_merge"
    __table_args__ = (
        CheckConstraint("gone_id <> kept_id", name="two_citations"),
        CheckConstraint("(undone_at IS NULL) = (undone_by IS NULL)", name="undone_by_somebody"),
        Index("uq_citation_merge_gone_id", "gone_id", unique=True, sqlite_where=text("undone_at IS NULL"),
              postgresql_where=text("undone_at IS NULL")),
        Index("ix_citation_merge_kept_id", "kept_id"),
    )  # fmt: skip

    id: Mapped[Id]
    gone_id: Mapped[int] = mapped_column(ForeignKey("citation.id"))
    kept_id: Mapped[int] = mapped_column(ForeignKey("citation.id"))
    merged_at: Mapped[datetime]
    merged_by: Mapped[str]
    note: Mapped[str | None]
    confirmed: Mapped[list[Any]]
    moved: Mapped[list[Any]]
    """For each study: its report as it was, the report that stands for it now, and the findings that moved along."""
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[str | None]


class CitationTie(Base):
    """A tie of two citations that stay two: ``from_id`` is a preprint of ``to_id``."""

    __tablename__ = "citation_tie"
    __table_args__ = (
        UniqueConstraint("from_id", "to_id", "kind"),
        CheckConstraint("from_id <> to_id", name="two_citations"),
        one_of("kind", TIES),
        Index("ix_citation_tie_to_id", "to_id"),
    )

    id: Mapped[Id]
    kind: Mapped[Label]
    from_id: Mapped[int] = mapped_column(ForeignKey("citation.id"))
    to_id: Mapped[int] = mapped_column(ForeignKey("citation.id"))
    noted_at: Mapped[datetime]
    noted_by: Mapped[str]
