"""What every request passes first: a known host, a bounded size, a request id, a line in the log and a number in the metrics.

Plain ASGI, because Starlette's ``BaseHTTPMiddleware`` costs a task per request.
"""

import re
import time
import uuid
from collections.abc import Iterable

import structlog
from prometheus_client import Counter, Histogram
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.problems import problem

log = structlog.get_logger()
REQUESTS = Counter("evidence_requests_total", "Requests answered", ("method", "route", "status"))
SECONDS = Histogram("evidence_request_seconds", "Time to the first byte of an answer", ("route",))
_LONGEST_TARGET = 16_384
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'",
}


class _BodyTooLargeError(Exception):
    """A streamed body went over the limit."""


class Gate:
    """Wraps an application; ``hosts`` are the names it answers to, ``max_body`` the bytes that a request may carry."""

    def __init__(self, app: ASGIApp, *, hosts: Iterable[str], max_body: int) -> None:
        self._app = app
        self._hosts = frozenset(host.lower() for host in hosts)
        self._max_body = max_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through, or answer it here with the reason."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        given = headers.get("x-request-id", "")
        request_id = given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id
        watched = _Watched(scope, send, request_id)
        refusal = self._refusal(scope, headers)
        if refusal is not None:
            await refusal(scope, receive, watched.send)
            return
        try:
            await self._app(scope, self._bounded(receive), watched.send)
        except _BodyTooLargeError:
            await self._too_large()(scope, receive, watched.send)

    def _refusal(self, scope: Scope, headers: Headers) -> ASGIApp | None:
        host = headers.get("host", "").lower()
        name = host.rpartition(":")[0] if re.search(r":[0-9]*$", host) else host
        if "*" not in self._hosts and name not in self._hosts:
            return problem(
                400, "UnknownHost", "This service does not answer to that host name; see EVIDENCE_ALLOWED_HOSTS."
            )
        if len(scope["raw_path"] or b"") + len(scope["query_string"]) > _LONGEST_TARGET:
            return problem(414, "TooLong", f"The address is longer than {_LONGEST_TARGET} bytes; ask for less at once.")
        length = headers.get("content-length", "0")
        if length.isascii() and length.isdigit() and int(length) > self._max_body:
            return self._too_large()
        return None

    def _too_large(self) -> ASGIApp:
        return problem(
            413, "TooLarge", f"The request is larger than {self._max_body} bytes; see EVIDENCE_MAX_UPLOAD_MB."
        )

    def _bounded(self, receive: Receive) -> Receive:
        received = 0

        async def bounded() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self._max_body:
                raise _BodyTooLargeError
            return message

        return bounded


class _Watched:
    """The sending side: adds headers, then counts and logs the answer."""

    def __init__(self, scope: Scope, send: Send, request_id: str) -> None:
        self._scope = scope
        self._send = send
        self._request_id = request_id
        self._began = time.perf_counter()

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers["X-Request-ID"] = self._request_id
            for name, value in _SAFE.items():
                headers.setdefault(name, value)
            self._note(message["status"])
        await self._send(message)

    def _note(self, status: int) -> None:
        route = getattr(self._scope.get("route"), "path", "unmatched")
        taken = time.perf_counter() - self._began
        REQUESTS.labels(self._scope["method"], route, str(status)).inc()
        SECONDS.labels(route).observe(taken)
        log.debug(
            "answered", method=self._scope["method"], path=self._scope["path"], status=status,
            milliseconds=round(taken * 1000, 1), request_id=self._request_id,
        )  # fmt: skip
