"""What every request passes first: a known host, a bounded size, a request id, a line in the log and a number in the metrics.

Plain ASGI, because Starlette's ``BaseHTTPMiddleware`` costs a task per request.
It stands outside of everything else, so a failure that nobody foresaw is told,
counted and logged here too.
"""

import re
import time
import uuid
from collections.abc import Iterable, Mapping
from urllib.parse import unquote_to_bytes

import structlog
from prometheus_client import Counter, Histogram
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.problems import answer_to, problem

log = structlog.get_logger()
REQUESTS = Counter("evidence_requests_total", "Requests answered", ("method", "route", "status"))
SECONDS = Histogram("evidence_request_seconds", "Time to the first byte of an answer", ("route",))
_LONGEST_TARGET = 16_384
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_PORT = re.compile(r":[0-9]*$")
_METHODS = frozenset(("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"))
_PREFIX = "/api/v1"
_SAFE = {
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"same-origin",
    b"content-security-policy": b"default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; "
    b"frame-ancestors 'none'",
    # Keep it, but ask every time: an answer may change with any write, and 304 is cheap.
    b"cache-control": b"no-cache",
    # The same address answers an editor more than it answers everybody.
    b"vary": b"Authorization, Cookie",
}
_SAFE_FOR_ONE = {**_SAFE, b"cache-control": b"private, no-cache"}


class Gate:
    """Wraps an application; ``hosts`` are the names it answers to, ``max_body`` the bytes that a request may carry."""

    def __init__(self, app: ASGIApp, *, hosts: Iterable[str], max_body: int) -> None:
        self._app = app
        self._hosts = frozenset(host.lower() for host in hosts)
        self._max_body = max_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through, or answer it here with the reason. HEAD is GET whose body stays here."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        given = headers.get("x-request-id", "")
        request_id = given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        method = scope["method"]
        if method == "HEAD":
            scope = {**scope, "method": "GET"}
        scope.setdefault("state", {}).update(request_id=request_id, bodiless=method == "HEAD")
        safe = _SAFE_FOR_ONE if "authorization" in headers or "cookie" in headers else _SAFE
        watched = _Watched(scope, send, method=method, safe=safe)
        refusal = self._refusal(scope, headers)
        if refusal is not None:
            await refusal(scope, receive, watched.send)
            return
        try:
            await self._app(scope, self._bounded(receive), watched.send)
        except Exception as error:
            if watched.started:
                # The status is sent. Starlette logs it and raises it again, and the server cuts the connection, so that a
                # part never looks like the whole.
                raise
            await answer_to(Request(scope), error)(scope, receive, watched.send)

    def _refusal(self, scope: Scope, headers: Headers) -> ASGIApp | None:
        host = headers.get("host", "").lower()
        if "*" not in self._hosts and _PORT.sub("", host) not in self._hosts:
            return problem(
                400, "UnknownHost", "This service does not answer to that host name; see EVIDENCE_ALLOWED_HOSTS."
            )
        if len(scope.get("raw_path") or b"") + len(scope["query_string"]) > _LONGEST_TARGET:
            return problem(414, "TooLong", f"The address is longer than {_LONGEST_TARGET} bytes; ask for less at once.")
        if not _is_text(scope["query_string"]):
            return problem(422, "Invalid", "The query is not UTF-8 in percent-encoding; encode every byte above 7F.")
        length = headers.get("content-length", "0")
        if length.isascii() and length.isdigit() and int(length[:20]) > self._max_body:
            return problem(413, "TooLarge", self._too_large)
        return None

    @property
    def _too_large(self) -> str:
        return f"The request is larger than {self._max_body} bytes; see EVIDENCE_MAX_UPLOAD_MB."

    def _bounded(self, receive: Receive) -> Receive:
        received = 0

        async def bounded() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self._max_body:
                raise HTTPException(413, self._too_large)
            return message

        return bounded


def _is_text(query: bytes) -> bool:
    """Whether ``query`` is what it should be: without this check, bytes that are no text would silently ask another question."""
    if not query.isascii():
        return False
    if b"%" not in query:
        return True
    try:
        unquote_to_bytes(query).decode()
    except UnicodeDecodeError:
        return False
    return True


class _Watched:
    """The sending side: adds headers, then counts and logs the answer."""

    def __init__(self, scope: Scope, send: Send, *, method: str, safe: Mapping[bytes, bytes]) -> None:
        self._safe = safe
        self._scope = scope
        self._send = send
        self._method = method
        self._began = time.perf_counter()
        self.started = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            headers = list(message["headers"])
            present = {name for name, _ in headers}
            headers.extend(header for header in self._safe.items() if header[0] not in present)
            headers.append((b"x-request-id", self._scope["state"]["request_id"].encode()))
            message = {**message, "headers": headers}
            self._note(message["status"])
        elif self._method == "HEAD":
            message = {**message, "body": b""}
        await self._send(message)

    def _note(self, status: int) -> None:
        route = self._route()
        taken = time.perf_counter() - self._began
        REQUESTS.labels(self._method if self._method in _METHODS else "other", route, str(status)).inc()
        SECONDS.labels(route).observe(taken)
        log.debug(
            "answered", method=self._method, path=self._scope["path"], status=status,
            milliseconds=round(taken * 1000, 1), request_id=self._scope["state"]["request_id"],
        )  # fmt: skip

    def _route(self) -> str:
        """The template of the matched route, never the path itself: labels must stay few."""
        path = getattr(self._scope.get("route"), "path", None)
        if path is None:
            return "unmatched"
        # A route of an included router is named without the prefix that it was included under.
        return f"{_PREFIX}{path}" if self._scope["path"].startswith(f"{_PREFIX}/") else str(path)
