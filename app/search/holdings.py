"""What every citation is, as sets of ids, kept in memory for one data revision: its year, standing and what it has.

Counting by SQL costs a tenth of a second for a common word among 300,000
citations; cutting two sets of numbers costs a millisecond. The sets are read
once, and after a write only the citations that it touched are read again. Nothing
here knows a search.
"""

import threading
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterator
from typing import Any
from weakref import WeakKeyDictionary

import msgspec
from msgspec import Struct
from pyroaring import BitMap
from sqlalchemy import ColumnElement, Engine, Select, Text, cast, func, select, true
from sqlalchemy.orm import Session

from app.citations.lookup import among
from app.database import once
from app.history.events import Head, head
from app.models.citation import Citation, CitationIdentifier, CitationText
from app.models.history import Change, DataRevision
from app.search.named import FIELDS, by_name

Axes = dict[str, dict[Any, BitMap]]
Asked = Callable[[Any], ColumnElement[bool]]
"""Narrows a query to the citations to read, given the column that names them."""

STORED = "stored"
"""The axis with one value, True: citations that were not merged into another."""

_KEPT = 4
"""Data revisions that are kept: readers that began before a write go on with theirs."""
_MOST_TOUCHED = 20_000
"""Citations that are read again one by one; where a write touched more, everything is."""


class Holdings(Struct, frozen=True):
    """The sets at one data revision. They are shared: never change one."""

    revision: Head
    axes: Axes

    def having(self, axis: str, value: Any) -> BitMap:
        """The citations that have ``value``; empty when none has."""
        return self.axes.get(axis, {}).get(value, _NONE)

    @property
    def stored(self) -> BitMap:
        """All citations but those merged into another."""
        return self.having(STORED, True)


_NONE = BitMap()


class _Shelf:
    """The newest holdings of one database."""

    def __init__(self) -> None:
        self.turn = threading.Lock()
        self.kept: OrderedDict[Head, Holdings] = OrderedDict()


_shelves: WeakKeyDictionary[Engine, _Shelf] = WeakKeyDictionary()
_new_shelf = threading.Lock()


def revision_of(session: Session) -> Head:
    """The newest data revision that ``session`` sees; its hash tells a restored store from the one before."""
    return once(session, "newest data revision", lambda: head(session))


def holdings(session: Session) -> Holdings:
    """The sets as ``session`` sees the store; one reader at a time works them out, the others wait and share them."""
    revision = revision_of(session)
    shelf = _shelf_of(session)
    with shelf.turn:
        found = shelf.kept.get(revision)
        if found is None:
            found = Holdings(revision, _axes_now(session, list(shelf.kept.values()), revision))
            shelf.kept[revision] = found
            while len(shelf.kept) > _KEPT:
                shelf.kept.popitem(last=False)
        return found


def ids_of(session: Session, chosen: Select[Any]) -> BitMap:
    """The ids that ``chosen`` selects, as a set. One text for all of them: rows would take ten times as long."""
    number = chosen.subquery().c[0]
    joined = func.group_concat if session.get_bind().dialect.name == "sqlite" else func.string_agg
    more = () if joined is func.group_concat else (",",)
    told = session.scalar(select(joined(cast(number, Text), *more)))
    return BitMap(msgspec.json.decode(f"[{told}]", type=list[int])) if told else BitMap()


def engine_of(session: Session) -> Engine:
    """What stands for the database of ``session`` while the program runs."""
    bind = session.get_bind()
    return bind if isinstance(bind, Engine) else bind.engine


def _shelf_of(session: Session) -> _Shelf:
    with _new_shelf:
        return _shelves.setdefault(engine_of(session), _Shelf())


def _axes_now(session: Session, before: list[Holdings], revision: Head) -> Axes:
    for known in reversed(before):
        touched = _touched_since(session, known.revision, revision)
        if touched is not None:
            return _renewed(known.axes, touched, _read(session, touched))
    return _read(session, None)


def _touched_since(session: Session, known: Head, now: Head) -> list[int] | None:
    """The citations touched after ``known``; None where it is no earlier state of this store, or they are too many."""
    if known.n > now.n or known.hash != session.scalar(select(DataRevision.hash).where(DataRevision.n == known.n)):
        return None
    changed = select(Change.record_id).where(Change.n > known.n, Change.kind == "citation").distinct()
    touched = list(session.scalars(changed.limit(_MOST_TOUCHED + 1)))
    return touched if len(touched) <= _MOST_TOUCHED else None


def _renewed(axes: Axes, touched: list[int], new: Axes) -> Axes:
    """``axes`` without what the citations ``touched`` had, and with what they have; sets that stay the same are shared."""
    gone = BitMap(touched)
    renewed: Axes = {}
    for axis in axes.keys() | new.keys():
        values = axes.get(axis, {})
        left = {value: found - gone if found.intersect(gone) else found for value, found in values.items()}
        for value, found in new.get(axis, {}).items():
            left[value] = left.get(value, _NONE) | found
        renewed[axis] = {value: found for value, found in left.items() if found}
    return renewed


def _read(session: Session, touched: list[int] | None) -> Axes:
    """What is kept about all citations, or about those ``touched``."""

    def asked(column: Any) -> ColumnElement[bool]:
        return true() if touched is None else among(session, column, touched)

    return _of_records(session, asked) | {"has": dict(_of_parts(session, asked))}


def _of_records(session: Session, asked: Asked) -> Axes:
    """What one reading of the table tells; names are read once for all the records that spell them alike."""
    spelled = [cast(column, Text) for column in (Citation.publication_types, Citation.languages, Citation.journal)]
    query = select(Citation.id, Citation.standing, Citation.year, *spelled).where(Citation.merged_into.is_(None))
    rows = session.connection().execute(query.where(asked(Citation.id)))  # past the ORM, which costs as much again
    alike: tuple[defaultdict[Any, list[int]], ...] = tuple(defaultdict(list) for _ in range(5))
    for number, *values in rows:
        for having, value in zip(alike, values, strict=True):
            having[value].append(number)
    standings, years, *named = ({value: BitMap(ids) for value, ids in having.items()} for having in alike)
    return {
        STORED: {True: BitMap.union(BitMap(), *standings.values())},
        "standing": standings,
        "year": {year: ids for year, ids in years.items() if year is not None},
        **by_name(dict(zip(FIELDS, named, strict=True))),
    }


def _of_parts(session: Session, asked: Asked) -> Iterator[tuple[str, BitMap]]:
    for scheme in ("pmid", "doi"):
        identified = select(CitationIdentifier.citation_id).where(CitationIdentifier.scheme == scheme)
        yield scheme, ids_of(session, identified.where(asked(CitationIdentifier.citation_id)))
    described = select(CitationText.citation_id).where(CitationText.part == "abstract")
    yield "abstract", ids_of(session, described.where(asked(CitationText.citation_id)))
