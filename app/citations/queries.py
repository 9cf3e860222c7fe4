"""Reading citations: one by its id or identifier, many by a keyset, and what is stored of them as drafts."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Integer, Select, bindparam, func, or_, select
from sqlalchemy.orm import Session

from app.citations.draft import CitationDraft, Identifier
from app.citations.matching import Key, find_owners
from app.citations.rows import COLUMNS, draft_of
from app.errors import NotFound
from app.kit.identifiers import DOI, PMID
from app.models.base import Base
from app.models.citation import Citation, CitationCorrection, CitationIdentifier, CitationText, StandingSignal
from app.statements import Statement, among_numbers, as_text

_TABLE = Citation.__table__
_MORE = (
    "id", "standing", "person_set", "merged_into", "created_at", "edited_at", "reviewed_at", "synced_at", "version",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class StoredIdentifier:
    """An identifier and whether it belongs to this citation alone."""

    scheme: str
    value: str
    identifies: bool


@dataclass(frozen=True, slots=True)
class StoredSignal:
    """A reason to doubt, and when it was first noted."""

    signal: str
    value: str
    standing: str
    noted_at: datetime


@dataclass(frozen=True, slots=True)
class Stored:
    """A citation with everything that hangs on it; ``draft`` is what its source, or a person, says now."""

    id: int
    draft: CitationDraft
    identifiers: tuple[StoredIdentifier, ...]
    signals: tuple[StoredSignal, ...]
    standing: str
    person_set: Mapping[str, Any]
    merged_into: int | None
    created_at: datetime
    edited_at: datetime | None
    reviewed_at: datetime | None
    synced_at: datetime | None
    version: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page of citations ended: newest year first, those without a year last, then the newest id."""

    year: int | None
    id: int


def get(session: Session, citation_id: int) -> Stored:
    """One citation with identifiers, texts, ties and signals. Raises :class:`NotFound` when there is none."""
    found = stored(session, [citation_id])
    if not found:
        raise NotFound(f"There is no citation R{citation_id}. Search by title, PMID or DOI, or import it first.")
    return found[citation_id]


def find_by_pmid(session: Session, pmid: PMID) -> int | None:
    """The id of the citation with this PMID, or of the one that it was merged into."""
    return _standing_owner(session, ("pmid", pmid))


def find_by_doi(session: Session, doi: DOI) -> int | None:
    """The id of the citation that this DOI belongs to, or of the one that it was merged into; a mention is not meant."""
    return _standing_owner(session, ("doi", doi))


def _standing_owner(session: Session, key: Key) -> int | None:
    owner = find_owners(session, [key]).get(key)
    if owner is None:
        return None
    return session.scalar(select(func.coalesce(Citation.merged_into, Citation.id)).where(Citation.id == owner))


def stored(session: Session, citation_ids: Iterable[int]) -> dict[int, Stored]:
    """The citations with these ids, by id and in the order asked; unknown ids are left out."""
    asked = list(dict.fromkeys(citation_ids))
    return _stored(session, asked) if asked else {}


def page(
    session: Session, *, matching: Select[tuple[int]] | None = None, after: Place | None = None, limit: int
) -> list[int]:
    """Ids of at most ``limit`` citations behind the place ``after``; merged ones are left out."""
    query = select(Citation.id).where(Citation.merged_into.is_(None))
    if matching is not None:
        query = query.where(Citation.id.in_(matching))
    if after is not None:
        query = query.where(_behind(after))
    query = query.order_by(Citation.year.desc().nulls_last(), Citation.id.desc()).limit(limit)
    return list(session.scalars(query))


def count(session: Session, *, matching: Select[tuple[int]] | None = None) -> int:
    """How many citations there are, or match; merged ones are left out."""
    query = select(func.count()).select_from(Citation).where(Citation.merged_into.is_(None))
    if matching is not None:
        query = query.where(Citation.id.in_(matching))
    return session.scalar(query) or 0


def _behind(after: Place) -> ColumnElement[bool]:
    if after.year is None:
        return Citation.year.is_(None) & (Citation.id < after.id)
    same_year = (Citation.year == after.year) & (Citation.id < after.id)
    return or_(Citation.year < after.year, same_year, Citation.year.is_(None))


def _stored(session: Session, citation_ids: Sequence[int]) -> dict[int, Stored]:
    rows = [row._asdict() for row in _rows(session, _OF_CITATION, citation_ids)]
    identifiers = _children(session, CitationIdentifier, citation_ids)
    texts = _children(session, CitationText, citation_ids)
    corrections = _children(session, CitationCorrection, citation_ids)
    signals = _children(session, StandingSignal, citation_ids, order="signal")
    found = {}
    for row in rows:
        number = row["id"]
        own = [StoredIdentifier(r.scheme, r.value, bool(r.identifies)) for r in identifiers[number]]
        found[number] = Stored(
            draft=draft_of(
                row, [Identifier(i.scheme, i.value) for i in own],
                [tuple(r)[1:] for r in texts[number]], [tuple(r)[1:] for r in corrections[number]],
            ),
            identifiers=tuple(own),
            signals=tuple(StoredSignal(r.signal, r.value, r.standing, r.noted_at) for r in signals[number]),
            person_set=row["person_set"] or {},
            **{name: row[name] for name in _MORE if name != "person_set"},
        )  # fmt: skip
    return {number: found[number] for number in citation_ids if number in found}


def _children(
    session: Session, model: type[Base], citation_ids: Sequence[int], *, order: str = "position"
) -> defaultdict[int, list[Any]]:
    by_citation: defaultdict[int, list[Any]] = defaultdict(list)
    for row in _rows(session, _of_child(model, order), citation_ids):
        by_citation[row.citation_id].append(row)
    return by_citation


class _Question(NamedTuple):
    """A prepared statement for one citation, as most writes ask, and one for many, as every page does."""

    of_one: Statement
    of_many: Statement


def _question(whole: Select[Any], owner: ColumnElement[Any]) -> _Question:
    return _Question(
        Statement(whole.where(owner == bindparam("of_one", type_=Integer))),
        Statement(whole.where(among_numbers(owner, "of_many"))),
    )


@cache
def _of_child(model: type[Base], order: str) -> _Question:
    table = Base.metadata.tables[model.__tablename__]
    return _question(select(table).order_by(table.c.citation_id, table.c[order]), table.c.citation_id)


_OF_CITATION = _question(
    select(*(_TABLE.c[name] for name in _MORE), *(as_text(_TABLE.c[name]) for name in COLUMNS)), _TABLE.c.id
)


def _rows(session: Session, question: _Question, citation_ids: Sequence[int]) -> Sequence[Any]:
    if len(citation_ids) == 1:
        return question.of_one.all(session, of_one=citation_ids[0])
    return question.of_many.all(session, of_many=citation_ids)
