"""Serving: checks, the database made ready, then uvicorn with the service. What is served stands in ``app.worker``."""

import errno
import os
import signal
import socket
import time
from contextlib import suppress
from types import FrameType

import uvicorn
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from app.cli.endings import DONE, FAILED
from app.cli.examining import REFUSAL, quick_checks
from app.cli.preparing import opened, prepare, refuse_newer
from app.cli.speaking import say
from app.config import Settings, load_settings
from app.errors import Conflict, Invalid

APPLICATION = "app.worker:application"
GRACE_S = 15
"""Seconds that requests under way are given on SIGTERM; with what follows the process is gone within 20."""
_MOST_WORKERS = 4
_PATIENCE_S = 60.0
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


class _Server(uvicorn.Server):
    """One server process that says where it can be reached, once it can."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and sockets:
            _say_ready(sockets[0])


class _Workers(Multiprocess):
    """Several server processes on one socket."""

    def init_processes(self) -> None:
        super().init_processes()
        deadline = time.monotonic() + _PATIENCE_S
        waiting = list(self.processes)
        while waiting and not self.signal_queue and time.monotonic() < deadline:
            waiting = [each for each in waiting if not each.wait_until_ready(timeout=1)]
            if any(each.exitcode is not None for each in waiting):
                return
        if not waiting:
            _say_ready(self.sockets[0])

    @property
    def failed(self) -> bool:
        """Whether a process could not start; it has logged why."""
        return any(each.exitcode == STARTUP_FAILURE for each in self.processes)


def serve(host: str, port: int, *, workers: int | None, init: bool) -> int:
    """Serve until told to stop; 0 when the end was asked for.

    Raises :class:`Conflict` when a check refuses or the port is taken.
    """
    signal.signal(signal.SIGTERM, _leave)
    settings = load_settings()
    _refuse_what_cannot_work(settings)
    with _bound(host, port) as listener:
        if init:
            with opened(settings) as store:
                prepare(store, say)
        else:
            refuse_newer(settings)
        _warn_of_names(host, settings)
        config = uvicorn.Config(
            APPLICATION, factory=True, host=host, port=port, workers=_workers(workers, settings),
            http="auto", loop="auto", ws="none", lifespan="on", log_level="warning", access_log=False,
            server_header=False, timeout_graceful_shutdown=GRACE_S,
        )  # fmt: skip
        return _run(config, listener)


def _run(config: uvicorn.Config, listener: socket.socket) -> int:
    try:
        if config.workers > 1:
            several = _Workers(config, sockets=[listener])
            several.run()
            return FAILED if several.failed else DONE
        server = _Server(config)

        def stop(_signal: int, _frame: FrameType | None) -> None:
            server.should_exit = True

        # uvicorn raises the signal again when it has finished; met by this it ends in exit code 0.
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, stop)
        config.load()
        server.run(sockets=[listener])
    except SystemExit as end:  # how uvicorn says that it could not start; it has logged why
        return FAILED if end.code else DONE
    except OSError as error:
        raise _cannot_listen(error, str(config.host), config.port) from error
    return DONE if server.started else FAILED


def _leave(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit(DONE)


def _refuse_what_cannot_work(settings: Settings) -> None:
    refused = [each.text for each in quick_checks(settings) if each.state == REFUSAL]
    if refused:
        raise Conflict(" ".join(refused))


def _workers(asked: int | None, settings: Settings) -> int:
    is_sqlite = settings.store_url.startswith("sqlite")
    return asked or (1 if is_sqlite else min(os.cpu_count() or 1, _MOST_WORKERS))


def _warn_of_names(host: str, settings: Settings) -> None:
    if host not in _LOOPBACK and set(settings.hosts) <= {*_LOOPBACK, "[::1]"}:
        say("Requests are answered only under local names; add the names of this machine to EVIDENCE_ALLOWED_HOSTS.")


def _bound(host: str, port: int) -> socket.socket:
    """A socket at ``host`` and ``port``, taken before the database is touched."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except (socket.gaierror, UnicodeError) as error:
        raise Invalid(f"{host!r} is no address of this machine; use 127.0.0.1, or 0.0.0.0 for all of them.") from error
    listener = socket.socket(family, kind, protocol)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
    except OSError as error:
        listener.close()
        raise _cannot_listen(error, host, port) from error
    listener.set_inheritable(True)
    return listener


def _cannot_listen(error: OSError, host: str, port: int) -> Conflict:
    reasons = {
        errno.EADDRINUSE: "another program listens there. Stop it, or choose another port with --port",
        errno.EACCES: "this user may not. Choose a port above 1023 with --port",
        errno.EADDRNOTAVAIL: "this machine has no such address. Use 127.0.0.1, or 0.0.0.0 for all of them",
    }
    return Conflict(f"Cannot listen on {host} port {port}: {reasons.get(error.errno or 0, error.strerror)}.")


def _say_ready(listener: socket.socket) -> None:
    host, port = listener.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    with suppress(OSError):
        say(f"Kratom Evidence is served at http://{shown}:{port} (Ctrl-C ends it).")
