"""``/findings``: the rows, their pages, and which of them everybody may see."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.api.serving import API, Writable, all_pages, problem, retire
from tests.factories import a_citation, a_finding, a_study, an_exposure

SORTS = ("relevance", "year", "n", "design", "changed")


def test_a_page_has_the_envelope_of_a_list(client: TestClient) -> None:
    body = client.get(f"{API}/findings?outcome=insomnia&phase=active_use&subject=human&limit=1").json()

    assert ["data", "page", "meta"] == list(body)
    assert ["limit", "next", "total"] == list(body["page"])
    assert (1, 2) == (body["page"]["limit"], body["page"]["total"])
    assert ["query", "expanded", "counts", "by_review_level", "data_revision"] == list(body["meta"])
    assert {"findings": 2, "studies": 2, "independent_units": 2, "reports": 2} == body["meta"]["counts"]
    assert {"one_reader": 2, "two_readers": 0} == body["meta"]["by_review_level"]
    assert 1 == body["meta"]["data_revision"]


def test_a_row_has_what_is_needed_to_cite_it(client: TestClient) -> None:
    row = client.get(f"{API}/findings/F44").json()["data"]

    expected = {
        "id": "F44", "study_id": "S7", "report_id": "R11", "pmid": "33868054", "year": 2021, "outcome": "insomnia",
        "direction": "increased", "effect": "worsened", "phase": "active_use", "contrast": "taking",
        "basis": "case_temporal", "design": "case_report", "exposure_substance": "kratom_unspecified",
        "substance_group": "kratom", "status": "submitted", "review_level": "one_reader", "standing": "current",
        "url": f"{API}/findings/F44", "counts_as_evidence": True,
    }  # fmt: skip
    assert expected == {name: row[name] for name in expected}
    for name in ("effect", "subject", "n_events", "n_group", "p_value_text", "quote_text", "quote_state", "read_depth"):
        assert name in row


@pytest.mark.parametrize("sort", [sign + name for name in SORTS for sign in ("", "-")])
def test_every_finding_comes_once_in_any_order(client: TestClient, sort: str) -> None:
    path = f"{API}/findings?evidence=all&sort={sort}&limit=77"
    rows = all_pages(client, path)

    assert 196 == client.get(path).json()["page"]["total"]
    assert [f"F{n}" for n in range(1, 197)] == sorted((row["id"] for row in rows), key=lambda each: int(each[1:]))


@pytest.mark.parametrize(("sort", "field"), [("year", "study_year"), ("n", "n_total"), ("design", "design_rank")])
def test_unknown_values_stand_last_in_both_directions(client: TestClient, sort: str, field: str) -> None:
    for sign in ("", "-"):
        values = [row[field] for row in all_pages(client, f"{API}/findings?evidence=all&sort={sign}{sort}&limit=100")]
        known = [value for value in values if value is not None]

        assert values == known + [None] * (len(values) - len(known))
        assert known == sorted(known, reverse=sign == "-")


def test_a_page_of_one_row_walks_the_whole_list(client: TestClient) -> None:
    path = f"{API}/findings?outcome=insomnia&sort=-year"

    assert all_pages(client, f"{path}&limit=100") == all_pages(client, f"{path}&limit=1")


def test_the_link_to_the_next_page_keeps_the_question(client: TestClient) -> None:
    response = client.get(f"{API}/findings?outcome=insomnia&limit=1&phase=active_use&phase=single_dose")
    cursor = response.json()["page"]["next"]

    path = f"{API}/findings?outcome=insomnia&limit=1&phase=active_use&phase=single_dose&cursor={cursor}"
    assert f'<{path}>; rel="next"' == response.headers["link"]


@pytest.mark.parametrize("limit", ["0", "101", "-1", "1.5", "ten", "", "9" * 30, "9" * 5_000])
@pytest.mark.parametrize("name", ["findings", "studies", "citations", "changes", "imports"])
def test_a_page_holds_one_to_a_hundred_rows(client: TestClient, name: str, limit: str) -> None:
    response = client.get(f"{API}/{name}?limit={limit}")

    assert (422, "Invalid") == problem(response)
    assert "limit" == response.json()["errors"][0]["field"]


@pytest.mark.parametrize(
    "wrong", ["44", "S44", "f44", "F0", "F044", "F-1", "F1.0", "F", "F%2044", "F44%00", "F٣", "F" + "9" * 23]
)
def test_what_is_no_id_of_a_finding_is_not_found(client: TestClient, wrong: str) -> None:
    assert (404, "NotFound") == problem(client.get(f"{API}/findings/{wrong}"))


def test_a_finding_that_never_was_is_not_found(client: TestClient) -> None:
    assert (404, "NotFound") == problem(client.get(f"{API}/findings/F197"))


@pytest.mark.parametrize("status", ["draft", "suggested", "rejected", "retired"])
def test_unpublished_work_is_for_its_author_and_editors(client: TestClient, status: str) -> None:
    for path in ("/findings", "/studies", "/citations", "/outcomes/sleep/evidence", "/export/findings.csv"):
        assert (403, "Forbidden") == problem(client.get(f"{API}{path}?status=accepted&status={status}"))


def _finding(writable: Writable, **fields: Any) -> str:
    with writable.write() as (session, revision):
        return f"F{a_finding(session, revision, **fields).id}"


@pytest.mark.parametrize("status", ["draft", "suggested", "rejected"])
def test_a_finding_that_is_not_public_is_nowhere(writable: Writable, status: str) -> None:
    before = writable.json("/findings?evidence=all")["page"]["total"]
    found = _finding(writable, status=status)

    assert (404, "NotFound") == problem(writable.get(f"/findings/{found}"))
    assert before == writable.json("/findings?evidence=all")["page"]["total"]


def test_a_retired_finding_is_gone_with_its_reason(writable: Writable) -> None:
    found = _finding(writable)
    assert 200 == writable.get(f"/findings/{found}").status_code
    retire(writable, "finding", found)
    response = writable.get(f"/findings/{found}")

    assert (410, "Gone") == problem(response)
    assert "entered twice" in response.json()["detail"]


def test_a_finding_leaves_with_its_study(writable: Writable) -> None:
    retire(writable, "study", "S7")
    response = writable.get("/findings/F44")

    assert (410, "Gone") == problem(response)
    assert "S7, which was retired: entered twice" in response.json()["detail"]


def test_an_unfinished_study_hides_its_findings(writable: Writable) -> None:
    with writable.write() as (session, revision):
        report = a_citation(session, revision)
        study = a_study(session, revision, reports=(report,), status="draft")
        exposure = an_exposure(session, revision, study)
        finding = a_finding(session, revision, study, report_id=report, exposure_id=exposure)

    assert (404, "NotFound") == problem(writable.get(f"/findings/F{finding.id}"))
    assert (404, "NotFound") == problem(writable.get(f"/studies/S{study.id}"))
