"""Living searches with their runs and what each has found, the PMIDs a run still has to fetch, and the pace of asking."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Id, Label, one_of

SEARCH_STATES = ("active", "paused")
MODES = ("full", "incremental")
MEMBER_STATES = ("held", "missing", "rejected", "vanished")
EVENTS = ("new", "vanished", "reappeared")
ORIGINS = ("found", "retried", "vanished")
"""Why a run asks for a PMID: its search found it, an earlier run did not get it, or the search no longer finds it."""


class LivingSearch(Base):
    """A query that is run again: every ``every_hours`` for what is new, every ``full_every_days`` in full."""

    __tablename__ = "living_search"
    __table_args__ = (
        one_of("state", SEARCH_STATES),
        CheckConstraint("every_hours > 0 AND full_every_days > 0 AND overlap_days > 0", name="intervals_positive"),
    )

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(80), unique=True)
    title: Mapped[str]
    query: Mapped[str]
    state: Mapped[Label]
    every_hours: Mapped[int]
    full_every_days: Mapped[int]
    overlap_days: Mapped[int]
    """Days by which an incremental run reaches back behind the one before it: dates of entry are days, and of Maryland."""
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    edited_at: Mapped[datetime | None]
    version: Mapped[int]


class SearchRun(Base):
    """What an import run was for a living search: the query locked as it was then, and the counts, which add up."""

    __tablename__ = "search_run"
    __table_args__ = (
        one_of("mode", MODES),
        CheckConstraint("members_after = members_before + new + reappeared - vanished", name="members_add_up"),
        CheckConstraint("mode <> 'full' OR members_after = hits", name="full_finds_all"),
        Index("ix_search_run_search_id", "search_id", "run_id"),
    )

    run_id: Mapped[int] = mapped_column(ForeignKey("import_run.id"), primary_key=True)
    search_id: Mapped[int] = mapped_column(ForeignKey("living_search.id"))
    mode: Mapped[Label]
    query: Mapped[str]
    since_on: Mapped[str | None] = mapped_column(String(10))
    """The first day of entry or modification that an incremental run asked for."""
    hits: Mapped[int | None]
    members_before: Mapped[int]
    members_after: Mapped[int | None]
    """NULL while the run is under way, and for ever when its search was not answered whole."""
    new: Mapped[int]
    reappeared: Mapped[int]
    vanished: Mapped[int]
    retracted: Mapped[int]
    corrected: Mapped[int]
    reinstated: Mapped[int]
    first_revision: Mapped[int]
    """The newest data revision when the run began; its own are those behind it with its name as their reason."""


class SearchMember(Base):
    """A PMID that a living search has found, and what became of it; one that vanished stays."""

    __tablename__ = "search_member"
    __table_args__ = (one_of("state", MEMBER_STATES), {"sqlite_with_rowid": False})

    search_id: Mapped[int] = mapped_column(ForeignKey("living_search.id"), primary_key=True)
    pmid: Mapped[str] = mapped_column(String(12), primary_key=True)
    state: Mapped[Label]
    first_run_id: Mapped[int] = mapped_column(ForeignKey("import_run.id"))
    last_run_id: Mapped[int] = mapped_column(ForeignKey("import_run.id"))
    """The newest run that found it."""


class SearchEvent(Base):
    """That a run found a PMID for the first time, no longer, or again. Rows here are never changed."""

    __tablename__ = "search_event"
    __table_args__ = (one_of("kind", EVENTS), {"sqlite_with_rowid": False})

    run_id: Mapped[int] = mapped_column(ForeignKey("search_run.run_id"), primary_key=True)
    pmid: Mapped[str] = mapped_column(String(12), primary_key=True)
    kind: Mapped[Label]


class ImportWanted(Base):
    """A PMID that an import run under way asks for, written before the first is fetched; gone when the run has ended."""

    __tablename__ = "import_wanted"
    __table_args__ = (one_of("origin", ORIGINS), {"sqlite_with_rowid": False})

    run_id: Mapped[int] = mapped_column(ForeignKey("import_run.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    pmid: Mapped[str] = mapped_column(String(12))
    origin: Mapped[Label]


class RequestPace(Base):
    """When a service was last asked, for all machines that share this database; used on PostgreSQL alone."""

    __tablename__ = "request_pace"

    service: Mapped[str] = mapped_column(String(64), primary_key=True)
    sent_at: Mapped[list[Any]] = mapped_column(JSON)
    """Seconds since 1970 by the database's clock, oldest first."""
