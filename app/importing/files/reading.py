"""A file's records in batches; for large files read in a process of their own. Nothing here touches the database.

Reading takes about as long as preparing and writing, so two processes share
the work: this module's child reads while the caller writes, and the pipe
between them holds it back to one batch ahead.
"""

import gc
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self, cast

import msgspec
from msgspec import Struct

from app.citations.draft import CitationDraft
from app.config import PROJECT_DIR
from app.errors import UnreadableFile
from app.importing.files import csv_rows, endnote
from app.importing.files.encodings import Text
from app.importing.files.formats import ENDNOTE_XML, TABLE, recognise
from app.importing.files.opening import open_capped
from app.importing.files.readers import READERS
from app.importing.files.remarks import Remarks
from app.importing.pubmed.parser import Deleted, Rejected, Tally, read_records
from app.importing.selecting import Selection

BATCH = 1_000
"""Records in one batch, and so in one transaction of a large import: the write turn is held for some 0.15 s."""


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

_MESSAGE = msgspec.msgpack.Decoder(Piece)
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
        self.selection = Selection(wanted.match) if wanted.match else None
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
        if name in READERS:
            yield from self._tallied(READERS[name](self._text, self._remarks))
        elif name == TABLE:
            yield from self._tallied(csv_rows.read(self._text, self._remarks, self._wanted.columns))
        else:
            with open_capped(self._source, max_bytes=self._wanted.max_bytes) as stream:
                self._counted = _Counted(stream)
                counted = cast("BinaryIO", self._counted)
                if name == ENDNOTE_XML:
                    yield from self._tallied(endnote.read(counted, self._remarks))
                else:
                    yield from read_records(counted, self._tally)

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


class ReaderProcess:
    """A process that reads files one after the other, as far ahead as one batch. Use it as a context manager.

    It is a program of its own, started anew: it shares neither locks nor
    connections with the process that writes, loads a third of its modules, and
    ends when nobody reads the pipe any more, however that came about.
    """

    def __init__(self, paths: Sequence[Path], wanted: Wanted) -> None:
        reading, writing = os.pipe()
        command = [
            sys.executable,
            "-m",
            __name__,
            str(writing),
            msgspec.json.encode(wanted).decode(),
            *(str(path.absolute()) for path in paths),
        ]
        self._pipe = Connection(reading, writable=False)
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own program; the paths are arguments of it and no shell's
                command, cwd=PROJECT_DIR, pass_fds=[writing], stdin=subprocess.DEVNULL
            )
        finally:
            os.close(writing)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._pipe.close()
        self._process.terminate()
        self._process.wait()

    def pieces(self) -> Iterator[Piece]:
        """The pieces of the next file, up to and including its end or fault."""
        while True:
            try:
                piece = _MESSAGE.decode(self._pipe.recv_bytes())
            except (EOFError, OSError):  # at the end of a message, or in the middle of one
                yield Fault(
                    f"The process that read the file ended unexpectedly (exit code {self._process.wait()}). "
                    "The machine may be short of memory; start the import again."
                )
                return
            yield piece
            if not isinstance(piece, Batch):
                return


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

    def __init__(self, selection: Selection | None) -> None:
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
    with Connection(int(descriptor), readable=False) as pipe, suppress(BrokenPipeError):
        for path in paths:
            for piece in read_pieces(Path(path), wanted=wanted):
                pipe.send_bytes(_ENCODER.encode(piece))


if __name__ == "__main__":
    main(sys.argv[1:])
