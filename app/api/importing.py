"""Imports beside requests: threads of their own, bounded in number, that go on when the answer has left. No route stands here.

What a run needs to outlive this process is in ``app.importing``; here are the
threads, what stops them, and the start that goes on with what was cut off.
"""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import structlog

from app.accounts import flags
from app.config import Settings
from app.database import Store
from app.errors import EvidenceError, Paused, StoreBusy
from app.importing.report import ImportReport
from app.importing.run import Run
from app.jobs import leases

AT_ONCE = 2
"""Imports at the same time in one process; one more is told to come back."""
PATIENCE_S = 5.0
"""Seconds that an answer waits for its import to end; after that it says where to look."""
_GOING_DOWN_S = 3.0

log = structlog.get_logger()


class Importers:
    """The imports under way in this process."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self.store = store
        self.settings = settings
        self.patience_s = PATIENCE_S
        self.look_again_s = leases.LEASE.total_seconds()
        self._places = threading.BoundedSemaphore(AT_ONCE)
        self._going_down = threading.Event()
        self._under_way: set[Future[Any]] = set()

    def refuse_while_off(self) -> None:
        """Raise :class:`Paused` while the operator has switched writing or imports off, or the service is going down."""
        if self._going_down.is_set():
            raise Paused("The service is going down; the import goes on at its next start.")
        with self.store.reading() as session:
            flags.refuse_while_on(session, flags.READ_ONLY)
            flags.refuse_while_on(session, flags.NO_IMPORTS)

    def begin(self, work: Callable[[], ImportReport]) -> "Future[ImportReport]":
        """Do the work of an import in a thread. Raises :class:`StoreBusy` when as many as may are under way."""
        if not self._places.acquire(blocking=False):
            raise StoreBusy(f"{AT_ONCE} imports are under way already; try again when one has ended.")
        future = self._in_a_thread(work)
        future.add_done_callback(lambda _: self._places.release())
        return future

    def carry_out(self, run: Run) -> ImportReport:
        """Carry a run out, in the thread of the caller; it is given back when imports are switched off meanwhile."""
        from app.importing import taking_up  # noqa: PLC0415 - lxml and httpx, which no other door needs
        from app.importing.pubmed import configured  # noqa: PLC0415 - as above

        return taking_up.carry_out(run, lambda: configured.client_of(self.settings, self.store), self._after_batch)

    def go_on(self) -> None:
        """Take up, in a thread, what was cut off when a process of this service ended; and look again from time to time.

        Of a process on another machine, and of one whose number is in use again,
        only the end of its lease tells that it is gone.
        """
        self._going_down.clear()  # one application may be started again in the same process
        self._in_a_thread(self._take_up_as_leases_end)

    def _take_up_as_leases_end(self) -> None:
        self._take_up()
        while not self._going_down.wait(self.look_again_s):
            self._take_up()

    def _take_up(self) -> None:
        from app.importing import taking_up  # noqa: PLC0415 - lxml and httpx, which no other door needs

        try:
            if taking_up.waiting(self.store):
                self.refuse_while_off()
                for run in taking_up.cut_off(self.store):
                    self._once_more(run)
            taking_up.sweep(self.store, self.settings.var_dir)
        except EvidenceError as error:
            log.warning("imports that were cut off wait", reason=error.message)

    def _once_more(self, run: Run) -> None:
        try:
            self.carry_out(run)
        except EvidenceError as error:
            log.warning("an import was taken up and did not end well", asked_for=run.asked_for, reason=error.message)

    def _after_batch(self, _done: int, _of: int | None) -> None:
        self.refuse_while_off()

    def _in_a_thread(self, work: Callable[[], Any]) -> "Future[Any]":
        """Do it in a thread that the end of the process does not wait for: what it leaves is taken up like after a power cut."""
        future: Future[Any] = Future()

        def work_and_tell() -> None:
            try:
                future.set_result(work())
            except BaseException as error:  # noqa: BLE001 - whoever waits is told, whatever it is
                future.set_exception(error)

        self._under_way.add(future)
        future.add_done_callback(self._under_way.discard)
        threading.Thread(target=work_and_tell, name="import", daemon=True).start()
        return future

    async def close(self) -> None:
        """Let runs stop at their next batch; they are gone on with at the next start, as are those that did not stop in time."""
        self._going_down.set()
        waiting = [asyncio.wrap_future(future) for future in list(self._under_way)]
        if waiting:
            await asyncio.wait(waiting, timeout=_GOING_DOWN_S)
