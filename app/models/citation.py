"""A bibliographic record (PRISMA 2020: the record in an index and the report it points to) and what hangs on it."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.kit.standings import STANDINGS
from app.models.base import Base, Id, Label, one_of


class Citation(Base):
    """One record or report. Lists stand as JSON in the shape of ``app.citations.draft``; NULL means none given.

    Four times that are never mixed: created, edited (by a person), reviewed,
    synced (with its source). ``person_set`` names the fields that a person set
    and no later sync may overwrite. ``year`` is that of the earliest date.
    """

    __tablename__ = "citation"
    __table_args__ = (
        one_of("standing", STANDINGS),
        CheckConstraint("year BETWEEN 1000 AND 2999", name="year_plausible"),
        Index("ix_citation_year_id", "year", "id"),
        Index("ix_citation_merged_into", "merged_into", sqlite_where=text("merged_into IS NOT NULL"),
              postgresql_where=text("merged_into IS NOT NULL")),
        Index("ix_citation_payload_hash", "payload_hash", sqlite_where=text("source <> 'pubmed'"),
              postgresql_where=text("source <> 'pubmed'")),
        Index("ix_citation_standing_bad", "standing", sqlite_where=text("standing <> 'current'"),
              postgresql_where=text("standing <> 'current'")),
    )  # fmt: skip

    id: Mapped[Id]
    source: Mapped[Label]
    source_type: Mapped[Label]
    title: Mapped[str | None]
    original_title: Mapped[str | None]
    book_title: Mapped[str | None]
    citation_text: Mapped[str | None]
    languages: Mapped[list[Any] | None]
    journal_title: Mapped[str | None]
    journal_abbreviation: Mapped[str | None]
    issn_l: Mapped[str | None]
    journal: Mapped[dict[str, Any] | None]
    volume: Mapped[str | None]
    issue: Mapped[str | None]
    pages: Mapped[str | None]
    authors: Mapped[list[Any] | None]
    authors_complete: Mapped[bool]
    investigators: Mapped[list[Any] | None]
    issued_on: Mapped[str | None] = mapped_column(String(10))
    issued_raw: Mapped[str | None]
    electronic_on: Mapped[str | None] = mapped_column(String(10))
    electronic_raw: Mapped[str | None]
    year: Mapped[int | None]
    publication_types: Mapped[list[Any] | None]
    mesh_headings: Mapped[list[Any] | None]
    supplementary_concepts: Mapped[list[Any] | None]
    keywords: Mapped[list[Any] | None]
    chemicals: Mapped[list[Any] | None]
    grants: Mapped[list[Any] | None]
    registrations: Mapped[list[Any] | None]
    interest_statement: Mapped[str | None]
    copyright: Mapped[str | None]
    extras: Mapped[dict[str, Any] | None]
    indexing_status: Mapped[str | None]
    publication_status: Mapped[str | None]
    revised_on: Mapped[str | None] = mapped_column(String(10))
    source_version: Mapped[int]
    payload_hash: Mapped[str] = mapped_column(String(64))
    standing: Mapped[Label]
    person_set: Mapped[dict[str, Any] | None]
    merged_into: Mapped[int | None] = mapped_column(ForeignKey("citation.id"))
    created_at: Mapped[datetime]
    edited_at: Mapped[datetime | None]
    reviewed_at: Mapped[datetime | None]
    synced_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it from the class


class CitationIdentifier(Base):
    """An identifier of a citation. One that ``identifies`` belongs to that citation alone; a trial number is only mentioned."""

    # SQLite uses a partial index only where the query repeats its condition, and SQLAlchemy writes ``identifies = 1`` there.

    __tablename__ = "citation_identifier"
    __table_args__ = (
        Index(
            "uq_citation_identifier_scheme_value", "scheme", "value", unique=True,
            sqlite_where=text("identifies = 1"), postgresql_where=text("identifies"),
        ),
        Index("ix_citation_identifier_scheme_value", "scheme", "value",
              sqlite_where=text("identifies = 0"), postgresql_where=text("NOT identifies")),
        {"sqlite_with_rowid": False},
    )  # fmt: skip

    citation_id: Mapped[int] = mapped_column(ForeignKey("citation.id"), primary_key=True)
    scheme: Mapped[Label] = mapped_column(primary_key=True)
    value: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int]
    identifies: Mapped[bool]


class CitationText(Base):
    """One labelled part of an abstract, in order, with the hash by which quotes know that it is still the same text."""

    __tablename__ = "citation_text"
    __table_args__ = (one_of("part", ("abstract", "other_abstract")), {"sqlite_with_rowid": False})

    citation_id: Mapped[int] = mapped_column(ForeignKey("citation.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    part: Mapped[Label]
    label: Mapped[str | None]
    category: Mapped[str | None]
    language: Mapped[str | None]
    maker: Mapped[str | None]
    text: Mapped[str]
    sha256: Mapped[str] = mapped_column(String(64))


class CitationCorrection(Base):
    """A tie to another record as its source states it (``RetractionIn``, ``ErratumFor`` …), with or without a PMID."""

    __tablename__ = "citation_correction"
    __table_args__ = (
        Index("ix_citation_correction_pmid", "pmid", sqlite_where=text("pmid IS NOT NULL"),
              postgresql_where=text("pmid IS NOT NULL")),
        {"sqlite_with_rowid": False},
    )  # fmt: skip

    citation_id: Mapped[int] = mapped_column(ForeignKey("citation.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[Label]
    pmid: Mapped[str | None] = mapped_column(String(16))
    source_text: Mapped[str | None]
    note: Mapped[str | None]


class StandingSignal(Base):
    """One reason to doubt a citation, as stored fact; the standing is computed from the signals, worst first."""

    __tablename__ = "standing_signal"
    __table_args__ = (one_of("standing", STANDINGS[:-1]), {"sqlite_with_rowid": False})

    citation_id: Mapped[int] = mapped_column(ForeignKey("citation.id"), primary_key=True)
    signal: Mapped[Label] = mapped_column(primary_key=True)
    """``publication_type``, ``correction_link``, ``title``, ``notice`` (another record says so) or ``delete_notice``."""
    value: Mapped[str] = mapped_column(String(255), primary_key=True)
    standing: Mapped[Label]
    noted_at: Mapped[datetime]


class TextIndex(Base):
    """Which form the text index has: one row. Where it is not the program's own, the index is filled anew."""

    __tablename__ = "text_index"
    __table_args__ = (CheckConstraint("id = 1", name="only_one"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    form: Mapped[int]


class DeletionNotice(Base):
    """PubMed took a record back (DeleteCitation) that was not stored then; whoever brings it later brings it so marked."""

    __tablename__ = "deletion_notice"
    __table_args__ = ({"sqlite_with_rowid": False},)

    pmid: Mapped[str] = mapped_column(String(16), primary_key=True)
    noted_at: Mapped[datetime]


class DeletionSeen(Base):
    """That a list of deletions named a record; ``lifted`` when a later edition came since, so that the list says nothing new."""

    __tablename__ = "deletion_seen"
    __table_args__ = ({"sqlite_with_rowid": False},)

    pmid: Mapped[str] = mapped_column(String(16), primary_key=True)
    list_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    lifted: Mapped[bool]


class ReplacedPayload(Base):
    """What a citation's source once sent and then replaced without a later date; it does not come back (decision 19)."""

    __tablename__ = "replaced_payload"
    __table_args__ = ({"sqlite_with_rowid": False},)

    citation_id: Mapped[int] = mapped_column(ForeignKey("citation.id"), primary_key=True)
    payload_hash: Mapped[str] = mapped_column(String(64), primary_key=True)


class FileOnly(Base):
    """What of a citation only files gave, since PubMed took its record over: PubMed's silence does not take it away.

    ``part`` names one identifier or one name among the extras; it is empty where the whole field is meant.
    """

    __tablename__ = "file_only"
    __table_args__ = ({"sqlite_with_rowid": False},)

    citation_id: Mapped[int] = mapped_column(ForeignKey("citation.id"), primary_key=True)
    field: Mapped[Label] = mapped_column(primary_key=True)
    part: Mapped[str] = mapped_column(primary_key=True)


class FieldDifference(Base):
    """A field that a person set and in which a later sync disagrees, until a person decides.

    ``held`` and ``offered`` are canonical JSON in the shape of the draft.
    *agreed*: the source came to say what the person had set.
    """

    __tablename__ = "field_difference"
    __table_args__ = (
        one_of("state", ("open", "kept", "taken", "agreed")),
        CheckConstraint("(state IN ('kept', 'taken')) = (decided_by IS NOT NULL)", name="decided_by_somebody"),
        Index("uq_field_difference_open", "citation_id", "field", unique=True, sqlite_where=text("state = 'open'"),
              postgresql_where=text("state = 'open'")),
        Index("ix_field_difference_citation_id", "citation_id"),
    )  # fmt: skip

    id: Mapped[Id]
    citation_id: Mapped[int] = mapped_column(ForeignKey("citation.id"))
    field: Mapped[Label]
    held: Mapped[str] = mapped_column(Text)
    offered: Mapped[str] = mapped_column(Text)
    source: Mapped[Label]
    run_id: Mapped[int | None] = mapped_column(ForeignKey("import_run.id"))
    state: Mapped[Label]
    noted_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None]
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it from the class
