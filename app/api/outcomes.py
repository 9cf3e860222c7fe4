"""``/outcomes/{id}/evidence``: what is recorded on an outcome, counted and said in derived sentences."""

from typing import Annotated

from fastapi import Request

from app.api import etags
from app.api.answers import Answer, one
from app.api.asking import Reading, chosen, parameters_of, search_of
from app.api.documented import among, documented, in_path
from app.api.evidence_shapes import EvidenceOut, evidence_out
from app.api.guarding import Door, Guarded
from app.api.section_shapes import sections_out
from app.api.shapes import One, fields_of
from app.history import asof, events
from app.search import english
from app.search.reading import with_narrower
from app.synthesis import evidence
from app.synthesis.sections import SECTIONS
from app.vocabulary import resolve

router = Door(prefix="/outcomes", tags=["evidence"], route_class=Guarded)
_IN_THE_PATH = ("outcome", "sort")
"""Filters without a meaning here: the outcome stands in the path, and an answer has an order of its own."""

_PARAMETERS = documented(paged=False, without=_IN_THE_PATH)["parameters"]
_SECTIONS = among("sections", SECTIONS, "only these parts of the answer, the others null; without it all of them")

OutcomeWord = Annotated[
    str, in_path("insomnia", "an outcome, a group, a named effect, or a synonym of one", minLength=1)
]


@router.get(
    "/{outcome}/evidence",
    response_model=One[EvidenceOut],
    openapi_extra={"parameters": [*_PARAMETERS, _SECTIONS]},
)
def get_evidence(outcome: OutcomeWord, request: Request, session: Reading) -> Answer:
    """The evidence on an outcome, a group or a named effect, under any filters.

    The main block holds one contrast: that asked for, else *taking*, or the
    phase's own (after stopping: *stopping*). Everything else stands ``apart``,
    and all moments of use ``side_by_side``.
    """
    search = search_of(request, "sections", without=_IN_THE_PATH, paged=False)
    asked = parameters_of(request)
    meant = resolve.outcome(outcome, narrower=with_narrower(asked))
    sections = chosen(request, "sections", SECTIONS) or SECTIONS
    answer = evidence.answer(session, meant, search, sections=sections)
    revision = events.latest(session)
    # A search of PubMed that brings nothing new makes no data revision, yet the answer says when the last one was.
    last = answer.collection.last_search
    return one(
        evidence_out(answer, sections_out(answer, search, asked | {"outcome": [outcome]})),
        revision=revision,
        # What is not public is another answer for each reader; it is tagged by its content.
        headers=etags.tag(session, version=last.run_id if last else 0, revision=revision)
        if search.sees_only_public
        else None,
        query=answer.question,
        expanded=english.expanded(search.about(meant)),
        counts=fields_of(answer.totals),
        by_review_level=answer.by_review_level,
        **asof.told(session),
    )
