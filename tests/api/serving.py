"""The service as a client meets it, and the ways in which tests read its answers."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from httpx2 import Response
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.citations.draft import CorrectionLink
from app.config import Settings
from app.database import Store
from app.history.events import Revision, row_of
from app.main import create_app
from app.models.finding import Finding
from app.models.study import Study
from tests.factories import a_citation, a_revision, opened

API = "/api/v1"
LISTS = ("findings", "studies", "citations")
PLOTS = ("matrix", "effect-direction", "timeline", "prisma")
PATHS = (
    *(f"{API}/{name}" for name in LISTS),
    f"{API}/findings/F44", f"{API}/findings/F44/quote-candidates", f"{API}/studies/S7", f"{API}/studies/S7/history",
    f"{API}/citations/R11",
    f"{API}/outcomes/insomnia/evidence", f"{API}/claims", f"{API}/claims/C03", f"{API}/vocabulary",
    f"{API}/vocabulary/phases", f"{API}/changes", f"{API}/imports", f"{API}/searches", f"{API}/searches/kratom",
    f"{API}/searches/L1/runs", f"{API}/flags", f"{API}/differences", f"{API}/export/findings.csv",
    f"{API}/export/studies.ndjson", f"{API}/export/citations.ris", f"{API}/export/findings.csv.meta.json",
    *(f"{API}/plots/{name}{form}" for name in PLOTS for form in ("", ".svg")),
    f"{API}/duplicates", "/health/live", "/health/ready", "/metrics", "/openapi.json",
)  # fmt: skip
"""One address of every route that answers with data."""


@contextmanager
def serving(url: str, **settings: Any) -> Iterator[TestClient]:
    """The whole service over a database; a failure inside is an answer here, as it is for a client."""
    fields = {"database_url": url, "allowed_hosts": "localhost", "log_level": "WARNING"} | settings
    app = create_app(Settings(**fields))
    with TestClient(app, base_url="http://localhost", raise_server_exceptions=False, follow_redirects=False) as client:
        yield client


@dataclass
class Writable:
    """A service and its store; what is written here the service must show at once."""

    client: TestClient
    store: Store

    @classmethod
    @contextmanager
    def over(cls, url: str) -> Iterator["Writable"]:
        """Both over the database at ``url``."""
        with opened(url) as store, serving(url) as client:
            yield cls(client, store)

    @contextmanager
    def write(self) -> Iterator[tuple[Session, Revision]]:
        """One write with its data revision."""
        with self.store.writing() as session:
            revision = a_revision()
            yield session, revision
            revision.seal(session)

    def get(self, path: str, **headers: str) -> Response:
        """An answer of the API."""
        return self.client.get(f"{API}{path}", headers=headers)

    def json(self, path: str) -> Any:
        """The body of a good answer."""
        response = self.get(path)
        assert response.status_code == 200, response.text
        return response.json()

    def tag(self, path: str) -> str:
        """The entity tag of a record."""
        return str(self.get(path).headers["etag"])


def all_pages(client: TestClient, path: str) -> list[dict[str, Any]]:
    """The rows of every page, by the links that the pages give."""
    rows: list[dict[str, Any]] = []
    following: str | None = path
    while following:
        response = client.get(following)
        assert response.status_code == 200, response.text
        body = response.json()
        rows += body["data"]
        link = response.headers.get("link")
        assert (body["page"]["next"] is None) == (link is None)
        following = link[1 : link.index(">")] if link else None
    return rows


def problem(response: Response) -> tuple[int, str]:
    """Status and kind of a problem document that is as RFC 9457 wants it."""
    body = response.json()
    assert response.headers["content-type"] == "application/problem+json", response.text
    assert response.status_code == body["status"]
    assert body["detail"]
    assert body["title"]
    return response.status_code, body["type"].removeprefix("/docs/errors#")


def change(writable: Writable, kind: str, public_id: str, *, op: str = "edit", **fields: Any) -> None:
    """Change fields of a study or finding and note it, as the room that writes them does."""
    with writable.write() as (session, revision):
        record: Any = session.get(_MODELS[kind], int(public_id[1:]))
        before = {name: getattr(record, name) for name in fields}
        for name, value in fields.items():
            setattr(record, name, value)
        session.flush()
        revision.note(kind, record.id, op=op, before=before, after=row_of(record))


def retire(writable: Writable, kind: str, public_id: str) -> None:
    """Take a study or finding out, with a reason."""
    change(writable, kind, public_id, op="status", status="retired", retired_reason="entered twice")


def retract(writable: Writable, pmid: str) -> str:
    """Store PubMed's notice of a retraction, which gives the report that it names its standing; the notice's id."""
    with writable.write() as (session, revision):
        links = (CorrectionLink("RetractionOf", pmid),)
        return f"R{a_citation(session, revision, title='Retraction', source='pubmed', corrections=links)}"


_MODELS: dict[str, Any] = {"study": Study, "finding": Finding}
