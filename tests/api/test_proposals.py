"""Changes of settled records: proposed with a diff, talked about, decided once by somebody else, or superseded."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sqlalchemy import select

from app.history import queries
from app.models.curation import Review
from tests.api.curating import INTEREST, KRATOM, Person, fields_at_fault, good, revisions
from tests.api.serving import API, Writable, problem


def _proposed(person: Person, path: str, changes: dict[str, Any], *, of: str | None = None) -> dict[str, Any]:
    found: dict[str, Any] = good(person.patch(path, changes, of=of), 202)
    return found


def _path(proposal: dict[str, Any]) -> str:
    return f"/proposals/{proposal['id']}"


def test_an_edit_of_what_another_submitted_is_a_proposal_and_changes_nothing(writable: Writable, maria: Person) -> None:
    before, number = writable.json("/findings/F44")["data"], revisions(writable)
    response = maria.patch("/findings/F44", {"n_group": 77, "report_id": before["report_id"], "comment": "see Table 1"})
    proposal = good(response, 202)

    assert [{"field": "n_group", "before": before["n_group"], "after": 77}] == proposal["changes"]
    assert ("finding", "F44", "open", "maria", "see Table 1", before["version"]) == tuple(
        proposal[name] for name in ("kind", "record_id", "state", "created_by", "comment", "base_version")
    )
    assert (before, number + 1) == (writable.json("/findings/F44")["data"], revisions(writable))
    assert f"{API}{_path(proposal)}" == response.headers["location"]
    assert (proposal, response.headers["etag"]) == (good(maria.get(_path(proposal))), maria.tag(_path(proposal)))


def test_an_edit_that_would_change_nothing_proposes_nothing(writable: Writable, maria: Person) -> None:
    before = revisions(writable)

    assert "F44" == good(maria.patch("/findings/F44", {"precipitated": False}))["id"]
    assert before == revisions(writable)


def test_a_proposal_is_checked_as_an_edit_is(maria: Person) -> None:
    assert {"n_events"} == fields_at_fault(maria.patch("/findings/F44", {"n_events": 9, "n_group": 8}))
    assert {"summary"} == fields_at_fault(maria.patch("/findings/F44", {"summary": None}))
    assert {"design"} == fields_at_fault(maria.patch("/studies/S7", {"design": "guess"}))
    assert (412, "Stale") == problem(maria.patch("/studies/S7", {"notes": "x"}, match='"9.1"'))


def test_an_editor_accepts_a_proposal_of_somebody_else_with_interests(
    writable: Writable, maria: Person, edith: Person
) -> None:
    proposal = _proposed(maria, "/findings/F44", {"n_group": 77})
    curator = maria.act(f"{_path(proposal)}/accept", INTEREST)
    silent = edith.act(f"{_path(proposal)}/accept", {})
    accepted = good(edith.act(f"{_path(proposal)}/accept", INTEREST))
    with writable.store.reading() as session:
        reviews = [(each.kind, each.reviewer) for each in session.scalars(select(Review))]
        assert [] == list(queries.broken_links(session))

    assert ((403, "Forbidden"), {"interest"}) == (problem(curator), fields_at_fault(silent))
    assert ("accepted", "edith") == (accepted["state"], accepted["decided_by"])
    assert (77, 2) == tuple(writable.json("/findings/F44")["data"][name] for name in ("n_group", "version"))
    assert [("proposal", "edith")] == reviews


def test_nobody_decides_their_own_proposal_and_nobody_withdraws_that_of_another(
    writable: Writable, edith: Person
) -> None:
    other = Person.of(writable, "boss", "admin")
    proposal = _proposed(edith, "/studies/S7", {"notes": "x"})

    assert (403, "Forbidden") == problem(edith.act(f"{_path(proposal)}/accept", INTEREST))
    assert (403, "Forbidden") == problem(edith.act(f"{_path(proposal)}/reject", {"comment": "x"}))
    assert (403, "Forbidden") == problem(other.act(f"{_path(proposal)}/withdraw"))
    assert "withdrawn" == good(edith.act(f"{_path(proposal)}/withdraw"))["state"]
    assert (409, "Conflict") == problem(other.act(f"{_path(proposal)}/accept", INTEREST))


def test_whose_proposal_was_accepted_is_an_author_and_who_accepted_it_is_not(
    writable: Writable, maria: Person, edith: Person
) -> None:
    proposal = _proposed(edith, "/studies/S7", {"notes": "read again"})
    boss = Person.of(writable, "boss", "admin")
    good(boss.act(f"{_path(proposal)}/accept", INTEREST))

    assert (403, "Forbidden") == problem(edith.act("/studies/S7/accept", INTEREST))
    assert "accepted" == good(boss.act("/studies/S7/accept", INTEREST))["status"]


def test_a_proposal_holds_only_while_the_values_before_do(maria: Person, edith: Person) -> None:
    study = maria.study()
    path = f"/studies/{study['id']}"
    good(maria.act(f"{path}/submit"))
    jon = Person.of(maria.writable, "jon")
    outdated, fine = _proposed(jon, path, {"n_total": 5}), _proposed(jon, path, {"country": "Malaysia"})
    good(maria.patch(path, {"n_total": 6}))

    refused = edith.act(f"{_path(outdated)}/accept", INTEREST)
    assert ((409, "Conflict"), "n_total") == (problem(refused), refused.json()["errors"][0]["field"])
    assert "open" == good(edith.get(_path(outdated)))["state"]
    good(edith.act(f"{_path(fine)}/accept", INTEREST))
    assert (6, "Malaysia") == tuple(good(maria.get(path))[name] for name in ("n_total", "country"))
    assert "rejected" == good(edith.act(f"{_path(outdated)}/reject", {"comment": "not any more"}))["state"]


def test_an_accepted_proposal_supersedes_those_on_the_same_fields(maria: Person, edith: Person) -> None:
    chosen, same, other = (
        _proposed(maria, "/findings/F44", each)
        for each in ({"n_group": 70}, {"n_group": 71, "unit": "x"}, {"unit": "y"})
    )
    good(edith.act(f"{_path(chosen)}/accept", INTEREST))
    superseded = good(maria.get(_path(same)))

    assert ("superseded", chosen["id"]) == (superseded["state"], superseded["superseded_by"])
    assert "open" == good(maria.get(_path(other)))["state"]
    assert (409, "Conflict") == problem(edith.act(f"{_path(same)}/accept", INTEREST))


def test_parts_are_proposed_for_settled_records_too(maria: Person, edith: Person) -> None:
    reported = good(maria.post("/studies/S7/reports", {"citation_id": "R12", "role": "comment"}), 202)
    exposed = good(maria.post("/studies/S7/exposures", KRATOM), 202)
    quoted = good(maria.post("/findings/F44/quotes", {"text": "x", "location": "table", "page": "Table 1"}), 202)
    exposure = good(maria.get("/studies/S7"))["exposures"][0]["id"]
    changed = _proposed(maria, f"/studies/S7/exposures/{exposure}", {"dose": "2 g"}, of="/studies/S7")
    before = good(maria.get("/studies/S7"))
    for each in (reported, exposed, quoted, changed):
        good(edith.act(f"{_path(each)}/accept", INTEREST))
    after = good(maria.get("/studies/S7"))

    assert {"field": "add_report", "before": None, "after": {"citation_id": "R12", "role": "comment"}} in reported[
        "changes"
    ]
    assert (len(before["reports"]) + 1, len(before["exposures"]) + 1) == (
        len(after["reports"]),
        len(after["exposures"]),
    )
    assert "2 g" == after["exposures"][0]["dose"]
    assert "not_checkable" == good(maria.get("/findings/F44"))["quote_state"]
    assert (409, "Conflict") == problem(maria.post("/studies/S7/reports", {"citation_id": "R12"}))


def test_proposals_are_listed_newest_first_by_state_kind_record_and_author(
    writable: Writable, maria: Person, edith: Person
) -> None:
    made = [_proposed(maria, "/findings/F44", {"n_group": 70 + number}) for number in range(3)]
    study = _proposed(edith, "/studies/S7", {"notes": "x"})
    good(maria.act(f"{_path(made[0])}/withdraw"))

    def listed(query: str) -> list[str]:
        body = edith.get(f"/proposals?{query}").json()
        assert body["page"]["total"] == len(body["data"])
        return [each["id"] for each in body["data"]]

    assert [study["id"], *(each["id"] for each in reversed(made))] == listed("")
    assert [made[2]["id"], made[1]["id"]] == listed("state=open&record=F44")
    assert ([study["id"]], [study["id"]]) == (listed("kind=study"), listed("author=edith"))
    first = edith.get("/proposals?limit=3").json()["page"]
    assert (4, 1) == (first["total"], len(good(edith.get(f"/proposals?limit=3&cursor={first['next']}"))))
    assert (401, "NotAuthenticated") == problem(writable.get("/proposals"))
    assert [422, 422] == [edith.get(f"/proposals?{each}").status_code for each in ("record=R11", "state=lost")]


def test_what_is_said_about_a_proposal_is_a_thread(maria: Person, edith: Person) -> None:
    path, other = (_path(_proposed(maria, "/findings/F44", {"n_group": each})) for each in (70, 71))
    first = good(edith.post(f"{path}/comments", {"text": "Where does it say so?"}), 201)
    good(maria.post(f"{path}/comments", {"text": "Table 2.", "reply_to": first["id"]}), 201)
    said = good(edith.get(f"{path}/comments"))

    assert [("edith", None), ("maria", first["id"])] == [(each["created_by"], each["reply_to"]) for each in said]
    assert {"reply_to"} == fields_at_fault(maria.post(f"{other}/comments", {"text": "x", "reply_to": first["id"]}))
    assert {"text"} == fields_at_fault(maria.post(f"{path}/comments", {"text": " "}))
    assert {"text"} == fields_at_fault(maria.post(f"{path}/comments", {"text": "x" * 10_001}))
    assert (404, "NotFound") == problem(maria.post("/proposals/P99/comments", {"text": "x"}))


def test_of_64_who_decide_at_once_exactly_one_does_and_never_the_author(writable: Writable, maria: Person) -> None:
    editors = [Person.of(writable, f"editor{number}", "editor") for number in range(8)]
    proposal = _proposed(editors[0], "/findings/F44", {"n_group": 77})
    tag, before = editors[0].tag(_path(proposal)), revisions(writable)
    with ThreadPoolExecutor(16) as at_once:
        answers = list(
            at_once.map(lambda n: editors[n % 8].act(f"{_path(proposal)}/accept", INTEREST, match=tag), range(64))
        )
    decided = [number for number, each in enumerate(answers) if each.status_code == 200]
    statuses = {each.status_code for number, each in enumerate(answers) if number % 8}

    assert 1 == len(decided)
    assert 0 != decided[0] % 8
    assert {200, 412} == statuses
    assert {403, 412} >= {each.status_code for each in answers[::8]}
    assert (before + 1, 77, 2) == (
        revisions(writable), *(writable.json("/findings/F44")["data"][name] for name in ("n_group", "version")),
    )  # fmt: skip
