"""Taking records into the store: adding the new, updating the older, leaving the rest; index and history go along.

Which citation a record is stands in ``matching``, what it makes of that one in
``becoming``, a person's edit in ``edit``.
Nothing here commits: a door or an import run does.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import count
from typing import Any

from sqlalchemy import delete, func, select, text
from sqlalchemy.orm import Session

from app.citations import differences as differences_noted
from app.citations import index, signals
from app.citations.becoming import Edit, OfFiles, edit_of
from app.citations.contradictions import contradictions
from app.citations.differences import Offer, offers
from app.citations.draft import CitationDraft
from app.citations.folded import document
from app.citations.lookup import among
from app.citations.matching import PUBMED, Match, Matching, is_later_edition, is_newer, match, same_edition
from app.citations.queries import Stored, stored
from app.citations.rows import (
    COLUMNS,
    CORRECTION_COLUMNS,
    IDENTIFIER_COLUMNS,
    TEXT_COLUMNS,
    Prepared,
    prepare,
)
from app.citations.standing import CURRENT, NOTICES, worst
from app.database import pour
from app.history.events import Revision
from app.kit.canonical import iso, now
from app.models.citation import Citation, FileOnly, ReplacedPayload
from app.statements import Statement

_LOCK = 0x63697461
_NEW_IDS_AT_ONCE = 100
_CHILDREN_GONE = tuple(
    Statement(text(f"DELETE FROM {table} WHERE citation_id = :id"))  # noqa: S608 - our own names
    for table in ("citation_identifier", "citation_text", "citation_correction")
)
_CITATION_COLUMNS = ("id", *COLUMNS, "standing", "created_at", "synced_at", "version")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one record: its fate (one of ``FATES``), its citation, and what a reader of the report should know."""

    fate: str
    citation_id: int
    source_id: str | None
    changed_fields: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    says_otherwise: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What taking a batch in would do.

    ``refreshed`` are later editions in which no field differs, ``offers`` what
    the batch says of fields that a person set, ``replaced`` the payloads that
    give way to another of the same edition, ``otherwise`` the fields in which
    records of files contradict what they cannot change, and ``of_files`` what
    is from now on known to come from files alone, where that is another.
    """

    matching: Matching
    added: list[Match]
    edits: dict[int, Edit]
    refreshed: list[Match]
    offers: list[Offer]
    replaced: list[tuple[int, str]]
    otherwise: dict[int, tuple[str, ...]]
    of_files: dict[int, OfFiles]


def add(session: Session, revision: Revision, drafts: Iterable[CitationDraft]) -> list[int]:
    """Store records of any source; return the citation of each, new or found."""
    outcomes = take_in(session, revision, [prepare(draft) for draft in drafts])
    return [outcome.citation_id for outcome in outcomes]


def take_in(
    session: Session, revision: Revision, records: Sequence[Prepared], *, seen: set[int] | None = None
) -> list[Outcome]:
    """Store a batch and return the fate of each record, in order.

    ``seen`` holds the citations met before in the same file: those count as
    repeated and are updated by a strictly later edition only. A record whose
    edition and content are stored already writes nothing.
    """
    hold_matching(session)
    planned = plan(session, records, new_ids=_new_ids(session), seen=seen)
    at = iso(now())
    _add(session, revision, planned.added, at)
    rewrite(session, revision, list(planned.edits.values()), stamp={"synced_at": at})
    _refresh(session, planned.refreshed, at)
    differences_noted.note(session, revision, planned.offers)
    pour(session, "replaced_payload", ("citation_id", "payload_hash"), planned.replaced)
    _remember_files(session, planned.of_files)
    _settle(session, revision, planned)
    return _outcomes(planned, seen)


def foresee(session: Session, records: Sequence[Prepared], *, seen: set[int] | None = None) -> list[Outcome]:
    """The fates that :func:`take_in` would give, with nothing written; ids of new citations are made up.

    What an earlier batch would have added is not stored, so its repeat in a later batch counts as added here.
    """
    highest = session.scalar(select(func.coalesce(func.max(Citation.id), 0))) or 0
    return _outcomes(plan(session, records, new_ids=count(highest + 1), seen=seen), seen)


def hold_matching(session: Session) -> None:
    """Let nobody else match or give identifiers before this transaction ends; on SQLite the write turn does it."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def plan(
    session: Session, records: Sequence[Prepared], *, new_ids: Iterator[int], seen: set[int] | None = None
) -> Plan:
    """Match a batch and compare it with what is stored; nothing is written."""
    matching = match(session, records, new_ids)
    newer = [
        one
        for one in matching.matches
        if one.known and is_newer(one.record, one.known, strictly=one.citation_id in (seen or ()))
    ]
    newer, replaced = _without_returning(session, newer)
    here = stored(session, [one.citation_id for one in newer])
    of_files = _of_files(session, newer)
    edits = {number: edit_of(one, here[number], of_files[number]) for one in newer for number in [one.citation_id]}
    return Plan(
        matching,
        added=[one for one in matching.matches if one.known is None],
        edits={number: edit for number, edit in edits.items() if edit.changed},
        refreshed=[one for one in newer if not edits[one.citation_id].changed and one.record.source == PUBMED],
        offers=[
            offer
            for one in newer
            if one.record.source == PUBMED and here[one.citation_id].person_set
            for offer in offers(here[one.citation_id], one.record.draft())
        ],
        replaced=replaced,
        otherwise=_otherwise(session, matching, here, edits),
        of_files={number: edit.of_files for number, edit in edits.items() if edit.of_files != of_files[number]},
    )


def _of_files(session: Session, newer: Sequence[Match]) -> defaultdict[int, OfFiles]:
    """What only files gave to those that PubMed has taken over; of the others everything is a file's, and is not kept apart."""
    found: defaultdict[int, OfFiles] = defaultdict(frozenset)
    numbers = [one.citation_id for one in newer if one.known and one.known.source == PUBMED]
    if numbers:
        query = select(FileOnly.citation_id, FileOnly.field, FileOnly.part)
        for number, field, part in session.execute(query.where(among(session, FileOnly.citation_id, numbers))):
            found[number] |= {(field, part)}
    return found


def _remember_files(session: Session, of_files: dict[int, OfFiles]) -> None:
    if of_files:
        session.execute(delete(FileOnly).where(among(session, FileOnly.citation_id, of_files)))
        rows = [(number, *place) for number, places in of_files.items() for place in sorted(places)]
        pour(session, "file_only", ("citation_id", "field", "part"), rows)


def _otherwise(
    session: Session, matching: Matching, here: dict[int, Stored], edits: dict[int, Edit]
) -> dict[int, tuple[str, ...]]:
    """Where files contradict what is stored; one that comes exactly as before says nothing new."""
    files = {
        one.citation_id: one.record
        for one in matching.matches
        if one.known and one.record.source != PUBMED and one.record.payload_hash != one.known.payload_hash
    }
    held = here | stored(session, [number for number in files if number not in here])
    found = {
        number: contradictions(
            held[number].draft, record.draft(), standing=_will_stand(held[number], edits.get(number))
        )
        for number, record in files.items()
    }
    return {number: names for number, names in found.items() if names}


def _will_stand(here: Stored, edit: Edit | None) -> str:
    """The standing of a citation when a file has filled what was empty: a retraction that it brings so contradicts nothing."""
    return worst([here.standing, *(signal.standing for signal in edit.wanted.signals)]) if edit else here.standing


def _without_returning(session: Session, newer: list[Match]) -> tuple[list[Match], list[tuple[int, str]]]:
    """Leave out what its citation replaced before in the same edition (decision 19); name what is replaced so now."""
    doubtful = {one.citation_id: one.known.payload_hash for one in newer if one.known and same_edition(one)}
    if not doubtful:
        return newer, []
    columns = (ReplacedPayload.citation_id, ReplacedPayload.payload_hash)
    rows = session.execute(select(*columns).where(among(session, ReplacedPayload.citation_id, doubtful)))
    past = {(number, sha) for number, sha in rows}
    kept = [one for one in newer if (one.citation_id, one.record.payload_hash) not in past]
    replaced = [(one.citation_id, doubtful[one.citation_id]) for one in kept if one.citation_id in doubtful]
    return kept, [place for place in replaced if place not in past]


def rewrite(session: Session, revision: Revision, edits: Sequence[Edit], *, stamp: dict[str, Any]) -> None:
    """Make stored citations what is wanted of them, with ``stamp`` as further columns; history keeps what changed.

    Standings are settled by the caller, who knows what else is about to change.
    """
    if not edits:
        return
    index.remove(session, [(edit.stored.id, document(edit.stored.draft)) for edit in edits])
    _update_rows(session, [(edit.stored.id, edit.wanted) for edit in edits], stamp)
    for gone in _CHILDREN_GONE:
        gone.do_each(session, [{"id": edit.stored.id} for edit in edits])
    _pour_children(session, [(edit.stored.id, edit.wanted, edit.taken) for edit in edits])
    signals.replace_own(session, {edit.stored.id: edit.wanted.signals for edit in edits})
    for edit in edits:
        after = edit.wanted.draft()
        revision.note(
            "citation", edit.stored.id, op="edit",
            before={name: getattr(edit.stored.draft, name) for name in edit.changed},
            after={name: getattr(after, name) for name in edit.changed},
        )  # fmt: skip


def settle(session: Session, revision: Revision, edits: Sequence[Edit]) -> None:
    """Follow what edits of these citations mean for their own standing and for that of records they are notices of."""
    numbers = {edit.stored.id for edit in edits}
    before = {
        link.pmid for edit in edits for link in edit.stored.draft.corrections if link.kind in NOTICES and link.pmid
    }
    now_named: set[str] = set()
    for edit in edits:
        now_named |= _named_and_own_pmids(edit.wanted)
    numbers |= signals.follow_notices(session, revision, now_named, no_longer=before)
    signals.settle(session, revision, numbers)


def _add(session: Session, revision: Revision, added: Sequence[Match], at: str) -> None:
    rows = [(one.citation_id, *one.record.row, CURRENT, at, at, 1) for one in added]
    pour(session, "citation", _CITATION_COLUMNS, rows)
    _pour_children(session, [(one.citation_id, one.record, one.taken.keys()) for one in added])
    own = [(one.citation_id, *signal, at) for one in added for signal in one.record.signals]
    pour(session, "standing_signal", signals.COLUMNS, own)
    for one in added:
        revision.note_added_payload("citation", one.citation_id, one.record.payload_hash)


def _pour_children(session: Session, records: Sequence[tuple[int, Prepared, Any]]) -> None:
    identifiers, texts, corrections = [], [], []
    for number, record, taken in records:
        for scheme, value, place, identifies in record.identifiers:
            alone = identifies and (not taken or (scheme, value) not in taken)
            identifiers.append((number, scheme, value, place, alone))
        texts += [(number, *part) for part in record.texts]
        corrections += [(number, *link) for link in record.corrections]
    pour(session, "citation_identifier", IDENTIFIER_COLUMNS, identifiers)
    pour(session, "citation_text", TEXT_COLUMNS, texts)
    pour(session, "citation_correction", CORRECTION_COLUMNS, corrections)
    index.write(session, [(number, record.document) for number, record, _ in records])


def _update_rows(session: Session, records: Sequence[tuple[int, Prepared]], stamp: dict[str, Any]) -> None:
    _rows_like(tuple(stamp)).do_each(
        session, [dict(zip(COLUMNS, record.row, strict=True)) | stamp | {"id": number} for number, record in records]
    )


@cache
def _rows_like(stamp: tuple[str, ...]) -> Statement:
    columns = ", ".join(f'"{name}" = :{name}' for name in (*COLUMNS, *stamp))
    return Statement(text(f"UPDATE citation SET {columns}, version = version + 1 WHERE id = :id"))  # noqa: S608 - our own names


def _refresh(session: Session, refreshed: Sequence[Match], at: str) -> None:
    """Remember the later edition, so that it is known next time; no field differs, so it is no change of the data."""
    if not refreshed:
        return
    columns = "source_version = :version, revised_on = :revised_on, payload_hash = :hash, synced_at = :at"
    session.execute(
        text(f"UPDATE citation SET {columns} WHERE id = :id"),  # noqa: S608 - our own names
        [
            {"id": m.citation_id, "version": m.record.row[-2], "revised_on": m.record.row[-3],
             "hash": m.record.payload_hash, "at": at}
            for m in refreshed
        ],
    )  # fmt: skip


def _settle(session: Session, revision: Revision, planned: Plan) -> None:
    """Standings after a batch: of those with signals of their own, and of all that a notice in or before it names."""
    pmids: set[str] = set()
    numbers: set[int] = set()
    for one in planned.added:
        pmids |= _named_and_own_pmids(one.record)
        if one.record.signals:
            numbers.add(one.citation_id)
    reborn = [m.citation_id for m in planned.matching.matches if is_later_edition(m)]
    signals.forget_deletion(session, revision, reborn)
    numbers |= set(reborn) | set(planned.edits) | signals.follow_notices(session, revision, pmids)
    signals.settle(session, revision, numbers)
    settle(session, revision, list(planned.edits.values()))


def _named_and_own_pmids(record: Prepared) -> set[str]:
    named = {pmid for _, kind, pmid, *_ in record.corrections if pmid and kind in NOTICES}
    return named | {record.pmid} if record.pmid else named


def _outcomes(planned: Plan, seen: set[int] | None) -> list[Outcome]:
    outcomes: dict[int, Outcome] = {}
    for one in planned.matching.matches:
        edit = planned.edits.get(one.citation_id)
        fate = "added" if one.known is None else "changed" if edit else "unchanged"
        if seen and one.known and one.citation_id in seen:
            fate = "repeated"
        changed = edit.changed if edit else ()
        told = _notices(one) if one.known is None or "identifiers" in changed else ()
        otherwise = planned.otherwise.get(one.citation_id, ())
        outcomes[one.place] = Outcome(fate, one.citation_id, one.record.source_id, changed, told, otherwise)
    for place, one in planned.matching.repeats.items():
        outcomes[place] = Outcome("repeated", one.citation_id, one.record.source_id)
    if seen is not None:
        seen.update(one.citation_id for one in planned.matching.matches)
    return [outcomes[place] for place in sorted(outcomes)]


def _notices(one: Match) -> tuple[str, ...]:
    return tuple(
        f"{scheme.upper()} {value} of {one.record.source_id} belongs to citation R{owner} already; "
        f"citation R{one.citation_id} keeps it without being known by it. They may be one record: compare them."
        for (scheme, value), owner in one.taken.items()
    )


_HIGHEST = Statement(select(func.max(Citation.id)))


def _new_ids(session: Session) -> Iterator[int]:
    if session.get_bind().dialect.name == "sqlite":
        yield from count((_HIGHEST.scalar(session) or 0) + 1)
    block = text("SELECT nextval(pg_get_serial_sequence('citation', 'id')) FROM generate_series(1, :n)")
    while True:
        yield from session.scalars(block, {"n": _NEW_IDS_AT_ONCE}).all()
