"""``facets=`` on the lists: in the same answer as the page, right after a write too, and refused elsewhere."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from app.search import citation_facets, facets
from tests.api.people import signed_in
from tests.api.serving import API, LISTS, Writable, problem, retract
from tests.factories import a_citation, a_finding, a_study

NAMES = {"findings": facets.NAMES, "studies": facets.NAMES, "citations": citation_facets.NAMES}


def _counts(body: Any, name: str) -> dict[str, int]:
    return {value["value"]: value["count"] for value in body["meta"]["facets"][name]["values"]}


@pytest.mark.parametrize("of", LISTS)
def test_facets_come_in_the_order_asked_and_only_when_asked(client: TestClient, of: str) -> None:
    first, second = NAMES[of][1], NAMES[of][0]
    body = client.get(f"{API}/{of}?limit=1&facets={first},{second}").json()

    assert [first, second] == list(body["meta"]["facets"])
    assert "facets" not in client.get(f"{API}/{of}?limit=1").json()["meta"]


@pytest.mark.parametrize("of", LISTS)
def test_following_the_parameters_of_a_value_finds_its_count(client: TestClient, of: str) -> None:
    for name in NAMES[of]:
        body = client.get(f"{API}/{of}", params={"q": "kratom", "facets": name, "limit": 1}).json()
        for value in body["meta"]["facets"][name]["values"][:2]:
            found = client.get(f"{API}/{of}", params={"q": "kratom", "limit": 1} | value["parameters"]).json()

            assert (name, value["value"], value["count"]) == (name, value["value"], found["page"]["total"])


@pytest.mark.parametrize("of", LISTS)
def test_an_unknown_facet_is_refused_with_those_there_are(client: TestClient, of: str) -> None:
    response = client.get(f"{API}/{of}?facets=phase,year,colour")
    error = response.json()["errors"][0]

    assert (422, "UnknownValue") == problem(response)
    assert ("facets", list(NAMES[of])) == (error["field"], error["allowed"])


@pytest.mark.parametrize("path", ["outcomes/insomnia/evidence", "export/findings.csv", "plots/matrix"])
def test_what_is_no_list_takes_no_facets(client: TestClient, path: str) -> None:
    assert (422, "UnknownParameter") == problem(client.get(f"{API}/{path}?facets=phase"))


def test_a_retraction_and_a_new_record_are_counted_in_the_next_answer(writable: Writable) -> None:
    path = "/citations?facets=standing,year,has&limit=1"
    before = writable.json(path)
    retract(writable, "33868054")
    with writable.write() as (session, revision):
        a_citation(session, revision, issued_on="1931")
    after = writable.json(path)

    assert "retracted" not in _counts(before, "standing")
    assert 1 == _counts(after, "standing")["retracted"]
    assert 1 == _counts(after, "year")["1931"]
    assert _counts(before, "has")["pmid"] + 2 == _counts(after, "has")["pmid"]
    assert before["page"]["total"] + 2 == after["page"]["total"] == sum(_counts(after, "standing").values())


def test_drafts_are_counted_for_those_who_see_them_and_the_words_of_others_find_nothing(writable: Writable) -> None:
    who = {name: signed_in(writable.store, role, name=name) for name, role in
           (("maria", "curator"), ("paul", "curator"), ("eva", "editor"))}  # fmt: skip
    with writable.write() as (session, revision):
        study = a_study(session, revision, title="A survey")
        draft = a_finding(session, revision, study, status="draft", summary="Zebrawort was seen.")
        draft.created_by = "maria"

    def counted(headers: dict[str, str], of: str, **asked: Any) -> list[tuple[str, int]]:
        """The facet of statuses, each value as what following it finds."""
        params = {"status": ["draft", "submitted"], "evidence": "all", "q": "zebrawort", "limit": 1} | asked
        body = writable.client.get(f"{API}/{of}", params=params | {"facets": "status"}, headers=headers).json()
        for value in body["meta"]["facets"]["status"]["values"]:
            found = writable.client.get(f"{API}/{of}", params=params | value["parameters"], headers=headers).json()

            assert (value["value"], value["count"]) == (value["value"], found["page"]["total"])
        return [(of, body["page"]["total"]), *_counts(body, "status").items()]

    for of in ("findings", "studies"):
        maria, paul, eva = (counted(headers, of) for headers in who.values())

        assert [(of, 1), (of, 0), (of, 1)] == [maria[0], paul[0], eva[0]]
        assert dict(maria) == dict(eva)
        assert {0} == set(dict(paul).values())
    assert {"draft": 1} == {status: n for status, n in counted(who["eva"], "findings", q="")[1:] if status == "draft"}
