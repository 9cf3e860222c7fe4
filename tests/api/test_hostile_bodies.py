"""What no body may be, sent to every route that takes one: found in the OpenAPI document, so that a new route is asked too."""

import json
import re
from collections.abc import Iterator
from http.client import HTTPConnection
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from sqlalchemy import func, select

from app.api import bodies
from app.models.history import DataRevision
from tests.api.fuzzing import THERE
from tests.api.people import signed_in
from tests.api.serving import Writable, problem
from tests.cli.terminal import serving

LARGE = 10_000_000


class Route(NamedTuple):
    """A route that takes JSON: its name, where it is, and a field of what it takes."""

    name: str
    method: str
    path: str
    types: tuple[str, ...]
    field: str


@pytest.fixture
def routes(writable: Writable) -> list[Route]:
    return list(_routes(writable.client.get("/openapi.json").json()))


@pytest.fixture
def admin(writable: Writable) -> dict[str, str]:
    return {**signed_in(writable.store, "admin"), "If-Match": '"1.1"'}


def _routes(document: dict[str, Any]) -> Iterator[Route]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            content = operation.get("requestBody", {}).get("content", {})
            if "application/json" in content:
                there = re.sub(r"{(\w+)}", lambda found: THERE.get(found[1], "X999"), path)
                field = _field(document, content["application/json"]["schema"])
                yield Route(operation["operationId"], method.upper(), there, tuple(content), field)


def _field(document: dict[str, Any], schema: dict[str, Any]) -> str:
    for each in (schema, *schema.get("anyOf", ())):
        named = document["components"]["schemas"][each["$ref"].rpartition("/")[2]] if "$ref" in each else each
        if "properties" in named:
            return next(iter(named["properties"]), "")
    return ""


def _ask(writable: Writable, route: Route, headers: dict[str, str], body: Any, kind: str = "application/json") -> Any:
    return writable.client.request(route.method, route.path, content=body, headers={**headers, "Content-Type": kind})


def _revisions(writable: Writable) -> int:
    with writable.store.reading() as session:
        return session.scalar(select(func.count()).select_from(DataRevision)) or 0


FIELD = "FIELD"
HOSTILE = {
    "NUL": (rb'{"FIELD": "a\u0000b"}', FIELD),
    "a control character": (rb'{"FIELD": "\u001b[2J"}', FIELD),
    "half of a surrogate pair": (rb'{"FIELD": "a\ud800b"}', FIELD),
    "half of a pair as bytes": (b'{"FIELD": "\xed\xa0\x80"}', "body"),
    "10^23": (b'{"FIELD": 100000000000000000000000}', FIELD),
    "10^-400": (b'{"FIELD": [1e999]}', f"{FIELD}.0"),
    "NaN": (b'{"FIELD": NaN}', FIELD),
    "Infinity": (b'{"FIELD": -Infinity}', FIELD),
    "5,000 digits": (b'{"FIELD": ' + b"7" * 5_000 + b"}", "body"),
    "a field twice": (b'{"FIELD": "a", "FIELD": "b"}', FIELD),
    "a field twice, written otherwise": (b'{"FIELD": "a", "x": {"b": 1, "\\u0062": 2}}', "b"),
    "an unknown field": (b'{"no_such_field": 1}', "no_such_field"),
    "a name that is none": (rb'{"\u0000": 1}', "body"),
    "100,000 levels of objects": (b'{"a":' * 100_000, "body"),
    "100,000 levels of lists": (b"[" * 100_000 + b"]" * 100_000, "body"),
    "30 levels": (b'{"FIELD": ' + b"[" * 30 + b"]" * 30 + b"}", f"{FIELD}.0.0"),
    "cut off": (b'{"FIELD": ', "body"),
    "not UTF-8": (b'{"FIELD": "\xff"}', "body"),
    "UTF-16": ('{"FIELD": "x"}'.encode("utf-16"), "body"),
}


def test_what_no_field_can_hold_is_refused_by_its_name_wherever_it_is_sent(
    writable: Writable, routes: list[Route], admin: dict[str, str]
) -> None:
    before, wrong = _revisions(writable), []
    for route, (name, (body, at)) in product(routes, HOSTILE.items()):
        own = route.field or "x"
        response = _ask(writable, route, admin, body.replace(b"FIELD", own.encode()))
        named = {each["field"] for each in response.json().get("errors", ())} if response.status_code == 422 else set()
        if at.replace(FIELD, own) not in named:
            wrong.append((route.name, name, response.status_code, response.text[:200]))

    assert [] == wrong
    assert len(routes) > 8
    assert before == _revisions(writable)


def test_a_body_that_is_too_large_is_refused_before_anybody_is_asked_who_they_are(
    writable: Writable, routes: list[Route], admin: dict[str, str]
) -> None:
    body = json.dumps({"title": "x" * LARGE}).encode()
    # A route that takes whole files too has the limit of those, which is the gate's.
    routes = [route for route in routes if all("json" in kind for kind in route.types)]
    told = {(route.name, *problem(_ask(writable, route, {}, body))) for route in routes}
    in_parts = {
        (route.name, *problem(_ask(writable, route, admin, (body[at : at + 65_536] for at in range(0, LARGE, 65_536)))))
        for route in routes
    }

    assert {(route.name, 413, "TooLarge") for route in routes} == told == in_parts
    assert bodies.LARGEST_JSON < LARGE


def test_a_body_of_another_kind_is_refused(writable: Writable, routes: list[Route], admin: dict[str, str]) -> None:
    kinds = ("text/plain", "application/x-www-form-urlencoded", "application/xml", "", "json")
    told = {(route.name, *problem(_ask(writable, route, admin, b"{}", kind))) for route, kind in product(routes, kinds)}

    assert {(route.name, 415, "UnsupportedBody") for route in routes} == told


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the memory of a process is read from /proc")
def test_large_and_deep_bodies_take_no_more_memory_the_more_there_are(starter_copy_url: str) -> None:
    settings = {"database_url": starter_copy_url, "allowed_hosts": "localhost,127.0.0.1", "log_level": "ERROR"}
    with serving("--workers", "1", **settings) as (process, address):
        port = int(address.rpartition(":")[2])

        def send(body: bytes) -> int:
            connection = HTTPConnection("127.0.0.1", port, timeout=30)
            try:
                connection.request("POST", "/api/v1/session", body, {"Content-Type": "application/json"})
                return connection.getresponse().status
            except (BrokenPipeError, ConnectionResetError):
                return 413  # the answer came, and the connection went, before everything was sent
            finally:
                connection.close()

        send(b"{}")
        before = _peak(process.pid)
        statuses = {send(b"x" * LARGE) for _ in range(30)} | {send(b"[" * bodies.LARGEST_JSON) for _ in range(10)}
        grown = _peak(process.pid) - before

    assert {413, 422} == statuses
    assert grown < 60


def _peak(process: int) -> float:
    """The most memory that the process had, in MB."""
    lines = Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))
