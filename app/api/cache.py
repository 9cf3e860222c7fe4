"""Answers kept by (data revision, address): the same question between two writes is worked out once.

The revision is read for every request, so a write is seen by the very next
one. There are no roles yet: everything kept here is public. Also answers
``If-None-Match`` with 304.
"""

import sqlite3
from collections import OrderedDict
from dataclasses import dataclass

from anyio import to_thread
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.database import Store
from app.history import events

_PREFIX = "/api/v1/"
_NOT_KEPT = ("/api/v1/imports", "/api/v1/export")
_MOST_BYTES = 64 * 1024 * 1024
_LARGEST = 1024 * 1024

Header = tuple[bytes, bytes]


@dataclass(slots=True)
class Kept:
    """An answer as it was sent."""

    status: int
    headers: list[Header]
    body: bytes

    @property
    def etag(self) -> bytes | None:
        """Its entity tag."""
        return next((value for name, value in self.headers if name == b"etag"), None)


class RevisionWatch:
    """The newest data revision, asked as cheaply as each database allows.

    SQLite is asked on a connection of its own without leaving the event loop:
    a WAL reader never waits, and the question costs microseconds.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._connection: sqlite3.Connection | None = None
        if store.path is not None:
            uri = f"{store.path.absolute().as_uri()}?mode=ro"
            self._connection = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)

    async def revision(self) -> int:
        """The newest data revision; 0 before the first."""
        if self._connection is not None:
            row = self._connection.execute("SELECT coalesce(max(n), 0) FROM data_revision").fetchone()
            return int(row[0])
        return await to_thread.run_sync(self._ask)

    def _ask(self) -> int:
        with self._store.reading() as session:
            return events.latest(session)

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()


class AnswerCache:
    """Wraps an application and keeps its answers to GET below ``/api/v1``, dropping all when the data revision moves on."""

    def __init__(self, app: ASGIApp, *, watch: RevisionWatch) -> None:
        self._app = app
        self._watch = watch
        self._revision = -1
        self._kept: OrderedDict[tuple[str, bytes], Kept] = OrderedDict()
        self._bytes = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer from what is kept, or let the application answer and keep that."""
        if not _may_keep(scope):
            await self._app(scope, receive, send)
            return
        revision = await self._watch.revision()
        if revision != self._revision:
            self._forget(revision)
        key = (scope["path"], scope["query_string"])
        kept = self._kept.get(key)
        if kept is None:
            kept = await self._answer(scope, receive)
            # The application read its own snapshot; what it saw may be newer than `revision`, never older.
            if kept.status == 200 and len(kept.body) <= _LARGEST and revision == self._revision:
                self._keep(key, kept)
        else:
            self._kept.move_to_end(key)
        await _send(kept, Headers(scope=scope).get("if-none-match"), send)

    def _forget(self, revision: int) -> None:
        self._kept.clear()
        self._bytes = 0
        self._revision = revision

    def _keep(self, key: tuple[str, bytes], kept: Kept) -> None:
        self._kept[key] = kept
        self._bytes += len(kept.body)
        while self._bytes > _MOST_BYTES:
            _, oldest = self._kept.popitem(last=False)
            self._bytes -= len(oldest.body)

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
        return kept


def _may_keep(scope: Scope) -> bool:
    return (
        scope["type"] == "http"
        and scope["method"] == "GET"
        and scope["path"].startswith(_PREFIX)
        and not scope["path"].startswith(_NOT_KEPT)
    )


async def _send(kept: Kept, wanted: str | None, send: Send) -> None:
    etag = kept.etag
    if kept.status == 200 and etag and wanted and _matches(wanted, etag.decode("latin-1")):
        headers = [(name, value) for name, value in kept.headers if name not in (b"content-length", b"content-type")]
        await send({"type": "http.response.start", "status": 304, "headers": headers})
        await send({"type": "http.response.body", "body": b""})
        return
    await send({"type": "http.response.start", "status": kept.status, "headers": list(kept.headers)})
    await send({"type": "http.response.body", "body": kept.body})


def _matches(wanted: str, etag: str) -> bool:
    """RFC 9110, 13.1.2: weak comparison, a list, or ``*``."""
    tags = [tag.strip().removeprefix("W/") for tag in wanted.split(",")]
    return "*" in tags or etag in tags
