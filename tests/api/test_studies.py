"""``/studies``: investigations with their reports and findings, and what happened to them."""

import pytest
from starlette.testclient import TestClient

from tests.api.serving import API, Writable, all_pages, change, problem, retire
from tests.factories import a_finding, a_study

SORTS = ("relevance", "year", "n", "design", "changed")


def test_a_study_shows_its_reports_exposures_and_findings(client: TestClient) -> None:
    body = client.get(f"{API}/studies/S7").json()
    study = body["data"]

    assert ["data", "meta"] == list(body)
    assert ("S7", "R11", 2021) == (study["id"], study["reports"][0]["id"], study["year"])
    assert study["finding_ids"] == [finding["id"] for finding in study["findings"]]
    assert "F44" in study["finding_ids"]
    assert {exposure["id"] for exposure in study["exposures"]} >= {f["exposure_id"] for f in study["findings"]}
    assert {"standing", "status", "counts", "review_level", "version"} <= set(study)


@pytest.mark.parametrize("sort", [sign + name for name in SORTS for sign in ("", "-")])
def test_every_study_comes_once_in_any_order(client: TestClient, sort: str) -> None:
    rows = all_pages(client, f"{API}/studies?sort={sort}&limit=33")

    assert [f"S{n}" for n in range(1, 81)] == sorted((row["id"] for row in rows), key=lambda each: int(each[1:]))
    assert 80 == client.get(f"{API}/studies?limit=1").json()["page"]["total"]


@pytest.mark.parametrize(("sort", "field"), [("year", "year"), ("n", "n_total")])
def test_unknown_values_stand_last_in_both_directions(client: TestClient, sort: str, field: str) -> None:
    for sign in ("", "-"):
        values = [row[field] for row in all_pages(client, f"{API}/studies?sort={sign}{sort}&limit=100")]
        known = [value for value in values if value is not None]

        assert values == known + [None] * (len(values) - len(known))
        assert known == sorted(known, reverse=sign == "-")


def test_a_study_is_found_by_the_pmid_of_its_report(client: TestClient) -> None:
    body = client.get(f"{API}/studies?pmid=33868054").json()

    assert ["S7"] == [study["id"] for study in body["data"]]
    assert body["meta"]["counts"]["findings"] == sum(body["meta"]["by_review_level"].values())
    assert 0 == client.get(f"{API}/studies?pmid=1").json()["page"]["total"]


def test_the_review_levels_add_up_to_the_findings_counted(client: TestClient) -> None:
    for name in ("findings", "studies", "citations"):
        for query in ("", "?q=sleep", "?subject=human&outcome=sleep", "?year_from=2021", "?has=pmid&phase=active_use"):
            meta = client.get(f"{API}/{name}{query}").json()["meta"]

            assert meta["counts"]["findings"] == sum(meta["by_review_level"].values()), (name, query)


@pytest.mark.parametrize("wrong", ["abc", "1" * 12, "-1", "1e9", "%D9%A3"])
def test_what_is_no_pmid_is_refused_by_name(client: TestClient, wrong: str) -> None:
    for name in ("studies", "citations"):
        response = client.get(f"{API}/{name}?pmid={wrong}")

        assert (422, "Invalid") == problem(response)
        assert "pmid" == response.json()["errors"][0]["field"]


@pytest.mark.parametrize("wrong", ["7", "F7", "R7", "S0", "S81", "S" + "9" * 23, "S7%00", "s7"])
def test_what_is_no_study_is_not_found(client: TestClient, wrong: str) -> None:
    assert (404, "NotFound") == problem(client.get(f"{API}/studies/{wrong}"))
    assert (404, "NotFound") == problem(client.get(f"{API}/studies/{wrong}/history"))


def test_a_retired_study_is_gone_with_its_reason_and_its_history(writable: Writable) -> None:
    retire(writable, "study", "S7")

    for path in ("/studies/S7", "/studies/S7/history"):
        response = writable.get(path)
        assert (410, "Gone") == problem(response)
        assert "entered twice" in response.json()["detail"]


def test_a_merged_study_leads_to_the_one_that_it_became(writable: Writable) -> None:
    change(writable, "study", "S7", op="merge", status="retired", retired_reason="the same study", merged_into=8)

    for part in ("", "/history"):
        response = writable.get(f"/studies/S7{part}")
        assert 301 == response.status_code
        assert {"merged_into": "S8", "url": f"{API}/studies/S8{part}"} == response.json()
        assert f"{API}/studies/S8{part}" == response.headers["location"]


def test_the_history_of_a_study_tells_everything_in_order(writable: Writable) -> None:
    change(writable, "study", "S7", title="Another title")
    change(writable, "finding", "F44", n_events=1)
    body = writable.json("/studies/S7/history")
    changes = body["data"]

    assert {"limit": len(changes), "next": None, "total": len(changes)} == body["page"]
    assert [1, 2, 3] == sorted({each["data_revision"] for each in changes})
    assert changes == sorted(changes, key=lambda each: int(each["data_revision"]))
    assert {"study", "study_report", "exposure", "finding", "citation"} == {each["kind"] for each in changes}
    assert ["S7", "F44"] == [each["id"] for each in changes[-2:]]
    assert "Another title" in changes[-2]["after"]


def test_the_history_of_a_study_is_silent_about_drafts(writable: Writable) -> None:
    with writable.write() as (session, revision):
        study = a_study(session, revision)
        a_finding(session, revision, study, summary="Half a sentence", status="draft")
    response = writable.get(f"/studies/S{study.id}/history")

    assert "Half a sentence" not in response.text
    assert "finding" not in {each["kind"] for each in response.json()["data"]}
