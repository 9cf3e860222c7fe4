"""From draft to accepted, back, and out: who may, what it takes, and that nobody decides about their own work."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sqlalchemy import select

from app.history import queries
from app.models.curation import Review
from tests.api.curating import INTEREST, TABLED, Person, fields_at_fault, good, revisions
from tests.api.serving import Writable, problem
from tests.factories import a_citation

STEPS = ("submit", "recall", "accept", "reject", "retire")
BODIES: dict[str, Any] = {"accept": INTEREST, "reject": {"comment": "no"}, "retire": {"reason": "entered twice"}}


def _submitted(author: Person, **fields: Any) -> tuple[str, str]:
    """The paths of a submitted study and of its submitted finding."""
    study = author.study()
    finding = author.finding(study, **({"quotes": TABLED} | fields))
    paths = f"/studies/{study['id']}", f"/findings/{finding['id']}"
    good(author.act(f"{paths[0]}/submit", {"with_findings": True}))
    return paths


def test_a_study_is_submitted_with_its_complete_findings_in_one_data_revision(
    writable: Writable, maria: Person
) -> None:
    study = maria.study()
    whole, lacking = maria.finding(study), maria.finding(study, summary=None)
    before = revisions(writable)
    response = maria.act(f"/studies/{study['id']}/submit", {"with_findings": True})
    statuses = {each["id"]: each["status"] for each in good(response)["findings"]}

    assert ("submitted", before + 1) == (good(response)["status"], revisions(writable))
    assert {whole["id"]: "submitted", lacking["id"]: "draft"} == statuses
    assert [{"finding_id": lacking["id"], "missing": ["summary"]}] == response.json()["meta"]["left_as_drafts"]
    assert [whole["id"]] == writable.json(f"/studies/{study['id']}")["data"]["finding_ids"]


def test_what_lacks_something_is_not_submitted_and_the_refusal_names_it(maria: Person) -> None:
    bare = maria.study(reports=[])
    finding = maria.finding(maria.study(), summary=None, phase=None)

    assert {"reports"} == fields_at_fault(maria.act(f"/studies/{bare['id']}/submit"))
    assert {"summary", "phase"} == fields_at_fault(maria.act(f"/findings/{finding['id']}/submit"))


def test_an_editor_accepts_what_others_submitted_with_interests_and_a_date_of_its_own(
    writable: Writable, maria: Person, edith: Person
) -> None:
    study, finding = _submitted(maria)
    accepted = good(edith.act(f"{study}/accept", {"interest": "none", "comment": "read in full"}))
    findings = good(maria.get(finding))
    both = good(edith.act(f"{finding}/accept", INTEREST | {"quotes_seen": True}))
    with writable.store.reading() as session:
        kept = [(r.kind, r.reviewer, r.interest) for r in session.scalars(select(Review).order_by(Review.id))]

    assert ("accepted", "edith", None) == (accepted["status"], accepted["reviewed_by"], findings["reviewed_by"])
    assert ("submitted", "accepted", "two_readers") == (findings["status"], both["status"], both["review_level"])
    assert accepted["reviewed_at"] not in (None, accepted["edited_at"])
    assert [("study", "edith", "none"), ("finding", "edith", "none")] == kept


def test_whoever_accepts_says_their_interests_and_whoever_rejects_says_why(maria: Person, edith: Person) -> None:
    study, finding = _submitted(maria)
    for path in (study, finding):
        assert {"interest"} == fields_at_fault(edith.act(f"{path}/accept", {}))
        assert {"interest"} == fields_at_fault(edith.act(f"{path}/accept", {"interest": " "}))
        assert {"comment"} == fields_at_fault(edith.act(f"{path}/reject", {}))
        assert {"interest"} == fields_at_fault(edith.act(f"{path}/accept", {"interest": "x" * 10_001}))
    rejected = good(edith.act(f"{finding}/reject", {"comment": "The table says otherwise."}))

    assert ("rejected", "edith") == (rejected["status"], rejected["reviewed_by"])
    assert (404, "NotFound") == problem(maria.writable.get(finding))
    assert "draft" == good(maria.act(f"{finding}/recall"))["status"]


def test_nobody_decides_about_their_own_work_whatever_their_role(writable: Writable) -> None:
    for role in ("editor", "admin"):
        author, other = Person.of(writable, f"own-{role}", role), Person.of(writable, f"other-{role}", role)
        study, finding = _submitted(author)
        for path in (study, finding):
            for step in ("accept", "reject"):
                response = author.act(f"{path}/{step}", BODIES[step])

                assert (403, "Forbidden") == problem(response)
        good(other.act(f"{study}/accept", INTEREST))
        good(other.act(f"{finding}/accept", INTEREST))


def test_whoever_edited_a_record_is_one_of_its_authors(maria: Person, edith: Person, writable: Writable) -> None:
    study = maria.study()
    finding = maria.finding(study, quotes=TABLED)
    good(edith.patch(f"/findings/{finding['id']}", {"n_group": 40}))
    good(edith.post(f"/studies/{study['id']}/exposures", {"substance": "mitragynine"}), 201)
    good(maria.act(f"/studies/{study['id']}/submit", {"with_findings": True}))

    for path in (f"/studies/{study['id']}", f"/findings/{finding['id']}"):
        assert (403, "Forbidden") == problem(edith.act(f"{path}/accept", INTEREST))
        good(Person.of(writable, f"ed{path[-3:].lower().strip('/')}", "editor").act(f"{path}/accept", INTEREST))


def test_a_finding_is_accepted_on_a_quote_that_holds_only(maria: Person, edith: Person) -> None:
    _, unquoted = _submitted(maria, quotes=[])
    without = edith.act(f"{unquoted}/accept", INTEREST)
    good(maria.post(f"{unquoted}/quotes", {"text": "Xyzzy never stands in a title.", "location": "title"}), 201)
    not_found = edith.act(f"{unquoted}/accept", INTEREST)
    title = good(maria.get("/citations/R11"))["title"][:300]
    good(maria.post(f"{unquoted}/quotes", {"text": title, "location": "title"}), 201)

    assert [(409, "Conflict")] * 2 == [problem(without), problem(not_found)]
    assert "accepted" == good(edith.act(f"{unquoted}/accept", INTEREST))["status"]


def test_words_of_an_abstract_that_is_not_stored_take_a_page_or_a_reviewer_who_saw_them(
    writable: Writable, maria: Person, edith: Person
) -> None:
    with writable.write() as (session, revision):
        bare = f"R{a_citation(session, revision, texts=())}"
    invented = [{"text": "Words that nobody can look for."}]
    study = maria.study(reports=[{"citation_id": bare}])
    unseen, placed = (
        f"/findings/{maria.finding(study, outcome=outcome, quotes=quotes)['id']}"
        for outcome, quotes in (("insomnia", invented), ("anxiety", TABLED))
    )
    good(maria.act(f"/studies/{study['id']}/submit", {"with_findings": True}))

    assert (409, "Conflict") == problem(edith.act(f"{unseen}/accept", INTEREST))
    assert "accepted" == good(edith.act(f"{placed}/accept", INTEREST))["status"]
    assert "accepted" == good(edith.act(f"{unseen}/accept", INTEREST | {"quotes_seen": True}))["status"]
    assert [True] == [each["seen_by_second_reader"] for each in good(maria.get(f"{unseen}/quotes"))]


def test_whoever_accepts_is_shown_what_a_second_reader_would_ask_about_the_quotes(maria: Person, edith: Person) -> None:
    _, finding = _submitted(maria, quotes=[])
    title = good(maria.get("/citations/R11"))["title"][:300]
    entered = maria.post(f"{finding}/quotes", {"text": title, "location": "title"})
    accepted = edith.act(f"{finding}/accept", INTEREST)

    assert "from_title" in [each["code"] for each in entered.json()["meta"]["warnings"]]
    assert "from_title" in [each["code"] for each in accepted.json()["meta"]["warnings"]]


def test_a_finding_is_accepted_only_while_its_study_can_be_read(maria: Person, edith: Person) -> None:
    study, finding = _submitted(maria)
    good(maria.act(f"{study}/recall"))

    assert (409, "Conflict") == problem(edith.act(f"{finding}/accept", INTEREST))
    assert (404, "NotFound") == problem(maria.writable.get(finding))


def test_only_the_author_recalls_and_only_what_is_not_accepted(
    writable: Writable, maria: Person, edith: Person
) -> None:
    study, _ = _submitted(maria)

    assert (403, "Forbidden") == problem(edith.act(f"{study}/recall"))
    assert (403, "Forbidden") == problem(Person.of(writable, "jon").act(f"{study}/recall"))
    assert "draft" == good(maria.act(f"{study}/recall"))["status"]
    good(maria.act(f"{study}/submit"))
    good(edith.act(f"{study}/accept", INTEREST))
    assert (409, "Conflict") == problem(maria.act(f"{study}/recall"))


def test_what_is_retired_tells_why_and_keeps_its_past(writable: Writable, maria: Person, edith: Person) -> None:
    _, finding = _submitted(maria)
    assert (403, "Forbidden") == problem(maria.act(f"{finding}/retire", {"reason": "mine"}))
    assert {"reason"} == fields_at_fault(edith.act(f"{finding}/retire", {}))
    retired = good(edith.act(f"{finding}/retire", {"reason": "Counted twice."}))
    draft = maria.study()
    good(maria.act(f"/studies/{draft['id']}/retire", {"reason": "A slip."}))
    with writable.store.reading() as session:
        ops = [row.op for row in queries.of_record(session, "finding", int(finding[11:]))]

    assert ("retired", "Counted twice.") == (retired["status"], retired["retired_reason"])
    for person in (maria, edith):
        assert (410, "Gone") == problem(person.get(finding))
        assert "A slip." in person.get(f"/studies/{draft['id']}").json()["detail"]
    assert ["add", "status", "status"] == ops
    assert (410, "Gone") == problem(edith.act(f"{finding}/accept", INTEREST, match='"3.1"'))


def test_a_step_is_taken_from_the_right_status_of_a_version_that_is_known(maria: Person, edith: Person) -> None:
    study, finding = _submitted(maria)
    for path in (study, finding):
        for step in STEPS:
            assert (412, "Stale") == problem(edith.act(f"{path}/{step}", BODIES.get(step), match='"99.1"'))
            assert (428, "VersionMissing") == problem(edith.post(f"{path}/{step}", BODIES.get(step, {})))
        assert (409, "Conflict") == problem(maria.act(f"{path}/submit"))
    good(edith.act(f"{study}/accept", INTEREST))
    for step in ("submit", "accept", "reject"):
        assert (409, "Conflict") == problem(edith.act(f"{study}/{step}", BODIES.get(step)))


def test_a_curator_does_not_review_and_an_editor_by_a_token_for_writing_neither(
    writable: Writable, maria: Person
) -> None:
    study, finding = _submitted(maria)
    jon = Person.of(writable, "jon")

    for path in (study, finding):
        for step in ("accept", "reject"):
            assert (403, "Forbidden") == problem(jon.act(f"{path}/{step}", BODIES[step]))


def test_of_editors_who_decide_at_once_one_does(writable: Writable, maria: Person) -> None:
    _, finding = _submitted(maria)
    editors = [Person.of(writable, f"editor{number}", "editor") for number in range(8)]
    tag, before = editors[0].tag(finding), revisions(writable)
    with ThreadPoolExecutor(8) as at_once:
        answers = list(
            at_once.map(
                lambda each: each[1].act(
                    f"{finding}/{('accept', 'reject')[each[0] % 2]}", {**INTEREST, "comment": "x"}, match=tag
                ),
                enumerate(editors),
            )
        )
    with writable.store.reading() as session:
        decided = session.scalars(select(Review)).all()

    assert [200, *[412] * 7] == sorted(each.status_code for each in answers)
    assert (1, before + 1) == (len(decided), revisions(writable))
