"""Proposals that meet: on an exposure that went, of one part twice, at the same moment; and quotes that the editor saw."""

from threading import Thread
from time import sleep

import pytest
from httpx2 import Response
from sqlalchemy import text

from app.curation import applying, proposals
from app.curation.reviews import Rejection
from app.history import queries
from app.models.study import Study
from tests.api.curating import INTEREST, KRATOM, Person, fields_at_fault, good, revisions
from tests.api.serving import Writable, problem
from tests.factories import a_revision

WORDS = {"text": "slept badly", "location": "full_text", "page": "p. 4"}


def test_what_is_taken_away_at_once_supersedes_the_proposals_on_it_in_the_same_data_revision(
    writable: Writable, maria: Person, olga: Person, edith: Person
) -> None:
    study = maria.study(exposures=[KRATOM, KRATOM])
    path, (kept, spare) = f"/studies/{study['id']}", [each["id"] for each in study["exposures"]]
    finding = f"/findings/{maria.finding(study)['id']}"
    good(maria.act(f"{path}/submit", {"with_findings": True}))
    proposals = [
        good(olga.patch(f"{path}/exposures/{spare}", {"dose": "5 g"}, of=path), 202)["id"],
        good(olga.remove(f"{path}/exposures/{spare}", of=path), 202)["id"],
        good(olga.patch(finding, {"exposure_id": spare}), 202)["id"],
        good(olga.patch(f"{path}/exposures/{kept}", {"dose": "5 g"}, of=path), 202)["id"],
        good(olga.patch(finding, {"n_group": 4}), 202)["id"],
        good(olga.patch(path, {"n_total": 4}), 202)["id"],
    ]
    before = revisions(writable)
    good(maria.remove(f"{path}/exposures/{spare}", of=path))
    after = [good(olga.get(f"/proposals/{each}")) for each in proposals]
    gone = {(each["superseded_because"], each["superseded_by"], each["decided_by"]) for each in after[:3]}

    assert ["superseded"] * 3 + ["open"] * 3 == [each["state"] for each in after]
    assert {(f"{spare} was taken away by maria, who could do so without a proposal.", None, "maria")} == gone
    assert before + 1 == revisions(writable)
    assert (409, "Conflict") == problem(edith.act(f"/proposals/{proposals[0]}/accept", INTEREST))
    with writable.store.reading() as session:
        assert ([], {}) == (list(queries.broken_links(session)), queries.unexplained(session))


@pytest.mark.parametrize("part", ["quote", "report"])
def test_a_part_that_is_taken_away_at_once_takes_the_proposals_to_remove_it_along(
    maria: Person, olga: Person, part: str
) -> None:
    study = maria.study(reports=[{"citation_id": "R11"}, {"citation_id": "R12"}])
    finding = maria.finding(study, quotes=[WORDS, WORDS | {"page": "p. 5"}])
    good(maria.act(f"/studies/{study['id']}/submit", {"with_findings": True}))
    if part == "report":
        of, gone, stays = f"/studies/{study['id']}", f"/studies/{study['id']}/reports/R12", None
    else:
        of = f"/findings/{finding['id']}"
        gone, stays = (f"{of}/quotes/{each['id']}" for each in good(maria.get(f"{of}/quotes")))
    waiting = good(olga.remove(gone, of=of), 202)["id"]
    beside = good(olga.remove(stays, of=of), 202)["id"] if stays else None
    good(maria.remove(gone, of=of))
    settled = good(olga.get(f"/proposals/{waiting}"))

    assert "superseded" == settled["state"]
    assert gone.rpartition("/")[2] in settled["superseded_because"]
    assert beside is None or "open" == good(olga.get(f"/proposals/{beside}"))["state"]


def test_an_accepted_removal_of_an_exposure_supersedes_the_proposals_on_it(
    maria: Person, olga: Person, edith: Person
) -> None:
    study = maria.study(exposures=[KRATOM, KRATOM])
    path, (kept, spare) = f"/studies/{study['id']}", [each["id"] for each in study["exposures"]]
    good(maria.act(f"{path}/submit"))
    on_it = good(olga.patch(f"{path}/exposures/{spare}", {"dose": "5 g"}, of=path), 202)["id"]
    beside = good(olga.patch(f"{path}/exposures/{kept}", {"dose": "5 g"}, of=path), 202)["id"]
    removal = good(olga.remove(f"{path}/exposures/{spare}", of=path), 202)["id"]
    good(edith.act(f"/proposals/{removal}/accept", INTEREST))
    superseded = good(edith.get(f"/proposals/{on_it}"))

    assert ("superseded", removal) == (superseded["state"], superseded["superseded_by"])
    assert "open" == good(edith.get(f"/proposals/{beside}"))["state"]


@pytest.mark.parametrize("at_once", [True, False])
def test_a_report_that_goes_takes_the_proposals_to_tie_a_finding_to_it_along(
    maria: Person, olga: Person, edith: Person, at_once: bool
) -> None:
    study = maria.study(reports=[{"citation_id": "R11"}, {"citation_id": "R12"}, {"citation_id": "R13"}])
    path, finding = f"/studies/{study['id']}", f"/findings/{maria.finding(study, report_id='R11')['id']}"
    good(maria.act(f"{path}/submit", {"with_findings": True}))
    moving, elsewhere, beside = (
        good(olga.patch(finding, change), 202)["id"]
        for change in ({"report_id": "R12"}, {"report_id": "R13"}, {"n_group": 4})
    )
    who = maria if at_once else olga
    removal = good(who.remove(f"{path}/reports/R12", of=path), 200 if at_once else 202)
    if not at_once:
        good(edith.act(f"/proposals/{removal['id']}/accept", INTEREST))
    after = [good(edith.get(f"/proposals/{each}"))["state"] for each in (moving, elsewhere, beside)]

    assert ["superseded", "open", "open"] == after


@pytest.mark.parametrize("part", ["exposure", "report"])
def test_a_finding_is_not_proposed_to_be_tied_to_a_part_that_is_taken_away_at_that_moment(
    writable: Writable, maria: Person, olga: Person, part: str
) -> None:
    study = maria.study(reports=[{"citation_id": "R11"}, {"citation_id": "R12"}], exposures=[KRATOM, KRATOM])
    spare = study["exposures"][1]["id"] if part == "exposure" else "R12"
    finding, number = f"/findings/{maria.finding(study, report_id='R11')['id']}", int(study["id"][1:])
    good(maria.act(f"/studies/{study['id']}/submit", {"with_findings": True}))
    tag, answers = olga.tag(finding), list[Response]()
    moving = Thread(target=lambda: answers.append(olga.patch(finding, {f"{part}_id": spare}, match=tag)))
    with writable.store.writing() as session:
        if session.get_bind().dialect.name == "postgresql":  # what a write does to hold a study
            held = text("SELECT pg_advisory_xact_lock(hashtext('record:study'), :number)")
            session.execute(held, {"number": number})
        revision, record = a_revision(actor="maria"), session.get_one(Study, number)
        name = {"exposure": "exposure_id", "report": "citation_id"}[part]
        gone = {f"remove_{part}": {name: int(spare[1:])}}
        applying.apply(session, revision, record, gone)
        proposals.supersede(session, revision, record, gone, because=f"{spare} was taken away.")
        moving.start()
        sleep(0.5)  # until it waits for the study
        revision.seal(session)
    moving.join()

    assert [{f"{part}_id"}] == [fields_at_fault(each) for each in answers]
    assert [] == good(olga.get(f"/proposals?state=open&record={finding.rpartition('/')[2]}"))


def test_one_quote_that_is_proposed_twice_comes_once(maria: Person, olga: Person, edith: Person) -> None:
    one, same, other = (
        good(person.post("/findings/F44/quotes", words), 202)["id"]
        for person, words in ((maria, WORDS), (olga, WORDS), (olga, WORDS | {"page": "p. 5"}))
    )
    before = len(good(maria.get("/findings/F44/quotes")))
    good(edith.act(f"/proposals/{one}/accept", INTEREST))

    assert (409, "Conflict") == problem(edith.act(f"/proposals/{same}/accept", INTEREST))
    assert ["superseded", "open"] == [good(edith.get(f"/proposals/{each}"))["state"] for each in (same, other)]
    assert before + 1 == len(good(maria.get("/findings/F44/quotes")))


@pytest.mark.parametrize("seen", [True, False])
def test_who_accepts_a_proposed_quote_says_whether_they_saw_the_words(maria: Person, edith: Person, seen: bool) -> None:
    proposal = good(maria.post("/findings/F44/quotes", WORDS), 202)["id"]
    good(edith.act(f"/proposals/{proposal}/accept", INTEREST | {"quotes_seen": seen}))
    added = good(maria.get("/findings/F44/quotes"))[-1]

    assert ("p. 4", seen) == (added["page"], added["seen_by_second_reader"])
    with maria.writable.store.reading() as session:
        assert [] == list(queries.broken_links(session))


def test_a_proposal_is_accepted_although_another_on_its_field_is_decided_at_that_moment(
    writable: Writable, maria: Person, olga: Person, edith: Person
) -> None:
    one, other = (good(each.patch("/findings/F44", {"n_group": 70}), 202)["id"] for each in (maria, olga))
    tag, answers = edith.tag(f"/proposals/{one}"), list[Response]()
    accepting = Thread(target=lambda: answers.append(edith.act(f"/proposals/{one}/accept", INTEREST, match=tag)))
    with writable.store.writing() as session:
        revision, waiting = a_revision(actor="gina"), proposals.get(session, int(other[1:]))
        proposals.reject(session, revision, waiting, Rejection(comment="no"))
        accepting.start()
        sleep(0.5)  # until it waits for the row that is decided here
        revision.seal(session)
    accepting.join()

    assert [200] == [each.status_code for each in answers]
    assert ["accepted", "rejected"] == [good(edith.get(f"/proposals/{each}"))["state"] for each in (one, other)]
