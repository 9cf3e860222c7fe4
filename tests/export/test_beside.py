"""Tables made by two processes: the same bytes as by one, whatever becomes of the other or of the store meanwhile."""

import os
import signal
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import pytest
from msgspec.structs import replace
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.database import Store, driver
from app.export import beside, reading, rows
from app.export.beside import Other
from app.export.making import Task, made
from app.export.moment import Moment
from app.history import asof
from app.models.citation import Citation
from tests.factories import a_citation, a_revision, opened

FORMS = pytest.mark.parametrize("form", ["csv", "ndjson"])
STARTED_S = 30.0


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "AT_ONCE", 4)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)


@pytest.fixture
def session(starter_url: str) -> Iterator[Session]:
    """The starter corpus."""
    with opened(starter_url) as store, store.reading() as session:
        yield session


def _ids(session: Session) -> list[int]:
    return list(session.scalars(select(Citation.id).order_by(Citation.id)))


def _written(session: Session, form: str, ids: list[int], *, alone: bool = False) -> bytes:
    return b"".join(beside.table(session, form, iter(ids), alone=alone))


class Shared:
    """A table of all citations but the first four, with a look at who makes what."""

    def __init__(self, session: Session, form: str, ids: list[int]) -> None:
        self.asked = reading.questions(session)
        moment = reading.moment(session)
        assert moment
        self.task = Task(form, moment, self.asked)
        self.batches = [ids[place : place + 4] for place in range(0, len(ids), 4)]
        self.here = 0
        with driver(session.connection()) as its:
            self._make = partial(made, form, its, self.asked)
            self.head = rows.head(its, self.asked)
            self.expected = list(map(self._make, self.batches))

    def make(self, ids: Sequence[int]) -> bytes:
        """Make it here, and count it."""
        self.here += 1
        return self._make(ids)

    def started(self) -> Other:
        """The other process, which reads."""
        other = Other(self.task, self.head)
        assert other.has_joined(STARTED_S)
        return other


@FORMS
@pytest.mark.parametrize("every", [1, 3])
def test_two_processes_write_what_one_writes(form: str, every: int, session: Session) -> None:
    shared = Shared(session, form, _ids(session)[::every])
    with shared.started() as other:
        found = list(beside.shared(shared.make, shared.batches, other))

    assert shared.expected == found
    assert shared.here < len(shared.batches)


@FORMS
def test_the_other_reads_an_earlier_state_as_well(form: str, starter_copy_url: str) -> None:
    with opened(starter_copy_url) as store:
        _write(store)
        with asof.reading(store, "1") as session:
            shared = Shared(session, form, [*range(1, 1_000)])
            with shared.started() as other:
                found = list(beside.shared(shared.make, shared.batches, other))

    assert shared.expected == found
    assert shared.here < len(shared.batches)
    assert 3 < sum(part.count(b"/api/v1/citations/") for part in found) < 999


def _write(store: Store) -> int:
    with store.writing() as session:
        revision = a_revision()
        number = a_citation(session, revision, title="Written meanwhile")
        revision.seal(session)
    return number


@FORMS
def test_a_write_between_the_two_snapshots_is_in_neither_part(form: str, starter_copy_url: str) -> None:
    with opened(starter_copy_url) as store, store.reading() as session:
        ids = _ids(session)
        shared = Shared(session, form, ids)
        ids.append(_write(store))
        with Other(shared.task, shared.head) as other:
            joined = other.has_joined(STARTED_S)
            found = list(beside.shared(shared.make, shared.batches, other))
        both = _written(session, form, ids)
        alone = _written(session, form, ids, alone=True)

    # PostgreSQL lends its snapshot; on SQLite the other sees what came since, and is not let.
    assert store.is_sqlite is not joined
    assert (shared.expected, alone) == (found, both)
    assert b"Written meanwhile" not in both


def test_what_was_not_committed_is_no_moment_for_others(database_url: str) -> None:
    with opened(database_url) as store, store.writing() as session:
        assert reading.moment(session) is None


@FORMS
@pytest.mark.parametrize("alone", [True, False])
def test_without_a_row_there_is_what_stands_above_the_first(form: str, alone: bool, session: Session) -> None:
    found = _written(session, form, [], alone=alone)

    assert (form == "csv") == found.startswith(b"id,pmid,")
    assert found.count(b"\n") == (form == "csv")


@FORMS
@pytest.mark.parametrize("after", [0, 1, 5])
def test_nothing_is_missing_when_the_other_process_is_killed(form: str, after: int, session: Session) -> None:
    shared = Shared(session, form, _ids(session))
    other = shared.started()

    def given() -> Iterator[Sequence[int]]:
        for number, batch in enumerate(shared.batches):
            if number == after:
                os.kill(other.process_id, signal.SIGKILL)
            yield batch

    with other:
        assert shared.expected == list(beside.shared(shared.make, given(), other))


@pytest.mark.parametrize("most", [6, 1_000], ids=["on-the-way", "at-the-end"])
def test_one_that_stands_still_is_done_without(session: Session, monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    monkeypatch.setattr(beside, "_MOST", most)
    monkeypatch.setattr(beside, "_PATIENCE_S", 0.1)
    shared = Shared(session, "csv", _ids(session))
    with shared.started() as other:
        os.kill(other.process_id, signal.SIGSTOP)
        found = list(beside.shared(shared.make, shared.batches, other))

        assert shared.expected == found
        assert not Path(f"/proc/{other.process_id}").exists()


def test_an_interrupt_is_not_for_the_other(session: Session) -> None:
    shared = Shared(session, "csv", _ids(session))
    with shared.started() as other:
        os.kill(other.process_id, signal.SIGINT)
        found = list(beside.shared(shared.make, shared.batches, other))

    assert shared.expected == found
    assert shared.here < len(shared.batches)


@FORMS
def test_where_no_process_can_be_started_one_writes_it(
    form: str, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = _written(session, form, _ids(session), alone=True)
    monkeypatch.setattr("sys.executable", "/nowhere/python")

    assert expected == _written(session, form, _ids(session))


@pytest.mark.parametrize(
    "away",
    [
        Moment("/nowhere/evidence.db", {}, ""),
        Moment(None, {"host": "127.0.0.1", "port": 1, "dbname": "none"}, "0-1"),
    ],
    ids=["file", "server"],
)
def test_one_that_cannot_open_the_store_never_joins(away: Moment, session: Session) -> None:
    shared = Shared(session, "csv", _ids(session))
    with Other(replace(shared.task, moment=away), shared.head) as other:
        assert not other.has_joined(STARTED_S)
        assert shared.expected == list(beside.shared(shared.make, shared.batches, other))


@pytest.mark.parametrize("read", [1, 2, 5])
def test_who_stops_reading_leaves_no_process_behind(
    read: int, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[Other] = []
    start = Other.started
    monkeypatch.setattr(Other, "started", lambda *task: begun.append(start(*task)) or begun[0])
    chunks = beside.table(session, "csv", iter(_ids(session)), alone=False)
    for _ in range(read):
        next(chunks)
    (other,) = begun

    assert Path(f"/proc/{other.process_id}").exists()
    chunks.close()
    assert not Path(f"/proc/{other.process_id}").exists()


def test_no_list_of_processes_shows_how_to_connect(session: Session) -> None:
    shared = Shared(session, "csv", _ids(session))
    with shared.started() as other:
        command = Path(f"/proc/{other.process_id}/cmdline").read_text().split("\0")

    assert command[1:3] == ["-m", "app.export.making"]
    assert all(each.isdigit() for each in command[3:-1])


def test_the_other_loads_neither_sqlalchemy_nor_the_service(session: Session) -> None:
    shared = Shared(session, "csv", _ids(session))
    with shared.started() as other:
        loaded = Path(f"/proc/{other.process_id}/maps").read_text()

    assert "msgspec" in loaded
    assert not {name for name in ("sqlalchemy", "pydantic_core", "pyroaring") if name in loaded}
