"""Studies on which the work of others hangs: their author alone neither takes them out nor changes them, and what was
accepted of a study that is sent back is looked at again."""

from concurrent.futures import ThreadPoolExecutor
from threading import Thread
from time import sleep

import pytest
from httpx2 import Response
from sqlalchemy import text

from app.curation import lifecycle
from app.curation.reviews import Rejection
from app.history import queries
from app.models.study import Study
from tests.api.curating import INTEREST, TABLED, Person, good, revisions
from tests.api.serving import Writable, problem
from tests.factories import a_citation, a_revision

SEEN = INTEREST | {"quotes_seen": True}
NO = {"comment": "The sample is another."}


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


def test_what_was_accepted_of_a_study_that_is_rejected_is_looked_at_again_before_it_counts_as_checked(
    writable: Writable, maria: Person, olga: Person, edith: Person
) -> None:
    study, finding = _submitted(maria, olga)
    good(edith.act(f"{finding}/accept", SEEN))
    before = revisions(writable)
    good(edith.act(f"{study}/reject", NO))
    of_rejection = revisions(writable) - before
    good(maria.act(f"{study}/recall"))
    good(maria.act(f"{study}/submit"))
    good(edith.act(f"{study}/accept", INTEREST))
    back = writable.json(finding)["data"]
    told = [(each["op"], each["reason"]) for each in good(edith.get(f"{finding}/history")) if each["kind"] == "finding"]

    assert ("submitted", "one_reader", None) == (back["status"], back["review_level"], back["reviewed_by"])
    assert 1 == of_rejection
    assert [("status", "accept finding"), ("status", "reject study")] == told[-2:]
    assert "accepted" == good(edith.act(f"{finding}/accept", SEEN))["status"]
    with writable.store.reading() as session:
        assert ([], {}) == (list(queries.broken_links(session)), queries.unexplained(session))


def test_a_finding_of_a_study_that_was_sent_back_is_not_accepted_again_on_quotes_seen_the_time_before(
    writable: Writable, maria: Person, edith: Person
) -> None:
    with writable.write() as (session, revision):
        bare = f"R{a_citation(session, revision, texts=())}"
    entered = maria.study(reports=[{"citation_id": bare}])
    study = f"/studies/{entered['id']}"
    finding = f"/findings/{maria.finding(entered, quotes=[{'text': 'Words that nobody can look for.'}])['id']}"
    good(maria.act(f"{study}/submit", {"with_findings": True}))
    good(edith.act(f"{finding}/accept", SEEN))
    before = revisions(writable)
    good(edith.act(f"{study}/reject", NO))
    of_rejection = revisions(writable) - before
    for who, step, body in ((maria, "recall", None), (maria, "submit", None), (edith, "accept", INTEREST)):
        good(who.act(f"{study}/{step}", body))

    assert 1 == of_rejection
    assert [False] == [each["seen_by_second_reader"] for each in good(maria.get(f"{finding}/quotes"))]
    assert (409, "Conflict") == problem(edith.act(f"{finding}/accept", INTEREST))
    assert "accepted" == good(edith.act(f"{finding}/accept", SEEN))["status"]
    with writable.store.reading() as session:
        assert ([], {}) == (list(queries.broken_links(session)), queries.unexplained(session))


def test_a_study_rejected_before_its_findings_were_sent_back_with_it_sends_them_back_when_recalled(
    writable: Writable, maria: Person, edith: Person
) -> None:
    study, finding = _submitted(maria, maria)
    good(edith.act(f"{finding}/accept", SEEN))
    with writable.write() as (session, revision):
        record = session.get_one(Study, int(study[10:]))
        lifecycle._step(session, revision, record, "reject")
    good(maria.act(f"{study}/recall"))

    assert "submitted" == good(maria.get(finding))["status"]


def test_a_finding_is_not_accepted_while_its_study_is_being_rejected(
    writable: Writable, maria: Person, olga: Person, edith: Person
) -> None:
    study, finding = _submitted(maria, olga)
    number, tag, answers = int(study[10:]), edith.tag(finding), list[Response]()
    accepting = Thread(target=lambda: answers.append(edith.act(f"{finding}/accept", SEEN, match=tag)))
    with writable.store.writing() as session:
        revision = a_revision(actor="gina")
        if session.get_bind().dialect.name == "postgresql":  # what a write does to hold a study
            held = text("SELECT pg_advisory_xact_lock(hashtext('record:study'), :number)")
            session.execute(held, {"number": number})
        lifecycle.reject(session, revision, session.get_one(Study, number), Rejection(**NO))
        accepting.start()
        sleep(0.5)  # until it waits for the study
        revision.seal(session)
    accepting.join()

    assert [(409, "Conflict")] == [problem(each) for each in answers]
    assert "submitted" == good(edith.get(finding))["status"]


@pytest.mark.parametrize("step", ["recall", "reject", "retire"])
def test_a_study_that_leaves_while_its_finding_is_accepted_leaves_nothing_accepted_behind(
    writable: Writable, maria: Person, edith: Person, gina: Person, step: str
) -> None:
    for _ in range(4):
        study, finding = _submitted(maria, maria)
        who = maria if step == "recall" else gina
        bodies = {"reject": NO, "retire": {"reason": "No such study."}}
        tags = edith.tag(finding), who.tag(study)
        with ThreadPoolExecutor(2) as pool:
            accepted = pool.submit(edith.act, f"{finding}/accept", SEEN, match=tags[0])
            left = pool.submit(who.act, f"{study}/{step}", bodies.get(step), match=tags[1])
        statuses = accepted.result().status_code, left.result().status_code
        either = {"recall": {(200, 409), (409, 200), (404, 200)}, "reject": {(200, 200), (409, 200)},
                  "retire": {(200, 200), (409, 200), (410, 200)}}[step]  # fmt: skip

        assert statuses in either
        if step != "retire" and statuses[1] == 200:
            assert "submitted" == good(maria.get(finding))["status"]
    with writable.store.reading() as session:
        assert ([], {}) == (list(queries.broken_links(session)), queries.unexplained(session))
