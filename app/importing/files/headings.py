"""The headings by which a table and its columns are known. Nothing here reads rows; that is ``csv_rows``."""

import csv

from app.kit.tokens import fold

DELIMITERS = ",;\t|"

HEADINGS: dict[str, tuple[str, ...]] = {
    "title": ("title", "article title", "document title", "publication title of the article", "primary title"),
    "authors": ("authors", "author", "author names", "author s", "first authors", "author full names"),
    "journal": (
        "journal",
        "source title",
        "journal title",
        "publication title",
        "journal book",
        "publication name",
        "alternate title3",
    ),
    "journal_abbreviation": ("journal abbreviation", "abbreviated source title", "alternate title2"),
    "year": ("year", "publication year", "pub year"),
    "date": ("date", "publication date", "issued on"),
    "volume": ("volume",),
    "issue": ("issue", "number"),
    "pages": ("pages", "page numbers", "pagination"),
    "first_page": ("page start", "start page", "first page"),
    "last_page": ("page end", "end page", "last page"),
    "doi": ("doi", "digital object identifier"),
    "pmid": ("pmid", "pubmed id", "pubmed"),
    "pmcid": ("pmcid", "pmc id"),
    "issn": ("issn", "issn l"),
    "isbn": ("isbn",),
    "url": ("url", "link", "open url link"),
    "abstract": ("abstract", "abstract note"),
    "keywords": ("keywords", "author keywords", "manual tags"),
    "language": ("language", "language of original document", "languages"),
    "source_type": ("source type", "item type", "document type", "type of reference"),
    "publisher": ("publisher",),
    "id": ("id", "record id", "key"),
    "original_title": ("original title",),
    "book_title": ("book title",),
    "citation_text": ("citation text",),
    "electronic_on": ("electronic on",),
    "authors_complete": ("authors complete",),
    "other_identifiers": ("other identifiers",),
    "mesh_headings": ("mesh headings",),
    "publication_types": ("publication types",),
    "supplementary_concepts": ("supplementary concepts",),
    "registrations": ("registrations",),
}
"""What a column can be, and the headings by which it is known; case, spaces and signs do not count."""


def looks_like_table(head: str) -> bool:
    """Whether a text begins with a line of headings, of which two at least are known here."""
    first = head.lstrip("\ufeff").split("\n", 1)[0].rstrip("\r")
    try:
        names = {fold(each) for each in next(csv.reader([first], delimiter=delimiter_of(first)), [])}
    except csv.Error:
        return False
    return sum(bool(names.intersection(known)) for known in HEADINGS.values()) >= 2


def delimiter_of(header: str) -> str:
    """The sign that parts the columns, by the line of headings: the one that stands there most often."""
    return max(DELIMITERS, key=header.count)
