"""The columns of an export of citations: one frozen list for every table format. Nothing here writes bytes.

New columns go to the end, none is renamed or moved; ``docs/export.md`` is
compared with this list. Abstracts are no column: they belong to publishers.
"""

from collections.abc import Iterator
from typing import Any

from app.export.columns import Column
from app.export.people import short
from app.export.references import (
    Batch,
    headings_of,
    keywords_of,
    languages_of,
    names_of,
    people_of,
    registrations_of,
)
from app.kit.public_ids import CITATION, STUDY

ADDRESS = "/api/v1/citations/"

CITATIONS: tuple[Column, ...] = (
    Column("id", "the citation", letter=CITATION),
    Column("pmid", "PubMed id"),
    Column("pmcid", "PubMed Central id"),
    Column("doi", "DOI"),
    Column("other_identifiers", "list: all others, as scheme:value (nct, isbn, url, pii …)"),
    Column("source", "where the record is from: pubmed, starter, manual …"),
    Column("source_type", "kind of report: a source type of the vocabulary"),
    Column("standing", "whether it still stands: current, corrected, retracted …"),
    Column("title", "title as its source gives it, also when it was retracted"),
    Column("original_title", "title in the language of the report"),
    Column("book_title", "title of the book that it is, or is a part of"),
    Column("citation_text", "what is known of it in one line, where it was entered so"),
    Column("authors", "list: authors in order as NLM prints them, groups by name"),
    Column("authors_complete", "whether that list is complete"),
    Column("journal", "journal in full", field="journal_title"),
    Column("journal_abbreviation", "journal as abbreviated by NLM or ISO"),
    Column("issn_l", "linking ISSN of the journal"),
    Column("volume", "volume"),
    Column("issue", "issue"),
    Column("pages", "pages or number of the article, as its source gives them"),
    Column("issued_on", "date of the issue: YYYY, YYYY-MM or YYYY-MM-DD"),
    Column("electronic_on", "date of the electronic publication, likewise"),
    Column("year", "year of the earlier of both, by which years are filtered"),
    Column("languages", "list: languages as three-letter codes (MARC)"),
    Column("publication_types", "list: publication types"),
    Column("mesh_headings", "list: MeSH as Heading/qualifier, main points with an asterisk"),
    Column("supplementary_concepts", "list: names of supplementary concepts"),
    Column("keywords", "list: keywords of authors and indexers"),
    Column("registrations", "list: numbers in registries and data banks, as bank:number"),
    Column("study_ids", "list: public studies that it reports", letter=STUDY),
    Column("version", "the record's version; it grows with every change"),
    Column("url", "where to read it in this service", field="id", prefix=ADDRESS),
)
"""Every column, in its place."""

NAMES = tuple(column.name for column in CITATIONS)


def rows_of(batch: Batch) -> Iterator[tuple[Any, ...]]:
    """The cells of each citation in the order of :data:`CITATIONS`.

    They are made of rows, not of references: an object for each citation and its look-ups by name took an eighth of the time.
    """
    own = _identifiers(batch)
    studies: dict[int, list[str]] = {}
    for number, study_id in batch.studies:
        studies.setdefault(number, []).append(f"{STUDY}{study_id}")
    for (
        number, source, source_type, standing, title, original_title, book_title, citation_text, complete, journal,
        abbreviation, issn_l, volume, issue, pages, issued_on, electronic_on, year, version,
        authors, languages, types, mesh, concepts, keywords, registrations, _extras,
    ) in batch.rows:  # fmt: skip
        pmid, pmcid, doi, others = own.get(number, _NO_IDENTIFIERS)
        public = f"{CITATION}{number}"
        yield (
            public, pmid, pmcid, doi, others, source, source_type, standing, title, original_title,
            book_title, citation_text, _authors(authors) if authors else (), bool(complete),
            journal, abbreviation, issn_l, volume, issue, pages, issued_on,
            electronic_on, year, languages_of(languages) if languages else (), names_of(types) if types else (),
            headings_of(mesh) if mesh else (), names_of(concepts) if concepts else (),
            keywords_of(keywords) if keywords else (), registrations_of(registrations) if registrations else (),
            studies.get(number, ()), version, ADDRESS + public,
        )  # fmt: skip


_NO_IDENTIFIERS: list[Any] = [None, None, None, ()]


def _identifiers(batch: Batch) -> dict[int, list[Any]]:
    """Citation → its first PMID, PMCID and DOI, and a list of all else as ``scheme:value``."""
    found: dict[int, list[Any]] = {}
    for number, scheme, value in batch.identifiers:
        own = found.get(number)
        if own is None:
            own = found[number] = [None, None, None, []]
        place = _PLACES.get(scheme)
        if place is None or own[place] is not None:
            own[3].append(f"{scheme}:{value}")
        else:
            own[place] = value
    return found


_PLACES = {"pmid": 0, "pmcid": 1, "doi": 2}


def _authors(text: str) -> list[str]:
    names = []
    for each in people_of(text):
        # Nearly all names are a family and initials; for them this is ``short``.
        if each.valid and each.family and each.initials and each.initials.isalpha() and not each.suffix:
            names.append(f"{each.family} {each.initials}")
        elif each.valid and (each.family or each.collective):
            names.append(short(each))
    return names
