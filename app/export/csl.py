"""References as CSL-JSON, the data of citation processors (Zotero, pandoc, Mendeley). Abstracts are left out.

One JSON array, an item a line, so that it can be streamed and read line by line.
"""

from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import Any

from msgspec import json

from app.export.particulars import (
    LANGUAGES,
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
from app.export.people import authors_of, editor, initials_of
from app.export.references import Person, Reference
from app.kit.public_ids import CITATION, public

ROWS_AT_ONCE = 500
TYPES = {
    "journal_article": "article-journal", "preprint": "article", "conference_abstract": "paper-conference",
    "trial_registration": "webpage", "thesis": "thesis", "agency_report": "report", "book": "book",
    "web_page": "webpage",
}  # fmt: skip
"""Source type → CSL type (1.0.2: ``article`` is what a preprint is); a chapter is ``chapter``, an unknown type ``document``."""

_GENRES = {
    "preprint": "Preprint", "conference_abstract": "Conference abstract", "trial_registration": "Trial registration",
}  # fmt: skip


def items(references: Iterable[Reference]) -> Iterator[bytes]:
    """The array, some hundred items at a time."""
    encode = json.Encoder().encode
    lines = (encode(item(each)) for each in references)
    rest = chain([b"["], (end + line for end, line in zip(chain([b"\n"], _commas()), lines, strict=False)), [b"\n]\n"])
    while some := list(islice(rest, ROWS_AT_ONCE)):
        yield b"".join(some)


def _commas() -> Iterator[bytes]:
    while True:
        yield b",\n"


def item(reference: Reference) -> dict[str, Any]:
    """One item; what is not known is left out. Dates are partial where only a part is known."""
    found = {
        "id": public(CITATION, reference.id),
        "type": _kind(reference),
        **_origin(reference),
        **_place(reference),
        **_numbers(reference),
        "keyword": ", ".join(each.replace(",", "") for each in keywords_of(reference)),
        "note": " ".join(notes_of(reference)),
    }
    return {name: one_line(value) if isinstance(value, str) else value for name, value in found.items() if value}


def _kind(reference: Reference) -> str:
    if is_chapter(reference):
        return "chapter"
    if reference.source_type == "conference_abstract" and journal_of(reference):
        return "article-journal"
    return TYPES.get(reference.source_type, "document")


def _origin(reference: Reference) -> dict[str, Any]:
    date = date_of(reference)
    language = reference.languages[0] if reference.languages else ""
    return {
        "genre": _GENRES.get(reference.source_type),
        "title": title_of(reference),
        "original-title": reference.original_title,
        "author": [_name(each) for each in authors_of(reference)],
        "editor": [_name(editor(each)) for each in reference.editors],
        "issued": {"date-parts": [[int(part) for part in date.split("-")]]} if date else None,
        "language": LANGUAGES[language][1] if language in LANGUAGES else language,
    }


def _name(person: Person) -> dict[str, str]:
    if not person.family:
        return {"literal": one_line(person.collective or "")}
    given = person.given or " ".join(f"{letter}." for letter in initials_of(person))
    parts = {"family": person.family, "given": given, "suffix": person.suffix}
    return {name: one_line(value) for name, value in parts.items() if value}


def _place(reference: Reference) -> dict[str, Any]:
    pages = pages_of(reference)
    return {
        "container-title": reference.book_title if is_chapter(reference) else journal_of(reference),
        "container-title-short": reference.journal_abbreviation,
        "volume": reference.volume,
        "issue": reference.issue,
        "page": (pages.first + (f"-{pages.last}" if pages.last else "")) if pages else None,
        "edition": reference.edition,
        "publisher": reference.publisher,
        "publisher-place": reference.place,
        "ISSN": reference.issn_l,
        "ISBN": reference.identifier("isbn") or reference.identifier("book_isbn"),
    }


def _numbers(reference: Reference) -> dict[str, Any]:
    return {
        "DOI": reference.identifier("doi"),
        "PMID": reference.identifier("pmid"),
        "PMCID": reference.identifier("pmcid"),
        "number": reference.identifier("nct"),
        "URL": link_of(reference),
    }
