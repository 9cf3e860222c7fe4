"""Citations as a bibliography needs them, made of plain rows. No abstract is among them: that is the publisher's.

JSON is decoded straight into what is needed of it, for tables as well (``citation_columns``). Nothing here reads
a store; rows are read in ``rows``.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from msgspec import Struct, field, json

PLAIN = (
    "id", "source", "source_type", "standing", "title", "original_title", "book_title", "citation_text",
    "authors_complete", "journal_title", "journal_abbreviation", "issn_l", "volume", "issue", "pages", "issued_on",
    "electronic_on", "year", "version",
)  # fmt: skip
LISTS = (
    "authors", "languages", "publication_types", "mesh_headings", "supplementary_concepts", "keywords", "registrations",
)  # fmt: skip
"""The columns of a row, these two in turn and the extras of what is no article behind them."""


class Batch(Struct, array_like=True, gc=False):
    """Some rows of citations with rising ids, the ``identifiers`` of these (id, scheme, value) and their public ``studies``."""

    rows: list[Sequence[Any]]
    identifiers: list[tuple[int, str, str]]
    studies: list[tuple[int, int]]


class Person(Struct, frozen=True, gc=False):
    """An author: a person by ``family`` or a group by ``collective``. A name that is not ``valid`` was corrected since."""

    family: str | None = None
    given: str | None = None
    initials: str | None = None
    suffix: str | None = None
    collective: str | None = None
    valid: bool = True


class Reference(Struct, frozen=True, gc=False):
    """One citation with what is needed to cite it, to find it, and to warn of it. ``id`` is the store's number."""

    id: int
    source: str
    source_type: str
    standing: str = "current"
    title: str | None = None
    original_title: str | None = None
    book_title: str | None = None
    citation_text: str | None = None
    authors_complete: bool = True
    journal_title: str | None = None
    journal_abbreviation: str | None = None
    issn_l: str | None = None
    volume: str | None = None
    issue: str | None = None
    pages: str | None = None
    issued_on: str | None = None
    electronic_on: str | None = None
    year: int | None = None
    version: int = 1
    authors: Sequence[Person] = ()
    languages: Sequence[str] = ()
    publication_types: Sequence[str] = ()
    mesh_headings: Sequence[str] = ()
    supplementary_concepts: Sequence[str] = ()
    keywords: Sequence[str] = ()
    registrations: Sequence[str] = ()
    identifiers: Sequence[tuple[str, str]] = ()
    study_ids: Sequence[int] = ()
    publisher: str | None = None
    place: str | None = None
    edition: str | None = None
    editors: Sequence[str] = ()

    def identifier(self, scheme: str) -> str | None:
        """The first identifier of ``scheme``; sources put the one to trust first."""
        for own, value in self.identifiers:
            if own == scheme:
                return value
        return None


class _Named(Struct, gc=False):
    name: str


class _Qualifier(Struct, gc=False):
    name: str
    major: bool = False


class _Heading(Struct, gc=False):
    name: str
    major: bool = False
    qualifiers: tuple[_Qualifier, ...] = ()


class _Keyword(Struct, gc=False):
    text: str


class _Registration(Struct, gc=False):
    bank: str
    number: str


class _OfBook(Struct, gc=False):
    """What of a record's extras a bibliography uses, by PubMed's names."""

    publishers: list[str] = field(default_factory=list, name="PublisherName")
    places: list[str] = field(default_factory=list, name="PublisherLocation")
    editions: list[str] = field(default_factory=list, name="Edition")
    editors: list[str] = field(default_factory=list, name="Editor")


people_of = json.Decoder(tuple[Person, ...]).decode
_named = json.Decoder(list[_Named]).decode
_headings = json.Decoder(list[_Heading]).decode
_words = json.Decoder(list[_Keyword]).decode
_numbers = json.Decoder(list[_Registration]).decode
_of_book = json.Decoder(_OfBook).decode
# A few hundred lists of languages and types are repeated in every hundred thousand records.
languages_of = lru_cache(4_096)(json.Decoder(tuple[str, ...]).decode)


@lru_cache(4_096)
def names_of(text: str) -> tuple[str, ...]:
    """The names in a list of things that have one."""
    return tuple([each.name for each in _named(text)])


def headings_of(text: str) -> list[str]:
    """MeSH as MEDLINE prints it: subheadings behind a slash, main points with an asterisk."""
    headings = []
    for each in _headings(text):
        name = f"*{each.name}" if each.major else each.name
        for qualifier in each.qualifiers:
            name += f"/*{qualifier.name}" if qualifier.major else f"/{qualifier.name}"
        headings.append(name)
    return headings


def keywords_of(text: str) -> list[str]:
    """Keywords without what else is said of them."""
    return [each.text for each in _words(text)]


def registrations_of(text: str) -> list[str]:
    """Numbers in registries and data banks: ``bank:number``."""
    return [f"{each.bank}:{each.number}" for each in _numbers(text)]


def references(batch: Batch) -> Iterator[Reference]:
    """The citations of a batch."""
    identifiers: dict[int, list[tuple[str, str]]] = {}
    for number, scheme, value in batch.identifiers:
        own = identifiers.get(number)
        if own is None:
            identifiers[number] = [(scheme, value)]
        else:
            own.append((scheme, value))
    studies: dict[int, list[int]] = {}
    for number, study_id in batch.studies:
        studies.setdefault(number, []).append(study_id)
    for row in batch.rows:
        number = row[0]
        authors, languages, types, mesh, concepts, keywords, registrations, extras = row[_PLAIN_END:]
        book = _of_book(extras) if extras else _NO_BOOK
        yield _reference(
            *row[:_PLAIN_END],
            people_of(authors) if authors else (),
            languages_of(languages) if languages else (),
            names_of(types) if types else (),
            headings_of(mesh) if mesh else (),
            names_of(concepts) if concepts else (),
            keywords_of(keywords) if keywords else (),
            registrations_of(registrations) if registrations else (),
            identifiers.get(number, ()),
            studies.get(number, ()),
            _first(book.publishers),
            _first(book.places),
            _first(book.editions),
            book.editors,
        )


_NO_BOOK = _OfBook()
_PLAIN_END = len(PLAIN)
_reference: Any = Reference
"""Its fields are :data:`PLAIN` in order and then the rest; the type checker cannot count the columns of a row."""


def _first(values: list[str]) -> str | None:
    return values[0] if values else None
