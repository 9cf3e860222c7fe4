"""``/flags`` and what readers are shown of a report that does not stand as it was."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from app.citations import edit, store
from app.citations.rows import prepare
from app.curation import consequences, flags
from app.findings import quotes
from app.models.finding import Finding
from tests.api.curating import Person, good
from tests.api.people import signed_in
from tests.api.serving import API, Writable, all_pages, problem
from tests.citations.drafts import a_citation, tied
from tests.factories import a_finding

PMID = "33868054"


@pytest.fixture
def report(writable: Writable) -> str:
    """The id of the report with that PMID, as the starter corpus numbers it."""
    (found,) = writable.json(f"/citations?pmid={PMID}")["data"]
    return str(found["id"])


def _arrive(writable: Writable, *drafts: Any) -> None:
    with writable.write() as (session, revision):
        store.take_in(session, revision, [prepare(draft) for draft in drafts])
        consequences.follow(session, revision)


def _retract(writable: Writable) -> str:
    _arrive(writable, a_citation("70000002", title="Retraction", corrections=tied("RetractionOf", PMID)))
    return str(writable.json("/citations?pmid=70000002")["data"][0]["id"])


def _of_report(writable: Writable, report: str) -> list[dict[str, Any]]:
    rows = all_pages(writable.client, f"{API}/findings?evidence=all&limit=100")
    return [row for row in rows if row["report_id"] == report]


def test_nothing_is_flagged_in_the_starter_corpus(client: TestClient) -> None:
    body = client.get(f"{API}/flags").json()

    assert ([], 0) == (body["data"], body["page"]["total"])


def test_a_retraction_is_shown_on_the_citation_the_study_and_each_finding_with_its_notice(
    writable: Writable, report: str
) -> None:
    before = _of_report(writable, report)
    paths = [f"/citations/{report}", f"/studies/{before[0]['study_id']}", f"/findings/{before[0]['id']}"]
    tags = [writable.tag(path) for path in paths]

    notice = _retract(writable)

    citation, study, finding = (writable.json(path)["data"] for path in paths)
    shown = {
        "standing": "retracted", "said_by": ["notice"], "kinds": ["RetractionOf"], "pmid": "70000002",
        "citation_id": notice, "text": None,
    }  # fmt: skip
    assert [shown] == citation["notices"] == finding["report_notices"]
    assert [shown] == next(each for each in study["reports"] if each["id"] == report)["notices"]
    assert "retracted" == study["standing"]
    assert (1, len(before)) == (study["report_standings"]["retracted"], study["findings_left"])
    assert (True, False) == (before[0]["counts_as_evidence"], finding["counts_as_evidence"])
    assert all(old != writable.tag(path) for old, path in zip(tags, paths, strict=True))
    assert [shown] == _of_report(writable, report)[0]["report_notices"]


def test_findings_of_a_retracted_report_are_flagged_listed_and_in_the_changes(writable: Writable, report: str) -> None:
    findings = {row["id"] for row in _of_report(writable, report)}
    since = writable.json("/changes")["meta"]["data_revision"]

    _retract(writable)

    flagged = all_pages(writable.client, f"{API}/flags?state=open&kind=report_left_counts&limit=2")
    (first, *_) = flagged
    changes = writable.json(f"/changes?since={since}&kind=flag&limit=100")["data"]
    assert findings == {row["record_id"] for row in flagged}
    assert len(findings) == len(flagged) == len(changes)
    assert [first] == writable.json(f"/flags?record={first['record_id']}")["data"]
    assert first == writable.json(f"/flags/{first['id']}")["data"]
    assert {("add", False, f"{API}/flags/{row['id']}") for row in changes} == {
        (row["op"], row["withheld"], row["url"]) for row in changes
    }
    study = writable.json(f"/findings/{first['record_id']}")["data"]["study_id"]
    assert "flag" in {row["kind"] for row in writable.json(f"/studies/{study}/history")["data"]}


def test_a_flag_on_work_that_is_not_public_is_not_shown(writable: Writable) -> None:
    with writable.write() as (session, revision):
        draft = a_finding(session, revision, status="draft").id
        flag = flags.raise_by_person(session, revision, ("finding", draft), reason="Is this the right dose?").id

    assert (404, "NotFound") == problem(writable.get(f"/flags/G{flag}"))
    assert 0 == writable.json("/flags")["page"]["total"]
    assert [True] == [row["withheld"] for row in writable.json("/changes?kind=flag")["data"]]


def test_what_a_person_flags_is_shown_with_who_and_when_it_was_resolved(writable: Writable) -> None:
    with writable.write() as (session, revision):
        flag = flags.raise_by_person(session, revision, ("finding", 44), reason=" Is this the right dose? ").id
    with writable.write() as (session, revision):
        flags.resolve(session, revision, flag, resolution="It is.")

    shown = writable.json(f"/flags/G{flag}")["data"]
    assert ("person", "F44", "Is this the right dose?", "resolved", "ada", "ada", "It is.", 2) == tuple(
        shown[name]
        for name in (
            "kind", "record_id", "reason", "state", "created_by", "resolved_by", "resolution", "version",
        )
    )  # fmt: skip
    assert [] == writable.json("/flags?state=open")["data"]


def test_a_quote_that_became_stale_is_marked_and_still_counts(writable: Writable, report: str) -> None:
    path = f"/findings/{_of_report(writable, report)[0]['id']}"
    with writable.write() as (session, revision):
        edit.edit(session, revision, int(report[1:]), {"texts": [{"text": "They slept badly."}]}, actor="ada")
        finding = session.get_one(Finding, int(path[11:]))
        quotes.record(session, revision, quotes.QuoteDraft(text="slept badly"), finding)
    assert "verified" == writable.json(path)["data"]["quote_state"]
    tag = writable.tag(path)
    with writable.write() as (session, revision):
        edit.edit(session, revision, int(report[1:]), {"texts": [{"text": "They slept."}]}, actor="ada")
        consequences.follow(session, revision)

    shown = writable.json(path)["data"]
    assert ("stale", True) == (shown["quote_state"], shown["counts_as_evidence"])
    assert tag != writable.tag(path)


def test_a_curator_raises_a_flag_and_closes_it(writable: Writable) -> None:
    who = signed_in(writable.store, "curator", name="maria")
    entry = {"record": "F44", "reason": "Is this the right dose?"}
    raised = writable.client.post(f"{API}/flags", json=entry, headers=who)
    path = raised.headers["location"].removeprefix(API)
    close = {"json": {"resolution": "It is."}, "headers": who | {"If-Match": writable.tag(path)}}
    closed = writable.client.post(f"{API}{path}/resolve", **close)
    again = writable.client.post(f"{API}{path}/resolve", json={}, headers=who | {"If-Match": writable.tag(path)})

    assert (201, "open", "maria") == (
        raised.status_code, raised.json()["data"]["state"], raised.json()["data"]["created_by"]
    )  # fmt: skip
    assert ("resolved", "It is.") == (closed.json()["data"]["state"], closed.json()["data"]["resolution"])
    assert (412, "Stale") == problem(writable.client.post(f"{API}{path}/resolve", **close))
    assert (409, "Conflict") == problem(again)


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ({"record": "F9999", "reason": "Why?"}, (404, "NotFound")),
        ({"record": "E1", "reason": "Why?"}, (422, "Invalid")),
        ({"record": "F44", "reason": " "}, (422, "Invalid")),
        ({"record": "F44", "reason": "x" * 2_001}, (422, "Invalid")),
        ({"record": "F44"}, (422, "Invalid")),
    ],
)
def test_a_flag_names_a_record_and_a_reason(
    writable: Writable, entry: dict[str, str], expected: tuple[int, str]
) -> None:
    who = signed_in(writable.store)

    assert expected == problem(writable.client.post(f"{API}/flags", json=entry, headers=who))


def test_what_one_may_not_read_one_neither_flags_nor_closes_the_flag_on(writable: Writable) -> None:
    maria, olga = Person.of(writable, "maria"), Person.of(writable, "olga")
    study = maria.study()
    finding = maria.finding(study)
    for record in (study["id"], finding["id"]):
        entry = {"record": record, "reason": "Is this the right dose?"}
        flag = good(maria.post("/flags", entry), 201)["id"]
        none = olga.act("/flags/G9999/resolve", match='"1.1"')
        hidden = olga.act(f"/flags/{flag}/resolve", match='"1.1"')

        assert (404, "NotFound") == problem(olga.post("/flags", entry)) == problem(hidden)
        assert "right dose" not in hidden.text
        assert none.json()["detail"].replace("G9999", flag) == hidden.json()["detail"]
        assert "resolved" == good(maria.act(f"/flags/{flag}/resolve", match='"1.1"'))["state"]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/flags/G1", (404, "NotFound")),
        ("/flags/F1", (404, "NotFound")),
        ("/flags?state=closed", (422, "UnknownValue")),
        ("/flags?kind=odd", (422, "UnknownValue")),
        ("/flags?record=X1", (422, "Invalid")),
        ("/flags?record=F0", (404, "NotFound")),
        ("/flags?cursor=x", (422, "MalformedCursor")),
        ("/flags?colour=red", (422, "UnknownParameter")),
    ],
)
def test_what_cannot_be_asked_of_flags_is_refused_by_name(
    client: TestClient, path: str, expected: tuple[int, str]
) -> None:
    assert expected == problem(client.get(f"{API}{path}"))
