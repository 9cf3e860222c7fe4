"""What every request passes first, whatever it asks."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.gate import Gate
from tests.api.people import signed_in
from tests.api.serving import API, PATHS, Writable, serving

LIMIT = 1_000


async def _reading(scope: Scope, receive: Receive, send: Send) -> None:
    """An application that reads the whole body and answers with its length."""
    length, more = 0, True
    while more:
        message = await receive()
        length += len(message.get("body", b""))
        more = message.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(length).encode()})


async def _failing(scope: Scope, receive: Receive, send: Send) -> None:
    raise RuntimeError("postgresql://somebody:password@host")


async def _failing_late(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"half", "more_body": True})
    raise RuntimeError


def _behind_a_gate(app: ASGIApp) -> TestClient:
    return TestClient(Gate(app, hosts=("localhost",), max_body=LIMIT), base_url="http://localhost")


def _in_parts(size: int) -> Iterator[bytes]:
    for _ in range(size // 100):
        yield b"x" * 100


def test_a_body_in_parts_is_refused_when_it_goes_over_the_limit() -> None:
    client = _behind_a_gate(_reading)
    fits, too_large = (client.post("/", content=_in_parts(size)) for size in (LIMIT, LIMIT + 100))

    assert (200, str(LIMIT)) == (fits.status_code, fits.text)
    assert (413, "/docs/errors#TooLarge") == (too_large.status_code, too_large.json()["type"])


@pytest.mark.parametrize("length", ["-1", "abc", "+5", "1.5", "٣", " "])
def test_a_length_that_is_no_number_is_not_believed(length: str) -> None:
    headers = [(b"host", b"localhost"), (b"content-length", length.encode())]
    body = asyncio.run(_raw(Gate(_reading, hosts=("localhost",), max_body=LIMIT), headers, b"x" * (LIMIT + 1)))

    assert 413 == body[0]["status"]


async def _raw(app: ASGIApp, headers: list[tuple[bytes, bytes]], body: bytes, **more: Any) -> list[Any]:
    sent: list[Any] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": headers} | more
    await app(scope, receive, send)
    return sent


def test_bytes_above_ascii_in_the_query_are_refused() -> None:
    gate = Gate(_reading, hosts=("localhost",), max_body=LIMIT)
    sent = asyncio.run(_raw(gate, [(b"host", b"localhost")], b"", query_string="q=é".encode()))

    assert 422 == sent[0]["status"]


def test_a_failure_that_nobody_foresaw_says_nothing_of_itself_and_is_logged(
    capfd: pytest.CaptureFixture[str], starter_url: str
) -> None:
    with serving(starter_url):
        response = _behind_a_gate(_failing).get("/somewhere?q=private", headers={"X-Request-ID": "abc-1"})
    logged = [json.loads(line) for line in capfd.readouterr().err.splitlines() if line.startswith("{")]

    assert (500, "/docs/errors#Unforeseen") == (response.status_code, response.json()["type"])
    assert "password" not in response.text
    assert "abc-1" == response.headers["x-request-id"]
    assert "nosniff" == response.headers["x-content-type-options"]
    assert [("unforeseen failure", "/somewhere", "abc-1")] == [
        (line["event"], line["path"], line["request_id"]) for line in logged
    ]
    assert "private" not in str(logged)
    assert "locals" not in str(logged)


def test_a_failure_in_the_middle_of_an_answer_is_passed_on_to_the_server() -> None:
    with pytest.raises(RuntimeError):
        _behind_a_gate(_failing_late).get("/")


@pytest.mark.parametrize(
    "path", [*PATHS, "/docs", "/docs/errors", "/docs/start.js", "/nowhere", f"{API}/findings?x=1", "/"]
)
def test_every_answer_keeps_browsers_on_a_short_leash(client: TestClient, path: str) -> None:
    headers = client.get(path).headers

    # A picture may be shown inside a page of this service, and may load nothing at all.
    source, ancestors = ("none", "self") if path.endswith(".svg") else ("self", "none")
    assert f"default-src '{source}'" in headers["content-security-policy"]
    assert f"frame-ancestors '{ancestors}'" in headers["content-security-policy"]
    assert "script-src" not in headers["content-security-policy"]
    assert ("nosniff", "same-origin") == (headers["x-content-type-options"], headers["referrer-policy"])
    assert "cache-control" in headers
    assert "server" not in {name.lower() for name in headers} or "Python" not in headers["server"]


@pytest.mark.parametrize("given", ["a", "A-1.b_2", "x" * 64])
def test_a_request_keeps_the_id_that_it_brings(client: TestClient, given: str) -> None:
    for path in (f"{API}/findings/F44", "/nowhere", f"{API}/findings/F44"):
        assert given == client.get(path, headers={"X-Request-ID": given}).headers["x-request-id"]


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, "a\tb", "a;b", "<script>", '"', "{}"])
def test_an_id_that_could_do_harm_in_a_log_is_replaced(client: TestClient, given: str) -> None:
    found = [client.get("/health/live", headers={"X-Request-ID": given}).headers["x-request-id"] for _ in range(2)]

    assert given not in found
    assert found[0] != found[1]


def test_one_line_tells_of_one_answer_and_of_no_question(capfd: pytest.CaptureFixture[str], starter_url: str) -> None:
    with serving(starter_url, log_level="DEBUG") as client:
        client.get(f"{API}/findings?q=private", headers={"Authorization": "Bearer secret", "X-Request-ID": "abc-2"})
    out = capfd.readouterr().err
    (line,) = [json.loads(each) for each in out.splitlines() if "abc-2" in each]

    assert ("answered", "GET", f"{API}/findings", 401) == (line["event"], line["method"], line["path"], line["status"])
    assert "private" not in out
    assert "secret" not in out


def test_an_answer_that_was_kept_counts_under_its_route(client: TestClient) -> None:
    def counted() -> float:
        lines = client.get("/metrics").text.splitlines()
        wanted = 'evidence_requests_total{method="GET",route="/api/v1/claims/{claim_id}",status="200"} '
        return sum(float(line.removeprefix(wanted)) for line in lines if line.startswith(wanted))

    before = counted()
    for _ in range(3):
        client.get(f"{API}/claims/C07")

    assert before + 3 == counted()


def test_what_is_answered_to_one_person_is_kept_by_no_cache_for_others(writable: Writable) -> None:
    header = signed_in(writable.store, "editor", name="edith")
    everybody, one = writable.get("/studies/S7"), writable.client.get(f"{API}/studies/S7", headers=header)
    account = writable.client.get(f"{API}/me", headers=header)

    assert ["no-cache", "private, no-cache", "no-store"] == [
        each.headers["cache-control"] for each in (everybody, one, account)
    ]
    assert {"Authorization, Cookie"} == {each.headers["vary"] for each in (everybody, one, account)}
