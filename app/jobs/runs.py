"""Import runs as the rest of the house sees them: when the literature was last searched, and which runs lost their process."""

from datetime import datetime

from msgspec import Struct
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.jobs.holders import is_gone
from app.kit.canonical import now
from app.models.imports import ImportRun
from app.models.searches import SearchRun

_REASON = "import run "


class LastSearch(Struct, frozen=True):
    """The newest search of PubMed that ended, whole or in part."""

    run_id: int
    query: str
    translation: str | None
    at: datetime
    hits: int | None
    records: int
    complete: bool


def last_search(session: Session) -> LastSearch | None:
    """The newest run of a query that PubMed answered; None when PubMed was never searched from this store.

    Of a living search that asked for changes alone it says the search itself
    and how many records that has found in all.
    """
    answered = (ImportRun.state == "complete") | ((ImportRun.state == "incomplete") & ImportRun.hit_count.is_not(None))
    query = (
        select(ImportRun, SearchRun)
        .outerjoin(SearchRun, SearchRun.run_id == ImportRun.id)
        .where(ImportRun.kind == "pubmed_query", answered, ImportRun.ended_at.is_not(None))
        .order_by(ImportRun.id.desc())
        .limit(1)
    )
    found = session.execute(query).one_or_none()
    if found is None:
        return None
    run, living = found
    at = run.ended_at or run.started_at
    asked_for, hits = run.asked_for, run.hit_count
    if living is not None:
        asked_for, hits = living.query, living.hits if living.members_after is None else living.members_after
    return LastSearch(run.id, asked_for, run.translation, at, hits, run.asked, run.state == "complete")


def reason(run_id: int | None) -> str:
    """What the data revisions of a run give as their reason; a record's provenance is read from it."""
    return f"{_REASON}{run_id}"


def run_of(given: str) -> int | None:
    """The run whose reason this is; None for a write that was no import."""
    number = given.removeprefix(_REASON)
    return int(number) if number != given and number.isascii() and number.isdigit() else None


def any_running(session: Session) -> bool:
    """Whether any run says that it is under way."""
    return session.scalar(select(ImportRun.id).where(ImportRun.state == "running").limit(1)) is not None


def end_abandoned(session: Session) -> int:
    """End the runs of this machine whose process is gone, as incomplete; return how many there were.

    What such a run had kept stays, with its fates; the same import run again
    finds it and goes on from there.
    """
    running = session.execute(select(ImportRun.id, ImportRun.holder).where(ImportRun.state == "running")).all()
    lost = [row.id for row in running if is_gone(row.holder)]
    if lost:
        reason = (
            "The process of this run ended without a word. What it had kept stays; run the import again for the rest."
        )
        ended = update(ImportRun).where(ImportRun.id.in_(lost), ImportRun.state == "running")
        session.execute(ended.values(state="incomplete", failure=reason, ended_at=now()))
    return len(lost)
