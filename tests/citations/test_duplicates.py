"""The queue of possible duplicates: what is found, when it is found again, and what stays decided."""

from typing import Any

import pytest
from sqlalchemy import select, text

from app.citations import duplicates
from app.citations.draft import Identifier
from app.citations.duplicates import Found, find
from app.curation import merging
from app.database import Store
from app.errors import Conflict, Invalid
from app.history.events import Revision
from app.models.duplicate import CitationTie, DuplicatePair
from tests.citations.drafts import a_citation, changes, revisions, take_in
from tests.citations.duplicate_pairs import PAIRS, record

BY_NAME = {pair.name: pair for pair in PAIRS}
SAME = BY_NAME["an unidentified report and PubMed's record of it"]
PARTS = BY_NAME["Part I and Part II"]
PREPRINT = BY_NAME["a preprint by its type and the article"]


def _find(store: Store, *, limit: int = duplicates.AT_ONCE) -> Found:
    total = Found()
    while True:
        with store.writing() as session:
            found = find(session, limit=limit)
        if not found.looked_at:
            return total
        total.add(found)


def _pairs(store: Store, *states: str) -> list[DuplicatePair]:
    with store.reading() as session:
        return list(session.scalars(duplicates.pairs(states, ()).order_by(DuplicatePair.id)))


def _decide(store: Store, decision: Any, **how: Any) -> None:
    with store.writing() as session:
        revision = Revision(actor="ada", reason="a decision")
        decision(session, revision, duplicates.get(session, _pairs(store)[0].id), **how)
        revision.seal(session)


def _ids(store: Store, *drafts: Any) -> list[int]:
    return [outcome.citation_id for draft in drafts for outcome in take_in(store, draft)]


def test_an_unidentified_report_meets_the_record_of_pubmed(store: Store) -> None:
    first, second = _ids(store, SAME.first, SAME.second)
    found = _find(store)
    (pair,) = _pairs(store)

    assert Found(looked_at=2, opened=1) == found
    assert (first, second, "open", "merge") == (pair.first_id, pair.second_id, pair.state, pair.offer)
    assert "same title" in pair.evidence["for"]
    assert pair.score >= 90


def test_finding_is_no_change_of_the_data(store: Store) -> None:
    _ids(store, SAME.first, SAME.second)
    before = revisions(store)
    _find(store)

    assert before == revisions(store)


def test_a_second_pass_has_nothing_to_do(store: Store) -> None:
    _ids(store, SAME.first, SAME.second)
    _find(store)

    assert Found() == _find(store)


def test_the_later_record_finds_the_earlier_one(store: Store) -> None:
    _ids(store, SAME.first)
    _find(store)
    _ids(store, SAME.second)

    assert Found(looked_at=1, opened=1) == _find(store)


def test_small_passes_find_what_one_pass_finds(store: Store) -> None:
    for pair in PAIRS:
        _ids(store, pair.first, pair.second)
    _find(store, limit=3)
    small = {(pair.first_id, pair.second_id, pair.state, pair.score) for pair in _pairs(store)}
    with store.writing() as session:
        for table in ("duplicate_pair", "duplicate_key", "duplicate_look"):
            session.execute(text(f"DELETE FROM {table}"))
    _find(store)

    assert small == {(pair.first_id, pair.second_id, pair.state, pair.score) for pair in _pairs(store)}


def test_a_pair_stays_in_the_queue_however_many_come_under_its_keys(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    alike = [record("Kratom case", "Smith", 2020, "J Sleep;3:10", doi=f"10.1000/{n}") for n in range(5)]
    _ids(store, *alike[:2])
    _find(store)
    (waiting,) = _pairs(store)
    monkeypatch.setattr(duplicates, "CROWD", 4)
    _ids(store, *alike[2:], record("Kratom case", "Smith", 2020, "J Sleep;3:10", pmid="7", doi="10.1000/0"))

    assert (0, 0) == (_find(store).opened, _find(store).gone)
    assert [waiting.id] == [pair.id for pair in _pairs(store)]


def test_parts_of_a_series_are_set_aside_with_the_reason(store: Store) -> None:
    _ids(store, PARTS.first, PARTS.second)
    found = _find(store)

    assert Found(looked_at=2, blocked=1) == found
    assert ["parts of a series: 1 and 2"] == [pair.block for pair in _pairs(store, "blocked")]


def test_a_pair_that_is_no_longer_alike_leaves_the_queue(store: Store) -> None:
    doi = "10.1000/changes"
    _ids(store, SAME.second, record(SAME.first.title, "Bowe", 2020, doi=doi))
    _find(store)
    take_in(store, a_citation(doi=doi, source="pubmed", title="The genome of Mitragyna", revised_on="2030-01-01"))
    found = _find(store)

    assert Found(looked_at=1, gone=1) == found
    assert [] == _pairs(store)


def test_a_pair_kept_apart_stays_apart_when_a_record_changes(store: Store) -> None:
    doi = "10.1000/changes"
    draft = record(SAME.first.title, "Bowe", 2020, doi=doi)
    _ids(store, SAME.second, draft)
    _find(store)
    _decide(store, merging.keep_apart, note="two editions")
    take_in(store, a_citation(doi=doi, source="pubmed", title=SAME.first.title, revised_on="2030-01-01"))
    found = _find(store)
    (pair,) = _pairs(store)

    assert Found(looked_at=1) == found
    assert ("kept", "ada", "two editions") == (pair.state, pair.decided_by, pair.note)


def test_a_decision_is_one_data_revision(store: Store) -> None:
    _ids(store, SAME.first, SAME.second)
    _find(store)
    before = revisions(store)
    _decide(store, merging.keep_apart)

    assert before + 1 == revisions(store)
    assert ("duplicate", "status") == changes(store)[-1][:1] + changes(store)[-1][2:3]


def test_a_pair_is_decided_once(store: Store) -> None:
    _ids(store, SAME.first, SAME.second)
    _find(store)
    _decide(store, merging.keep_apart)

    with pytest.raises(Conflict, match="kept already, by ada"):
        _decide(store, merging.merge_pair)


def test_of_two_who_read_the_same_pair_one_decides(store: Store) -> None:
    _ids(store, SAME.first, SAME.second)
    _find(store)
    with store.reading() as session:
        read_before = duplicates.get(session, _pairs(store)[0].id)
    _decide(store, merging.keep_apart)

    with pytest.raises(Conflict, match="kept already"), store.writing() as session:
        duplicates.decide(session, Revision(actor="ben", reason="a test"), read_before, "merged")


def test_a_reopened_pair_waits_again(store: Store) -> None:
    _ids(store, SAME.first, SAME.second)
    _find(store)
    _decide(store, merging.keep_apart)
    _decide(store, merging.reopen)

    assert ["open"] == [pair.state for pair in _pairs(store)]


def test_what_a_person_reopened_no_rule_sets_aside_again(store: Store) -> None:
    doi = "10.1000/part"
    _ids(store, PARTS.first, record(PARTS.second.title, "Shellard", 1974, "Bull Narc", doi=doi))
    _find(store)
    _decide(store, merging.reopen)
    later = {"issued_on": "1974-06", "authors": PARTS.second.authors, "revised_on": "2030-01-01"}
    take_in(store, a_citation(doi=doi, source="pubmed", title=PARTS.second.title, **later))
    _find(store)

    assert ["open"] == [pair.state for pair in _pairs(store)]


def test_a_preprint_and_its_article_are_linked_and_both_stay(store: Store) -> None:
    preprint, article = _ids(store, PREPRINT.first, PREPRINT.second)
    _find(store)
    _decide(store, merging.link)
    with store.reading() as session:
        ties = session.scalars(select(CitationTie)).all()

    assert [("preprint_of", preprint, article)] == [(tie.kind, tie.from_id, tie.to_id) for tie in ties]
    assert ["linked"] == [pair.state for pair in _pairs(store)]


def test_the_link_goes_when_its_pair_is_reopened(store: Store) -> None:
    _ids(store, PREPRINT.first, PREPRINT.second)
    _find(store)
    _decide(store, merging.link)
    _decide(store, merging.reopen)
    with store.reading() as session:
        ties = session.scalars(select(CitationTie)).all()

    assert ([], ["open"]) == (ties, [pair.state for pair in _pairs(store)])


def test_two_articles_cannot_be_linked_as_preprint_and_article(store: Store) -> None:
    _ids(store, SAME.first, SAME.second)
    _find(store)

    with pytest.raises(Invalid, match="neither is a preprint"):
        _decide(store, merging.link)


def test_a_pair_waits_out_of_sight_while_one_of_it_is_merged_elsewhere(store: Store) -> None:
    third = record(SAME.first.title, "Bowe", 2020, "J Psychoactive Drugs;52:447-452", doi="10.1000/third")
    first, second, other = _ids(store, SAME.first, SAME.second, third)
    _find(store)
    with store.writing() as session:
        merging.merge(session, Revision(actor="ada", reason="a test"), first, second)
    waits = [(pair.first_id, pair.second_id) for pair in _pairs(store, "open")]

    assert [(second, other)] == waits


def test_a_disputed_doi_brings_two_records_of_pubmed_together(store: Store) -> None:
    shared = Identifier("doi", "10.1000/disputed")
    one = a_citation(
        identifiers=(Identifier("pmid", "101"), shared), source="pubmed", title="Kratom and sleep in adults"
    )
    two = a_citation(
        identifiers=(Identifier("pmid", "102"), shared), source="pubmed", title="Kratom and sleep of adults"
    )
    _ids(store, one, two)
    _find(store)
    (pair,) = _pairs(store, "open")

    assert "same DOI" in pair.evidence["for"]
    assert "PubMed keeps them apart: PMID 101 and PMID 102" in pair.evidence["against"]
