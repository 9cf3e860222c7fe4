"""The queue of writes: whose turn it is, and which share a transaction. The lock of the store is in ``write_turn``.

On SQLite, writes that wait for the same turn are done in one transaction, each
a savepoint of its own with its own data revision; none is told to be done
before the transaction is committed (``docs/decisions/0023``).
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar

from anyio import CapacityLimiter, to_thread
from sqlalchemy.orm import Session

from app.database import Store, Together
from app.errors import StoreBusy
from app.write_turn import TURN_TIMEOUT_S

AT_ONCE = 4
"""Transactions at a time on PostgreSQL, in this process; on SQLite it is one."""
MOST_TOGETHER = 32
"""Writes in one transaction on SQLite; on PostgreSQL, where they would wait for each other's rows, it is one."""
LONGEST_S = 0.1
"""After so long no further write joins: the first of them waits for the last."""
MOST_WAITING = 512

T = TypeVar("T")


class _Wanted:
    """A write that somebody waits for, and what came of it."""

    def __init__(self, work: Callable[[Session], Any], told: asyncio.Future[Any]) -> None:
        self.work = work
        self.told = told
        self._came: Any = None
        self.failure: BaseException | None = None

    def do(self, together: Together) -> None:
        try:
            with together.writing() as session:
                self._came = self.work(session)
        except Exception as error:
            self.failure = error
            if not together.stands:
                raise

    def tell(self) -> None:
        if self.told.done():
            return
        if self.failure is not None:
            self.told.set_exception(self.failure)
        else:
            self.told.set_result(self._came)


class Writers:
    """The queue of writes of one application: first come, first served, and nobody holds a thread while waiting."""

    def __init__(self, store: Store, *, patience_s: float = TURN_TIMEOUT_S) -> None:
        self.store = store
        self._patience_s = patience_s
        self._most = MOST_TOGETHER if store.is_sqlite else 1
        self._number = 1 if store.is_sqlite else AT_ONCE
        self._threads = CapacityLimiter(self._number)
        self._waiting: deque[_Wanted] = deque()
        self._serving: set[asyncio.Task[None]] = set()

    async def run(self, work: Callable[[Session], T]) -> T:
        """Do ``work`` when its turn comes, in a thread; what it answers, once that is committed.

        Raises what it raised, and :class:`StoreBusy` when its turn is too long in coming.
        """
        if len(self._waiting) >= MOST_WAITING:
            raise StoreBusy(f"{MOST_WAITING} writes wait already; try again shortly.")
        loop = asyncio.get_running_loop()
        wanted = _Wanted(work, loop.create_future())
        self._waiting.append(wanted)
        if len(self._serving) < self._number:
            self._serving.add(asyncio.ensure_future(self._serve()))
        late = loop.call_later(self._patience_s, self._give_up, wanted)
        try:
            answer: T = await wanted.told
            return answer
        finally:
            late.cancel()

    async def close(self) -> None:
        """Wait for the writes under way."""
        await asyncio.gather(*self._serving)

    def _give_up(self, wanted: _Wanted) -> None:
        try:
            self._waiting.remove(wanted)
        except ValueError:
            return  # it is being done
        wanted.failure = StoreBusy(f"Other writes took {self._patience_s:.0f} s; try again shortly.")
        wanted.tell()

    async def _serve(self) -> None:
        try:
            while self._waiting:
                for each in await to_thread.run_sync(self._do_some, limiter=self._threads):
                    each.tell()
        finally:
            self._serving.discard(asyncio.current_task())

    def _do_some(self) -> list[_Wanted]:
        """Do the writes that wait, as many as go together; when the transaction fails, so have they all."""
        first = self._next()
        if first is None:
            return []
        taken = [first]
        try:
            self._do_together(taken)
        except Exception as error:  # noqa: BLE001 - it is raised where each of them is waited for
            for each in taken:
                each.failure = error
        return taken

    def _do_together(self, taken: list[_Wanted]) -> None:
        with self.store.writing_together() as together:
            ends = time.monotonic() + LONGEST_S
            taken[0].do(together)
            while len(taken) < self._most and time.monotonic() < ends and (following := self._next()):
                taken.append(following)
                following.do(together)

    def _next(self) -> _Wanted | None:
        """The next write that somebody still waits for."""
        while self._waiting:
            wanted = self._waiting.popleft()
            if not wanted.told.cancelled():
                return wanted
        return None
