"""Runs that hold a lease on a job: a later process may go on with them, and two never write for one. Nothing is read here."""

from datetime import timedelta

from sqlalchemy import update
from sqlalchemy.orm import Session

from app.importing.run import Run
from app.jobs import leases
from app.jobs.holders import holder
from app.kit.canonical import now
from app.models.imports import ImportRun

TAKEN_UP_WITHIN = timedelta(hours=24)
"""After that what was cut off is too old to be gone on with; the question is asked anew."""
_STALE = f"Not taken up again within {TAKEN_UP_WITHIN.total_seconds() / 3600:.0f} hours; what it waited for was let go."


class LeasedRun(Run):
    """A run whose batches are kept only while its lease is its own."""

    _job: tuple[int, int] | None = None
    """The job's number and the token under which this run holds it; None before it begins, and for a dry run."""

    def hold_on(self) -> None:
        """Keep the lease while nothing comes that would be kept: a source that is down takes minutes to say so.

        Raises :class:`~app.errors.Conflict` when somebody else holds it now.
        """
        if self._job is not None:
            with self._store.writing() as session:
                self._hold_on(session)

    def _hold_on(self, session: Session) -> None:
        if self._job is not None:
            leases.renew(session, *self._job)


def let_go_of_stale(session: Session, kind: str) -> list[int]:
    """End the jobs of ``kind`` that waited too long, and their runs; return the numbers of the runs."""
    ended = []
    for job in leases.open_jobs(session, kind):
        is_stale = job.created_at < now() - TAKEN_UP_WITHIN and not leases.is_under_way(job)
        if is_stale and leases.take_over(session, job, holder=holder()):
            leases.finish(session, job.id, job.token, failure=_STALE)
            ended.append(int(job.payload["run_id"]))
    running = (ImportRun.id.in_(ended)) & (ImportRun.state == "running")
    session.execute(update(ImportRun).where(running).values(state="incomplete", failure=_STALE, ended_at=now()))
    return ended
