"""Copies of an embedded database: made from one snapshot beside running writers, and put back where no one is at work."""

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from app.backups.manifest import Content, content_of
from app.database import Store
from app.errors import StoreBusy, UnreadableFile

DATABASE = "sqlite"


def copy(store: Store, to: Path) -> Content:
    """Copy the database into the new file ``to`` and check the copy, not the original.

    ``VACUUM INTO`` reads one snapshot: whatever was committed before it began
    is there. A plain copy of the file was bad in 2 of 25 trials.
    """
    if store.path is None or not store.path.is_file():
        raise UnreadableFile(f"There is no database at {store.path}.")
    with closing(sqlite3.connect(f"{store.path.absolute().as_uri()}?mode=ro", uri=True, timeout=30)) as source:
        source.execute("VACUUM INTO ?", (str(to),))
    _flush(to)
    return check(to)


def check(path: Path) -> Content:
    """What the copy holds. Raises :class:`UnreadableFile` unless pages, references and history hold together."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            found = connection.execute("PRAGMA integrity_check").fetchone()[0]
            loose = connection.execute("PRAGMA foreign_key_check").fetchone()
    except sqlite3.DatabaseError as error:
        raise UnreadableFile(f"{path} is no sound database: {error}.") from error
    if found != "ok" or loose:
        raise UnreadableFile(
            f"{path} is no sound database: {found if found != 'ok' else f'loose reference in {loose[0]}'}."
        )
    store = Store(f"sqlite:///{path}", readers=1)
    try:
        with store.reading() as session:
            return content_of(session)
    finally:
        store.close()
        path.with_name(path.name + ".lock").unlink(missing_ok=True)


def put_back(backup: Path, store: Store, *, aside: Path | None) -> None:
    """Make ``backup`` the database of ``store``; what is there now goes to ``aside``.

    The new file is complete and on the disk before it gets its name.
    """
    if store.path is None:
        raise UnreadableFile("This backup is of an embedded database; name one in EVIDENCE_DATABASE_URL.")
    with store.turn():
        arriving = store.path.with_name(store.path.name + ".arriving")
        shutil.copyfile(backup, arriving)
        _flush(arriving)
        if aside is not None:
            _let_go(store.path)
            store.path.rename(aside)
        arriving.replace(store.path)
        _flush_folder(store.path.parent)


def _let_go(path: Path) -> None:
    """Leave no log file behind that the next database at this place would take for its own."""
    try:
        with closing(sqlite3.connect(path, timeout=2, isolation_level=None)) as connection:
            # Leaving WAL needs every other connection closed, so this also tells whether a server is still at work.
            connection.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.OperationalError as error:
        raise StoreBusy(f"The database {path} is in use ({error}); stop the service, then restore.") from error


def _flush(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
    _flush_folder(path.parent)


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
