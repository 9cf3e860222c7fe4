"""One import run, from its first row to its last: the only code below the doors that commits.

It commits per batch, because a bulk file must neither hold the write turn for
minutes nor start from nothing after a fault. A batch is one transaction: its
records, its data revision, the fate of each record and the counts of the run.
A run that was killed can be started again: what is stored already is found by
its identifiers and left as it is.
"""

import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec
from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from app.citations import duplicates, index, signals
from app.citations import store as citations
from app.citations.draft import CitationDraft
from app.citations.rows import prepare
from app.citations.store import Outcome
from app.config import PROGRAM_VERSION
from app.curation import consequences
from app.database import Store, pour
from app.errors import EvidenceError, StoreUnavailable, UnreadableFile
from app.findings.flat import LEFT_THE_COUNTS
from app.history.events import Revision
from app.importing.files.checking import check_sum, check_whole, is_large
from app.importing.files.formats import recognise
from app.importing.files.reading import Batch, End, Fault, Piece, ReaderProcess, Wanted, read_pieces
from app.importing.report import MOST_TOLD, ImportReport, RejectedRecord
from app.jobs import runs
from app.jobs.holders import holder
from app.kit.canonical import iso, now
from app.models.imports import ImportRun
from app.search.language import parse

Progress = Callable[[int, int | None], None]
"""Called after each batch with how many records are done, and of how many where that is known."""

SMALL = 20_000_000
"""Bytes, unpacked, up to which a file is read whole before anything of it is kept."""

FEW = 1_000
"""Records that are compared with the others at the end of a run; where more wait, ``evidence duplicates find`` does it."""

_RECORD_COLUMNS = ("run_id", "position", "source_id", "fate", "citation_id", "line", "reason", "changed_fields")
_COUNTS = ("asked", "added", "changed", "unchanged", "repeated", "rejected", "not_returned", "deleted")
_WITHOUT_TITLE_ALARM = 0.01


@dataclass(slots=True)
class Fate:
    """The fate of one record and what is told of it; ``position`` counts from 1 through the whole run."""

    position: int
    fate: str
    source_id: str | None = None
    citation_id: int | None = None
    line: int | None = None
    reason: str | None = None
    changed_fields: tuple[str, ...] = ()


class Run:
    """A run that is under way. Open it with :func:`open_run`."""

    def __init__(self, store: Store, *, actor: str, kind: str, asked_for: str, dry_run: bool) -> None:
        self._store = store
        self._actor = actor
        self._kind = kind
        self._asked_for = asked_for
        self.report = ImportReport(dry_run=dry_run)

    def begin(self) -> None:
        """Write down that the run began; a dry run leaves no trace."""
        if self.report.dry_run:
            return
        with self._store.writing() as session:
            runs.end_abandoned(session)
            self._begin(session)

    def _begin(self, session: Session) -> None:
        zeros = dict.fromkeys(_COUNTS, 0)
        row = {
            "kind": self._kind, "asked_for": self._asked_for, "program_version": PROGRAM_VERSION, "actor": self._actor,
            "state": "running", "started_at": now(), "warnings": [], "unknown_elements": {}, "holder": holder(),
        }  # fmt: skip
        self.report.run_id = session.scalar(insert(ImportRun).values(**row, **zeros).returning(ImportRun.id))

    def _hold_on(self, session: Session) -> None:
        """Make sure, within a transaction, that the run may still write; ``resuming`` has runs that others may take up."""

    def _ended(self, session: Session) -> None:
        """Do what else belongs to the end, in the same transaction."""

    def take(
        self, drafts: Sequence[CitationDraft], fates_of: Callable[[list[Outcome]], list[Fate]], *,
        deleted: Sequence[str] = (), seen: set[int] | None = None,
    ) -> None:  # fmt: skip
        """Keep one batch: store the records, let ``fates_of`` turn their outcomes into fates, and commit both."""
        report = self.report
        records = [prepare(draft) for draft in drafts]
        if report.dry_run:
            with self._store.reading() as session:
                outcomes = citations.foresee(session, records, seen=seen)
            self._tell(outcomes, fates_of(outcomes), deleted, marked=0)
            return
        with self._store.writing() as session:
            self._hold_on(session)
            revision = Revision(actor=self._actor, reason=runs.reason(report.run_id))
            outcomes = citations.take_in(session, revision, records, seen=seen)
            marked = signals.mark_deleted(session, revision, deleted) if deleted else 0
            consequences.follow(session, revision)
            fates = fates_of(outcomes)
            self._write_fates(session, fates, deleted)
            revision.seal(session)
        self._tell(outcomes, fates, deleted, marked=marked)
        self._tell_standings(revision.standings)

    def expect_many(self, *, many: bool) -> None:
        """Tell the text index what is coming."""
        with self._store.writing() as session:
            index.expect_many(session, many=many)

    def close(self, *, state: str, failure: str | None = None) -> ImportReport:
        """Write down how the run ended and return its report."""
        report = self.report
        report.state, report.failure = state, failure
        if not report.dry_run and report.added + report.changed:
            with suppress(StoreUnavailable):  # what was not compared now waits for the next pass
                self._look_for_duplicates()
        # A store that is full cannot keep how the run ended either; the report still says it.
        with suppress(StoreUnavailable) if failure else nullcontext():
            self._write_end(state, failure)
        return report

    def _look_for_duplicates(self) -> None:
        """Compare what came with what is there, where it is little; a bulk import must not wait for that."""
        with self._store.writing() as session:
            few = duplicates.waiting(session, most=FEW + 1) <= FEW
            found = duplicates.find(session, limit=FEW) if few else duplicates.Found()
        if not few:
            told = "Its records were not compared with the others for duplicates yet; run: evidence duplicates find"
        elif found.opened:
            told = f"{found.opened:,} pairs of records may be one; look at them: evidence duplicates list"
        else:
            return
        self.report.notices.append(told)

    def _write_end(self, state: str, failure: str | None) -> None:
        report = self.report
        if not report.dry_run:
            with self._store.writing() as session:
                session.execute(
                    text(
                        "UPDATE import_run SET state = :state, failure = :failure, ended_at = :at, warnings = :warnings, "
                        "unknown_elements = :unknown, translation = :translation, hit_count = :hits WHERE id = :id"
                    ),
                    {
                        "id": report.run_id, "state": state, "failure": failure, "at": iso(now()),
                        "warnings": msgspec.json.encode(report.warnings).decode(),
                        "unknown": msgspec.json.encode(report.unknown_elements).decode(),
                        "translation": report.translation, "hits": report.hit_count,
                    },
                )  # fmt: skip
                self._ended(session)

    def _write_fates(self, session: Session, fates: Sequence[Fate], deleted: Sequence[str]) -> None:
        rows = [
            (
                self.report.run_id, fate.position, fate.source_id, fate.fate, fate.citation_id, fate.line, fate.reason,
                msgspec.json.encode(fate.changed_fields).decode() if fate.changed_fields else None,
            )
            for fate in fates
        ]  # fmt: skip
        pour(session, "import_record", _RECORD_COLUMNS, rows)
        counts = dict.fromkeys(_COUNTS, 0) | {"asked": len(fates), "deleted": len(deleted)}
        for fate in fates:
            counts[fate.fate] += 1
        added = ", ".join(f"{name} = {name} + :{name}" for name in _COUNTS)
        session.execute(
            text(f"UPDATE import_run SET {added} WHERE id = :id"),  # noqa: S608 - our own names
            counts | {"id": self.report.run_id},
        )

    def _tell_standings(self, standings: Sequence[tuple[int, str | None, str]]) -> None:
        report = self.report
        for citation_id, before, after in standings:
            report.retracted += after in LEFT_THE_COUNTS
            change = f"Citation R{citation_id} was {before or 'current'} and is now {after.replace('_', ' ')}."
            left = " Findings from it leave the counts." if after in LEFT_THE_COUNTS else ""
            report.notices += [change + left] if len(report.notices) < MOST_TOLD else []

    def _tell(self, outcomes: Iterable[Outcome], fates: Sequence[Fate], deleted: Sequence[str], *, marked: int) -> None:
        report = self.report
        report.asked += len(fates)
        report.deleted += len(deleted)
        for fate in fates:
            if fate.fate == "rejected":
                report.rejected.append(RejectedRecord(fate.position, fate.line, fate.source_id, fate.reason or ""))
            elif fate.fate == "not_returned":
                report.not_returned.append(fate.source_id or "")
            else:
                setattr(report, fate.fate, getattr(report, fate.fate) + 1)
            if fate.changed_fields and len(report.changed_fields) < MOST_TOLD:
                report.changed_fields[fate.source_id or f"R{fate.citation_id}"] = list(fate.changed_fields)
        told = [notice for outcome in outcomes for notice in outcome.notices]
        report.notices += told[: max(MOST_TOLD - len(report.notices), 0)]
        if marked:
            report.notices.append(f"PubMed took back {marked} records that are stored here; they stay, marked as such.")


@contextmanager
def open_run(store: Store, *, actor: str, kind: str, asked_for: str, dry_run: bool) -> Iterator[Run]:
    """Begin a run; whatever ends the block by an exception ends the run as incomplete or failed, as far as the store allows."""
    run = Run(store, actor=actor, kind=kind, asked_for=asked_for, dry_run=dry_run)
    run.begin()
    try:
        yield run
    except BaseException as error:
        reason = error.message if isinstance(error, EvidenceError) else f"ended by {type(error).__name__}"
        with suppress(EvidenceError):
            run.close(state="incomplete" if run.report.kept else "failed", failure=reason)
        raise


def import_file(
    store: Store, paths: Sequence[Path], *, actor: str, max_bytes: int, progress: Progress | None = None,
    dry_run: bool = False,
) -> ImportReport:  # fmt: skip
    """Import all records of files as one run, as :func:`import_selected` does."""
    wanted = Wanted(max_bytes=max_bytes)
    return import_selected(store, paths, wanted, actor=actor, progress=progress, dry_run=dry_run)


def import_selected(
    store: Store, paths: Sequence[Path], wanted: Wanted, *, actor: str, progress: Progress | None = None,
    dry_run: bool = False,
) -> ImportReport:  # fmt: skip
    """Import what is wanted of files as one run.

    A file of up to :data:`SMALL` bytes is read whole before anything of it is
    kept. A larger one is checked against its packing's checksum first and kept
    batch by batch; a fault later on ends the run as *incomplete*, and what was
    kept is named. Raises :class:`UnreadableFile` when no file could be read, and
    :class:`MalformedQuery` when what is wanted is no search.
    """
    if not paths:
        raise UnreadableFile("No file was named. Name one or more files to import.")
    for path in paths:
        recognise(path, is_table=bool(wanted.columns))
    if wanted.match:
        parse(wanted.match)
    large = [path for path in paths if is_large(path, SMALL)]
    asked_for = " ".join(map(str, paths)) + (f" matching {wanted.match}" if wanted.match else "")
    with (
        open_run(store, actor=actor, kind="file", asked_for=asked_for, dry_run=dry_run) as run,
        ReaderProcess(large, wanted) if large else nullcontext() as reader,
        _bulk(run) if large and not dry_run else nullcontext(),
    ):
        faults = []
        for path in paths:
            pieces = reader.pieces() if reader and path in large else read_pieces(path, wanted=wanted)
            one = _FileOfRun(run, path, prefix=f"{path.name}: " if len(paths) > 1 else "", progress=progress)
            fault = _kept_as_far_as_possible(run, one, pieces, max_bytes=wanted.max_bytes)
            if fault:
                faults.append(f"{path.name}: {fault}")
        if run.report.not_matching:
            run.report.warnings.append(f"{run.report.not_matching:,} records did not match and were not asked for.")
        if faults and not run.report.kept:
            raise UnreadableFile(" ".join(faults))
        return run.close(state="incomplete" if faults else "complete", failure=" ".join(faults) or None)


@contextmanager
def _bulk(run: Run) -> Iterator[None]:
    """Let the text index expect many, and look for garbage in cycles rarely: records hold none, and looking took a fifth."""
    before = gc.get_threshold()
    gc.set_threshold(200_000, 10, 10)
    run.expect_many(many=True)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        with suppress(EvidenceError):
            run.expect_many(many=False)


def _kept_as_far_as_possible(run: Run, one: "_FileOfRun", pieces: Iterable[Piece], *, max_bytes: int) -> str | None:
    """Keep a file; a store that gives out on the way ends the run in part, unless nothing was kept yet."""
    try:
        return one.keep(pieces, max_bytes=max_bytes)
    except StoreUnavailable as error:
        if not run.report.kept:
            raise
        return f"{error.message} The {run.report.asked:,} records before that were kept, with their fates."


class _FileOfRun:
    """One file on its way into a run: held back while it may still be small, then kept batch by batch."""

    def __init__(self, run: Run, path: Path, *, prefix: str, progress: Progress | None) -> None:
        self._run = run
        self._path = path
        self._prefix = prefix
        self._progress = progress
        self._seen: set[int] = set()
        self._held: list[Batch] = []
        self._is_bulk = False

    def keep(self, pieces: Iterable[Piece], *, max_bytes: int) -> str | None:
        """Keep what may be kept of the file; return what is wrong with it, or None."""
        fault = _checksum_fault(self._path)
        for piece in pieces:
            if fault:
                continue  # so that the reader comes to the next file
            if isinstance(piece, Batch):
                self._held.append(piece)
                fault = self._release(max_bytes) if self._is_bulk or piece.bytes_read > SMALL else None
            elif isinstance(piece, End):
                self._take_held()
                self._note(piece)
            else:
                fault = self._told(piece)
        return fault

    def _release(self, max_bytes: int) -> str | None:
        if not self._is_bulk:
            try:
                check_whole(self._path, max_bytes=max_bytes)
            except UnreadableFile as error:
                return error.message
            self._is_bulk = True
        self._take_held()
        return None

    def _take_held(self) -> None:
        """Keep what was held back, one transaction a batch: a curator waits for one batch at most."""
        held, self._held = self._held, []
        for batch in held:
            self._take(batch)

    def _told(self, fault: Fault) -> str:
        if not self._is_bulk:
            return f"{fault.message} Nothing of it was kept."
        self._take_held()
        return f"{fault.message} The {len(self._seen):,} citations before that place were kept."

    def _take(self, batch: Batch) -> None:
        self._run.report.not_matching += batch.left_out
        if not (batch.records or batch.refused or batch.deleted):
            return
        base = self._run.report.asked + 1

        def fates_of(outcomes: list[Outcome]) -> list[Fate]:
            refused = {one.place: one for one in batch.refused}
            stored = iter(outcomes)
            fates = []
            for place in range(len(outcomes) + len(refused)):
                if place in refused:
                    one = refused[place]
                    fates.append(
                        Fate(base + place, "rejected", one.id, line=one.line, reason=self._prefix + one.reason)
                    )
                else:
                    fates.append(fate_of(next(stored), base + place))
            return fates

        self._run.take(batch.records, fates_of, deleted=batch.deleted, seen=self._seen)
        if self._progress:
            self._progress(self._run.report.asked, None)

    def _note(self, end: End) -> None:
        report = self._run.report
        for path, number in end.unknown.items():
            report.unknown_elements[path] = report.unknown_elements.get(path, 0) + number
        report.warnings += [f"{self._path.name}: {remark}" for remark in end.remarks]
        if end.without_title > max(end.records * _WITHOUT_TITLE_ALARM, 1):
            report.warnings.append(
                f"{self._path.name}: {end.without_title:,} of {end.records:,} records have no title. "
                "The source may have changed its format; look at some of them."
            )


def _checksum_fault(path: Path) -> str | None:
    """What is wrong with the file by the ``.md5`` beside it, found before anything of it is kept."""
    try:
        check_sum(path)
    except UnreadableFile as error:
        return f"{error.message} Nothing of it was kept."
    return None


def fate_of(outcome: Outcome, position: int) -> Fate:
    """The fate of a record that was stored or known already."""
    return Fate(position, outcome.fate, outcome.source_id, outcome.citation_id, changed_fields=outcome.changed_fields)
