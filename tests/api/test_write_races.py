"""Who comes first: many clients at once, through two services over one database, on both databases."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import func, select

from app.accounts import credentials, flags, people
from app.database import Store
from app.history import queries
from app.models.citation import Citation
from app.models.history import DataRevision
from tests.api.live import Server
from tests.api.people import signed_in
from tests.api.serving import API
from tests.factories import opened

R11 = f"{API}/citations/R11"
AT_ONCE = 12
Answered = tuple[int, dict[str, Any], dict[str, str]]


class Services:
    """Two services as two workers have them, and the store beside them."""

    def __init__(self, store: Store, ports: tuple[int, int]) -> None:
        self.store = store
        self._ports = ports

    def ask(self, number: int, method: str, path: str, headers: dict[str, str], body: Any = None) -> Answered:
        connection = HTTPConnection("127.0.0.1", self._ports[number % 2], timeout=30)
        sent = None if body is None else json.dumps(body)
        connection.request(method, path, sent, {"Host": "localhost", "Content-Type": "application/json", **headers})
        response = connection.getresponse()
        content = response.read()
        connection.close()
        return response.status, json.loads(content or b"{}"), {k.lower(): v for k, v in response.getheaders()}

    def at_once(self, ask: Callable[[int], Answered], number: int = AT_ONCE) -> list[Answered]:
        start = Barrier(number)

        def wait_and_ask(each: int) -> Answered:
            start.wait()
            return ask(each)

        with ThreadPoolExecutor(number) as pool:
            return list(pool.map(wait_and_ask, range(number)))

    def counted(self, model: Any) -> int:
        with self.store.reading() as session:
            assert [] == list(queries.broken_links(session))
            return session.scalar(select(func.count()).select_from(model)) or 0


@pytest.fixture
def services(starter_copy_url: str) -> Iterator[Services]:
    with opened(starter_copy_url) as store, Server(starter_copy_url) as one, Server(starter_copy_url) as other:
        yield Services(store, (one.port, other.port))


def test_of_racing_edits_exactly_one_is_done_and_the_others_are_told_what_differs(services: Services) -> None:
    who = {**signed_in(services.store), "If-Match": '"1.1"'}
    before = services.counted(DataRevision)
    answers = services.at_once(lambda n: services.ask(n, "PATCH", R11, who, {"volume": f"v{n}"}))
    done = [body["data"]["record"]["volume"] for status, body, _ in answers if status == 200]

    assert {200: 1, 412: AT_ONCE - 1} == Counter(status for status, _, _ in answers)
    assert before + 1 == services.counted(DataRevision)
    for status, body, _ in answers:
        if status == 412:
            assert (2, done) == (body["current_version"], [each["current"] for each in body["differences"]])


def test_a_request_sent_many_times_at_once_under_one_key_is_done_once(services: Services) -> None:
    who = {**signed_in(services.store), "Idempotency-Key": "same"}
    citations, revisions = services.counted(Citation), services.counted(DataRevision)
    entry = {"title": "Sent again and again"}
    answers = services.at_once(lambda n: services.ask(n, "POST", f"{API}/citations", who, entry))

    assert {201} == {status for status, _, _ in answers}
    assert 1 == len({body["data"]["id"] for _, body, _ in answers})
    assert AT_ONCE - 1 == sum("idempotency-replayed" in headers for _, _, headers in answers)
    assert (citations + 1, revisions + 1) == (services.counted(Citation), services.counted(DataRevision))


def test_one_key_with_two_bodies_at_once_does_one_of_them(services: Services) -> None:
    who = {**signed_in(services.store), "Idempotency-Key": "two"}
    citations = services.counted(Citation)
    answers = services.at_once(
        lambda n: services.ask(n, "POST", f"{API}/citations", who, {"title": f"Body {n // 2 % 2}"})
    )

    assert {201: AT_ONCE // 2, 422: AT_ONCE // 2} == Counter(status for status, _, _ in answers)
    assert citations + 1 == services.counted(Citation)


def test_one_identifier_entered_by_many_at_once_makes_one_record(services: Services) -> None:
    who = signed_in(services.store)
    citations = services.counted(Citation)
    entry = {"title": "One paper", "identifiers": [{"scheme": "doi", "value": "10.1000/race"}]}
    answers = services.at_once(lambda n: services.ask(n, "POST", f"{API}/citations", who, entry))

    assert {201: 1, 409: AT_ONCE - 1} == Counter(status for status, _, _ in answers)
    assert citations + 1 == services.counted(Citation)


@pytest.mark.parametrize("end", ["revoked", "disabled", "another role"])
def test_who_lost_the_right_while_waiting_for_the_turn_writes_nothing(services: Services, end: str) -> None:
    """The writes wait for a transaction in which the right is taken away; every one of them was let in before."""
    who = signed_in(services.store, "curator", name="maria")
    held = {**who, "If-Match": '"1.1"'}
    before = services.counted(DataRevision)
    with ThreadPoolExecutor(4) as pool:
        with services.store.writing() as session:
            account = people.get(session, "maria")
            writes = [pool.submit(services.ask, n, "PATCH", R11, held, {"volume": "x"}) for n in range(4)]
            _wait_until_let_in(services, who)
            if end == "revoked":
                credentials.revoke(session, credentials.find_token(session, who["Authorization"][7:]).id)
            elif end == "disabled":
                account.disabled_at = account.created_at
            else:
                account.role = "curator"
                credentials.find_token(session, who["Authorization"][7:]).scope = "read"
        statuses = {write.result()[0] for write in writes}
    locked = services.store.is_sqlite

    # On PostgreSQL nobody waits for the transaction, so a write may have been done before the right was taken away.
    assert statuses <= ({403} if end == "another role" else {401}) | (set() if locked else {200, 412})
    assert services.counted(DataRevision) - before == (0 if locked else 1)
    assert services.ask(0, "PATCH", R11, held, {"volume": "y"})[0] in (401, 403)


def _wait_until_let_in(services: Services, who: dict[str, str]) -> None:
    """Reads of the same person answered after the writes were sent; the writes are past the guard by then, or refused there."""
    for number in range(8):
        assert 200 == services.ask(number, "GET", f"{API}/me", who)[0]


def test_a_revoked_token_is_refused_by_the_other_worker_at_once(services: Services) -> None:
    who = signed_in(services.store)
    assert {200} == {services.ask(n, "GET", R11, who)[0] for n in range(4)}
    number = services.ask(0, "GET", f"{API}/tokens", who)[1]["data"][0]["id"]
    assert 204 == services.ask(0, "DELETE", f"{API}/tokens/{number}", who)[0]

    assert [401] * 6 == [services.ask(n, "GET", R11, who)[0] for n in range(6)]


def test_what_waits_for_the_turn_while_writing_is_switched_off_is_not_done(services: Services) -> None:
    held = {**signed_in(services.store), "If-Match": '"1.1"'}
    before = services.counted(DataRevision)
    with ThreadPoolExecutor(4) as pool:
        with services.store.writing() as session:
            writes = [pool.submit(services.ask, n, "PATCH", R11, held, {"volume": "x"}) for n in range(4)]
            _wait_until_let_in(services, {"Authorization": held["Authorization"]})
            flags.switch(session, flags.READ_ONLY, on=True, reason="A restore is under way.", by="ada")
        answers = [write.result() for write in writes]
    locked = services.store.is_sqlite
    told = {
        (status, body.get("type", "").rpartition("#")[2], "retry-after" in headers) for status, body, headers in answers
    }

    # On PostgreSQL nobody waits for the transaction, so a write may have been done before the switch was turned.
    assert told <= {(503, "Paused", True)} | (set() if locked else {(200, "", False), (412, "Stale", False)})
    assert services.counted(DataRevision) - before == (0 if locked else 1)
    assert 503 == services.ask(0, "PATCH", R11, held, {"volume": "y"})[0]
    assert 200 == services.ask(0, "GET", R11, {})[0]
