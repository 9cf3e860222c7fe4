"""Reading from the store what of a citation is compared, and the keys under which alike records meet. Nothing is compared here.

A key is the hash of something that two records of one paper share even when
much else differs: the first or last telling words of the title, its longest
words, the place in print, author and year, a DOI, a PMID that one names.
Comparing only records that share a key keeps the work in proportion to their
number; comparing all with all would be 450 million pairs for 30,000 records.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from typing import Any

import msgspec
from sqlalchemy import Text, cast, select
from sqlalchemy.orm import Session

from app.citations.lookup import among
from app.citations.similarity import Likeness, folded_journals, is_preprint
from app.citations.titles import Title, kinds_of, read_title
from app.kit.tokens import fold
from app.models.citation import Citation, CitationCorrection, CitationIdentifier, CitationText

_FEW_WORDS = 4
_LONG_WORD = 4


class _Name(msgspec.Struct, gc=False):
    name: str = ""
    family: str | None = None
    collective: str | None = None


_read_names = msgspec.json.Decoder(list[_Name]).decode


def likenesses(session: Session, citation_ids: Iterable[int]) -> dict[int, Likeness]:
    """What is compared of these citations, by id; merged ones are left out."""
    asked = list(dict.fromkeys(citation_ids))
    columns = (
        Citation.id, Citation.source_type, Citation.title, Citation.original_title, Citation.book_title, Citation.year,
        Citation.journal_title, Citation.journal_abbreviation, Citation.volume, Citation.pages,
        cast(Citation.authors, Text).label("authors"), cast(Citation.publication_types, Text).label("types"),
    )  # fmt: skip
    rows = session.execute(select(*columns).where(among(session, Citation.id, asked), Citation.merged_into.is_(None)))
    identifiers, abstracts, ties = _identifiers(session, asked), _abstracts(session, asked), _ties(session, asked)
    return {row.id: _likeness(row, identifiers[row.id], abstracts[row.id], ties[row.id]) for row in rows}


def keys_of(one: Likeness) -> set[int]:
    """The keys of one citation, as numbers that both databases hold in eight bytes."""
    return {_hashed(key) for key in (*_title_keys(one.titles), *_place_keys(one), *_identifier_keys(one))}


def _likeness(
    row: Any, identifiers: list[tuple[str, str]], abstracts: set[str], ties: set[tuple[str, str]]
) -> Likeness:
    names = [row.title or row.book_title, row.original_title]
    types = frozenset(term.name for term in _read_names(row.types)) if row.types else frozenset()
    dois = frozenset(value for scheme, value in identifiers if scheme == "doi")
    return Likeness(
        id=row.id,
        titles=tuple(title for title in (read_title(name) for name in names if name) if title.folded),
        kinds=kinds_of(names[0], types),
        author=_first_author(row.authors),
        year=row.year,
        journals=folded_journals(row.journal_abbreviation, row.journal_title),
        volume=fold(row.volume) or None if row.volume else None,
        page=_first_page(row.pages),
        pmid=next((value for scheme, value in identifiers if scheme == "pmid"), None),
        dois=dois,
        abstracts=frozenset(abstracts),
        is_preprint=is_preprint(types, row.source_type, dois),
        ties=frozenset(ties),
    )


def _first_author(authors: str | None) -> str | None:
    first = next(iter(_read_names(authors)), None) if authors else None
    return (fold(first.family or first.collective or "") or None) if first else None


def _first_page(pages: str | None) -> str | None:
    """``447-52`` → ``447``; ``0447`` and ``447`` are one page."""
    first = fold(pages).split()[:1] if pages else []
    return (first[0].lstrip("0") or None) if first else None


def _title_keys(titles: Sequence[Title]) -> Iterator[str]:
    for title in titles:
        words = title.telling
        if len(words) < _FEW_WORDS:
            yield f"title {title.folded}"
            continue
        yield f"begins {' '.join(words[:_FEW_WORDS])}"
        yield f"ends {' '.join(words[-_FEW_WORDS:])}"
        yield f"long {' '.join(sorted(sorted(set(words), key=lambda word: (-len(word), word))[:_FEW_WORDS]))}"


def _place_keys(one: Likeness) -> Iterator[str]:
    if one.volume and one.page and one.year:
        yield f"place {one.year} {one.volume} {one.page}"
    if not one.author or not one.year:
        return
    yield f"author {one.author} {one.year}"
    words = sorted((word for title in one.titles[:1] for word in title.telling), key=lambda word: (-len(word), word))
    for year in (one.year, one.year + 1):  # years one apart share the later one
        for word in words[:2]:
            if len(word) >= _LONG_WORD:
                yield f"author and word {one.author} {year} {word}"


def _identifier_keys(one: Likeness) -> Iterator[str]:
    for doi in one.dois:
        yield f"doi {doi}"
    named = {pmid for _, pmid in one.ties}
    for pmid in {one.pmid, *named} - {None}:
        yield f"pmid {pmid}"


def _hashed(key: str) -> int:
    return int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), signed=True)


def _identifiers(session: Session, asked: Sequence[int]) -> defaultdict[int, list[tuple[str, str]]]:
    columns = (CitationIdentifier.citation_id, CitationIdentifier.scheme, CitationIdentifier.value)
    query = select(*columns).where(
        among(session, CitationIdentifier.citation_id, asked), CitationIdentifier.scheme.in_(("pmid", "doi"))
    )
    found: defaultdict[int, list[tuple[str, str]]] = defaultdict(list)
    for number, scheme, value in session.execute(
        query.order_by(CitationIdentifier.citation_id, CitationIdentifier.position)
    ):
        found[number].append((scheme, value))
    return found


def _abstracts(session: Session, asked: Sequence[int]) -> defaultdict[int, set[str]]:
    query = select(CitationText.citation_id, CitationText.sha256)
    found: defaultdict[int, set[str]] = defaultdict(set)
    first = query.where(among(session, CitationText.citation_id, asked), CitationText.position == 0)
    for number, digest in session.execute(first):
        found[number].add(digest)
    return found


def _ties(session: Session, asked: Sequence[int]) -> defaultdict[int, set[tuple[str, str]]]:
    query = select(CitationCorrection.citation_id, CitationCorrection.kind, CitationCorrection.pmid)
    found: defaultdict[int, set[tuple[str, str]]] = defaultdict(set)
    named = query.where(among(session, CitationCorrection.citation_id, asked), CitationCorrection.pmid.is_not(None))
    for number, kind, pmid in session.execute(named):
        found[number].add((kind, str(pmid)))
    return found
