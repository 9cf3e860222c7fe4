"""``/findings/{id}/quotes`` as they are read: every quote of a finding with what checking it came to. Writing is elsewhere."""

from typing import Any

from fastapi import Request

from app.api.answers import Answer, whole
from app.api.asking import Reading, only
from app.api.documented import FindingId
from app.api.findings import refuse_hidden
from app.api.guarding import Door, Guarded, principal_of
from app.api.shapes import Shape, Whole, moment_out
from app.findings import queries
from app.history import asof, events
from app.kit.public_ids import CITATION, FINDING, QUOTE, number_of, public
from app.models.finding import Quote

router = Door(prefix="/findings", tags=["findings"], route_class=Guarded)
_AS_STORED = ("text", "location", "page", "state", "starts_at", "ends_at", "seen_by_second_reader", "created_by")


class QuoteOut(Shape):
    """Words of a citation. ``starts_at`` and ``ends_at`` count code points of the stored text in which they were found."""

    id: str
    citation_id: str
    text: str
    location: str
    page: str | None
    state: str
    starts_at: int | None
    ends_at: int | None
    seen_by_second_reader: bool
    created_at: str
    created_by: str


def quote_out(quote: Quote) -> dict[str, Any]:
    """A quote as it goes out."""
    return {name: getattr(quote, name) for name in _AS_STORED} | {
        "id": public(QUOTE, quote.id),
        "citation_id": public(CITATION, quote.citation_id),
        "created_at": moment_out(quote.created_at),
    }


@router.get("/{finding_id}/quotes", dependencies=[only(asof.PARAMETER)], response_model=Whole[QuoteOut])
def list_quotes(request: Request, finding_id: FindingId, session: Reading) -> Answer:
    """Every quote of a finding in the order of entry, with what looking for it in the stored text came to."""
    row = queries.get(session, number_of(FINDING, finding_id))
    refuse_hidden(session, principal_of(request), row)
    found = [quote_out(each) for each in queries.quotes_of(session, row.id)]
    return whole(found, revision=events.latest(session), **asof.told(session))
