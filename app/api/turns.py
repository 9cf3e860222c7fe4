"""The turn to write: whose it is, and that nobody holds a thread while waiting. The lock of the store is in ``database``."""

from collections.abc import Callable
from typing import TypeVar

from anyio import CapacityLimiter, fail_after, to_thread

from app.database import TURN_TIMEOUT_S, Store
from app.errors import StoreBusy

AT_ONCE = 4
"""Writes at a time on PostgreSQL, in this process; on SQLite it is one."""
MOST_WAITING = 512

T = TypeVar("T")


class Writers:
    """The queue of writes of one application: first come, first served, and nobody holds a thread while waiting."""

    def __init__(self, store: Store) -> None:
        self.store = store
        number = 1 if store.is_sqlite else AT_ONCE
        self._turns = CapacityLimiter(number)
        self._threads = CapacityLimiter(number)

    async def run(self, work: Callable[[], T]) -> T:
        """Do ``work`` in a thread when its turn comes. Raises :class:`StoreBusy` when that takes too long."""
        if self._turns.statistics().tasks_waiting >= MOST_WAITING:
            raise StoreBusy(f"{MOST_WAITING} writes wait already; try again shortly.")
        turn = object()
        try:
            with fail_after(TURN_TIMEOUT_S):
                await self._turns.acquire_on_behalf_of(turn)
        except TimeoutError:
            raise StoreBusy(f"Other writes took {TURN_TIMEOUT_S:.0f} s; try again shortly.") from None
        try:
            return await to_thread.run_sync(work, limiter=self._threads)
        finally:
            self._turns.release_on_behalf_of(turn)
