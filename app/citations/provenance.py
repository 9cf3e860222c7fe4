"""Where each field of a citation comes from: source, run and time, or the person who set it.

Read from the history, which has every change of every field: a table beside it
would repeat the log, cost a row a field, and could disagree. What never
changed came with the record, so one origin stands for most fields.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from app.citations.queries import Stored
from app.citations.rows import FIELDS
from app.history.queries import of_record
from app.jobs.runs import run_of
from app.models.citation import FieldDifference

PERSON = "person"


class Origin(Struct, frozen=True):
    """How a value came here. ``source`` is ``person`` for what somebody set by hand; ``actor`` is who ran or wrote it."""

    source: str
    run_id: int | None
    at: datetime
    actor: str
    data_revision: int


class Provenance(Struct, frozen=True):
    """``first`` is the origin of every field that ``fields`` does not name."""

    first: Origin | None
    fields: dict[str, Origin]


def of(session: Session, stored: Stored) -> Provenance:
    """The provenance of a citation; ``first`` is missing for one that was stored before there was a history."""
    rows = of_record(session, "citation", stored.id)
    edits = [(row, _source_in(row.before), _names_in(row.after)) for row in rows if row.op == "edit"]
    source = next((before for _, before, _ in edits if before), stored.draft.source)
    first = next((_origin(row, source) for row in rows if row.op == "add"), None)
    last: dict[str, tuple[Any, str]] = {}
    for row, _, after in edits:
        source = _source_in(row.after) or source
        last |= dict.fromkeys(after, (row, source))
    fields = {
        name: _origin(row, said_by if run_of(row.reason) else PERSON)
        for name, (row, said_by) in last.items()
        if name in FIELDS
    }
    return Provenance(first, fields | dict(_taken(session, stored, fields)))


class _Source(Struct):
    source: str | None = None


_NAMES: msgspec.json.Decoder[dict[str, msgspec.Raw]] = msgspec.json.Decoder(dict[str, msgspec.Raw])
_SOURCE = msgspec.json.Decoder(_Source)


def _names_in(stored: str | None) -> Iterable[str]:
    """The fields of a change. Their values are passed over: a record that is edited often has a long history."""
    return _NAMES.decode(stored) if stored else ()


def _source_in(stored: str | None) -> str | None:
    return _SOURCE.decode(stored).source if stored and '"source"' in stored else None


def _origin(row: Row[Any], source: str) -> Origin:
    return Origin(source, run_of(row.reason), row.at, row.actor, row.n)


def _taken(session: Session, stored: Stored, fields: Mapping[str, Origin]) -> Iterable[tuple[str, Origin]]:
    """What a person let the source overwrite is the source's, and came with the run that offered it."""
    by_hand = [name for name, origin in fields.items() if origin.source == PERSON and name not in stored.person_set]
    if not by_hand:
        return []
    query = select(FieldDifference.field, FieldDifference.source, FieldDifference.run_id).where(
        FieldDifference.citation_id == stored.id, FieldDifference.state == "taken", FieldDifference.field.in_(by_hand)
    )
    taken = {row.field: row for row in session.execute(query.order_by(FieldDifference.id))}
    return [
        (name, msgspec.structs.replace(fields[name], source=row.source, run_id=row.run_id))
        for name, row in taken.items()
    ]
