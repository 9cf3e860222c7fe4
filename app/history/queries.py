"""Reading the history: what changed since, what happened to one record, whether the chain holds."""

from collections.abc import Collection, Iterator
from datetime import datetime
from functools import cache
from itertools import groupby
from typing import Any

from msgspec import Struct
from sqlalchemy import ColumnElement, Row, String, bindparam, column, exists, func, select, table, type_coerce
from sqlalchemy.orm import Session

from app.history.chain import GENESIS, ChangeRow, link
from app.models.history import VERSIONS, Change, DataRevision
from app.statements import Statement, among_numbers

_COLUMNS = (
    DataRevision.n, DataRevision.at, DataRevision.actor, DataRevision.reason,
    Change.position, Change.kind, Change.record_id, Change.op, Change.before, Change.after,
)  # fmt: skip

_OF_RECORD = Statement(
    select(*_COLUMNS)
    .join(Change, Change.n == DataRevision.n)
    .where(Change.kind == bindparam("kind"), Change.record_id == bindparam("record_id"))
    .order_by(Change.n, Change.position)
)
_NEWEST = Statement(
    select(func.max(Change.n)).where(Change.kind == bindparam("kind"), among_numbers(Change.record_id, "numbers"))
)


class Chosen(Struct, frozen=True):
    """Which changes are asked for: of these kinds, with these operations, by this actor. What is empty asks for all."""

    kinds: tuple[str, ...] = ()
    ops: tuple[str, ...] = ()
    actor: str | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """The same for a select over changes and their data revisions."""
        kinds = [Change.kind.in_(self.kinds)] if self.kinds else []
        ops = [Change.op.in_(self.ops)] if self.ops else []
        return [*kinds, *ops, *([DataRevision.actor == self.actor] if self.actor is not None else [])]


ALL = Chosen()
RECORDS = ("citation", "study", "exposure", "finding", "quote")
"""The tables whose every row came with a data revision."""


def changes_after(session: Session, n: int, *, position: int, chosen: Chosen = ALL, limit: int) -> list[Row[Any]]:
    """Changes behind the place ``(n, position)``, oldest first, at most ``limit``."""
    behind: ColumnElement[bool] = (Change.n > n) | ((Change.n == n) & (Change.position > position))
    query = select(*_COLUMNS).join(Change, Change.n == DataRevision.n).where(behind, *chosen.conditions())
    return list(session.execute(query.order_by(Change.n, Change.position).limit(limit)))


def changes_before(
    session: Session, place: tuple[int, int] | None, *, since: int, chosen: Chosen = ALL, limit: int
) -> list[Row[Any]]:
    """Changes after data revision ``since``, newest first; with ``place`` only those that came before it."""
    query = select(*_COLUMNS).join(Change, Change.n == DataRevision.n).where(Change.n > since, *chosen.conditions())
    if place:
        n, position = place
        query = query.where((Change.n < n) | ((Change.n == n) & (Change.position < position)))
    return list(session.execute(query.order_by(Change.n.desc(), Change.position.desc()).limit(limit)))


def count_after(session: Session, n: int, *, chosen: Chosen = ALL) -> int:
    """How many changes came after data revision ``n``."""
    query = select(func.count()).select_from(Change).where(Change.n > n, *chosen.conditions())
    if chosen.actor is not None:
        query = query.join(DataRevision, DataRevision.n == Change.n)
    return session.scalar(query) or 0


def revision_before(session: Session, moment: datetime) -> int:
    """The last data revision made before ``moment``; 0 when there was none."""
    query = select(func.coalesce(func.max(DataRevision.n), 0)).where(DataRevision.at < moment)
    return session.scalar(query) or 0


def of_record(session: Session, kind: str, record_id: int) -> list[Row[Any]]:
    """Everything that happened to one record, oldest first."""
    return _OF_RECORD.all(session, kind=kind, record_id=record_id)


def of_records(session: Session, shown: dict[str, set[int]]) -> list[Row[Any]]:
    """Everything that happened to the records ``shown`` (kind → numbers), oldest first."""
    query = select(*_COLUMNS).join(Change, Change.n == DataRevision.n)
    found: list[Any] = [
        row
        for kind, numbers in shown.items()
        if numbers
        for row in session.execute(query.where(Change.kind == kind, Change.record_id.in_(numbers)))
    ]
    return sorted(found, key=lambda row: (row.n, row.position))


def broken_links(session: Session) -> Iterator[int]:
    """Numbers of the data revisions whose stored text no longer gives their hash or whose predecessor is not there."""
    # The moment as it is stored: many texts read as one moment, and a damaged one as none.
    as_stored = type_coerce(DataRevision.at, String).label("at")
    columns: list[Any] = [as_stored if column is DataRevision.at else column for column in _COLUMNS]
    query = (
        select(*columns, DataRevision.request_id, DataRevision.prev_hash, DataRevision.hash)
        .outerjoin(Change, Change.n == DataRevision.n)
        .order_by(DataRevision.n, Change.position)
        .execution_options(yield_per=5_000)
    )
    expected = GENESIS
    for n, rows in groupby(session.execute(query), key=lambda row: row.n):
        first = next(rows)
        kept = [row for row in (first, *rows) if row.kind is not None]
        changes = [ChangeRow(*row[5:10]) for row in kept]
        digest = link(first.prev_hash, (n, first.at, first.actor, first.reason, first.request_id), changes)
        in_place = [row.position for row in kept] == list(range(len(kept)))
        if first.prev_hash != expected or digest != first.hash or not in_place:
            yield n
        expected = first.hash


def unexplained(session: Session) -> dict[str, list[int]]:
    """Kind → numbers of the records that no data revision speaks of; empty when every record has its own."""
    found = {}
    for kind in RECORDS:
        records = table(kind, column("id"))
        spoken_of = exists().where(Change.kind == kind, Change.record_id == records.c.id)
        if numbers := list(session.scalars(select(records.c.id).where(~spoken_of).order_by(records.c.id))):
            found[kind] = numbers
    return found


def last_touch(session: Session, shown: dict[str, set[int]]) -> int:
    """The newest data revision that changed any of the records ``shown`` (kind → numbers); 0 when none ever did."""
    newest = [_NEWEST.scalar(session, kind=kind, numbers=numbers) or 0 for kind, numbers in shown.items() if numbers]
    return max(newest, default=0)


def last_touch_below(
    session: Session, kind: str, parent: str, numbers: Collection[int], *, statuses: tuple[str, ...] = ()
) -> int:
    """The newest data revision in which a record of ``kind`` came to, changed in or left one of the parents; 0 when none.

    ``parent`` is the column that names the parent. With ``statuses`` only
    what a record was while it had one of these counts. It reads the versions,
    because a record that left is not there to be asked.
    """
    if not numbers:
        return 0
    came, left = _below(kind, parent, statuses).all(session, numbers=numbers)[0]
    return max(came or 0, left or 0)


@cache
def _below(kind: str, parent: str, statuses: tuple[str, ...]) -> Statement:
    table = VERSIONS[kind]
    held = [among_numbers(table.c[parent], "numbers"), *([table.c.status.in_(statuses)] if statuses else ())]
    return Statement(select(func.max(table.c.from_n).label("came"), func.max(table.c.to_n).label("gone")).where(*held))
