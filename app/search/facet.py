"""What a facet is: the values that what was found has, how many have each, and what to ask for to see only these.

A facet ignores its own filter, so that its other values can still be chosen.
Nothing here counts.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct
from pyroaring import BitMap

from app.errors import UnknownValue

MOST_VALUES = 50
"""Values of one facet that are told; ``more`` says how many there are beside them. Years are told all."""

Parameters = dict[str, list[str]]


class Value(Struct, frozen=True):
    """One value. A search with ``parameters`` in place of the facet's own finds ``count`` rows."""

    value: str
    label: str
    count: int
    selected: bool
    parameters: Parameters


class Facet(Struct, frozen=True):
    """The values of one facet, the most frequent first, years the newest first.

    ``replaces`` names the parameters that the parameters of a value stand in for.
    """

    replaces: tuple[str, ...]
    values: tuple[Value, ...]
    more: int


def read_names(asked: Iterable[str], allowed: Sequence[str]) -> tuple[str, ...]:
    """The facets in ``facets=``, once each; names may be joined by commas.

    Raises :class:`UnknownValue` for a name that is not ``allowed``.
    """
    names = tuple(dict.fromkeys(name for value in asked for name in map(str.strip, value.split(",")) if name))
    for name in names:
        if name not in allowed:
            message = f"{name[:100]!r} is not a facet here. Allowed: {', '.join(allowed)}."
            raise UnknownValue(message, field="facets", choices=tuple(allowed))
    return names


def most_frequent(replaces: Sequence[str], values: Iterable[Value]) -> Facet:
    """A facet of those ``values`` that occur or are selected; the selected ones are never left out."""
    found = sorted((each for each in values if each.count or each.selected), key=lambda each: -each.count)
    told = found[:MOST_VALUES] + [each for each in found[MOST_VALUES:] if each.selected]
    return Facet(tuple(replaces), tuple(told), len(found) - len(told))


def of_years(having: Mapping[int, int], first: int | None, last: int | None, *, width: int = 1) -> Facet:
    """A facet of years, or of spans of ``width`` years, made of how many rows each year has.

    ``first`` and ``last`` are the years that are asked for now.
    """
    counts: dict[int, int] = {}
    for year, count in having.items():
        counts[year // width * width] = counts.get(year // width * width, 0) + count
    bounded = first is not None or last is not None
    values = [
        Value(
            value=str(start) if width == 1 else f"{start}-{start + width - 1}",
            label=str(start) if width == 1 else f"{start} to {start + width - 1}",
            count=counts[start],
            selected=bounded and (first or 0) <= start and start + width - 1 <= (last or 9_999),
            parameters={"year_from": [str(start)], "year_to": [str(start + width - 1)]},
        )
        for start in sorted(counts, reverse=True)
        if counts[start]
    ]
    return Facet(("year_from", "year_to"), tuple(values), 0)


def united(having: Mapping[Any, BitMap], values: Iterable[Any]) -> BitMap:
    """The rows that have at least one of ``values``."""
    return BitMap.union(BitMap(), *(having[value] for value in values if value in having))
