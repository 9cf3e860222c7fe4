import pytest
from msgspec.structs import replace
from sqlalchemy import func, select

from app.citations import signals
from app.citations import store as citations
from app.citations.draft import Author, Identifier
from app.citations.rows import prepare
from app.database import Store
from app.errors import NotFound
from app.history.events import Revision
from app.history.queries import broken_links
from app.models.citation import Citation, CitationText
from app.models.history import StandingVersion
from tests.citations.drafts import (
    a_citation,
    abstract,
    by_pmid,
    changes,
    fates,
    revisions,
    stored,
    take_in,
    tied,
    typed,
)


def test_a_new_record_is_added_with_everything_it_says(store: Store) -> None:
    draft = a_citation(
        "1", doi="10.1/a", texts=abstract("Sleep got better.", "Or not."), publication_types=typed("Review")
    )

    (outcome,) = take_in(store, draft)

    assert "added" == outcome.fate
    assert draft == stored(store, outcome.citation_id).draft
    assert [("citation", outcome.citation_id, "add", None, draft.payload_hash)] == changes(store)


def test_taking_the_same_records_in_again_changes_nothing_and_leaves_no_data_revision(store: Store) -> None:
    drafts = [a_citation(str(pmid), doi=f"10.1/{pmid}") for pmid in range(1, 30)]
    take_in(store, *drafts)
    before = revisions(store), stored(store, 1)

    for _ in range(3):
        assert {"unchanged"} == set(fates(take_in(store, *drafts)))

    assert before == (revisions(store), stored(store, 1))


def test_records_stored_under_other_hashes_are_compared_once_and_known_again_from_then_on(store: Store) -> None:
    drafts = [a_citation(str(pmid), doi=f"10.1/{pmid}", texts=abstract("Words.")) for pmid in range(1, 5)]
    take_in(store, *(replace(draft, payload_hash=f"{place:064x}") for place, draft in enumerate(drafts)))
    before = revisions(store)

    for _ in range(3):
        assert {"unchanged"} == set(fates(take_in(store, *drafts)))

    assert before == revisions(store)
    assert [draft.payload_hash for draft in drafts] == [stored(store, n).draft.payload_hash for n in range(1, 5)]


def test_a_later_edition_updates_the_fields_that_differ(store: Store) -> None:
    take_in(store, a_citation("1", revised_on="2024-01-01", texts=abstract("Old words.")))

    (outcome,) = take_in(store, a_citation("1", revised_on="2024-02-01", title="Better", texts=abstract("New words.")))

    assert ("changed", ("title", "texts")) == (outcome.fate, outcome.changed_fields)
    now = stored(store, outcome.citation_id)
    assert ("Better", abstract("New words."), "2024-02-01", 2) == (
        now.draft.title,
        now.draft.texts,
        now.draft.revised_on,
        now.version,
    )
    assert ("edit", '{"texts":[{"text":"Old words."}],"title":"Kratom and sleep"}') == changes(store)[-1][2:4]


@pytest.mark.parametrize(
    "older", [{"revised_on": "2023-12-31"}, {"revised_on": None}, {"version": 1, "revised_on": "2025-01-01"}]
)
def test_an_older_edition_never_updates(store: Store, older: dict[str, str]) -> None:
    take_in(store, a_citation("1", version=2, revised_on="2024-01-01"))

    (outcome,) = take_in(store, a_citation("1", title="Older", **{"version": 2, **older}))

    assert ("unchanged", "Kratom and sleep") == (outcome.fate, stored(store, outcome.citation_id).draft.title)
    assert 1 == revisions(store)


def test_an_edition_that_differs_in_nothing_but_its_date_is_remembered_without_a_data_revision(store: Store) -> None:
    take_in(store, a_citation("1", revised_on="2024-01-01"))

    (outcome,) = take_in(store, a_citation("1", revised_on="2024-02-01"))

    now = stored(store, outcome.citation_id)
    assert ("unchanged", "2024-02-01", 1) == (outcome.fate, now.draft.revised_on, now.version)
    assert 1 == revisions(store)


def test_of_two_versions_in_one_batch_the_higher_is_stored_whatever_their_order(store: Store) -> None:
    first, second = a_citation("1", version=1, title="One"), a_citation("1", version=2, title="Two")

    forward = take_in(store, first, second)
    backward = take_in(
        store,
        replace(second, identifiers=(Identifier("pmid", "2"),)),
        replace(first, identifiers=(Identifier("pmid", "2"),)),
    )

    assert ["repeated", "added"] == fates(forward)
    assert ["added", "repeated"] == fates(backward)
    assert ["Two", "Two"] == [by_pmid(store, pmid).draft.title for pmid in ("1", "2")]


def test_a_later_version_further_on_in_the_same_file_counts_as_repeated_and_still_updates(store: Store) -> None:
    seen: set[int] = set()
    take_in(store, a_citation("1", version=1), seen=seen)

    assert ["repeated"] == fates(take_in(store, a_citation("1", version=2, title="Two"), seen=seen))
    assert ["repeated"] == fates(take_in(store, a_citation("1", version=2, title="Another two"), seen=seen))
    assert "Two" == by_pmid(store, "1").draft.title


def test_a_citation_known_by_its_doi_alone_is_filled_by_pubmeds_record(store: Store) -> None:
    (first,) = take_in(store, a_citation(doi="10.1/a", title="Kratom", citation_text="Smith 2024"))

    (second,) = take_in(store, a_citation("1", doi="10.1/a", title="Kratom and sleep"))

    now = stored(store, first.citation_id)
    assert (first.citation_id, "changed") == (second.citation_id, second.fate)
    assert ("pubmed", "Kratom and sleep", "Smith 2024") == (now.draft.source, now.draft.title, now.draft.citation_text)
    assert {("pmid", "1"), ("doi", "10.1/a")} == {(i.scheme, i.value) for i in now.identifiers if i.identifies}


def test_a_lesser_source_never_overwrites_pubmeds_record(store: Store) -> None:
    take_in(store, a_citation("1", doi="10.1/a"))

    (outcome,) = take_in(store, a_citation(doi="10.1/a", title="From a reference manager"))

    assert ("unchanged", "Kratom and sleep") == (outcome.fate, by_pmid(store, "1").draft.title)


def test_a_doi_of_another_pmid_is_kept_without_identifying_and_both_are_named(store: Store) -> None:
    (first, second) = take_in(store, a_citation("1", doi="10.1/a"), a_citation("2", doi="10.1/a"))

    kept = {(i.scheme, i.identifies) for i in stored(store, second.citation_id).identifiers}
    assert ["added", "added"] == [first.fate, second.fate]
    assert {("pmid", True), ("doi", False)} == kept
    (notice,) = second.notices
    assert all(word in notice for word in ("10.1/a", "2", f"R{first.citation_id}", f"R{second.citation_id}"))


@pytest.mark.parametrize("order", [(0, 1, 2), (0, 2, 1), (1, 0, 2), (2, 1, 0)])
def test_a_version_that_gives_way_in_its_batch_keeps_no_identifier_from_others(
    store: Store, order: tuple[int, ...]
) -> None:
    first, second = a_citation("1", doi="10.1/q"), a_citation("1", doi="10.1/r", version=2)
    records = first, second, a_citation("2", doi="10.1/q")

    outcomes = take_in(store, *(records[place] for place in order))

    assert [] == [notice for outcome in outcomes for notice in outcome.notices]
    assert {("pmid", "2", True), ("doi", "10.1/q", True)} == {
        (i.scheme, i.value, i.identifies) for i in by_pmid(store, "2").identifiers
    }


def test_a_doi_that_moves_to_another_record_in_a_later_edition_is_no_fault(store: Store) -> None:
    take_in(store, a_citation("1", doi="10.1/a", revised_on="2024"), a_citation("2", doi="10.1/b", revised_on="2024"))

    outcomes = take_in(
        store, a_citation("1", doi="10.1/b", revised_on="2025"), a_citation("2", doi="10.1/a", revised_on="2025")
    )

    assert ["changed", "changed"] == fates(outcomes)
    assert [1, 1] == [len(outcome.notices) for outcome in outcomes]


def test_records_without_any_identifier_are_each_their_own(store: Store) -> None:
    one, same_title = a_citation(title="A talk"), a_citation(title="A talk", pages="7")

    assert ["added", "added"] == fates(take_in(store, one, same_title))


def test_a_record_without_any_identifier_is_known_when_it_comes_exactly_as_before(store: Store) -> None:
    one, same_title = a_citation(title="A talk"), a_citation(title="A talk", pages="7")
    take_in(store, one)
    before = revisions(store)

    assert ["unchanged", "repeated"] == fates(take_in(store, one, one))
    assert before == revisions(store)
    assert ["added", "unchanged"] == fates(take_in(store, same_title, one))


def test_of_sources_other_than_pubmed_a_later_one_only_fills_what_is_empty(store: Store) -> None:
    first = a_citation(doi="10.1000/a", source="ris", title="Kratom", volume="12", authors=(Author(family="Smith"),))
    later = a_citation(doi="10.1000/a", source="csv", title="KRATOM!", volume="13", pages="7-9")

    assert ["added", "changed", "unchanged", "unchanged"] == [
        fates(take_in(store, draft))[0] for draft in (first, later, first, later)
    ]
    kept = stored(store, 1).draft
    assert ("ris", "Kratom", "12", "7-9", "Smith") == (
        kept.source, kept.title, kept.volume, kept.pages, kept.authors[0].family,
    )  # fmt: skip


def test_a_reference_file_never_stands_over_pubmed_and_pubmed_always_over_a_file(store: Store) -> None:
    take_in(store, a_citation("1", title="From PubMed"), a_citation(doi="10.1000/2", source="ris", title="From a file"))
    worse = a_citation("1", source="nbib", title="Worse", pages="7", payload_hash="f")

    assert ["unchanged"] == fates(take_in(store, worse))
    assert ("From PubMed", None) == (by_pmid(store, "1").draft.title, by_pmid(store, "1").draft.pages)
    assert ["changed"] == fates(take_in(store, a_citation("2", doi="10.1000/2", title="Now from PubMed")))
    assert ("pubmed", "Now from PubMed") == (by_pmid(store, "2").draft.source, by_pmid(store, "2").draft.title)


def test_an_incomplete_list_of_authors_gives_way_to_a_complete_one(store: Store) -> None:
    names = (Author(family="Smith"), Author(family="Rogers"))
    part = a_citation(doi="10.1000/a", authors=names[:1], authors_complete=False)
    take_in(store, part, a_citation(doi="10.1000/b", authors=names))
    take_in(
        store, a_citation(doi="10.1000/a", source="ris", authors=names), a_citation(doi="10.1000/b", authors=names[:1])
    )

    assert [names, names] == [stored(store, number).draft.authors for number in (1, 2)]


@pytest.mark.parametrize(
    "concerned",
    [
        {"publication_types": typed("Retracted Publication")},
        {"corrections": tied("RetractionIn", "9")},
        {"corrections": tied("RetractionIn", text="J Sleep. 2025")},
    ],
)
def test_each_signal_of_its_own_makes_a_record_retracted(store: Store, concerned: dict[str, object]) -> None:
    take_in(store, a_citation("1", **concerned))

    assert "retracted" == by_pmid(store, "1").standing


def test_a_notice_counts_whether_it_comes_after_the_record_or_before(store: Store) -> None:
    take_in(store, a_citation("1"))
    take_in(store, a_citation("8", corrections=(*tied("RetractionOf", "1"), *tied("RetractionOf", "2"))))
    take_in(store, a_citation("2"))

    assert ["retracted", "retracted", "current"] == [by_pmid(store, pmid).standing for pmid in ("1", "2", "8")]
    assert ["RetractionOf 8"] == [signal.value for signal in by_pmid(store, "2").signals]


def test_a_notice_and_its_record_in_one_batch_find_each_other(store: Store) -> None:
    take_in(store, a_citation("8", corrections=tied("ErratumFor", "1")), a_citation("1"))

    assert "corrected" == by_pmid(store, "1").standing


def test_the_worst_signal_is_the_standing_and_all_are_kept(store: Store) -> None:
    take_in(
        store,
        a_citation("1", corrections=(*tied("ErratumIn", "7"), *tied("RetractionIn", "8"), *tied("UpdateIn", "9"))),
    )

    one = by_pmid(store, "1")
    assert ("retracted", 3) == (one.standing, len(one.signals))


def test_a_retraction_that_is_taken_back_is_taken_back_here(store: Store) -> None:
    take_in(store, a_citation("1", revised_on="2024", publication_types=typed("Retracted Publication")))
    take_in(store, a_citation("8", revised_on="2024", corrections=tied("RetractionOf", "1")))
    take_in(store, a_citation("1", revised_on="2025"))
    assert "retracted" == by_pmid(store, "1").standing

    take_in(store, a_citation("8", revised_on="2025"))

    assert ("current", ()) == (by_pmid(store, "1").standing, by_pmid(store, "1").signals)


def test_every_change_of_standing_is_in_the_history(store: Store) -> None:
    take_in(store, a_citation("1", revised_on="2024"))
    take_in(store, a_citation("1", revised_on="2025", publication_types=typed("Retracted Publication")))

    number = by_pmid(store, "1").id
    with store.reading() as session:
        spans = session.execute(select(StandingVersion.from_n, StandingVersion.to_n, StandingVersion.standing)).all()
        assert [] == list(broken_links(session))
    assert [(2, None, "retracted")] == [tuple(span) for span in spans]
    assert ("citation", number, "standing", "current", "retracted") in changes(store)


def test_a_deletion_notice_marks_and_never_removes_until_pubmed_sends_a_later_edition(store: Store) -> None:
    take_in(store, a_citation("1", revised_on="2024"))
    assert 1 == _delete(store, "1", "77")
    assert "deleted_upstream" == by_pmid(store, "1").standing

    take_in(store, a_citation("1", revised_on="2024"))
    assert "deleted_upstream" == by_pmid(store, "1").standing

    take_in(store, a_citation("1", revised_on="2025", title="Back again"))
    assert "current" == by_pmid(store, "1").standing


def test_a_deletion_noticed_twice_writes_one_data_revision(store: Store) -> None:
    take_in(store, a_citation("1"))
    _delete(store, "1")
    _delete(store, "1")

    assert 2 == revisions(store)


def test_what_would_happen_is_told_without_writing(store: Store) -> None:
    take_in(store, a_citation("1", revised_on="2024"), a_citation("2"))
    records = [a_citation("1", revised_on="2025", title="New"), a_citation("2"), a_citation("3"), a_citation("3")]

    with store.reading() as session:
        foreseen = citations.foresee(session, [prepare(record) for record in records])

    assert (["changed", "unchanged", "added", "repeated"], 1) == (fates(foreseen), revisions(store))
    assert fates(foreseen) == fates(take_in(store, *records))


def test_a_batch_that_is_rolled_back_leaves_nothing(store: Store) -> None:
    def break_off() -> None:
        with store.writing() as session:
            revision = Revision(actor="test", reason="a batch")
            citations.take_in(session, revision, [prepare(a_citation("1", texts=abstract("x")))])
            raise NotFound("on purpose")

    with pytest.raises(NotFound):
        break_off()

    with store.reading() as session:
        counts = [session.scalar(select(func.count()).select_from(table)) for table in (Citation, CitationText)]
    assert [0, 0] == counts


def test_a_citation_that_is_not_there_is_said_to_be_missing(store: Store) -> None:
    with pytest.raises(NotFound, match="no citation R999"):
        stored(store, 999)


def _delete(store: Store, *pmids: str) -> int:
    with store.writing() as session:
        revision = Revision(actor="test", reason="deletions")
        marked = signals.mark_deleted(session, revision, pmids)
        revision.seal(session)
    return marked
