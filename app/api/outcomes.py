"""``/outcomes/{id}/evidence``: what is recorded on an outcome, counted and said in derived sentences."""

from typing import Annotated

from fastapi import APIRouter, Request

from app.api import etags
from app.api.answers import Answer, one
from app.api.asking import Reading, parameters_of, search_of
from app.api.documented import documented, in_path
from app.api.evidence_shapes import EvidenceOut, evidence_out
from app.api.guarding import Guarded
from app.api.shapes import One, fields_of
from app.history import asof, events
from app.search import english
from app.search.reading import with_narrower
from app.synthesis import evidence
from app.vocabulary import resolve

router = APIRouter(prefix="/outcomes", tags=["evidence"], route_class=Guarded)
_IN_THE_PATH = ("outcome", "sort")
"""Filters without a meaning here: the outcome stands in the path, and an answer has an order of its own."""

OutcomeWord = Annotated[
    str, in_path("insomnia", "an outcome, a group, a named effect, or a synonym of one", minLength=1)
]


@router.get(
    "/{outcome}/evidence",
    response_model=One[EvidenceOut],
    openapi_extra=documented(paged=False, without=_IN_THE_PATH),
)
def get_evidence(outcome: OutcomeWord, request: Request, session: Reading) -> Answer:
    """The evidence on an outcome, a group or a named effect, under any filters.

    The main block holds one contrast: that asked for, else *taking*, or the
    phase's own (after stopping: *stopping*). Everything else stands ``apart``.
    """
    search = search_of(request, without=_IN_THE_PATH, paged=False)
    meant = resolve.outcome(outcome, narrower=with_narrower(parameters_of(request)))
    answer = evidence.answer(session, meant, search)
    revision = events.latest(session)
    # A search of PubMed that brings nothing new makes no data revision, yet the answer says when the last one was.
    last = answer.collection.last_search
    return one(
        evidence_out(answer),
        revision=revision,
        headers=etags.tag(session, version=last.run_id if last else 0, revision=revision),
        query=answer.question,
        expanded=english.expanded(search.about(meant)),
        counts=fields_of(answer.totals),
        by_review_level=answer.by_review_level,
        **asof.told(session),
    )
