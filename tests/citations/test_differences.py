"""A person's edit against a later sync: the edit wins, the difference waits, and every field knows where it came from."""

from typing import Any

import pytest

from app.citations import provenance
from app.citations.edit import edit
from app.citations.provenance import PERSON
from app.citations.rows import prepare
from app.citations.store import take_in as take_in_records
from app.curation import differences
from app.curation.differences import Asked
from app.database import Store
from app.errors import Conflict
from app.history.events import Revision
from app.models.citation import FieldDifference
from tests.citations.drafts import a_citation, abstract, changes, fates, revisions, stored, take_in


def _edit(store: Store, **values: Any) -> None:
    with store.writing() as session:
        revision = Revision(actor="ada", reason="a correction")
        edit(session, revision, 1, values, actor="ada")
        revision.seal(session)


def _sync(store: Store, year: str, **fields: Any) -> list[str]:
    return fates(take_in(store, a_citation("1", revised_on=year, **fields)))


def _decide(store: Store, what: Any, number: int) -> None:
    with store.writing() as session:
        revision = Revision(actor="grace", reason="a decision")
        what(session, revision, number)
        revision.seal(session)


def _all(store: Store, *states: str) -> list[FieldDifference]:
    with store.reading() as session:
        return list(differences.page(session, Asked(states), after=None, limit=100))


def _told(store: Store) -> list[tuple[int, str, str, str, str]]:
    return [(one.id, one.field, one.held, one.offered, one.state) for one in _all(store)]


@pytest.fixture
def edited(store: Store) -> Store:
    """A record of PubMed whose title a person set."""
    _sync(store, "2024", title="Old")
    _edit(store, title="Mine")
    return store


def test_a_later_sync_that_differs_waits_for_a_decision(edited: Store) -> None:
    fate = _sync(edited, "2025", title="New", pages="1-9")

    assert ["changed"] == fate
    assert "Mine" == stored(edited, 1).draft.title
    assert [(1, "title", '"Mine"', '"New"', "open")] == _told(edited)
    assert ("difference", 1, "add") in [change[:3] for change in changes(edited)]


def test_a_sync_that_agrees_makes_no_difference(edited: Store) -> None:
    _sync(edited, "2025", title="Mine")

    assert [] == _told(edited)


def test_one_difference_is_open_for_a_field_and_follows_both_sides(edited: Store) -> None:
    _sync(edited, "2025", title="New")
    _sync(edited, "2026", title="Newer")
    _edit(edited, title="Mine, corrected")

    assert [(1, "title", '"Mine, corrected"', '"Newer"', "open")] == _told(edited)


@pytest.mark.parametrize("side", ["source", "person"])
def test_a_difference_is_settled_when_both_come_to_agree(edited: Store, side: str) -> None:
    _sync(edited, "2025", title="New")
    if side == "source":
        _sync(edited, "2026", title="Mine")
    else:
        _edit(edited, title="New")

    assert ["agreed"] == [one.state for one in _all(edited)]


def test_what_was_kept_out_is_not_offered_again_and_something_else_is(edited: Store) -> None:
    _sync(edited, "2025", title="New")
    _decide(edited, differences.keep, 1)
    before = revisions(edited)
    _sync(edited, "2026", title="New")
    same = (revisions(edited), len(_all(edited)))
    _sync(edited, "2027", title="Newer")

    assert (before, 1) == same
    assert [("Mine", '"Newer"', "open"), ("Mine", '"New"', "kept")] == [
        (stored(edited, 1).draft.title, one.offered, one.state) for one in _all(edited)
    ]
    assert [None, "grace"] == [one.decided_by for one in _all(edited)]


def test_what_is_taken_stands_and_later_syncs_may_change_it(edited: Store) -> None:
    _sync(edited, "2025", title="New")
    _decide(edited, differences.take, 1)
    taken = stored(edited, 1)
    _sync(edited, "2026", title="Newer")

    assert ("New", {}) == (taken.draft.title, taken.person_set)
    assert "Newer" == stored(edited, 1).draft.title
    assert [] == _all(edited, "open")


@pytest.mark.parametrize("again", [differences.keep, differences.take])
def test_a_difference_is_decided_once(edited: Store, again: Any) -> None:
    _sync(edited, "2025", title="New")
    _decide(edited, differences.keep, 1)

    with pytest.raises(Conflict, match="settled already: kept by grace"):
        _decide(edited, again, 1)


def test_every_decision_is_one_data_revision(edited: Store) -> None:
    _sync(edited, "2025", title="New")
    before = revisions(edited)
    _decide(edited, differences.take, 1)

    assert before + 1 == revisions(edited)
    assert [("difference", "status"), ("citation", "edit")] == [(c[0], c[2]) for c in changes(edited)[-2:]]


def _origins(store: Store) -> dict[str, tuple[str, int | None, str]]:
    with store.reading() as session:
        found = provenance.of(session, stored(store, 1))
    told = {"": found.first, **found.fields}
    return {name: (one.source, one.run_id, one.actor) for name, one in told.items() if one}


def _run(store: Store, number: int, year: str, **fields: Any) -> None:
    with store.writing() as session:
        revision = Revision(actor="cron", reason=f"import run {number}")
        take_in_records(session, revision, [prepare(a_citation("1", revised_on=year, **fields))])
        revision.seal(session)


def test_every_field_knows_its_source_its_run_and_who_set_it(store: Store) -> None:
    _run(store, 1, "2024", source="ris", title="Old", pages="1")
    _run(store, 2, "2025", title="Old", pages="2", texts=abstract("Text."))
    _edit(store, volume="7")

    assert {
        "": ("ris", 1, "cron"),
        "source": ("pubmed", 2, "cron"),
        "pages": ("pubmed", 2, "cron"),
        "texts": ("pubmed", 2, "cron"),
        "volume": (PERSON, None, "ada"),
    } == _origins(store)


def test_a_payload_that_was_replaced_in_the_same_edition_does_not_come_back(store: Store) -> None:
    titles = []
    for title in ("A", "B", "A", "B", "A", "C", "B"):
        _sync(store, "2024", title=title)
        titles.append(stored(store, 1).draft.title)
    before = revisions(store)
    _sync(store, "2025", title="A")

    assert ["A", "B", "B", "B", "B", "C", "C"] == titles
    assert (3, "A") == (before, stored(store, 1).draft.title)
