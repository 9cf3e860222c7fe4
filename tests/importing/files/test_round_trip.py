"""What is exported and imported again is the same on everything that the format holds; ``docs/export.md`` lists the rest."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.citations.draft import CitationDraft
from app.export import bibtex, citation_columns, csl, csv, particulars, ris
from app.export.references import Person, Reference
from tests.export.payloads import PAYLOADS
from tests.export.stored import batch_of
from tests.importing.files.reading_files import Found


def table(references: Iterable[Reference]) -> Iterator[bytes]:
    # Each by itself, for they may all have one number.
    rows = (row for each in references for row in citation_columns.rows_of(batch_of([each])))
    return csv.table(citation_columns.NAMES, rows)


FORMATS: dict[str, Callable[[Iterable[Reference]], Iterator[bytes]]] = {
    "RIS": ris.records, "BibTeX": bibtex.entries, "CSL-JSON": csl.items, "CSV": table,
}  # fmt: skip


def one_line(text: str) -> str:
    """What exports and imports both leave of white space and controls."""
    return " ".join(re.sub(r"[\ufeff\ufffe\uffff]", "", particulars.one_line(text)).split())


_letters = st.text(st.sampled_from("abcdefghijklmnopqrstuvwxyzåéøüßłşαβ"), min_size=1, max_size=8)
_name = _letters.map(str.capitalize)
_family = st.builds(lambda first, rest: "-".join([first, *rest]), _name, st.lists(_name, max_size=1))
_persons = st.builds(
    lambda family, given: Person(family=family, given=given, initials=given[0].upper()),
    _family,
    _name.filter(lambda name: len(name) > 2)
)  # fmt: skip
_initialled = st.builds(
    lambda family, first: Person(family=family, initials=first), _family, st.sampled_from(["K", "KE", "JMA"])
)
_groups = st.builds(lambda words: Person(collective=" ".join(words)), st.lists(_letters, min_size=2, max_size=4))
_hostile = (
    (
        st.sampled_from(PAYLOADS)
        | st.text(max_size=30)
        | st.sampled_from(["Kratom and sleep", "(-)-Mitragynine: 10% & more"])
    )
    .map(one_line)
    .filter(lambda text: any(each.isalnum() for each in text) and len(text) < 1_000 and "``" not in text)
)
_word = (
    _hostile.map(lambda text: re.sub(r"[,;*]", "", text))
    .map(one_line)
    .filter(lambda text: any(each.isalnum() for each in text))
)
_keywords = _word.filter(lambda text: not text.endswith("\\"))  # which CSV takes for the escape of what follows
_dates = st.sampled_from(["1999", "2021-05", "2021-05-04"])
_articles = st.builds(
    Reference, id=st.integers(1, 999), source=st.just("pubmed"), source_type=st.just("journal_article"),
    title=_hostile.map(lambda text: text.rstrip(". ")).filter(lambda text: any(each.isalnum() for each in text)),
    journal_title=_hostile, volume=_word | st.none(), issue=_word | st.none(),
    pages=st.sampled_from([None, "123-130", "e17", "7"]),
    issued_on=_dates, languages=st.sampled_from([(), ("eng",), ("ger",)]), keywords=st.lists(_keywords, max_size=3, unique=True),
    authors=st.lists(_persons | _initialled | _groups, max_size=4), authors_complete=st.booleans(),
    identifiers=st.sampled_from([
        (("pmid", "38277146"), ("doi", "10.1001/x_(2023)<a>.5")), (("doi", "10.1001/x#y%z"),), (("pmid", "7"), ("pmcid", "PMC7")),
    ]), issn_l=st.sampled_from([None, "1234-5678"]),
)  # fmt: skip


def _said(reference: Reference) -> dict[str, Any]:
    """What every format holds of an article."""
    return {
        "title": one_line(reference.title or ""),
        "journal": one_line(reference.journal_title or ""),
        "volume": reference.volume,
        "issue": reference.issue,
        "pages": reference.pages,
        "year": (reference.issued_on or "")[:4],
        "languages": tuple(reference.languages),
        "keywords": list(reference.keywords),
        "authors": [(each.family, each.initials, each.collective) for each in reference.authors],
        "complete": reference.authors_complete,
        "identifiers": {*reference.identifiers},
        "issn": reference.issn_l,
    }


def _read(draft: CitationDraft) -> dict[str, Any]:
    journal = draft.journal
    return {
        "title": draft.title,
        "journal": journal.title if journal else "",
        "volume": draft.volume,
        "issue": draft.issue,
        "pages": draft.pages,
        "year": (draft.issued_on or "")[:4],
        "languages": draft.languages,
        "keywords": [each.text for each in draft.keywords],
        "authors": [(each.family, each.initials, each.collective) for each in draft.authors],
        "complete": draft.authors_complete,
        "identifiers": {(each.scheme, each.value) for each in draft.identifiers},
        "issn": journal.issn if journal else None,
    }


@pytest.mark.parametrize("name", FORMATS)
@given(references=st.lists(_articles, min_size=1, max_size=3))
def test_an_export_imported_again_is_the_same(name: str, references: list[Reference]) -> None:
    found = Found(b"".join(FORMATS[name](references)))

    assert ([], None, {}) == (found.refused, found.fault, found.unknown)
    assert [_said(each) for each in references] == [_read(each) for each in found.records]


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize(
    "source_type", ["journal_article", "preprint", "conference_abstract", "thesis", "agency_report", "book"]
)
def test_the_kind_of_a_report_comes_back(name: str, source_type: str) -> None:
    reference = Reference(
        id=7, source="starter", source_type=source_type, title="Kratom", identifiers=(("doi", "10.1000/a"),)
    )

    assert source_type == Found(b"".join(FORMATS[name]([reference]))).one.source_type


@pytest.mark.parametrize("name", ["RIS", "CSL-JSON", "BibTeX"])
def test_what_was_noted_at_export_goes_back_to_where_it_came_from(name: str) -> None:
    reference = Reference(
        id=7, source="starter", source_type="journal_article", title="Kratom", original_title="Kratom auf Deutsch",
        citation_text="Smith KE. Kratom. 2019", authors=(Person(family="Smith", initials="KE"),), authors_complete=False,
        standing="corrected",
    )  # fmt: skip
    draft = Found(b"".join(FORMATS[name]([reference]))).one

    assert ("Kratom auf Deutsch", "Smith KE. Kratom. 2019", False) == (
        draft.original_title, draft.citation_text, draft.authors_complete,
    )  # fmt: skip
    assert not {"N1", "note", "annote"} & set(draft.extras)
