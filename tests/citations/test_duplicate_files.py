"""Possible duplicates among real records: the project's own corpus, and files that are not in the repository."""

import csv
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import func, select

from app.citations import duplicates, queries
from app.citations.draft import CitationDraft, Identifier, TextPart
from app.citations.duplicates import Found, find
from app.database import Store
from app.importing import file_runs
from app.models.citation import Citation
from app.models.duplicate import DuplicatePair
from tests.citations.drafts import take_in
from tests.citations.duplicate_pairs import record


def _find(store: Store) -> Found:
    total = Found()
    while True:
        with store.writing() as session:
            found = find(session)
        if not found.looked_at:
            return total
        total.add(found)


def _open(store: Store) -> list[DuplicatePair]:
    with store.reading() as session:
        return list(session.scalars(duplicates.pairs(("open",), ()).order_by(DuplicatePair.score.desc())))


@pytest.mark.shared
def test_the_rows_of_asreviews_table_come_out_as_written_by_hand(store: Store, shared_files: Path) -> None:
    table = shared_files / "data" / "references" / "asreview_duplicate_records.csv"
    rows = csv.DictReader(table.read_text().splitlines(), delimiter=";")
    ids = []
    for row in rows:
        doi, title = row["doi"].strip(), row["title"].strip()
        identifiers = (Identifier("doi", doi),) if doi else ()
        texts = (TextPart(row["abstract"]),) if row["abstract"].strip() else ()
        draft = CitationDraft(source="csv", identifiers=identifiers, title=title or None, texts=texts)
        ids += [outcome.citation_id for outcome in take_in(store, draft)]
    _find(store)

    assert ids[2] == ids[3]  # b and c have one DOI: identifiers come first
    assert [(ids[0], ids[1])] == [
        (pair.first_id, pair.second_id) for pair in _open(store)
    ]  # a with and without its DOI


def test_an_unidentified_report_of_the_starter_corpus_is_offered_its_record(starter_copy_url: str) -> None:
    title = "Long-Term Buprenorphine Treatment for Kratom Use Disorder: A Case Series."
    with closing(Store(starter_copy_url)) as store:
        _find(store)
        before = {pair.id for pair in _open(store)}
        (came,) = take_in(store, record(title, "Broyan", 2022, "Subst Abus;43:763-766", pmid=35099361))
        _find(store)
        (pair,) = [pair for pair in _open(store) if pair.id not in before]
        with store.reading() as session:
            report = queries.get(session, pair.first_id)

    assert (came.citation_id, "starter", ()) == (pair.second_id, report.draft.source, report.draft.identifiers)
    assert pair.score >= 85


@pytest.mark.shared
def test_real_records_of_different_papers_are_hardly_ever_taken_for_one_another(
    store: Store, shared_files: Path
) -> None:
    file_runs.import_file(store, [shared_files / "data" / "pubmed" / "records.xml.gz"], actor="ada", max_bytes=10**9)
    _find(store)
    with store.reading() as session:
        total = session.scalar(select(func.count()).select_from(Citation)) or 0
        waiting = duplicates.waiting(session, most=10)

    assert total > 500
    assert 0 == waiting
    assert len(_open(store)) <= total / 100
