"""Facets of lists of citations, counted by cutting sets of ids: exact, and fast where hundreds of thousands match."""

from collections.abc import Sequence

from pyroaring import BitMap
from sqlalchemy.orm import Session

from app.search.citation_sets import matching
from app.search.facet import Facet, Value, most_frequent, of_years
from app.search.filters import FILTERS
from app.search.holdings import Holdings, holdings
from app.search.spec import HAS, Search

NAMES = ("year", "decade", "standing", "has")
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
            found[name] = _has(session, search, among)
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


def _has(session: Session, search: Search, among: tuple[int, ...] | None) -> Facet:
    """Each value is asked for: a quote must be on a matching finding, the others on the citation."""
    counts = {value: len(matching(session, search.having(value), among=among)) for value in HAS}
    values = (Value(value, _HAS[value], counts[value], value in search.has, {"has": [value]}) for value in HAS)
    return most_frequent(("has",), values)
