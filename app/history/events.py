"""Recording what a write did: one data revision, sealed as the last step before the commit.

A room notes each change while it works; the door (or an import batch) seals.
On PostgreSQL sequences are not in commit order, so the number and the hash are
taken under an advisory lock that lasts until the commit; on SQLite the write
lock does the same.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Table, bindparam, column, func, select, table, text, update
from sqlalchemy.orm import Session

from app.database import pour
from app.history.chain import GENESIS, ChangeRow, link
from app.kit.canonical import canonical_json, iso, now
from app.models.base import Base
from app.models.history import VERSIONS, DataRevision
from app.statements import Statement

_STANDINGS: Table = Base.metadata.tables["standing_version"]
_CHAIN_LOCK = 0x6B7261746F6D
LAST = Statement(select(DataRevision.n, DataRevision.hash).order_by(DataRevision.n.desc()).limit(1))
"""The newest link of the chain."""
_NEWEST = Statement(select(func.coalesce(func.max(DataRevision.n), 0)))
_STANDING_ENDED = Statement(
    update(_STANDINGS)
    .where(_STANDINGS.c.citation_id == bindparam("number"), _STANDINGS.c.to_n.is_(None))
    .values(to_n=bindparam("at"))
)


class Head(NamedTuple):
    """The newest link of the chain; with the defaults, of a store in which nothing was ever written."""

    n: int = 0
    hash: str = GENESIS


class Revision:
    """The changes of one write, in order. Nothing reaches the database before :meth:`seal`."""

    def __init__(self, *, actor: str, reason: str, request_id: str | None = None) -> None:
        self.actor = actor
        self.reason = reason
        self.request_id = request_id
        self._changes: list[ChangeRow] = []
        self._versions: list[tuple[str, str, Mapping[str, Any]]] = []
        self._edited: dict[tuple[str, int], set[str]] = {}
        self._sealed = 0

    def note(
        self, kind: str, record_id: int, *, op: str, before: Mapping[str, Any] | None = None, after: Mapping[str, Any]
    ) -> None:
        """Note that ``op`` made ``after`` out of ``before``; both are the fields that matter, by name.

        For a kind that keeps versions ``after`` must be the whole row: it
        becomes the version that holds from now on, but after ``remove`` none
        does. Of several in one revision the last one counts.
        """
        self._changes.append(
            ChangeRow(kind, record_id, op, None if before is None else canonical_json(before), canonical_json(after))
        )
        if kind in VERSIONS:
            self._versions.append((kind, op, after))
        if op == "edit" and before:
            self._edited.setdefault((kind, record_id), set()).update(before)

    def note_added_payload(self, kind: str, record_id: int, payload_hash: str) -> None:
        """Note an added record by the hash of its payload alone, so that the log does not double the store."""
        self._changes.append(ChangeRow(kind, record_id, "add", None, payload_hash))

    def note_standing(self, citation_id: int, *, before: str | None, after: str) -> None:
        """Note that a citation's standing is now ``after``."""
        change = ChangeRow("citation", citation_id, "standing", before, after)
        self._changes.append(change)

    @property
    def standings(self) -> list[tuple[int, str | None, str]]:
        """The citations whose standing changed, with what it was and what it is now."""
        return [(c.record_id, c.before, str(c.after)) for c in self._changes if c.op == "standing"]

    def edited(self, kind: str, *fields: str) -> list[int]:
        """The records of ``kind`` in which any of ``fields`` was edited."""
        return [number for (of, number), names in self._edited.items() if of == kind and not names.isdisjoint(fields)]

    def added(self, kind: str) -> set[int]:
        """The records of ``kind`` that came with this write."""
        return {change.record_id for change in self._changes if change.op == "add" and change.kind == kind}

    @property
    def empty(self) -> bool:
        """True while nothing was noted; an empty revision is never written."""
        return not self._changes

    @property
    def sealed_whole(self) -> bool:
        """True when every change noted was written; one that is noted after the seal would be lost."""
        return self._sealed == len(self._changes)

    def seal(self, session: Session) -> int | None:
        """Write the data revision, its changes and versions; return its number, or None when nothing changed."""
        if self.empty:
            return None
        self._sealed = len(self._changes)
        session.flush()
        if session.get_bind().dialect.name == "postgresql":
            session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _CHAIN_LOCK})
        last = head(session)
        n = last.n + 1
        self._write_chain(session, n, last.hash)
        self._write_versions(session, n)
        return n

    def _write_chain(self, session: Session, n: int, prev_hash: str) -> None:
        at = now()
        head = (n, at, self.actor, self.reason, self.request_id)
        digest = link(prev_hash, head, self._changes)
        columns = ("n", "at", "actor", "reason", "request_id", "prev_hash", "hash")
        pour(session, "data_revision", columns, [(n, iso(at), *head[2:], prev_hash, digest)])
        columns = ("n", "position", "kind", "record_id", "op", "before", "after")
        pour(session, "change", columns, [(n, i, *change) for i, change in enumerate(self._changes)])

    def _write_versions(self, session: Session, n: int) -> None:
        last = {(kind, row["id"]): (op, row) for kind, op, row in self._versions}
        added = {(kind, row["id"]) for kind, op, row in self._versions if op == "add"}
        for (kind, record_id), (op, row) in last.items():
            if (kind, record_id) not in added:
                _ended(kind).do(session, record_id=record_id, at=n)
            if op != "remove":
                _begun(kind).do(session, **row, from_n=n, to_n=None)
        standings = {c.record_id: c.after for c in self._changes if c.op == "standing"}
        if standings:
            _STANDING_ENDED.do_each(session, [{"number": number, "at": n} for number in standings])
            rows = [(number, n, None, standing) for number, standing in standings.items()]
            pour(session, "standing_version", ("citation_id", "from_n", "to_n", "standing"), rows)


@cache
def _ended(kind: str) -> Statement:
    table = VERSIONS[kind]
    holds = (table.c.id == bindparam("record_id")) & table.c.to_n.is_(None)
    return Statement(update(table).where(holds).values(to_n=bindparam("at")))


@cache
def _begun(kind: str) -> Statement:
    table = VERSIONS[kind]
    return Statement(table.insert().values({each.name: bindparam(each.name, type_=each.type) for each in table.c}))


def row_of(record: Any) -> dict[str, Any]:
    """Every column of a mapped record by name, for :meth:`Revision.note`."""
    return {column.key: getattr(record, column.key) for column in record.__table__.columns}


def latest(session: Session) -> int:
    """The number of the newest data revision; 0 before the first."""
    return _NEWEST.scalar(session) or 0


def unused_id(session: Session, kind: str) -> int | None:
    """An id that no record of ``kind`` ever had; None where the database sees to that itself.

    SQLite gives the highest number out again once its row is gone. What was
    said of one record would then be said of another.
    """
    if session.get_bind().dialect.name != "sqlite":
        return None
    model, versions = table(kind, column("id")), VERSIONS[kind]
    highest = (session.scalar(select(func.max(each.c.id))) or 0 for each in (model, versions))
    return max(highest) + 1


def head(session: Session) -> Head:
    """The newest data revision that ``session`` sees, with its hash."""
    row = LAST.first(session)
    return Head(*row) if row else Head()
