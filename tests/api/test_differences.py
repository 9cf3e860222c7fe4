"""``/differences``: a person's edit against a later sync, decided by a person."""

from typing import Any

import pytest

from app.citations import store
from app.citations.rows import prepare
from app.curation import consequences
from app.findings import quotes
from app.models.finding import Finding
from tests.api.people import signed_in
from tests.api.serving import API, Writable, all_pages, problem
from tests.citations.drafts import a_citation, abstract

PMID = "33868054"
R11 = f"{API}/citations/R11"


@pytest.fixture
def curator(writable: Writable) -> dict[str, str]:
    return signed_in(writable.store, "curator", name="maria")


def _sync(writable: Writable, year: str, **fields: Any) -> None:
    with writable.write() as (session, revision):
        store.take_in(session, revision, [prepare(a_citation(PMID, revised_on=year, **fields))])
        consequences.follow(session, revision)


def _edit(writable: Writable, who: dict[str, str], **fields: Any) -> None:
    headers = who | {"If-Match": writable.tag("/citations/R11")}
    assert 200 == writable.client.patch(R11, json=fields, headers=headers).status_code


def _decide(writable: Writable, who: dict[str, str], verb: str, *, match: str | None = None) -> Any:
    tag = writable.tag("/differences/V1") if match is None else match
    return writable.client.post(f"{API}/differences/V1/{verb}", headers=who | ({"If-Match": tag} if tag else {}))


def test_a_later_sync_against_an_edit_is_listed_with_both_values(writable: Writable, curator: dict[str, str]) -> None:
    _edit(writable, curator, title="Mine", volume="9")
    _sync(writable, "2026", title="Theirs", volume="8")

    rows = all_pages(writable.client, f"{API}/differences?citation=R11&limit=1")

    assert {("title", "Mine", "Theirs"), ("volume", "9", "8")} == {
        (row["field"], row["held"], row["offered"]) for row in rows
    }
    assert {("R11", "pubmed", "open")} == {(row["citation_id"], row["source"], row["state"]) for row in rows}
    assert "Mine" == writable.json("/citations/R11")["data"]["title"]
    assert [] == writable.json("/differences?citation=R12")["data"]
    assert "difference" in {row["kind"] for row in writable.json("/changes?since=1&limit=100")["data"]}


@pytest.mark.parametrize(("verb", "title", "state"), [("keep", "Mine", "kept"), ("take", "Theirs", "taken")])
def test_a_decision_is_one_data_revision_and_is_told(
    writable: Writable, curator: dict[str, str], verb: str, title: str, state: str
) -> None:
    _edit(writable, curator, title="Mine")
    _sync(writable, "2026", title="Theirs")
    before = writable.json("/changes")["meta"]["data_revision"]

    body = _decide(writable, curator, verb).json()

    citation = writable.json("/citations/R11")["data"]
    assert (state, "maria", before + 1) == (
        body["data"]["state"], body["data"]["decided_by"], body["meta"]["data_revision"]
    )  # fmt: skip
    assert title == citation["title"]
    origin = citation["provenance"]["fields"]["title"]
    assert ("person" if verb == "keep" else "pubmed", "maria") == (origin["source"], origin["actor"])
    assert [] == writable.json("/differences")["data"]
    assert 1 == writable.json(f"/differences?state={state}")["page"]["total"]
    assert (409, "Conflict") == problem(_decide(writable, curator, verb))


def test_taking_a_text_checks_the_quotes_on_it(writable: Writable, curator: dict[str, str]) -> None:
    finding_id = next(
        row["id"]
        for row in all_pages(writable.client, f"{API}/findings?evidence=all&limit=100")
        if row["report_id"] == "R11"
    )
    _edit(writable, curator, texts=[{"text": "They slept badly."}])
    with writable.write() as (session, revision):
        finding = session.get_one(Finding, int(finding_id[1:]))
        quotes.record(session, revision, quotes.QuoteDraft(text="slept badly"), finding)
    _sync(writable, "2026", texts=abstract("They slept."))
    assert "verified" == writable.json(f"/findings/{finding_id}")["data"]["quote_state"]

    _decide(writable, curator, "take")

    assert "stale" == writable.json(f"/findings/{finding_id}")["data"]["quote_state"]
    assert ["quote_stale"] == [row["kind"] for row in writable.json(f"/flags?record={finding_id}")["data"]]


def test_who_decides_says_of_which_version(writable: Writable, curator: dict[str, str]) -> None:
    _edit(writable, curator, title="Mine")
    _sync(writable, "2026", title="Theirs")
    read = writable.tag("/differences/V1")
    _sync(writable, "2027", title="Theirs, corrected")

    assert (428, "VersionMissing") == problem(_decide(writable, curator, "take", match=""))
    assert (412, "Stale") == problem(_decide(writable, curator, "take", match=read))
    assert (401, "NotAuthenticated") == problem(_decide(writable, {}, "take"))


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/differences/V1", (404, "NotFound")),
        ("/differences?state=closed", (422, "UnknownValue")),
        ("/differences?citation=S1", (404, "NotFound")),
        ("/differences?cursor=x", (422, "MalformedCursor")),
        ("/differences?colour=red", (422, "UnknownParameter")),
    ],
)
def test_what_cannot_be_asked_of_differences_is_refused_by_name(
    writable: Writable, path: str, expected: tuple[int, str]
) -> None:
    assert expected == problem(writable.get(path))
