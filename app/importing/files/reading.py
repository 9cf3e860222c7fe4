"""A file's records in batches, in this process or, as a program of its own, for another. Nothing here touches the database.

That program (``reader_process`` starts it) must begin at once: what only other
formats and searches need is imported when one of them comes.
"""

import gc
import signal
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import BinaryIO, Protocol, cast

import msgspec
from msgspec import Struct

from app.citations.draft import CitationDraft
from app.errors import UnreadableFile
from app.importing.files.encodings import Text
from app.importing.files.formats import ENDNOTE_XML, PUBMED_XML, TABLE, recognise
from app.importing.files.opening import open_capped
from app.importing.files.remarks import Remarks
from app.importing.pubmed.parser import Deleted, Rejected, Tally, read_records

BATCH = 1_000
"""Records in one batch, and so in one transaction of a large import: the write turn is held for some 0.15 s."""

AHEAD = 3
"""Batches, of some 3 MB each, that may wait to be taken: one batch is quicker read and another quicker written, and
with one alone either process waited for the other for a tenth of the time."""


class Refused(Struct, frozen=True, array_like=True):
    """A record that cannot be stored, at its place in the batch."""

    place: int
    reason: str
    line: int | None
    id: str | None


class Batch(Struct, frozen=True, array_like=True, tag="batch"):
    """Records in file order, those refused among them by place, the PMIDs taken back, the bytes read so far.

    ``left_out`` counts the records before its end, and behind the batch before, that do not match what is wanted.
    """

    records: list[CitationDraft]
    refused: list[Refused]
    deleted: list[str]
    bytes_read: int
    left_out: int = 0


class End(Struct, frozen=True, array_like=True, tag="end"):
    """The end of a file, with what it held besides records."""

    unknown: dict[str, int]
    without_title: int
    records: int
    remarks: list[str] = []


class Wanted(Struct, frozen=True):
    """What is wanted of files: the headings of a table by field, and a search that records must match to be kept."""

    columns: dict[str, str] = {}
    match: str | None = None
    max_bytes: int = 1 << 31


class Fault(Struct, frozen=True, array_like=True, tag="fault"):
    """A file that cannot be read on, and why."""

    message: str


Piece = Batch | End | Fault

_ENCODER = msgspec.msgpack.Encoder()


def read_pieces(
    source: Path | bytes, *, size: int = BATCH, max_bytes: int = 1 << 31, wanted: Wanted | None = None
) -> Iterator[Piece]:
    """Read a file in any format known: batches of ``size`` records, then its end, or the fault that cut it short.

    What came before a fault is given first, as its own batch.
    """
    reading = _Reading(source, wanted or Wanted(max_bytes=max_bytes))
    gathering = _Gathering(reading.selection)
    try:
        for one in reading.records():
            gathering.take(one)
            if len(gathering) >= size:
                yield gathering.batch(reading.given)
                gathering = _Gathering(reading.selection)
    except UnreadableFile as error:
        yield gathering.batch(0)
        yield Fault(error.message)
        return
    yield gathering.batch(reading.given)
    yield reading.end()


class _Reading:
    """One pass over one file with the reader of its format, and what is to be told at its end."""

    def __init__(self, source: Path | bytes, wanted: Wanted) -> None:
        self._source = source
        self._wanted = wanted
        self.selection = _selection(wanted.match) if wanted.match else None
        self._tally = Tally()
        self._remarks = Remarks()
        self._text = Text(source, max_bytes=wanted.max_bytes, remarks=self._remarks)
        self._counted: _Counted | None = None

    @property
    def given(self) -> int:
        """How much of the file was read."""
        return self._counted.given if self._counted else self._text.given

    def records(self) -> Iterator[CitationDraft | Rejected | Deleted]:
        """Every record of the file."""
        name = recognise(self._source, is_table=bool(self._wanted.columns))
        if name not in {PUBMED_XML, ENDNOTE_XML}:
            yield from self._tallied(self._records_of_text(name))
            return
        with open_capped(self._source, max_bytes=self._wanted.max_bytes) as stream:
            self._counted = _Counted(stream)
            counted = cast("BinaryIO", self._counted)
            if name == PUBMED_XML:
                yield from read_records(counted, self._tally)
            else:
                from app.importing.files import endnote  # noqa: PLC0415 - see the head of this file

                yield from self._tallied(endnote.read(counted, self._remarks))

    def _records_of_text(self, name: str) -> Iterator[CitationDraft | Rejected]:
        from app.importing.files import csv_rows, readers  # noqa: PLC0415 - see the head of this file

        if name == TABLE:
            return csv_rows.read(self._text, self._remarks, self._wanted.columns)
        return readers.READERS[name](self._text, self._remarks)

    def _tallied(self, records: Iterator[CitationDraft | Rejected]) -> Iterator[CitationDraft | Rejected]:
        for one in records:
            if isinstance(one, CitationDraft):
                self._tally.records += 1
                self._tally.without_title += one.title is None
            yield one

    def end(self) -> End:
        """What the file held besides records."""
        unknown = self._tally.unknown + self._remarks.unknown
        return End(dict(unknown), self._tally.without_title, self._tally.records, self._remarks.told())


def _selection(match: str) -> "Selecting":
    from app.importing.selecting import Selection  # noqa: PLC0415 - see the head of this file

    return Selection(match)


class Selecting(Protocol):
    """What says which records are wanted."""

    def holds(self, draft: CitationDraft) -> bool:
        """Whether the record is wanted."""


class _Counted:
    """A stream that knows how much of it was read; unpacking streams cannot tell."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.given = 0

    def read(self, size: int) -> bytes:
        data = self._stream.read(size)
        self.given += len(data)
        return data


class _Gathering:
    """A batch being filled."""

    def __init__(self, selection: Selecting | None) -> None:
        self._selection = selection
        self._left_out = 0
        self._records: list[CitationDraft] = []
        self._refused: list[Refused] = []
        self._deleted: list[str] = []

    def __len__(self) -> int:
        return len(self._records) + len(self._refused)

    def take(self, one: CitationDraft | Rejected | Deleted) -> None:
        if isinstance(one, CitationDraft):
            if self._selection is None or self._selection.holds(one):
                self._records.append(one)
            else:
                self._left_out += 1
        elif isinstance(one, Rejected):
            self._refused.append(Refused(len(self), one.reason, one.line, one.id))
        else:
            self._deleted.append(one.pmid)

    def batch(self, bytes_read: int) -> Batch:
        return Batch(self._records, self._refused, self._deleted, bytes_read, self._left_out)


def main(arguments: Sequence[str]) -> None:
    """Be the reader: write the pieces of files into a pipe. ``arguments``: its descriptor, what is wanted, the paths."""
    descriptor, said, *paths = arguments
    wanted = msgspec.json.decode(said, type=Wanted)
    # An interrupt from the terminal is the writer's to handle: it closes the pipe, and this process ends with it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.disable()
    with (
        suppress(BrokenPipeError),
        Connection(int(descriptor), readable=False) as pipe,
        ThreadPoolExecutor(max_workers=1) as sender,
    ):
        _send(pipe, sender, (piece for path in paths for piece in read_pieces(Path(path), wanted=wanted)))


def _send(pipe: Connection, sender: Executor, pieces: Iterator[Piece]) -> None:
    """Send what is read from a thread, so that reading goes on; it waits when :data:`AHEAD` batches wait to be taken."""
    waiting: deque[Future[None]] = deque()
    for piece in pieces:
        waiting.append(sender.submit(pipe.send_bytes, _ENCODER.encode(piece)))
        if len(waiting) > AHEAD:
            waiting.popleft().result()
    for one in waiting:
        one.result()


if __name__ == "__main__":
    main(sys.argv[1:])
