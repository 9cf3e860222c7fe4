"""A file's records, prepared for the store in batches; for large files in a process of their own.

Parsing and preparing take twice as long as writing, so two processes share
them: this module's child reads while the caller writes, and the pipe between
them holds it back to one batch ahead. Nothing here touches the database.
"""

import gc
import multiprocessing
import signal
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self, cast

import msgspec
from msgspec import Struct

from app.citations.draft import CitationDraft
from app.citations.rows import Prepared, prepare
from app.errors import UnreadableFile
from app.importing.files.opening import open_capped
from app.importing.pubmed.parser import Deleted, Rejected, Tally, read_records

BATCH = 2_000
"""Records in one batch, and so in one transaction of a large import: the write turn is held for some 0.3 s."""


class Refused(Struct, frozen=True, array_like=True):
    """A record that cannot be stored, at its place in the batch."""

    place: int
    reason: str
    line: int | None
    id: str | None


class Batch(Struct, frozen=True, array_like=True, tag="batch"):
    """Records in file order, those refused among them by place, the PMIDs taken back, and the bytes read so far."""

    records: list[Prepared]
    refused: list[Refused]
    deleted: list[str]
    bytes_read: int


class End(Struct, frozen=True, array_like=True, tag="end"):
    """The end of a file, with what it held besides records."""

    unknown: dict[str, int]
    without_title: int
    records: int


class Fault(Struct, frozen=True, array_like=True, tag="fault"):
    """A file that cannot be read on, and why."""

    message: str


Piece = Batch | End | Fault

_MESSAGE = msgspec.msgpack.Decoder(Piece)
_ENCODER = msgspec.msgpack.Encoder()


def read_pieces(source: Path | bytes, *, size: int = BATCH, max_bytes: int) -> Iterator[Piece]:
    """Read a file of PubMed XML: batches of ``size`` records, then its end, or the fault that cut it short.

    What came before a fault is given first, as its own batch.
    """
    tally = Tally()
    gathering = _Gathering()
    try:
        with open_capped(source, max_bytes=max_bytes) as stream:
            counted = _Counted(stream)
            for one in read_records(cast("BinaryIO", counted), tally):
                gathering.take(one)
                if len(gathering) >= size:
                    yield gathering.batch(counted.given)
                    gathering = _Gathering()
    except UnreadableFile as error:
        yield gathering.batch(0)
        yield Fault(error.message)
        return
    yield gathering.batch(counted.given)
    yield End(dict(tally.unknown), tally.without_title, tally.records)


class ReaderProcess:
    """A process that reads files one after the other, as far ahead as one batch. Use it as a context manager.

    It is started anew (spawn), so it shares neither locks nor connections with
    the process that writes, and it ends with this one.
    """

    def __init__(self, paths: Sequence[Path], *, max_bytes: int) -> None:
        context = multiprocessing.get_context("spawn")
        self._receiving, sending = context.Pipe(duplex=False)
        names = [str(path) for path in paths]
        self._process = context.Process(target=_read_all, args=(sending, names, max_bytes), daemon=True)
        self._process.start()
        sending.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._receiving.close()
        if self._process.is_alive():
            self._process.terminate()
        self._process.join()
        self._process.close()

    def pieces(self) -> Iterator[Piece]:
        """The pieces of the next file, up to and including its end or fault."""
        while True:
            try:
                piece = _MESSAGE.decode(self._receiving.recv_bytes())
            except EOFError:
                self._process.join()
                yield Fault(
                    f"The process that read the file ended unexpectedly (exit code {self._process.exitcode}). "
                    "The machine may be short of memory; start the import again."
                )
                return
            yield piece
            if not isinstance(piece, Batch):
                return


def _read_all(sending: Connection, paths: Iterable[str], max_bytes: int) -> None:
    # An interrupt from the terminal is the writer's to handle: it closes the pipe, and this process ends with it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.disable()
    with suppress(BrokenPipeError):
        for path in paths:
            for piece in read_pieces(Path(path), max_bytes=max_bytes):
                sending.send_bytes(_ENCODER.encode(piece))
    sending.close()


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

    def __init__(self) -> None:
        self._records: list[Prepared] = []
        self._refused: list[Refused] = []
        self._deleted: list[str] = []

    def __len__(self) -> int:
        return len(self._records) + len(self._refused)

    def take(self, one: CitationDraft | Rejected | Deleted) -> None:
        if isinstance(one, CitationDraft):
            self._records.append(prepare(one))
        elif isinstance(one, Rejected):
            self._refused.append(Refused(len(self), one.reason, one.line, one.id))
        else:
            self._deleted.append(one.pmid)

    def batch(self, bytes_read: int) -> Batch:
        return Batch(self._records, self._refused, self._deleted, bytes_read)
