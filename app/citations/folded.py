"""What of a citation can be searched, as folded words and whole names: the text that either database indexes.

Both indexes hold exactly the tokens of :func:`document`, so both find the same
sets (not the same ranks). Whole names (a heading, a journal, a year) stand
beside the words as one token each. Nothing here touches the database, nor
loads what does: the process that reads files folds them when it has time.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from operator import attrgetter
from typing import NamedTuple

from app.citations.draft import CitationDraft, Journal, MeshHeading, Name
from app.kit.languages import names_of
from app.kit.tokens import fold

GAP = "¦"
"""Stands where one text ends and the next begins, so that no phrase reaches across. Folded words never hold it."""

SIGN = "·"
"""Begins a token that is no word but a whole name or a marked word, and joins its parts. Folded words never hold it."""

LONGEST_TAG = 300
MOST_TAGS = 400
"""A longer name, or what comes after so many, is in no real record; its words are found all the same."""

MOST_POSITIONS = 16_000
MOST_OCCURRENCES = 250
LONGEST_WORD = 100
MOST_BYTES = 500_000
"""PostgreSQL's limits on one vector (position 16,383, 256 positions a word, 2 KB a word, 1 MB in all), kept on both
sides; the longest real records have some 6,000 words. The other half of the 1 MB is for the names."""
_AUTHORS_AND_TITLE = (0, 3)
"""The places of the fields whose words stand in a vector twice."""


_MINOR, _MAJOR = ("mh",), ("mh", "majr")
_is_major = attrgetter("major")
_MARK, _FIELD = "\x01", "\x02"
_JOIN, _NEXT_FIELD = f" {_MARK} ", f" {_FIELD} "


class Document(NamedTuple):
    """The folded words of one citation, by field; texts within a field are parted by :data:`GAP`, ``tags`` by spaces."""

    title: str
    keywords: str
    terms: str
    authors: str
    tags: str
    abstract: str


class _Folding(dict[int, str | None]):
    """:func:`app.kit.tokens.fold` as a table for ``str.translate`` that lets the marks between texts and fields through."""

    def __missing__(self, point: int) -> str | None:
        # None where the character vanishes: str.translate stays on its fast path for ASCII then.
        folded = self[point] = fold(f"a{chr(point)}b")[1:-1] or None
        return folded


_FOLDING = _Folding({ord(_MARK): _MARK, ord(_FIELD): _FIELD})
_FOREIGN = re.compile(r"[^\x00-\x7f]+")
_VANISHING = bytes(point for point in range(128) if _FOLDING[point] is None)
_ASCII = bytes(ord(_FOLDING[point] or " ") for point in range(128)) + bytes(128)


def document(draft: CitationDraft) -> Document:
    """Fold what can be searched of a citation.

    Title: title, original title, book title. Terms: MeSH headings and
    subheadings, substances, supplementary concepts, publication types.
    Authors: family name and initials, or the group's name. Tags: headings and the
    names that ``names`` gives, each as one token. Abstract: all its parts.
    """
    terms, tags = _terms_and_tags(draft)
    fields = (
        [draft.title, draft.original_title, draft.book_title],
        [keyword.text for keyword in draft.keywords],
        [_JOIN.join(terms)],
        [author_name(author) for author in draft.authors],
        [part.text for part in draft.texts],
    )
    given = _NEXT_FIELD.join([_JOIN.join(filter(None, texts)).replace(_FIELD, " ") for texts in fields])
    words = _fold_fields(given).split()
    if not _fits(words):
        words = _within_limits(words)
    folded = " ".join(words).replace(_MARK, GAP).split(_FIELD)
    title, keywords, folded_terms, authors, abstract = map(str.strip, folded)
    return Document(title, keywords, folded_terms, authors, " ".join(tags), abstract)


def journal_names(own: Journal) -> Iterator[str]:
    """What a journal goes by, its title first where it has one."""
    spellings = (own.title, own.abbreviation, own.medline_abbreviation, own.issn, own.issn_l)
    return (name for name in spellings if name)


def tag(field: str, name: str) -> str:
    """``name`` as one token; empty where it holds no letter or digit or is too long. A name's beginning begins its token."""
    return _token(field, fold(name))


def _token(field: str, folded: str) -> str:
    token = f"{SIGN}{field}{SIGN}{folded.replace(' ', SIGN)}"
    return token if folded and len(token) <= LONGEST_TAG else ""


def _terms_and_tags(draft: CitationDraft) -> tuple[list[str], list[str]]:
    """The folded terms of a citation, and its headings and the other names as tokens, in the same order."""
    terms: list[str] = []
    tags: list[str] = []
    for heading in draft.mesh_headings:
        _add_heading(heading, terms, tags)
    substances = [_of_name("nm", substance.name) for substance in draft.chemicals]
    substances += [_of_name("nm", term.name) for term in draft.supplementary_concepts]
    kinds = [_of_name("pt", term.name) for term in draft.publication_types]
    terms += [folded for folded, _ in (*substances, *kinds)]
    tags += [token for _, token in (*kinds, *substances)]
    for code in draft.languages:
        tags += _of_language(code)
    if draft.journal:
        tags += _of_journal(draft.journal)
    if year := draft.year:
        tags.append(_token("dp", str(year)))
    return terms, list(filter(None, dict.fromkeys(tags)))[:MOST_TAGS]


def _add_heading(heading: MeshHeading, terms: list[str], tags: list[str]) -> None:
    """Add a heading with its subheadings; the stroke between them only parts words, so both its sides are folded apart."""
    qualifiers = heading.qualifiers
    is_major = heading.major or any(map(_is_major, qualifiers))
    name, tokens = _of_heading(heading.name, is_major)
    terms.append(name)
    tags += tokens
    for qualifier in qualifiers:
        folded, behind = _of_subheading(qualifier.name)
        terms.append(folded)
        for field, token in zip(_MAJOR if qualifier.major else _MINOR, tokens, strict=False):
            fits = token and len(token) + len(behind) <= LONGEST_TAG
            tags.append(token + behind if fits else _token(field, f"{name} {folded}".strip()))


# The same names and journals stand in thousands of records, and are folded once. Headings with a subheading are too many
# for that: half of them come once, and finding one took as long as putting it together.
@lru_cache(maxsize=1 << 14)
def _of_heading(name: str, is_major: bool) -> tuple[str, tuple[str, ...]]:
    """The folded name of a heading, and what :func:`tag` makes of it."""
    folded = fold(name)
    return folded, tuple([_token(field, folded) for field in (_MAJOR if is_major else _MINOR)])


@lru_cache(maxsize=1 << 10)
def _of_subheading(name: str) -> tuple[str, str]:
    """The folded name of a subheading, and what it adds to the token of its heading."""
    folded = fold(name)
    return folded, f"{SIGN}{folded.replace(' ', SIGN)}" if folded else ""


@lru_cache(maxsize=1 << 13)
def _of_name(field: str, name: str) -> tuple[str, str]:
    folded = fold(name)
    return folded, _token(field, folded)


@lru_cache(maxsize=1 << 10)
def _of_language(code: str) -> tuple[str, ...]:
    return tuple(tag("la", name) for name in names_of(code))


@lru_cache(maxsize=1 << 12)
def _of_journal(own: Journal) -> tuple[str, ...]:
    return tuple(tag("ta", name) for name in journal_names(own))


def author_name(author: Name) -> str | None:
    """What an author is found by: family name and initials, or the group's name."""
    if author.collective:
        return author.collective
    return f"{author.family} {author.initials}" if author.initials else author.family or author.given


def _fold_fields(given: str) -> str:
    if not given.isascii():
        # One foreign character would take the whole text off the fast path; modern records took a third longer.
        given = _FOREIGN.sub(_fold_foreign, given)
    if given.isascii():
        return given.encode().translate(_ASCII, _VANISHING).decode()
    return given.translate(_FOLDING)


def _fold_foreign(found: re.Match[str]) -> str:
    run = found[0]
    return (_FOLDING[ord(run)] or "") if len(run) == 1 else run.translate(_FOLDING)


def _fits(words: Sequence[str]) -> bool:
    """Whether all of them can be held for certain: signs have up to four bytes, and some words are held twice."""
    total = len(words)
    if total < MOST_OCCURRENCES:
        return max(map(len, words)) <= LONGEST_WORD
    distinct = set(words)
    longest = max(map(len, distinct))
    if total >= MOST_POSITIONS or longest > LONGEST_WORD or 8 * longest * total > MOST_BYTES:
        return False
    # A word that stands n times leaves n - 1 repeats; only long documents need to be counted out.
    return total - len(distinct) < MOST_OCCURRENCES or max(Counter(words).values()) <= MOST_OCCURRENCES


def _within_limits(words: Iterable[str]) -> list[str]:
    """Leave out, on both sides alike, what one of them could not hold; positions of the rest stay as they are."""
    positions, left, field = MOST_POSITIONS, MOST_BYTES, 0
    seen: Counter[str] = Counter()
    kept = []
    for word in words:
        positions -= 1
        if word == _FIELD:
            field += 1
            kept.append(word)
        elif positions >= 0:
            seen[word] += 1
            cost = len(word.encode()) * (2 if field in _AUTHORS_AND_TITLE else 1)
            fits = len(word) <= LONGEST_WORD and seen[word] <= MOST_OCCURRENCES and cost <= left
            kept.append(word if fits else _MARK)
            left -= cost if fits else 0
    return kept
