"""Citations as lists show them: what a page says of a record and looks through for words, and nothing more.

A page passes most of what is stored on as it stands. Lists of a record stay the
JSON that they are stored as until somebody looks into them; whole records, with everything
read, are in :mod:`app.citations.queries`.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.citations.draft import Chemical, CitationDraft, Journal, Keyword, MeshHeading, Name, Term
from app.models.citation import Citation, CitationIdentifier, CitationText
from app.statements import Statement, among_numbers, as_text

_TABLE = Citation.__table__
_COLUMNS = (
    "id", "standing", "source", "source_type", "title", "original_title", "book_title", "citation_text", "issued_on",
    "year", "authors", "journal", "languages", "publication_types", "mesh_headings", "supplementary_concepts",
    "keywords", "chemicals",
)  # fmt: skip
_RECORDS = Statement(
    select(*(as_text(_TABLE.c[name]) for name in _COLUMNS)).where(among_numbers(_TABLE.c.id, "citations"))
)
_IDENTIFIERS = Statement(
    select(
        CitationIdentifier.citation_id, CitationIdentifier.scheme, CitationIdentifier.value, CitationIdentifier.identifies
    )
    .where(among_numbers(CitationIdentifier.citation_id, "citations"))
    .order_by(CitationIdentifier.citation_id, CitationIdentifier.position)
)  # fmt: skip
_TEXTS = Statement(
    select(CitationText.citation_id, CitationText.label, CitationText.text)
    .where(among_numbers(CitationText.citation_id, "citations"))
    .order_by(CitationText.citation_id, CitationText.position)
)


class Listed:
    """A record on a page: what its draft says, by the same names, and what is stored of it to pass on."""

    def __init__(self, row: Any, identifiers: Sequence[Any], texts: Sequence[Any]) -> None:
        self._row = row
        self.id: int = row.id
        self.standing: str = row.standing
        self.source: str = row.source
        self.source_type: str = row.source_type
        self.title: str | None = row.title
        self.original_title: str | None = row.original_title
        self.book_title: str | None = row.book_title
        self.citation_text: str | None = row.citation_text
        self.issued_on: str | None = row.issued_on
        self.year: int | None = row.year
        self.identifiers = identifiers
        self.texts = texts

    def identifier(self, scheme: str) -> str | None:
        """The first identifier of ``scheme``, the one to trust most."""
        for each in self.identifiers:
            if each.scheme == scheme:
                return str(each.value)
        return None

    @property
    def pmid(self) -> str | None:
        """The PubMed id, where the record has one."""
        return self.identifier("pmid")

    def as_stored(self, column: str, default: Any) -> Any:
        """What ``column`` holds, to be written out again as the JSON that it is; ``default`` where it holds nothing."""
        text = getattr(self._row, column)
        return msgspec.Raw(text.encode()) if text else default

    def unread(self, *columns: str) -> list[str]:
        """The JSON of those ``columns`` that hold something."""
        return [text for text in (getattr(self._row, name) for name in columns) if text]

    @cached_property
    def authors(self) -> tuple[Name, ...]:
        """The authors in order, as far as their names go: where they work is most of what is stored of them."""
        return _AUTHORS(self._row.authors) if self._row.authors else ()

    @cached_property
    def journal(self) -> Journal | None:
        """Where it appeared."""
        return _JOURNAL(self._row.journal) if self._row.journal else None

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """The languages of the text, as codes."""
        return _LANGUAGES(self._row.languages) if self._row.languages else ()

    @cached_property
    def keywords(self) -> tuple[Keyword, ...]:
        """Keywords of authors and indexers."""
        return _KEYWORDS(self._row.keywords) if self._row.keywords else ()

    @cached_property
    def mesh_headings(self) -> tuple[MeshHeading, ...]:
        """MeSH headings with their subheadings."""
        return _HEADINGS(self._row.mesh_headings) if self._row.mesh_headings else ()

    @cached_property
    def publication_types(self) -> tuple[Term, ...]:
        """What kinds of publication it is."""
        return _TERMS(self._row.publication_types) if self._row.publication_types else ()

    @cached_property
    def supplementary_concepts(self) -> tuple[Term, ...]:
        """Substances and diseases that are no headings."""
        return _TERMS(self._row.supplementary_concepts) if self._row.supplementary_concepts else ()

    @cached_property
    def chemicals(self) -> tuple[Chemical, ...]:
        """Substances that it is indexed with."""
        return _CHEMICALS(self._row.chemicals) if self._row.chemicals else ()


Described = CitationDraft | Listed
"""What tells the texts and names that a record is found by."""

_AUTHORS = msgspec.json.Decoder(tuple[Name, ...]).decode
_JOURNAL = msgspec.json.Decoder(Journal).decode
_LANGUAGES = msgspec.json.Decoder(tuple[str, ...]).decode
_KEYWORDS = msgspec.json.Decoder(tuple[Keyword, ...]).decode
_HEADINGS = msgspec.json.Decoder(tuple[MeshHeading, ...]).decode
_TERMS = msgspec.json.Decoder(tuple[Term, ...]).decode
_CHEMICALS = msgspec.json.Decoder(tuple[Chemical, ...]).decode


def listed(session: Session, citation_ids: Iterable[int]) -> dict[int, Listed]:
    """The citations with these ids, by id; unknown ids are left out."""
    asked = list(dict.fromkeys(citation_ids))
    if not asked:
        return {}
    identifiers, texts = _by_citation(session, _IDENTIFIERS, asked), _by_citation(session, _TEXTS, asked)
    return {row.id: Listed(row, identifiers[row.id], texts[row.id]) for row in _RECORDS.all(session, citations=asked)}


def _by_citation(session: Session, statement: Statement, asked: Sequence[int]) -> defaultdict[int, list[Any]]:
    found: defaultdict[int, list[Any]] = defaultdict(list)
    for row in statement.all(session, citations=asked):
        found[row.citation_id].append(row)
    return found
