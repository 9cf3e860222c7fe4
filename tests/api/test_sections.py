"""The sections of an evidence answer over HTTP: every number leads to its rows, and a part can be asked for alone."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from starlette.testclient import TestClient

from app.synthesis.sections import SECTIONS
from tests.api.serving import API, Writable, problem
from tests.factories import a_finding, a_study

QUESTIONS = ("sleep", "anxiety?subject=rat", "kratom_withdrawal?phase=kratom_cessation", "opioid_withdrawal?subject=human",
             "pain?evidence=all", "insomnia?contrast=stopping&subject=human", "improved_sleep", "alertness?narrower=false",
             "safety?substance=kratom_leaf&subject=adult_human")  # fmt: skip


def _tallied(data: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from data["by_substance"]
    for moment in data["side_by_side"]:
        yield from moment["columns"]


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_parameters_beside_a_number_list_exactly_its_rows(client: TestClient, question: str) -> None:
    word, _, query = question.partition("?")
    data = client.get(f"{API}/outcomes/{word}/evidence?{query}").json()["data"]
    checked = 0
    for each in _tallied(data):
        if each["parameters"] is None:
            assert data["outcome"]["id"] == "improved_sleep"
            continue
        asked = urlencode(each["parameters"] | {"limit": ["100"]}, doseq=True)
        listed = client.get(f"{API}/findings?{asked}").json()
        checked += 1

        assert each["tally"]["finding_ids"] == [row["id"] for row in listed["data"]], asked
        assert each["tally"]["counts"] == listed["meta"]["counts"]

    assert checked


def test_sections_that_were_not_asked_for_are_null(client: TestClient) -> None:
    whole = client.get(f"{API}/outcomes/anxiety/evidence").json()["data"]
    part = client.get(f"{API}/outcomes/anxiety/evidence?sections=cases&sections=funding").json()["data"]

    assert {"cases", "funding"} == {name for name in SECTIONS if part[name] is not None}
    assert list(whole) == list(part)
    assert {name: whole[name] for name in part if name not in SECTIONS} == {
        name: part[name] for name in part if name not in SECTIONS
    }
    assert (whole["cases"], whole["funding"]) == (part["cases"], part["funding"])


def test_a_section_that_does_not_exist_is_refused_with_those_that_do(client: TestClient) -> None:
    response = client.get(f"{API}/outcomes/anxiety/evidence?sections=verdict")

    assert (422, "UnknownValue") == problem(response)
    assert list(SECTIONS) == response.json()["errors"][0]["allowed"]


def test_a_disagreement_appears_with_the_finding_that_makes_it(writable: Writable) -> None:
    address = "/outcomes/insomnia/evidence?phase=active_use&subject=human&sections=disagreements"
    before = writable.json(address)["data"]["disagreements"]
    with writable.write() as (session, revision):
        study = a_study(session, revision, reports=(), country="TH")
        added = a_finding(session, revision, study, direction="decreased", basis="perceived_effect").id
    (after,) = writable.json(address)["data"]["disagreements"]

    assert [] == before
    assert (["F44", "F52"], [f"F{added}"]) == (after["increased"]["finding_ids"], after["decreased"]["finding_ids"])
    assert {"design", "basis"} <= set(after["differing"])
