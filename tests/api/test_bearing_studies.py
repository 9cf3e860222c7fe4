"""Studies on which the work of others hangs: their author alone neither takes them out nor changes them."""

from tests.api.curating import INTEREST, TABLED, Person, good
from tests.api.serving import Writable, problem


def _submitted(author: Person, of: Person) -> tuple[str, str]:
    """The path of a submitted study of ``author`` and that of a submitted finding of it by ``of``."""
    study = author.study()
    good(author.act(f"/studies/{study['id']}/submit"))
    finding = of.finding(study, quotes=TABLED)["id"]
    good(of.act(f"/findings/{finding}/submit"))
    return f"/studies/{study['id']}", f"/findings/{finding}"


def test_a_study_with_findings_of_others_is_not_recalled_and_they_are_named(
    writable: Writable, maria: Person, olga: Person, edith: Person
) -> None:
    study, finding = _submitted(maria, olga)
    submitted = maria.act(f"{study}/recall")
    good(edith.act(f"{finding}/accept", INTEREST | {"quotes_seen": True}))
    accepted = maria.act(f"{study}/recall")

    for refused in (submitted, accepted):
        assert (409, "Conflict") == problem(refused)
        assert finding.rpartition("/")[2] in refused.json()["detail"]
    assert "accepted" == writable.json(finding)["data"]["status"]


def test_a_study_is_not_recalled_while_a_finding_of_its_author_is_accepted(maria: Person, edith: Person) -> None:
    study, finding = _submitted(maria, maria)
    good(edith.act(f"{finding}/accept", INTEREST | {"quotes_seen": True}))

    assert (409, "Conflict") == problem(maria.act(f"{study}/recall"))


def test_what_others_have_not_submitted_is_counted_and_not_named(maria: Person, olga: Person) -> None:
    study = maria.study()
    good(maria.act(f"/studies/{study['id']}/submit"))
    draft = olga.finding(study)["id"]
    refused = maria.act(f"/studies/{study['id']}/recall")

    assert (409, "Conflict") == problem(refused)
    assert "1 of others not public yet" in refused.json()["detail"]
    assert draft not in refused.json()["detail"]


def test_a_rejected_study_goes_back_to_its_author_who_does_not_retire_the_findings_of_others(
    maria: Person, olga: Person, edith: Person
) -> None:
    study, finding = _submitted(maria, olga)
    good(edith.act(f"{study}/reject", {"comment": "The sample is another."}))
    recalled = good(maria.act(f"{study}/recall"))["status"]
    by_author = maria.act(f"{study}/retire", {"reason": "mine"})

    assert "draft" == recalled
    assert (409, "Conflict") == problem(by_author)
    assert finding.rpartition("/")[2] in by_author.json()["detail"]
    assert "retired" == good(edith.act(f"{study}/retire", {"reason": "No such study."}))["status"]


def test_the_author_proposes_a_change_of_a_study_with_an_accepted_finding(
    writable: Writable, maria: Person, olga: Person, edith: Person
) -> None:
    study, finding = _submitted(maria, olga)
    exposure = good(maria.get(study))["exposures"][0]["id"]
    good(maria.patch(study, {"n_total": 40}))
    good(edith.act(f"{finding}/accept", INTEREST | {"quotes_seen": True}))
    before = writable.json(finding)["data"]

    design = good(maria.patch(study, {"design": "case_report"}), 202)
    good(maria.patch(f"{study}/exposures/{exposure}", {"dose": "99 g"}, of=study), 202)
    good(maria.post(f"{study}/reports", {"citation_id": "R12", "role": "comment"}), 202)

    assert before == writable.json(finding)["data"]
    good(edith.act(f"/proposals/{design['id']}/accept", INTEREST))
    assert "case_report" == writable.json(finding)["data"]["design"]
