"""Import runs as the rest of the house sees them: when the literature was last searched, and which runs lost their process."""

import os
import socket
from datetime import datetime

from msgspec import Struct
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.kit.canonical import now
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


def holder() -> str:
    """Name the present process as runs do."""
    return f"{socket.gethostname()[:100]}:{os.getpid()}"


def any_running(session: Session) -> bool:
    """Whether any run says that it is under way."""
    return session.scalar(select(ImportRun.id).where(ImportRun.state == "running").limit(1)) is not None


def end_abandoned(session: Session) -> int:
    """End the runs of this machine whose process is gone, as incomplete; return how many there were.

    What such a run had kept stays, with its fates; the same import run again
    finds it and goes on from there.
    """
    running = session.execute(select(ImportRun.id, ImportRun.holder).where(ImportRun.state == "running")).all()
    lost = [row.id for row in running if _is_gone(row.holder)]
    if lost:
        reason = (
            "The process of this run ended without a word. What it had kept stays; run the import again for the rest."
        )
        ended = update(ImportRun).where(ImportRun.id.in_(lost), ImportRun.state == "running")
        session.execute(ended.values(state="incomplete", failure=reason, ended_at=now()))
    return len(lost)


def _is_gone(named: str) -> bool:
    host, _, pid = named.rpartition(":")
    if host != socket.gethostname()[:100]:
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
