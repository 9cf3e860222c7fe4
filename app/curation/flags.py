"""Flags: raising one, noting what happened since, resolving it, reading those that everybody may see.

A flag changes nothing by itself. The machine raises them where the literature
changed (``consequences``), people where they doubt. Who may resolve one is the
door's to know.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from msgspec import Struct
from sqlalchemy import ColumnElement, Select, and_, func, or_, select, tuple_
from sqlalchemy.orm import Session

from app.errors import Conflict, Invalid, NotFound
from app.findings.flat import PUBLIC_STATUSES
from app.history.events import Revision, row_of
from app.kit.canonical import iso, now
from app.models.citation import Citation
from app.models.finding import Finding
from app.models.flag import Flag
from app.models.study import Study, StudyReport

PERSON = "person"
LONGEST = 2_000
_MACHINE = "machine"
_FINAL = ("rejected", "retired")
Shown = Callable[[type[Study] | type[Finding]], ColumnElement[bool]]
Record = tuple[str, int]
"""Kind and number of what is flagged."""
_MODELS: dict[str, Any] = {"finding": Finding, "study": Study, "citation": Citation}


class Place(Struct, frozen=True):
    """Where a page of flags ended: the newest come first."""

    id: int


class Asked(Struct, frozen=True):
    """Which flags to read; what is empty leaves all."""

    states: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    record: Record | None = None


def raise_by_machine(
    session: Session, revision: Revision, kind: str, records: Iterable[Record], *, reason: str
) -> None:
    """Flag records for a person; where such a flag is open already, the reason is noted on it."""
    asked = list(records)
    noted = set(note_open(session, revision, kind, asked, note=reason))
    for record in asked:
        if record not in noted:
            _raise(session, revision, kind, record, reason=reason, by=_MACHINE)


def raise_by_person(session: Session, revision: Revision, record: Record, *, reason: str) -> Flag:
    """Flag a record that a person doubts. Raises :class:`NotFound` when there is no such record."""
    kind, number = record
    if session.scalar(select(_MODELS[kind].id).where(_MODELS[kind].id == number)) is None:
        raise NotFound(f"There is no {kind} with the number {number} to flag.")
    words = reason.strip()
    if not 0 < len(words) <= LONGEST:
        raise Invalid(f"Say in up to {LONGEST:,} characters what should be looked at.", field="reason")
    return _raise(session, revision, PERSON, record, reason=words, by=revision.actor)


def note_open(session: Session, revision: Revision, kind: str, records: Iterable[Record], *, note: str) -> list[Record]:
    """Note on the open flags of ``kind`` what happened since; return the records that have one."""
    named = tuple_(Flag.record_kind, Flag.record_id).in_(list(records))
    query = select(Flag).where(named, Flag.kind == kind, Flag.state == "open")
    flags = list(session.scalars(query.order_by(Flag.id)))
    for flag in flags:
        line = f"{iso(now())[:10]}: {note}"
        _change(session, revision, flag, op="edit", note=f"{flag.note}\n{line}" if flag.note else line)
    return [(flag.record_kind, flag.record_id) for flag in flags]


def resolve(session: Session, revision: Revision, flag_id: int, *, resolution: str | None = None) -> Flag:
    """Close a flag for everybody. Raises :class:`Conflict` when somebody closed it before."""
    flag = get(session, flag_id)
    if flag.state == "resolved":
        raise Conflict(
            f"Flag G{flag_id} was resolved by {flag.resolved_by}; raise another if something is still wrong."
        )
    if resolution is not None and len(resolution) > LONGEST:
        raise Invalid(f"Say it in up to {LONGEST:,} characters.", field="resolution")
    _change(
        session, revision, flag, op="status",
        state="resolved", resolved_at=now(), resolved_by=revision.actor, resolution=resolution,
    )  # fmt: skip
    return flag


def get(session: Session, flag_id: int) -> Flag:
    """One flag. Raises :class:`NotFound` when there is none."""
    flag = session.get(Flag, flag_id)
    if flag is None:
        raise NotFound(f"There is no flag G{flag_id}.")
    return flag


def get_public(session: Session, flag_id: int) -> Flag:
    """One flag of a record that everybody may read. Raises :class:`NotFound` when there is none."""
    flag = session.scalars(select(Flag).where(Flag.id == flag_id, is_public())).one_or_none()
    if flag is None:
        raise NotFound(f"There is no public flag G{flag_id}.")
    return flag


def page(session: Session, asked: Asked, *, after: Place | None, limit: int) -> Sequence[Flag]:
    """At most ``limit`` flags of public records behind the place ``after``, the newest first."""
    query = _asked(select(Flag), asked)
    if after is not None:
        query = query.where(Flag.id < after.id)
    return session.scalars(query.order_by(Flag.id.desc()).limit(limit)).all()


def count(session: Session, asked: Asked) -> int:
    """How many flags of public records there are."""
    return session.scalar(_asked(select(func.count()).select_from(Flag), asked)) or 0


def now_public(model: type[Study] | type[Finding]) -> ColumnElement[bool]:
    """That everybody may read the record as it is."""
    return model.status.in_(PUBLIC_STATUSES)


def is_public(shown: Shown = now_public) -> ColumnElement[bool]:
    """That the flagged record is ``shown`` to everybody: a draft's flags are its author's and the editors'."""
    study = select(Study.id).where(shown(Study))
    finding = select(Finding.id).where(shown(Finding), Finding.study_id.in_(study))
    return or_(
        Flag.record_kind == "citation",
        and_(Flag.record_kind == "study", Flag.record_id.in_(study)),
        and_(Flag.record_kind == "finding", Flag.record_id.in_(finding)),
    )


def on_study(study_id: int, finding_ids: Iterable[int]) -> ColumnElement[bool]:
    """That the flag is on this study or on one of these findings of it."""
    return or_(
        on("study", study_id),
        and_(Flag.record_kind == "finding", Flag.record_id.in_(finding_ids)),
    )


def on(kind: str, record_id: int) -> ColumnElement[bool]:
    """That the flag is on this record."""
    return and_(Flag.record_kind == kind, Flag.record_id == record_id)


def concerned_by(session: Session, citation_ids: Sequence[int]) -> dict[int, list[Record]]:
    """Citation → what somebody still works on or relies on: findings that it reports, else studies that it is a report of."""
    findings = select(Finding.report_id, Finding.study_id, Finding.id).where(
        Finding.report_id.in_(citation_ids), Finding.status.not_in(_FINAL)
    )
    studies = (
        select(StudyReport.citation_id, StudyReport.study_id)
        .join(Study, Study.id == StudyReport.study_id)
        .where(StudyReport.citation_id.in_(citation_ids), Study.status.not_in(_FINAL))
    )
    found: dict[int, list[Record]] = {}
    told = set()
    for citation_id, study_id, finding_id in session.execute(findings.order_by(Finding.id)):
        found.setdefault(citation_id or 0, []).append(("finding", finding_id))
        told.add((citation_id, study_id))
    for citation_id, study_id in session.execute(studies.order_by(StudyReport.study_id)):
        if (citation_id, study_id) not in told:
            found.setdefault(citation_id, []).append(("study", study_id))
    return found


def _asked(query: Select[Any], asked: Asked) -> Select[Any]:
    query = query.where(is_public())
    if asked.states:
        query = query.where(Flag.state.in_(asked.states))
    if asked.kinds:
        query = query.where(Flag.kind.in_(asked.kinds))
    if asked.record:
        query = query.where(Flag.record_kind == asked.record[0], Flag.record_id == asked.record[1])
    return query


def _raise(
    session: Session, revision: Revision, kind: str, record: Record, *, reason: str, by: str
) -> Flag:  # fmt: skip
    flag = Flag(
        kind=kind, record_kind=record[0], record_id=record[1], reason=reason, state="open", created_at=now(),
        created_by=by, version=1,
    )  # fmt: skip
    session.add(flag)
    session.flush()
    revision.note("flag", flag.id, op="add", after=_kept(flag))
    return flag


def _change(session: Session, revision: Revision, flag: Flag, *, op: str, **fields: Any) -> None:
    before = _kept(flag)
    for name, value in fields.items():
        setattr(flag, name, value)
    session.flush()
    after = _kept(flag)
    changed = [name for name in after if after[name] != before[name]]
    revision.note(
        "flag", flag.id, op=op, before={name: before[name] for name in changed},
        after={name: after[name] for name in changed},
    )  # fmt: skip


def _kept(flag: Flag) -> dict[str, Any]:
    return {name: value for name, value in row_of(flag).items() if name != "id"}
