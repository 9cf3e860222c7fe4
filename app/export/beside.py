"""Tables of citations, made by a process beside the one that reads the store.

Making lines takes longer than reading rows, so two processes share the work, as
they do in an import. One reads the store, in one snapshot; the other is given rows
and gives back bytes. It is a program of its own, which loads neither the
database nor the service, and ends with the pipes to it. Where it cannot be started,
or ends too soon, its work is done here.
"""

import gc
import os
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import chain
from multiprocessing.connection import Connection
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType
from typing import Self

import msgspec

from app.export import citation_columns, csv, ndjson
from app.export.references import Batch, references

_PROJECT = Path(__file__).resolve().parents[2]  # not from the settings, which the other process does not need
_AHEAD = 2
"""Batches that the other process has besides the one that it gives back next."""
_TABLES = {"csv": csv.table, "ndjson": ndjson.lines}
_LINES = {"csv": csv.lines, "ndjson": ndjson.lines}
"""How each format writes rows: with what stands above the first, and without. All formats would be much to load."""
_NOTHING = Batch([], [], [])
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Batch).decode


def table(form: str, batches: Iterator[Batch], *, alone: bool) -> Iterator[bytes]:
    """The bytes of a table of citations in their order; ``alone`` for what is too little to share."""
    # Without a row there is still what stands above the first one.
    begun = chain([next(batches, _NOTHING)], batches)
    other = None if alone or (os.cpu_count() or 1) == 1 else Maker.started(form)
    if other is None:
        for place, batch in enumerate(begun):
            yield made(form, batch, first=place == 0)
        return
    with other:
        yield from shared(form, begun, other)


def shared(form: str, batches: Iterable[Batch], other: "Maker") -> Iterator[bytes]:
    """The same, batch by batch given to the other process, or made here while that has enough to do."""
    waiting: deque[_Batch] = deque()
    for place, batch in enumerate(batches):
        one = _Batch(batch, place == 0)
        if sum(each.bytes is None for each in waiting) <= _AHEAD:
            other.give(batch)
        else:
            one.bytes = made(form, batch, first=one.first)
        waiting.append(one)
        while waiting and (waiting[0].bytes is not None or other.has_finished):
            yield _taken(form, waiting.popleft(), other)
    while waiting:
        yield _taken(form, waiting.popleft(), other)


class _Batch:
    """A batch on its way: ``bytes`` are what was made of it here, None where the other process has it."""

    def __init__(self, rows: Batch, first: bool) -> None:
        self.rows, self.first = rows, first
        self.bytes: bytes | None = None


def _taken(form: str, one: _Batch, other: "Maker") -> bytes:
    done = other.take() if one.bytes is None else one.bytes
    return made(form, one.rows, first=one.first) if done is None else done


def made(form: str, batch: Batch, *, first: bool) -> bytes:
    """The lines of a batch, with what stands above the first of all."""
    write = (_TABLES if first else _LINES)[form]
    return b"".join(write(citation_columns.NAMES, citation_columns.rows_of(references(batch))))


class Maker:
    """The other process, to which batches are given and from which their bytes are taken in the same order."""

    def __init__(self, form: str) -> None:
        theirs, to = os.pipe()
        back, written = os.pipe()
        self._to, self._back = Connection(to, readable=False), Connection(back, writable=False)
        command = [sys.executable, "-m", __name__, form, str(theirs), str(written)]
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own program, which is given nothing but numbers and a name
                command, cwd=_PROJECT, pass_fds=[theirs, written], stdin=subprocess.DEVNULL
            )
        except OSError:
            self._close()
            raise
        finally:
            os.close(theirs)
            os.close(written)

    @classmethod
    def started(cls, form: str) -> Self | None:
        """The process; None where none can be started now."""
        with suppress(OSError):
            return cls(form)
        return None

    def give(self, batch: Batch) -> None:
        """Let the batch be made; nothing happens when the process is gone."""
        with suppress(OSError):
            self._to.send_bytes(_encode(batch))

    @property
    def has_finished(self) -> bool:
        """Whether taking would not have to wait; also when the process is gone, which taking will tell."""
        try:
            return self._back.poll()
        except OSError:
            return True

    def take(self) -> bytes | None:
        """The bytes of the oldest batch that was given; None when the process is gone."""
        try:
            return self._back.recv_bytes()
        except (EOFError, OSError):
            # What it may still have finished is not taken: the order would not be that of what was given.
            self._close()
            return None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.end()

    @property
    def process_id(self) -> int:
        """Its number."""
        return self._process.pid

    def end(self) -> None:
        """End the process, whatever it still has."""
        self._process.terminate()
        self._process.wait()
        self._close()

    def _close(self) -> None:
        self._to.close()
        self._back.close()


def main(arguments: Sequence[str]) -> None:
    """Be the other process. ``arguments``: the format, and the descriptors to read batches from and to write bytes to."""
    form, reading, writing = arguments
    # An interrupt from the terminal is for whoever reads the store: that closes the pipes, and this process ends with them.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.disable()
    waiting: SimpleQueue[bytes | None] = SimpleQueue()
    # A thread takes what comes, so that giving never waits for the taking of what is finished.
    threading.Thread(target=_receive, args=(Connection(int(reading), writable=False), waiting), daemon=True).start()
    first = True
    with Connection(int(writing), readable=False) as back, suppress(BrokenPipeError):
        while (message := waiting.get()) is not None:
            back.send_bytes(made(form, _decode(message), first=first))
            first = False


def _receive(given: Connection, waiting: "SimpleQueue[bytes | None]") -> None:
    with suppress(EOFError, OSError):
        while True:
            waiting.put(given.recv_bytes())
    waiting.put(None)


if __name__ == "__main__":
    main(sys.argv[1:])
