"""Imports that the service had begun when it ended: found at its next start and gone on with.

What was begun from a terminal is left to whoever sits there; living searches to ``evidence sync``.
"""

from collections.abc import Callable

from sqlalchemy.orm import Session

from app.database import Store
from app.errors import Conflict, Paused
from app.importing import uploads
from app.importing.pubmed import sync
from app.importing.pubmed.client import EutilsClient
from app.importing.report import ImportReport
from app.importing.resuming import TAKEN_UP_WITHIN, ResumableRun
from app.importing.run import Progress, Run
from app.importing.uploads import UploadRun
from app.jobs import leases
from app.kit.canonical import now
from app.models.imports import ImportRun, Job

_TERMINAL = "cli:"


class AgainRun(ResumableRun):
    """A run of PubMed that goes on with the one that was cut off, or not at all."""

    _went_on = False

    def _begin(self, session: Session) -> None:
        super()._begin(session)
        if not self._went_on:
            raise Conflict("Another process took this run up.")

    def _go_on(self, session: Session, run: ImportRun) -> None:
        super()._go_on(session, run)
        self._went_on = True


def waiting(store: Store) -> bool:
    """Whether anything was cut off."""
    with store.reading() as session:
        return any(
            _is_ours(session, job) for kind in (ResumableRun.job_kind, uploads.JOB) for job in _free(session, kind)
        )


def cut_off(store: Store) -> list[Run]:
    """The runs to go on with, oldest first and not begun yet; jobs of files are held by this process then."""
    with store.writing() as session:
        runs = [
            _again(store, session, job) for kind in (ResumableRun.job_kind, uploads.JOB) for job in _free(session, kind)
        ]
    return [run for run in runs if run is not None]


def carry_out(run: Run, make_client: Callable[[], EutilsClient], progress: Progress) -> ImportReport:
    """Carry out a run of either sort; one that ``progress`` pauses is given back, to be taken up again."""
    if isinstance(run, UploadRun):
        return _carry_out_files(run, progress)
    if not isinstance(run, ResumableRun):
        raise TypeError(f"{type(run).__name__} is no run that outlives its process")
    with make_client() as client:
        return sync.carry_out(run, client, progress)


def _carry_out_files(run: UploadRun, progress: Progress) -> ImportReport:
    def told(done: int, of: int | None) -> None:
        try:
            progress(done, of)
        except Paused:
            run.gives_back = not run.report.dry_run
            raise

    try:
        return run.carry_out(told)
    finally:
        if not run.gives_back:
            uploads.discard(run.upload.folder)


def _free(session: Session, kind: str) -> list[Job]:
    oldest = now() - TAKEN_UP_WITHIN
    return [job for job in leases.open_jobs(session, kind) if job.created_at >= oldest and not leases.is_under_way(job)]


def _is_ours(session: Session, job: Job) -> bool:
    run = session.get(ImportRun, job.payload["run_id"])
    return run is not None and not run.actor.startswith(_TERMINAL)


def _again(store: Store, session: Session, job: Job) -> Run | None:
    run = session.get(ImportRun, job.payload["run_id"])
    if run is None or not _is_ours(session, job):
        return None
    if job.kind == uploads.JOB:
        upload = uploads.taken_over(session, job)
        return UploadRun(store, upload, actor=run.actor, job=job) if upload else None
    return AgainRun(store, actor=run.actor, kind=run.kind, asked_for=run.asked_for, dry_run=False)
