"""``/findings``: flat rows for tools, with everything needed to read, count and cite them."""

from typing import Any

from fastapi import Request
from msgspec import structs
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.principals import Principal
from app.api import etags, snippets
from app.api.answers import Answer, one, whole
from app.api.asking import FACETS, Reading, facets_of, list_meta, only, parameters_of, search_of
from app.api.documented import FindingId, documented
from app.api.guarding import Door, Guarded, principal_of
from app.api.history import HistoryOut, history_of_finding
from app.api.paged import DEFAULT, Cursor, Limit, page_of
from app.api.reviewed import review_of
from app.api.seeing import sees_finding
from app.api.shapes import FindingOut, Many, One, Whole, finding_out
from app.citations.notices import notices_where_needed
from app.errors import Gone, NotFound
from app.findings import queries
from app.findings.flat import FlatFinding
from app.history import asof, events
from app.history.asof import PARAMETER
from app.kit.public_ids import FINDING, number_of
from app.models.finding import Finding
from app.models.study import Study
from app.search import facets, pages
from app.search.reading import with_narrower

router = Door(prefix="/findings", tags=["findings"], route_class=Guarded)


@router.get("", response_model=Many[FindingOut], openapi_extra=documented(facets=facets.NAMES))  # type: ignore[valid-type]  # made at run time
def list_findings(request: Request, session: Reading, limit: Limit = DEFAULT, cursor: Cursor = None) -> Answer:
    """Findings on which all filters hold, each on one and the same finding and the report that it is from."""
    search = search_of(request, FACETS)
    wanted = facets_of(request, facets.NAMES)
    page = pages.page_of_findings(session, search, cursor=cursor, limit=limit)
    rows = pages.findings_by_id(session, page.ids)
    notices = notices_where_needed(session, ((row.report_id, row.standing) for row in rows))
    shown = snippets.of_findings(session, search, rows)
    data = [finding_out(row, notices) | more for row, more in zip(rows, shown, strict=True)]
    counts = pages.count_findings(session, search)
    levels = pages.count_review_levels(session, search)
    meta = list_meta(session, search, of="findings", counts=counts, levels=levels)
    if wanted:
        narrower = with_narrower(parameters_of(request))
        meta["facets"] = facets.facets(session, facets.Asking("findings", search, narrower), wanted)
    return page_of(request, page, limit, data=data, meta=meta)


@router.get("/{finding_id}", dependencies=[only(PARAMETER)], response_model=One[FindingOut])  # type: ignore[valid-type]  # made at run time
def get_finding(request: Request, finding_id: FindingId, session: Reading) -> Answer:
    """One finding, with the study, exposure, report and first quote that it rests on. Drafts are shown to author and editors."""
    return shown(session, principal_of(request), number_of(FINDING, finding_id))


@router.get("/{finding_id}/history", dependencies=[only()], response_model=Whole[HistoryOut])
def get_finding_history(request: Request, finding_id: FindingId, session: Reading) -> Answer:
    """Everything that happened to a finding, its quotes and flags, oldest first; who has an account sees proposals too."""
    principal, number = principal_of(request), number_of(FINDING, finding_id)
    refuse_hidden(session, principal, queries.get(session, number))
    return whole(history_of_finding(session, number, principal), revision=events.latest(session))


def shown(session: Session, principal: Principal, number: int, *, status: int = 200, **meta: Any) -> Answer:
    """A finding as ``principal`` may see it, as it is read and as a write answers."""
    row = queries.get(session, number)
    refuse_hidden(session, principal, row)
    notices = notices_where_needed(session, [(row.report_id, row.standing)])
    tag = etags.of_finding(session, row, also=etags.notices_in(notices))
    told = asof.told(session) | review_of(session, "finding", number) | meta
    return one(finding_out(row, notices), revision=events.latest(session), headers=tag, status=status, **told)


def refuse_hidden(session: Session, principal: Principal, row: FlatFinding) -> None:
    """Raise :class:`NotFound` for a finding that ``principal`` may not see, :class:`Gone` for one that left."""
    if row.study_status == "retired" and sees_finding(principal, structs.replace(row, study_status="accepted")):
        reason = session.scalar(select(Study.retired_reason).where(Study.id == row.study_id))
        raise Gone(f"Finding F{row.id} left with study S{row.study_id}, which was retired: {reason}")
    if row.status == "retired":
        reason = session.scalar(select(Finding.retired_reason).where(Finding.id == row.id))
        raise Gone(f"Finding F{row.id} was retired: {reason}")
    if not sees_finding(principal, row):
        raise NotFound(f"There is no public finding F{row.id}.")
