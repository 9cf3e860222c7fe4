"""Taking a backup and going back to one, on either database. A copy that was not checked is not called a backup."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from sqlalchemy import inspect

from app.backups import manifest, postgres_dump, sqlite_copy
from app.backups.manifest import Content, Manifest
from app.database import Store
from app.errors import Conflict, StoreFull, UnreadableFile
from app.kit.canonical import iso, now


def take(store: Store, destination: Path) -> tuple[Path, Manifest]:
    """Make a backup of ``store`` at ``destination``, a new file or a folder; return where it is and what it holds.

    The file gets its name after it was checked, and its manifest last. Raises
    :class:`Conflict` when the file is there already.
    """
    path = destination / _name(store) if destination.is_dir() else destination
    if path.exists():
        raise Conflict(f"{path} is there already; name a new file or a folder.")
    if not path.parent.is_dir():
        raise StoreFull(f"The folder {path.parent} is not there; make it first.")
    unfinished = path.with_name(path.name + ".unfinished")
    unfinished.unlink(missing_ok=True)
    try:
        copied = (sqlite_copy.copy if store.is_sqlite else postgres_dump.dump)(store, unfinished)
        described = manifest.describe(unfinished, copied, database=_database(store))
        unfinished.rename(path)
    finally:
        unfinished.unlink(missing_ok=True)
    manifest.write(described, path)
    return path, described


def restore(backup: Path, store: Store, *, replace: bool = False) -> tuple[Manifest, Path | None]:
    """Make ``backup`` the content of ``store``; return its manifest and where what was there went.

    Raises :class:`UnreadableFile` for a backup that is damaged or of the other
    kind of database, :class:`Conflict` when there is a database and
    ``replace`` is not said.
    """
    described = manifest.matching(backup)
    if described.database != _database(store):
        raise UnreadableFile(
            f"{backup} is a backup of {described.database}; EVIDENCE_DATABASE_URL names {_database(store)}."
        )
    occupied = _is_occupied(store)
    if occupied and not replace:
        raise Conflict("There is a database already; say --replace to restore over it.")
    if store.is_sqlite:
        _refuse_unless_same(sqlite_copy.check(backup), described)
        aside = _aside(store) if occupied else None
        sqlite_copy.put_back(backup, store, aside=aside)
        return described, aside
    aside = take(store, backup.with_name(f"replaced-{_name(store)}"))[0] if occupied else None
    postgres_dump.load(backup, store, replace=occupied)
    with store.reading() as session:
        _refuse_unless_same(manifest.content_of(session), described, instead=f"what was there is in {aside}")
    return described, aside


def _refuse_unless_same(found: Content, described: Manifest, *, instead: str = "nothing was changed") -> None:
    if (found.tables, found.chain_hash) != (described.tables, described.chain_hash):
        raise UnreadableFile(f"The backup does not hold what its manifest says; {instead}.")


def _is_occupied(store: Store) -> bool:
    if store.path is not None:
        return store.path.exists() and store.path.stat().st_size > 0
    with store.reading() as session:
        return inspect(session.connection()).has_table("alembic_version")


def _database(store: Store) -> str:
    return sqlite_copy.DATABASE if store.is_sqlite else postgres_dump.DATABASE


def _stamp() -> str:
    return iso(now()).replace(":", "").replace("-", "").replace(".", "")


def _name(store: Store) -> str:
    return f"evidence-{_stamp()}.{'db' if store.is_sqlite else 'dump'}"


def _aside(store: Store) -> Path | None:
    return store.path.with_name(f"{store.path.name}.replaced-{_stamp()}") if store.path else None


def before_migrating(store: Store, folder: Path, tell: Callable[[str], None]) -> Path:
    """A backup from which the store can be had back as it was before its schema changes."""
    with suppress(FileExistsError):
        folder.mkdir(parents=True)
    path, described = take(store, folder)
    tell(f"Took a backup before migrating: {path} ({described.data_revision} data revisions, checked).")
    return path
