"""Facets of lists of citations, counted by cutting sets of ids: exact, and fast where hundreds of thousands match."""

from collections.abc import Iterator, Sequence
from functools import lru_cache

from pyroaring import BitMap
from sqlalchemy.orm import Session

from app.citations.folded import tag
from app.errors import MalformedQuery
from app.kit.languages import english
from app.kit.tokens import words
from app.search.citation_sets import matching
from app.search.facet import Facet, Value, most_frequent, of_years
from app.search.filters import FILTERS
from app.search.holdings import Holdings, holdings
from app.search.language import LONGEST, MOST_TERMS, parse, unparse
from app.search.named import shown
from app.search.spec import HAS, Search
from app.search.syntax import Both, Term, Tree, both, terms

_TAGGED = {"publication_type": "pt", "language": "la", "journal": "ta"}
"""Facet → the tag of the query language that asks for its values."""

NAMES = ("year", "decade", "standing", "has", *_TAGGED)
"""The facets of citations."""

_HAS = {"quote": "a verbatim quote", "doi": "a DOI", "pmid": "a PMID", "abstract": "an abstract"}


def facets(
    session: Session, search: Search, names: Sequence[str], *, among: tuple[int, ...] | None = None
) -> dict[str, Facet]:
    """The facets ``names`` of a list, in this order; with ``among``, of these citations only."""
    held = holdings(session)
    found = {}
    for name in names:
        if name == "has":
            found[name] = _has(session, held, search, among)
        elif name in _TAGGED:
            found[name] = _named(session, held, search, _TAGGED[name], among)
        elif name == "standing":
            rows = matching(session, search.asking(standing=()), among=among)
            found[name] = _standings(held, search, rows)
        else:
            rows = matching(session, search.without_years(), among=among)
            found[name] = _years(held, search, rows, width=10 if name == "decade" else 1)
    return found


def _years(held: Holdings, search: Search, rows: BitMap, *, width: int) -> Facet:
    counts = {year: rows.intersection_cardinality(ids) for year, ids in held.axes.get("year", {}).items()}
    return of_years(counts, search.year_from, search.year_to, width=width)


def _standings(held: Holdings, search: Search, rows: BitMap) -> Facet:
    each, asked = FILTERS["standing"], search.values("standing")
    return most_frequent(
        ("standing",),
        (
            Value(
                value,
                each.label(value),
                rows.intersection_cardinality(held.having("standing", value)),
                value in asked,
                {"standing": [value]},
            )
            for value in each.allowed
        ),
    )


def _has(session: Session, held: Holdings, search: Search, among: tuple[int, ...] | None) -> Facet:
    """A quote must be on a matching finding, so it is asked for; the others are the citation's own."""
    rest, quoted = matching(session, search.having(), among=among), search.having("quote")
    counts = {
        value: len(matching(session, quoted, among=among))
        if value == "quote"
        else rest.intersection_cardinality(held.having("has", value))
        for value in HAS
    }
    values = (Value(value, _HAS[value], counts[value], value in search.has, {"has": [value]}) for value in HAS)
    return most_frequent(("has",), values)


def _named(session: Session, held: Holdings, search: Search, field: str, among: tuple[int, ...] | None) -> Facet:
    """Values are asked for in ``q``: each takes the place of the names under its tag that are joined to the rest by AND."""
    rest, selected = _apart(search.q_asked, field)
    left = _apart(search.q.tree if search.q else None, field)[0]
    rows = matching(session, search.with_tree(left), among=among)
    by_token = {tag(field, name): name for name in held.axes.get(shown(field), {})}
    counted = {token: rows.intersection_cardinality(held.having(field, token)) for token in by_token if token}
    return most_frequent(
        ("q",),
        (
            Value(name, english(name) if field == "la" else name, counted[token], token in selected, {"q": [asked]})
            for token, name in by_token.items()
            if token in selected or counted.get(token)
            for asked in _asked_for(rest, field, name)
        ),
    )


def _apart(tree: Tree | None, field: str) -> tuple[Tree | None, set[str]]:
    """``tree`` without the whole names under ``field`` that are joined to the rest by AND; and their tokens."""
    parts = tree.parts if isinstance(tree, Both) else (tree,) if tree else ()
    own = [part for part in parts if isinstance(part, Term) and part.field == field and not part.truncated]
    left = [part for part in parts if part not in own]
    return (both(*left) if left else None), {tag(field, part.text) for part in own}


def _asked_for(rest: Tree | None, field: str, name: str) -> Iterator[str]:
    """The text that asks for ``rest`` and for ``name``; nothing where a search cannot say it, or would be too long."""
    asked = _spelled(field, name)
    if asked:
        text = unparse(both(rest, asked) if rest else asked)
        if len(text) <= LONGEST and (rest is None or len(terms(rest)) < MOST_TERMS):
            yield text


@lru_cache(maxsize=20_000)
def _spelled(field: str, name: str) -> Term | None:
    """The term that asks for a name; None for one with signs that a search cannot hold."""
    asked = Term(tuple(words(name)), name, phrase=True, field=field)
    try:
        read = parse(unparse(asked)).tree
    except MalformedQuery:
        return None
    return read if isinstance(read, Term) and tag(field, read.text) == tag(field, name) else None
