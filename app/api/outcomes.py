"""``/outcomes/{id}/evidence``: what is recorded on an outcome, counted and said in derived sentences."""

from typing import Any

from fastapi import APIRouter, Request, Response

from app.api import etags
from app.api.asking import Reading, documented, search_of
from app.api.evidence_shapes import EvidenceOut, evidence_out
from app.api.shapes import One, fields_of
from app.errors import Invalid
from app.history import events
from app.search import english
from app.synthesis import evidence
from app.vocabulary import resolve

router = APIRouter(prefix="/outcomes", tags=["evidence"])
_TAKEN = ("outcome", "sort")


@router.get("/{outcome}/evidence", openapi_extra=documented(paged=False, without=_TAKEN))
def get_evidence(outcome: str, request: Request, response: Response, session: Reading) -> One[EvidenceOut]:
    """The evidence on an outcome, a group or a named effect, under any filters.

    The main block holds one contrast: that asked for, else *taking*, or the
    phase's own (after stopping: *stopping*). Everything else stands ``apart``.
    """
    search = search_of(request)
    for name in _TAKEN:
        if name in request.query_params:
            raise Invalid(f"{name} has no meaning here: the outcome stands in the path.", field=name)
    narrower = request.query_params.get("narrower", "true").lower() == "true"
    meant = resolve.outcome(outcome, narrower=narrower)
    answer = evidence.answer(session, meant, search)
    revision = events.latest(session)
    etags.tag(response, version=0, revision=revision)
    body: Any = {
        "data": evidence_out(answer),
        "meta": {
            "query": answer.question,
            "expanded": english.expanded(search.about(meant)),
            "counts": fields_of(answer.totals),
            "by_review_level": answer.by_review_level,
            "data_revision": revision,
        },
    }
    return body  # type: ignore[no-any-return]
