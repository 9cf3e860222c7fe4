"""``/export``: the whole filtered set. What the bytes look like, ``tests/export`` proves."""

import asyncio
import csv
import io
import json
import os
import sqlite3
import threading
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Message, Scope

from app.api.exports import AT_ONCE, Turns, in_header
from app.errors import StoreBusy
from app.export import rows, whole
from app.export.beside import Other
from tests.api.live import Server
from tests.api.serving import API, Writable, all_pages, problem
from tests.databases import Databases


def test_an_export_holds_what_the_list_holds(client: TestClient) -> None:
    for query in ("", "?outcome=sleep&subject=human", "?evidence=all&phase_not=active_use", "?q=nothing+of+the+kind"):
        expected = sorted(row["id"] for row in all_pages(client, f"{API}/findings{query}"))
        as_csv = client.get(f"{API}/export/findings.csv{query}")
        as_lines = client.get(f"{API}/export/findings.ndjson{query}")

        assert expected == sorted(row["id"] for row in csv.DictReader(io.StringIO(as_csv.text)))
        assert expected == sorted(json.loads(line)["id"] for line in as_lines.text.splitlines())
        assert str(len(expected)) == as_csv.headers["x-total"] == as_lines.headers["x-total"]


def test_an_export_says_what_it_is_and_of_when(client: TestClient) -> None:
    response = client.get(f"{API}/export/findings.csv?outcome=insomnia")

    assert "text/csv; charset=utf-8" == response.headers["content-type"]
    assert 'attachment; filename="kratom-evidence-findings.csv"' == response.headers["content-disposition"]
    assert "Findings: Insomnia (evidence of effects)." == response.headers["x-query"]
    assert "1" == response.headers["x-data-revision"]


def test_no_search_text_writes_headers_of_its_own(client: TestClient) -> None:
    response = client.get(f"{API}/export/findings.csv?q=a%0D%0ASet-Cookie:%20x=1%0D%0A%0D%0A%E2%80%A8b")

    assert 200 == response.status_code
    assert "set-cookie" not in response.headers
    assert "Set-Cookie:" in response.headers["x-query"]


def test_a_header_is_one_line_of_plain_characters() -> None:
    assert "a b ? c" == in_header("a\r\n\tb é c")
    assert 1_000 == len(in_header("x" * 50_000))


@pytest.mark.parametrize("form", ["xlsx", "CSV", "csv%00", "json", "csv%2F.."])
def test_a_format_that_is_not_written_is_not_found(client: TestClient, form: str) -> None:
    assert (404, "NotFound") == problem(client.get(f"{API}/export/findings.{form}"))


@pytest.mark.parametrize("name", ["limit", "cursor", "sort", "pmid"])
def test_parameters_without_a_meaning_here_are_refused(client: TestClient, name: str) -> None:
    assert (422, "UnknownParameter") == problem(client.get(f"{API}/export/findings.csv?{name}=1"))


def test_a_head_costs_no_rows(client: TestClient) -> None:
    response = client.head(f"{API}/export/findings.csv?outcome=insomnia")

    assert (200, b"") == (response.status_code, response.content)
    assert {"x-total", "x-query", "content-disposition"} <= set(response.headers)


def test_more_exports_than_there_are_turns_are_asked_to_come_back(writable: Writable) -> None:
    turns: Turns = writable.client.app.state.exports  # type: ignore[attr-defined]  # an ASGI application to the client
    held = [turns.taken() for _ in range(AT_ONCE)]
    for each in held:
        each.__enter__()
    refused = writable.get("/export/findings.csv")
    assert (503, "StoreBusy") == problem(refused)
    assert "1" == refused.headers["retry-after"]
    assert 200 == writable.get("/findings").status_code
    for each in held:
        each.__exit__(None, None, None)

    for _ in range(3 * AT_ONCE):
        assert 200 == writable.get("/export/findings.csv").status_code


def test_a_reader_who_goes_away_ends_the_process_that_made_lines(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[int] = []
    starting = Other.__init__

    def start(self: Other, *task: Any) -> None:
        starting(self, *task)
        begun.append(self.process_id)

    monkeypatch.setattr(Other, "__init__", start)
    monkeypatch.setattr(whole, "_FEW", 0)
    monkeypatch.setattr(rows, "AT_ONCE", 4)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    asyncio.run(_hang_up(client.app, f"{API}/export/citations.csv"))
    (process,) = begun

    assert not Path(f"/proc/{process}").exists()


async def _hang_up(app: ASGIApp, path: str) -> None:
    """Ask, and go away with the first bytes."""
    came = [{"type": "http.request", "body": b"", "more_body": False}]
    away = asyncio.Event()

    async def receive() -> Message:
        if came:
            return came.pop()
        await away.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        assert message.get("status", 200) == 200
        if message["type"] == "http.response.body":
            away.set()
            await asyncio.sleep(10)

    scope: Scope = {
        "type": "http", "http_version": "1.1", "method": "GET", "scheme": "http", "path": path, "raw_path": path.encode(),
        "query_string": b"", "headers": [(b"host", b"localhost")], "server": ("localhost", 80), "client": ("127.0.0.1", 1),
    }  # fmt: skip
    await app(scope, receive, send)


def test_a_turn_is_given_back_by_whoever_fails() -> None:
    turns = Turns(1)
    for _ in range(3):
        with pytest.raises(RuntimeError), turns.taken():
            raise RuntimeError
    with turns.taken(), pytest.raises(StoreBusy), turns.taken():
        pass


@pytest.fixture
def broken(databases: Databases) -> Path:
    """A starter corpus seven times as long, the last row of which cannot be read."""
    url = databases.copy("sqlite", "starter")
    path = Path(url.removeprefix("sqlite:///"))
    with sqlite3.connect(path) as connection:
        columns = [name for _, name, *_ in connection.execute("PRAGMA table_info(finding)") if name != "id"]
        for _ in range(6):
            connection.execute(
                f"INSERT INTO finding ({', '.join(columns)}) SELECT {', '.join(columns)} FROM finding WHERE id <= 196"
            )
        connection.execute("PRAGMA ignore_check_constraints=ON")
        connection.execute("UPDATE finding SET direction = 'sideways' WHERE id = (SELECT max(id) FROM finding)")
    connection.close()
    return path


@pytest.mark.sqlite
def test_an_export_that_fails_half_way_does_not_look_whole(broken: Path) -> None:
    with Server(f"sqlite:///{broken}") as server:
        head, body = server.raw(b"GET /api/v1/export/findings.csv?evidence=all HTTP/1.1\r\nHost: localhost\r\n\r\n")

        assert b"HTTP/1.1 200 OK" in head
        assert b"transfer-encoding: chunked" in head.lower()
        assert 500 < body.count(b"\r\n") < 196 * 7 + 100
        assert not body.endswith(b"\r\n0\r\n\r\n")
        for _ in range(2 * AT_ONCE):
            assert b"200 OK" in server.raw(b"GET /api/v1/export/findings.csv?outcome=insomnia&direction=increased HTTP/1.1\r\n"
                                          b"Host: localhost\r\nConnection: close\r\n\r\n")[0]  # fmt: skip


@pytest.mark.sqlite
def test_readers_who_go_away_leave_no_turn_taken(broken: Path) -> None:
    with Server(f"sqlite:///{broken}") as server:
        request = b"GET /api/v1/export/findings.ndjson HTTP/1.1\r\nHost: localhost\r\n\r\n"
        threads = [threading.Thread(target=server.hang_up, args=(request,)) for _ in range(4 * AT_ONCE)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        answers = [server.status("/api/v1/export/findings.csv?outcome=insomnia", patience_s=5) for _ in range(AT_ONCE)]

        assert [200] * AT_ONCE == answers
