"""Files that were sent to the service: kept in a folder of their own until their run has ended, whatever happens meanwhile.

A file is read to its end before anything of it is kept, whatever its size. A
run that was cut off leaves its job and its folder; whoever finds them begins
anew with them, which stores nothing twice. A folder carries the name of the
process that filled it, so that what nobody will ask for again can be swept.
Who may send files is the door's to know.
"""

import re
import shutil
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import msgspec
from sqlalchemy import update
from sqlalchemy.orm import Session

from app.database import Store
from app.errors import UnreadableFile
from app.importing import file_runs
from app.importing.files.checking import is_large, is_packed
from app.importing.files.reader_process import ReaderProcess
from app.importing.files.reading import Fault, Piece, Wanted, read_pieces
from app.importing.leased import TAKEN_UP_WITHIN, LeasedRun, let_go_of_stale
from app.importing.report import ImportReport
from app.importing.run import Progress
from app.jobs import leases
from app.jobs.holders import holder, is_gone
from app.models.imports import ImportRun, Job

JOB = "upload"
FOLDER = "uploads"
"""In ``var``: one folder for each run under way."""

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST_NAME = 80


class Upload(msgspec.Struct, frozen=True):
    """The files of one run in the order they came, and what is wanted of them; ``names`` are those that their sender gave."""

    folder: str
    names: tuple[str, ...]
    match: str | None = None
    columns: dict[str, str] = {}
    max_bytes: int = 1 << 31

    @property
    def paths(self) -> list[Path]:
        """Where the files lie."""
        return [place(Path(self.folder), number, name) for number, name in enumerate(self.names)]

    @property
    def wanted(self) -> Wanted:
        """What is wanted of them."""
        return Wanted(columns=self.columns, match=self.match, max_bytes=self.max_bytes)


class UploadRun(LeasedRun):
    """A run of files that were sent, with a lease on its job. ``gives_back`` lets the job wait for whoever comes next."""

    def __init__(
        self, store: Store, upload: Upload, *, actor: str, dry_run: bool = False, job: Job | None = None
    ) -> None:
        asked_for = file_runs.told_of(upload.names, upload.wanted)
        super().__init__(store, actor=actor, kind="file", asked_for=asked_for, dry_run=dry_run)
        self.upload = upload
        self.gives_back = False
        # As it was granted: read again it might be that of whoever took the job over meanwhile.
        self._granted = (job.id, job.token) if job else None
        self._is_ended = False

    @property
    def is_over(self) -> bool:
        """Whether nobody will ask for its files again: it ended its own job, or never had one."""
        return self._is_ended or (self._job is None and self._granted is None)

    def carry_out(self, progress: Progress | None = None) -> ImportReport:
        """Begin, read every file to its end, keep what is in them, and end."""
        return file_runs.keep_files(self, self.upload.paths, self.upload.wanted, progress, first=self._refuse_broken)

    def _refuse_broken(self) -> None:
        """Raise :class:`UnreadableFile` for a file that breaks off, where others or its beginning might be kept before."""
        paths = [path for path in self.upload.paths if is_packed(path) or is_large(path, file_runs.SMALL)]
        if len(self.upload.names) > 1:
            paths = self.upload.paths
        large = [path for path in paths if is_large(path, file_runs.SMALL)]
        for path in paths:
            if path not in large:
                self._refuse_fault(path, read_pieces(path, wanted=self.upload.wanted))
        if large:
            with ReaderProcess(large, self.upload.wanted) as reader:
                for path in large:
                    self._refuse_fault(path, reader.pieces())

    def _refuse_fault(self, path: Path, pieces: Iterator[Piece]) -> None:
        for piece in pieces:
            if isinstance(piece, Fault):
                raise UnreadableFile(f"{path.name}: {piece.message} Nothing was kept.")
            self.hold_on()

    def _begin(self, session: Session) -> None:
        super()._begin(session)
        payload = {"run_id": self.report.run_id, "actor": self._actor, "upload": msgspec.to_builtins(self.upload)}
        if self._granted is None:
            job = leases.begin(session, JOB, payload, holder=holder())
            self._job = (job.id, job.token)
        else:
            leases.renew(session, *self._granted)
            session.execute(update(Job).where(Job.id == self._granted[0]).values(payload=payload))
            self._job = self._granted

    def _ended(self, session: Session) -> None:
        if self._job is None:
            return
        if self.gives_back:
            leases.release(session, *self._job)
        else:
            leases.finish(session, *self._job, failure=self.report.failure)
            self._is_ended = True


def place(folder: Path, number: int, name: str) -> Path:
    """Where a file lies: in a folder of its own, under as much of the sender's name as any disk can keep."""
    safe = _UNSAFE.sub("_", name.replace("\\", "/").rpartition("/")[2])[-_LONGEST_NAME:].lstrip(".") or "file"
    return folder / str(number) / safe


def new_folder(var_dir: Path) -> Path:
    """Where the files of one run are to lie; not made yet."""
    return var_dir / FOLDER / f"{uuid.uuid4().hex}@{holder()}"


def sweep(session: Session, var_dir: Path) -> int:
    """Remove the folders that no run will ask for again; return how many there were.

    A folder stays while its job is under way or may be taken up, and while the
    process that filled it lives: between the first file and the run there is no
    job. Of other machines nobody here can tell; theirs stay for a day.
    """
    let_go_of_stale(session, JOB)
    wanted = {Path(job.payload["upload"]["folder"]).name for job in leases.open_jobs(session, JOB)}
    oldest = time.time() - TAKEN_UP_WITHIN.total_seconds()
    swept = 0
    for folder in (var_dir / FOLDER).iterdir() if (var_dir / FOLDER).is_dir() else ():
        with suppress(FileNotFoundError):  # another process sweeps as well
            is_left = is_gone(folder.name.partition("@")[2]) or folder.stat().st_mtime < oldest
            if is_left and folder.name not in wanted:
                discard(folder)
                swept += 1
    return swept


def discard(folder: str | Path) -> None:
    """Remove the files of a run that has ended."""
    shutil.rmtree(folder, ignore_errors=True)


def taken_over(session: Session, job: Job) -> Upload | None:
    """The upload of a job that was cut off, held now; None where somebody else works on it or its files lie elsewhere."""
    upload = msgspec.convert(job.payload["upload"], Upload)
    if not all(path.is_file() for path in upload.paths) or not leases.take_over(session, job, holder=holder()):
        return None
    told = "It was cut off and begun anew as the run after it."
    ended = update(ImportRun).where(
        ImportRun.id == job.payload["run_id"], ImportRun.state.in_(("running", "incomplete"))
    )
    session.execute(ended.values(state="incomplete", failure=told))
    session.refresh(job)
    return upload


def names_of(given: Sequence[str | None]) -> tuple[str, ...]:
    """The names under which files were sent, without folders and bounded."""
    return tuple((name or "file").replace("\\", "/").rpartition("/")[2][-_LONGEST_NAME:] or "file" for name in given)


def refuse_unknown(upload: Upload) -> None:
    """Raise, before a run is begun, for a file in no format known here and for a ``match`` that is no search."""
    for path in upload.paths:
        try:
            file_runs.refuse_unknown([path], upload.wanted)
        except UnreadableFile as error:
            if path.name in error.message:
                raise
            raise UnreadableFile(f"{path.name}: {error.message}") from None
