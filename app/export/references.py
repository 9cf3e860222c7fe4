"""Citations as a bibliography needs them, read by the thousand. No abstract is read: it belongs to its publisher.

Three statements for each thousand citations, none of them with a subquery
for each row; JSON is decoded straight into what is needed of it.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any

from msgspec import Struct, field, json
from sqlalchemy import ColumnElement, Executable, Select, Text, and_, case, cast, select
from sqlalchemy.orm import Session

from app.citations.lookup import among
from app.models.citation import Citation, CitationIdentifier
from app.models.study import Study, StudyReport
from app.search.spec import PUBLIC

AT_ONCE = 1_000
_DENSE = 1.5
_TABLE = Citation.__table__
_IDENTIFIER = CitationIdentifier.__table__
_PLAIN = (
    "id", "source", "source_type", "standing", "title", "original_title", "book_title", "citation_text",
    "authors_complete", "journal_title", "journal_abbreviation", "issn_l", "volume", "issue", "pages", "issued_on",
    "electronic_on", "year", "version",
)  # fmt: skip
_LISTS = (
    "authors", "languages", "publication_types", "mesh_headings", "supplementary_concepts", "keywords", "registrations",
)  # fmt: skip


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


_people = json.Decoder(tuple[Person, ...]).decode
_named = json.Decoder(list[_Named]).decode
_headings = json.Decoder(list[_Heading]).decode
_words = json.Decoder(list[_Keyword]).decode
_numbers = json.Decoder(list[_Registration]).decode
_of_book = json.Decoder(_OfBook).decode
# A few hundred lists of languages and types are repeated in every hundred thousand records.
_languages = lru_cache(4_096)(json.Decoder(tuple[str, ...]).decode)


@lru_cache(4_096)
def _names(text: str) -> tuple[str, ...]:
    return tuple([each.name for each in _named(text)])


def _mesh(text: str) -> list[str]:
    """Headings as MEDLINE prints them: subheadings behind a slash, main points with an asterisk."""
    return [
        "/".join([f"*{h.name}" if h.major else h.name, *[f"*{q.name}" if q.major else q.name for q in h.qualifiers]])
        if h.qualifiers
        else f"*{h.name}"
        if h.major
        else h.name
        for h in _headings(text)
    ]


def _query() -> Select[Any]:
    # Articles have no publisher, and their extras are long.
    extras = case((_TABLE.c.source_type != "journal_article", cast(_TABLE.c.extras, Text)))
    lists = (cast(_TABLE.c[name], Text) for name in _LISTS)
    return select(*(_TABLE.c[name] for name in _PLAIN), *lists, extras)


_QUERY = _query()
_IDENTIFIERS = select(_IDENTIFIER.c.citation_id, _IDENTIFIER.c.scheme, _IDENTIFIER.c.value).order_by(
    _IDENTIFIER.c.citation_id, _IDENTIFIER.c.position
)
_STUDIES = (
    select(StudyReport.citation_id, StudyReport.study_id)
    .join(Study, Study.id == StudyReport.study_id)
    .where(Study.status.in_(PUBLIC))
    .order_by(StudyReport.study_id)
)


def references(session: Session, citation_ids: Iterable[int]) -> Iterator[Reference]:
    """The citations with these ids, which come in rising order; unknown ones are left out. Memory stays flat."""
    for some in in_batches(citation_ids):
        yield from _batch(session, some)


def in_batches(ids: Iterable[int]) -> Iterator[list[int]]:
    """``ids``, :data:`AT_ONCE` at a time."""
    rest = iter(ids)
    while some := list(islice(rest, AT_ONCE)):
        yield some


def _batch(session: Session, ids: list[int]) -> Iterator[Reference]:
    identifiers, asked = _identifiers(session, ids), set(ids)
    studies: dict[int, list[int]] = {}
    for number, study_id in _plain_rows(session, _STUDIES.where(_one_of(session, StudyReport.citation_id, ids))):
        studies.setdefault(number, []).append(study_id)
    for row in _plain_rows(session, _QUERY.where(_one_of(session, _TABLE.c.id, ids)).order_by(_TABLE.c.id)):
        number = row[0]
        if number not in asked:
            continue
        authors, languages, types, mesh, concepts, keywords, registrations, extras = row[_PLAIN_END:]
        book = _of_book(extras) if extras else _NO_BOOK
        yield _reference(
            *row[:_PLAIN_END],
            _people(authors) if authors else (),
            _languages(languages) if languages else (),
            _names(types) if types else (),
            _mesh(mesh) if mesh else (),
            _names(concepts) if concepts else (),
            [each.text for each in _words(keywords)] if keywords else (),
            [f"{each.bank}:{each.number}" for each in _numbers(registrations)] if registrations else (),
            identifiers.get(number, ()),
            studies.get(number, ()),
            _first(book.publishers),
            _first(book.places),
            _first(book.editions),
            book.editors,
        )


def _plain_rows(session: Session, query: Executable) -> list[tuple[Any, ...]]:
    """The rows as the driver gives them: making each an object of SQLAlchemy's costs more than reading it."""
    result: Any = session.connection().execute(query)
    rows: list[tuple[Any, ...]] = result.cursor.fetchall()
    result.close()
    return rows


def _one_of(session: Session, column: Any, ids: list[int]) -> ColumnElement[bool]:
    """That ``column`` is one of ``ids``, or lies between them where most of what does is asked for: that reads twice as fast.

    What lies between and was not asked for, the caller leaves out.
    """
    dense = ids[-1] - ids[0] < _DENSE * len(ids)
    return and_(column >= ids[0], column <= ids[-1]) if dense else among(session, column, ids)


def _identifiers(session: Session, ids: list[int]) -> dict[int, list[tuple[str, str]]]:
    found: dict[int, list[tuple[str, str]]] = {}
    query = _IDENTIFIERS.where(_one_of(session, _IDENTIFIER.c.citation_id, ids))
    for number, scheme, value in _plain_rows(session, query):
        own = found.get(number)
        if own is None:
            found[number] = [(scheme, value)]
        else:
            own.append((scheme, value))
    return found


_NO_BOOK = _OfBook()
_PLAIN_END = len(_PLAIN)
_reference: Any = Reference
"""Its fields are :data:`_PLAIN` in order and then the rest; the type checker cannot count the columns of a row."""


def _first(values: list[str]) -> str | None:
    return values[0] if values else None
