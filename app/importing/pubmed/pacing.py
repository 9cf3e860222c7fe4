"""How often NCBI is asked, agreed between all threads and processes of this machine through one locked file.

Nothing here knows HTTP or what is being asked; a turn is a moment in which one request may leave.
"""

import contextlib
import errno
import fcntl
import os
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, Self

from app import errors

KEPT = 16
_FIELD = 21
"""One time in the file: twenty characters of seconds and a line end. The file never changes its length, so that
one ``pwrite`` replaces it and a process killed at any moment leaves it whole."""

_POLL_S = 0.01


class NoTurn(Exception):
    """No turn came before the deadline, or the wait was called off."""


class Pacing(Protocol):
    """What gives turns. A turn is a block that sends one request and returns at once."""

    def turn(self, *, deadline: float, stop: threading.Event) -> AbstractContextManager[None]:
        """Wait for a turn and hold it; raises :class:`NoTurn` when none comes before ``deadline`` or ``stop`` is set."""


@dataclass(frozen=True)
class Pace:
    """At most ``limit`` requests in any ``window_s`` seconds, ``spacing_s`` apart, counted in ``file``."""

    file: Path
    limit: int
    spacing_s: float
    window_s: float = 1.05

    def __post_init__(self) -> None:
        if not 1 <= self.limit <= KEPT:
            raise ValueError(f"a pace counts between 1 and {KEPT} requests")

    @classmethod
    def of_ncbi(cls, file: Path, *, with_key: bool) -> Self:
        """Return the pace NCBI allows, with air: 2.5 requests/s of 3, or 8 of 10 with an API key.

        The rule is NCBI's, per address and over all programs:
        https://www.ncbi.nlm.nih.gov/books/NBK25497/ ("Usage Guidelines").
        """
        return cls(file, limit=10, spacing_s=1 / 8) if with_key else cls(file, limit=3, spacing_s=1 / 2.5)

    @contextlib.contextmanager
    def turn(self, *, deadline: float, stop: threading.Event) -> Iterator[None]:
        """Wait for a turn and hold it while the block runs; the block must send one request and return at once.

        The file stays locked while the request leaves and the time is taken on both sides of it, so no delay
        between permission and sending can push requests of two processes together. ``deadline`` is a
        ``time.monotonic()`` time; on Linux and macOS that clock is one for all processes.

        Raises :class:`NoTurn` when the deadline would pass or ``stop`` is set, and
        :class:`~app.errors.StoreFull` when the file cannot be written.
        """
        while True:
            with self._locked(deadline, stop) as handle:
                now = time.monotonic()
                times = self._read(handle, now)
                wait = self.wait(times, now)
                if wait <= 0:
                    self._write(handle, [*times, now])
                    try:
                        yield
                    finally:
                        self._write(handle, [*times, time.monotonic()])
                    return
            pause(wait, deadline, stop)

    def wait(self, times: Sequence[float], now: float) -> float:
        """Return the seconds until the next request may leave, given the sorted times of earlier ones."""
        waits = [0.0]
        if times:
            waits.append(times[-1] + self.spacing_s - now)
        if len(times) >= self.limit:
            waits.append(times[-self.limit] + self.window_s - now)
        return max(waits)

    @contextlib.contextmanager
    def _locked(self, deadline: float, stop: threading.Event) -> Iterator[int]:
        """Hold the file's lock; it belongs to this opening of the file, so threads exclude each other too."""
        handle = self._open()
        try:
            while not self._try_lock(handle):
                pause(_POLL_S, deadline, stop)
            yield handle
        finally:
            os.close(handle)

    def _open(self) -> int:
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            return os.open(self.file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise self._unusable(error) from error

    def _try_lock(self, handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError as error:
            raise self._unusable(error) from error
        return True

    def _read(self, handle: int, now: float) -> list[float]:
        """Return the kept times, oldest first. Content nobody here wrote counts as a window just used up.

        Times ahead of the clock are of an earlier start of the machine and are left out.
        """
        try:
            content = os.pread(handle, KEPT * _FIELD + 1, 0)
        except OSError as error:
            raise self._unusable(error) from error
        if not content:
            return []
        try:
            times = [float(line) for line in content.decode("ascii").splitlines()]
        except ValueError:
            times = []
        if len(content) != KEPT * _FIELD or len(times) != KEPT:
            times = [now] * self.limit
            self._write(handle, times)
            return times
        return sorted(sent for sent in times if 0 < sent <= now + self.window_s)

    def _write(self, handle: int, times: Sequence[float]) -> None:
        kept = [*[0.0] * KEPT, *times][-KEPT:]
        content = "".join(f"{sent:020.6f}\n" for sent in kept).encode("ascii")
        try:
            if os.pwrite(handle, content, 0) != len(content):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.ftruncate(handle, len(content))
        except OSError as error:
            raise self._unusable(error) from error

    def _unusable(self, error: OSError) -> errors.StoreFull:
        return errors.StoreFull(
            f"The file {self.file} that paces requests to NCBI cannot be used ({error.strerror}). "
            "Make its folder writable and free some space."
        )


def pause(seconds: float, deadline: float, stop: threading.Event) -> None:
    """Wait, unless the deadline would pass in the meantime; a stop ends the wait at once."""
    if time.monotonic() + seconds > deadline:
        raise NoTurn("other requests from this machine used up the rate NCBI allows")
    if stop.wait(seconds):
        raise NoTurn("the wait was called off")
