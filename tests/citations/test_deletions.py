"""What a DeleteCitation of PubMed means for a record, in whatever order files come and however often."""

import pytest

from app.citations import signals
from app.citations.draft import CitationDraft
from app.database import Store
from app.history.events import Revision
from tests.citations.drafts import a_citation, by_pmid, revisions, take_in


def _edition(day: str) -> CitationDraft:
    return a_citation("1", revised_on=day, title=f"As of {day}")


def test_update_files_imported_again_leave_a_record_that_came_back_as_it_is(store: Store) -> None:
    files = [_edition("2024-01-01"), ["1", "7"], _edition("2024-03-01")]
    _import(store, files)
    before = revisions(store)
    assert "current" == by_pmid(store, "1").standing

    _import(store, files * 2)

    assert ("current", before) == (by_pmid(store, "1").standing, revisions(store))


def test_a_deletion_before_its_record_was_here_is_known_again_as_well(store: Store) -> None:
    files = [["1"], _edition("2024-01-01"), _edition("2024-03-01")]
    _import(store, files)
    before = revisions(store)

    _import(store, files)

    assert ("current", before) == (by_pmid(store, "1").standing, revisions(store))


def test_a_record_that_came_back_can_be_taken_back_again(store: Store) -> None:
    _import(store, [_edition("2024-01-01"), ["1", "7"], _edition("2024-03-01"), ["1", "8"]])
    assert "deleted_upstream" == by_pmid(store, "1").standing

    _import(store, [_edition("2024-05-01"), ["1", "7"], ["8", "1"]])

    assert "current" == by_pmid(store, "1").standing


@pytest.mark.parametrize("again", [1, 2])
def test_a_deletion_that_nothing_lifted_holds_however_often_it_is_told(store: Store, again: int) -> None:
    _import(store, [_edition("2024-03-01"), *[["1"], _edition("2024-01-01")] * again])

    assert "deleted_upstream" == by_pmid(store, "1").standing


def test_the_first_record_that_pubmed_sends_after_a_file_lifts_no_deletion(store: Store) -> None:
    _import(store, [a_citation("1", source="ris"), ["1"], _edition("2024-01-01")])
    assert "deleted_upstream" == by_pmid(store, "1").standing

    _import(store, [_edition("2024-03-01")])

    assert "current" == by_pmid(store, "1").standing


def _import(store: Store, pieces: list[CitationDraft | list[str]]) -> None:
    """Take in records and lists of deletions in this order, each as a batch of its own."""
    for piece in pieces:
        if isinstance(piece, CitationDraft):
            take_in(store, piece)
            continue
        with store.writing() as session:
            revision = Revision(actor="test", reason="deletions")
            signals.mark_deleted(session, revision, piece)
            revision.seal(session)
