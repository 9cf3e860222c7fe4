"""``/outcomes/{id}/evidence``: one question about one outcome. What the answers say, the journeys and ``synthesis`` prove."""

import pytest
from starlette.testclient import TestClient

from tests.api.serving import API, Writable, problem, retract


def _evidence(writable: Writable) -> list[str]:
    found: list[str] = writable.json("/outcomes/insomnia/evidence?phase=active_use&subject=human")["data"]["findings"]
    return found


def test_an_answer_has_the_envelope_of_one_thing(client: TestClient) -> None:
    response = client.get(f"{API}/outcomes/insomnia/evidence?phase=active_use&subject=human")
    body = response.json()

    assert ["data", "meta"] == list(body)
    assert ["data_revision", "query", "expanded", "counts", "by_review_level"] == list(body["meta"])
    assert ["F44", "F52"] == body["data"]["findings"]
    assert body["data"]["totals"] == body["meta"]["counts"]
    assert '"0.1"' == response.headers["etag"]


def test_an_empty_answer_is_honest_about_what_was_searched_and_read(client: TestClient) -> None:
    data = client.get(f"{API}/outcomes/insomnia/evidence?phase=in_opioid_withdrawal").json()["data"]

    assert data["empty"]
    assert [] == data["findings"]
    assert data["empty_text"].startswith("No study found so far. Search: never run here; 88 records")
    assert data["nearest"]


@pytest.mark.parametrize("outcome", ["Insomnia", "INSOMNIA", "insomnia%20", "improved_sleep", "sleep"])
def test_an_outcome_is_known_by_its_names_and_groups(client: TestClient, outcome: str) -> None:
    assert 200 == client.get(f"{API}/outcomes/{outcome}/evidence").status_code


@pytest.mark.parametrize("word", ["nonsense", "%00", "x" * 5_000, "%F0%9F%98%B4", "1"])
def test_a_word_that_is_no_outcome_is_refused_with_others_to_try(client: TestClient, word: str) -> None:
    response = client.get(f"{API}/outcomes/{word}/evidence")

    assert (422, "UnknownValue") == problem(response)
    assert response.json()["errors"][0]["allowed"]


def test_an_ambiguous_word_is_asked_back(client: TestClient) -> None:
    response = client.get(f"{API}/outcomes/cravings/evidence")

    assert (422, "AmbiguousWord") == problem(response)
    assert 1 < len(response.json()["errors"][0]["allowed"])


@pytest.mark.parametrize("name", ["outcome", "sort", "limit", "cursor", "pmid", "since"])
def test_parameters_without_a_meaning_here_are_refused(client: TestClient, name: str) -> None:
    response = client.get(f"{API}/outcomes/insomnia/evidence?{name}=1")

    assert (422, "UnknownParameter") == problem(response)
    assert name not in response.json()["errors"][0]["allowed"]


def test_a_blank_parameter_is_one_that_was_not_given(client: TestClient) -> None:
    plain, blank = (
        client.get(f"{API}/outcomes/sleep/evidence{query}").json()["data"]["findings"] for query in ("", "?narrower=")
    )

    assert plain == blank
    assert [] == client.get(f"{API}/outcomes/sleep/evidence?narrower=false").json()["data"]["findings"]


def test_a_retraction_takes_the_finding_out_of_the_answer_at_once(writable: Writable) -> None:
    before = _evidence(writable)
    total = writable.json("/findings")["page"]["total"]
    of_report = sum(row["report_id"] == "R11" for row in writable.json("/studies/S7")["data"]["findings"])
    retract(writable, "33868054")

    assert (["F44", "F52"], ["F52"]) == (before, _evidence(writable))
    assert total - of_report == writable.json("/findings")["page"]["total"]
    finding = writable.json("/findings/F44")["data"]
    assert ("retracted", "context", False) == (
        finding["standing"], finding["evidence_class"], finding["counts_as_evidence"],
    )  # fmt: skip
    assert "F44" in {row["id"] for row in writable.json("/findings?evidence=context&limit=100")["data"]}
    told = writable.json("/changes?since=1&op=standing")["data"]
    assert [("R11", "current", "retracted")] == [(each["id"], each["before"], each["after"]) for each in told]
