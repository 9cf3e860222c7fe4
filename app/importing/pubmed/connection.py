"""The connection of one request: the request leaves in its turn, and the connection is cut when time is up.

Nothing here speaks HTTP; the client reports what its HTTP library does through :meth:`Line.trace`.
"""

import ipaddress
import socket
import threading
import time
import urllib.request
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from types import TracebackType
from typing import Any, Self

from app.importing.pubmed.pacing import NoTurn, Pacing


class Line:
    """Holds one connection's turn and its deadline.

    A read timeout bounds one silence only: a byte per second would outlive
    any deadline, in the headers as in the body. So a timer shuts the socket
    down, which ends the read in progress.
    """

    def __init__(self, pace: Pacing, *, deadline: float, stop: threading.Event) -> None:
        self.was_cut = False
        self._pace = pace
        self._deadline = deadline
        self._stop = stop
        self._turn = ExitStack()
        self._socket: socket.socket | None = None
        self._timer = threading.Timer(max(deadline - time.monotonic(), 0), self.cut)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._timer.cancel()
        self._turn.close()

    def cut(self) -> None:
        """Shut the socket down from any thread. The plain socket's method: that of TLS would unhook the reader first."""
        self.was_cut = True
        if self._socket is not None:
            with suppress(OSError):
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Follow httpcore's ``trace`` extension (https://www.encode.io/httpcore/extensions/#trace).

        The turn is taken when the connection stands and ends when the request
        has left, so neither the handshake nor the answer is inside it.

        Raises :class:`~app.importing.pubmed.pacing.NoTurn` when there is none in time.
        """
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            self._socket = info["return_value"].get_extra_info("socket")
        elif event.endswith("send_request_headers.started"):
            if self.was_cut or self._stop.is_set():
                raise NoTurn("there was no time left to send the request")
            self._turn.enter_context(self._pace.turn(deadline=self._deadline, stop=self._stop))
        elif event.endswith(("send_request_body.complete", "send_request_headers.failed", "send_request_body.failed")):
            self._turn.close()


def count_addresses(host: str, port: int, *, within_s: float) -> int:
    """Return how many addresses the host has, 0 for none found in time: the resolver itself knows no time limit."""
    found: list[int] = []

    def look_up() -> None:
        with suppress(OSError, UnicodeError):
            found.append(len(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))

    thread = threading.Thread(target=look_up, daemon=True)
    thread.start()
    thread.join(within_s)
    return found[0] if found else 0


def is_loopback(host: str) -> bool:
    """Say whether the host is this machine under a name no proxy can reach."""
    with suppress(ValueError):
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    return host == "localhost"


def is_proxied(scheme: str, host: str) -> bool:
    """Say whether the environment sends requests to this host through a proxy, which then looks the name up."""
    proxies = urllib.request.getproxies()
    return not is_loopback(host) and bool({scheme, "all"} & proxies.keys()) and not urllib.request.proxy_bypass(host)
