"""Large files read by a process of their own, while the caller writes what it read. What it does is ``reading``.

Reading takes about as long as preparing and writing, so two processes share
the work, and the pipe between them holds the reader back.
"""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from app.config import PROJECT_DIR
from app.importing.files import reading
from app.importing.files.reading import Batch, Fault, Piece, Wanted
from app.kit.pipes import widen

_MESSAGE = msgspec.msgpack.Decoder(Piece)


class ReaderProcess:
    """A process that reads files one after the other, some batches ahead. Use it as a context manager.

    It is a program of its own, started anew: it shares neither locks nor
    connections with the process that writes, loads few of its modules, and
    ends when nobody reads the pipe any more, however that came about.
    """

    def __init__(self, paths: Sequence[Path], wanted: Wanted) -> None:
        incoming, outgoing = os.pipe()
        widen(outgoing)
        command = [
            sys.executable,
            "-m",
            reading.__name__,
            str(outgoing),
            msgspec.json.encode(wanted).decode(),
            *(str(path.absolute()) for path in paths),
        ]
        self._pipe = Connection(incoming, writable=False)
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own program; the paths are arguments of it and no shell's
                command, cwd=PROJECT_DIR, pass_fds=[outgoing], stdin=subprocess.DEVNULL
            )
        finally:
            os.close(outgoing)

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
