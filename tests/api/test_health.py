"""``/health`` and ``/metrics``: for machines that watch."""

import sqlite3
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from app.config import PROGRAM_VERSION
from tests.api.serving import API, problem, serving
from tests.databases import Databases


def test_a_service_that_runs_is_live_and_ready(client: TestClient) -> None:
    assert {"status": "live", "version": PROGRAM_VERSION} == client.get("/health/live").json()
    ready = client.get("/health/ready")
    assert (200, "ready", 1) == (ready.status_code, ready.json()["status"], ready.json()["data_revision"])


def test_a_service_without_vocabulary_is_not_ready(database_url: str) -> None:
    with serving(database_url) as client:
        response = client.get("/health/ready")

    assert (503, "5") == (response.status_code, response.headers["retry-after"])
    assert "evidence init" in response.json()["reason"]


@pytest.mark.parametrize("state", ["missing", "empty", "garbage"])
def test_a_store_that_cannot_be_read_is_a_503_that_says_what_to_do(tmp_path: Path, state: str) -> None:
    path = tmp_path / "evidence.db"
    if state == "empty":
        sqlite3.connect(path).close()
        path.touch()
    if state == "garbage":
        path.write_bytes(b"no database at all " * 500)
    with serving(f"sqlite:///{path}") as client:
        assert 200 == client.get("/health/live").status_code
        ready = client.get("/health/ready")
        assert (503, "not ready") == (ready.status_code, ready.json()["status"])
        assert "EVIDENCE_DATABASE_URL" in ready.json()["reason"] or "evidence" in ready.json()["reason"]
        for name in (
            "findings",
            "findings/F1",
            "outcomes/insomnia/evidence",
            "changes",
            "imports",
            "export/findings.csv",
        ):
            response = client.get(f"{API}/{name}")
            assert 503 == problem(response)[0], name
            assert response.headers["retry-after"]


def test_a_store_that_comes_back_is_used_again(tmp_path: Path, databases: Databases) -> None:
    with serving(f"sqlite:///{tmp_path / 'evidence.db'}") as client:
        assert 503 == client.get(f"{API}/findings").status_code
        template = databases.copy("sqlite", "starter")
        Path(template.removeprefix("sqlite:///")).rename(tmp_path / "evidence.db")

        assert 200 == client.get(f"{API}/findings").status_code
        assert 200 == client.get("/health/ready").status_code


def test_metrics_are_in_the_text_format_and_have_few_labels(client: TestClient) -> None:
    def labels(first: int) -> set[str]:
        for number in range(first, first + 20):
            client.get(f"{API}/findings/F{number}")
            client.get(f"{API}/nowhere/{number}")
            client.get(f"/{number}")
            client.request(f"M{number}", f"{API}/findings")
        lines = client.get("/metrics").text.splitlines()
        return {line.rpartition(" ")[0] for line in lines if line.startswith("evidence_request")}

    client.get("/metrics")
    before, after = labels(1), labels(50)

    assert client.get("/metrics").headers["content-type"].startswith("text/plain")
    assert before == after
    assert 'evidence_requests_total{method="GET",route="/api/v1/findings/{finding_id}",status="200"}' in after
    assert 'evidence_requests_total{method="other",route="/api/v1/findings",status="405"}' in after
    assert 'evidence_requests_total{method="GET",route="unmatched",status="404"}' in after
