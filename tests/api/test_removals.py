"""Taking a quote, a report or an exposure away again: refused where something rests on it, proposed where it is settled."""

from typing import Any

import pytest

from app.history import queries
from tests.api.curating import INTEREST, KRATOM, Person, good, revisions
from tests.api.serving import Writable, problem


def _quoted(person: Person, finding: str, page: str) -> str:
    body = {"text": f"Words on {page}", "location": "full_text", "page": page}
    response = person.post(f"/findings/{finding}/quotes", body)
    assert response.status_code == 201, response.text
    return str(response.json()["meta"]["quotes"][-1]["id"])


def _quotes(person: Person, finding: str) -> list[str]:
    return [each["id"] for each in good(person.get(f"/findings/{finding}/quotes"))]


def test_a_quote_is_taken_off_and_the_history_keeps_its_words(writable: Writable, maria: Person) -> None:
    finding = maria.finding(maria.study())["id"]
    wrong, right = _quoted(maria, finding, "p. 3"), _quoted(maria, finding, "p. 4")
    before = revisions(writable)
    good(maria.remove(f"/findings/{finding}/quotes/{wrong}", of=f"/findings/{finding}"))
    told = [(each["kind"], each["op"], each["id"]) for each in good(maria.get(f"/findings/{finding}/history"))]

    assert [right] == _quotes(maria, finding)
    assert before + 1 == revisions(writable)
    assert [("quote", "add", wrong), ("quote", "remove", wrong)] == [each for each in told if each[2] == wrong]
    with writable.store.reading() as session:
        assert ([], {}) == (list(queries.broken_links(session)), queries.unexplained(session))


def test_the_number_of_what_was_taken_away_is_not_given_out_again(maria: Person) -> None:
    finding = maria.finding(maria.study())["id"]
    gone = _quoted(maria, finding, "p. 3")
    good(maria.remove(f"/findings/{finding}/quotes/{gone}", of=f"/findings/{finding}"))

    assert gone != _quoted(maria, finding, "p. 4")


def test_what_was_there_before_is_read_as_of_then(writable: Writable, maria: Person) -> None:
    study = maria.study()
    finding = maria.finding(study)["id"]
    quote = _quoted(maria, finding, "p. 3")
    for path in (f"/studies/{study['id']}", f"/findings/{finding}"):
        good(maria.act(f"{path}/submit"))
    then = revisions(writable)
    good(maria.remove(f"/findings/{finding}/quotes/{quote}", of=f"/findings/{finding}"))
    now = [each["id"] for each in writable.json(f"/findings/{finding}/quotes")["data"]]
    past = [each["id"] for each in writable.json(f"/findings/{finding}/quotes?as_of={then}")["data"]]

    assert (False, True) == (quote in now, quote in past)


def test_an_accepted_finding_keeps_a_quote_to_stand_on(maria: Person, edith: Person) -> None:
    study = maria.study()
    finding = maria.finding(study)["id"]
    only = _quoted(maria, finding, "p. 3")
    for path in (f"/studies/{study['id']}", f"/findings/{finding}"):
        good(maria.act(f"{path}/submit"))
        good(edith.act(f"{path}/accept", INTEREST | ({"quotes_seen": True} if "findings" in path else {})))
    proposal = good(maria.remove(f"/findings/{finding}/quotes/{only}", of=f"/findings/{finding}"), 202)
    refused = edith.act(f"/proposals/{proposal['id']}/accept", INTEREST)

    assert [{"field": "remove_quote", "before": None, "after": {"quote_id": only}}] == proposal["changes"]
    assert (409, "Conflict") == problem(refused)
    assert [only] == _quotes(maria, finding)


def test_a_removal_from_what_another_submitted_is_a_proposal_that_is_made_once(maria: Person, edith: Person) -> None:
    study, olga = maria.study(exposures=[KRATOM, KRATOM]), Person.of(maria.writable, "olga")
    place, spare = f"/studies/{study['id']}", study["exposures"][1]["id"]
    good(maria.act(f"{place}/submit"))
    first = good(olga.remove(f"{place}/exposures/{spare}", of=place), 202)
    second = good(olga.remove(f"{place}/exposures/{spare}", of=place), 202)
    good(edith.act(f"/proposals/{first['id']}/accept", INTEREST))
    again = edith.act(f"/proposals/{second['id']}/accept", INTEREST)

    assert [study["exposures"][0]["id"]] == [each["id"] for each in good(maria.get(place))["exposures"]]
    assert (409, "Conflict") == problem(again)


@pytest.mark.parametrize("part", ["reports", "exposures"])
def test_what_findings_rest_on_stays_and_they_are_named(maria: Person, part: str) -> None:
    study = maria.study()
    finding = maria.finding(study)["id"]
    response = maria.remove(f"/studies/{study['id']}/{part}/{study[part][0]['id']}", of=f"/studies/{study['id']}")

    assert (409, "Conflict") == problem(response)
    assert finding in response.json()["detail"]


def test_a_report_that_was_tied_by_mistake_is_untied_and_the_citation_stays(writable: Writable, maria: Person) -> None:
    study = maria.study(reports=[{"citation_id": "R11"}, {"citation_id": "R12"}])
    place = f"/studies/{study['id']}"
    left: dict[str, Any] = good(maria.remove(f"{place}/reports/R11", of=place))

    assert ["R12"] == [each["id"] for each in left["reports"]]
    assert "R11" == writable.json("/citations/R11")["data"]["id"]
    assert (404, "NotFound") == problem(maria.remove(f"{place}/reports/R11", of=place))


def test_a_submitted_study_keeps_a_report(maria: Person) -> None:
    study = maria.study()
    place = f"/studies/{study['id']}"
    good(maria.act(f"{place}/submit"))

    assert (409, "Conflict") == problem(maria.remove(f"{place}/reports/R11", of=place))


def test_a_removal_says_of_which_version_and_names_its_own_parts_only(maria: Person) -> None:
    study, other = maria.study(), maria.study()
    place = f"/studies/{study['id']}"

    assert (412, "Stale") == problem(maria.remove(f"{place}/exposures/{study['exposures'][0]['id']}", match='"9.1"'))
    assert (404, "NotFound") == problem(maria.remove(f"{place}/exposures/{other['exposures'][0]['id']}", of=place))
    assert (404, "NotFound") == problem(maria.remove(f"{place}/exposures/E0", of=place))
