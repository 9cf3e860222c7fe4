"""The queue of citations that may be one record: finding pairs, showing them, keeping a pair apart.

Finding is a pass of its own, so that a bulk import never waits for it: it
compares what came or changed since the last look with all that shares a key
(``likenesses``). A machine only finds; merging is ``app.curation.merging``'s,
on a person's word. Pairs found are no data of the record, so finding them
makes no data revision; what a person decides does. Nothing here commits.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import msgspec
from sqlalchemy import Row, Select, and_, delete, func, or_, select, text, update
from sqlalchemy.orm import Session, aliased

from app.citations.likenesses import keys_of, likenesses
from app.citations.lookup import among
from app.citations.queries import Stored
from app.citations.similarity import Comparison, Likeness, compare
from app.database import pour
from app.errors import Conflict, NotFound
from app.history.events import Revision
from app.kit.canonical import canonical_json, iso, now
from app.kit.public_ids import DUPLICATE, public
from app.models.base import Base
from app.models.citation import Citation
from app.models.duplicate import DuplicateKey, DuplicateLook, DuplicatePair

AT_ONCE = 500
"""Citations compared in one transaction: well under a second of the write turn."""
CROWD = 60
"""Citations under one key from which on it tells nothing ("author Wang 2015"); other keys still bring a pair together."""
WAITING = ("open", "blocked")
"""States of a pair that no person has decided on."""

_LOCK = 0x64757073
_PAIR = Base.metadata.tables["duplicate_pair"]
_COLUMNS = ("first_id", "second_id", "state", "offer", "score", "evidence", "block", "found_at", "version")
Pair = tuple[int, int]


@dataclass(slots=True)
class Found:
    """What a pass over some citations came to; ``gone`` are pairs that waited and are no longer alike."""

    looked_at: int = 0
    opened: int = 0
    blocked: int = 0
    gone: int = 0

    def add(self, other: "Found") -> None:
        """Count another pass in."""
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


def waiting(session: Session, *, most: int) -> int:
    """How many citations were not compared in the version that they have, counted up to ``most``."""
    return session.scalar(select(func.count()).select_from(_unseen(most).subquery())) or 0


def find(session: Session, *, limit: int = AT_ONCE) -> Found:
    """Compare at most ``limit`` waiting citations with all others and bring the queue up to date.

    A pair that a person decided on stays as it was decided; one that waits is
    refreshed, or leaves when its records are no longer alike. Returns what
    was done; ``looked_at`` is 0 when nothing waits.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    versions = {row.id: row.version for row in session.execute(_unseen(limit))}
    if not versions:
        return Found()
    ours = likenesses(session, versions)
    held = _held(session, versions)
    # A crowd that came under their keys since does not make two records unlike that were found alike.
    met = _meetings(session, ours) | {pair for pair, row in held.items() if row.state in WAITING}
    others = likenesses(session, {number for pair in met for number in pair} - set(ours))
    everyone = ours | others
    alike = {pair: comparison for pair in met if (comparison := _compared(everyone, pair))}
    _mark_seen(session, versions)
    found = _keep(session, held, alike)
    found.looked_at = len(versions)
    return found


def get(session: Session, pair_id: int) -> DuplicatePair:
    """One pair. Raises :class:`NotFound` when there is none."""
    pair = session.get(DuplicatePair, pair_id, populate_existing=True)
    if pair is None:
        raise NotFound(f"There is no pair of possible duplicates {public(DUPLICATE, pair_id)}.")
    return pair


def pairs(states: Sequence[str], offers: Sequence[str], *, of: Sequence[int] = ()) -> Select[Any]:
    """Select the pairs in these states and with these offers, all where none is named; ``of`` names citations in them.

    A pair that waits while one of its records is merged elsewhere is left out: the record that is left will be compared.
    """
    first, second = aliased(Citation), aliased(Citation)
    query = select(DuplicatePair).join(first, first.id == DuplicatePair.first_id)
    query = query.join(second, second.id == DuplicatePair.second_id)
    both_here = and_(first.merged_into.is_(None), second.merged_into.is_(None))
    query = query.where(or_(DuplicatePair.state.not_in(WAITING), both_here))
    if states:
        query = query.where(DuplicatePair.state.in_(states))
    if offers:
        query = query.where(DuplicatePair.offer.in_(offers))
    if of:
        query = query.where(or_(DuplicatePair.first_id.in_(of), DuplicatePair.second_id.in_(of)))
    return query


def decide(
    session: Session, revision: Revision, pair: DuplicatePair, state: str, *, note: str | None = None
) -> DuplicatePair:
    """Write down what a person decided on a waiting pair. Of two who decide at once one is told so by :class:`Conflict`."""
    at = now()
    values = {"state": state, "decided_at": at, "decided_by": revision.actor, "note": note, "version": pair.version + 1}
    mine = (DuplicatePair.id == pair.id) & (DuplicatePair.version == pair.version)
    done: Any = session.execute(update(DuplicatePair).where(mine, DuplicatePair.state.in_(WAITING)).values(**values))
    if done.rowcount != 1:
        now_it_is = get(session, pair.id)
        raise Conflict(
            f"{public(DUPLICATE, pair.id)} is {now_it_is.state} already, by {now_it_is.decided_by or 'another pass'}. "
            "Read it again; reopen it first if the decision was wrong."
        )
    revision.note("duplicate", pair.id, op="status", before={"state": pair.state}, after={"state": state, "note": note})
    return get(session, pair.id)


def reopen(session: Session, revision: Revision, pair: DuplicatePair) -> DuplicatePair:
    """Let a pair wait for a decision again; one that a rule had set aside is open then, because a person looked."""
    undecided = {"state": "open", "decided_at": None, "decided_by": None, "version": pair.version + 1}
    mine = (DuplicatePair.id == pair.id) & (DuplicatePair.version == pair.version)
    done: Any = session.execute(update(DuplicatePair).where(mine).values(**undecided))
    if done.rowcount != 1:
        raise Conflict(f"{public(DUPLICATE, pair.id)} was changed since it was read; read it again.")
    revision.note("duplicate", pair.id, op="status", before={"state": pair.state}, after={"state": "open"})
    return get(session, pair.id)


def suggested(first: Stored, second: Stored) -> int:
    """Which of two to keep by default: the one that PubMed keeps up to date, then the one that came first."""
    return min((first, second), key=lambda one: (one.draft.pmid is None, one.id)).id


def pair_of(session: Session, one: int, other: int) -> DuplicatePair | None:
    """The pair of two citations, where they were ever found alike."""
    first, second = sorted((one, other))
    here = (DuplicatePair.first_id == first) & (DuplicatePair.second_id == second)
    return session.scalars(select(DuplicatePair).where(here).execution_options(populate_existing=True)).one_or_none()


def _unseen(limit: int) -> Select[*tuple[int, int]]:
    looked = and_(DuplicateLook.citation_id == Citation.id, DuplicateLook.version == Citation.version)
    query = select(Citation.id, Citation.version).outerjoin(DuplicateLook, looked)
    return (
        query.where(DuplicateLook.citation_id.is_(None), Citation.merged_into.is_(None))
        .order_by(Citation.id)
        .limit(limit)
    )


def _meetings(session: Session, ours: dict[int, Likeness]) -> set[Pair]:
    """Store the keys of these citations, and return each pair of one of them and any other that share a key."""
    keys = {number: keys_of(one) for number, one in ours.items()}
    session.execute(delete(DuplicateKey).where(among(session, DuplicateKey.citation_id, ours)))
    pour(session, "duplicate_key", ("key", "citation_id"), [(key, number) for number in keys for key in keys[number]])
    every = {key for own in keys.values() for key in own}
    under: defaultdict[int, list[int]] = defaultdict(list)
    query = select(DuplicateKey.key, DuplicateKey.citation_id).where(among(session, DuplicateKey.key, every))
    for key, number in session.execute(query):
        under[key].append(number)
    return {
        pair
        for members in under.values()
        if 1 < len(members) <= CROWD
        for pair in combinations(sorted(members), 2)
        if pair[0] in ours or pair[1] in ours
    }


def _compared(everyone: dict[int, Likeness], pair: Pair) -> Comparison | None:
    first, second = everyone.get(pair[0]), everyone.get(pair[1])
    return compare(first, second) if first and second else None


def _mark_seen(session: Session, versions: dict[int, int]) -> None:
    session.execute(delete(DuplicateLook).where(among(session, DuplicateLook.citation_id, versions)))
    pour(session, "duplicate_look", ("citation_id", "version"), list(versions.items()))


def _keep(session: Session, held: dict[Pair, Row[Any]], alike: dict[Pair, Comparison]) -> Found:
    new = [(pair, one) for pair, one in alike.items() if pair not in held]
    at = iso(now())
    pour(session, "duplicate_pair", _COLUMNS, [(*pair, *_written(one), at, 1) for pair, one in new])
    for pair, row in held.items():
        if row.state in WAITING and pair in alike:
            _refresh(session, row, alike[pair])
    gone = [row.id for pair, row in held.items() if row.state in WAITING and pair not in alike]
    session.execute(delete(DuplicatePair).where(among(session, DuplicatePair.id, gone)))
    blocked = sum(one.block is not None for _, one in new)
    return Found(opened=len(new) - blocked, blocked=blocked, gone=len(gone))


def _held(session: Session, numbers: Iterable[int]) -> dict[Pair, Row[Any]]:
    numbers = list(numbers)
    mine = or_(among(session, DuplicatePair.first_id, numbers), among(session, DuplicatePair.second_id, numbers))
    return {(row.first_id, row.second_id): row for row in session.execute(select(_PAIR).where(mine))}


def _refresh(session: Session, row: Row[Any], found: Comparison) -> None:
    """What a pass says now; a pair that a person reopened stays open whatever rule would set it aside."""
    reopened = row.state == "open" and row.block is not None
    state, offer, score, evidence, block = _written(found)
    wanted = {"state": "open" if reopened else state, "offer": offer, "score": score, "block": block}
    evidence = msgspec.json.decode(evidence)
    if wanted | {"evidence": evidence} == {name: getattr(row, name) for name in (*wanted, "evidence")}:
        return
    values = wanted | {"evidence": evidence, "version": row.version + 1}
    session.execute(update(DuplicatePair).where(DuplicatePair.id == row.id).values(**values))


def _written(found: Comparison) -> tuple[str, str, int, str, str | None]:
    evidence = {"title": found.title, "for": found.speaks_for, "against": found.speaks_against}
    state = "blocked" if found.block else "open"
    return state, found.offer, found.score, canonical_json(evidence), found.block
