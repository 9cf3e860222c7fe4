"""The store: snapshots for readers, one writer at a time, and nothing lost or half-written whatever happens."""

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from app.database import Store
from app.errors import StoreBusy, StoreFull, StoreUnavailable
from app.jobs import leases
from app.models.imports import Job
from app.models.study import Study
from app.write_turn import WriteTurn
from tests.databases import Databases
from tests.factories import a_revision, a_study, opened

ROOT = Path(__file__).resolve().parents[1]
CHILD = """
import os, resource, sys
from sqlalchemy import text
from app.database import Store
from app.jobs import leases
store = Store(sys.argv[1])
"""


def _child(body: str, url: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", CHILD + body, url]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def _jobs(session: Session) -> list[int]:
    return list(session.scalars(select(Job.id).order_by(Job.id)))


def _add_job(store: Store) -> int:
    with store.writing() as session:
        return leases.add(session, "trial", {})


def test_a_reader_cannot_write(database_url: str) -> None:
    with opened(database_url) as store:
        with pytest.raises(StoreFull, match="read-only"), store.reading() as session:
            leases.add(session, "trial", {})

        with store.reading() as session:
            assert [] == _jobs(session)


def test_a_reader_sees_one_moment_from_its_first_look_to_its_last(database_url: str) -> None:
    with opened(database_url) as store:
        first = _add_job(store)
        with store.reading() as early:
            before = _jobs(early)
            second = _add_job(store)
            after = _jobs(early)
        with store.reading() as late:
            now = _jobs(late)

    assert [first] == before == after
    assert [first, second] == now


def test_eight_writers_who_add_to_the_same_number_lose_nothing(vocabulary_url: str) -> None:
    def count_up(store: Store, study_id: int) -> None:
        done = 0
        while done < 20:
            try:
                with store.writing() as session:
                    study = session.get_one(Study, study_id)
                    study.n_total = (study.n_total or 0) + 1
                done += 1
            except StaleDataError:  # PostgreSQL lets writers in side by side; the version column refuses the second
                assert not store.is_sqlite

    with opened(vocabulary_url) as store:
        with store.writing() as session:
            study_id = a_study(session, a_revision(), n_total=0).id
        _all_at_once([lambda: count_up(store, study_id)] * 8)

        with store.reading() as session:
            assert 160 == session.get_one(Study, study_id).n_total


def test_two_processes_who_write_at_once_lose_nothing(databases: Databases) -> None:
    url = databases.copy("sqlite", "empty")
    body = (
        "for _ in range(60):\n    with store.writing() as s: leases.add(s, 'trial', {})\nstore.close(); print('done')"
    )
    told = [child.communicate(timeout=60)[0] for child in [_child(body, url), _child(body, url)]]

    with opened(url) as store, store.reading() as session:
        assert ["done\n", "done\n"] == told
        assert 120 == len(_jobs(session))
    databases.drop(url)


def test_what_raises_leaves_nothing_behind_and_the_next_writer_goes_on(database_url: str) -> None:
    with opened(database_url) as store:
        with pytest.raises(ZeroDivisionError), store.writing() as session:
            _add_and_fail(session, "SELECT 1")
        with pytest.raises(IntegrityError), store.writing() as session:
            _add_and_fail(session, "UPDATE job SET state = 'lost'")
        last = _add_job(store)

        with store.reading() as session:
            assert [last] == _jobs(session)


def _add_and_fail(session: Session, sql: str) -> None:
    leases.add(session, "trial", {})
    session.execute(text(sql))
    raise ZeroDivisionError


def test_writers_come_in_turn_and_one_who_gave_up_holds_up_nobody() -> None:
    turn, order = WriteTurn(None), []

    def write(name: int) -> None:
        with turn.taken():
            order.append(name)

    def give_up() -> None:
        with pytest.raises(StoreBusy), turn.taken(timeout_s=0.05):
            order.append(-1)

    with turn.taken():
        threads = []
        for number, work in enumerate([*[lambda n=n: write(n) for n in range(4)], give_up, lambda: write(5)], 1):
            threads.append(threading.Thread(target=work))
            threads[-1].start()
            _until(lambda n=number: len(turn._waiting) == n)
        threads[4].join()
    for thread in threads:
        thread.join()

    assert [0, 1, 2, 3, 5] == order


def test_a_writer_who_waits_too_long_hears_that_the_store_is_busy(tmp_path: Path) -> None:
    here, elsewhere = WriteTurn(tmp_path / "db.lock"), WriteTurn(tmp_path / "db.lock")
    with here.taken():
        with pytest.raises(StoreBusy), here.taken(timeout_s=0.05):
            pass
        with pytest.raises(StoreBusy), elsewhere.taken(timeout_s=0.05):
            pass

    with elsewhere.taken(timeout_s=1), pytest.raises(StoreBusy), here.taken(timeout_s=0.01):
        pass
    with here.taken(timeout_s=1):
        pass


@pytest.mark.sqlite
def test_the_embedded_database_keeps_every_commit_and_every_rule(databases: Databases) -> None:
    url = databases.copy("sqlite", "empty")
    names = ("journal_mode", "synchronous", "foreign_keys", "recursive_triggers", "mmap_size", "query_only")
    with opened(url) as store:
        with store.connection() as connection:
            writer = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names]
        with store.reading() as session:
            reader = [session.execute(text(f"PRAGMA {name}")).scalar() for name in names]
    databases.drop(url)

    assert ["wal", 2, 1, 1, 0, 0] == writer
    assert ["wal", 1, 0, 1] == [reader[0], reader[2], reader[4], reader[5]]


def test_a_writer_killed_in_the_middle_leaves_every_acknowledged_row(database_url: str) -> None:
    body = "while True:\n    with store.writing() as s: n = leases.add(s, 'trial', {'pad': 'x' * 900})\n    print(n, flush=True)"
    with _child(body, database_url) as child:
        assert child.stdout
        first = child.stdout.readline()
        time.sleep(0.3)
        child.kill()
        acknowledged = [int(line) for line in (first, *child.stdout) if line.endswith("\n")]

    with opened(database_url) as store, store.reading() as session:
        assert set() == set(acknowledged) - set(_jobs(session))
        if store.is_sqlite:
            assert "ok" == session.execute(text("PRAGMA integrity_check")).scalar()
    with opened(database_url) as store:
        assert _add_job(store) > acknowledged[-1]


@pytest.mark.sqlite
def test_a_full_disk_is_named_and_takes_nothing_that_was_acknowledged(databases: Databases) -> None:
    url = databases.copy("sqlite", "empty")
    body = """
size = os.path.getsize(store.path)
kept = 0
resource.setrlimit(resource.RLIMIT_FSIZE, (size + 400_000, resource.RLIM_INFINITY))
try:
    for _ in range(10_000):
        with store.writing() as s: leases.add(s, 'trial', {'pad': 'x' * 20_000})
        kept += 1
except Exception as error:
    print(type(error).__name__)
with store.reading() as s: print(s.execute(text('SELECT count(*) FROM job')).scalar() - kept)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
with store.writing() as s: leases.add(s, 'trial', {})
print(kept)
"""
    told = _child(body, url).communicate(timeout=60)[0].split()
    with opened(url) as store, store.reading() as session:
        kept = len(_jobs(session))
        integrity = session.execute(text("PRAGMA integrity_check")).scalar()
    databases.drop(url)

    assert ["StoreFull", "0"] == told[:2]
    assert ("ok", int(told[2]) + 1) == (integrity, kept)


@pytest.mark.sqlite
def test_a_folder_that_may_not_be_written_is_named(databases: Databases) -> None:
    url = databases.copy("sqlite", "empty")
    # Not below pytest's folders, which only their owner may enter.
    folder = Path(tempfile.mkdtemp(prefix="evidence-ro-", dir="/tmp"))
    shutil.copyfile(url.removeprefix("sqlite:///"), folder / "evidence.db")
    folder.chmod(0o555)
    body = """
if os.geteuid() == 0: os.setuid(65534)
try:
    with store.writing() as s: leases.add(s, 'trial', {})
except Exception as error:
    print(type(error).__name__)
"""
    told = _child(body, f"sqlite:///{folder / 'evidence.db'}").communicate(timeout=60)[0]
    folder.chmod(0o755)
    shutil.rmtree(folder)
    databases.drop(url)

    assert "StoreFull\n" == told


@pytest.mark.parametrize("where", ["sqlite:///{}/none.db", "postgresql+psycopg://x@127.0.0.1:1/none"])
def test_a_database_that_is_not_there_is_unavailable_and_not_a_defect(where: str, tmp_path: Path) -> None:
    with (
        opened(where.format(tmp_path)) as store,
        pytest.raises(StoreUnavailable, match="EVIDENCE_DATABASE_URL"),
        store.reading() as session,
    ):
        session.execute(text("SELECT 1"))


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(StoreFull, match="cannot be made"):
        Store(f"sqlite:///{tmp_path}/file/below/evidence.db")


def test_more_readers_than_there_are_connections_hear_that_the_store_is_busy(database_url: str) -> None:
    store = Store(database_url, readers=1)
    store._reader.pool._timeout = 0.05  # type: ignore[attr-defined]  # half a minute is long for a test
    with store.reading() as session:
        _jobs(session)
        with pytest.raises(StoreBusy), store.reading() as second:
            _jobs(second)
    store.close()


@pytest.mark.parametrize("words", ["The database is locked", "Disk is full, read-only", "connection refused"])
def test_words_in_the_data_are_not_taken_for_words_of_the_database(database_url: str, words: str) -> None:
    with opened(database_url) as store, pytest.raises(IntegrityError), store.writing() as session:
        session.add(Job(kind=words, payload={}, state=words[:60], token=0, attempts=0))


@pytest.mark.sqlite
def test_a_writer_from_outside_makes_the_store_busy_and_not_broken(
    databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.database._BUSY_TIMEOUT_MS", 50)
    url = databases.copy("sqlite", "empty")
    outside = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    outside.execute("BEGIN IMMEDIATE")
    with opened(url) as store:
        with pytest.raises(StoreBusy):
            _add_job(store)
        outside.execute("ROLLBACK")
        outside.close()
        kept = _add_job(store)
        assert 1 == kept
    databases.drop(url)


def test_closing_leaves_no_connection_open(database_url: str) -> None:
    with opened(database_url) as store:
        _add_job(store)
        with store.reading() as session:
            _jobs(session)

    assert [0, 0] == [store._reader.pool.checkedin(), store._writer.pool.checkedin()]  # type: ignore[attr-defined]  # QueuePool has it
    assert not os.path.exists(f"{database_url.removeprefix('sqlite:///')}-wal")


def _all_at_once(work: list[Callable[[], None]]) -> None:
    failures: list[Exception] = []

    def guarded(each: Callable[[], None]) -> None:
        try:
            each()
        except Exception as error:  # noqa: BLE001 - a thread must hand its failure over, whatever it is
            failures.append(error)

    threads = [threading.Thread(target=guarded, args=(each,)) for each in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [] == failures


def _until(met: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not met():
        assert time.monotonic() < deadline
        time.sleep(0.002)


SHADOWS = {"study": "SELECT 7 AS id, 'then' AS title"}
QUESTIONS = (
    "SELECT title FROM study",
    "  select title from (SELECT title FROM study) AS inner_one",
    "WITH other AS (SELECT title FROM study) SELECT title FROM other",
    "WITH RECURSIVE o(t, n) AS (SELECT title, 1 FROM study UNION ALL SELECT t, n + 1 FROM o WHERE n < 1) SELECT t FROM o",
)


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_shadow_stands_in_the_place_of_its_table_in_every_question(database_url: str, question: str) -> None:
    with opened(database_url) as store:
        with store.reading(engine=store.shadowed(SHADOWS)) as session:
            then = session.scalars(text(question)).all()
        with store.reading() as session:
            present = session.scalars(text(question)).all()

    assert (["then"], []) == (then, present)


def test_a_connection_that_is_out_when_the_store_closes_is_closed_when_it_comes_back(database_url: str) -> None:
    store = Store(database_url)
    with store.reading() as session:
        held: Any = session.connection().connection.driver_connection
        store.close()
        answer = session.scalar(text("SELECT 1"))

    assert 1 == answer
    with pytest.raises((psycopg.OperationalError, sqlite3.ProgrammingError), match="closed"):
        held.execute("SELECT 1")
