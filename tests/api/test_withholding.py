"""Whose text ``/changes``, the histories and the feeds tell to whom, however a record went on."""

import json
from typing import Any

from tests.api.curating import TABLED, Person, good
from tests.api.serving import Writable

COMMENT = "Table 2 has 31 of 67, not 13"
RETIRED = {"reason": "Entered for a trial run"}


def _told(writable: Writable) -> str:
    """All that a reader without an account is told of what changed since the starter corpus."""
    answers = [writable.get("/changes?since=1&limit=100"), writable.client.get("/feeds/changes.atom?since=1&limit=100")]
    return "\n".join(answer.text for answer in answers)


def _flag(person: Person, record: dict[str, Any]) -> None:
    good(person.post("/flags", {"record": record["id"], "reason": "Is this flagged dose right?"}), 201)


def test_a_draft_that_nobody_saw_is_told_to_nobody_once_it_is_retired(
    writable: Writable, olga: Person, edith: Person
) -> None:
    study = olga.study(title="A secret study")
    finding = olga.finding(study, summary="A secret finding", quotes=TABLED)
    public = good(olga.act(f"/studies/{olga.study()['id']}/submit"))
    draft = olga.finding(public, summary="A secret finding of a public study")
    for record in (study, finding, draft):
        _flag(olga, record)
    for path in (f"/findings/{finding['id']}", f"/studies/{study['id']}", f"/findings/{draft['id']}"):
        good(olga.act(f"{path}/retire", RETIRED))

    assert [] == [
        words for words in ("secret", "slept badly", "flagged", RETIRED["reason"]) if words in _told(writable)
    ]
    assert "secret finding" not in writable.get(f"/studies/{public['id']}/history").text
    for who in (olga, edith):
        told = good(who.get("/changes?since=1&kind=finding&actor=olga&limit=100"))

        assert {False} == {row["withheld"] for row in told}


def test_what_was_public_keeps_its_past_readable_once_it_is_retired(
    writable: Writable, olga: Person, edith: Person
) -> None:
    study = olga.study(title="A study that was seen")
    finding = olga.finding(study, summary="A finding that was seen", quotes=TABLED)
    good(olga.act(f"/studies/{study['id']}/submit", {"with_findings": True}))
    _flag(olga, finding)
    for path in (f"/findings/{finding['id']}", f"/studies/{study['id']}"):
        good(edith.act(f"{path}/retire", RETIRED))
    told = _told(writable)

    assert [] == [
        words for words in ("that was seen", "slept badly", "flagged", RETIRED["reason"]) if words not in told
    ]


def test_a_comment_on_a_draft_is_told_with_the_draft(writable: Writable, olga: Person, edith: Person) -> None:
    study = olga.study()
    finding = olga.finding(study, quotes=TABLED)
    good(olga.patch(f"/findings/{finding['id']}", {"summary": "Others.", "comment": COMMENT}))
    good(olga.patch(f"/studies/{study['id']}", {"title": "Another title", "comment": COMMENT}))
    changes = [
        writable.json(f"/changes?since=1&limit=100&op=edit&kind={kind}")["data"] for kind in ("finding", "study")
    ]

    assert COMMENT not in _told(writable)
    assert ["edit finding", "edit study"] == [rows[-1]["reason"] for rows in changes]
    for who in (olga, edith):
        assert COMMENT in who.get("/changes?since=1&limit=100").text

    good(olga.act(f"/studies/{study['id']}/submit", {"with_findings": True}))
    assert COMMENT in _told(writable)
    assert COMMENT in writable.get(f"/findings/{finding['id']}/history").text


def test_what_a_reviewer_said_is_read_by_whoever_may_read_the_record(
    writable: Writable, olga: Person, edith: Person
) -> None:
    study, other = olga.study(), Person.of(writable, "maria")
    path = f"/studies/{study['id']}"
    assert olga.get(path).json()["meta"]["review"] is None
    good(olga.act(f"{path}/submit"))
    tag = olga.tag(path)
    said = {"comment": "The design is a case report.", "interest": "none"}
    good(edith.act(f"{path}/reject", said))
    review = olga.get(path).json()["meta"]["review"]

    assert tag != olga.tag(path)
    assert {**said, "decision": "rejected", "reviewer": "edith"} == {
        name: review[name] for name in review if name != "at"
    }
    assert ["edith"] == [row["actor"] for row in good(olga.get(f"{path}/history")) if row["kind"] == "review"]
    told = [good(who.get("/changes?kind=review"))[0]["withheld"] for who in (olga, edith, other)]
    assert [False, False, True] == told
    assert said["comment"] not in _told(writable)

    good(olga.act(f"{path}/recall"))
    good(olga.act(f"{path}/submit"))
    before = writable.json("/changes")["meta"]["data_revision"]
    tag = olga.tag(path)
    good(edith.act(f"{path}/accept", {"interest": "I teach yoga."}))

    assert tag != writable.tag(path)
    assert "I teach yoga." == writable.json(path)["meta"]["review"]["interest"]
    assert "rejected" == writable.json(f"{path}?as_of={before}")["meta"]["review"]["decision"]
    assert ["rejected", "accepted"] == [
        json.loads(row["after"])["decision"]
        for row in writable.json(f"{path}/history")["data"]
        if row["kind"] == "review"
    ]


def test_reviews_of_a_finding_and_of_a_proposal_are_found_at_both(
    writable: Writable, olga: Person, edith: Person
) -> None:
    study = olga.study()
    finding = f"/findings/{olga.finding(study, quotes=TABLED)['id']}"
    good(olga.act(f"/studies/{study['id']}/submit", {"with_findings": True}))
    good(edith.act(f"{finding}/accept", {"interest": "none", "comment": "Seen in the table."}))
    proposal = good(olga.patch(finding, {"summary": "Most slept badly."}), 202)["id"]
    tag = olga.tag(f"/proposals/{proposal}")
    good(edith.act(f"/proposals/{proposal}/reject", {"comment": "Not most."}))

    assert "Seen in the table." == writable.json(finding)["meta"]["review"]["comment"]
    assert "Not most." == olga.get(f"/proposals/{proposal}").json()["meta"]["review"]["comment"]
    assert tag != olga.tag(f"/proposals/{proposal}")
    for path in (f"{finding}/history", f"/studies/{study['id']}/history"):
        assert "Seen in the table." in writable.get(path).text
    assert "Not most." in olga.get(f"{finding}/history").text
    assert "Not most." not in writable.get(f"{finding}/history").text + _told(writable)


def test_a_proposal_about_an_exposure_is_found_at_its_study(writable: Writable, olga: Person, edith: Person) -> None:
    study = olga.study()
    good(olga.act(f"/studies/{study['id']}/submit"))
    path = f"/studies/{study['id']}"
    good(edith.act(f"{path}/accept", {"interest": "none"}))
    exposure = f"{path}/exposures/{study['exposures'][0]['id']}"
    proposal = good(olga.patch(exposure, {"preparation": "extract"}, of=path), 202)["id"]

    assert [proposal] == [each["id"] for each in good(olga.get(f"/proposals?record={study['id']}"))]
    assert proposal in {row["id"] for row in good(olga.get(f"{path}/history"))}
