"""Rewriting a stored record so that the history tells exactly which fields changed. What may be written is the rooms' to know."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified
from sqlalchemy.orm.exc import StaleDataError

from app.errors import Conflict
from app.history.events import Revision, row_of
from app.kit.canonical import now


def rewrite(session: Session, revision: Revision, kind: str, record: Any, values: Mapping[str, Any]) -> tuple[str, ...]:
    """Set ``values`` and note those that differ; return their names. Where none does, nothing happens at all.

    Raises :class:`Conflict` when somebody else changed the record meanwhile.
    """
    held = row_of(record)
    changed = tuple(name for name, value in values.items() if held[name] != value)
    if changed:
        for name in changed:
            setattr(record, name, values[name])
        _flush(session, record)
        revision.note(kind, record.id, op="edit", before={name: held[name] for name in changed}, after=row_of(record))
    return changed


def renew(session: Session, revision: Revision, kind: str, record: Any) -> None:
    """Give a record a new version because something that belongs to it came or changed."""
    before = {"version": record.version}
    _flush(session, record)
    revision.note(kind, record.id, op="edit", before=before, after=row_of(record))


def remove(session: Session, revision: Revision, kind: str, record: Any) -> None:
    """Take away a part of a record; the history and its versions keep what it was.

    Raises :class:`Conflict` while something else in the store rests on it.
    """
    before = row_of(record)
    session.delete(record)
    try:
        session.flush()
    except IntegrityError:
        raise Conflict("Something was tied to this just now; read the record again.") from None
    revision.note(kind, before["id"], op="remove", before=before, after=before)


def _flush(session: Session, record: Any) -> None:
    if hasattr(record, "edited_at"):
        record.edited_at = now()
        # Two edits in one millisecond are two edits.
        flag_modified(record, "edited_at")
    try:
        session.flush()
    except StaleDataError:
        raise Conflict("Somebody changed this record at the same moment; read it again.") from None
