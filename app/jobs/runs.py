"""Import runs as the rest of the house sees them: when the literature was last searched, and what came of it."""

from datetime import datetime

from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models.imports import ImportRun


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
    """The newest run of a query; None when PubMed was never searched from this store."""
    query = (
        select(ImportRun)
        .where(ImportRun.kind == "pubmed_query", ImportRun.state.in_(("complete", "incomplete")))
        .order_by(ImportRun.id.desc())
        .limit(1)
    )
    run = session.scalars(query).one_or_none()
    if run is None or run.ended_at is None:
        return None
    return LastSearch(
        run.id, run.asked_for, run.translation, run.ended_at, run.hit_count, run.asked, run.state == "complete"
    )
