"""Leases on jobs: one holder at a time, by a guarded UPDATE whose row count decides. Nothing here runs a job.

``token`` grows with every claim (fencing): a holder that slept past its lease
finds that its token is no longer the job's, and may not write.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, CursorResult, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.errors import Conflict
from app.jobs.holders import is_gone
from app.kit.canonical import now
from app.models.imports import Job

LEASE = timedelta(minutes=5)
OPEN = ("waiting", "running")


def add(session: Session, kind: str, payload: dict[str, Any]) -> int:
    """Put a job in the queue; return its id."""
    job = _new(kind, payload)
    session.add(job)
    session.flush()
    return job.id


def begin(session: Session, kind: str, payload: dict[str, Any], *, holder: str) -> Job:
    """Add a job and hold it at once.

    Raises :class:`Conflict` when one of this kind is open and only one may be.
    """
    job = _new(kind, payload)
    job.state, job.holder, job.token, job.attempts, job.leased_until = "running", holder, 1, 1, now() + LEASE
    try:
        with session.begin_nested():
            session.add(job)
    except IntegrityError as error:
        raise Conflict(f"Another {kind} is under way; this one was not begun.") from error
    return job


def open_jobs(session: Session, kind: str) -> list[Job]:
    """The jobs of ``kind`` that wait or are under way, oldest first."""
    return list(session.scalars(select(Job).where(Job.kind == kind, Job.state.in_(OPEN)).order_by(Job.id)))


def is_under_way(job: Job) -> bool:
    """Whether somebody works on it: its lease holds, and its holder is no process of this machine that is gone."""
    is_leased = job.state == "running" and job.leased_until is not None and job.leased_until >= now()
    return is_leased and not (job.holder and is_gone(job.holder))


def claim(session: Session, kind: str, *, holder: str) -> Job | None:
    """Take the oldest job of ``kind`` that waits or whose lease ran out; None when there is nothing to do."""
    free = _free(now())
    for candidate in session.execute(select(Job.id, Job.token).where(Job.kind == kind, free).order_by(Job.id)).all():
        if _take(session, candidate.id, candidate.token, holder=holder, free=free):
            return session.get_one(Job, candidate.id)
    return None


def take_over(session: Session, job: Job, *, holder: str) -> bool:
    """Take this job when nobody works on it: it waits, its lease ran out, or its holder was a process here that is gone."""
    gone = job.holder is not None and is_gone(job.holder)
    free = Job.state.in_(OPEN) if gone else _free(now())
    return _take(session, job.id, job.token, holder=holder, free=free)


def renew(session: Session, job_id: int, token: int) -> None:
    """Hold the lease for another while. Raises :class:`Conflict` when somebody else holds it now."""
    _guarded(session, job_id, token, leased_until=now() + LEASE)


def finish(session: Session, job_id: int, token: int, *, failure: str | None = None) -> None:
    """End the job, as done or as failed with its reason. Raises :class:`Conflict` when the lease was lost."""
    state = "failed" if failure else "done"
    _guarded(session, job_id, token, state=state, failure=failure, ended_at=now(), leased_until=None)


def release(session: Session, job_id: int, token: int) -> None:
    """Give the job back unfinished, for whoever comes next. Raises :class:`Conflict` when the lease was lost."""
    _guarded(session, job_id, token, state="waiting", leased_until=None)


def _new(kind: str, payload: dict[str, Any]) -> Job:
    return Job(kind=kind, payload=payload, state="waiting", holder=None, token=0, leased_until=None, attempts=0,
               failure=None, created_at=now(), ended_at=None)  # fmt: skip


def _free(at: datetime) -> ColumnElement[bool]:
    return or_(Job.state == "waiting", (Job.state == "running") & (Job.leased_until < at))


def _take(session: Session, job_id: int, token: int, *, holder: str, free: ColumnElement[bool]) -> bool:
    guarded = update(Job).where(Job.id == job_id, Job.token == token, free)
    values = {"state": "running", "holder": holder, "token": token + 1, "leased_until": now() + LEASE}
    taken = _rows(session, guarded.values(attempts=Job.attempts + 1, **values)) > 0
    session.expire_all()
    return taken


def _guarded(session: Session, job_id: int, token: int, **values: Any) -> None:
    held = update(Job).where(Job.id == job_id, Job.token == token, Job.state == "running").values(**values)
    if not _rows(session, held):
        raise Conflict(f"The lease on job {job_id} was lost to another worker; nothing of this step may be kept.")


def _rows(session: Session, statement: Any) -> int:
    result = session.execute(statement)
    return result.rowcount if isinstance(result, CursorResult) else 0
