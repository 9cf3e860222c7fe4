"""``/findings``: flat rows for tools, with everything needed to read, count and cite them."""

from typing import Any

from fastapi import APIRouter, Request, Response

from app.api import etags
from app.api.asking import Reading, documented, list_meta, only, search_of
from app.api.paged import DEFAULT, Cursor, Limit, page_info
from app.api.shapes import FindingOut, Many, One, finding_out
from app.errors import Gone, NotFound
from app.findings import queries
from app.findings.flat import PUBLIC_STATUSES, FlatFinding
from app.history import events
from app.kit.public_ids import FINDING, number_of
from app.search import pages

router = APIRouter(prefix="/findings", tags=["findings"])


@router.get("", openapi_extra=documented())
def list_findings(
    request: Request, response: Response, session: Reading, limit: Limit = DEFAULT, cursor: Cursor = None
) -> Many[FindingOut]:  # type: ignore[valid-type]
    """Findings on which all filters hold, each on one and the same finding and the report that it is from."""
    search = search_of(request)
    page = pages.page_of_findings(session, search, cursor=cursor, limit=limit)
    rows = pages.findings_by_id(session, page.ids)
    counts = pages.count_findings(session, search)
    levels = pages.count_review_levels(session, search)
    body: Any = {
        "data": [finding_out(row) for row in rows],
        "page": page_info(page, limit, request, response),
        "meta": list_meta(session, search, of="findings", counts=counts, levels=levels),
    }
    return body  # type: ignore[no-any-return]


@router.get("/{finding_id}", dependencies=[only()])
def get_finding(finding_id: str, response: Response, session: Reading) -> One[FindingOut]:  # type: ignore[valid-type]
    """One finding."""
    row = queries.get(session, number_of(FINDING, finding_id))
    refuse_hidden(row)
    shown = {
        "finding": {row.id},
        "study": {row.study_id},
        "citation": {row.report_id or 0},
        "exposure": {row.exposure_id or 0},
    }
    etags.tag_record(session, response, version=row.version, shown=shown)
    body: Any = {"data": finding_out(row), "meta": {"data_revision": events.latest(session)}}
    return body  # type: ignore[no-any-return]


def refuse_hidden(row: FlatFinding) -> None:
    """Raise :class:`Gone` for a retired finding and :class:`NotFound` for one that is not public."""
    if row.status == "retired":
        raise Gone(f"Finding F{row.id} was retired; its history says why.")
    if row.status not in PUBLIC_STATUSES or row.study_status not in PUBLIC_STATUSES:
        raise NotFound(f"There is no public finding F{row.id}.")
