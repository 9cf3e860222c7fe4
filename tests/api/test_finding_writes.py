"""Entering, changing, copying and quoting findings over REST: one by one and many at once."""

from typing import Any

import pytest

from tests.api.curating import Person, complete, fields_at_fault, good, revisions
from tests.api.serving import API, Writable, problem

REQUIRED = ["report_id", "exposure_id", "outcome", "direction", "phase", "contrast", "basis", "summary"]


@pytest.fixture
def study(maria: Person) -> dict[str, Any]:
    return maria.study()


def test_a_finding_may_lack_anything_while_it_is_a_draft_and_says_what(maria: Person, study: dict[str, Any]) -> None:
    empty = good(maria.post(f"/studies/{study['id']}/findings", {}), 201)
    filled = good(maria.patch(f"/findings/{empty['id']}", complete(study)))

    assert (REQUIRED, "draft", "maria") == (empty["missing"], empty["status"], empty["created_by"])
    assert ([], 2, "R11") == (filled["missing"], filled["version"], filled["report_id"])


def test_a_finding_is_answered_as_it_is_read_and_tagged(maria: Person, study: dict[str, Any]) -> None:
    response = maria.post(f"/studies/{study['id']}/findings", complete(study))
    finding = good(response, 201)

    assert finding == good(maria.get(f"/findings/{finding['id']}"))
    assert response.headers["etag"] == maria.tag(f"/findings/{finding['id']}")
    assert f"{API}/findings/{finding['id']}" == response.headers["location"]
    assert [finding["id"]] == good(maria.get(f"/studies/{study['id']}"))["finding_ids"]


def test_a_grid_of_symptoms_is_entered_in_one_data_revision_over_shared_fields(
    writable: Writable, maria: Person, study: dict[str, Any]
) -> None:
    shared, before = complete(study, n_group=30), revisions(writable)
    del shared["outcome"]
    body = {"defaults": shared, "outcomes": ["insomnia", "anxiety", "improved_sleep"]}
    found = good(maria.post(f"/studies/{study['id']}/findings", body | {"outcomes": ["insomnia", "anxiety"]}), 201)
    listed = {"defaults": shared, "findings": [{"outcome": "insomnia", "n_events": 3}, {"outcome": "anxiety", "direction": None},
                                               {"outcome": "improved_sleep"}]}  # fmt: skip
    varied = good(maria.post(f"/studies/{study['id']}/findings", listed), 201)

    assert [("insomnia", "increased", []), ("anxiety", "increased", [])] == [
        (each["outcome"], each["direction"], each["missing"]) for each in found
    ]
    assert [(3, "increased", []), (None, None, ["direction"]), (None, "increased", [])] == [
        (each["n_events"], each["direction"], each["missing"]) for each in varied
    ]
    assert ("sleep_quality", "improved_sleep") == (varied[2]["outcome"], varied[2]["entered_as"])
    assert before + 2 == revisions(writable)


def test_many_findings_are_all_entered_or_none_and_each_fault_is_named_by_its_place(
    writable: Writable, maria: Person, study: dict[str, Any]
) -> None:
    before = revisions(writable)
    rows = [{"outcome": "insomnia"}, {"outcome": "sleep"}, {"outcome": "insomnia", "report_id": "R12"},
            {"outcome": "insomnia", "n_events": 4, "n_group": 3}]  # fmt: skip
    response = maria.post(f"/studies/{study['id']}/findings", {"defaults": complete(study), "findings": rows})
    typed = maria.post(f"/studies/{study['id']}/findings", {"findings": [{}, {"phase": "asleep"}]})
    quoted = maria.post(f"/studies/{study['id']}/findings", {"findings": [{}, {"quotes": [{"text": "x"}]}]})

    assert {"findings.1.outcome", "findings.2.report_id", "findings.3.n_events"} == fields_at_fault(response)
    assert {"findings.1.phase"} == fields_at_fault(typed)
    assert {"findings.1.quotes.0.citation_id"} == fields_at_fault(quoted)
    assert (before, []) == (revisions(writable), good(maria.get(f"/studies/{study['id']}"))["finding_ids"])


def test_lists_and_single_fields_are_not_mixed(maria: Person, study: dict[str, Any]) -> None:
    for body in ({"outcome": "insomnia", "findings": [{}]}, {"findings": [{}], "outcomes": ["insomnia"]}, {"findings": []},
                 {"defaults": {}}, {"findings": [{}] * 201}, {"outcomes": ["insomnia"] * 201}):  # fmt: skip
        assert 422 == maria.post(f"/studies/{study['id']}/findings", body).status_code


SCORES = [
    ("sleep_quality", "worse", "went_up", "decreased"), ("sleep_quality", "worse", "went_down", "increased"),
    ("sleep_quality", "better", "went_up", "increased"), ("insomnia", "worse", "went_up", "increased"),
    ("insomnia", "better", "went_up", "decreased"), ("insomnia", None, "no_change", "no_change"),
    ("worsened_sleep", "worse", "went_up", "decreased"),
]  # fmt: skip


def test_the_direction_follows_from_where_the_score_went(maria: Person, study: dict[str, Any]) -> None:
    rows = [{"outcome": o, "higher_is": higher, "score_change": change} for o, higher, change, _ in SCORES]
    found = good(maria.post(f"/studies/{study['id']}/findings", {"findings": rows}), 201)

    assert [direction for *_, direction in SCORES] == [each["direction"] for each in found]


CONTRADICTIONS: list[tuple[dict[str, Any], str]] = [
    (
        {"outcome": "sleep_quality", "higher_is": "worse", "score_change": "went_up", "direction": "increased"},
        "direction",
    ),
    ({"outcome": "improved_sleep", "higher_is": "worse", "score_change": "went_up"}, "direction"),
    ({"outcome": "insomnia", "score_change": "went_up"}, "higher_is"),
    ({"higher_is": "worse", "score_change": "went_up"}, "outcome"),
    ({"outcome": "insomnia", "higher_is": "worse", "score_change": "up"}, "score_change"),
    ({"outcome": "improved_sleep", "direction": "decreased"}, "direction"),
    ({"looked_for_absent": True, "basis": "before_after"}, "basis"),
    ({"looked_for_absent": True, "direction": "increased"}, "direction"),
    ({"looked_for_absent": True, "n_events": 2}, "n_events"),
]


def test_a_direction_that_contradicts_itself_is_refused(maria: Person, study: dict[str, Any]) -> None:
    for fields, field in CONTRADICTIONS:
        assert {field} == fields_at_fault(maria.post(f"/studies/{study['id']}/findings", fields))


def test_what_was_looked_for_and_absent_is_one_tick(maria: Person, study: dict[str, Any]) -> None:
    shared = complete(study, n_group=12)
    rows = [{"outcome": "insomnia"}, {"outcome": "anxiety", "looked_for_absent": True}]
    occurred, absent = good(maria.post(f"/studies/{study['id']}/findings", {"defaults": shared, "findings": rows}), 201)

    assert ("increased", None) == (occurred["direction"], occurred["n_events"])
    assert ("no_change", 0, "unchanged", False) == (
        absent["direction"], absent["n_events"], absent["effect"], absent["compared"],
    )  # fmt: skip


def test_a_change_keeps_direction_and_the_name_it_was_entered_under_true(maria: Person, study: dict[str, Any]) -> None:
    path = f"/findings/{maria.finding(study, outcome='improved_sleep', direction=None)['id']}"
    worse = good(maria.patch(path, {"outcome": "worsened_sleep"}))
    plain = good(maria.patch(path, {"direction": "mixed"}))
    scored = good(maria.patch(path, {"score_change": "went_down", "higher_is": "worse"}))

    assert ("decreased", "worsened_sleep") == (worse["direction"], worse["entered_as"])
    assert ("mixed", None) == (plain["direction"], plain["entered_as"])
    assert ("increased", "worse") == (scored["direction"], scored["higher_is"])


def test_a_finding_is_copied_with_what_differs(maria: Person, study: dict[str, Any]) -> None:
    first = maria.finding(
        study, n_events=3, n_group=9, quotes=[{"text": "Kratom", "location": "table", "page": "Table 2"}]
    )
    response = maria.post(f"/findings/{first['id']}/copy", {"outcome": "anxiety", "n_events": None})
    copy = good(response, 201)
    same = {
        "id",
        "url",
        "outcome",
        "outcome_label",
        "n_events",
        "quote_text",
        "quote_state",
        "quote_location",
        "created_at",
    }

    assert ("anxiety", None, 9, None) == (copy["outcome"], copy["n_events"], copy["n_group"], copy["quote_text"])
    assert {k: v for k, v in first.items() if k not in same} == {k: v for k, v in copy.items() if k not in same}
    assert first["id"] != copy["id"]


def test_quotes_are_looked_for_in_the_stored_text_when_they_are_entered(maria: Person, study: dict[str, Any]) -> None:
    path = f"/findings/{maria.finding(study)['id']}"
    tabled = maria.post(f"{path}/quotes", {"text": "slept badly", "location": "table", "page": "Table 2"})
    nowhere = maria.post(f"{path}/quotes", {"text": "slept badly", "location": "results"})
    title = good(maria.get("/citations/R11"))["title"]
    titled = maria.post(f"{path}/quotes", {"text": title[:300], "location": "title"})

    assert ("not_checkable", 2) == (good(tabled, 201)["quote_state"], good(tabled, 201)["version"])
    assert {"page"} == fields_at_fault(nowhere)
    assert ["not_checkable", "verified"] == [each["state"] for each in titled.json()["meta"]["quotes"]]


BAD: list[tuple[dict[str, Any], str]] = [
    ({"summary": "a\0b"}, "summary"), ({"summary": "a\ud800"}, "summary"), ({"summary": "x" * 10_001}, "summary"),
    ({"report_id": 11}, "report_id"), ({"report_id": "S7"}, "report_id"), ({"report_id": "R" + "9" * 19}, "report_id"),
    ({"exposure_id": "E999999"}, "exposure_id"), ({"value": 1e16}, "value"), ({"value": "much"}, "value"),
    ({"n_group": 2**63 - 1}, "n_group"), ({"n_group": True}, "n_group"), ({"precipitated": 7}, "precipitated"),
    ({"entered_as": "improved_sleep"}, "entered_as"), ({"outcome": "sleepyness"}, "outcome"), ({"phase": []}, "phase"),
    ({"ci_low": 2, "ci_high": 1}, "ci_low"), ({"p_value_text": "x" * 65}, "p_value_text"), ({"study_id": "S1"}, "study_id"),
]  # fmt: skip


def test_what_cannot_be_kept_of_a_finding_is_refused_by_the_name_of_the_field(
    writable: Writable, maria: Person, study: dict[str, Any]
) -> None:
    path, many = f"/findings/{maria.finding(study)['id']}", f"/studies/{study['id']}/findings"
    before = revisions(writable)
    for fields, field in BAD:
        assert {field} == fields_at_fault(maria.post(many, fields))
        assert {field} == fields_at_fault(maria.patch(path, fields, match='"1.1"'))
        assert {f"findings.1.{field}"} == fields_at_fault(maria.post(many, {"findings": [{}, fields]}))
    assert before == revisions(writable)


QUOTES: list[tuple[dict[str, Any], str]] = [
    ({"text": ""}, "text"), ({"text": "x" * 301}, "text"), ({}, "text"), ({"text": "x", "location": "there"}, "location"),
     ({"text": "x", "citation_id": "R99999"}, "citation_id"), ({"text": "x", "state": "verified"}, "state"),
     ({"text": "x", "page": "x" * 501}, "page"), ({"text": "x", "seen_by_second_reader": True}, "seen_by_second_reader"),
]  # fmt: skip


def test_what_cannot_be_kept_of_a_quote_is_refused(maria: Person, study: dict[str, Any]) -> None:
    path = f"/findings/{maria.finding(study)['id']}/quotes"
    for quote, field in QUOTES:
        assert {field} == fields_at_fault(maria.post(path, quote))


def test_any_curator_adds_findings_to_a_public_study_as_drafts_of_their_own(writable: Writable, maria: Person) -> None:
    public = good(maria.get("/studies/S7"))
    mine = maria.finding(public)

    assert ("draft", mine["id"] in good(maria.get("/studies/S7"))["finding_ids"]) == (mine["status"], True)
    assert public["finding_ids"] == writable.json("/studies/S7")["data"]["finding_ids"]


def test_of_racing_edits_one_is_done_and_the_others_are_told_what_is_there(
    maria: Person, study: dict[str, Any]
) -> None:
    path = f"/findings/{maria.finding(study)['id']}"
    tag = maria.tag(path)
    answers = [maria.patch(path, {"n_group": 10 + number}, match=tag) for number in range(4)]

    assert [200, 412, 412, 412] == [each.status_code for each in answers]
    assert {(412, "Stale")} == {problem(each) for each in answers[1:]}
    assert {10} == {each.json()["differences"][0]["current"] for each in answers[1:]}
