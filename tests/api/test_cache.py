"""The answers that are kept: never stale, never private, never more than the memory holds."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api import cache
from app.api.cache import AnswerCache, WriteWatch
from app.database import Store
from app.models.finding import Finding
from tests.api.serving import API, Writable, change, problem
from tests.factories import a_finding

PATH = "/findings/F44"


def _asked(path: str, *, method: str = "GET", headers: tuple[tuple[bytes, bytes], ...] = ()) -> Scope:
    address, _, query = f"{API}{path}".partition("?")
    return {"type": "http", "method": method, "path": address, "query_string": query.encode(), "headers": list(headers)}


async def _nothing() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}


async def _answer(app: ASGIApp, scope: Scope) -> tuple[int, bytes]:
    messages: list[Any] = []

    async def take(message: Message) -> None:
        messages.append(message)

    await app(scope, _nothing, take)
    return messages[0]["status"], b"".join(message.get("body", b"") for message in messages[1:])


class Counting:
    """An application whose answer is what the store holds now; ``before`` and ``after`` happen around its reading."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.asked = 0
        self.body = b""
        self.status = 200
        self.headers: list[tuple[bytes, bytes]] = []
        self.before: Callable[[], Awaitable[None]] | None = None
        self.after: Callable[[], Awaitable[None]] | None = None

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        self.asked += 1
        if self.before:
            await self.before()
        body = self.body or self._summary()
        if self.after:
            await self.after()
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send({"type": "http.response.body", "body": body})

    def _summary(self) -> bytes:
        with self.store.reading() as session:
            return str(session.get_one(Finding, 44).summary).encode()


@pytest.fixture
def counting(writable: Writable) -> Counting:
    return Counting(writable.store)


@pytest.fixture
def kept(counting: Counting) -> AnswerCache:
    return AnswerCache(counting, watch=WriteWatch(counting.store))


def test_the_same_question_is_worked_out_once_between_two_writes(
    writable: Writable, counting: Counting, kept: AnswerCache
) -> None:
    async def asked_three_times() -> list[tuple[int, bytes]]:
        return [await _answer(kept, _asked(PATH)) for _ in range(3)]

    first = asyncio.run(asked_three_times())
    assert (1, 1) == (counting.asked, len(set(first)))
    change(writable, "finding", "F44", summary="after")
    second = asyncio.run(asked_three_times())

    assert (2, {(200, b"after")}) == (counting.asked, set(second))


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_write_at_the_worst_moment_leaves_no_stale_answer(
    writable: Writable, counting: Counting, kept: AnswerCache, moment: str
) -> None:
    """The write comes between asking whether anything was written and reading, or between reading and keeping."""

    async def write_once() -> None:
        counting.before = counting.after = None
        change(writable, "finding", "F44", summary="after")

    setattr(counting, moment, write_once)

    async def asked_twice() -> list[bytes]:
        return [(await _answer(kept, _asked(PATH)))[1] for _ in range(2)]

    _, second = asyncio.run(asked_twice())

    assert b"after" == second


def test_a_slow_answer_is_not_kept_over_a_write_that_others_saw(
    writable: Writable, counting: Counting, kept: AnswerCache
) -> None:
    """The slow one has read the old snapshot, a write comes, a quick one sees it and forgets all, then the slow one is done."""

    async def play() -> bytes:
        has_read, may_end = asyncio.Event(), asyncio.Event()

        async def wait() -> None:
            counting.after = None
            has_read.set()
            await may_end.wait()

        counting.after = wait
        slow = asyncio.create_task(_answer(kept, _asked(PATH)))
        await has_read.wait()
        change(writable, "finding", "F44", summary="after")
        await _answer(kept, _asked("/studies/S7"))
        may_end.set()
        await slow
        return (await _answer(kept, _asked(PATH)))[1]

    assert b"after" == asyncio.run(play())


def test_answers_are_true_while_somebody_writes(writable: Writable) -> None:
    """Every answer that is asked for after an acknowledged write shows it, whoever else asks at the same time."""
    written = [0]
    wrong: list[tuple[int, int]] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            least = written[0]
            shown = writable.json(PATH)["data"]["n_events"] or 0
            if shown < least:
                wrong.append((least, shown))

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for number in range(1, 26):
        change(writable, "finding", "F44", n_events=number, n_group=100)
        written[0] = number
    done.set()
    for reader in readers:
        reader.join()

    assert [] == wrong
    assert 25 == writable.json(PATH)["data"]["n_events"]


def test_what_is_not_found_today_may_be_there_tomorrow(writable: Writable) -> None:
    assert (404, "NotFound") == problem(writable.get("/findings/F197"))
    with writable.write() as (session, revision):
        a_finding(session, revision)

    assert 200 == writable.get("/findings/F197").status_code


@pytest.mark.parametrize("status", [301, 304, 404, 410, 422, 500, 503])
def test_only_good_answers_are_kept(counting: Counting, kept: AnswerCache, status: int) -> None:
    counting.status = status

    async def asked_twice() -> set[int]:
        return {(await _answer(kept, _asked(PATH)))[0] for _ in range(2)}

    assert {status} == asyncio.run(asked_twice())
    assert 2 == counting.asked


@pytest.mark.parametrize("header", [(b"authorization", b"Bearer x"), (b"cookie", b"session=x")])
def test_nothing_is_kept_of_who_shows_who_they_are_nor_shown_to_them(
    counting: Counting, kept: AnswerCache, header: tuple[bytes, bytes]
) -> None:
    async def play() -> list[bytes]:
        counting.body = b"for one"
        first = await _answer(kept, _asked(PATH, headers=(header,)))
        counting.body = b"for all"
        second = await _answer(kept, _asked(PATH))
        counting.body = b"for another"
        third = await _answer(kept, _asked(PATH, headers=(header,)))
        return [body for _, body in (first, second, third)]

    assert [b"for one", b"for all", b"for another"] == asyncio.run(play())


@pytest.mark.parametrize(
    ("path", "method"),
    [("/export/findings.csv", "GET"), (PATH, "POST"), (PATH, "OPTIONS"), ("/../health/live", "PATCH")],
)
def test_what_is_no_question_passes_by(counting: Counting, kept: AnswerCache, path: str, method: str) -> None:
    async def asked_twice() -> None:
        for _ in range(2):
            await _answer(kept, _asked(path, method=method))

    asyncio.run(asked_twice())

    assert 2 == counting.asked


def test_an_answer_that_sets_a_cookie_is_not_kept(counting: Counting, kept: AnswerCache) -> None:
    counting.headers = [(b"set-cookie", b"a=b")]

    async def asked_twice() -> None:
        for _ in range(2):
            await _answer(kept, _asked(PATH))

    asyncio.run(asked_twice())

    assert 2 == counting.asked


def test_two_addresses_are_two_questions(writable: Writable) -> None:
    pairs = [
        ("/findings?limit=1", "/findings?limit=2"),
        ("/findings/F44", "/findings/F44%3F"),
        ("/findings/F1", "/findings/F2"),
    ]
    for one, other in pairs:
        assert writable.get(one).content != writable.get(other).content
        assert writable.get(one).content != writable.get(other).content


def test_the_memory_has_a_bound_however_many_small_answers_there_are(
    counting: Counting, kept: AnswerCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "_MOST_BYTES", 100_000)
    counting.body = b"x"

    async def ask() -> None:
        for number in range(300):
            await _answer(kept, _asked(f"/findings?q={'y' * 100}{number}"))
        counting.body = b"x" * (1024 * 1024 + 1)
        await _answer(kept, _asked("/findings?q=large"))
        await asyncio.gather(*(_answer(kept, _asked("/findings?q=same")) for _ in range(5)))

    asyncio.run(ask())
    held = [cache._size(key, each) for key, each in kept._kept.items()]

    assert sum(held) == kept._bytes <= 100_000
    assert 20 < len(held) < 300
    assert max(len(each.body) for each in kept._kept.values()) <= 1024 * 1024


def test_a_watch_that_lost_its_connection_takes_no_old_state_for_a_new_one(writable: Writable) -> None:
    watch = WriteWatch(writable.store)
    before = asyncio.run(watch.state())
    watch.close()
    change(writable, "finding", "F44", summary="after")
    after = asyncio.run(watch.state())
    watch.close()

    assert before != after
