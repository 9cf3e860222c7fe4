"""Sets of ids that were asked of the database once and are kept for the data revision they were asked at. Nothing here asks."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from weakref import WeakKeyDictionary

from pyroaring import BitMap
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.database import is_snapshot
from app.history.events import Head
from app.search.holdings import engine_of

Key = tuple[Head, Hashable]

_MOST_BYTES = 24 << 20
"""What the kept sets may take together: some 600 of words that every fifth of 300,000 citations says."""
_OVERHEAD = 500


class _Shelf:
    """The sets of one database that were asked for last."""

    def __init__(self) -> None:
        self.turn = threading.Lock()
        self.kept: OrderedDict[Key, BitMap] = OrderedDict()
        self.size = 0

    def get(self, key: Key) -> BitMap | None:
        with self.turn:
            known = self.kept.get(key)
            if known is not None:
                self.kept.move_to_end(key)
            return known

    def put(self, key: Key, new: BitMap) -> None:
        with self.turn:
            before = self.kept.pop(key, None)
            self.size += _size(new) - (_size(before) if before is not None else 0)
            self.kept[key] = new
            while self.size > _MOST_BYTES:
                self.size -= _size(self.kept.popitem(last=False)[1])


_shelves: WeakKeyDictionary[Engine, _Shelf] = WeakKeyDictionary()
_new_shelf = threading.Lock()


def kept(session: Session, revision: Head, asked: Hashable, ask: Callable[[], BitMap]) -> BitMap:
    """What ``ask`` answers to what ``asked`` names, at the ``revision`` that ``session`` reads. It is shared: never change it."""
    if not is_snapshot(session):
        return ask()
    shelf = _shelf_of(session)
    known = shelf.get((revision, asked))
    if known is None:
        known = ask()
        shelf.put((revision, asked), known)
    return known


def _size(ids: BitMap) -> int:
    """About the bytes of a set: two for each id, and never more than a bit for each id up to the last."""
    return min(2 * len(ids), ids.max() // 8) + _OVERHEAD if ids else _OVERHEAD


def _shelf_of(session: Session) -> _Shelf:
    with _new_shelf:
        return _shelves.setdefault(engine_of(session), _Shelf())
