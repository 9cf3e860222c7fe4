"""The agreed words as rows: outcomes, the axes that findings refer to, every other enumeration, and the article's claims."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Label, one_of


class VocabularyRelease(Base):
    """A version of the vocabulary that was loaded, and the hash of its files."""

    __tablename__ = "vocabulary_release"

    version: Mapped[str] = mapped_column(String(32), primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64))
    loaded_at: Mapped[datetime]
    body: Mapped[dict[str, Any]]


class Outcome(Base):
    """Something that may get better or worse; a group is an outcome without a definition of its own."""

    __tablename__ = "outcome"
    __table_args__ = (one_of("kind", ("core", "extended", "group")),)

    id: Mapped[Label] = mapped_column(primary_key=True)
    position: Mapped[int]
    label: Mapped[str]
    parent: Mapped[str | None] = mapped_column(String(64), ForeignKey("outcome.id"), index=True)
    kind: Mapped[Label]
    definition: Mapped[str | None]
    polarity: Mapped[int | None]
    """What more of it means: 1 good, -1 bad, 0 neither; groups have none."""
    synonyms: Mapped[list[Any]]
    search_also: Mapped[list[Any]]
    codes: Mapped[list[Any]]


class Term:
    """One allowed value of an axis."""

    id: Mapped[Label] = mapped_column(primary_key=True)
    position: Mapped[int]
    label: Mapped[str]
    definition: Mapped[str | None]
    attributes: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


class Phase(Term, Base):
    """When, in relation to use, the outcome was seen."""

    __tablename__ = "phase"


class Contrast(Term, Base):
    """What was set against what."""

    __tablename__ = "contrast"


class Basis(Term, Base):
    """How it is known; ``attributes`` holds its group and whether it is a comparison."""

    __tablename__ = "basis"


class Design(Term, Base):
    """How the study was made; ``attributes`` holds its block and its rank."""

    __tablename__ = "design"


class Subject(Term, Base):
    """In whom or what; ``attributes`` holds the side: people, animals or neither."""

    __tablename__ = "subject"


class Substance(Term, Base):
    """What was taken; ``attributes`` holds its substance group."""

    __tablename__ = "substance"


class VocabularyTerm(Term, Base):
    """A value of any other enumeration, named by its axis."""

    __tablename__ = "vocabulary_term"

    axis: Mapped[Label] = mapped_column(primary_key=True)


class Claim(Base):
    """A sentence of the article that the project began with; its verdict is computed, never stored."""

    __tablename__ = "claim"

    id: Mapped[Label] = mapped_column(primary_key=True)
    position: Mapped[int]
    text: Mapped[str]
    scope: Mapped[Label]
    strength: Mapped[Label]
    claim_type: Mapped[Label]
    outcomes: Mapped[list[Any]]
    direction: Mapped[str | None] = mapped_column(String(64))
    phase: Mapped[str | None] = mapped_column(String(64), ForeignKey("phase.id"))
    contrast: Mapped[str | None] = mapped_column(String(64), ForeignKey("contrast.id"))
    substance_group: Mapped[str | None] = mapped_column(String(64))
    details: Mapped[dict[str, Any]]
