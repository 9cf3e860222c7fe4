"""References as RIS: a tag a line, CR LF, UTF-8. What a reference says stands in ``particulars``; abstracts are left out.

The tags are those of the 2011 specification as reference managers read them:
PMID in ``AN`` with ``DB``, PMCID in ``C2``, the store's id in ``ID``.
"""

from collections.abc import Iterable, Iterator
from itertools import islice

from app.export.particulars import (
    date_of,
    is_chapter,
    journal_of,
    keywords_of,
    link_of,
    notes_of,
    one_line,
    pages_of,
    title_of,
)
from app.export.people import authors_of, editor, listed
from app.export.references import Reference
from app.kit.public_ids import CITATION, public

ROWS_AT_ONCE = 500
TYPES = {
    "journal_article": "JOUR", "preprint": "UNPB", "conference_abstract": "ABST", "trial_registration": "ELEC",
    "thesis": "THES", "agency_report": "RPRT", "book": "BOOK", "web_page": "ELEC",
}  # fmt: skip
"""Source type → RIS type; a chapter is ``CHAP``, an unknown type ``GEN``."""

Fields = list[tuple[str, str | None]]


def records(references: Iterable[Reference]) -> Iterator[bytes]:
    """A record for each reference, some hundred at a time."""
    rest = iter(references)
    while some := [record(each) for each in islice(rest, ROWS_AT_ONCE)]:
        yield "".join(some).encode()


def record(reference: Reference) -> str:
    """One record from ``TY`` to ``ER``; a value never holds a line break, so it can begin no record of its own."""
    found = [*_origin(reference), *_date(reference), *_place(reference), *_numbers(reference), *_words(reference)]
    kind = "CHAP" if is_chapter(reference) else TYPES.get(reference.source_type, "GEN")
    lines = [f"TY  - {kind}", *(f"{tag}  - {text}" for tag, value in found if value and (text := one_line(value)))]
    return "\r\n".join([*lines, "ER  - ", "", ""])


def _origin(reference: Reference) -> Fields:
    within = reference.book_title if is_chapter(reference) else journal_of(reference)
    return [
        ("ID", public(CITATION, reference.id)),
        *(("AU", listed(each)) for each in authors_of(reference)),
        ("TI", title_of(reference)),
        ("T2", within),
        ("J2", reference.journal_abbreviation),
        *(("A2", listed(editor(each))) for each in reference.editors),
    ]


def _date(reference: Reference) -> Fields:
    date = date_of(reference)
    if not date:
        return []
    year, month, day = [*date.split("-"), "", ""][:3]
    return [("PY", year), ("DA", f"{year}/{month}/{day}/")]


def _place(reference: Reference) -> Fields:
    pages = pages_of(reference)
    return [
        ("VL", reference.volume),
        ("IS", reference.issue),
        ("SP", pages.first if pages else None),
        ("EP", pages.last if pages else None),
        ("ET", reference.edition),
        ("PB", reference.publisher),
        ("CY", reference.place),
        ("SN", reference.issn_l or reference.identifier("isbn") or reference.identifier("book_isbn")),
    ]


def _numbers(reference: Reference) -> Fields:
    pmid = reference.identifier("pmid")
    return [
        ("DO", reference.identifier("doi")),
        ("AN", pmid or reference.identifier("nct")),
        ("DB", "PubMed" if pmid else None),
        ("C2", reference.identifier("pmcid")),
        ("UR", link_of(reference)),
    ]


def _words(reference: Reference) -> Fields:
    return [
        *(("LA", each) for each in reference.languages),
        *(("KW", each) for each in keywords_of(reference)),
        *(("N1", each) for each in notes_of(reference)),
    ]
