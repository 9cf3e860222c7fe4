from typing import Any

import pytest

from app.citations.edit import edit
from app.database import Store
from app.errors import Conflict, Invalid, NotFound, UnknownParameter
from app.history.events import Revision
from tests.citations.drafts import a_citation, abstract, changes, revisions, stored, take_in, tied
from tests.search.asked import found_by


def _edit(store: Store, citation_id: int, **values: Any) -> tuple[str, ...]:
    with store.writing() as session:
        revision = Revision(actor="ada", reason="a correction")
        changed = edit(session, revision, citation_id, values, actor="ada")
        revision.seal(session)
    return changed


@pytest.fixture
def one(store: Store) -> int:
    (outcome,) = take_in(store, a_citation("1", doi="10.1/a", revised_on="2024", texts=abstract("Old words.")))
    return outcome.citation_id


def test_a_persons_edit_is_stored_marked_and_in_the_history(store: Store, one: int) -> None:
    assert ("title",) == _edit(store, one, title="The right title")

    now = stored(store, one)
    assert ("The right title", 2, "ada") == (now.draft.title, now.version, now.person_set["title"]["by"])
    assert now.edited_at is not None
    assert ("citation", one, "edit", '{"title":"Kratom and sleep"}', '{"title":"The right title"}') == changes(store)[
        -1
    ]


def test_what_a_person_set_survives_every_later_sync(store: Store, one: int) -> None:
    _edit(store, one, title="The right title")

    (outcome,) = take_in(
        store, a_citation("1", doi="10.1/a", revised_on="2025", title="Worse", texts=abstract("New words."))
    )

    now = stored(store, one)
    assert ("changed", ("texts",)) == (outcome.fate, outcome.changed_fields)
    assert ("The right title", abstract("New words.")) == (now.draft.title, now.draft.texts)
    assert {"title"} == set(now.person_set)


def test_a_sync_that_differs_only_where_a_person_set_changes_nothing_but_notes_the_difference(
    store: Store, one: int
) -> None:
    _edit(store, one, title="The right title")
    before = revisions(store)

    told = []
    for year in ("2025", "2026"):
        (outcome,) = take_in(
            store, a_citation("1", doi="10.1/a", revised_on=year, title="Worse", texts=abstract("Old words."))
        )
        told.append((outcome.fate, revisions(store) - before))

    assert [("unchanged", 1), ("unchanged", 1)] == told
    assert ("difference", "add") == (changes(store)[-1][0], changes(store)[-1][2])


def test_a_field_that_a_person_emptied_stays_empty(store: Store, one: int) -> None:
    _edit(store, one, texts=None)
    take_in(store, a_citation("1", doi="10.1/a", revised_on="2025", texts=abstract("Old words.")))

    assert () == stored(store, one).draft.texts


def test_an_edit_is_found_by_its_new_words(store: Store, one: int) -> None:
    _edit(store, one, authors=[{"family": "Łukasiewicz", "initials": "J"}], texts=[{"text": "Zebrafish slept."}])

    with store.reading() as session:
        found = [found_by(session, asked) for asked in ("łukasiewicz zebrafish", "old")]
    assert [{one}, set()] == found


def test_an_edit_that_changes_nothing_writes_nothing(store: Store, one: int) -> None:
    assert () == _edit(store, one, title="Kratom and sleep")
    assert (1, {}) == (revisions(store), dict(stored(store, one).person_set))


def test_a_tie_that_a_person_enters_counts_for_the_standing(store: Store, one: int) -> None:
    _edit(store, one, corrections=[{"kind": "RetractionIn", "source_text": "J Sleep. 2026"}])

    assert "retracted" == stored(store, one).standing


def test_an_identifier_is_put_into_its_normal_form(store: Store, one: int) -> None:
    _edit(
        store,
        one,
        identifiers=[{"scheme": "pmid", "value": "PMID: 1"}, {"scheme": "doi", "value": "https://doi.org/10.1000/ABC"}],
    )

    assert "10.1000/abc" == stored(store, one).draft.identifier("doi")


@pytest.mark.parametrize(
    ("values", "error", "field"),
    [
        ({"payload_hash": "x"}, UnknownParameter, "payload_hash"),
        ({"source": "me"}, UnknownParameter, "source"),
        ({"colour": "red"}, UnknownParameter, "colour"),
        ({"title": 7}, Invalid, "title"),
        ({"texts": [{"words": "x"}]}, Invalid, "texts"),
        ({"identifiers": [{"scheme": "doi", "value": "not a doi"}]}, Invalid, "identifiers"),
    ],
)
def test_what_cannot_be_set_is_refused_with_its_name(
    store: Store, one: int, values: Any, error: type[Invalid], field: str
) -> None:
    with pytest.raises(error) as refusal:
        _edit(store, one, **values)

    assert field == refusal.value.field


def test_an_identifier_of_another_citation_is_refused(store: Store, one: int) -> None:
    take_in(store, a_citation("2", doi="10.1/taken"))

    with pytest.raises(Conflict, match=r"DOI 10\.1001/taken|belongs to citation R"):
        _edit(store, one, identifiers=[{"scheme": "pmid", "value": "2"}])


def test_a_citation_that_is_not_there_cannot_be_edited(store: Store) -> None:
    with pytest.raises(NotFound):
        _edit(store, 999, title="x")


def test_a_notice_entered_by_hand_reaches_the_record_it_names(store: Store, one: int) -> None:
    (notice,) = take_in(store, a_citation("8", title="A notice"))
    _edit(
        store,
        notice.citation_id,
        corrections=[{"kind": link.kind, "pmid": link.pmid} for link in tied("RetractionOf", "1")],
    )

    assert "retracted" == stored(store, one).standing
