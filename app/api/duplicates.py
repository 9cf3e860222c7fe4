"""``/duplicates``: pairs of records that may be one, side by side, with what speaks for and against it."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import Request
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.api import etags
from app.api.answers import Answer, one
from app.api.asking import Reading, chosen, only, parameters_of
from app.api.documented import among, in_path, paging, text_parameter
from app.api.guarding import Door, Guarded
from app.api.paged import DEFAULT, Cursor, Limit, page_of
from app.api.shapes import API, One, PageInfo, Shape, moment_out
from app.citations import duplicates, queries
from app.citations.queries import Stored
from app.history import events
from app.history.queries import last_touch
from app.kit.paging import Key, behind, fingerprint, read_cursor, write_cursor
from app.kit.public_ids import CITATION, DUPLICATE, number_of, public
from app.kit.tokens import fold
from app.models.duplicate import OFFERS, STATES, DuplicatePair
from app.search.pages import Page

router = Door(prefix="/duplicates", tags=["duplicates"], route_class=Guarded)
DuplicateId = Annotated[str, in_path("D1", "the id of a pair", pattern=f"^{DUPLICATE}[1-9][0-9]{{0,9}}$")]
_MOST_COUNTED = 1_000


class ComparedOut(Shape):
    """One field on both sides; ``agree`` is null where a side has none, and is told without regard to case and marks."""

    field: str
    first: str | None
    second: str | None
    agree: bool | None


class PairOut(Shape):
    """Two records that may be one. ``offer`` is what a person may make of them: ``merge``, or ``link`` a preprint to its article.

    ``score`` runs to 100; ``block`` is the rule that set the pair aside; ``suggested_keep`` is the record with a PMID, else
    the one that came first; ``merged_into`` the record that stands for one of the two now.
    """

    id: str
    first: str
    second: str
    state: str
    offer: str
    score: int
    title_similarity: int | None
    speaks_for: list[str]
    speaks_against: list[str]
    block: str | None
    fields: list[ComparedOut]
    suggested_keep: str
    merged_into: str | None
    found_at: str
    decided_at: str | None
    decided_by: str | None
    note: str | None
    version: int
    url: str


class QueueMeta(Shape):
    """How many pairs there are in each state, and how many records wait to be compared (counted up to 1,000)."""

    counts: dict[str, int]
    not_compared: int
    data_revision: int


class QueueOut(Shape):
    """The envelope of the queue."""

    data: list[PairOut]
    page: PageInfo
    meta: QueueMeta


@router.get(
    "",
    dependencies=[only("state", "offer", "citation", "limit", "cursor")],
    response_model=QueueOut,
    openapi_extra={
        "parameters": [
            among("state", STATES, "the states to show; `open` where none is named"),
            among("offer", OFFERS, "what is offered"),
            text_parameter("citation", "only pairs of these records, like R12"),
            *paging(),
        ]
    },
)
def list_duplicates(request: Request, session: Reading, limit: Limit = DEFAULT, cursor: Cursor = None) -> Answer:
    """Pairs of records that may be one, the most alike first."""
    states, offers = chosen(request, "state", STATES) or ("open",), chosen(request, "offer", OFFERS)
    of = [number_of(CITATION, each) for each in parameters_of(request).get("citation", [])]
    keys, mark = [Key(DuplicatePair.score, descending=True), Key(DuplicatePair.id)], fingerprint(states, offers, of)
    query = duplicates.pairs(states, offers, of=of)
    total = session.scalar(select(func.count()).select_from(query.with_only_columns(DuplicatePair.id).subquery())) or 0
    wanted = query.order_by(*(key.order for key in keys)).limit(limit + 1)
    if cursor:
        wanted = wanted.where(behind(keys, read_cursor(cursor, mark, len(keys))))
    found = session.scalars(wanted).all()
    last = found[limit - 1] if len(found) > limit else None
    page = Page((), total, write_cursor(mark, (last.score, last.id)) if last else None)
    meta = {
        "counts": _counts(session),
        "not_compared": duplicates.waiting(session, most=_MOST_COUNTED),
        "data_revision": events.latest(session),
    }
    return page_of(request, page, limit, data=pairs_out(session, found[:limit]), meta=meta)


@router.get("/{duplicate_id}", dependencies=[only()], response_model=One[PairOut])
def get_duplicate(duplicate_id: DuplicateId, session: Reading) -> Answer:
    """One pair, decided or not."""
    return shown(session, number_of(DUPLICATE, duplicate_id))


def shown(session: Session, number: int) -> Answer:
    """A pair as it is read, and as a decision on it answers."""
    pair = duplicates.get(session, number)
    shown = {"citation": {pair.first_id, pair.second_id}, "duplicate": {pair.id}}
    tag = etags.tag(session, version=pair.version, revision=last_touch(session, shown))
    return one(pairs_out(session, [pair])[0], revision=events.latest(session), headers=tag)


def pairs_out(session: Session, pairs: Sequence[DuplicatePair]) -> list[dict[str, Any]]:
    """Pairs as they go out, their records read in one go."""
    records = queries.stored(session, {number for pair in pairs for number in (pair.first_id, pair.second_id)})
    return [_pair_out(pair, records) for pair in pairs]


def _pair_out(pair: DuplicatePair, records: Mapping[int, Stored]) -> dict[str, Any]:
    first, second = records[pair.first_id], records[pair.second_id]
    gone = [one.merged_into for one in (first, second) if one.merged_into is not None]
    copied = ("state", "offer", "score", "block", "decided_by", "note", "version")
    return {name: getattr(pair, name) for name in copied} | {
        "id": public(DUPLICATE, pair.id),
        "first": public(CITATION, first.id),
        "second": public(CITATION, second.id),
        "title_similarity": pair.evidence["title"],
        "speaks_for": pair.evidence["for"],
        "speaks_against": pair.evidence["against"],
        "fields": _side_by_side(first, second),
        "suggested_keep": public(CITATION, duplicates.suggested(first, second)),
        "merged_into": public(CITATION, gone[0]) if gone else None,
        "found_at": moment_out(pair.found_at),
        "decided_at": moment_out(pair.decided_at),
        "url": f"{API}/duplicates/{public(DUPLICATE, pair.id)}",
    }


def _side_by_side(first: Stored, second: Stored) -> list[dict[str, Any]]:
    left, right = _shown(first), _shown(second)
    return [
        {"field": name, "first": left[name], "second": right[name], "agree": _agree(left[name], right[name])}
        for name in left
    ]


def _agree(first: str | None, second: str | None) -> bool | None:
    return fold(first) == fold(second) if first and second else None


def _shown(stored: Stored) -> dict[str, str | None]:
    draft = stored.draft
    journal = draft.journal
    names = [author.collective or " ".join(filter(None, (author.family, author.initials))) for author in draft.authors]
    return {
        "title": draft.title or draft.book_title,
        "original_title": draft.original_title,
        "first_author": names[0] if names else None,
        "authors": "; ".join(names) or None,
        "issued_on": draft.issued_on,
        "journal": (journal.abbreviation or journal.title) if journal else None,
        "volume": draft.volume,
        "issue": draft.issue,
        "pages": draft.pages,
        **{scheme: draft.identifier(scheme) for scheme in ("pmid", "pmcid", "doi", "nct")},
        "publication_types": "; ".join(term.name for term in draft.publication_types) or None,
        "source": draft.source,
        "source_type": draft.source_type,
        "standing": stored.standing,
        "abstract": " ".join(part.text for part in draft.texts) or None,
        "citation_text": draft.citation_text,
    }


def _counts(session: Session) -> dict[str, int]:
    query = duplicates.pairs((), ()).with_only_columns(DuplicatePair.state, func.count()).group_by(DuplicatePair.state)
    return dict.fromkeys(STATES, 0) | {row[0]: row[1] for row in session.execute(query)}
