"""Leases on jobs: one holder at a time, by a guarded UPDATE whose row count decides. Nothing here runs a job.

``token`` grows with every claim (fencing): a holder that slept past its lease
finds that its token is no longer the job's, and may not write.
"""

from datetime import timedelta
from typing import Any

from sqlalchemy import CursorResult, or_, select, update
from sqlalchemy.orm import Session

from app.errors import Conflict
from app.kit.canonical import now
from app.models.imports import Job

LEASE = timedelta(minutes=5)


def add(session: Session, kind: str, payload: dict[str, Any]) -> int:
    """Put a job in the queue; return its id."""
    job = Job(kind=kind, payload=payload, state="waiting", holder=None, token=0, leased_until=None, attempts=0,
              failure=None, created_at=now(), ended_at=None)  # fmt: skip
    session.add(job)
    session.flush()
    return job.id


def claim(session: Session, kind: str, *, holder: str) -> Job | None:
    """Take the oldest job of ``kind`` that waits or whose lease ran out; None when there is nothing to do."""
    free = or_(Job.state == "waiting", (Job.state == "running") & (Job.leased_until < now()))
    for candidate in session.execute(select(Job.id, Job.token).where(Job.kind == kind, free).order_by(Job.id)).all():
        guarded = update(Job).where(Job.id == candidate.id, Job.token == candidate.token, free)
        taken = guarded.values(
            state="running",
            holder=holder,
            token=candidate.token + 1,
            leased_until=now() + LEASE,
            attempts=Job.attempts + 1,
        )
        if _rows(session, taken):
            session.expire_all()
            return session.get_one(Job, candidate.id)
    return None


def renew(session: Session, job_id: int, token: int) -> None:
    """Hold the lease for another while. Raises :class:`Conflict` when somebody else holds it now."""
    _guarded(session, job_id, token, leased_until=now() + LEASE)


def finish(session: Session, job_id: int, token: int, *, failure: str | None = None) -> None:
    """End the job, as done or as failed with its reason. Raises :class:`Conflict` when the lease was lost."""
    state = "failed" if failure else "done"
    _guarded(session, job_id, token, state=state, failure=failure, ended_at=now(), leased_until=None)


def _guarded(session: Session, job_id: int, token: int, **values: Any) -> None:
    held = update(Job).where(Job.id == job_id, Job.token == token, Job.state == "running").values(**values)
    if not _rows(session, held):
        raise Conflict(f"The lease on job {job_id} was lost to another worker; nothing of this step may be kept.")


def _rows(session: Session, statement: Any) -> int:
    result = session.execute(statement)
    return result.rowcount if isinstance(result, CursorResult) else 0
