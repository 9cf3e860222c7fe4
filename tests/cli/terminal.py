"""Runs the program: inside this process where only its words and exit code matter, as a real process where signals do."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from typer.testing import CliRunner

from app.cli.main import program

_START = (
    # A shell hands "ignore Ctrl-C" down to what it starts in the background, these tests and so the program included.
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from app.cli.main import run; run()"
)
PROGRAM = [sys.executable, "-c", _START]
PATIENCE_S = 60
_TICKS = os.sysconf("SC_CLK_TCK")


class Ended(NamedTuple):
    """How a run ended."""

    code: int
    stdout: str
    stderr: str


def environment(**settings: str) -> dict[str, str]:
    """The environment of this test with settings by their names in lower case, such as ``database_url``."""
    return os.environ | {f"EVIDENCE_{name.upper()}": value for name, value in settings.items()}


def evidence(*arguments: str, **settings: str) -> Ended:
    """Run the program inside this process, with settings of its own."""
    result = CliRunner().invoke(program, list(arguments), env=dict(environment(**settings)))
    return Ended(result.exit_code, result.stdout, result.stderr)


def evidence_process(
    *arguments: str, before: Callable[[], None] | None = None, stdout: Any = subprocess.PIPE, **settings: str
) -> Ended:
    """Run the program as a process; ``before`` runs in it first, to make its life harder."""
    run = subprocess.run(
        [*PROGRAM, *arguments],
        env=environment(**settings),
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        timeout=PATIENCE_S,
        preexec_fn=before,
        check=False,
    )
    return Ended(run.returncode, run.stdout, run.stderr)


@contextmanager
def started(*arguments: str, patience_s: float = PATIENCE_S, **settings: str) -> Iterator[subprocess.Popen[str]]:
    """The program under way; ended by its id with the block, and after ``patience_s`` whatever happens."""
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen([*PROGRAM, *arguments], env=environment(**settings), text=True, **pipes) as process:
        alarm = threading.Timer(patience_s, process.kill)
        alarm.start()
        try:
            yield process
        finally:
            alarm.cancel()
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


@contextmanager
def serving(
    *arguments: str, patience_s: float = PATIENCE_S, **settings: str
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server under way on a free port, and its address."""
    with started("serve", "--port", "0", *arguments, patience_s=patience_s, **settings) as process:
        assert process.stderr is not None
        said = []
        for line in process.stderr:
            said.append(line)
            if " is served at " in line:
                yield process, line.partition(" is served at ")[2].split()[0]
                return
        raise AssertionError("the server did not start: " + "".join(said))


def cpu_of(process: int) -> float:
    """CPU seconds of a process and of its children so far; 0 where there is no /proc."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        children = Path(f"/proc/{process}/task/{process}/children").read_text(encoding="ascii").split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11:13])) / _TICKS + sum(cpu_of(int(each)) for each in children)
