"""What only a file gave stays when PubMed takes the record over; what PubMed gave, PubMed may take away."""

from typing import Any

import pytest

from app.citations.draft import Author, CorrectionLink, Identifier
from app.database import Store
from tests.citations.drafts import a_citation, abstract, by_pmid, fates, revisions, stored, take_in, tied


def _edition(month: int, **fields: Any) -> Any:
    return a_citation("1", revised_on=f"2024-{month:02}-01", **fields)


def test_what_only_a_file_gave_outlasts_every_edition_of_pubmed(store: Store) -> None:
    take_in(
        store,
        a_citation("1", doi="10.1/a", source="ris", texts=abstract("Slept."), extras={"N1": ["box 3"]}, pages="7"),
    )

    for month in (1, 2, 3):
        take_in(store, _edition(month, title=f"Kratom {month}", extras={"history": [f"{month}"]}))

    now = stored(store, 1).draft
    assert (abstract("Slept."), "7", "10.1/a") == (now.texts, now.pages, now.identifier("doi"))
    assert ({"N1": ["box 3"], "history": ["3"]}, "Kratom 3") == (now.extras, now.title)
    assert ["unchanged"] == fates(take_in(store, a_citation(doi="10.1/a", source="ris", title="Kratom 3")))


def test_what_pubmed_gave_once_a_later_edition_takes_away_though_a_file_had_said_the_same(store: Store) -> None:
    retracted = tied("RetractionIn", "9")
    take_in(store, a_citation("1", doi="10.1/a", source="nbib", corrections=retracted, volume="3", pages="7"))
    take_in(store, _edition(1, doi="10.1/a", corrections=retracted, volume="3"))
    assert "retracted" == by_pmid(store, "1").standing

    take_in(store, _edition(2, doi="10.1/b"))

    now = by_pmid(store, "1")
    assert ("current", None, "7") == (now.standing, now.draft.volume, now.draft.pages)
    assert {("pmid", "1"), ("doi", "10.1/b")} == {(i.scheme, i.value) for i in now.identifiers}


def test_what_pubmed_comes_to_say_itself_is_pubmeds_from_then_on(store: Store) -> None:
    take_in(store, a_citation("1", source="ris", texts=abstract("Slept."), volume="3"))
    take_in(store, _edition(1))
    take_in(store, _edition(2, texts=abstract("Slept."), volume="4"))

    take_in(store, _edition(3))

    assert ((), None) == (by_pmid(store, "1").draft.texts, by_pmid(store, "1").draft.volume)


def test_a_record_that_was_always_pubmeds_keeps_nothing_that_pubmed_takes_away(store: Store) -> None:
    take_in(store, _edition(1, doi="10.1/a", texts=abstract("Slept."), extras={"genes": ["OPRM1"]}))

    take_in(store, _edition(2))

    now = by_pmid(store, "1").draft
    assert ((), None, {}) == (now.texts, now.identifier("doi"), now.extras)


@pytest.mark.parametrize("authors", [(Author("Smith"), Author("Rogers")), ()])
def test_whether_authors_are_all_named_is_said_by_whoever_names_them(store: Store, authors: tuple[Author, ...]) -> None:
    take_in(
        store, a_citation("1", source="csv", authors=(Author("Smith"),), authors_complete=False, source_type="book")
    )

    for month in (1, 2):
        take_in(store, _edition(month, authors=authors, pages=str(month)))

    now = by_pmid(store, "1").draft
    assert (authors or (Author("Smith"),), bool(authors)) == (now.authors, now.authors_complete)
    assert "journal_article" == now.source_type


def test_the_retraction_that_only_a_file_told_outlasts_the_editions_that_are_silent_about_it(store: Store) -> None:
    told = (CorrectionLink("RetractionIn", None, "J Sleep. 2025"),)
    take_in(store, a_citation("1", source="nbib", corrections=told))

    for month in (1, 2):
        take_in(store, _edition(month, pages=str(month)))

    assert ("retracted", told) == (by_pmid(store, "1").standing, by_pmid(store, "1").draft.corrections)


def test_editions_after_a_file_taken_in_again_change_nothing(store: Store) -> None:
    file = a_citation("1", source="ris", texts=abstract("Slept."), identifiers=(_id("pmid", "1"), _id("doi", "10.1/a")))
    drafts = [file, _edition(1, pages="1"), _edition(2, pages="2")]
    for draft in drafts:
        take_in(store, draft)
    before = revisions(store), stored(store, 1)

    assert ["unchanged"] * 6 == [fates(take_in(store, draft))[0] for draft in drafts * 2]
    assert before == (revisions(store), stored(store, 1))


def _id(scheme: str, value: str) -> Identifier:
    return Identifier(scheme, value)
