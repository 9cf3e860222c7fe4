"""``evidence export``: a whole filtered set as a file or a stream. What a row and a format look like stands in ``app.export``."""

import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from enum import StrEnum
from pathlib import Path
from typing import IO, Annotated

import typer

from app.cli.endings import DONE, Stopped
from app.cli.preparing import ready
from app.cli.progress import Told, told
from app.cli.speaking import say
from app.config import load_settings
from app.errors import StoreFull
from app.export import csv, ndjson
from app.findings.flat import FlatFinding
from app.search import english, pages
from app.search.reading import read

WITHOUT = ("sort",)
"""An export is in the order of ids, so that two of them can be compared."""


STDOUT = "-"
_TOLD_EVERY = 1_000


class Format(StrEnum):
    """What findings can be written as."""

    csv = "csv"
    ndjson = "ndjson"


_WRITERS: dict[Format, Callable[[Iterable[FlatFinding]], Iterator[bytes]]] = {
    Format.csv: csv.findings,
    Format.ndjson: ndjson.findings,
}


def findings(
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="PATH", help="The file to write; - writes to stdout.")
    ],
    form: Annotated[Format, typer.Option("--format", help="The format.")] = Format.csv,
    *,
    asked: dict[str, list[str]],
) -> int:
    """Write every matching finding, in the order of ids; the columns are in docs/export.md."""
    wanted = read(asked)
    with ready(load_settings()) as store, store.reading() as session, told("findings") as progress:
        chunks = _WRITERS[form](_counted(pages.every_finding(session, wanted), progress))
        with _destination(output) as file:
            for chunk in chunks:
                file.write(chunk)
            file.flush()
    where = "" if output == STDOUT else f" to {output}"
    say(f"Wrote {progress.done:,} findings{where}. {english.in_words(wanted)}")
    return DONE


def _counted(rows: Iterable[FlatFinding], progress: Told) -> Iterator[FlatFinding]:
    number = 0
    for number, row in enumerate(rows, 1):
        if number % _TOLD_EVERY == 0:
            progress(number)
        yield row
    progress(number)


@contextmanager
def _destination(output: str) -> Iterator[IO[bytes]]:
    """Where the bytes go. Raises :class:`StoreFull` with the system's reason when they cannot go there."""
    path = Path(os.path.realpath(output))
    is_file = output != STDOUT and (path.is_file() or not path.exists())
    try:
        # A device or a pipe is written to; only a file can be put in the place of another.
        with (
            _whole(path) if is_file else nullcontext(sys.stdout.buffer) if output == STDOUT else path.open("wb") as file
        ):
            yield file
    except BrokenPipeError:
        raise
    except OSError as error:
        what = "Standard output" if output == STDOUT else output
        kept = " What was there before is unchanged." if is_file else ""
        raise StoreFull(f"{what} could not be written: {error.strerror}.{kept}") from error
    except KeyboardInterrupt:
        raise Stopped(f"Stopped; {output} was not written." if is_file else "Stopped before the end.") from None


@contextmanager
def _whole(path: Path) -> Iterator[IO[bytes]]:
    """A file that appears at ``path`` when the block has ended well, and not at all otherwise."""
    unfinished = None
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            unfinished = Path(file.name)
            yield file
            file.flush()
            os.fsync(file.fileno())
        unfinished.chmod(_mode_of(path))
        unfinished.replace(path)
        unfinished = None
    finally:
        if unfinished:
            with suppress(OSError):
                unfinished.unlink()


def _mode_of(path: Path) -> int:
    """The permissions that the file has, or that a new one would get."""
    if path.exists():
        return path.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
