"""Answers kept by address until anything is written: the same question between two writes is worked out once.

Whether anything was written is asked for every request, so a write is seen by
the very next one. Nothing is kept of requests with credentials. An answer that
has no entity tag of its own gets one by its content, and ``If-None-Match`` is
answered with 304.
"""

import sqlite3
from collections import OrderedDict
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from anyio import CapacityLimiter, to_thread
from sqlalchemy import text
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.database import Store
from app.errors import StoreUnavailable

_PREFIXES = ("/api/v1/", "/feeds/")
_NOT_KEPT = ("/api/v1/export",)
_MOST_BYTES = 16 * 1024 * 1024
_LARGEST = 1024 * 1024
_OVERHEAD = 1_500
"""Bytes that an answer costs beside its own text; measured, so that many small ones do not fill the memory."""

Header = tuple[bytes, bytes]
Key = tuple[str, bytes]


@dataclass(slots=True)
class Kept:
    """An answer as it was sent, and the route that gave it."""

    status: int
    headers: list[Header]
    body: bytes
    route: Any = None

    @property
    def etag(self) -> str | None:
        """Its entity tag."""
        return next((value.decode("latin-1") for name, value in self.headers if name == b"etag"), None)

    @property
    def may_be_kept(self) -> bool:
        """Whether it is the same for everybody, and small enough."""
        private = any(name == b"set-cookie" for name, _ in self.headers)
        return self.status == 200 and len(self.body) <= _LARGEST and not private


class WriteWatch:
    """Says whether anything was written since it was last asked, as cheaply as each database allows.

    SQLite counts the commits of all other connections, in every process
    (``PRAGMA data_version``), and is asked on the event loop: 6 µs, and a WAL
    reader never waits. PostgreSQL tells its snapshot, which is another one after
    every commit. The data revision would not do: a search of PubMed that
    brings nothing new makes none, yet changes when the last search was.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._connection: sqlite3.Connection | None = None
        self._opened = 0
        # Of its own, so that an answer that is kept does not wait for a thread behind slow questions.
        self._limiter = CapacityLimiter(1)

    async def state(self) -> object:
        """What stands for everything committed so far; equal states mean equal answers.

        Raises :class:`StoreUnavailable` when the database cannot be asked.
        """
        if self._store.path is None:
            return await to_thread.run_sync(self._ask, limiter=self._limiter)
        try:
            if self._connection is None:
                uri = f"{self._store.path.absolute().as_uri()}?mode=ro"
                self._connection = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
                self._opened += 1
            # Each connection counts for itself, so a number means nothing without the connection that told it.
            return self._opened, self._connection.execute("PRAGMA data_version").fetchone()[0]
        except sqlite3.Error as error:
            self.close()
            raise StoreUnavailable(
                "The database cannot be opened: check EVIDENCE_DATABASE_URL, that it exists, and its permissions."
            ) from error

    def _ask(self) -> object:
        with self._store.reading() as session:
            return session.scalar(text("SELECT pg_current_snapshot()::text"))

    def close(self) -> None:
        """Close the connection; it is opened again when needed."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class AnswerCache:
    """Wraps an application and keeps its answers to questions (GET of data and feeds), dropping all when anything was written."""

    def __init__(self, app: ASGIApp, *, watch: WriteWatch) -> None:
        self._app = app
        self._watch = watch
        self._state: object = None
        self._kept: OrderedDict[Key, Kept] = OrderedDict()
        self._bytes = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer from what is kept, or let the application answer and keep that."""
        if not _is_question(scope):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if "authorization" in headers or "cookie" in headers:
            kept = await self._answer(scope, receive)
        else:
            kept = await self._known_or_new(scope, receive)
        await _send(kept, headers.getlist("if-none-match"), send)

    async def _known_or_new(self, scope: Scope, receive: Receive) -> Kept:
        state = await self._watch.state()
        if state != self._state:
            self._forget(state)
        key = (scope["path"], scope["query_string"])
        known = self._kept.get(key)
        if known is not None:
            self._kept.move_to_end(key)
            scope["route"] = known.route
            return known
        new = await self._answer(scope, receive)
        # The application read its snapshot after `state` was asked: it may be newer, never older, and what is newer is
        # dropped with the rest by the next request. Another request may have seen a write meanwhile; then nothing is kept.
        if new.may_be_kept and state == self._state:
            self._keep(key, new)
        return new

    def _forget(self, state: object) -> None:
        self._kept.clear()
        self._bytes = 0
        self._state = state

    def _keep(self, key: Key, kept: Kept) -> None:
        before = self._kept.pop(key, None)
        if before is not None:
            self._bytes -= _size(key, before)
        self._kept[key] = kept
        self._bytes += _size(key, kept)
        while self._bytes > _MOST_BYTES:
            self._bytes -= _size(*self._kept.popitem(last=False))

    async def _answer(self, scope: Scope, receive: Receive) -> Kept:
        kept = Kept(500, [], b"")
        parts: list[bytes] = []

        async def take(message: Message) -> None:
            if message["type"] == "http.response.start":
                kept.status, kept.headers = message["status"], list(message["headers"])
            elif message["type"] == "http.response.body":
                parts.append(message.get("body", b""))

        await self._app(scope, receive, take)
        kept.body = b"".join(parts)
        if kept.status == 200 and kept.etag is None:
            kept.headers.append((b"etag", b'"%s"' % sha256(kept.body).hexdigest()[:32].encode()))
        kept.route = scope.get("route")
        return kept


def _size(key: Key, kept: Kept) -> int:
    headers = sum(len(name) + len(value) for name, value in kept.headers)
    return len(kept.body) + headers + len(key[0]) + len(key[1]) + _OVERHEAD


def _is_question(scope: Scope) -> bool:
    return (
        scope["type"] == "http"
        and scope["method"] == "GET"
        and scope["path"].startswith(_PREFIXES)
        and not scope["path"].startswith(_NOT_KEPT)
    )


async def _send(kept: Kept, wanted: list[str], send: Send) -> None:
    status, headers, body = kept.status, list(kept.headers), kept.body
    etag = kept.etag if wanted else None
    if status == 200 and etag and _matches(wanted, etag):
        status, body = 304, b""
        headers = [(name, value) for name, value in headers if name not in (b"content-length", b"content-type")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _matches(wanted: list[str], etag: str) -> bool:
    """RFC 9110, 13.1.2: weak comparison with a list of tags, or ``*``."""
    tags = [tag.strip().removeprefix("W/") for line in wanted for tag in line.split(",")]
    return "*" in tags or etag in tags
