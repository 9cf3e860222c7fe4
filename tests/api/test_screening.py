"""Screening as reviewers do it: the queue, deciding blind, conflicts, taking back, and what the flow of records counts."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from httpx2 import Response

from app.citations.draft import MeshHeading, Term
from app.history import queries
from tests.api.curating import Person, good
from tests.api.people import signed_in
from tests.api.serving import API, Writable, serving
from tests.factories import a_citation

Who = dict[str, str]


@pytest.fixture
def double(starter_copy_url: str) -> Iterator[Writable]:
    """A service in which two reviewers must agree."""
    with Writable.over(starter_copy_url) as writable, serving(starter_copy_url, screening_reviewers=2) as client:
        yield Writable(client, writable.store)


def _new(writable: Writable, title: str = "Kratom tea and sleep", **fields: Any) -> str:
    with writable.write() as (session, revision):
        return f"R{a_citation(session, revision, title=title, **fields)}"


def _decide(writable: Writable, who: Who, record: str, decision: str, **more: Any) -> Response:
    body = {"stage": "title_abstract", "decision": decision, **more}
    if decision == "exclude":
        body.setdefault("reason", "wrong_substance")
    return writable.client.post(f"{API}/citations/{record}/decisions", json=body, headers=who)


def _queue(writable: Writable, who: Who, **asked: str) -> list[str]:
    response = writable.client.get(f"{API}/screening/queue", params={"limit": 100, **asked}, headers=who)
    assert 200 == response.status_code, response.text
    return [each["id"] for each in response.json()["data"]]


def _decisions(writable: Writable, who: Who, record: str) -> list[str]:
    rows = writable.client.get(f"{API}/citations/{record}/decisions", headers=who).json()["data"]
    return [f"{each['reviewer']} {each['decision']}" for each in rows]


def test_records_that_no_study_reports_wait_with_the_criteria_in_view(writable: Writable) -> None:
    maria = signed_in(writable.store)
    waiting_before = _queue(writable, maria)
    record = _new(writable)
    answer = writable.client.get(f"{API}/screening/queue?q=tea", headers=maria).json()

    assert [record, *waiting_before] == _queue(writable, maria)
    assert [record] == [each["id"] for each in answer["data"]]
    assert "wrong_substance" in answer["meta"]["criteria"]["exclude"]
    assert 1 == answer["meta"]["criteria"]["reviewers"]


def test_one_reviewer_settles_where_one_is_enough_and_it_counts(writable: Writable) -> None:
    maria = signed_in(writable.store)
    one, two = _new(writable), _new(writable, "Khat")
    first = _decide(writable, maria, one, "include").json()["data"]
    second = _decide(writable, maria, two, "exclude", reason="wrong_substance").json()["data"]
    flow = writable.json("/plots/prisma")["data"]

    assert ("included", "excluded", "wrong_substance") == (first["state"], second["state"], second["reason"])
    assert not {one, two} & set(_queue(writable, maria))
    assert [one] == _queue(writable, maria, stage="full_text")
    assert (2, 1) == (flow["screening"]["screened"], flow["screening"]["excluded"])
    assert {"title_abstract": {"wrong_substance": 1}} == flow["screening"]["reasons"]
    empty = writable.json("/outcomes/insomnia/evidence?phase=in_opioid_withdrawal&subject=human")["data"]
    assert 2 == empty["collection"]["screened"]
    assert {"title_abstract": "included"} == writable.json(f"/citations/{one}")["data"]["screening"]


def test_two_reviewers_are_blind_until_both_decided(double: Writable) -> None:
    maria, jonas = signed_in(double.store, name="maria"), signed_in(double.store, name="jonas")
    record = _new(double)
    waiting = _decide(double, maria, record, "include").json()["data"]["state"]
    before = _decisions(double, jonas, record)
    settled = _decide(double, jonas, record, "include").json()["data"]["state"]

    assert ("waiting", [], "included") == (waiting, before, settled)
    assert ["maria include", "jonas include"] == _decisions(double, jonas, record)


def test_a_conflict_is_ended_by_an_editor_who_did_not_decide(double: Writable) -> None:
    maria, jonas = signed_in(double.store, name="maria"), signed_in(double.store, "editor", name="jonas")
    editor = signed_in(double.store, "editor", name="edith")
    record = _new(double)
    _decide(double, maria, record, "include")
    conflict = _decide(double, jonas, record, "exclude").json()["data"]["state"]
    by_curator = _decide(double, signed_in(double.store), record, "include", resolves=True)
    by_party = double.client.request("DELETE", f"{API}/citations/{record}/decisions/full_text", headers=jonas)
    undecided = _decide(double, editor, record, "maybe", resolves=True)
    ended = _decide(double, editor, record, "exclude", resolves=True, reason="chemistry_only").json()["data"]

    assert "conflict" == conflict
    assert (403, 404, 422) == (by_curator.status_code, by_party.status_code, undecided.status_code)
    assert ("excluded", "chemistry_only") == (ended["state"], ended["reason"])
    assert record not in _queue(double, editor, state="conflict")


def test_whoever_decided_does_not_resolve_their_own_conflict(double: Writable) -> None:
    maria, jonas = signed_in(double.store, name="maria"), signed_in(double.store, "editor", name="jonas")
    record = _new(double)
    _decide(double, maria, record, "include")
    _decide(double, jonas, record, "exclude")

    assert record in _queue(double, signed_in(double.store, "editor"), state="conflict")
    assert 403 == _decide(double, jonas, record, "include", resolves=True).status_code


def test_a_decision_is_taken_back_and_made_anew(writable: Writable) -> None:
    maria = signed_in(writable.store, name="maria")
    record = _new(writable)
    _decide(writable, maria, record, "include")
    twice = _decide(writable, maria, record, "exclude")
    undone = writable.client.delete(f"{API}/citations/{record}/decisions/title_abstract", headers=maria)
    again = _decide(writable, maria, record, "exclude", reason="no_access")

    assert (409, "you have decided", 200, "waiting") == (
        twice.status_code, twice.json()["detail"][:16].lower(), undone.status_code, undone.json()["data"]["state"],
    )  # fmt: skip
    assert "excluded" == again.json()["data"]["state"]
    assert 404 == writable.client.delete(f"{API}/citations/{record}/decisions/full_text", headers=maria).status_code
    with writable.store.reading() as session:
        assert [] == list(queries.broken_links(session))


def test_including_the_full_text_drafts_a_study_with_a_hint(writable: Writable) -> None:
    maria = signed_in(writable.store, name="maria")
    record = _new(writable, "A case", publication_types=(Term("Case Reports"),), mesh_headings=(MeshHeading("Humans"),))
    too_early = _decide(writable, maria, record, "include", stage="full_text")
    _decide(writable, maria, record, "include")
    included = _decide(writable, maria, record, "include", stage="full_text").json()["data"]
    still_needed = writable.client.delete(f"{API}/citations/{record}/decisions/title_abstract", headers=maria)

    assert 409 == too_early.status_code == still_needed.status_code
    assert {"design": "case_report", "subject": "human"} == included["hint"]
    assert included["study_id"].startswith("S")
    assert 404 == writable.get(f"/studies/{included['study_id']}").status_code
    assert 1 == writable.json("/plots/prisma")["data"]["in_drafts"]


def test_an_abstract_that_is_all_there_is_may_draft_a_study_too(writable: Writable) -> None:
    record = _new(writable)
    included = _decide(writable, signed_in(writable.store), record, "include", create_study=True).json()["data"]

    assert included["study_id"]


@pytest.mark.parametrize(
    ("body", "status", "named"),
    [
        ({"stage": "title_abstract", "decision": "exclude", "reason": None}, 422, "reason"),
        ({"stage": "title_abstract", "decision": "include", "reason": "language"}, 422, "note"),
        ({"stage": "title_abstract", "decision": "exclude", "reason": "dull"}, 422, "reason"),
        ({"stage": "abstract", "decision": "include"}, 422, "stage"),
        ({"stage": "title_abstract", "decision": "yes"}, 422, "decision"),
        ({"stage": "title_abstract", "decision": "include", "colour": 1}, 422, "colour"),
        ({"stage": "title_abstract", "decision": "include", "note": "a\x00"}, 422, "note"),
        ({"stage": "title_abstract", "decision": "include", "resolves": True}, 403, "editor"),
    ],
)  # fmt: skip
def test_what_cannot_be_decided_is_refused_by_name(
    writable: Writable, body: dict[str, Any], status: int, named: str
) -> None:
    record = _new(writable)
    answer = writable.client.post(f"{API}/citations/{record}/decisions", json=body, headers=signed_in(writable.store))

    assert status == answer.status_code, answer.text
    assert named in answer.text


def test_the_same_reviewer_at_once_decides_once(writable: Writable) -> None:
    maria = signed_in(writable.store, name="maria")
    record = _new(writable)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda kind: _decide(writable, maria, record, kind), ["include", "exclude"] * 4))

    assert [201] + [409] * 7 == sorted(each.status_code for each in answers)
    assert 1 == len(_decisions(writable, maria, record))


def test_pages_of_the_queue_show_every_record_once(writable: Writable) -> None:
    maria = signed_in(writable.store)
    wanted = {_new(writable, f"Kratom {number}") for number in range(5)}
    shown, cursor = [], None
    while True:
        asked = {"q": "kratom", "limit": "2"} | ({"cursor": cursor} if cursor else {})
        page = writable.client.get(f"{API}/screening/queue", params=asked, headers=maria).json()
        shown += [each["id"] for each in page["data"]]
        cursor = page["page"]["next"]
        if cursor is None:
            break

    assert len(shown) == len(set(shown)) == page["page"]["total"]
    assert wanted <= set(shown)


def test_an_answer_of_then_counts_what_was_screened_by_then(writable: Writable) -> None:
    maria, record = signed_in(writable.store), _new(writable)
    before = writable.json("/changes?limit=1")["meta"]["data_revision"]
    _decide(writable, maria, record, "exclude")
    between = writable.json("/changes?limit=1")["meta"]["data_revision"]
    writable.client.request("DELETE", f"{API}/citations/{record}/decisions/title_abstract", headers=maria)

    def screened(mark: str) -> int:
        return int(writable.json(f"/outcomes/nightmares/evidence{mark}")["data"]["collection"]["screened"])

    assert [0, 0, 1, 0] == [screened(f"?as_of={each}") for each in (0, before, between)] + [screened("")]


def _undo(writable: Writable, who: Who, record: str, stage: str = "title_abstract") -> Response:
    return writable.client.delete(f"{API}/citations/{record}/decisions/{stage}", headers=who)


def test_what_is_settled_nobody_overturns_by_deciding_once_more(double: Writable) -> None:
    maria, jonas, olga = (signed_in(double.store, name=name) for name in ("maria", "jonas", "olga"))
    edith, gina = (signed_in(double.store, "editor", name=name) for name in ("edith", "gina"))
    agreed, ended = _new(double), _new(double)
    for stage in ("title_abstract", "full_text"):
        for who in (maria, jonas):
            _decide(double, who, agreed, "include", stage=stage)
    _decide(double, maria, ended, "include")
    _decide(double, jonas, ended, "exclude")
    _decide(double, edith, ended, "include", resolves=True)
    late = [
        _decide(double, olga, agreed, "exclude"),
        _decide(double, olga, agreed, "exclude", stage="full_text"),
        _decide(double, gina, agreed, "exclude", resolves=True),
        _decide(double, gina, ended, "exclude", resolves=True),
    ]

    assert [409] * 4 == [each.status_code for each in late]
    assert "included" in late[0].json()["detail"]
    screened = [double.json(f"/citations/{record}")["data"]["screening"] for record in (agreed, ended)]
    assert [{"title_abstract": "included", "full_text": "included"}, {"title_abstract": "included"}] == screened


def test_a_maybe_that_waits_for_the_other_reviewer_is_not_settled_by_one_editor(double: Writable) -> None:
    maria, edith = signed_in(double.store, name="maria"), signed_in(double.store, "editor", name="edith")
    record = _new(double)
    _decide(double, maria, record, "maybe")

    assert 409 == _decide(double, edith, record, "include", resolves=True).status_code
    assert "conflict" == _decide(double, edith, record, "include").json()["data"]["state"]


def test_a_side_of_a_conflict_is_not_taken_back_and_decided_the_other_way(double: Writable) -> None:
    maria, jonas = (signed_in(double.store, name=name) for name in ("maria", "jonas"))
    edith, record = signed_in(double.store, "editor", name="edith"), _new(double)
    _decide(double, maria, record, "exclude")
    _decide(double, jonas, record, "include")
    in_conflict = [_undo(double, who, record).status_code for who in (maria, jonas)]
    _decide(double, edith, record, "include", resolves=True)
    after_it = _undo(double, jonas, record).status_code

    assert ([409, 409], 409) == (in_conflict, after_it)
    assert "conflict" == _undo(double, edith, record).json()["data"]["state"]


def test_a_maybe_of_the_only_reviewer_is_taken_back(writable: Writable) -> None:
    maria, record = signed_in(writable.store), _new(writable)
    unsure = _decide(writable, maria, record, "maybe").json()["data"]["state"]

    assert ("conflict", "waiting") == (unsure, _undo(writable, maria, record).json()["data"]["state"])


@pytest.mark.parametrize("fall", ["retired", "rejected"])
def test_a_record_whose_only_study_fell_waits_again_and_including_it_drafts_another(
    writable: Writable, fall: str
) -> None:
    jon, maria = Person.of(writable, "jon"), Person.of(writable, "maria")
    edith, record = Person.of(writable, "edith", "editor"), _new(writable)
    study = jon.study(reports=[{"citation_id": record}])["id"]
    reported = record in _queue(writable, maria.header)
    if fall == "retired":
        good(jon.act(f"/studies/{study}/retire", {"reason": "wrong"}))
    else:
        good(jon.act(f"/studies/{study}/submit"))
        good(edith.act(f"/studies/{study}/reject", {"comment": "wrong"}))
    fallen = record in _queue(writable, maria.header)
    _decide(writable, maria.header, record, "include")
    drafted = _decide(writable, maria.header, record, "include", stage="full_text").json()["data"]["study_id"]

    assert (False, True) == (reported, fallen)
    assert study != drafted
    assert "draft" == good(maria.get(f"/studies/{drafted}"))["status"]


def _merge(writable: Writable, editor: Person, gone: str, kept: str) -> None:
    good(editor.act(f"/citations/{gone}/merge", {"into": kept, "confirm": ["different_pmids"]}))


def _unmerge(editor: Person, gone: str) -> None:
    tag = editor.writable.client.get(f"{API}/citations/{gone}", follow_redirects=False).headers["etag"]
    good(editor.act(f"/citations/{gone}/unmerge", match=tag))


def _screened(writable: Writable, record: str) -> Any:
    return writable.json(f"/citations/{record}")["data"]["screening"]


def test_a_merged_record_brings_what_was_decided_about_it_and_takes_it_back(double: Writable) -> None:
    maria, jonas = (signed_in(double.store, name=name) for name in ("maria", "jonas"))
    edith, gone, kept = Person.of(double, "edith", "editor"), _new(double), _new(double)
    for who in (maria, jonas):
        _decide(double, who, gone, "include")
    _merge(double, edith, gone, kept)
    merged = (_screened(double, kept), _decisions(double, maria, kept), kept in _queue(double, maria))
    on_the_gone = _undo(double, maria, gone).status_code
    _unmerge(edith, gone)

    assert ({"title_abstract": "included"}, ["maria include", "jonas include"], False) == merged
    assert 409 == on_the_gone
    assert {"title_abstract": "included"} == _screened(double, gone)
    assert ([], True) == (_decisions(double, maria, kept), kept in _queue(double, maria))
    with double.store.reading() as session:
        assert [] == list(queries.broken_links(session))


def test_what_was_decided_about_the_record_that_stays_holds(writable: Writable) -> None:
    maria, edith = signed_in(writable.store, name="maria"), Person.of(writable, "edith", "editor")
    gone, kept, other = (_new(writable) for _ in range(3))
    _decide(writable, maria, gone, "include")
    _decide(writable, maria, kept, "exclude")
    _merge(writable, edith, gone, kept)
    both_screened = _screened(writable, kept)
    _unmerge(edith, gone)
    _merge(writable, edith, gone, other)
    _decide(writable, maria, other, "include", stage="full_text")
    _unmerge(edith, gone)

    assert [{"title_abstract": "excluded"}] * 2 == [both_screened, _screened(writable, kept)]
    assert {"title_abstract": "included", "full_text": "included"} == _screened(writable, other)


def test_an_answer_of_then_counts_a_merged_record_once(writable: Writable) -> None:
    maria, edith = signed_in(writable.store), Person.of(writable, "edith", "editor")
    gone, kept = _new(writable), _new(writable)
    _decide(writable, maria, gone, "exclude")
    before = writable.json("/changes?limit=1")["meta"]["data_revision"]
    _merge(writable, edith, gone, kept)
    after = writable.json("/changes?limit=1")["meta"]["data_revision"]
    _unmerge(edith, gone)

    def screened(mark: str) -> int:
        return int(writable.json(f"/outcomes/nightmares/evidence{mark}")["data"]["collection"]["screened"])

    assert [1, 1, 1] == [screened(mark) for mark in (f"?as_of={before}", f"?as_of={after}", "")]
