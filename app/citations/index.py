"""The text index of citations: what is indexed, and the same words in both databases.

SQLite holds the words in a contentless FTS5 table, PostgreSQL as weighted
vectors; both get exactly the tokens of :func:`document`, so both find the same
sets (not the same ranks). Nothing here reads a question; that is ``words``.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.citations.draft import Author, CitationDraft
from app.database import pour
from app.kit.tokens import fold

GAP = "¦"
"""Stands where one text ends and the next begins, so that no phrase reaches across. Folded words never hold it."""

MOST_POSITIONS = 16_000
MOST_OCCURRENCES = 250
LONGEST_WORD = 100
MOST_CHARACTERS = 200_000
"""PostgreSQL's limits on one vector (position 16,383, 256 positions a word, 2 KB a word, 1 MB in all), kept on both
sides; the longest real records have some 6,000 words."""

_MANY_ROWS = 500
_MANY = (("automerge", 0), ("crisismerge", 64), ("hashsize", 8 << 20))
_DAILY = (("automerge", 4), ("crisismerge", 16), ("hashsize", 1 << 20))
_COLUMNS = ("title", "abstract", "terms", "authors")
_WEIGHTS = "ABCD"
_MARK = "\x01"
_JOIN = f" {_MARK} "


class Document(NamedTuple):
    """The folded words of one citation, by field; texts within a field are parted by :data:`GAP`."""

    title: str
    abstract: str
    terms: str
    authors: str


class _Folding(dict[int, str | None]):
    """:func:`app.kit.tokens.fold` as a table for ``str.translate`` that lets the mark between two texts through."""

    def __missing__(self, point: int) -> str | None:
        # None where the character vanishes: str.translate stays on its fast path for ASCII then.
        folded = self[point] = fold(f"a{chr(point)}b")[1:-1] or None
        return folded


_FOLDING = _Folding({1: _MARK})
_FOREIGN = re.compile(r"[^\x00-\x7f]+")


def document(draft: CitationDraft) -> Document:
    """Fold what can be searched of a citation.

    Title: title, original title, book title. Abstract: all its parts. Terms:
    MeSH headings and subheadings, keywords, substances, supplementary concepts,
    publication types. Authors: family name and initials, or the group's name.
    """
    fields = (
        _words([draft.title, draft.original_title, draft.book_title]),
        _words([part.text for part in draft.texts]),
        _words(_terms(draft)),
        _words([_name(author) for author in draft.authors]),
    )
    limited = fields if _fits(fields) else _within_limits(fields)
    return Document(*[" ".join(words).replace(_MARK, GAP) for words in limited])


def write(session: Session, documents: Iterable[tuple[int, Sequence[str]]]) -> None:
    """Index citations that are not indexed yet; ids rise, which is what FTS5 takes fastest."""
    if _is_sqlite(session):
        pour(session, "citation_index", ("rowid", *_COLUMNS), [(number, *fields) for number, fields in documents])
    else:
        rows = [(number, vector(fields)) for number, fields in documents]
        if len(rows) >= _MANY_ROWS:
            # The index sorts new words in when its waiting list is full; a longer list takes half the time.
            session.execute(text("SET LOCAL gin_pending_list_limit = '32MB'; SET LOCAL work_mem = '64MB'"))
        pour(session, "citation_index", ("citation_id", "document"), rows)


def remove(session: Session, documents: Iterable[tuple[int, Sequence[str]]]) -> None:
    """Take citations out of the index. A contentless table must be told what it holds: ``documents`` as they were written."""
    if _is_sqlite(session):
        columns = ("citation_index", "rowid", *_COLUMNS)
        pour(session, "citation_index", columns, [("delete", number, *fields) for number, fields in documents])
        return
    numbers = [{"id": number} for number, _ in documents]
    if numbers:
        session.execute(text("DELETE FROM citation_index WHERE citation_id = :id"), numbers)


def expect_many(session: Session, *, many: bool) -> None:
    """Prepare the index for tens of thousands of new citations, or for daily work again.

    While many come, FTS5 gathers a batch in memory and merges nothing until
    later, which takes a quarter off. That setting is stored in the database; an
    import that was killed leaves it behind, which costs speed and no truth, and
    the next one puts it back. PostgreSQL is told per batch, and afterwards sorts
    in what waits and looks at the tables anew, or it would plan for empty ones.
    """
    if _is_sqlite(session):
        for name, value in _MANY if many else _DAILY:
            session.execute(
                text("INSERT INTO citation_index (citation_index, rank) VALUES (:name, :value)"),
                {"name": name, "value": value},
            )
    elif not many:
        session.execute(text("SELECT gin_clean_pending_list('ix_citation_index_document')"))
        session.execute(text("ANALYZE citation, citation_identifier, citation_correction, citation_index"))


def vector(fields: Sequence[str]) -> str:
    """The words as PostgreSQL's ``tsvector`` literal: ``'kratom':1A,7B``, one position free between fields."""
    places: dict[str, str] = {}
    start = 1
    for field, weight in zip(fields, _WEIGHTS, strict=True):
        found = field.split()
        for word, place in zip(found, _places(weight)[start : start + len(found)], strict=True):
            if word in places:
                places[word] += "," + place
            else:
                places[word] = place
        start += len(found) + 1
    places.pop(GAP, None)
    return " ".join([f"'{word}':{place}" for word, place in places.items()])


@cache
def _places(weight: str) -> list[str]:
    """Every position with its weight, written once and not 20 million times."""
    return [f"{position}{weight}" for position in range(MOST_POSITIONS + len(_WEIGHTS) + 1)]


def _terms(draft: CitationDraft) -> list[str]:
    terms: list[str] = []
    for heading in draft.mesh_headings:
        terms.append(heading.name)
        terms += [qualifier.name for qualifier in heading.qualifiers]
    terms += [keyword.text for keyword in draft.keywords]
    for group in (draft.chemicals, draft.supplementary_concepts, draft.publication_types):
        terms += [term.name for term in group]
    return terms


def _name(author: Author) -> str | None:
    if author.collective:
        return author.collective
    return f"{author.family} {author.initials}" if author.initials else author.family or author.given


def _words(texts: Sequence[str | None]) -> list[str]:
    given = _JOIN.join([text for text in texts if text])
    if not given.isascii():
        # One foreign character would take the whole text off the fast path; modern records took a third longer.
        given = _FOREIGN.sub(_fold_foreign, given)
    return given.translate(_FOLDING).split()


def _fold_foreign(found: re.Match[str]) -> str:
    return found[0].translate(_FOLDING)


def _fits(fields: Sequence[list[str]]) -> bool:
    words = [word for field in fields for word in field]
    distinct = set(words)
    longest = max(map(len, distinct), default=0)
    if len(words) > MOST_POSITIONS - len(fields) or longest > LONGEST_WORD or longest * len(words) > MOST_CHARACTERS:
        return False
    # A word that stands n times leaves n - 1 repeats; only long documents need to be counted out.
    return len(words) - len(distinct) < MOST_OCCURRENCES or max(Counter(words).values()) <= MOST_OCCURRENCES


def _within_limits(fields: Iterable[list[str]]) -> list[list[str]]:
    """Leave out, on both sides alike, what one of them could not hold; positions of the rest stay as they are."""
    positions, characters = MOST_POSITIONS, MOST_CHARACTERS
    seen: Counter[str] = Counter()
    limited = []
    for field in fields:
        kept = []
        for word in field[: max(positions, 0)]:
            seen[word] += 1
            fits = len(word) <= LONGEST_WORD and seen[word] <= MOST_OCCURRENCES and len(word) <= characters
            kept.append(word if fits else _MARK)
            characters -= len(word) if fits else 0
        positions -= len(kept) + 1
        limited.append(kept)
    return limited


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"
