"""How long work is told: a bar on a terminal, a plain line every few seconds otherwise. Always on standard error."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from app.cli.speaking import say

EVERY_S = 5.0


class Told:
    """Counts what is done and says so now and then. Call it with how much is done, and of how much where that is known."""

    def __init__(self, noun: str, bar: Any = None) -> None:
        self.done = 0
        self._noun = noun
        self._bar = bar
        self._task = bar.add_task(noun, total=None) if bar else None
        self._said_at = time.monotonic()

    def __call__(self, done: int, total: int | None = None) -> None:
        """``done`` of ``total`` are done."""
        self.done = done
        if self._bar:
            self._bar.update(self._task, completed=done, total=total)
        elif time.monotonic() - self._said_at >= EVERY_S:
            self._said_at = time.monotonic()
            say(f"{done:,} {self._noun} done" + (f" of {total:,}." if total else "."))


@contextmanager
def told(noun: str) -> Iterator[Told]:
    """What to call while ``noun`` are worked through."""
    if not sys.stderr.isatty():
        yield Told(noun)
        return
    from rich import progress  # noqa: PLC0415 - only a terminal needs it
    from rich.console import Console  # noqa: PLC0415 - as above

    columns = (
        progress.TextColumn("{task.description}"),
        progress.BarColumn(),
        progress.MofNCompleteColumn(),
        progress.TimeElapsedColumn(),
    )
    with progress.Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        yield Told(noun, bar)
