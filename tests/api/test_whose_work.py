"""Whose work a record is: who proposed a part of it, who accepted that, and who merged its citations."""

from tests.api.curating import INTEREST, TABLED, Person, good
from tests.api.serving import Writable, problem
from tests.factories import a_citation


def test_whoever_proposed_what_was_taken_is_an_author_of_the_study(maria: Person, edith: Person, gina: Person) -> None:
    study = maria.study()
    path, exposure = f"/studies/{study['id']}", study["exposures"][0]["id"]
    good(maria.act(f"{path}/submit"))
    proposal = good(edith.patch(f"{path}/exposures/{exposure}", {"dose": "5 g"}, of=path), 202)
    good(gina.act(f"/proposals/{proposal['id']}/accept", INTEREST))

    assert (403, "Forbidden") == problem(edith.act(f"{path}/accept", INTEREST))
    assert "accepted" == good(gina.act(f"{path}/accept", INTEREST))["status"]


def test_an_author_who_accepts_a_proposal_does_not_become_the_reviewer(
    maria: Person, edith: Person, gina: Person
) -> None:
    path = f"/studies/{edith.study()['id']}"
    good(edith.act(f"{path}/submit"))
    reviewed = good(gina.act(f"{path}/accept", INTEREST))
    by_author = good(maria.patch(path, {"n_total": 9}), 202)
    good(edith.act(f"/proposals/{by_author['id']}/accept", INTEREST))
    after_author = good(maria.get(path))
    by_other = good(maria.patch(path, {"n_total": 10}), 202)
    jon = Person.of(maria.writable, "jon", "editor")
    good(jon.act(f"/proposals/{by_other['id']}/accept", INTEREST))

    assert (9, "gina", reviewed["reviewed_at"]) == tuple(
        after_author[name] for name in ("n_total", "reviewed_by", "reviewed_at")
    )
    assert "jon" == good(maria.get(path))["reviewed_by"]


def test_an_editor_who_merged_two_citations_still_reviews_the_findings_that_went_over(
    writable: Writable, maria: Person, edith: Person
) -> None:
    with writable.write() as (session, revision):
        gone, kept = (f"R{a_citation(session, revision, title='Kratom and sleep')}" for _ in range(2))
    study = maria.study(reports=[{"citation_id": gone}])
    finding = f"/findings/{maria.finding(study, quotes=TABLED)['id']}"
    good(maria.act(f"/studies/{study['id']}/submit", {"with_findings": True}))
    good(edith.act(f"/citations/{gone}/merge", {"into": kept, "confirm": ["different_pmids"]}))
    moved = good(edith.get(finding))

    assert kept == moved["report_id"]
    assert "accepted" == good(edith.act(f"{finding}/accept", INTEREST | {"quotes_seen": True}))["status"]
    assert "accepted" == good(edith.act(f"/studies/{study['id']}/accept", INTEREST))["status"]
