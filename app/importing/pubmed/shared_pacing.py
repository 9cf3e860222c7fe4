"""The pace of all machines that share a PostgreSQL, agreed through one row by the database's clock.

A machine's own file still counts: other stores on it ask NCBI from the same
address. What a pace is stands in ``pacing``; on SQLite the file is enough.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
from sqlalchemy import Connection, text

from app.database import Store
from app.importing.pubmed.pacing import KEPT, Pace, pause

_LOCK = 0x6E636269
_POLL_S = 0.02


class SharedPace:
    """Turns that are given out among all machines; the service is named by its host."""

    def __init__(self, store: Store, pace: Pace, *, service: str) -> None:
        self._store = store
        self._pace = pace
        self._service = service[:64]

    @contextmanager
    def turn(self, *, deadline: float, stop: threading.Event) -> Iterator[None]:
        """Wait for a turn of this machine, then of all, and hold both; raises :class:`NoTurn` as :class:`Pace` does."""
        with self._pace.turn(deadline=deadline, stop=stop), self._store.connection() as pooled:
            connection = pooled.execution_options(isolation_level="AUTOCOMMIT")
            while True:
                with self._locked(connection, deadline, stop):
                    times, now = self._read(connection)
                    wait = self._pace.wait(times, now)
                    if wait <= 0:
                        # Written before the request leaves: a process killed while it sends has counted.
                        self._write(connection, [*times, now])
                        try:
                            yield
                        finally:
                            if not connection.invalidated:
                                self._write(connection, [*times, _clock(connection)])
                        return
                pause(wait, deadline, stop)

    @contextmanager
    def _locked(self, connection: Connection, deadline: float, stop: threading.Event) -> Iterator[None]:
        """Hold the lock that belongs to this connection, so that it ends with the process whatever becomes of it.

        Ctrl-C in the midst of a statement breaks the connection, and the lock is gone with it.
        """
        while not connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": _LOCK}):
            pause(_POLL_S, deadline, stop)
        try:
            yield
        finally:
            if not connection.invalidated:
                connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _LOCK})

    def _read(self, connection: Connection) -> tuple[list[float], float]:
        now = _clock(connection)
        kept = connection.scalar(
            text("SELECT CAST(sent_at AS text) FROM request_pace WHERE service = :name"), {"name": self._service}
        )
        times: list[float] = msgspec.json.decode(kept or "[]")
        return sorted(sent for sent in times if 0 < sent <= now + self._pace.window_s), now

    def _write(self, connection: Connection, times: list[float]) -> None:
        connection.execute(
            text(
                "INSERT INTO request_pace (service, sent_at) VALUES (:name, CAST(:times AS json)) "
                "ON CONFLICT (service) DO UPDATE SET sent_at = excluded.sent_at"
            ),
            {"name": self._service, "times": msgspec.json.encode(times[-KEPT:]).decode()},
        )


def _clock(connection: Connection) -> float:
    return float(connection.scalar(text("SELECT extract(epoch FROM clock_timestamp())")) or 0.0)
