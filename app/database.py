"""Engines, sessions and the write turn. No table and no rule of the field is known here.

SQLite facts this file rests on (``docs/decisions``): a transaction that may
write starts with BEGIN IMMEDIATE, or updates are lost at lock upgrade; WAL
with ``synchronous=FULL`` keeps every acknowledged commit through a power cut;
before 3.51.3 checkpoints race with writers, so one ``flock`` covers the write
transaction, the checkpoint inside its commit, and the last close.
"""

import re
import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, Literal, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DatabaseError, DataError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from app.errors import EvidenceError, SchemaMismatch, StoreBusy, StoreFull, StoreUnavailable
from app.write_turn import WriteTurn

_BUSY_TIMEOUT_MS = 10_000
_FULL = ("disk is full", "readonly database", "read-only", "disk i/o error", "no space left", "could not extend file")
_BUSY = ("database is locked", "database is busy", "deadlock detected", "lock timeout", "queuepool limit")
_AWAY = (
    "unable to open database", "connection refused", "connection failed", "connection is lost", "connection is closed",
    "server closed the connection", "terminating connection", "failed to resolve host",
)  # fmt: skip
_DAMAGED = ("file is not a database", "disk image is malformed")
_OTHER_SCHEMA = ("no such table", "no such column", 'relation "', 'column "')
_ERRORS = (DatabaseError, PoolTimeout, sqlite3.DatabaseError, OSError)
_ABOUT_ROWS = (IntegrityError, DataError, sqlite3.IntegrityError, sqlite3.DataError)
# Without it a look-up of one row would first copy the whole table; SQLite before 3.35 does not know the word, nor need it.
_INLINE = "NOT MATERIALIZED " if sqlite3.sqlite_version_info >= (3, 35) else ""
_QUESTION = re.compile(r"\s*(?:(WITH\s+(?:RECURSIVE\s+)?)|(?=SELECT\b|\())", re.IGNORECASE)

# Without these the driver looks in vain, for each NULL and each truth value, for somebody who makes something else of it:
# 0.28 µs in place of 0.12 µs, with 36 of them in an imported record.
sqlite3.register_adapter(type(None), lambda nothing: nothing)
sqlite3.register_adapter(bool, int)


_MOST_ENGINES = 2
"""States of the past whose engines, and what is kept for them, are held on to: pages of a list are asked for one by one."""
_SNAPSHOT = "snapshot"
Answer = TypeVar("Answer")


def once(session: Session, question: Hashable, ask: Callable[[], Answer]) -> Answer:
    """What ``ask`` answers, asked once where ``session`` reads one snapshot; a session that writes asks anew."""
    known: dict[Hashable, Answer] | None = session.info.get(_SNAPSHOT)
    if known is None:
        return ask()
    if question not in known:
        known[question] = ask()
    return known[question]


def is_snapshot(session: Session) -> bool:
    """Whether all statements of ``session`` see one committed moment; what a session that writes sees is nobody else's yet."""
    return _SNAPSHOT in session.info


class Store:
    """One database: many readers that see one snapshot each, one writer at a time on SQLite.

    ``reading()`` gives a session whose statements all see the same moment.
    ``writing()`` gives a session that is committed when the block ends and
    rolled back when it raises: doors open it, rooms only flush.
    """

    def __init__(self, url: str, *, readers: int = 8) -> None:
        self.url = url
        parsed = make_url(url)
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        self.path = Path(parsed.database or "") if self.is_sqlite else None
        if self.path is not None:
            _make_parent(self.path)
            self._reader = _sqlite_engine(self.path, readers, read_only=True)
            self._writer = _sqlite_engine(self.path, 1, read_only=False)
            self._turn: WriteTurn | None = WriteTurn(self.path.with_name(self.path.name + ".lock"))
        else:
            self._reader = _postgres_engine(url, readers, read_only=True)
            self._writer = _postgres_engine(url, readers, read_only=False)
            self._turn = None
        self._engines: OrderedDict[Hashable, Engine] = OrderedDict()
        self._engines_turn = threading.Lock()
        self._present: Hashable = None
        self._closed = False
        for engine in (self._reader, self._writer):
            event.listen(engine, "checkin", self._take_back)

    @contextmanager
    def reading(self, *, engine: Engine | None = None) -> Iterator[Session]:
        """A session on one snapshot of the tables, or of what :meth:`shadowed` reads; the database refuses to write in it."""
        engine = engine or self._reader
        with _translated(), Session(engine, expire_on_commit=False, autoflush=False) as session:
            session.info[_SNAPSHOT] = {}
            yield session

    def shadowed(self, shadows: Mapping[str, str]) -> Engine:
        """What reads, in place of some tables, the SELECT that ``shadows`` gives for each; these are our own, never input."""
        return self._reader.execution_options(shadows=shadows)

    def kept_engine(self, state: Hashable, present: Hashable, make: Callable[[], Engine]) -> Engine:
        """The engine that was made for ``state`` while the present is the same; with another one all are let go."""
        with self._engines_turn:
            if present != self._present:
                self._present = present
                self._engines.clear()
            self._engines[state] = found = self._engines.pop(state, None) or make()
            while len(self._engines) > _MOST_ENGINES:
                self._engines.popitem(last=False)
            return found

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session holding the write turn; commits at the end of the block, rolls back on any error."""
        with _translated(), self.turn(), Session(self._writer, expire_on_commit=False) as session:
            yield session
            session.commit()

    @contextmanager
    def writing_together(self) -> Iterator["Together"]:
        """One transaction for several writes; commits at the end of the block, and only then is any of them done."""
        with _translated(), self.turn(), self._writer.connect() as connection, connection.begin():
            yield Together(connection, apart=self.is_sqlite)

    @contextmanager
    def connection(self) -> Iterator[Any]:
        """A writing connection for work on the schema; the caller opens and ends its transactions."""
        with _translated(), self.turn(), self._writer.connect() as connection:
            yield connection

    @contextmanager
    def turn(self) -> Iterator[None]:
        """The write turn of this store, where the database needs one."""
        with self._turn.taken() if self._turn else nullcontext():
            yield

    def close(self) -> None:
        """Close every connection; the last one checkpoints, so it happens inside the write turn.

        One that somebody still holds is closed when it comes back.
        """
        self._closed = True
        self._reader.dispose()
        with self.turn():
            self._writer.dispose()

    def _take_back(self, _connection: Any, entry: ConnectionPoolEntry) -> None:
        # The pool that a connection came from is gone by then: nobody would close it before garbage is collected.
        if self._closed:
            entry.close()


class Together:
    """The transaction of several writes. With ``apart`` each is a savepoint; without, there is but one, and all is its own."""

    def __init__(self, connection: Connection, *, apart: bool) -> None:
        self._connection = connection
        self._apart = apart
        self._mode: Literal["create_savepoint", "rollback_only"] = "create_savepoint" if apart else "rollback_only"

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session for one write, which sees those before it; what it raises undoes this one alone."""
        joined = Session(self._connection, join_transaction_mode=self._mode, expire_on_commit=False)
        with _translated(), joined as session:
            yield session
            session.commit()

    @property
    def stands(self) -> bool:
        """Whether the others are still there after one that failed.

        Without savepoints there are none, and the block is to be left by the failure. SQLite may undo everything by
        itself when the disk is full.
        """
        driver_connection: Any = self._connection.connection.driver_connection
        return self._apart and bool(driver_connection.in_transaction)


def pour(session: Session, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Insert many ``rows`` of plain driver values (text, numbers, None; JSON and moments as text) at the driver's speed.

    SQLite takes them by ``executemany``, PostgreSQL by COPY: measured, Core
    costs 1.7 times and ``executemany`` on PostgreSQL 3.5 times as much.
    ``table`` and ``columns`` are names of this program, never input.
    """
    if not rows:
        return
    connection = session.connection()
    names = ", ".join(f'"{column}"' for column in columns)
    with driver(connection) as its:
        if connection.dialect.name == "sqlite":
            marks = ", ".join("?" * len(columns))
            its.executemany(f'INSERT INTO "{table}" ({names}) VALUES ({marks})', rows)  # noqa: S608 - our own names
            return
        with its.cursor() as cursor, cursor.copy(f'COPY "{table}" ({names}) FROM STDIN') as copy:
            for row in rows:
                copy.write_row(row)


@contextmanager
def driver(connection: Connection) -> Iterator[Any]:
    """The driver's own connection, for what goes past SQLAlchemy; its failures get the names that everything else has."""
    errors: Any = connection.dialect.loaded_dbapi
    try:
        yield connection.connection.driver_connection
    except errors.Error as error:
        raise DBAPIError.instance(None, None, error, errors.Error, dialect=connection.dialect) from error


def _make_parent(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreFull(f"The folder for the database cannot be made: {path.parent} ({error.strerror}).") from error


def _sqlite_engine(path: Path, size: int, *, read_only: bool) -> Engine:
    mode = "ro" if read_only else "rwc"

    def connect() -> sqlite3.Connection:
        # Autocommit in the driver: BEGIN is ours, so that it can be IMMEDIATE.
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode={mode}", uri=True, isolation_level=None, check_same_thread=False,
            timeout=_BUSY_TIMEOUT_MS / 1000, cached_statements=512,
        )  # fmt: skip
        _prepare(connection, read_only=read_only)
        return connection

    engine = create_engine("sqlite://", creator=connect, poolclass=QueuePool, pool_size=size, max_overflow=0)
    _speak_savepoints(engine)
    begin = "BEGIN" if read_only else "BEGIN IMMEDIATE"

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql(begin)

    return _shadowable(engine) if read_only else engine


def _speak_savepoints(engine: Engine) -> None:
    """Savepoints as plain words: the dialect compiles each anew, which took as long as half of a small write."""
    for name, words in (
        ("", "SAVEPOINT"),
        ("release_", "RELEASE SAVEPOINT"),
        ("rollback_to_", "ROLLBACK TO SAVEPOINT"),
    ):

        def say(connection: Connection, savepoint: str, *, words: str = words) -> None:
            connection.exec_driver_sql(f"{words} {savepoint}")

        setattr(engine.dialect, f"do_{name}savepoint", say)


def _prepare(connection: sqlite3.Connection, *, read_only: bool) -> None:
    pragmas = ["foreign_keys=ON", "mmap_size=0", "cache_size=-32768", "temp_store=MEMORY", "trusted_schema=OFF"]
    # OR REPLACE would slip past append-only triggers without recursive_triggers.
    pragmas += ["query_only=ON"] if read_only else ["journal_mode=WAL", "synchronous=FULL", "recursive_triggers=ON"]
    for pragma in pragmas:
        connection.execute(f"PRAGMA {pragma}")


def _postgres_engine(url: str, size: int, *, read_only: bool) -> Engine:
    level = "REPEATABLE READ" if read_only else "READ COMMITTED"
    engine = create_engine(url, pool_size=size, max_overflow=0, pool_pre_ping=True, isolation_level=level)

    @event.listens_for(engine, "connect")
    def _prepare_connection(connection: Any, _record: ConnectionPoolEntry) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '10s'")
            cursor.execute("SET TIME ZONE 'UTC'")
            if read_only:
                cursor.execute("SET default_transaction_read_only = on")
        connection.commit()

    return _shadowable(engine) if read_only else engine


def _shadowable(engine: Engine) -> Engine:
    """Let each question of a connection with ``shadows`` begin with them, as common table expressions named like the tables.

    Such a name hides the table in the whole statement, subqueries included, on
    both databases; inside of its own SELECT the table is named with its schema.
    """

    @event.listens_for(engine, "before_cursor_execute", retval=True)
    def _shadow(
        connection: Connection, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool
    ) -> tuple[str, Any]:
        return shadowed(connection, statement), parameters

    return engine


def shadowed(connection: Connection, statement: str) -> str:
    """``statement`` as ``connection`` asks it: with the tables in front that stand in the place of others."""
    shadows: Mapping[str, str] = connection.get_execution_options().get("shadows") or {}
    question = _QUESTION.match(statement) if shadows else None
    if question is None:
        return statement
    named = ", ".join(f'"{table}" AS {_INLINE}({query})' for table, query in shadows.items() if table in statement)
    own, rest = question[1], statement[question.end() :]
    if not named:
        return statement
    return f"{own}{named}, {rest}" if own else f"WITH {named} {rest}"


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except _ERRORS as error:
        known = _known_failure(error)
        if known is None:
            raise
        raise known from error


def _known_failure(error: Exception) -> EvidenceError | None:
    # The driver's own words: SQLAlchemy adds the parameters, and a title may hold "database is locked". For the same
    # reason refused rows are not looked at: PostgreSQL quotes them.
    if isinstance(error, _ABOUT_ROWS):
        return None
    text = str(error.orig if isinstance(error, DBAPIError) else error).lower()
    if any(sign in text for sign in _FULL):
        return StoreFull(
            "The database cannot be written: the disk is full or the file is read-only. What was being written is undone; "
            "free some space or mend the permissions, then try again."
        )
    if any(sign in text for sign in _BUSY):
        return StoreBusy("The database is busy; try again shortly.")
    if any(sign in text for sign in _AWAY):
        return StoreUnavailable(
            "The database cannot be opened: check EVIDENCE_DATABASE_URL, that it runs, and its permissions."
        )
    if any(sign in text for sign in _DAMAGED):
        return StoreUnavailable(
            f"The database cannot be read: {text}. Restore a backup, or name another file in EVIDENCE_DATABASE_URL."
        )
    if any(sign in text for sign in _OTHER_SCHEMA) and ("does not exist" in text or "no such" in text):
        return SchemaMismatch("The database has not the schema of this program; run: evidence migrate.")
    return None
