"""A moment of a store, handed to another process, which reads the very same. Nothing here loads SQLAlchemy.

PostgreSQL lends its snapshots. SQLite has nothing of the kind: there the other
begins a transaction of its own, and both compare the end of the history (``rows.head``).
"""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from msgspec import Struct

_CACHE_KB = 1_024
"""Pages are read once; more of them would only push rows out of the processor's own memory."""


class Moment(Struct, array_like=True):
    """A file of SQLite's; or how to connect to PostgreSQL, secrets included, and the name of a ``snapshot`` there."""

    file: str | None
    server: Mapping[str, Any]
    snapshot: str


@contextmanager
def joined(moment: Moment) -> Iterator[Any]:
    """A connection of a driver's that reads this moment, or on SQLite the present. Raises :class:`OSError` when there is none."""
    with _of_file(moment.file) if moment.file else _of_server(moment) as its:
        yield its


@contextmanager
def _of_file(path: str) -> Iterator[Any]:
    try:
        its = sqlite3.connect(f"{Path(path).as_uri()}?mode=ro", uri=True, isolation_level=None)
        try:
            for pragma in (f"cache_size=-{_CACHE_KB}", "mmap_size=0", "query_only=ON", "trusted_schema=OFF"):
                its.execute(f"PRAGMA {pragma}")
            its.execute("BEGIN")
            yield its
        finally:
            its.close()
    except sqlite3.Error as error:
        raise OSError(str(error)) from error


@contextmanager
def _of_server(moment: Moment) -> Iterator[Any]:
    import psycopg  # noqa: PLC0415 - where the store is a file it is not needed, and much to load

    try:
        with psycopg.connect(**moment.server, autocommit=True) as its:
            its.execute("SET lock_timeout = '10s'")
            its.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            its.execute(f"SET TRANSACTION SNAPSHOT '{moment.snapshot}'")  # a name that PostgreSQL itself gave
            yield its
    except psycopg.Error as error:
        raise OSError(str(error)) from error
