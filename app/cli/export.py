"""``evidence export``: a whole filtered set as a file or a stream. What a row and a format look like stands in ``app.export``."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from enum import StrEnum
from pathlib import Path
from typing import IO, Annotated

import typer

from app.cli.endings import DONE, Stopped
from app.cli.preparing import ready
from app.cli.progress import told
from app.cli.speaking import say
from app.config import load_settings
from app.errors import StoreFull
from app.export.formats import BY_NAME
from app.export.sidecar import ENDING, Sums, encoded, sidecar
from app.export.whole import whole, written
from app.history import asof
from app.kit.canonical import now
from app.kit.collecting import few_collections
from app.search.reading import read

WITHOUT = ("sort",)
"""An export is in the order of ids, so that two of them can be compared."""


STDOUT = "-"


class Format(StrEnum):
    """What a set can be written as: two kinds of table, three of bibliography."""

    csv = "csv"
    ndjson = "ndjson"
    ris = "ris"
    bibtex = "bibtex"
    csl_json = "csl-json"


Output = Annotated[str, typer.Option("--output", "-o", metavar="PATH", help="The file to write; - writes to stdout.")]
Form = Annotated[Format, typer.Option("--format", help="The format.")]
Asked = dict[str, list[str]]


def findings(output: Output, form: Form = Format.csv, *, asked: Asked) -> int:
    """Write every matching finding, in the order of ids; as RIS, BibTeX or CSL-JSON the reports that they are from."""
    return _export("findings", output, form, asked)


def studies(output: Output, form: Form = Format.csv, *, asked: Asked) -> int:
    """Write every matching study, in the order of ids; as RIS, BibTeX or CSL-JSON their reports."""
    return _export("studies", output, form, asked)


def citations(output: Output, form: Form = Format.csv, *, asked: Asked) -> int:
    """Write every matching citation, in the order of ids, without its abstract."""
    return _export("citations", output, form, asked)


def _export(kind: str, output: str, form: Format, asked: Asked) -> int:
    search = read(asked)
    with ready(load_settings()) as store, asof.reading(store, search.as_of) as session:
        wanted = whole(session, kind, BY_NAME[form], search)
        noun = kind if wanted.form.table or kind == "citations" else "reports"
        sums = Sums()
        with told(noun) as progress, _destination(output) as file, few_collections():
            for chunk in written(session, wanted, progress):
                sums.add(chunk)
                file.write(chunk)
            file.flush()
    if _is_file(output):
        about = sidecar(wanted, sums, asked=asked, file=Path(output).name, made_at=now())
        with _destination(f"{output}.{ENDING}") as file:
            file.write(encoded(about))
    where = "" if output == STDOUT else f" to {output}"
    say(f"Wrote {len(wanted.ids):,} {noun}{where}. {wanted.query}")
    return DONE


def _is_file(output: str) -> bool:
    """Whether ``output`` is a file or will be one; a device or a pipe has nothing beside it."""
    path = Path(os.path.realpath(output))
    return output != STDOUT and (path.is_file() or not path.exists())


@contextmanager
def _destination(output: str) -> Iterator[IO[bytes]]:
    """Where the bytes go. Raises :class:`StoreFull` with the system's reason when they cannot go there."""
    path = Path(os.path.realpath(output))
    is_file = _is_file(output)
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
