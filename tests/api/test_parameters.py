"""Parameters on every route: none is ignored, and nothing that a query string can hold is a failure of the service."""

import pytest
from starlette.testclient import TestClient

from app.search.filters import FILTERS, OTHER_PARAMETERS
from tests.api.people import signed_in
from tests.api.serving import API, LISTS, PATHS, Writable, problem

WITH_FILTERS = (*(f"{API}/{name}" for name in LISTS), f"{API}/outcomes/insomnia/evidence", f"{API}/export/findings.csv")
NASTY = {
    "NUL": "%00", "escape": "%1B[2J", "delete": "%7F", "line ends": "a%0D%0AX-Evil:%201", "surrogate": "%ED%A0%80",
    "no UTF-8": "%FF%FE", "half a character": "%C3", "no hex": "%zz", "half an escape": "%2", "a lone percent": "%",
    "long": "x" * 10_000, "plus": "+", "quote": "'", "double quotes": '%22%22', "one double quote": "%22", "star": "*",
    "injection": "';DROP%20TABLE%20finding;--", "wildcards": "%25_%25", "operators": "AND%20OR%20NOT%20NEAR(",
    "emoji": "%F0%9F%98%B4", "right to left": "%E2%80%AE", "colons": "a:b:c", "hyphen": "-", "column": "title:x", "braces": "{}",
    "brackets": "[]", "backslash": "%5C", "digits of another script": "%D9%A3", "number": "1e309", "not a number": "NaN",
    "negative": "-1", "huge": "9" * 400, "words": "a%20" * 400,
}  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_an_unknown_parameter_is_refused_by_name_on_every_route(client: TestClient, path: str) -> None:
    response = client.get(f"{path}?colour=blue")
    body = response.json()

    assert (422, "UnknownParameter") == problem(response)
    assert "'colour'" in body["detail"]
    assert "colour" == body["errors"][0]["field"]
    for name in body["errors"][0].get("allowed", []):
        assert name in body["detail"]


@pytest.mark.parametrize("path", WITH_FILTERS)
def test_a_misspelt_filter_is_answered_with_the_right_one(client: TestClient, path: str) -> None:
    body = client.get(f"{path}?phases=active_use").json()

    assert "Did you mean phase?" in body["detail"]
    assert set(FILTERS) <= set(body["errors"][0]["allowed"])


@pytest.mark.parametrize("name", [name for name, each in FILTERS.items() if each.allowed])
def test_an_unknown_value_is_refused_with_those_allowed(client: TestClient, name: str) -> None:
    for path in WITH_FILTERS:
        response = client.get(f"{path}?{name}=nonsense")
        error = response.json()["errors"][0]

        assert (422, "UnknownValue") == problem(response)
        assert (name, list(FILTERS[name].allowed)) == (error["field"], error["allowed"])
        assert all(value in response.json()["detail"] for value in FILTERS[name].allowed)


@pytest.mark.parametrize("name", ["evidence", "has", "sort", "narrower"])
def test_the_other_choices_are_listed_too(client: TestClient, name: str) -> None:
    response = client.get(f"{API}/findings?{name}=nonsense")

    assert (422, "UnknownValue") == problem(response)
    assert 1 < len(response.json()["errors"][0]["allowed"])


@pytest.mark.parametrize("name", ["q", "year_from", "year_to", "sort", "evidence", "narrower", "limit", "cursor"])
def test_what_is_asked_once_is_refused_twice(client: TestClient, name: str) -> None:
    value = {"q": "sleep", "sort": "year", "evidence": "all", "narrower": "true", "limit": "5", "cursor": "a"}.get(
        name, "2020"
    )
    response = client.get(f"{API}/findings?{name}={value}&{name}={value}")

    assert (422, "Invalid") == problem(response)
    assert name == response.json()["errors"][0]["field"]
    assert (422, "Invalid") == problem(client.get(f"{API}/changes?since=1&since=2"))


def test_of_two_values_where_one_is_taken_neither_is_left_out(writable: Writable) -> None:
    who = signed_in(writable.store)
    for query in (
        "flags?record=F44&record=F45", "differences?citation=R11&citation=R12", "changes?actor=ada&actor=bob",
        "proposals?record=S7&record=S8", "proposals?author=ada&author=bob", "screening/queue?q=sleep&q=pain",
        "screening/queue?stage=full_text&stage=title_abstract", "screening/queue?state=included&state=excluded",
    ):  # fmt: skip
        response = writable.get(f"/{query}", **who)

        assert (422, "Invalid") == problem(response)
        assert query.partition("?")[2].partition("=")[0] == response.json()["errors"][0]["field"]


@pytest.mark.parametrize("value", ["%00", "a%00b", "%1B", "%7F"])
def test_characters_that_no_database_keeps_are_refused_by_the_name_of_the_parameter(
    writable: Writable, value: str
) -> None:
    who = signed_in(writable.store)
    for query in (
        "changes?actor", "changes?since", "changes?kind", "changes?cursor", "proposals?author", "proposals?record",
        "flags?record", "citations?pmid", "findings?q", "findings?country", "screening/queue?q", "claims?as_of",
    ):  # fmt: skip
        response = writable.get(f"/{query}={value}", **who)

        assert 422 == problem(response)[0], query
        assert query.partition("?")[2] == response.json()["errors"][0]["field"]


@pytest.mark.parametrize("path", WITH_FILTERS)
def test_two_hundred_repetitions_are_too_many(client: TestClient, path: str) -> None:
    assert (422, "Invalid") == problem(client.get(f"{path}?{'&'.join(['phase=active_use'] * 200)}"))
    assert 200 == client.get(f"{path}?{'&'.join(['phase=active_use'] * 100)}").status_code


@pytest.mark.parametrize("value", NASTY.values(), ids=NASTY.keys())
def test_no_value_of_any_parameter_is_a_failure_of_the_service(client: TestClient, value: str) -> None:
    names = [*FILTERS, *OTHER_PARAMETERS, "pmid", "doi", "limit", "cursor"]
    for number, name in enumerate(names, start=len(value)):
        # Each name on one of the routes, another one for every value.
        path = WITH_FILTERS[number % len(WITH_FILTERS)]
        response = client.get(f"{path}?{name}={value}")
        assert response.status_code in (200, 422), (name, path, response.text)
        if response.status_code == 422:
            problem(response)
    for name in ("since", "kind", "op", "limit", "cursor", "fate"):
        for path in (f"{API}/changes", f"{API}/imports", f"{API}/imports/I1"):
            assert client.get(f"{path}?{name}={value}").status_code in (200, 404, 422)


@pytest.mark.parametrize("value", NASTY.values(), ids=NASTY.keys())
def test_no_name_of_a_parameter_is_a_failure_of_the_service(client: TestClient, value: str) -> None:
    for path in PATHS:
        response = client.get(f"{path}?x{value[:3_000]}=1")

        assert 422 == problem(response)[0]
        assert "There is no parameter" in response.json()["detail"] or "UTF-8" in response.json()["detail"]


@pytest.mark.parametrize("value", NASTY.values(), ids=NASTY.keys())
def test_nothing_in_a_path_is_a_failure_of_the_service(client: TestClient, value: str) -> None:
    for before, after in (
        ("findings/", ""), ("studies/", "/history"), ("citations/", ""), ("claims/", ""), ("vocabulary/", ""), ("imports/", ""),
        ("outcomes/", "/evidence"), ("export/findings.", ""), ("", ""), ("export/", ""),
    ):  # fmt: skip
        response = client.get(f"{API}/{before}{value}{after}")

        assert response.status_code in (404, 422), (before, response.text)
        problem(response)


@pytest.mark.parametrize("query", ["q=%FF", "q=%ED%A0%80", "%FF=1", "q=a%C3"])
def test_bytes_that_are_no_text_do_not_ask_another_question(client: TestClient, query: str) -> None:
    for path in PATHS:
        response = client.get(f"{path}?{query}")

        assert (422, "Invalid") == problem(response)
        assert "UTF-8" in response.json()["detail"]


@pytest.mark.parametrize("query", ["", "?", "?&", "?&&&"])
def test_an_empty_query_is_none(client: TestClient, query: str) -> None:
    assert 150 == client.get(f"{API}/findings{query}").json()["page"]["total"]


def test_blank_values_ask_for_nothing(client: TestClient) -> None:
    blank = client.get(f"{API}/findings?{'&'.join(f'{name}=' for name in (*FILTERS, *OTHER_PARAMETERS))}")

    assert client.get(f"{API}/findings").json()["data"] == blank.json()["data"]
