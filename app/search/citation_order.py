"""Citations in order, taken from sets of ids: no row is read that is not shown, so a page costs the same at any size.

Orders by id and by year; what is sorted by other columns is sorted by SQL in ``pages``.
"""

from collections.abc import Sequence
from typing import Any

from pyroaring import BitMap

from app.errors import MalformedCursor
from app.search.holdings import Holdings

_LAST = 2**32 - 1
"""The greatest id that a set holds."""

Place = tuple[Any, ...]
"""What a citation is sorted by, its id last: the values of a cursor."""
PARTS = 3
"""Values of a place by year: 1 without a year, the year, the id."""


def by_id(rows: BitMap, *, after: Sequence[Any] | None, number: int, descending: bool) -> list[Place]:
    """At most ``number`` of ``rows`` behind the cursor's values ``after``."""
    (last,) = _whole_numbers(after) or (None,)
    return [(each,) for each in _some(rows, last, number, descending=descending)]


def by_year(held: Holdings, rows: BitMap, *, after: Sequence[Any] | None, number: int, descending: bool) -> list[Place]:
    """The same, by year, those without a year last; ids rise within a year."""
    begun = _whole_numbers(after)
    years = held.axes.get("year", {})
    found: list[Place] = []
    for place in [*((0, year) for year in sorted(years, reverse=descending)), (1, 0)]:
        if len(found) >= number:
            break
        if begun and _stands_before(place, begun[:2], descending=descending):
            continue
        last = begun[2] if begun and begun[:2] == place else None
        ids = rows - BitMap.union(BitMap(), *years.values()) if place[0] else rows & years[place[1]]
        found += [(*place, each) for each in _some(ids, last, number - len(found), descending=False)]
    return found


def _stands_before(place: Place, other: Place, *, descending: bool) -> bool:
    if place[0] != other[0]:
        return bool(place[0] < other[0])
    return bool(place[1] > other[1] if descending else place[1] < other[1])


def _whole_numbers(after: Sequence[Any] | None) -> Place | None:
    if after is None:
        return None
    if not all(isinstance(value, int) for value in after):
        raise MalformedCursor("This cursor cannot be read; start again without it.", field="cursor")
    return tuple(after)


def _some(ids: BitMap, after: int | None, number: int, *, descending: bool) -> list[int]:
    if descending:
        end = len(ids) if after is None else _rank(ids, after - 1)
        return list(ids[max(0, end - number) : end])[::-1]
    start = 0 if after is None else _rank(ids, after)
    return list(ids[start : start + number])


def _rank(ids: BitMap, number: int) -> int:
    """How many of ``ids`` are at most ``number``."""
    return ids.rank(min(number, _LAST)) if number >= 0 else 0
