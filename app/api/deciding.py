"""What a person makes of records that may be one: merge and undo, link, keep apart, look again. Reading is in ``duplicates``."""

from typing import Annotated, Any

from fastapi import Body, Response
from pydantic import Field

from app.api.answers import MOVED
from app.api.asking import only
from app.api.citations import WholeCitationOut
from app.api.citations import shown as citation_shown
from app.api.documented import CitationId
from app.api.duplicates import DuplicateId, PairOut, shown
from app.api.guarding import Door, Guarded
from app.api.preconditions import IfMatch, Match, must_match
from app.api.shapes import One
from app.api.writing import Write, Writing, written
from app.citations import duplicates, queries
from app.curation import merging
from app.kit.draft import Draft, Line, Name
from app.kit.public_ids import CITATION, DUPLICATE, number_of
from app.models.duplicate import DuplicatePair

router = Door(route_class=Guarded)
_LISTED = f"what must be known: {', '.join(merging.CONFIRMABLE)}; without it the answer is 409 with the reason"
Confirmed = Annotated[tuple[Name, ...], Field(max_length=10, description=_LISTED)]
Note = Annotated[Line | None, Field(description="why, for whoever reads it later")]


class MergeInto(Draft):
    """Into which record this one is merged."""

    into: Annotated[Name, Field(examples=["R11"], description="the record that stays")]
    confirm: Confirmed = ()
    note: Note = None


class MergePair(Draft):
    """Which record of the pair stays; the suggested one where none is named."""

    keep: Annotated[Name | None, Field(examples=["R11"])] = None
    confirm: Confirmed = ()
    note: Note = None


class Decision(Draft):
    """A decision with its reason."""

    note: Note = None


_MERGE_PAIR: Any = Body(default_factory=MergePair)
_DECISION: Any = Body(default_factory=Decision)


@router.post(
    "/citations/{citation_id}/merge", tags=["citations"], dependencies=[only()], response_model=One[WholeCitationOut],
    responses=MOVED,
)  # fmt: skip
@written
def merge_citation(citation_id: CitationId, merge: MergeInto, match: IfMatch, write: Writing) -> Response:
    """Merge a record into another, which is answered. The one that goes keeps all it has and leads there."""
    gone, kept = number_of(CITATION, citation_id), number_of(CITATION, merge.into)
    _hold_citation(write, gone, match)
    _hold_screening(write, gone, kept)
    merging.merge(write.session, write.revision, gone, kept, confirmed=merge.confirm, note=merge.note)
    write.seal()
    return citation_shown(write.session, kept)


@router.post(
    "/citations/{citation_id}/unmerge", tags=["citations"], dependencies=[only()], response_model=One[WholeCitationOut],
    responses=MOVED,
)  # fmt: skip
@written
def unmerge_citation(citation_id: CitationId, match: IfMatch, write: Writing) -> Response:
    """Undo the merge of a record; it is as it would be without. Its `ETag` is on the 301 that it answers."""
    gone = number_of(CITATION, citation_id)
    _hold_citation(write, gone, match)
    _hold_screening(write, gone, queries.get(write.session, gone).merged_into)
    merging.unmerge(write.session, write.revision, gone)
    write.seal()
    return citation_shown(write.session, gone)


@router.post(
    "/duplicates/{duplicate_id}/merge", tags=["duplicates"], dependencies=[only()], response_model=One[PairOut]
)
@written
def merge_duplicate(
    duplicate_id: DuplicateId, match: IfMatch, write: Writing, merge: MergePair = _MERGE_PAIR
) -> Response:
    """Merge the two: they are one record."""
    pair = _held(write, duplicate_id, match)
    _hold_screening(write, pair.first_id, pair.second_id)
    keep = number_of(CITATION, merge.keep) if merge.keep else None
    merging.merge_pair(write.session, write.revision, pair, keep_id=keep, confirmed=merge.confirm, note=merge.note)
    return _decided(write, pair)


@router.post("/duplicates/{duplicate_id}/keep", tags=["duplicates"], dependencies=[only()], response_model=One[PairOut])
@written
def keep_duplicate(
    duplicate_id: DuplicateId, match: IfMatch, write: Writing, decision: Decision = _DECISION
) -> Response:
    """Keep the two apart: they are two records, and no later import asks again."""
    pair = _held(write, duplicate_id, match)
    merging.keep_apart(write.session, write.revision, pair, note=decision.note)
    return _decided(write, pair)


@router.post("/duplicates/{duplicate_id}/link", tags=["duplicates"], dependencies=[only()], response_model=One[PairOut])
@written
def link_duplicate(
    duplicate_id: DuplicateId, match: IfMatch, write: Writing, decision: Decision = _DECISION
) -> Response:
    """Link the two as preprint and article: two reports, shown on each other."""
    pair = _held(write, duplicate_id, match)
    merging.link(write.session, write.revision, pair, note=decision.note)
    return _decided(write, pair)


@router.post(
    "/duplicates/{duplicate_id}/reopen", tags=["duplicates"], dependencies=[only()], response_model=One[PairOut]
)
@written
def reopen_duplicate(duplicate_id: DuplicateId, match: IfMatch, write: Writing) -> Response:
    """Take the decision on a pair back; a link goes with it. A merge is undone on the record, by `unmerge`."""
    pair = _held(write, duplicate_id, match)
    merging.reopen(write.session, write.revision, pair)
    return _decided(write, pair)


def _hold_citation(write: Write, number: int, match: Match) -> None:
    write.hold("citation", number)
    must_match(match, version=queries.get(write.session, number).version)


def _hold_screening(write: Write, *numbers: int | None) -> None:
    """Nobody decides about either record meanwhile: the decisions go over as they are."""
    for number in sorted({each for each in numbers if each is not None}):
        write.hold("screening", number)


def _held(write: Write, duplicate_id: str, match: Match) -> DuplicatePair:
    number = number_of(DUPLICATE, duplicate_id)
    write.hold("duplicate", number)
    pair = duplicates.get(write.session, number)
    must_match(match, version=pair.version)
    return pair


def _decided(write: Write, pair: DuplicatePair) -> Response:
    write.seal()
    return shown(write.session, pair.id)
