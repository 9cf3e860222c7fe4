"""A real server on the loopback, for what only a connection shows: broken transfers, raw requests, many clients at once."""

import socket
import threading
import time
from http.client import HTTPConnection
from types import TracebackType
from typing import Any

import uvicorn

from app.config import Settings
from app.main import create_app

WAIT_S = 20


class Server:
    """The service over a database, on a port of its own, in a thread of this process; in a ``with`` block."""

    def __init__(self, url: str, **settings: Any) -> None:
        fields = {"database_url": url, "allowed_hosts": "localhost,127.0.0.1", "log_level": "ERROR"} | settings
        config = uvicorn.Config(
            create_app(Settings(**fields)), host="127.0.0.1", port=0, log_config=None, access_log=False
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    def __enter__(self) -> "Server":
        self._thread.start()
        until = time.monotonic() + WAIT_S
        while not self._server.started and time.monotonic() < until:
            time.sleep(0.01)
        self.port = self._server.servers[0].sockets[0].getsockname()[1]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        self._thread.join(WAIT_S)

    def raw(self, request: bytes) -> tuple[bytes, bytes]:
        """What comes back to these very bytes until the server closes: the head, and the body as it was sent."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=WAIT_S) as connection:
            connection.sendall(request)
            parts = []
            while part := connection.recv(65_536):
                parts.append(part)
        head, _, body = b"".join(parts).partition(b"\r\n\r\n")
        return head, body

    def hang_up(self, request: bytes) -> None:
        """Ask and go away without reading the answer."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=WAIT_S) as connection:
            connection.sendall(request)
            connection.recv(100)

    def status(self, path: str, *, patience_s: float = 0) -> int:
        """The status of an answer; 503 is asked again until ``patience_s`` have gone."""
        until = time.monotonic() + patience_s
        while True:
            connection = HTTPConnection("127.0.0.1", self.port, timeout=WAIT_S)
            connection.request("GET", path, headers={"Host": "localhost"})
            response = connection.getresponse()
            response.read()
            connection.close()
            if response.status != 503 or time.monotonic() > until:
                return response.status
            time.sleep(0.05)
