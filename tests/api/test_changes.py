"""``/changes``: what was done to the data, in order, for whoever keeps a copy."""

from datetime import timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.kit.canonical import iso, now
from app.kit.paging import fingerprint, write_cursor
from tests.api.curating import Person, good
from tests.api.people import signed_in
from tests.api.serving import API, Writable, all_pages, change, problem, retire, retract
from tests.factories import a_finding, a_study

TOTAL = 570
"""Citations, studies, reports, exposures and findings of the starter corpus."""


def _feed(writable: Writable, since: object = 1, query: str = "") -> list[dict[str, Any]]:
    return all_pages(writable.client, f"{API}/changes?since={since}{query}&limit=100")


def test_every_change_comes_once_and_in_order(client: TestClient) -> None:
    rows = all_pages(client, f"{API}/changes?limit=99")
    body = client.get(f"{API}/changes?limit=1").json()

    assert TOTAL == len(rows) == body["page"]["total"] == len({(row["kind"], row["id"]) for row in rows})
    assert {"since": 0, "data_revision": 1} == body["meta"]
    assert {1} == {row["data_revision"] for row in rows}


@pytest.mark.parametrize("limit", [1, 3, 100])
def test_the_feed_is_monotone_whatever_the_length_of_a_page(writable: Writable, limit: int) -> None:
    for title in ("one", "two", "three"):
        change(writable, "study", "S1", title=title)
        change(writable, "finding", "F1", summary=title)
    rows = all_pages(writable.client, f"{API}/changes?since=1&limit={limit}")

    assert [2, 3, 4, 5, 6, 7] == [row["data_revision"] for row in rows]
    assert ["S1", "F1"] * 3 == [row["id"] for row in rows]


def test_since_is_a_data_revision_a_day_or_a_moment(writable: Writable) -> None:
    before = now() - timedelta(seconds=1)
    change(writable, "study", "S1", title="another")
    after = now() + timedelta(seconds=1)

    assert 1 == len(_feed(writable, 1))
    assert TOTAL + 1 == len(_feed(writable, before.date().isoformat()))
    assert 0 == len(_feed(writable, (after + timedelta(days=1)).date().isoformat()))
    assert 0 == len(_feed(writable, iso(after)))
    assert TOTAL + 1 == len(_feed(writable, "2020-01-01T00:00:00%2B02:00"))
    assert 0 == len(_feed(writable, 999_999_999_999_999_999_999))


def test_asking_again_from_the_revision_told_gives_what_came_after(writable: Writable) -> None:
    told = writable.json("/changes?limit=1")["meta"]["data_revision"]
    change(writable, "finding", "F1", summary="Slept longer.")

    assert ["F1"] == [row["id"] for row in _feed(writable, told)]


@pytest.mark.parametrize(
    "since",
    ["abc", "", "-1", "1.5", "2026-13-01", "2026-02-30", "1%002", "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00%2B23:59",
     "x" * 9_000, "%D9%A3", "T", "2026-11-22T25:00:00Z"],
)  # fmt: skip
def test_what_is_no_place_in_the_feed_is_refused_by_name(client: TestClient, since: str) -> None:
    response = client.get(f"{API}/changes?since={since}")

    # A character that nothing stores is refused before anybody asks what it stands for.
    assert (422, "Invalid" if "%00" in since else "UnknownValue") == problem(response)
    assert "since" == response.json()["errors"][0]["field"]


@pytest.mark.parametrize("name", ["kind", "op"])
def test_the_feed_is_cut_to_some_kinds_and_deeds(client: TestClient, name: str) -> None:
    chosen = {"kind": "study", "op": "add"}[name]
    rows = all_pages(client, f"{API}/changes?{name}={chosen}&{name}={chosen}&limit=100")

    assert {chosen} == {row[name] for row in rows}
    assert {"kind": 80, "op": TOTAL}[name] == len(rows)


@pytest.mark.parametrize(
    "values",
    [["a", 1], [1, "\0"], [1.5, 2], [True, 1], [1, None], [1], [10**30, 1], [[1], 1], [1, 2**62], [-(2**40), 0]],
)
def test_a_cursor_that_was_tampered_with_is_refused(client: TestClient, values: list[Any]) -> None:
    cursor = write_cursor(fingerprint("changes", "0", (), ()), values)
    response = client.get(f"{API}/changes?cursor={cursor}")

    assert (422, "MalformedCursor") == problem(response)


@pytest.mark.parametrize("name", ["findings", "studies", "citations", "changes", "imports"])
@pytest.mark.parametrize(
    "cursor", ["abc", "%20", "é", "x" * 990, "WyJhYmMiLFsxXV0", "bnVsbA", "e30", "AAAA", "%F0%9F%98%B4"]
)
def test_a_cursor_that_nobody_made_is_refused(client: TestClient, name: str, cursor: str) -> None:
    response = (
        client.get(f"{API}/{name}", params={"cursor": cursor})
        if cursor == "é"
        else client.get(f"{API}/{name}?cursor={cursor}")
    )

    assert (422, "MalformedCursor") == problem(response)


def test_a_cursor_belongs_to_its_question(client: TestClient) -> None:
    cursor = client.get(f"{API}/changes?limit=1").json()["page"]["next"]

    assert (422, "MalformedCursor") == problem(client.get(f"{API}/changes?kind=study&cursor={cursor}"))
    assert (422, "MalformedCursor") == problem(client.get(f"{API}/findings?cursor={cursor}"))


def test_a_retraction_is_in_the_feed(writable: Writable) -> None:
    notice = retract(writable, "33868054")

    assert [(notice, "add", None), ("R11", "edit", '{"signals":[]}'), ("R11", "standing", "current")] == [
        (row["id"], row["op"], row["before"]) for row in _feed(writable)
    ]


def test_what_left_stands_in_the_feed_with_a_tombstone(writable: Writable) -> None:
    change(writable, "finding", "F44", summary="Slept worse.")
    retire(writable, "finding", "F44")
    rows = _feed(writable)

    assert [False, True] == [row["tombstone"] for row in rows]
    assert "entered twice" in rows[-1]["after"]


@pytest.mark.parametrize("status", ["draft", "suggested", "rejected"])
def test_the_feed_keeps_the_text_of_drafts_to_itself(writable: Writable, status: str) -> None:
    with writable.write() as (session, revision):
        a_finding(session, revision, status=status, summary="Half a sentence")
        a_study(session, revision, status=status, title="Half a title")
    response = writable.get("/changes?since=1&limit=100")

    assert "Half a" not in response.text
    withheld = [(row["kind"], row["before"], row["after"]) for row in response.json()["data"] if row["withheld"]]
    assert [("finding", None, None), ("study", None, None), ("study_report", None, None)] == withheld


def test_a_draft_is_told_once_it_is_public(writable: Writable) -> None:
    with writable.write() as (session, revision):
        finding = a_finding(session, revision, status="draft", summary="A whole sentence")
    assert "A whole sentence" not in writable.get("/changes?since=1").text
    change(writable, "finding", f"F{finding.id}", op="status", status="submitted")

    assert "A whole sentence" in writable.get("/changes?since=1").text


def test_blank_parameters_are_as_if_not_given_and_every_kind_that_is_told_can_be_asked_for(writable: Writable) -> None:
    maria = signed_in(writable.store)
    body = {"stage": "title_abstract", "decision": "include"}
    writable.client.post(f"{API}/citations/R11/decisions", json=body, headers=maria)
    told = writable.json("/changes?limit=100&since=1")["data"]

    assert {"screening_decision", "screening_result"} == {each["kind"] for each in told}
    assert [True] == list({each["withheld"] for each in told})
    for row in told:
        found = writable.json(f"/changes?since=1&kind={row['kind']}")["data"]

        assert [row["id"]] == [each["id"] for each in found]
    assert writable.json("/changes?kind=&op=")["data"] == writable.json("/changes")["data"]


def test_the_changes_of_one_person_are_asked_for_by_name(writable: Writable) -> None:
    olga = Person.of(writable, "olga")
    study = olga.study()
    change(writable, "study", "S1", title="another")
    rows = _feed(writable, 0, "&actor=olga")
    total = writable.json("/changes?actor=olga&limit=1")["page"]["total"]

    assert {"olga"} == {row["actor"] for row in rows}
    assert (study["id"], len(rows)) == (rows[0]["id"], total)
    assert 0 == writable.json("/changes?actor=nobody")["page"]["total"]


def test_a_draft_is_told_with_its_text_to_its_author_and_to_editors_alone(writable: Writable) -> None:
    olga = Person.of(writable, "olga")
    study = olga.study()["id"]
    askers = (olga, Person.of(writable, "maria"), Person.of(writable, "edith", "editor"))
    told = [good(each.get("/changes?actor=olga&kind=study"))[0] for each in askers]

    assert [(study, False), (study, True), (study, False)] == [(each["id"], each["withheld"]) for each in told]
    assert _feed(writable, 0, "&actor=olga&kind=study")[0]["withheld"]


def test_a_finding_and_a_citation_have_their_histories(writable: Writable) -> None:
    change(writable, "finding", "F44", summary="Slept longer.")
    finding = writable.json("/findings/F44/history")["data"]
    retract(writable, str(writable.json("/citations/R11")["data"]["pmid"]))
    citation = writable.json("/citations/R11/history")["data"]

    assert [("add", "F44"), ("edit", "F44")] == [(row["op"], row["id"]) for row in finding]
    assert {"add", "standing"} <= {row["op"] for row in citation if row["id"] == "R11"}
    assert 404 == writable.get("/findings/F9999/history").status_code
