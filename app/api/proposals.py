"""``/proposals``: changes of settled records, what was said about them, and deciding. Making one is a write of the record."""

from typing import Annotated, Any

from fastapi import Query, Request, Response
from sqlalchemy import ColumnElement, Select, func, select

from app.api import held
from app.api.answers import Answer, one, whole
from app.api.asking import Reading, chosen, only
from app.api.documented import ProposalId, among, paging
from app.api.guarding import Door, Guarded
from app.api.history import place_of
from app.api.paged import DEFAULT, Cursor, Limit, page_of
from app.api.preconditions import IfMatch, Match, must_match
from app.api.proposing import LETTERS, ProposalOut, proposal_out, proposal_shown
from app.api.shapes import One, PageInfo, Shape, Whole, WholeMeta, moment_out
from app.api.writing import Write, Writing, written
from app.curation import proposals
from app.curation.reviews import Acceptance, Rejection
from app.errors import Invalid
from app.history import events
from app.kit.draft import INT32_MAX, Draft, RecordId, Text
from app.kit.paging import fingerprint, write_cursor
from app.kit.public_ids import PROPOSAL, STUDY, number_of, public
from app.models.curation import PROPOSAL_STATES, PROPOSED, Proposal, ProposalComment
from app.models.history import VERSIONS
from app.models.study import Exposure
from app.search.pages import Page

router = Door(prefix="/proposals", tags=["curation"], route_class=Guarded)
_KIND_OF = {letter: kind for kind, letter in LETTERS.items()}


class CommentEntry(Draft):
    """``reply_to`` is the number of the comment that is answered."""

    text: Text
    reply_to: RecordId | None = None


class CommentOut(Shape):
    """What somebody said about a proposal."""

    id: int
    reply_to: int | None
    text: str
    created_at: str
    created_by: str


class ProposalsOut(Shape):
    """The envelope of the list of proposals."""

    data: list[ProposalOut]
    page: PageInfo
    meta: WholeMeta


@router.get(
    "",
    dependencies=[only("state", "kind", "record", "author", "limit", "cursor")],
    response_model=ProposalsOut,
    openapi_extra={
        "parameters": [
            among("state", PROPOSAL_STATES, "what came of it; all where none is named"),
            among("kind", PROPOSED, "of what it is a change; all where none is named"),
            *paging(),
        ]
    },
)
def list_proposals(
    request: Request,
    session: Reading,
    record: Annotated[str | None, Query(description="of this record", examples=["F44"], max_length=11)] = None,
    author: Annotated[str | None, Query(description="made by this account", max_length=40)] = None,
    limit: Limit = DEFAULT,
    cursor: Cursor = None,
) -> Answer:
    """Proposals, the newest first."""
    states, kinds = chosen(request, "state", PROPOSAL_STATES), chosen(request, "kind", PROPOSED)
    named = _record_named(record) if record else None
    query = _asked(select(Proposal), states, kinds, named, author)
    mark = fingerprint("proposals", states, kinds, named, author)
    behind = place_of(cursor, mark)[0] if cursor else INT32_MAX
    rows = session.scalars(query.where(Proposal.id < behind).order_by(Proposal.id.desc()).limit(limit + 1)).all()
    following = write_cursor(mark, (rows[limit - 1].id, 0)) if len(rows) > limit else None
    total = session.scalar(_asked(select(func.count()).select_from(Proposal), states, kinds, named, author)) or 0
    meta = {"data_revision": events.latest(session)}
    shown = [proposal_out(each) for each in rows[:limit]]
    return page_of(request, Page((), total, following), limit, data=shown, meta=meta)


@router.get("/{proposal_id}", dependencies=[only()], response_model=One[ProposalOut])
def get_proposal(proposal_id: ProposalId, session: Reading) -> Answer:
    """One proposal, with each field before and after, and what came of it."""
    return proposal_shown(session, proposals.get(session, number_of(PROPOSAL, proposal_id)))


@router.post("/{proposal_id}/accept", dependencies=[only()], response_model=One[ProposalOut])
@written
def accept_proposal(proposal_id: ProposalId, entry: Acceptance, match: IfMatch, write: Writing) -> Response:
    """Make the change that somebody else proposed, with your interests. 409 when its values before do not hold any more."""
    proposal = _waiting(write, proposal_id, match)
    _hold_record(write, proposal)
    proposals.accept(write.session, write.revision, proposal, entry)
    return _decided(write, proposal)


@router.post("/{proposal_id}/reject", dependencies=[only()], response_model=One[ProposalOut])
@written
def reject_proposal(proposal_id: ProposalId, entry: Rejection, match: IfMatch, write: Writing) -> Response:
    """Refuse the change that somebody else proposed, with the reason."""
    proposal = _waiting(write, proposal_id, match)
    proposals.reject(write.session, write.revision, proposal, entry)
    return _decided(write, proposal)


@router.post("/{proposal_id}/withdraw", dependencies=[only()], response_model=One[ProposalOut])
@written
def withdraw_proposal(proposal_id: ProposalId, match: IfMatch, write: Writing) -> Response:
    """Take your own proposal back."""
    proposal = _waiting(write, proposal_id, match)
    proposals.withdraw(write.session, write.revision, proposal)
    return _decided(write, proposal)


@router.get("/{proposal_id}/comments", dependencies=[only()], response_model=Whole[CommentOut])
def list_comments(proposal_id: ProposalId, session: Reading) -> Answer:
    """What was said about a proposal, in order; ``reply_to`` makes threads of it."""
    number = proposals.get(session, number_of(PROPOSAL, proposal_id)).id
    said = select(ProposalComment).where(ProposalComment.proposal_id == number).order_by(ProposalComment.id)
    return whole([_comment_out(each) for each in session.scalars(said)], revision=events.latest(session))


@router.post("/{proposal_id}/comments", status_code=201, dependencies=[only()], response_model=One[CommentOut])
@written
def add_comment(proposal_id: ProposalId, entry: CommentEntry, write: Writing) -> Response:
    """Say something about a proposal, or in reply to what was said."""
    proposal = proposals.get(write.session, number_of(PROPOSAL, proposal_id))
    said = proposals.comment_on(write.session, write.revision, proposal, text=entry.text, reply_to=entry.reply_to)
    write.seal()
    return one(_comment_out(said), revision=events.latest(write.session), status=201)


def _asked(
    query: Select[Any],
    states: tuple[str, ...],
    kinds: tuple[str, ...],
    named: tuple[str, int] | None,
    author: str | None,
) -> Select[Any]:
    for column, values in ((Proposal.state, states), (Proposal.kind, kinds)):
        query = query.where(column.in_(values)) if values else query
    if named:
        query = query.where(_of_record(*named))
    return query.where(Proposal.created_by == author) if author else query


def _of_record(kind: str, number: int) -> ColumnElement[bool]:
    """That a proposal is of this record; of a study also those of its exposures, which have no page of their own."""
    own = (Proposal.kind == kind) & (Proposal.record_id == number)
    if kind != "study":
        return own
    exposures = VERSIONS["exposure"]
    its = select(exposures.c.id).where(exposures.c.study_id == number)
    return own | ((Proposal.kind == "exposure") & Proposal.record_id.in_(its))


def _record_named(record: str) -> tuple[str, int]:
    kind = _KIND_OF.get(record[:1])
    if kind is None:
        raise Invalid(
            f"{record[:20]!r} is not the id of a study, finding or exposure, like S7, F44 or E9.", field="record"
        )
    return kind, number_of(record[:1], record)


def _waiting(write: Write, proposal_id: str, match: Match) -> Proposal:
    number = number_of(PROPOSAL, proposal_id)
    write.hold("proposal", number)
    proposal = proposals.get(write.session, number)
    must_match(match, version=proposal.version)
    return proposal


def _hold_record(write: Write, proposal: Proposal) -> None:
    """Hold what is to be changed, and turn away who may not see it any more."""
    if proposal.kind == "finding":
        held.finding_to_change(write, public(LETTERS["finding"], proposal.record_id), proposal.changes)
        return
    number = proposal.record_id
    if proposal.kind == "exposure":
        exposure = write.session.get(Exposure, number)
        if exposure is None:
            return  # It was taken away; ``proposals`` says so.
        number = exposure.study_id
    held.study(write, public(STUDY, number))


def _decided(write: Write, proposal: Proposal) -> Answer:
    write.seal()
    return proposal_shown(write.session, proposal)


def _comment_out(comment: ProposalComment) -> dict[str, Any]:
    fields = {name: getattr(comment, name) for name in ("id", "reply_to", "text", "created_by")}
    return fields | {"created_at": moment_out(comment.created_at)}
