"""``/claims``: a verdict of this moment, both sides with their words, and an answer that changes with the findings."""

import pytest
from starlette.testclient import TestClient

from app.history.events import row_of
from app.kit.canonical import now
from app.models.finding import Quote
from app.vocabulary.words import vocabulary
from tests.api.serving import API, Writable, problem, retire, retract
from tests.factories import a_finding, a_study


def test_every_claim_is_on_the_one_page(client: TestClient) -> None:
    body = client.get(f"{API}/claims").json()
    total = len(vocabulary().claims)

    assert {"limit": total, "next": None, "total": total} == body["page"]
    assert [claim["id"] for claim in vocabulary().claims] == [claim["id"] for claim in body["data"]]


def test_one_claim_is_told_as_in_the_list(client: TestClient) -> None:
    listed = {claim["id"]: claim for claim in client.get(f"{API}/claims").json()["data"]}

    for each in ("C03", "C07", "C12", "C20"):
        assert listed[each] == client.get(f"{API}/claims/{each}").json()["data"]


@pytest.mark.parametrize("wrong", ["C00", "C99", "c03", "3", "C03%00", "C" + "9" * 23])
def test_what_is_no_claim_is_not_found(client: TestClient, wrong: str) -> None:
    assert (404, "NotFound") == problem(client.get(f"{API}/claims/{wrong}"))


def test_every_candidate_is_on_the_list_that_the_claim_leads_to(client: TestClient) -> None:
    for claim in client.get(f"{API}/claims").json()["data"]:
        told = {
            line["finding_id"]
            for side in ("supporting", "opposing", "undecided")
            for lines in claim[side].values()
            for line in lines
        }
        if claim["findings_url"] is None:
            assert not told
            continue
        listed = {row["id"] for row in client.get(f"{claim['findings_url']}&limit=100").json()["data"]}

        assert told <= listed, claim["id"]
        assert told == listed or claim["id"] == "C20"


def test_people_and_animals_stand_apart_on_either_side(client: TestClient) -> None:
    claim = client.get(f"{API}/claims/C08").json()["data"]

    assert ["F105", "F116"] == [line["finding_id"] for line in claim["supporting"]["people"]]
    assert {"rat", "mouse", "zebrafish", "other_animal"} == {line["subject"] for line in claim["supporting"]["animals"]}
    assert ["F142"] == [line["finding_id"] for line in claim["undecided"]["people"]]
    assert ("not_tested", []) == (claim["verdict"], claim["deciding"])


def _verdict(writable: Writable, claim: str) -> tuple[str, list[str]]:
    data = writable.json(f"/claims/{claim}")["data"]
    return data["verdict"], data["deciding"]


def test_a_finding_that_is_recorded_changes_the_verdict_at_once(writable: Writable) -> None:
    before = _verdict(writable, "C07")
    with writable.write() as (session, revision):
        study = a_study(session, revision, reports=(), design="randomized_parallel")
        finding = a_finding(session, revision, study, outcome="insomnia", direction="decreased",
                            phase="in_opioid_withdrawal", basis="randomized_comparison", comparator="placebo")  # fmt: skip
        added = f"F{finding.id}"
    after = writable.json("/claims/C07")["data"]

    assert ("nothing_found", []) == before
    assert ("supported", [added]) == (after["verdict"], after["deciding"])
    assert "compared: insomnia: decreased (better) in 1 randomised trial, parallel groups" in after["sentence"]
    assert after["overstated"] is None

    retire(writable, "finding", added)

    assert before == _verdict(writable, "C07")


def test_a_retraction_leaves_an_existence_claim_with_what_remains(writable: Writable) -> None:
    before = _verdict(writable, "C12")
    retract(writable, "33868054")

    assert ("supported", ["F44", "F52"]) == before
    assert ("supported", ["F52"]) == _verdict(writable, "C12")

    retire(writable, "finding", "F52")

    assert ("nothing_found", []) == _verdict(writable, "C12")


def test_both_sides_are_told_with_their_quotes(writable: Writable) -> None:
    with writable.write() as (session, revision):
        place = {"citation_id": 11, "location": "full_text", "page": "3", "state": "not_checkable"}
        quote = Quote(finding_id=44, text="he could not sleep while using", seen_by_second_reader=False,
                      created_at=now(), created_by=revision.actor, **place)  # fmt: skip
        session.add(quote)
        session.flush()
        revision.note("quote", quote.id, op="add", after=row_of(quote))
    line = writable.json("/claims/C12")["data"]["supporting"]["people"][0]

    assert ("F44", "he could not sleep while using", "not_checkable", "full_text") == (
        line["finding_id"], line["quote_text"], line["quote_state"], line["quote_location"],
    )  # fmt: skip


def test_a_claim_can_be_read_as_of_an_earlier_data_revision(writable: Writable) -> None:
    retract(writable, "33868054")
    then = writable.json("/claims/C12?as_of=1")["data"]

    assert ("supported", ["F44", "F52"]) == (then["verdict"], then["deciding"])
    assert ("supported", ["F52"]) == _verdict(writable, "C12")
    listed = writable.client.get(then["findings_url"]).json()
    assert ["F44", "F52"] == [row["id"] for row in listed["data"]]
