"""What curators and editors do over REST, said shortly for tests."""

import json
from dataclasses import dataclass
from typing import Any

from httpx2 import Response
from sqlalchemy import func, select

from app.models.history import DataRevision
from tests.api.people import signed_in
from tests.api.serving import API, Writable

STUDY = {"title": "A survey of people who take kratom", "design": "cross_sectional_survey", "subject": "human",
         "read_depth": "abstract"}  # fmt: skip
KRATOM = {"substance": "kratom_leaf", "preparation": "powder"}
FINDING = {"outcome": "insomnia", "direction": "increased", "phase": "active_use", "contrast": "taking",
           "basis": "descriptive_self_report", "summary": "Some people who took kratom slept badly."}  # fmt: skip
TABLED = [{"text": "slept badly", "location": "table", "page": "Table 2"}]
INTEREST = {"interest": "none"}


@dataclass
class Person:
    """Somebody who writes, with the header that says so."""

    writable: Writable
    header: dict[str, str]
    name: str

    @classmethod
    def of(cls, writable: Writable, name: str, role: str = "curator") -> "Person":
        """Somebody new."""
        return cls(writable, signed_in(writable.store, role, name=name), name)

    def get(self, path: str) -> Response:
        """What they read."""
        return self.writable.client.get(f"{API}{path}", headers=self.header)

    def post(self, path: str, body: Any = None, **headers: str) -> Response:
        """What they enter."""
        return self._send("POST", path, body, headers)

    def act(self, path: str, body: Any = None, *, match: str | None = None) -> Response:
        """A transition of a record, of the version that is there unless they know another."""
        tag = match or self.tag(path.rpartition("/")[0])
        return self.post(path, {} if body is None else body, **{"If-Match": tag})

    def patch(self, path: str, body: Any, *, match: str | None = None, of: str | None = None) -> Response:
        """A change of a record; ``of`` is the record whose version is meant where that is another one."""
        headers = {"If-Match": match or self.tag(of or path)}
        return self._send("PATCH", path, body, headers)

    def remove(self, path: str, *, match: str | None = None, of: str | None = None) -> Response:
        """A part taken away from the record ``of``, of the version that is there unless they know another."""
        headers = {"If-Match": match or self.tag(of or path)}
        return self._send("DELETE", path, None, headers)

    def _send(self, method: str, path: str, body: Any, headers: dict[str, str]) -> Response:
        # Written by hand, because the client does not send half a surrogate pair.
        content = b"" if body is None else json.dumps(body).encode()
        all_headers = {"Content-Type": "application/json", **self.header, **headers}
        return self.writable.client.request(method, f"{API}{path}", content=content, headers=all_headers)

    def tag(self, path: str) -> str:
        """The entity tag of what they see, or one that nothing has."""
        return str(self.get(path).headers.get("etag", '"0.0"'))

    def study(self, **fields: Any) -> dict[str, Any]:
        """A draft of a study with R11 as its report and one exposure."""
        body = {**STUDY, "reports": [{"citation_id": "R11"}], "exposures": [KRATOM], **fields}
        return good(self.post("/studies", body), 201)

    def finding(self, study: dict[str, Any], **fields: Any) -> dict[str, Any]:
        """A complete draft of a finding of ``study``."""
        return good(self.post(f"/studies/{study['id']}/findings", complete(study, **fields)), 201)


def complete(study: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """The fields of a finding of ``study`` that lacks nothing."""
    places = {"report_id": study["reports"][0]["id"], "exposure_id": study["exposures"][0]["id"]}
    return {**FINDING, **places, **fields}


def good(response: Response, status: int = 200) -> Any:
    """The data of an answer that is as it should be."""
    assert response.status_code == status, response.text
    return response.json()["data"]


def revisions(writable: Writable) -> int:
    """How many data revisions there are."""
    with writable.store.reading() as session:
        return session.scalar(select(func.count()).select_from(DataRevision)) or 0


def fields_at_fault(response: Response) -> set[str]:
    """The fields that a refusal names."""
    assert 422 == response.status_code, response.text
    return {each["field"] for each in response.json().get("errors", [])}
