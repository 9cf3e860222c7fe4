"""The stored signals of citations and the standings that follow from them; which signal means what is ``standing``.

What a record says of itself comes and goes with the record. What another
record or a deletion notice says is noted in the history, because readers see
it on a record that was not sent again.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Table, delete, select, update
from sqlalchemy.orm import Session

from app.citations import standing
from app.citations.lookup import among
from app.citations.matching import find_owners
from app.citations.standing import Signal
from app.database import pour
from app.history.events import Revision
from app.kit.canonical import iso, now, sha256
from app.models.base import Base
from app.models.citation import (
    Citation,
    CitationCorrection,
    CitationIdentifier,
    DeletionNotice,
    DeletionSeen,
    StandingSignal,
)
from app.statements import Statement, among_numbers

COLUMNS = ("citation_id", "signal", "value", "standing", "noted_at")
_TABLE: Table = Base.metadata.tables["standing_signal"]
_CITATION: Table = Base.metadata.tables["citation"]
_OF_NUMBERS = among_numbers(StandingSignal.citation_id, "numbers")
_SIGNALS = Statement(
    select(StandingSignal.citation_id, StandingSignal.signal, StandingSignal.value, StandingSignal.standing).where(
        _OF_NUMBERS
    )
)
_NAMED = Statement(
    select(StandingSignal.citation_id, StandingSignal.signal, StandingSignal.standing).where(_OF_NUMBERS)
)
_HELD = Statement(
    select(Citation.id, Citation.standing, Citation.merged_into).where(among_numbers(Citation.id, "numbers"))
)
_MERGED = Statement(
    select(Citation.id, Citation.merged_into).where(
        Citation.merged_into.is_not(None), among_numbers(Citation.merged_into, "numbers")
    )
)


def replace_own(session: Session, wanted: Mapping[int, Sequence[Signal]]) -> None:
    """Make these the signals that the records give about themselves; one that stays keeps its date."""
    _replace(session, wanted, standing.OWN)


def follow_notices(
    session: Session, revision: Revision, pmids: Iterable[str], *, no_longer: Iterable[str] = ()
) -> set[int]:
    """Bring what other records say about the citations with these PMIDs up to date; return those citations.

    It reads the stored ties, so a notice counts whether it came before or
    after the record that it is about; so does a deletion that was remembered.
    ``no_longer`` are PMIDs that a record named before and may not name now.
    """
    about = {*pmids, *no_longer}
    if not about:
        return set()
    named: defaultdict[str, list[Signal]] = defaultdict(list)
    notice = (
        (CitationIdentifier.citation_id == CitationCorrection.citation_id)
        & (CitationIdentifier.scheme == "pmid")
        & CitationIdentifier.identifies
    )
    query = (
        select(
            CitationCorrection.pmid, CitationCorrection.kind, CitationCorrection.citation_id, CitationIdentifier.value
        )
        .outerjoin(CitationIdentifier, notice)
        .where(CitationCorrection.kind.in_(standing.NOTICES))
    )
    for pmid, kind, number, notice_pmid in session.execute(query.where(among(session, CitationCorrection.pmid, about))):
        named[str(pmid)].append(standing.notice_signal(kind, notice_pmid or f"R{number}"))
    concerned = [("pmid", pmid) for pmid in {*named, *no_longer}]
    owners = {pmid: number for (_, pmid), number in find_owners(session, concerned).items()}
    said = {number: named[pmid] for pmid, number in owners.items()}
    _note(revision, _replace(session, said, (standing.NOTICE,)))
    return set(owners.values()) | _apply_deletions(session, revision, about)


def mark_deleted(session: Session, revision: Revision, pmids: Sequence[str]) -> int:
    """Note that PubMed took these records back; return how many are stored here. Nothing is removed.

    Those that are not stored are remembered: a file that brings one later must
    not make it look current. A list that comes again says nothing new of a
    record of which a later edition came after it.
    """
    pmids = _not_lifted(session, pmids)
    owners = {pmid: number for (_, pmid), number in find_owners(session, [("pmid", pmid) for pmid in pmids]).items()}
    _mark_deleted(session, revision, owners)
    settle(session, revision, owners.values())
    unknown = dict.fromkeys(pmid for pmid in pmids if pmid not in owners)
    held = set(session.scalars(select(DeletionNotice.pmid).where(among(session, DeletionNotice.pmid, unknown))))
    at = iso(now())
    pour(session, "deletion_notice", ("pmid", "noted_at"), [(pmid, at) for pmid in unknown if pmid not in held])
    return len(owners)


def forget_deletion(session: Session, revision: Revision, citation_ids: Iterable[int]) -> None:
    """Drop the deletion notice of citations of which PubMed sent a later edition; the lists that named them are done with."""
    dropped = _replace(session, {number: [] for number in citation_ids}, (standing.DELETE_NOTICE,))
    _note(revision, dropped)
    pmids = {notice.value for before, _ in dropped.values() for notice in before}
    if pmids:
        session.execute(update(DeletionSeen).where(among(session, DeletionSeen.pmid, pmids)).values(lifted=True))


def settle(session: Session, revision: Revision, citation_ids: Iterable[int]) -> None:
    """Compute the standing of these citations from their signals, and note each that changed.

    What is said of a record counts for the one that it was merged into as
    well, or a retraction would not be seen there. Only that PubMed took a
    record back does not: of two records of one paper it takes back one.
    """
    asked = sorted(citation_ids)
    if not asked:
        return
    held = _held(session, asked)
    stands_for = _merged_with(session, held)
    asked = sorted(stands_for)
    named: defaultdict[int, list[str]] = defaultdict(list)
    for number, signal, name in _NAMED.all(session, numbers=asked):
        named[number].append(name)
        kept = stands_for[number]
        if kept is not None and signal != standing.DELETE_NOTICE:
            named[kept].append(name)
    for number, before in sorted(held.items()):
        after = standing.worst(named[number])
        if after != before:
            session.execute(update(_CITATION).where(_CITATION.c.id == number).values(standing=after))
            revision.note_standing(number, before=before, after=after)


def _held(session: Session, asked: Sequence[int]) -> dict[int, str]:
    """The standings that these citations have, and those that stand for one of them."""
    rows = _HELD.all(session, numbers=asked)
    held = {row.id: row.standing for row in rows}
    above = {row.merged_into for row in rows if row.merged_into is not None} - set(held)
    if above:
        rows = _HELD.all(session, numbers=above)
        held |= {row.id: row.standing for row in rows}
    return held


def _merged_with(session: Session, numbers: Iterable[int]) -> dict[int, int | None]:
    """These citations and all that were merged into one of them, each with the one that it was merged into."""
    numbers = list(numbers)
    stands_for: dict[int, int | None] = dict.fromkeys(numbers)
    return stands_for | {row.id: row.merged_into for row in _MERGED.all(session, numbers=numbers)}


Replaced = dict[int, tuple[set[Signal], set[Signal]]]
"""Citation → its signals of the kinds replaced, before and after; those that kept theirs are left out."""


def _apply_deletions(session: Session, revision: Revision, pmids: Iterable[str]) -> set[int]:
    """Mark the citations with these PMIDs that PubMed took back before they came; the notice is theirs from then on."""
    if session.scalar(select(DeletionNotice.pmid).limit(1)) is None:
        return set()
    noted = list(session.scalars(select(DeletionNotice.pmid).where(among(session, DeletionNotice.pmid, pmids))))
    owners = {pmid: number for (_, pmid), number in find_owners(session, [("pmid", pmid) for pmid in noted]).items()}
    _mark_deleted(session, revision, owners)
    session.execute(delete(DeletionNotice).where(among(session, DeletionNotice.pmid, owners)))
    return set(owners.values())


def _not_lifted(session: Session, pmids: Sequence[str]) -> list[str]:
    """These PMIDs without those of which PubMed sent a later edition since this very list came first.

    A DeleteCitation has no date. It is known again by all that it names, as an update file that is imported anew has it.
    """
    named = sorted(set(pmids))
    this = sha256("\n".join(named))
    query = select(DeletionSeen.pmid, DeletionSeen.lifted).where(DeletionSeen.list_hash == this)
    seen = {pmid: lifted for pmid, lifted in session.execute(query)}  # noqa: C416 - rows are no mapping
    new = [(pmid, this, False) for pmid in named if pmid not in seen]
    pour(session, "deletion_seen", ("pmid", "list_hash", "lifted"), new)
    return [pmid for pmid in dict.fromkeys(pmids) if not seen.get(pmid)]


def _mark_deleted(session: Session, revision: Revision, owners: Mapping[str, int]) -> None:
    signals = {number: [standing.deletion_signal(pmid)] for pmid, number in owners.items()}
    _note(revision, _replace(session, signals, (standing.DELETE_NOTICE,)))


def _note(revision: Revision, replaced: Replaced) -> None:
    """Keep in the history what others now say of a citation; one that came with this write is logged by its payload."""
    added = revision.added("citation") if replaced else set()
    for number, (before, after) in sorted(replaced.items()):
        if number not in added:
            revision.note(
                "citation", number, op="edit", before={"signals": sorted(before)}, after={"signals": sorted(after)}
            )


def _replace(session: Session, wanted: Mapping[int, Sequence[Signal]], kinds: Sequence[str]) -> Replaced:
    if not wanted:
        return {}
    held: defaultdict[int, set[Signal]] = defaultdict(set)
    for number, signal, value, name in _SIGNALS.all(session, numbers=wanted):
        if signal in kinds:
            held[number].add(Signal(signal, value, name))
    changed = {number: (held[number], set(own)) for number, own in wanted.items() if held[number] != set(own)}
    for number, (before, after) in changed.items():
        for gone in before - after:
            this = (_TABLE.c.signal == gone.signal) & (_TABLE.c.value == gone.value)
            session.execute(delete(_TABLE).where(_TABLE.c.citation_id == number, this))
    at = iso(now())
    rows = [(number, *new, at) for number, (before, after) in changed.items() for new in sorted(after - before)]
    pour(session, "standing_signal", COLUMNS, rows)
    return changed
