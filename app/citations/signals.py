"""The stored signals of citations and the standings that follow from them; which signal means what is ``standing``."""

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
from app.kit.canonical import iso, now
from app.models.base import Base
from app.models.citation import Citation, CitationCorrection, CitationIdentifier, StandingSignal

COLUMNS = ("citation_id", "signal", "value", "standing", "noted_at")
_TABLE: Table = Base.metadata.tables["standing_signal"]
_CITATION: Table = Base.metadata.tables["citation"]


def replace_own(session: Session, wanted: Mapping[int, Sequence[Signal]]) -> None:
    """Make these the signals that the records give about themselves; one that stays keeps its date."""
    _replace(session, wanted, standing.OWN)


def follow_notices(session: Session, pmids: Iterable[str], *, no_longer: Iterable[str] = ()) -> set[int]:
    """Bring what other records say about the citations with these PMIDs up to date; return those citations.

    It reads the stored ties, so a notice counts whether it came before or
    after the record that it is about. ``no_longer`` are PMIDs that a record
    named before and may not name now.
    """
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
    about = {*pmids, *no_longer}
    if not about:
        return set()
    for pmid, kind, number, notice_pmid in session.execute(query.where(among(session, CitationCorrection.pmid, about))):
        named[str(pmid)].append(standing.notice_signal(kind, notice_pmid or f"R{number}"))
    concerned = [("pmid", pmid) for pmid in {*named, *no_longer}]
    owners = {pmid: number for (_, pmid), number in find_owners(session, concerned).items()}
    _replace(session, {number: named[pmid] for pmid, number in owners.items()}, (standing.NOTICE,))
    return set(owners.values())


def mark_deleted(session: Session, revision: Revision, pmids: Sequence[str]) -> int:
    """Note that PubMed took these records back, on those stored here; return how many those are. Nothing is removed."""
    owners = find_owners(session, [("pmid", pmid) for pmid in pmids])
    signals = {number: [standing.deletion_signal(pmid)] for (_, pmid), number in owners.items()}
    _replace(session, signals, (standing.DELETE_NOTICE,))
    settle(session, revision, signals)
    return len(owners)


def forget_deletion(session: Session, citation_ids: Iterable[int]) -> None:
    """Drop the deletion notice of citations of which PubMed sent a later edition."""
    gone = among(session, _TABLE.c.citation_id, citation_ids)
    session.execute(delete(_TABLE).where(gone, _TABLE.c.signal == standing.DELETE_NOTICE))


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
    query = select(StandingSignal.citation_id, StandingSignal.signal, StandingSignal.standing)
    for number, signal, name in session.execute(query.where(among(session, StandingSignal.citation_id, asked))):
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
    columns = (Citation.id, Citation.standing, Citation.merged_into)
    rows = session.execute(select(*columns).where(among(session, Citation.id, asked))).all()
    held = {row.id: row.standing for row in rows}
    above = {row.merged_into for row in rows if row.merged_into is not None} - set(held)
    if above:
        rows = session.execute(select(*columns).where(among(session, Citation.id, above))).all()
        held |= {row.id: row.standing for row in rows}
    return held


def _merged_with(session: Session, numbers: Iterable[int]) -> dict[int, int | None]:
    """These citations and all that were merged into one of them, each with the one that it was merged into."""
    numbers = list(numbers)
    stands_for: dict[int, int | None] = dict.fromkeys(numbers)
    query = select(Citation.id, Citation.merged_into).where(Citation.merged_into.is_not(None))
    merged = session.execute(query.where(among(session, Citation.merged_into, numbers)))
    return stands_for | {row.id: row.merged_into for row in merged}


def _replace(session: Session, wanted: Mapping[int, Sequence[Signal]], kinds: Sequence[str]) -> None:
    if not wanted:
        return
    held: defaultdict[int, set[Signal]] = defaultdict(set)
    columns = (StandingSignal.citation_id, StandingSignal.signal, StandingSignal.value, StandingSignal.standing)
    here = among(session, StandingSignal.citation_id, wanted)
    for number, signal, value, name in session.execute(select(*columns).where(here, StandingSignal.signal.in_(kinds))):
        held[number].add(Signal(signal, value, name))
    at = iso(now())
    for number, signals in held.items():
        for gone in signals - set(wanted[number]):
            this = (_TABLE.c.signal == gone.signal) & (_TABLE.c.value == gone.value)
            session.execute(delete(_TABLE).where(_TABLE.c.citation_id == number, this))
    rows = [
        (number, *signal, at)
        for number, named in wanted.items()
        for signal in dict.fromkeys(named)
        if signal not in held[number]
    ]
    pour(session, "standing_signal", COLUMNS, rows)
