"""How a verb ends: the exit codes, and one table from the error tree to them. No verb is known here.

0 done, 1 failed, 2 usage, 3 done in part, 4 source unavailable, 130 stopped.
"""

import os
import sys
import traceback
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import typer
from sqlalchemy.exc import DBAPIError

from app.cli.speaking import give_json, say
from app.errors import EvidenceError, Invalid, SourceUnavailable, UnknownValue, UnreadableFile

DONE, FAILED, USAGE, IN_PART, UNAVAILABLE, STOPPED = 0, 1, 2, 3, 4, 130

CODES: tuple[tuple[type[EvidenceError], int], ...] = (
    (UnreadableFile, FAILED),
    (Invalid, USAGE),
    (SourceUnavailable, UNAVAILABLE),
    (EvidenceError, FAILED),
)
"""The first family that fits decides."""


class Stopped(KeyboardInterrupt):
    """Ctrl-C in the midst of work; the message says what was kept."""


def code_of(error: EvidenceError) -> int:
    """The exit code of a foreseen failure."""
    return next(code for family, code in CODES if isinstance(error, family))


def plainly(verb: Callable[..., int]) -> Callable[..., None]:
    """``verb`` with every ending turned into an exit code and one sentence; with ``--json`` a failure is a document too."""

    @wraps(verb)
    def ended(*args: Any, **named: Any) -> None:
        try:
            code = _code(lambda: verb(*args, **named), as_json=bool(named.get("as_json")))
        except BrokenPipeError:
            _let_go_of_stdout()  # whoever read it has gone, as ``head`` does; that is their choice and no failure
            code = DONE
        raise typer.Exit(code)

    return ended


def _code(verb: Callable[[], int], *, as_json: bool) -> int:
    try:
        code = verb()
        sys.stdout.flush()
    except KeyboardInterrupt as stop:
        return _told("Stopped", str(stop) or "Stopped; nothing is left half done.", STOPPED, as_json=as_json)
    except EvidenceError as error:
        return _told(type(error).__name__, _sentence(error), code_of(error), as_json=as_json)
    except BrokenPipeError:
        raise
    except DBAPIError as error:
        reason = str(error.orig).strip().partition("\n")[0]
        return _told("StoreUnavailable", f"The database answered: {reason}.", FAILED, as_json=as_json)
    except OSError as error:
        _let_go_of_stdout()
        return _told("OSError", _said_by_the_system(error), FAILED, as_json=as_json)
    except Exception as error:  # noqa: BLE001 - the last line before the terminal, where a trace helps nobody
        return _told("Defect", _defect(error), FAILED, as_json=as_json)
    return code


def _told(kind: str, message: str, code: int, *, as_json: bool) -> int:
    say(message)
    if as_json:
        give_json({"error": {"kind": kind, "message": message, "exit_code": code}})
        sys.stdout.flush()
    return code


def _sentence(error: EvidenceError) -> str:
    choices = error.choices if isinstance(error, UnknownValue) else ()
    if all(choice in error.message for choice in choices):
        return error.message
    return f"{error.message} Allowed: {', '.join(choices)}."


def _said_by_the_system(error: OSError) -> str:
    place = f"{error.filename}: " if error.filename else ""
    return f"{place}{error.strerror or error}. Nothing more was done."


def _defect(error: Exception) -> str:
    if os.environ.get("EVIDENCE_LOG_LEVEL", "").upper() == "DEBUG":
        say("".join(traceback.format_exception(error)))
    frame = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{Path(frame.filename).name}:{frame.lineno}"
    return (
        f"This is a defect of the program: {type(error).__name__} in {place}. "
        "Set EVIDENCE_LOG_LEVEL=DEBUG to see the trace, and report it with the command that you ran."
    )


def _let_go_of_stdout() -> None:
    """Let what is still to be written go nowhere, so that leaving the interpreter does not fail on it again."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
