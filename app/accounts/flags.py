"""The operator's switches, read for every request that they concern: no writing at all, no imports."""

from msgspec import Struct
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from app.errors import Invalid, Paused, UnknownValue
from app.kit.canonical import now
from app.models.account import FLAGS, AdminFlag
from app.statements import Statement

READ_ONLY, NO_IMPORTS = FLAGS
_REASON = Statement(select(AdminFlag.reason).where(AdminFlag.name == bindparam("name"), AdminFlag.is_on))
_SAYS = {READ_ONLY: "Writing is switched off", NO_IMPORTS: "Imports are switched off"}


class Flag(Struct, frozen=True):
    """A switch: whether it is on, and if so why, by whom and since when."""

    name: str
    is_on: bool = False
    reason: str | None = None
    set_by: str | None = None
    set_at: str | None = None


def every(session: Session) -> list[Flag]:
    """All switches, those never touched too."""
    kept = {row.name: row for row in session.scalars(select(AdminFlag))}
    found = []
    for name in FLAGS:
        row = kept.get(name)
        found.append(
            Flag(name, row.is_on, row.reason, row.set_by, row.set_at.isoformat().replace("+00:00", "Z"))
            if row
            else Flag(name)
        )
    return found


def switch(session: Session, name: str, *, on: bool, reason: str | None, by: str) -> None:
    """Turn a switch. Raises :class:`Invalid` when it is turned on without a reason for those who will meet it."""
    if name not in FLAGS:
        raise UnknownValue(f"{name[:40]!r} is not a flag. Allowed: {', '.join(FLAGS)}.", field=name, choices=FLAGS)
    if on and not (reason or "").strip():
        raise Invalid("Say why, for those who are turned away.", field="reason")
    session.merge(AdminFlag(name=name, is_on=on, reason=reason if on else None, set_by=by, set_at=now()))
    session.flush()


def refuse_while_on(session: Session, name: str) -> None:
    """Raise :class:`Paused` with the operator's reason while the switch is on."""
    row = _REASON.first(session, name=name)
    if row is not None:
        raise Paused(f"{_SAYS[name]} for now: {row.reason} Reading goes on.")
