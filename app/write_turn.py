"""Whose turn it is to write to an embedded database: one at a time in this process, and on this machine.

Which writes share a turn is the doors' to know (``app.api.turns``).
"""

import fcntl
import os
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.errors import StoreBusy, StoreFull

TURN_TIMEOUT_S = 30.0


class WriteTurn:
    """First come, first served, one at a time in this process; with ``lock_path``, one at a time on this machine."""

    def __init__(self, lock_path: Path | None) -> None:
        self._lock_path = lock_path
        self._guard = threading.Lock()
        self._waiting: deque[threading.Event] = deque()
        self._taken = False

    @contextmanager
    def taken(self, timeout_s: float = TURN_TIMEOUT_S) -> Iterator[None]:
        """Hold the turn. Raises :class:`StoreBusy` when it does not come within ``timeout_s``."""
        self._wait(timeout_s)
        try:
            with self._machine_lock(timeout_s):
                yield
        finally:
            self._pass_on()

    def _wait(self, timeout_s: float) -> None:
        with self._guard:
            if not self._taken:
                self._taken = True
                return
            mine = threading.Event()
            self._waiting.append(mine)
        if mine.wait(timeout_s):
            return
        with self._guard:
            if not mine.is_set():
                self._waiting.remove(mine)
                raise _kept_by_others(timeout_s)

    def _pass_on(self) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._taken = False

    @contextmanager
    def _machine_lock(self, timeout_s: float) -> Iterator[None]:
        if self._lock_path is None:
            yield
            return
        try:
            descriptor = os.open(self._lock_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise StoreFull(
                f"The folder of the database cannot be written: {self._lock_path} ({error.strerror})."
            ) from error
        try:
            _lock(descriptor, timeout_s)
            yield
        finally:
            os.close(descriptor)


def _lock(descriptor: int, timeout_s: float) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        # flock has no timeout. A thread that waits in vain gets the lock of a closed file, and so gives it back at once.
        waiting = threading.Thread(target=fcntl.flock, args=(descriptor, fcntl.LOCK_EX), daemon=True)
        waiting.start()
        waiting.join(timeout_s)
        if waiting.is_alive():
            raise _kept_by_others(timeout_s) from None


def _kept_by_others(timeout_s: float) -> StoreBusy:
    return StoreBusy(f"Other writers kept the store for {timeout_s:.0f} s; try again shortly.")
