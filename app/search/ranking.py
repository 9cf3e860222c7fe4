"""The order of relevance: what holds every word beside the abstract first, then the rest, each by its rank.

The tiers are the same in both databases, the ranks within them are not
(``app.citations.ranks``). A page needs the ranks of the tiers that it shows, and most
first pages need those of the first, which is a small part of what a common word finds.
"""

from collections.abc import Container, Iterable, Iterator, Sequence
from typing import Any

from pyroaring import BitMap
from sqlalchemy import and_, or_
from sqlalchemy.orm import Session

from app.citations.ranks import ranked
from app.citations.words import Notation, notation_of
from app.errors import MalformedCursor
from app.search.compiling import DEEPEST_QUESTION, written
from app.search.holdings import ids_of
from app.search.syntax import (
    Both,
    Either,
    Joint,
    Leaf,
    Term,
    Tree,
    Without,
    Years,
    collapse,
    field_of,
    parts_of,
    terms,
)

HEAD = ("title", "keywords", "terms", "authors")
"""Where a word says what a record is about, or who wrote it: everywhere but in the abstract."""
_NARROWED = {None: HEAD, "tiab": ("title", "keywords")}
"""Tag → the fields that its words are looked for in first; other tags name one field and stay as they are."""

MOST_RANKED = 50_000
"""Citations of one tier that are weighed against each other; among more no weight tells much, and they stand by their id."""
UNRANKED = (2, 0.0)
"""Tier and rank of what was found by names, years or identifiers alone."""

Place = tuple[int, float, int]
"""Tier, rank and id: what relevance sorts by."""


def by_relevance(
    session: Session, tree: Tree, rows: BitMap, *, after: Sequence[Any] | None, number: int, descending: bool
) -> list[Place]:
    """At most ``number`` of the citations ``rows``, which ``tree`` found, behind the cursor's values ``after``."""
    begun = read_place(after)
    found: list[Place] = []
    tiers = list(_tiers(session, tree, rows))
    for tier, ids, question in reversed(tiers) if descending else tiers:
        if len(found) >= number:
            break
        if begun and ((tier > begun[0]) if descending else (tier < begun[0])):
            continue
        behind = begun if begun and begun[0] == tier else None
        rest = number - len(found)
        if question and len(ids) <= MOST_RANKED:
            found += _ranked(session, (tier, ids, question), after=behind, number=rest, descending=descending)
        else:
            first = 0 if behind is None else ids.rank(min(max(behind[2], 0), 2**32 - 1))
            found += [(tier, UNRANKED[1], each) for each in ids[first : first + rest]]
    return found


def places_of(session: Session, tree: Tree, rows: BitMap) -> dict[int, tuple[int, float]]:
    """Tier and rank of each of the citations ``rows``, which ``tree`` found; for few."""
    places = dict.fromkeys(rows, UNRANKED)
    for tier, ids, question in _tiers(session, tree, rows):
        if question:
            places |= {each: (tier, rank) for each, rank in session.execute(ranked(session, question, ids))}
    return places


def of_rows(
    session: Session, tree: Tree, pairs: Iterable[tuple[int, int | None]], *, own: Container[int], found: BitMap
) -> list[Place]:
    """Places of rows given with their reports, in no order: those in ``own``, whose own words match, stand in tier -1.

    A row takes the place of the best of its reports that are among the
    citations ``found`` by the words.
    """
    listed = [(row, report or 0) for row, report in pairs]
    ranks = places_of(session, tree, found & BitMap(report for _, report in listed))
    best: dict[int, tuple[int, float]] = {}
    for row, report in listed:
        tier, rank = ranks.get(report, UNRANKED)
        place = (-1 if row in own else tier, rank)
        best[row] = min(place, best.get(row, place))
    return [(*place, row) for row, place in best.items()]


def in_order(places: Iterable[Place], *, after: Place | None, descending: bool) -> list[Place]:
    """The places behind ``after``, sorted; ids rise among equals in either direction."""

    def key(place: Place) -> Place:
        return (-place[0], -place[1], place[2]) if descending else place

    return sorted((place for place in places if after is None or key(place) > key(after)), key=key)


def read_place(values: Sequence[Any] | None) -> Place | None:
    """The place that a cursor names. Raises :class:`MalformedCursor` where it holds something else."""
    if values is None:
        return None
    if not (isinstance(values[0], int) and isinstance(values[1], int | float) and isinstance(values[2], int)):
        raise MalformedCursor("This cursor cannot be read; start again without it.", field="cursor")
    return values[0], float(values[1]), values[2]


def _ranked(
    session: Session,
    tier: tuple[int, BitMap, str],
    *,
    after: Place | None,
    number: int,
    descending: bool,
) -> list[Place]:
    query = ranked(session, tier[2], tier[1])
    number_of, rank = query.selected_columns
    if after:
        further = rank < after[1] if descending else rank > after[1]
        query = query.where(or_(further, and_(rank == after[1], number_of > after[2])))
    ordered = query.order_by(rank.desc() if descending else rank, number_of).limit(number)
    return [(tier[0], value, each) for each, value in session.execute(ordered)]


def _tiers(session: Session, tree: Tree, rows: BitMap) -> Iterator[tuple[int, BitMap, str]]:
    """Each tier with its citations and the question that ranks them; the last has none."""
    notation = notation_of(session)
    question = _of_words(notation, tree)
    if not question:
        yield 2, rows, ""
        return
    head = _in_head(notation, tree)
    near = rows & ids_of(session, notation.ids(head)) if head and rows else BitMap()
    rest = rows - near
    if all(field_of(term).holds == "text" for term in terms(tree)) and not _has_years(tree):
        yield from ((0, near, question), (1, rest, question))
        return
    with_words = ids_of(session, notation.ids(question))
    yield from ((0, near & with_words, question), (1, rest & with_words, question), (2, rows - with_words, ""))


def _of_words(notation: Notation, tree: Tree) -> str:
    """The words that a match may show, as one question; all of them where all must be there."""
    said = list(dict.fromkeys(written(notation, term) for term in terms(tree) if field_of(term).holds == "text"))
    if not said:
        return ""
    plain = isinstance(tree, Term) or (isinstance(tree, Both) and not any(map(parts_of, tree.parts)))
    return notation.both(said) if plain else notation.either(said)


def _has_years(tree: Tree) -> bool:
    return collapse(tree, lambda leaf: isinstance(leaf, Years), lambda _, found: any(found))


def _in_head(notation: Notation, tree: Tree) -> str:
    """``tree`` with its words looked for in the head of a record; empty where that asks for nothing.

    What a record is asked besides (years, identifiers, what is left out) holds
    already on everything that is ranked.
    """

    def leaf(node: Leaf) -> tuple[int, str]:
        if isinstance(node, Years) or field_of(node).holds == "identifier":
            return 0, ""
        if node.field in _NARROWED:
            return 0, notation.phrase(node.words, _NARROWED[node.field], truncated=node.truncated)
        return 0, written(notation, node)

    def join(node: Joint, parts: list[tuple[int, str]]) -> tuple[int, str]:
        depth = 1 + max(deep for deep, _ in parts)
        said = [question for _, question in parts]
        if isinstance(node, Without):
            return depth, said[0]
        if depth > DEEPEST_QUESTION or (isinstance(node, Either) and not all(said)):
            return depth, ""
        given = [each for each in said if each]
        if not given:
            return depth, ""
        return depth, notation.either(given) if isinstance(node, Either) else notation.both(given)

    return collapse(tree, leaf, join)[1]
