"""Files on their way into a run: a small one is held back until it was read to its end, a large one kept batch by batch.

Reading is ``files``'; the transactions are ``run``'s. Nothing here commits.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path

from app.citations.store import Outcome
from app.database import Store
from app.errors import EvidenceError, StoreUnavailable, UnreadableFile
from app.importing.files.checking import check_sum, check_whole, is_large
from app.importing.files.formats import recognise
from app.importing.files.reader_process import ReaderProcess
from app.importing.files.reading import Batch, End, Fault, Piece, Wanted, read_pieces
from app.importing.report import ImportReport
from app.importing.run import Fate, Progress, Run, fate_of, opened
from app.kit.collecting import few_collections
from app.search.language import parse

SMALL = 20_000_000
"""Bytes, unpacked, up to which a file is read whole before anything of it is kept."""

_WITHOUT_TITLE_ALARM = 0.01


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
    refuse_unknown(paths, wanted)
    asked_for = told_of(map(str, paths), wanted)
    return keep_files(
        Run(store, actor=actor, kind="file", asked_for=asked_for, dry_run=dry_run), paths, wanted, progress
    )


def refuse_unknown(paths: Sequence[Path], wanted: Wanted) -> None:
    """Raise, before a run is begun, when no file is named, one is in no format known here, or what is wanted is no search."""
    if not paths:
        raise UnreadableFile("No file was named. Name one or more files to import.")
    for path in paths:
        recognise(path, is_table=bool(wanted.columns))
    if wanted.match:
        parse(wanted.match)


def told_of(names: Iterable[str], wanted: Wanted) -> str:
    """What a run says it was asked for."""
    return " ".join(names) + (f" matching {wanted.match}" if wanted.match else "")


def keep_files(
    run: Run, paths: Sequence[Path], wanted: Wanted, progress: Progress | None,
    first: Callable[[], None] = lambda: None,
) -> ImportReport:  # fmt: skip
    """Begin ``run``, import what is wanted of the files, and end it; what ``first`` raises ends it before anything is read."""
    large = [path for path in paths if is_large(path, SMALL)]
    with (
        opened(run),
        ReaderProcess(large, wanted) if large else nullcontext() as reader,
        _bulk(run) if large and not run.report.dry_run else nullcontext(),
    ):
        first()
        faults = []
        for path in paths:
            pieces = reader.pieces() if reader and path in large else read_pieces(path, wanted=wanted)
            prefix = f"{path.name}: " if len(paths) > 1 else ""
            one = _FileOfRun(run, path, prefix=prefix, progress=progress, is_large=path in large)
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
    """Let the text index expect many, and the collector of garbage look seldom."""
    run.expect_many(many=True)
    try:
        with few_collections():
            yield
    finally:
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
    """One file on its way into a run: held back while it may still be small, then kept batch by batch.

    ``is_large`` says that its size on the disk tells a bulk file already; the size of what is packed may tell it later.
    """

    def __init__(self, run: Run, path: Path, *, prefix: str, progress: Progress | None, is_large: bool) -> None:
        self._run = run
        self._path = path
        self._prefix = prefix
        self._progress = progress
        self._seen: set[int] = set()
        self._held: list[Batch] = []
        self._is_bulk = False
        self._is_large = is_large

    def keep(self, pieces: Iterable[Piece], *, max_bytes: int) -> str | None:
        """Keep what may be kept of the file; return what is wrong with it, or None."""
        fault = _checksum_fault(self._path)
        if not fault and self._is_large:
            fault = self._weigh(max_bytes)
        for piece in pieces:
            if fault:
                continue  # so that the reader comes to the next file
            if isinstance(piece, Batch):
                self._held.append(piece)
                if not self._is_bulk and piece.bytes_read > SMALL:
                    fault = self._weigh(max_bytes)
                if self._is_bulk:
                    self._take_held()
            elif isinstance(piece, End):
                self._take_held()
                self._note(piece)
            else:
                fault = self._told(piece)
        return fault

    def _weigh(self, max_bytes: int) -> str | None:
        """Find out whether the file arrived whole and is a bulk file; return what is wrong with it, or None.

        Where its size on the disk says so already this takes no time, because it is done while the reader begins.
        """
        try:
            self._is_bulk = check_whole(self._path, max_bytes=max_bytes) > SMALL
        except UnreadableFile as error:
            return f"{error.message} Nothing of it was kept."
        except OSError as error:
            return f"{self._path.name} cannot be read any more ({error.strerror}). Nothing of it was kept."
        return None

    def _take_held(self) -> None:
        """Keep what was held back, one transaction a batch: a curator waits for one batch at most."""
        held, self._held = self._held, []
        for batch in held:
            self._take(batch)

    def _told(self, fault: Fault) -> str:
        if self._is_bulk:
            self._take_held()
        if not self._seen:
            return f"{fault.message} Nothing of it was kept."
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
