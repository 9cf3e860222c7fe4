"""The queue of writes: which share a transaction, and that each is done or undone for itself and acknowledged by the commit."""

import asyncio
import subprocess
import sys
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.api.turns import MOST_TOGETHER, Writers
from app.database import Store
from app.errors import Conflict, StoreBusy
from app.history import queries
from app.history.events import latest
from app.models.study import Study
from tests.databases import Databases
from tests.factories import a_revision, a_study, opened
from tests.test_database import ROOT

Work = Callable[[Session], Any]


def _enter(title: str, session: Session) -> int:
    revision = a_revision(reason=title)
    a_study(session, revision, reports=(), title=title)
    revision.seal(session)
    return latest(session)


def _refused(title: str, session: Session) -> None:
    _enter(title, session)
    raise Conflict("not so")


def _titles(store: Store) -> list[str]:
    with store.reading() as session:
        assert [] == list(queries.broken_links(session))
        return list(session.scalars(select(Study.title).order_by(Study.title)))


def _all(store: Store, works: list[Work], **settings: Any) -> list[Any]:
    """What came of works that are handed over at the same moment."""

    async def hand_over() -> list[Any]:
        writers = Writers(store, **settings)
        came = await asyncio.gather(*(writers.run(work) for work in works), return_exceptions=True)
        await writers.close()
        return came

    return asyncio.run(hand_over())


def test_writes_that_wait_have_a_data_revision_each(vocabulary_url: str) -> None:
    with opened(vocabulary_url) as store:
        before = _all(store, [partial(_enter, "first")])[0]
        numbers = _all(store, [partial(_enter, f"study {n:02}") for n in range(40)])

        assert list(range(before + 1, before + 41)) == sorted(numbers)
        assert ["first", *(f"study {n:02}" for n in range(40))] == _titles(store)


@pytest.mark.sqlite
def test_on_the_embedded_database_they_share_a_transaction_and_none_is_told_before_its_commit(
    databases: Databases,
) -> None:
    url = databases.copy("sqlite", "vocabulary")
    seen: list[int] = []

    async def hand_over(store: Store) -> None:
        writers = Writers(store)
        held = threading.Event()

        async def enter(number: int) -> None:
            await writers.run(partial(_enter, f"study {number}"))
            with store.reading() as session:
                seen.append(session.scalar(select(func.count()).select_from(Study)) or 0)

        first = asyncio.ensure_future(writers.run(lambda _: held.wait()))
        await asyncio.sleep(0.05)
        others = [asyncio.ensure_future(enter(number)) for number in range(MOST_TOGETHER + 9)]
        await asyncio.sleep(0)
        held.set()
        await asyncio.gather(first, *others)

    with opened(url) as store:
        asyncio.run(hand_over(store))
        together = len(set(seen))
    databases.drop(url)

    assert MOST_TOGETHER + 9 == max(seen) == len(seen)
    assert together < len(seen)


def test_a_write_that_is_refused_undoes_itself_and_not_its_neighbours(vocabulary_url: str) -> None:
    def twice(session: Session) -> None:
        session.execute(text("INSERT INTO data_revision SELECT * FROM data_revision WHERE n = 1"))

    works: list[Work] = [
        partial(_enter, "a"), partial(_refused, "b"), partial(_enter, "c"), twice, partial(_enter, "d"),
    ]  # fmt: skip
    with opened(vocabulary_url) as store:
        _all(store, [partial(_enter, "0")])
        came = _all(store, works)

        assert ["0", "a", "c", "d"] == _titles(store)
    assert [int, Conflict, int, IntegrityError, int] == [type(each) for each in came]


def test_a_write_sees_those_that_share_its_transaction(vocabulary_url: str) -> None:
    def extend(session: Session) -> None:
        study = session.scalars(select(Study).with_for_update()).one()
        study.title += "+"

    with opened(vocabulary_url) as store:
        _all(store, [partial(_enter, "study")])
        came = _all(store, [extend] * 20)

        assert ["study" + "+" * 20] == _titles(store)
    assert [None] * 20 == came


def test_a_write_that_nobody_waits_for_any_more_is_not_done(vocabulary_url: str) -> None:
    async def leave(store: Store) -> None:
        writers = Writers(store)
        held = threading.Event()
        under_way = [asyncio.ensure_future(writers.run(lambda _: held.wait())) for _ in range(8)]
        await asyncio.sleep(0.05)
        left = asyncio.ensure_future(writers.run(partial(_enter, "left")))
        await asyncio.sleep(0)
        left.cancel()
        held.set()
        await asyncio.gather(*under_way)
        await writers.run(partial(_enter, "stayed"))
        await writers.close()

    with opened(vocabulary_url) as store:
        asyncio.run(leave(store))

        assert ["stayed"] == _titles(store)


def test_a_write_whose_turn_is_long_in_coming_is_not_done_and_told_to_come_again(vocabulary_url: str) -> None:
    async def wait(store: Store) -> Any:
        writers = Writers(store, patience_s=0.2)
        held = threading.Event()
        under_way = [asyncio.ensure_future(writers.run(lambda _: held.wait())) for _ in range(8)]
        await asyncio.sleep(0.05)
        late = (await asyncio.gather(writers.run(partial(_enter, "late")), return_exceptions=True))[0]
        held.set()
        await asyncio.gather(*under_way, return_exceptions=True)
        return late

    with opened(vocabulary_url) as store:
        assert isinstance(asyncio.run(wait(store)), StoreBusy)
        assert [] == _titles(store)


FULL = """
import asyncio, os, resource, sys
from functools import partial
from sqlalchemy import text
from app.api.turns import Writers
from app.database import Store
from app.jobs import leases
store = Store(sys.argv[1])
kept, failed = 0, set()
async def one(writers):
    global kept
    try:
        await writers.run(lambda session: leases.add(session, "trial", {"pad": "x" * 20_000}))
        kept += 1
    except Exception as error:
        failed.add(type(error).__name__)
async def all():
    writers = Writers(store)
    for _ in range(4):
        await asyncio.gather(*(one(writers) for _ in range(25)))
resource.setrlimit(resource.RLIMIT_FSIZE, (os.path.getsize(store.path) + 600_000, resource.RLIM_INFINITY))
asyncio.run(all())
with store.reading() as session: print(*failed, kept, session.execute(text("SELECT count(*) FROM job")).scalar())
"""


@pytest.mark.sqlite
def test_on_a_full_disk_what_was_acknowledged_is_there_and_nothing_else(databases: Databases) -> None:
    url = databases.copy("sqlite", "empty")
    command = [sys.executable, "-c", FULL, url]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True).stdout.split()
    databases.drop(url)

    assert ["StoreFull"] == told[:1]
    assert 0 < int(told[1]) == int(told[2]) < 100
