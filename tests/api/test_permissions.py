"""Every route × role × credential, asked over HTTP and compared with the published table."""

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from app.api import guarding, permissions
from app.api.permissions import ROUTES, answer_in, as_markdown, cells, permission_of
from tests.api.people import a_token, an_account, bearer
from tests.api.permitted import PAGE, addresses
from tests.api.serving import serving
from tests.factories import opened

EXAMPLES = {"{study_id}": "S7", "{finding_id}": "F44", "{citation_id}": "R11", "{outcome_id}": "insomnia", "{claim_id}": "C03",
            "{run_id}": "I1", "{name}": "phases", "{form}": "csv", "{path}": "x", "{token_id}": "1",
            "{phase}": "active_use"}  # fmt: skip
"""What stands in a path for a parameter; any other is asked as ``X999``, which is nobody's."""


@pytest.fixture(scope="module")
def routes() -> dict[str, str]:
    return addresses()


@pytest.fixture
def everybody(starter_copy_url: str) -> Iterator[tuple[TestClient, dict[tuple[str, str], dict[str, str]]]]:
    """The service, and for each cell the header that somebody in it sends."""
    with opened(starter_copy_url) as store, store.writing() as session:
        headers = {
            (role, state): {} if state == "none" else bearer(a_token(session, an_account(session, role), state=state))
            for role, state in cells()
        }
        an_account(session, "admin")
    with serving(starter_copy_url) as client:
        yield client, headers


def _path(address: str) -> tuple[str, str]:
    method, _, path = address.partition(" ")
    for name, example in EXAMPLES.items():
        path = path.replace(name, example)
    return method, "/".join("X999" if part.startswith("{") else part for part in path.split("/"))


def test_every_route_answers_every_role_and_credential_as_the_table_says(
    everybody: tuple[TestClient, dict[tuple[str, str], dict[str, str]]], routes: dict[str, str]
) -> None:
    client, headers = everybody
    wrong = []
    for name, address in routes.items():
        method, path = _path(address)
        for cell, header in headers.items():
            expected = answer_in(permission_of(name), *cell)
            # The body is one that nothing can be done with: what passes the guard is told so, and nothing is changed.
            body = {} if method == "GET" else {"content": b"[", "headers": {"Content-Type": "application/json"}}
            status = client.request(
                method, path, **{**body, "headers": {**body.get("headers", {}), **header}}
            ).status_code
            told = str(status) if status in (401, 403) else "yes"
            if told != expected:
                wrong.append((name, cell, expected, status))

    assert [] == wrong
    assert len(ROUTES) == len(routes)


def test_the_published_table_is_that_of_the_registry(routes: dict[str, str]) -> None:
    assert as_markdown(routes) == PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/ev/api/v1/studies", 200),
        ("/api/v1/studies", 200),
        ("/evade/api/v1/studies", 404),
        ("/ev/api/v1/nothing", 404),
        ("/ev", 404),
    ],
)
def test_a_service_that_is_mounted_below_a_path_is_found_there(client: TestClient, path: str, status: int) -> None:
    below = TestClient(client.app, base_url="http://localhost", root_path="/ev")

    assert status == below.get(path).status_code


def test_a_route_without_a_permission_cannot_be_made() -> None:
    router = guarding.Door(route_class=guarding.Guarded)

    def read_minds() -> None: ...

    with pytest.raises(RuntimeError, match="'read_minds' names no permission"):
        router.get("/minds")(read_minds)


def test_a_route_that_is_not_guarded_or_shares_a_name_or_is_gone_ends_the_build(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def home() -> None: ...

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.router.route_class = guarding.Guarded
    app.get("/")(home)
    monkeypatch.setattr(guarding, "ROUTES", {"home": "open", "attic": "open"})
    with pytest.raises(RuntimeError, match="not there: attic"):
        guarding.addresses(app)
    app.get("/other")(home)
    with pytest.raises(RuntimeError, match="Two routes are called 'home'"):
        guarding.addresses(app)
    plain = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    plain.get("/")(home)
    with pytest.raises(RuntimeError, match="is not guarded"):
        guarding.addresses(plain)


def test_every_permission_is_known_and_writes_are_never_public(routes: dict[str, str]) -> None:
    public = {name for name, permission in ROUTES.items() if permission in ("open", "read:public")}

    assert set(ROUTES.values()) <= set(permissions.PERMISSIONS)
    assert {"log_in"} & set(ROUTES) == {name for name in public if not routes[name].startswith("GET")}
