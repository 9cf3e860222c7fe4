"""Short questions that every request asks of the embedded database, without opening anything for them.

Opening and closing a session took five times as long as the question. One is
kept open outside of any transaction, so that each prepared statement
(``app.statements``) in it sees all that is committed by then. Other databases
are asked in a thread (``guarding``).
"""

import sqlite3
from collections.abc import Callable
from contextlib import ExitStack
from typing import TypeVar

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.database import Store, driver

Found = TypeVar("Found")
KEPT = 1
"""Database connections that are held while the service runs."""


class Glances:
    """The session that is kept, for the event loop alone. Nothing is opened before the first question."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._kept = ExitStack()
        self._session: Session | None = None

    def ask(self, question: Callable[[Session], Found]) -> Found:
        """The answer to ``question``, which reads by prepared statements alone.

        When the database fails it is asked again in a session of its own, which tells what is wrong.
        """
        try:
            return question(self._session or self._open())
        except (DBAPIError, sqlite3.Error):
            self.close()
            with self._store.reading() as session:
                return question(session)

    def _open(self) -> Session:
        with ExitStack() as opening:  # what fails here is told as the store tells it, and nothing of it is kept
            session = opening.enter_context(self._store.reading())
            with driver(session.connection()) as its:
                its.execute("ROLLBACK")
            session.info.clear()  # it is no snapshot: what was asked once may be answered otherwise now
            self._kept = opening.pop_all()
        self._session = session
        return session

    def close(self) -> None:
        """Let the session go; the next question opens another."""
        self._session = None
        self._kept.close()
