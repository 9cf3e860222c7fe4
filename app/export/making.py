"""Lines of a table of citations, and the program that makes some of them beside the process that was asked for all.

It is told what to ask and of which moment, joins that, and says what it sees;
then it is given ids and gives back finished bytes. It loads neither SQLAlchemy nor the service, and ends with the
pipes to it. What it is told holds secrets, so it comes through a pipe as well.
"""

import gc
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

from msgspec import Struct, msgpack

from app.export import citation_columns, csv, ndjson, rows
from app.export.moment import Moment, joined
from app.export.rows import Questions

_TABLES = {"csv": csv.table, "ndjson": ndjson.lines}
_LINES = {"csv": csv.lines, "ndjson": ndjson.lines}
"""How each format writes rows: with what stands above the first, and without. All formats would be much to load."""


class Task(Struct, array_like=True):
    """What the other process is to do."""

    form: str
    moment: Moment
    questions: Questions


encode = msgpack.Encoder().encode
_task = msgpack.Decoder(Task).decode
_ids = msgpack.Decoder(list[int]).decode


def made(form: str, its: Any, questions: Questions, ids: Sequence[int], *, first: bool = False) -> bytes:
    """The lines of the citations with these ``ids``, as the connection ``its`` reads them; ``first`` with what stands above."""
    write = (_TABLES if first else _LINES)[form]
    cells = citation_columns.rows_of(rows.batch(its, questions, ids))
    return b"".join(write(citation_columns.NAMES, cells))


def main(arguments: Sequence[str]) -> None:
    """Be the other process. ``arguments``: the descriptors to read the task and ids from, and to write bytes to."""
    reading, writing = map(int, arguments)
    # An interrupt from the terminal is for whoever was asked: that closes the pipes, and this process ends with them.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.disable()
    given, back = Connection(reading, writable=False), Connection(writing, readable=False)
    # What fails here is met again, and told, by the one who then does the work alone.
    with given, back, suppress(EOFError, OSError):
        task = _task(given.recv_bytes())
        with joined(task.moment) as its:
            back.send_bytes(encode(rows.head(its, task.questions)))
            while True:
                back.send_bytes(made(task.form, its, task.questions, _ids(given.recv_bytes())))


if __name__ == "__main__":
    main(sys.argv[1:])
