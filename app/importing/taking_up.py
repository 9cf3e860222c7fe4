"""Imports that were under way when their process ended, gone on with by the next start of the service or the next sync.

What was stopped at a terminal is left to whoever sits there; runs of living searches are ``living.running``'s.
"""

from collections.abc import Callable
from pathlib import Path

from sqlalchemy.orm import Session

from app.accounts import flags
from app.database import Store
from app.errors import Conflict, EvidenceError, Paused
from app.importing import uploads
from app.importing.leased import TAKEN_UP_WITHIN
from app.importing.living.report import TakenUp
from app.importing.pubmed import sync
from app.importing.pubmed.client import EutilsClient
from app.importing.report import ImportReport
from app.importing.resuming import ResumableRun
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
    """Whether anything of the service was cut off."""
    with store.reading() as session:
        return any(_is_of_service(session, job) for job in _free(session))


def cut_off(store: Store, *, also_of_terminals: bool = False) -> list[Run]:
    """The runs to go on with, oldest first and not begun yet; jobs of files are held by this process then.

    ``also_of_terminals`` takes those in whose process at a terminal died; what was stopped there is given back and stays.
    """
    with store.writing() as session:
        left = [
            job
            for job in _free(session)
            if _is_of_service(session, job) or (also_of_terminals and job.state == "running")
        ]
        runs = [_again(store, session, job) for job in left]
    return [run for run in runs if run is not None]


def take_up(
    store: Store, make_client: Callable[[], EutilsClient], var_dir: Path, *, progress: Progress
) -> list[TakenUp]:
    """Go on with every import that a dead process left behind, and sweep the files that none will ask for again.

    Nothing is taken up while the operator has switched writing or imports off.
    """
    try:
        with store.reading() as session:
            flags.refuse_while_on(session, flags.READ_ONLY)
            flags.refuse_while_on(session, flags.NO_IMPORTS)
    except Paused:
        return []
    told = [_taken_up(run, make_client, progress) for run in cut_off(store, also_of_terminals=True)]
    sweep(store, var_dir)
    return told


def sweep(store: Store, var_dir: Path) -> None:
    """Remove files that were sent for runs of which nothing is left to do."""
    if (var_dir / uploads.FOLDER).is_dir():
        with store.writing() as session:
            uploads.sweep(session, var_dir)


def _taken_up(run: Run, make_client: Callable[[], EutilsClient], progress: Progress) -> TakenUp:
    try:
        report = carry_out(run, make_client, progress)
    except EvidenceError as error:
        return TakenUp(run.report.run_id, run.asked_for, run.report.state, error.message)
    return TakenUp(report.run_id, run.asked_for, report.state, report.failure)


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
        if run.is_over:
            uploads.discard(run.upload.folder)


def _free(session: Session) -> list[Job]:
    oldest = now() - TAKEN_UP_WITHIN
    jobs = [job for kind in (ResumableRun.job_kind, uploads.JOB) for job in leases.open_jobs(session, kind)]
    return [job for job in jobs if job.created_at >= oldest and not leases.is_under_way(job)]


def _is_of_service(session: Session, job: Job) -> bool:
    run = session.get(ImportRun, job.payload["run_id"])
    return run is not None and not run.actor.startswith(_TERMINAL)


def _again(store: Store, session: Session, job: Job) -> Run | None:
    run = session.get(ImportRun, job.payload["run_id"])
    if run is None:
        return None
    if job.kind == uploads.JOB:
        upload = uploads.taken_over(session, job)
        return UploadRun(store, upload, actor=run.actor, job=job) if upload else None
    return AgainRun(store, actor=run.actor, kind=run.kind, asked_for=run.asked_for, dry_run=False)
