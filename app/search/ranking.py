"""The order of relevance: what says every word in its title, then beside the abstract, then the rest; the newest first in each.

The order is the same in both databases, a reader can check it, and it is cut
from sets: no row is weighed, so a page costs the same whatever a word finds. Nothing
here reads a text.
"""

from collections.abc import Container, Iterable, Iterator, Sequence

from pyroaring import BitMap
from sqlalchemy.orm import Session

from app.errors import MalformedCursor
from app.search import citation_order
from app.search.holdings import holdings
from app.search.syntax import (
    Both,
    Joint,
    Leaf,
    Term,
    Tree,
    Without,
    Years,
    both,
    collapse,
    either,
    field_of,
    parts_of,
    terms,
)
from app.search.word_sets import Fields, narrowed, with_words

HEAD = ("title", "keywords", "terms", "authors")
"""Where a word says what a record is about, or who wrote it: everywhere but in the abstract."""
_IN_TITLE = {None: ("title",), "tiab": ("title",)}
_IN_HEAD = {None: HEAD, "tiab": ("title", "keywords")}

UNRANKED = (3, 1, 0)
"""The place of what was found by names, years or identifiers alone and has no year."""

Place = tuple[int, int, int, int]
"""Tier, 1 without a year, year and id: what relevance sorts by."""
PARTS = 4


def by_relevance(
    session: Session, tree: Tree, rows: BitMap, *, after: Sequence[object] | None, number: int, descending: bool
) -> list[Place]:
    """At most ``number`` of the citations ``rows``, which ``tree`` found, behind the cursor's values ``after``.

    ``descending`` is the order reversed: the last tier first, and the oldest in each.
    """
    begun = read_place(after)
    held = holdings(session)
    found: list[Place] = []
    for tier, ids in reversed(list(_tiers(session, tree, rows))) if descending else _tiers(session, tree, rows):
        if begun and ((tier > begun[0]) if descending else (tier < begun[0])):
            continue
        behind = begun[1:] if begun and begun[0] == tier else None
        left = number - len(found)
        places = citation_order.by_year(held, ids, after=behind, number=left, descending=not descending)
        found += [(tier, *place) for place in places]
        if len(found) >= number:
            break
    return found


def places_of(session: Session, tree: Tree, rows: BitMap) -> dict[int, tuple[int, int, int]]:
    """The place of each of the citations ``rows``, which ``tree`` found; for few."""
    whole = by_relevance(session, tree, rows, after=None, number=len(rows), descending=False)
    return {number: (tier, undated, year) for tier, undated, year, number in whole}


def of_rows(
    session: Session, tree: Tree, pairs: Iterable[tuple[int, int | None]], *, own: Container[int], found: BitMap
) -> list[Place]:
    """Places of rows given with their reports, in no order: those in ``own``, whose own words match, stand in tier -1.

    A row takes the place of the best of its reports that are among the
    citations ``found`` by the words.
    """
    listed = [(row, report or 0) for row, report in pairs]
    places = places_of(session, tree, found & BitMap(report for _, report in listed))
    best: dict[int, Place] = {}
    for row, report in listed:
        tier, undated, year = places.get(report, UNRANKED)
        place = (-1 if row in own else tier, undated, year, row)
        best[row] = min(place, best.get(row, place), key=_rising)
    return list(best.values())


def in_order(places: Iterable[Place], *, after: Place | None, descending: bool) -> list[Place]:
    """The places behind ``after``, sorted; ids rise among equals in either direction."""
    key = _falling if descending else _rising
    return sorted((place for place in places if after is None or key(place) > key(after)), key=key)


def _rising(place: Place) -> Place:
    tier, undated, year, number = place
    return tier, undated, -year, number


def _falling(place: Place) -> Place:
    tier, undated, year, number = place
    return -tier, undated, year, number


def read_place(values: Sequence[object] | None) -> Place | None:
    """The place that a cursor names. Raises :class:`MalformedCursor` where it holds something else."""
    if values is None:
        return None
    tier, undated, year, number = (value if isinstance(value, int) else None for value in values)
    if tier is None or undated is None or year is None or number is None:
        raise MalformedCursor("This cursor cannot be read; start again without it.", field="cursor")
    return tier, undated, year, number


def _tiers(session: Session, tree: Tree, rows: BitMap) -> Iterator[tuple[int, BitMap]]:
    """Each tier with its citations, worked out when it is asked for."""
    said = _words_of(tree)
    if said is None:
        yield 3, rows
        return
    revision = holdings(session).revision
    rest = rows
    narrower: tuple[Fields, Fields] = (_IN_TITLE, _IN_HEAD)
    for tier, fields in enumerate(narrower):
        near = rest & narrowed(session, revision, tree, fields) if rest else rest
        yield tier, near
        rest = rest - near
    if _is_of_words_alone(tree):
        yield 2, rest
        return
    worded = rest & with_words(session, revision, said)
    yield 2, worded
    yield 3, rest - worded


def _words_of(tree: Tree) -> Tree | None:
    """The words that a match may show, all of them where all must be there, else any; None where it has none."""
    said = [term for term in terms(tree) if field_of(term).holds == "text"]
    if not said:
        return None
    plain = isinstance(tree, Term) or (isinstance(tree, Both) and not any(map(parts_of, tree.parts)))
    return both(*said) if plain else either(*said)


def _is_of_words_alone(tree: Tree) -> bool:
    def join(joint: Joint, parts: list[bool]) -> bool:
        return parts[0] if isinstance(joint, Without) else all(parts)

    return collapse(tree, _is_text, join)


def _is_text(leaf: Leaf) -> bool:
    return not isinstance(leaf, Years) and field_of(leaf).holds == "text"
