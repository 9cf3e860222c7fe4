from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from app.citations.draft import CitationDraft, CorrectionLink, Identifier, TextPart
from app.citations.rows import COLUMNS, prepare
from tests.citations.drafts import a_citation
from tests.importing.pubmed.records import fixture

_texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=30)
_parts = st.builds(
    TextPart, text=_texts, part=st.sampled_from(["abstract", "other_abstract"]), label=st.none() | _texts
)
_links = st.builds(
    CorrectionLink,
    kind=st.sampled_from(["RetractionIn", "CommentOn"]),
    pmid=st.none() | st.just("12"),
    note=st.none() | _texts,
)
_drafts = st.builds(
    CitationDraft,
    source=st.just("pubmed"),
    title=st.none() | _texts,
    texts=st.lists(_parts, max_size=3).map(tuple),
    corrections=st.lists(_links, max_size=2).map(tuple),
    languages=st.lists(_texts, max_size=2).map(tuple),
    authors_complete=st.booleans(),
    extras=st.dictionaries(_texts, st.lists(_texts, min_size=1, max_size=2), max_size=2),
    payload_hash=st.just("ab"),
)


@given(_drafts)
def test_a_draft_comes_back_from_its_rows_as_it_was(draft: CitationDraft) -> None:
    assert draft == prepare(draft).draft()


@pytest.mark.parametrize("name", ["modern.xml", "old.xml", "books.xml"])
def test_a_record_of_pubmed_comes_back_from_its_rows_as_it_was(name: str) -> None:
    drafts = [record for record in fixture(name) if isinstance(record, CitationDraft)]

    assert drafts == [prepare(draft).draft() for draft in drafts]


@pytest.mark.parametrize(
    ("issued_on", "electronic_on", "expected"),
    [
        ("2021-01", "2020-12-30", 2020),
        ("2020", None, 2020),
        (None, "2019-05", 2019),
        (None, None, None),
        ("0203", None, None),
    ],
)
def test_the_year_is_that_of_the_earliest_date(
    issued_on: str | None, electronic_on: str | None, expected: int | None
) -> None:
    actual = _column(a_citation("1", issued_on=issued_on, electronic_on=electronic_on), "year")

    assert expected == actual


def test_empty_lists_are_stored_as_nothing() -> None:
    assert None is _column(a_citation("1"), "authors")


def test_an_identifier_given_twice_is_kept_once() -> None:
    draft = replace(
        a_citation("1"), identifiers=(Identifier("pmid", "1"), Identifier("doi", "10.1/a"), Identifier("doi", "10.1/a"))
    )

    assert [("pmid", "1", 0, True), ("doi", "10.1/a", 1, True)] == list(prepare(draft).identifiers)


def test_a_trial_number_and_a_publishers_number_only_mention() -> None:
    draft = replace(a_citation("1"), identifiers=(Identifier("nct", "NCT00000001"), Identifier("pii", "S1")))

    assert [False, False] == [identifies for *_, identifies in prepare(draft).identifiers]


def _column(draft: CitationDraft, name: str) -> Any:
    return prepare(draft).row[COLUMNS.index(name)]
