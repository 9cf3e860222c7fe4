from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from app.cli.preparing import newest_schema
from app.database import Store
from app.schema import head
from tests.cli.terminal import evidence, evidence_process


@pytest.fixture
def bare_url(database_url: str, tmp_path: Path) -> Iterator[str]:
    """A database with nothing in it, not even a schema."""
    if database_url.startswith("sqlite"):
        yield f"sqlite:///{tmp_path}/bare.db"
        return
    engine = create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()
    yield database_url


def _numbers(url: str) -> tuple[int, ...]:
    store = Store(url)
    with store.reading() as session:
        counts = [
            session.scalar(text(f"SELECT count(*) FROM {name}")) for name in ("study", "finding", "data_revision")
        ]
    store.close()
    return tuple(counts)


def _set_schema(url: str, version: str) -> None:
    store = Store(url)
    with store.writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = :version"), {"version": version})
    store.close()


def test_the_program_knows_its_schema_without_loading_the_migrations() -> None:
    assert head() == newest_schema()


def test_init_makes_everything_and_says_so_and_a_second_one_changes_nothing(bare_url: str) -> None:
    first = evidence("init", database_url=bare_url)
    second = evidence("init", database_url=bare_url)

    assert (0, 0) == (first.code, second.code)
    assert ["Migrated", "Loaded", "Loaded", "Loaded", "The"] == [line.split()[0] for line in first.stderr.splitlines()]
    assert "The database is ready; there was nothing to do.\n" == second.stderr
    assert (80, 196, 1) == _numbers(bare_url)


def test_two_inits_at_once_load_everything_once(bare_url: str) -> None:
    with ThreadPoolExecutor(2) as pool:
        ended = list(pool.map(lambda _: evidence_process("init", database_url=bare_url), range(2)))

    assert [0, 0] == [each.code for each in ended], [each.stderr for each in ended]
    assert (80, 196, 1) == _numbers(bare_url)


def test_migrate_makes_the_schema_and_nothing_else(bare_url: str) -> None:
    first = evidence("migrate", database_url=bare_url)
    second = evidence("migrate", database_url=bare_url)

    assert (0, 0) == (first.code, second.code)
    assert f"Migrated the database to schema {head()}.\n" == first.stderr
    assert f"The database has schema {head()} already; there was nothing to do.\n" == second.stderr
    assert (0, 0, 0) == _numbers(bare_url)


@pytest.mark.parametrize("verb", [["migrate"], ["init"], ["search", "sleep"]], ids=" ".join)
def test_a_database_from_a_newer_program_is_refused(database_url: str, verb: list[str]) -> None:
    _set_schema(database_url, "2099_01_01_0000")
    ended = evidence(*verb, database_url=database_url)

    assert (1, "") == (ended.code, ended.stdout)
    assert ended.stderr.startswith("The database has schema 2099_01_01_0000, which is newer than this program knows")
    assert 1 == len(ended.stderr.splitlines())


def test_a_database_from_an_older_program_says_what_to_run(database_url: str) -> None:
    _set_schema(database_url, "2026_11_22_1300")
    ended = evidence("search", "sleep", database_url=database_url)

    assert 1 == ended.code
    assert ended.stderr.endswith("run: evidence migrate\n")


def test_a_verb_on_a_database_that_is_not_there_says_what_to_run(tmp_path: Path) -> None:
    ended = evidence("search", database_url=f"sqlite:///{tmp_path}/none.db")

    assert (1, "") == (ended.code, ended.stdout)
    assert f"There is no database at {tmp_path}/none.db yet; run: evidence init\n" == ended.stderr
