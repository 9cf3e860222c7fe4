"""Entering and changing studies, their reports and exposures over REST."""

from typing import Any

from app.history import queries
from tests.api.curating import KRATOM, STUDY, Person, fields_at_fault, good, revisions
from tests.api.serving import API, Writable, problem


def test_a_study_is_entered_as_a_draft_with_its_parts_in_one_data_revision(writable: Writable, maria: Person) -> None:
    before = revisions(writable)
    response = maria.post("/studies", {**STUDY, "reports": [{"pmid": "33868054"}], "exposures": [KRATOM, KRATOM]})
    study = good(response, 201)

    assert ("draft", "maria", [], ["R11"], 2) == (
        study["status"], study["created_by"], study["missing"], [each["id"] for each in study["reports"]],
        len(study["exposures"]),
    )  # fmt: skip
    assert before + 1 == revisions(writable)
    assert f"{API}/studies/{study['id']}" == response.headers["location"]
    assert (response.headers["etag"], study) == (
        maria.tag(f"/studies/{study['id']}"), good(maria.get(f"/studies/{study['id']}")),
    )  # fmt: skip
    with writable.store.reading() as session:
        assert [] == list(queries.broken_links(session))


def test_a_draft_needs_a_title_alone_and_says_what_it_lacks(maria: Person) -> None:
    study = good(maria.post("/studies", {"title": "Seen at a congress"}), 201)
    path = f"/studies/{study['id']}"
    refused = maria.act(f"{path}/submit")

    assert ["design", "subject", "read_depth", "reports"] == study["missing"]
    assert (None, "not entered", None, None) == tuple(
        study[each] for each in ("design", "design_label", "subject", "read_depth")
    )
    assert {"design", "subject", "read_depth", "reports"} == fields_at_fault(refused)
    assert ["read_depth", "reports"] == good(maria.patch(path, {"design": "case_report", "subject": "human"}))[
        "missing"
    ]


def test_what_was_submitted_may_not_lack_again_what_it_needs(writable: Writable, maria: Person, edith: Person) -> None:
    path = f"/studies/{maria.study()['id']}"
    good(maria.act(f"{path}/submit"))

    for each in ("design", "subject", "read_depth"):
        assert {each} == fields_at_fault(maria.patch(path, {each: None}))
        assert {each} == fields_at_fault(edith.patch(path, {each: None}))
    assert ["submitted", []] == [good(writable.get(path))[each] for each in ("status", "missing")]


def test_a_draft_is_there_for_its_author_and_for_editors_only(writable: Writable, maria: Person) -> None:
    study = maria.study()
    finding = maria.finding(study)
    jon, edith = Person.of(writable, "jon"), Person.of(writable, "edith", "editor")

    for path in (f"/studies/{study['id']}", f"/studies/{study['id']}/history", f"/findings/{finding['id']}"):
        assert (404, "NotFound") == problem(writable.get(path))
        assert (404, "NotFound") == problem(jon.get(path))
        assert [200, 200] == [each.get(path).status_code for each in (maria, edith)]
    refused = (
        jon.patch(f"/studies/{study['id']}", {"notes": "x"}),
        jon.post(f"/studies/{study['id']}/findings", {}),
        jon.patch(f"/findings/{finding['id']}", {"summary": "x"}),
        jon.post(f"/findings/{finding['id']}/copy", {}),
    )
    assert {(404, "NotFound")} == {problem(each) for each in refused}
    assert [finding["id"]] == good(edith.get(f"/studies/{study['id']}"))["finding_ids"]


def test_an_edit_notes_only_what_changed_and_counts_the_version_up(writable: Writable, maria: Person) -> None:
    path = f"/studies/{maria.study()['id']}"
    changes = {"n_total": 12, "title": STUDY["title"], "comment": "counted again"}
    response = maria.patch(path, changes)
    with writable.store.reading() as session:
        change = queries.of_record(session, "study", int(path[10:]))[-1]

    assert (12, '"4.') == (good(response)["n_total"], response.headers["etag"][:3])
    assert ("counted again", "edit", '{"n_total":null}') == (change.reason, change.op, change.before)


def test_an_edit_that_changes_nothing_makes_no_data_revision(writable: Writable, maria: Person) -> None:
    study = maria.study()
    before = revisions(writable)
    response = maria.patch(f"/studies/{study['id']}", {"title": study["title"], "registrations": []})

    assert (study["version"], before) == (good(response)["version"], revisions(writable))


def test_an_edit_of_a_version_that_is_gone_shows_what_differs(maria: Person) -> None:
    path = f"/studies/{maria.study()['id']}"
    old = maria.tag(path)
    good(maria.patch(path, {"n_total": 12}))
    response = maria.patch(path, {"n_total": 13}, match=old)
    missing = maria.writable.client.patch(f"{API}{path}", json={"n_total": 1}, headers=maria.header)

    assert ((412, "Stale"), (428, "VersionMissing")) == (problem(response), problem(missing))
    assert [{"field": "n_total", "current": 12, "sent": 13}] == response.json()["differences"]


def test_null_empties_a_field_and_a_required_one_cannot_be_emptied(maria: Person) -> None:
    path = f"/studies/{maria.study(n_total=7, country='Malaysia')['id']}"

    assert (None, "Malaysia") == ((study := good(maria.patch(path, {"n_total": None})))["n_total"], study["country"])
    assert {"title"} == fields_at_fault(maria.patch(path, {"title": None}))


def test_a_part_that_comes_or_changes_is_a_new_version_of_the_study(maria: Person) -> None:
    path = f"/studies/{(study := maria.study())['id']}"
    reported = good(maria.post(f"{path}/reports", {"citation_id": "R12", "role": "comment"}), 201)
    response = maria.post(f"{path}/exposures", {"substance": "mitragynine"})
    exposed, exposure = good(response, 201), response.json()["meta"]["exposure_id"]
    changed = good(maria.patch(f"{path}/exposures/{exposure}", {"dose": "2 g"}, of=path))
    versions = [each["version"] for each in (study, reported, exposed, changed)]

    assert list(range(versions[0], versions[0] + 4)) == versions
    assert ["R11", "R12"] == [each["id"] for each in reported["reports"]]
    assert [None, "2 g"] == [each["dose"] for each in changed["exposures"]]
    assert (412, "Stale") == problem(maria.patch(f"{path}/exposures/{exposure}", {"dose": "3 g"}, match='"1.1"'))


def test_what_collides_is_said_clearly(maria: Person) -> None:
    path, other = (f"/studies/{maria.study()['id']}" for _ in range(2))
    foreign = good(maria.get(other))["exposures"][0]["id"]

    twice = maria.post(f"{path}/reports", {"citation_id": "R11"})
    assert ((409, "Conflict"), "citation_id") == (problem(twice), twice.json()["errors"][0]["field"])
    assert {"citation_id"} == fields_at_fault(maria.post(f"{path}/reports", {"citation_id": "R99999"}))
    assert {"pmid"} == fields_at_fault(maria.post(f"{path}/reports", {"pmid": "99999999"}))
    assert (404, "NotFound") == problem(maria.patch(f"{path}/exposures/{foreign}", {"dose": "1 g"}, of=path))
    assert {"reports.1.citation_id"} == fields_at_fault(
        maria.post("/studies", {**STUDY, "reports": [{"citation_id": "R11"}, {"citation_id": "R99999"}]})
    )


def test_studies_that_may_share_their_people_are_named_at_entry(writable: Writable, maria: Person) -> None:
    first = maria.study(reports=[], n_total=2798, country="Malaysia", period_start="2019", period_end="2020-03")
    response = maria.post("/studies", {**STUDY, "n_total": 2798, "country": "malaysia", "period_start": "2020-01"})
    named = {each["study_id"]: each["because"] for each in response.json()["meta"]["possible_overlap"]}
    jon = Person.of(writable, "jon").post("/studies", {**STUDY, "n_total": 2798, "country": "Malaysia"})
    reported = maria.post("/studies", {**STUDY, "reports": [{"citation_id": "R11"}]}).json()["meta"]["possible_overlap"]

    assert {"n_total", "country", "period"} == set(named[first["id"]])
    assert first["id"] not in {each["study_id"] for each in jon.json()["meta"]["possible_overlap"]}
    assert ("S7", ["report"]) == (reported[0]["study_id"], reported[0]["because"][:1])


def test_what_is_added_to_a_study_that_another_submitted_is_proposed(maria: Person) -> None:
    for response in (
        maria.post("/studies/S7/reports", {"citation_id": "R12"}),
        maria.post("/studies/S7/exposures", KRATOM),
    ):
        assert (202, "open") == (response.status_code, response.json()["data"]["state"])


BAD: list[tuple[dict[str, Any], str]] = [
    ({"title": "a\0b"}, "title"), ({"title": "a\ud800b"}, "title"), ({"title": "x" * 501}, "title"), ({"title": 7}, "title"),
    ({"title": ""}, "title"), ({"design": "guess"}, "design"), ({"subject": 7}, "subject"), ({"n_total": -1}, "n_total"),
    ({"n_total": 2**63}, "n_total"), ({"n_total": 2**31}, "n_total"), ({"n_total": 1.5}, "n_total"),
    ({"country": "x" * 65}, "country"), ({"period_start": "May"}, "period_start"), ({"titel": "x"}, "titel"),
    ({"period_start": "2020", "period_end": "2019"}, "period_end"), ({"overlap_group": "x"}, "overlap_group"),
    ({"registrations": ["x"] * 51}, "registrations"), ({"registrations": [7]}, "registrations.0"),
    ({"status": "accepted"}, "status"), ({"created_by": "edith"}, "created_by"), ({"version": 9}, "version"),
    ({"notes": "x" * 10_001}, "notes"), ({"population_contexts": ["nowhere"]}, "population_contexts.0"),
]  # fmt: skip


def test_what_cannot_be_kept_of_a_study_is_refused_by_the_name_of_the_field(writable: Writable, maria: Person) -> None:
    path = f"/studies/{maria.study()['id']}"
    before = revisions(writable)
    for fields, field in BAD:
        entered = fields_at_fault(maria.post("/studies", {**STUDY, **fields}))
        changed = fields_at_fault(maria.patch(path, fields, match='"1.1", "2.1", "3.1"'))

        assert all(field in each or "body" in each for each in (entered, changed)), (fields, entered, changed)
    assert before == revisions(writable)


def test_what_cannot_be_kept_of_an_exposure_is_refused(maria: Person) -> None:
    path = f"/studies/{maria.study()['id']}/exposures"
    for fields, field in (
        ({"substance": "other"}, "body"), ({"substance": "tea"}, "substance"), ({}, "substance"),
        ({"substance": "kratom_leaf", "dose": "x" * 501}, "dose"), ({"substance": "kratom_leaf", "x": 1}, "x"),
        ({"substance": "kratom_leaf", "co_interventions": ["magic"]}, "co_interventions.0"),
    ):  # fmt: skip
        assert {field} == fields_at_fault(maria.post(path, fields))


def test_a_request_sent_twice_enters_one_study(writable: Writable, maria: Person) -> None:
    first = maria.post("/studies", STUDY, **{"Idempotency-Key": "s-1"})
    before = revisions(writable)
    second = maria.post("/studies", STUDY, **{"Idempotency-Key": "s-1"})

    assert (first.content, before) == (second.content, revisions(writable))
