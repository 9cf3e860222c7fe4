"""Import runs with the fate of every record, and the jobs and leases that keep long work single."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Id, Label, one_of

_OPEN_SYNC = text("kind = 'sync' AND state IN ('waiting', 'running')")
"""One living search runs at a time, whoever starts it and wherever: the constraint decides."""

FATES = ("added", "changed", "unchanged", "repeated", "rejected", "not_returned")
"""Every record asked for has exactly one; deletions are counted apart."""


class ImportRun(Base):
    """One run of an importer: what was asked, what the source made of it, and how it ended. The counts re-add to ``asked``."""

    __tablename__ = "import_run"
    __table_args__ = (
        one_of("kind", ("pubmed_query", "pubmed_ids", "file", "starter")),
        one_of("state", ("running", "complete", "incomplete", "failed")),
        CheckConstraint(
            "asked = added + changed + unchanged + repeated + rejected + not_returned", name="fates_add_up"
        ),
    )

    id: Mapped[Id]
    kind: Mapped[Label]
    asked_for: Mapped[str]
    translation: Mapped[str | None]
    warnings: Mapped[list[Any]]
    hit_count: Mapped[int | None]
    program_version: Mapped[str]
    actor: Mapped[str]
    holder: Mapped[str] = mapped_column(String(128))
    """The process that runs it, as ``host:pid``, so that a run whose process is gone can be ended."""
    state: Mapped[Label]
    failure: Mapped[str | None]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    asked: Mapped[int]
    added: Mapped[int]
    changed: Mapped[int]
    unchanged: Mapped[int]
    repeated: Mapped[int]
    rejected: Mapped[int]
    not_returned: Mapped[int]
    deleted: Mapped[int]
    unknown_elements: Mapped[dict[str, Any]]


class ImportRecord(Base):
    """The fate of one record in a run; ``changed_fields`` names what a later version changed."""

    __tablename__ = "import_record"
    __table_args__ = (
        one_of("fate", FATES),
        CheckConstraint("fate <> 'rejected' OR reason IS NOT NULL", name="rejected_with_reason"),
        Index("ix_import_record_citation_id", "citation_id"),
        {"sqlite_with_rowid": False},
    )

    run_id: Mapped[int] = mapped_column(ForeignKey("import_run.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    source_id: Mapped[str | None]
    fate: Mapped[Label]
    citation_id: Mapped[int | None] = mapped_column(ForeignKey("citation.id"))
    line: Mapped[int | None]
    reason: Mapped[str | None]
    changed_fields: Mapped[list[Any] | None]


class Job(Base):
    """Long work with a lease. ``token`` grows with every claim, so that a holder that lost its lease cannot write (fencing)."""

    __tablename__ = "job"
    __table_args__ = (
        one_of("state", ("waiting", "running", "done", "failed")),
        Index("ix_job_state", "state", "id"),
        Index("uq_job_open_sync", "kind", unique=True, sqlite_where=_OPEN_SYNC, postgresql_where=_OPEN_SYNC),
    )

    id: Mapped[Id]
    kind: Mapped[Label]
    payload: Mapped[dict[str, Any]]
    state: Mapped[Label]
    holder: Mapped[str | None] = mapped_column(String(128))
    token: Mapped[int]
    leased_until: Mapped[datetime | None]
    attempts: Mapped[int]
    failure: Mapped[str | None]
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
