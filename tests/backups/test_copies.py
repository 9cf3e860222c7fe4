"""Backups: whole, checked, restorable, and refused where they are not."""

import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import func, select, text, update

from app.backups import copies
from app.backups.manifest import SUFFIX
from app.database import Store
from app.errors import Conflict, StoreBusy, UnreadableFile
from app.history.queries import broken_links, unexplained
from app.models.citation import Citation
from app.models.history import DataRevision
from tests.databases import Databases
from tests.factories import a_citation, a_revision, opened


@pytest.fixture
def store(starter_copy_url: str) -> Iterator[Store]:
    with opened(starter_copy_url) as store:
        yield store


@pytest.fixture
def empty_place(starter_copy_url: str, databases: Databases, tmp_path: Path) -> Iterator[Store]:
    """Where a backup of the same kind may be restored to: nothing is there."""
    if starter_copy_url.startswith("sqlite"):
        with opened(f"sqlite:///{tmp_path / 'elsewhere.db'}") as store:
            yield store
        return
    url = databases.copy("postgresql", "empty")
    with opened(url) as store:
        with store.writing() as session:
            session.execute(text("DROP SCHEMA public CASCADE"))
            session.execute(text("CREATE SCHEMA public"))
        yield store
    databases.drop(url)


def _numbers(store: Store) -> tuple[object, ...]:
    with store.reading() as session:
        newest = session.execute(
            select(DataRevision.n, DataRevision.hash).order_by(DataRevision.n.desc()).limit(1)
        ).one()
        return (*newest, session.scalar(select(func.count()).select_from(Citation)))


def _add(store: Store) -> int:
    with store.writing() as session:
        revision = a_revision()
        number = a_citation(session, revision)
        revision.seal(session)
    return number


def test_a_backup_is_the_store_and_goes_back(store: Store, empty_place: Store, tmp_path: Path) -> None:
    path, described = copies.take(store, tmp_path)
    restored, aside = copies.restore(path, empty_place)

    assert (described, None) == (restored, aside)
    assert _numbers(store) == _numbers(empty_place)
    assert described.tables["finding"] == 196
    with empty_place.reading() as session:
        assert ([], {}) == (list(broken_links(session)), unexplained(session))


def test_what_was_there_is_kept_when_a_backup_replaces_it(store: Store, tmp_path: Path) -> None:
    path, _ = copies.take(store, tmp_path / "first")
    before = _numbers(store)
    _add(store)
    later = _numbers(store)
    store.close()
    with pytest.raises(Conflict, match="--replace"):
        copies.restore(path, store)

    _, aside = copies.restore(path, store, replace=True)

    assert before == _numbers(store)
    assert aside is not None
    if store.is_sqlite:
        with opened(f"sqlite:///{aside}") as kept:
            assert later == _numbers(kept)
    else:
        copies.restore(aside, store, replace=True)
        assert later == _numbers(store)


@pytest.mark.postgresql
def test_a_dump_that_cannot_be_loaded_leaves_what_was_there(databases: Databases, tmp_path: Path) -> None:
    url = databases.copy("postgresql", "starter")
    with opened(url) as store:
        with store.writing() as session:
            session.execute(text("CREATE SCHEMA beside"))
        path, _ = copies.take(store, tmp_path)
        _add(store)
        before = _numbers(store)
        store.close()

        with pytest.raises(UnreadableFile, match=r'"beside" already exists.*Nothing was changed'):
            copies.restore(path, store, replace=True)
        assert before == _numbers(store)
    databases.drop(url)


def test_every_write_acknowledged_before_a_backup_began_is_in_it(store: Store, tmp_path: Path) -> None:
    stop, acknowledged = threading.Event(), []

    def write() -> None:
        while not stop.is_set():
            acknowledged.append(_add(store))

    writers = [threading.Thread(target=write) for _ in range(4)]
    for each in writers:
        each.start()
    drills = []
    for number in range(3):
        known = len(acknowledged)
        drills.append((acknowledged[:known], copies.take(store, tmp_path / f"drill{number}")))
    stop.set()
    for each in writers:
        each.join()

    for known_ids, (path, described) in drills:
        assert described.tables["citation"] >= 88 + len(known_ids)
        if store.is_sqlite:
            with opened(f"sqlite:///{path}") as copy, copy.reading() as session:
                assert set(known_ids) <= set(session.scalars(select(Citation.id)))


@pytest.mark.parametrize("damage", ["a byte", "shorter", "no manifest", "another manifest"])
def test_a_damaged_backup_is_refused_and_the_store_stays(store: Store, tmp_path: Path, damage: str) -> None:
    path, _ = copies.take(store, tmp_path / "backup")
    manifest = path.with_name(path.name + SUFFIX)
    whole = path.read_bytes()
    if damage == "a byte":
        path.write_bytes(whole[:5000] + bytes([whole[5000] ^ 1]) + whole[5001:])
    elif damage == "shorter":
        path.write_bytes(whole[:-100])
    elif damage == "no manifest":
        manifest.unlink()
    else:
        manifest.write_bytes(b'{"form": 1}')
    before = _numbers(store)

    with pytest.raises(UnreadableFile):
        copies.restore(path, store, replace=True)
    assert before == _numbers(store)


def test_a_backup_of_a_store_with_a_broken_history_is_not_called_one(store: Store, tmp_path: Path) -> None:
    with store.connection() as connection, connection.begin():
        if store.is_sqlite:
            connection.exec_driver_sql("DROP TRIGGER data_revision_no_update")
        else:
            connection.exec_driver_sql("ALTER TABLE data_revision DISABLE TRIGGER data_revision_append_only")
        connection.execute(update(DataRevision).where(DataRevision.n == 1).values(reason="another"))

    with pytest.raises(UnreadableFile, match="data revision 1"):
        copies.take(store, tmp_path)
    assert [] == [path for path in tmp_path.iterdir() if "evidence-" in path.name]


def test_a_backup_never_overwrites_a_file(store: Store, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("precious")

    with pytest.raises(Conflict, match="there already"):
        copies.take(store, tmp_path / "mine")
    assert "precious" == (tmp_path / "mine").read_text()


@pytest.mark.sqlite
def test_a_database_that_somebody_reads_is_not_replaced(databases: Databases, tmp_path: Path) -> None:
    url = databases.copy("sqlite", "starter")
    with closing(Store(url)) as store, closing(Store(url)) as other:
        path, _ = copies.take(store, tmp_path / "backup")
        with other.reading() as session:
            session.scalar(select(func.count()).select_from(Citation))
            with pytest.raises(StoreBusy, match="stop the service"):
                copies.restore(path, store, replace=True)
