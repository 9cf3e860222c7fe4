"""Which stored citation a record is. Reads the store, changes nothing; what becomes of a match is ``store``.

A record is the citation with its PMID; else the one with its PMCID or DOI that
has no PMID yet; else it is new. Two PMIDs are never one citation: PubMed keeps
them apart, and only a person may merge. A record without any identifier is
known again only when it comes exactly as it came before: what merely looks
like it is for a person to compare.

A citation that a person merged into another is still the one its records are;
what comes updates it behind the other.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from sqlalchemy import bindparam, select, text
from sqlalchemy.orm import Session

from app.citations.lookup import among
from app.citations.rows import Prepared
from app.models.citation import Citation, CitationIdentifier
from app.statements import Statement

Key = tuple[str, str]

PUBMED = "pubmed"
_TRUST = ("pmid", "pmcid", "doi", "isbn", "url")
_AS_RECEIVED = "as received"


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a stored citation before it is read: its source, edition and the hash of what came."""

    source: str
    edition: tuple[int, str]
    payload_hash: str


@dataclass(slots=True)
class Match:
    """One citation and the record that is to describe it; ``places`` are those of this record and of repeats it won over."""

    citation_id: int
    record: Prepared
    place: int
    known: Known | None
    taken: dict[Key, int] = field(default_factory=dict)
    """Identifiers of the record that belong to another citation."""


@dataclass(slots=True)
class Matching:
    """The matches of one batch in order, and for each place that was a repeat the match it repeats."""

    matches: list[Match]
    repeats: dict[int, Match]


def match(session: Session, records: Sequence[Prepared], new_ids: Iterator[int]) -> Matching:
    """Find the citation of each record; of several records of one citation the latest edition stays, the first where equal.

    ``new_ids`` gives the ids of citations to be. Call it inside the write turn,
    or another writer may add the same record in between.
    """
    keys = [_keys_of(record) for record in records]
    owners = find_owners(session, chain.from_iterable(keys))
    owners |= _came_before(session, [value for each in keys for scheme, value in each if scheme == _AS_RECEIVED])
    owning = set(owners.values())
    pmids = _pmids_of_those_kept(session, owning) | _pmids_of(session, owning)
    known = _known(session, owning)
    held = frozenset(owners)
    found: dict[int, Match] = {}
    repeats: dict[int, Match] = {}
    for place, record in enumerate(records):
        number = _citation_of(keys[place], owners, pmids) or next(new_ids)
        if number in found:
            repeats[_replace(found[number], record, place, owners=owners, held=held)] = found[number]
        else:
            found[number] = Match(number, record, place, known.get(number))
        if found[number].record is not record:
            continue  # what is not kept must not claim identifiers
        for key in keys[place]:
            owners.setdefault(key, number)
            if key[0] == "pmid":
                pmids.setdefault(number, key[1])
    for one in found.values():
        owner = {key: owners.setdefault(key, one.citation_id) for key in one.record.keys}
        one.taken = {key: number for key, number in owner.items() if number != one.citation_id}
    return Matching(list(found.values()), repeats)


def find_owners(session: Session, keys: Iterable[Key]) -> dict[Key, int]:
    """The citations that these identifiers belong to; absent where they belong to none."""
    by_scheme: dict[str, list[str]] = {}
    for scheme, value in keys:
        if scheme != _AS_RECEIVED:
            by_scheme.setdefault(scheme, []).append(value)
    owners: dict[Key, int] = {}
    columns = (CitationIdentifier.value, CitationIdentifier.citation_id)
    for scheme, values in by_scheme.items():
        query = select(*columns).where(CitationIdentifier.scheme == scheme, CitationIdentifier.identifies)
        rows = session.execute(query.where(among(session, CitationIdentifier.value, values)))
        owners |= {(scheme, value): number for value, number in rows}
    return owners


def is_newer(record: Prepared, known: Known, *, strictly: bool = False) -> bool:
    """Whether the record may change what is known: PubMed over any other source, then the later edition.

    Equal editions that differ: what came later holds, because DateRevised only
    knows days, but nothing comes back that was replaced so (``store``, decision
    19); ``strictly`` leaves the first, as between repeats in one file.
    Other sources have no editions: what a later one says differently is looked at, and only fills what is empty.
    """
    if (record.source == PUBMED) != (known.source == PUBMED):
        return record.source == PUBMED
    if record.edition != known.edition:
        return record.edition > known.edition
    return not strictly and record.payload_hash != known.payload_hash


def is_later_edition(one: Match) -> bool:
    """Whether PubMed sent what is known and now a later edition; what it sends first over a file may be an old one."""
    if one.known is None or one.known.source != PUBMED:
        return False
    return one.record.source == PUBMED and one.record.edition > one.known.edition


def same_edition(one: Match) -> bool:
    """Whether PubMed sent both the record and what is known under one version and date: only their order tells them apart."""
    if one.known is None or one.known.source != PUBMED:
        return False
    return one.record.source == PUBMED and one.record.edition == one.known.edition


def _citation_of(keys: Sequence[Key], owners: Mapping[Key, int], pmids: Mapping[int, str]) -> int | None:
    pmid = next((value for scheme, value in keys if scheme == "pmid"), None)
    for key in sorted(keys, key=_by_trust) if len(keys) > 1 else keys:
        number = owners.get(key)
        if number is not None and (pmid is None or pmids.get(number, pmid) == pmid):
            return number
    return None


def _by_trust(key: Key) -> int:
    return _TRUST.index(key[0])


def _replace(match: Match, record: Prepared, place: int, *, owners: dict[Key, int], held: frozenset[Key]) -> int:
    """Keep the better of two records of one citation in ``match``; return the place of the other.

    What gives way gives up what it alone claimed among ``owners``; what was ``held`` before this batch stays.
    """
    before = Known(match.record.source, match.record.edition, match.record.payload_hash)
    if not is_newer(record, before, strictly=True):
        return place
    for key in match.record.keys:
        if key not in held and owners.get(key) == match.citation_id:
            del owners[key]
    lost, match.record, match.place = match.place, record, place
    return lost


def _keys_of(record: Prepared) -> list[Key]:
    as_received = [(_AS_RECEIVED, record.payload_hash)] if record.payload_hash and record.source != PUBMED else []
    return record.keys or as_received


# SQLite uses the partial index only where the query repeats its condition.
_CAME_BEFORE = (
    select(Citation.payload_hash, Citation.id)
    .where(Citation.source != PUBMED, text("source <> 'pubmed'"))
    .order_by(Citation.id.desc())
)
_ONE_CAME_BEFORE = Statement(_CAME_BEFORE.where(Citation.payload_hash == bindparam("hash")))


def _came_before(session: Session, hashes: Sequence[str]) -> dict[Key, int]:
    """Records without identifiers by what came: the citation that each became, and is still when it was merged since."""
    if not hashes:
        return {}
    if len(hashes) == 1:  # as in every write by hand
        rows = _ONE_CAME_BEFORE.all(session, hash=hashes[0])
    else:
        asked = _CAME_BEFORE.where(among(session, Citation.payload_hash, hashes))
        rows = list(session.execute(asked))
    return {(_AS_RECEIVED, sha): number for sha, number in rows}


def _pmids_of(session: Session, numbers: set[int]) -> dict[int, str]:
    if not numbers:
        return {}
    query = select(CitationIdentifier.citation_id, CitationIdentifier.value)
    query = query.where(CitationIdentifier.scheme == "pmid", CitationIdentifier.identifies)
    rows = session.execute(query.where(among(session, CitationIdentifier.citation_id, numbers)))
    return {row[0]: row[1] for row in rows}


def _pmids_of_those_kept(session: Session, numbers: set[int]) -> dict[int, str]:
    """For merged citations the PMID of the one that each was merged into.

    A record of another PMID that shares a DOI with the merged one would vanish in that citation otherwise.
    """
    if not numbers:
        return {}
    merged = select(Citation.id, Citation.merged_into).where(among(session, Citation.id, numbers))
    rows = session.execute(merged.where(Citation.merged_into.is_not(None)))
    kept = {row.id: int(row.merged_into) for row in rows}
    pmids = _pmids_of(session, set(kept.values())) if kept else {}
    return {number: pmids[into] for number, into in kept.items() if into in pmids}


def _known(session: Session, numbers: set[int]) -> dict[int, Known]:
    if not numbers:
        return {}
    columns = (Citation.id, Citation.source, Citation.source_version, Citation.revised_on, Citation.payload_hash)
    rows = session.execute(select(*columns).where(among(session, Citation.id, numbers)))
    return {
        number: Known(source, (version, revised_on or ""), sha) for number, source, version, revised_on, sha in rows
    }
