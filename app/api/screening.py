"""``/screening`` and the decisions about citations: the queue with the criteria in view, deciding, taking back."""

from typing import Annotated, Any, Literal

import msgspec
from fastapi import Query, Request
from sqlalchemy import ColumnElement, Row
from sqlalchemy.orm import Session

from app.accounts import principals
from app.accounts.principals import Principal
from app.api.answers import Answer, one
from app.api.asking import Reading, chosen, only
from app.api.documented import CitationId, among, paging
from app.api.guarding import Door, Guarded, principal_of
from app.api.paged import DEFAULT, Cursor, Limit, page_of
from app.api.problems import OF_WRITING, documented
from app.api.shapes import API, One, PageInfo, Shape, moment_out
from app.api.writing import Write, Writing, written
from app.citations import queries
from app.citations.queries import Stored
from app.history import events
from app.kit.public_ids import CITATION, STUDY, number_of, public
from app.models.citation import Citation
from app.models.screening import STAGES, STATES, ScreeningDecision, ScreeningResult
from app.screening import deciding, including, queue
from app.screening.criteria import criteria
from app.screening.draft import DecisionDraft
from app.search import compiling
from app.search.language import parse
from app.search.pages import Page

router = Door(tags=["screening"], route_class=Guarded)
Stage = Literal["title_abstract", "full_text"]


class CriteriaOut(Shape):
    """What is included, the reasons for which records are excluded, and how many reviewers must agree."""

    version: str
    include: list[str]
    exclude: dict[str, str]
    reviewers: int


class DecisionOut(Shape):
    """One decision. Those of others are shown when the record is settled, and to editors when there is a conflict."""

    id: int
    stage: str
    reviewer: str
    decision: str
    reason: str | None
    note: str | None
    resolves: bool
    decided_at: str


class ScreenedOut(Shape):
    """How a record stands at a stage, and the study that including it drafted."""

    citation_id: str
    stage: str
    state: str
    reason: str | None
    study_id: str | None
    hint: dict[str, str] | None


class QueuedOut(Shape):
    """A record that waits, with what a reviewer needs to decide. ``hint`` is a machine's guess and decides nothing."""

    id: str
    title: str | None
    abstract: list[dict[str, Any]]
    authors: list[dict[str, Any]]
    journal: dict[str, Any] | None
    year: int | None
    pmid: str | None
    doi: str | None
    publication_types: list[str]
    standing: str
    stage: str
    state: str
    hint: dict[str, str]
    url: str


class QueueMeta(Shape):
    """The criteria in force, and how many records stand where at each stage."""

    criteria: CriteriaOut
    counts: dict[str, dict[str, int]]
    data_revision: int


class QueueOut(Shape):
    """The envelope of the queue."""

    data: list[QueuedOut]
    page: PageInfo
    meta: QueueMeta


class DecisionsOut(Shape):
    """The envelope of the decisions about one record."""

    data: list[DecisionOut]
    page: PageInfo
    meta: dict[str, Any]


@router.get("/screening/criteria", dependencies=[only()], response_model=One[CriteriaOut])
def get_screening_criteria(request: Request, session: Reading) -> Answer:
    """The criteria of screening."""
    return one(_criteria(request), revision=events.latest(session))


@router.get(
    "/screening/queue",
    dependencies=[only("stage", "state", "q", "limit", "cursor", once=("state",))],
    response_model=QueueOut,
    openapi_extra={
        "parameters": [among("state", STATES, "records that stand so; without it what waits for you"), *paging()]
    },
)
def list_screening_queue(
    request: Request,
    session: Reading,
    stage: Stage = "title_abstract",
    q: Annotated[str | None, Query(max_length=2_000)] = None,
    limit: Limit = DEFAULT,
    cursor: Cursor = None,
) -> Answer:
    """Records that wait for you at a stage, newest first; ``state`` shows those that stand so, ``q`` those it finds."""
    mine, state = principal_of(request).name, next(iter(chosen(request, "state", STATES)), None)
    condition = queue.waiting(stage, reviewer=mine, state=state) & _matching(session, q)
    question = ("screening", stage, state, q, mine)
    ids, total, following = queue.page(session, condition, cursor=cursor, limit=limit, question=question)
    found, results = queries.stored(session, ids), queue.results_of(session, ids)
    meta = {
        "criteria": _criteria(request),
        "counts": _counted(session),
        "data_revision": events.latest(session),
    }
    data = [_queued(found[each], stage, results.get(each, {}).get(stage)) for each in ids]
    return page_of(request, Page(tuple(ids), total, following), limit, data=data, meta=meta)


@router.get("/citations/{citation_id}/decisions", dependencies=[only()], response_model=DecisionsOut)
def list_decisions(request: Request, citation_id: CitationId, session: Reading) -> Answer:
    """The decisions about a record that you may see: your own, all of them once it is settled, and of a conflict as editor."""
    number = number_of(CITATION, citation_id)
    queries.get(session, number)
    results = queue.results_of(session, [number]).get(number, {})
    shown = [
        each
        for stage in STAGES
        for each in deciding.standing_decisions(session, number, stage)
        if _may_see(principal_of(request), each, results.get(stage))
    ]
    page = {"limit": len(shown), "next": None, "total": len(shown)}
    return Answer(
        {"data": list(map(_decision_out, shown)), "page": page, "meta": {"data_revision": events.latest(session)}}
    )


@router.post(
    "/citations/{citation_id}/decisions", status_code=201, dependencies=[only()], response_model=One[ScreenedOut],
    responses=documented(*OF_WRITING),
)  # fmt: skip
@written
def screen_citation(citation_id: CitationId, entry: DecisionDraft, write: Writing) -> Answer:
    """Include, exclude with a reason, or maybe. An editor who did not decide ends a conflict with ``resolves``."""
    number = number_of(CITATION, citation_id)
    write.hold("screening", number)
    if entry.resolves:
        principals.require(write.principal, role="editor", scope="review", to="to resolve a conflict")
    result = deciding.decide(write.session, write.revision, number, entry, reviewers=_reviewers(write.request))
    study = _drafted(write, number, entry, result)
    write.seal()
    return _screened(write.session, result, study, status=201)


@router.delete(
    "/citations/{citation_id}/decisions/{stage}", dependencies=[only()], response_model=One[ScreenedOut],
    responses=documented(*OF_WRITING),
)  # fmt: skip
@written
def undo_screening(citation_id: CitationId, stage: Stage, write: Writing) -> Answer:
    """Take your own decision back; it stays in the history. A draft of a study that it made stays too, for its author."""
    number = number_of(CITATION, citation_id)
    write.hold("screening", number)
    result = deciding.undo(write.session, write.revision, number, stage, reviewers=_reviewers(write.request))
    write.seal()
    return _screened(write.session, result, None)


def _drafted(write: Write, number: int, entry: DecisionDraft, result: ScreeningResult) -> int | None:
    """The draft that settling an inclusion makes."""
    if result.state != deciding.INCLUDED or not (entry.stage == STAGES[1] or entry.create_study):
        return None
    draft = queries.get(write.session, number).draft
    depth = "full_text" if entry.stage == STAGES[1] else "abstract" if draft.texts else "citation_only"
    return including.draft_study(write.session, write.revision, number, draft, read_depth=depth)


def _screened(session: Session, result: ScreeningResult, study: int | None, *, status: int = 200) -> Answer:
    stored = queries.get(session, result.citation_id)
    data = {
        "citation_id": public(CITATION, result.citation_id), "stage": result.stage, "state": result.state,
        "reason": result.reason, "study_id": public(STUDY, study) if study else None, "hint": _hint(stored),
    }  # fmt: skip
    return one(data, revision=events.latest(session), status=status)


def _matching(session: Session, q: str | None) -> ColumnElement[bool]:
    if q is None or not q.strip():
        return Citation.id.is_not(None)
    return Citation.id.in_(compiling.matching_citations(session, parse(q).tree))


def _may_see(principal: Principal, decision: ScreeningDecision, result: Row[Any] | None) -> bool:
    if decision.reviewer == principal.name:
        return True
    state = result.state if result else None
    return state in queue.LEAVE_THE_QUEUE or (state == deciding.CONFLICT and principal.is_editor)


def _reviewers(request: Request) -> int:
    number: int = request.app.state.settings.screening_reviewers
    return number


def _criteria(request: Request) -> dict[str, Any]:
    return msgspec.structs.asdict(criteria()) | {"reviewers": _reviewers(request)}


def _counted(session: Session) -> dict[str, dict[str, int]]:
    found = queue.counts(session)
    return {stage: {state: found.in_state(stage, state) for state in STATES} for stage in STAGES}


def _hint(stored: Stored) -> dict[str, str]:
    design, subject = including.hint(stored.draft)
    return {"design": design, "subject": subject}


def _queued(stored: Stored, stage: str, result: Row[Any] | None) -> dict[str, Any]:
    draft = stored.draft
    citation_id = public(CITATION, stored.id)
    return {
        "id": citation_id,
        "title": draft.title or draft.book_title or draft.original_title or draft.citation_text,
        "abstract": msgspec.to_builtins(draft.texts),
        "authors": msgspec.to_builtins(draft.authors),
        "journal": msgspec.to_builtins(draft.journal),
        "year": draft.year,
        "pmid": draft.pmid,
        "doi": draft.identifier("doi"),
        "publication_types": [term.name for term in draft.publication_types],
        "standing": stored.standing,
        "stage": stage,
        "state": result.state if result else "waiting",
        "hint": _hint(stored),
        "url": f"{API}/citations/{citation_id}",
    }


def _decision_out(decision: ScreeningDecision) -> dict[str, Any]:
    return {
        **{
            name: getattr(decision, name)
            for name in ("id", "stage", "reviewer", "decision", "reason", "note", "resolves")
        },
        "decided_at": moment_out(decision.decided_at),
    }
