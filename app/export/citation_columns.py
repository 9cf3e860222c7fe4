"""The columns of an export of citations: one frozen list for every table format. Nothing here writes bytes.

New columns go to the end, none is renamed or moved; ``docs/export.md`` is
compared with this list. Abstracts are no column: they belong to publishers.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from app.export.columns import Column
from app.export.people import short
from app.export.references import Reference
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


def rows_of(references: Iterable[Reference]) -> Iterator[tuple[Any, ...]]:
    """The cells of each citation in the order of :data:`CITATIONS`."""
    # Written out, because at a hundred thousand rows a second every look-up by name is felt.
    for r in references:
        pmid = pmcid = doi = None
        others = []
        for scheme, value in r.identifiers:
            if scheme == "pmid" and pmid is None:
                pmid = value
            elif scheme == "doi" and doi is None:
                doi = value
            elif scheme == "pmcid" and pmcid is None:
                pmcid = value
            else:
                others.append(f"{scheme}:{value}")
        number = f"{CITATION}{r.id}"
        yield (
            number, pmid, pmcid, doi, others, r.source, r.source_type, r.standing, r.title, r.original_title,
            r.book_title, r.citation_text, _authors(r), bool(r.authors_complete),
            r.journal_title, r.journal_abbreviation, r.issn_l, r.volume, r.issue, r.pages, r.issued_on,
            r.electronic_on, r.year, r.languages, r.publication_types, r.mesh_headings, r.supplementary_concepts,
            r.keywords, r.registrations, [f"{STUDY}{each}" for each in r.study_ids], r.version, ADDRESS + number,
        )  # fmt: skip


def _authors(reference: Reference) -> list[str]:
    names = []
    for each in reference.authors:
        # Nearly all names are a family and initials; for them this is ``short``.
        if each.valid and each.family and each.initials and each.initials.isalpha() and not each.suffix:
            names.append(f"{each.family} {each.initials}")
        elif each.valid and (each.family or each.collective):
            names.append(short(each))
    return names
