"""The questions of the evidence model, asked over REST of the starter corpus; the answers were written down by hand first."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.config import Settings
from app.main import create_app

EXPECTED = Path(__file__).parent / "expected"
REQUESTS = [
    pytest.param(request, id=f"{path.stem}-{number}")
    for path in sorted(EXPECTED.glob("q*.json"))
    for number, request in enumerate(json.loads(path.read_text())["requests"])
]
BADGES = [pytest.param(badge, id=badge["id"]) for badge in json.loads((EXPECTED / "badges.json").read_text())["badges"]]
NOT_IN_ROWS = {"study_key", "findings_improved"}
RENAMED = {"study": "study_id", "report": "report_id"}


@pytest.fixture
def client(starter_url: str) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(database_url=starter_url)), base_url="http://localhost") as client:
        yield client


@pytest.mark.parametrize("request_", REQUESTS)
def test_each_question_is_answered_as_a_reader_of_the_data_would(client: TestClient, request_: dict[str, Any]) -> None:
    path, expected = request_["path"], request_["expect"]
    if "/export/" in path:
        check_export(client, path, expected)
        return
    answer = everything(client, path)

    if "/evidence" in path:
        check_evidence(answer["data"], expected)
    elif "/claims" in path:
        check_claims(answer["data"], expected)
    elif "/changes" in path:
        assert expected["by_correction_or_retraction"]["total"] == sum(c["op"] == "standing" for c in answer["data"])
    else:
        check_list(answer, expected)


@pytest.mark.parametrize("badge", BADGES)
def test_each_badge_rests_on_the_facts_that_an_editor_found(client: TestClient, badge: dict[str, Any]) -> None:
    answer = client.get(badge["request"]).json()["data"]
    facts = badge["facts"]

    check_evidence(answer, {name: fact for name, fact in facts.items() if name in answer and name not in {"units"}})
    if not facts.get("empty"):
        assert facts["findings"] == sorted({f for b in answer["badges"] for f in b["finding_ids"]}, key=number)


def everything(client: TestClient, path: str) -> dict[str, Any]:
    """An answer with all its pages."""
    separator = "&" if "?" in path else "?"
    paged = f"{path}{separator}limit=100" if "/evidence" not in path and "/claims" not in path else path
    first: dict[str, Any] = client.get(paged).json()
    assert "data" in first, first
    page = first
    while page.get("page", {}).get("next"):
        page = client.get(f"{paged}&cursor={page['page']['next']}").json()
        first["data"] += page["data"]
    return first


def number(public_id: str) -> int:
    return int(public_id[1:])


def check_evidence(data: dict[str, Any], expected: dict[str, Any]) -> None:
    for name in ("totals", "findings", "studies", "reports", "cells", "read_depth", "empty", "review"):
        if name in expected:
            assert expected[name] == data[name], name
    for name in ("by_side", "by_basis_group", "phase_not_reported"):
        if name in expected:
            assert_within(expected[name], data[name])
    if "apart" in expected:
        assert [apart["contrast"] for apart in expected["apart"]] == [apart["contrast"] for apart in data["apart"]]
        assert_within(expected["apart"], data["apart"])
    if "best_comparison" in expected:
        check_best_comparison(data["best_comparison"], expected["best_comparison"])
    check_emptiness(data, expected)


def check_emptiness(data: dict[str, Any], expected: dict[str, Any]) -> None:
    if "nearest" in expected:
        named = {near["relax"]: near["finding_ids"] for near in expected["nearest"] if near["finding_ids"]}
        offered = {near["relax"]: near["finding_ids"] for near in data["nearest"]}
        assert named == {relax: offered.get(relax) for relax in named}
    if "records" in expected:
        records = expected["records"]
        stored = data["collection"]
        assert (records["reports"], records["studies"]) == (stored["records"], stored["studies"])
        assert records["studies_by_read_depth"] == stored["studies_by_read_depth"]
        assert records["last_search"] == stored["last_search"]


def check_best_comparison(best: dict[str, Any] | None, expected: dict[str, Any] | None) -> None:
    if expected is None or best is None:
        assert expected == best
        return
    assert_within({name: expected[name] for name in ("design", "finding_ids", "study_ids", "compared_in")}, best)


def assert_within(expected: Any, actual: Any) -> None:
    """That every field named in ``expected`` has that value; what is not named is not asserted."""
    if isinstance(expected, dict):
        for name, value in expected.items():
            assert_within(value, actual[name])
    elif isinstance(expected, list):
        assert len(expected) == len(actual)
        for one, other in zip(expected, actual, strict=True):
            assert_within(one, other)
    else:
        assert expected == actual


def check_list(answer: dict[str, Any], expected: dict[str, Any]) -> None:
    assert expected["total"] == answer["page"]["total"]
    if "ids" in expected:
        assert expected["ids"] == [row["id"] for row in answer["data"]]
    if "counts" in expected:
        assert expected["counts"] == answer["meta"]["counts"]
    rows = {row["id"]: {"doi": None} | row for row in answer["data"]}
    for row in expected.get("rows", []):
        shared = {RENAMED.get(name, name): value for name, value in row.items() if name not in NOT_IN_ROWS}
        shared["doi"] = shared["doi"].lower() if shared.get("doi") else None
        actual = rows[row["id"]]
        assert {name: value for name, value in shared.items() if name in actual} == {
            name: actual[name] for name in shared if name in actual
        }


def check_claims(data: Any, expected: dict[str, Any]) -> None:
    if "claims" not in expected:
        assert_within(expected["candidates"], data["candidates"])
        return
    assert expected["total"] == len(data)
    claims = {claim["id"]: claim for claim in data}
    for claim in expected["claims"]:
        if claim.get("candidates") is not None:
            assert_within(claim["candidates"], claims[claim["id"]]["candidates"])


def check_export(client: TestClient, path: str, expected: dict[str, Any]) -> None:
    response = client.get(path)
    assert response.status_code == 200
    if ".csv" in path:
        ids = [row["id"] for row in csv.DictReader(io.StringIO(response.text))]
    else:
        ids = [json.loads(line)["id"] for line in response.text.splitlines()]

    assert expected["ids"] == ids
    assert expected.get("rows", expected.get("total")) == len(ids)
