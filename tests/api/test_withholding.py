"""Whose text ``/changes``, the histories and the feeds tell to whom, however a record went on."""

from typing import Any

import pytest

from tests.api.curating import Person, good
from tests.api.serving import Writable

COMMENT = "Table 2 has 31 of 67, not 13"
TABLED = [{"text": "slept badly", "location": "table", "page": "Table 2"}]
RETIRED = {"reason": "Entered for a trial run"}


@pytest.fixture
def olga(writable: Writable) -> Person:
    return Person.of(writable, "olga")


@pytest.fixture
def edith(writable: Writable) -> Person:
    return Person.of(writable, "edith", "editor")


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
