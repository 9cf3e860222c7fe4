"""Every failure is a problem document that says what happened and what to do, and its type can be looked up."""

import re
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from app import errors
from app.api.kinds import KINDS, as_markdown
from app.api.problems import status_of
from tests.api.serving import API, PATHS, problem, serving

DOCS = Path(__file__).resolve().parents[2] / "docs"
METHODS = ("POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "PROPFIND")


@pytest.mark.parametrize(
    "path", ["/nowhere", "/api", API, "/api/v2/findings", f"{API}/findings/F44/x", "/docs/static/x", "/%2e%2e"]
)
def test_an_address_that_is_not_served_is_not_found(client: TestClient, path: str) -> None:
    assert (404, "NotFound") == problem(client.get(path))


def _allowed(client: TestClient, path: str) -> str:
    """The methods of every route of the registry at this path."""
    found = {"GET", "HEAD", "OPTIONS"}
    for address in client.app.state.addresses.values():  # type: ignore[attr-defined]  # FastAPI's
        method, _, template = address.partition(" ")
        if re.fullmatch(re.sub(r"\\{[^/.]+\\}", "[^/]+", re.escape(template)), path):
            found.add(method)
    return ", ".join(sorted(found))


@pytest.mark.parametrize("path", PATHS)
def test_no_route_takes_a_method_that_is_not_in_the_registry(client: TestClient, path: str) -> None:
    allowed = _allowed(client, path)
    for method in METHODS:
        if method not in allowed.split(", "):
            response = client.request(method, path, content=b'{"a": 1}')

            assert (405, "MethodNotAllowed") == problem(response)
            assert allowed == response.headers["allow"]


@pytest.mark.parametrize("path", PATHS)
def test_options_tells_the_methods_and_opens_nothing_to_other_sites(client: TestClient, path: str) -> None:
    asked = {"Origin": "https://example.org", "Access-Control-Request-Method": "GET"}
    response = client.options(path, headers=asked)

    assert (204, _allowed(client, path)) == (response.status_code, response.headers["allow"])
    for answer in (response, client.get(path, headers=asked)):
        assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize("path", PATHS)
def test_head_is_get_without_the_body(client: TestClient, path: str) -> None:
    head, get = client.head(path), client.get(path)
    passing = {"x-request-id", "content-length"} if "/export" in path or path == "/metrics" else {"x-request-id"}

    assert (get.status_code, b"") == (head.status_code, head.content)
    assert {n: v for n, v in get.headers.items() if n not in passing} == {
        n: v for n, v in head.headers.items() if n not in passing
    }


@pytest.mark.parametrize(
    ("path", "plain"),
    [("/api/v1/findings/", "/api/v1/findings"), ("//api//v1///findings", "/api/v1/findings"), ("/docs/", "/docs"),
     ("/api/v1/findings/F44//", "/api/v1/findings/F44"), ("/api/v1/findings/?q=a%20b&has=", "/api/v1/findings?q=a%20b&has="),
     ("//example.org/", "/example.org"), ("/%5Cexample.org/", "/%5Cexample.org"), ("/api/v1/findings%2F", "/api/v1/findings")],
)  # fmt: skip
def test_slashes_too_many_lead_to_the_address_without_them(client: TestClient, path: str, plain: str) -> None:
    response = client.get(f"http://localhost{path}")

    assert (308, plain) == (response.status_code, response.headers["location"])


def test_slashes_too_many_are_not_forgiven_to_who_would_write(client: TestClient) -> None:
    assert (404, "NotFound") == problem(client.post(f"{API}/findings/"))


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "localhost:80:80", "", "127.0.0.1", "user@localhost", "*"]
)
def test_a_host_that_is_not_ours_is_refused(client: TestClient, host: str) -> None:
    assert (400, "UnknownHost") == problem(client.get(f"{API}/findings", headers={"Host": host}))


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "localhost:8000", "localhost:"])
def test_our_host_is_known_with_any_port(client: TestClient, host: str) -> None:
    assert 200 == client.get("/health/live", headers={"Host": host}).status_code


def test_a_host_with_an_address_of_version_six_is_known(starter_url: str) -> None:
    with serving(starter_url, allowed_hosts="[::1], localhost") as client:
        assert 200 == client.get("/health/live", headers={"Host": "[::1]:8000"}).status_code
        assert 400 == client.get("/health/live", headers={"Host": "[::2]:8000"}).status_code


@pytest.mark.parametrize(
    "path", [f"{API}/findings?q={'x' * 17_000}", f"{API}/{'x' * 17_000}", f"{API}/findings?{'&' * 17_000}"]
)
def test_an_address_that_is_too_long_is_refused(client: TestClient, path: str) -> None:
    assert (414, "TooLong") == problem(client.get(path))


def test_a_body_that_is_too_large_is_refused_before_it_is_read(starter_url: str) -> None:
    with serving(starter_url, max_upload_mb=1) as client:
        response = client.post(f"{API}/findings", content=b"x" * (1024 * 1024 + 1))
        assert (413, "TooLarge") == problem(response)
        assert "EVIDENCE_MAX_UPLOAD_MB" in response.json()["detail"]
        assert (413, "TooLarge") == problem(client.get(f"{API}/findings", headers={"Content-Length": "9" * 4_000}))
        assert (405, "MethodNotAllowed") == problem(client.post(f"{API}/findings", content=b"x" * 1024 * 1024))


def test_every_kind_is_explained_at_the_address_of_its_type(client: TestClient) -> None:
    page = client.get(client.get("/nowhere").json()["type"])

    assert 200 == page.status_code
    assert list(KINDS) == re.findall(r'<section id="(\w+)">', page.text)
    assert "<code>EVIDENCE_ALLOWED_HOSTS</code>" in page.text


def test_the_page_in_the_documentation_is_the_one_that_is_served() -> None:
    assert as_markdown() == (DOCS / "errors.md").read_text(encoding="utf-8")


def test_every_error_of_the_house_has_an_entry_with_its_status() -> None:
    foreseen = {
        name: value
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, errors.EvidenceError) and value is not errors.EvidenceError
    }
    told = {name: KINDS[name].status for name in foreseen if KINDS[name].status is not None}

    assert told == {name: status_of(foreseen[name]("it happened")) for name in told}


def test_every_kind_that_the_source_names_has_an_entry() -> None:
    root = Path(__file__).resolve().parents[2] / "app" / "api"
    named = {
        kind
        for path in root.glob("*.py")
        for kind in re.findall(r'problem\(\s*\d{3}, "(\w+)"', path.read_text("utf-8"))
    }

    assert named
    assert named <= set(KINDS)
