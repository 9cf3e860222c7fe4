"""``/findings/{id}/quote-candidates``: words that the machine suggests to quote. Nothing here makes a quote of them."""

from typing import Any

from fastapi import Request

from app.api.answers import Answer, whole
from app.api.asking import Reading, only
from app.api.documented import FindingId
from app.api.findings import refuse_hidden
from app.api.guarding import Door, Guarded, principal_of
from app.api.shapes import Whole, fields_of, shape_of
from app.findings import queries
from app.findings.candidates import Candidate, candidates_for
from app.history import events
from app.kit.public_ids import FINDING, number_of

router = Door(prefix="/findings", tags=["findings"], route_class=Guarded)
CandidateOut: Any = shape_of(Candidate, "CandidateOut")


@router.get("/{finding_id}/quote-candidates", dependencies=[only()], response_model=Whole[CandidateOut])
def list_quote_candidates(request: Request, finding_id: FindingId, session: Reading) -> Answer:
    """Words of the report's abstract that name the outcome, the fullest first: suggestions of a machine, and no evidence.

    A curator who has read one sends its `text` and `citation_id` to `POST /findings/{id}/quotes`. `meta.quotes` says how
    many quotes the finding has.
    """
    row = queries.get(session, number_of(FINDING, finding_id))
    refuse_hidden(session, principal_of(request), row)
    found = candidates_for(session, row)
    quoted = len(queries.quotes_of(session, row.id))
    return whole([fields_of(each) for each in found], revision=events.latest(session), quotes=quoted)
