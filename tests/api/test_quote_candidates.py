"""``/findings/{id}/quote-candidates``: what a curator may quote, and who may see that of work that is not public."""

from app.citations.draft import TextPart
from app.models.finding import Finding
from tests.api.people import a_token, an_account, bearer
from tests.api.serving import Writable
from tests.factories import a_citation, a_finding, a_study

TEXT = "Little is known. Twelve users of kratom reported insomnia."


def _a_finding(writable: Writable, **changes: str) -> str:
    with writable.write() as (session, revision):
        report = a_citation(session, revision, texts=(TextPart(TEXT),))
        study = a_study(session, revision, reports=(report,))
        return f"F{a_finding(session, revision, study, report_id=report, **changes).id}"


def test_a_candidate_points_into_the_abstract_and_says_who_suggests_it(writable: Writable) -> None:
    number = _a_finding(writable)
    body = writable.json(f"/findings/{number}/quote-candidates")
    (one,) = body["data"]
    (part,) = writable.json(f"/citations/{one['citation_id']}")["data"]["abstract"]

    assert "Twelve users of kratom reported insomnia." == one["text"] == part["text"][one["starts_at"] : one["ends_at"]]
    assert ("machine", ["increased"], [], True) == (
        one["suggested_by"], one["says"], one["warnings"], one["whole_sentence"]
    )  # fmt: skip
    assert {"limit": 1, "next": None, "total": 1} == body["page"]
    assert 0 == body["meta"]["quotes"]


def test_asking_stores_nothing(writable: Writable) -> None:
    number = _a_finding(writable)
    before = writable.json("/changes?since=0&limit=1")["meta"]
    writable.json(f"/findings/{number}/quote-candidates")

    assert before == writable.json("/changes?since=0&limit=1")["meta"]
    assert writable.json(f"/findings/{number}")["data"]["quote_text"] is None


def test_candidates_of_a_draft_are_for_its_author_and_editors(writable: Writable) -> None:
    path = f"/findings/{_a_finding(writable, status='draft')}/quote-candidates"
    with writable.store.writing() as session:
        shown = {
            name: bearer(a_token(session, an_account(session, role, name=name)))
            for name, role in (("ada", "curator"), ("ben", "curator"), ("eve", "editor"))
        }
    answered = {name: writable.get(path, **header).status_code for name, header in shown.items()}

    assert {"ada": 200, "ben": 404, "eve": 200} == answered
    assert 404 == writable.get(path).status_code


def test_a_retired_finding_has_no_candidates(writable: Writable) -> None:
    number = _a_finding(writable)
    with writable.write() as (session, _):
        finding = session.get_one(Finding, int(number[1:]))
        finding.status, finding.retired_reason = "retired", "entered twice"

    assert 410 == writable.get(f"/findings/{number}/quote-candidates").status_code
