"""``/studies``: investigations with their reports, exposures and findings, and what happened to them."""

from collections.abc import Sequence
from typing import Any

from fastapi import Request, Response
from sqlalchemy.orm import Session

from app.accounts.principals import Principal
from app.api import etags, snippets
from app.api.answers import MOVED, Answer, moved, one, whole
from app.api.asking import FACETS, Reading, facets_of, list_meta, only, parameters_of, search_of
from app.api.documented import StudyId, documented
from app.api.guarding import Door, Guarded, principal_of
from app.api.history import HistoryOut, history_of_study
from app.api.paged import DEFAULT, Cursor, Limit, page_of
from app.api.reviewed import review_of
from app.api.seeing import SEEN, refuse_unseen, sees_finding
from app.api.shapes import Many, One, StudyOut, Whole, WholeStudyOut, finding_out, study_out
from app.citations import queries as citations
from app.citations.notices import Notice, notices_where_needed
from app.errors import Invalid
from app.findings.flat import PUBLIC_STATUSES, FlatFinding
from app.findings.queries import left_with_their_report, of_study
from app.history import asof, events
from app.kit.identifiers import MalformedIdentifierError, parse_pmid
from app.kit.public_ids import STUDY, number_of
from app.search import facets, pages
from app.search.reading import with_narrower
from app.search.spec import Search
from app.studies import queries
from app.studies.queries import WholeStudy
from app.synthesis.counting import count, split

router = Door(prefix="/studies", tags=["studies"], route_class=Guarded)


@router.get(
    "",
    response_model=Many[StudyOut],
    openapi_extra=documented(also={"pmid": "studies with the report of this PMID"}, facets=facets.NAMES),
)
def list_studies(request: Request, session: Reading, limit: Limit = DEFAULT, cursor: Cursor = None) -> Answer:
    """Studies on which the study filters hold, with one finding on which all finding filters hold, and one report likewise."""
    search = search_of(request, "pmid", FACETS)
    wanted = facets_of(request, facets.NAMES)
    chosen = _of_report(session, parameters_of(request).get("pmid", []))
    page = pages.page_of_studies(session, search, cursor=cursor, limit=limit, among=chosen)
    findings = _findings_of(session, search, page.ids)
    found = queries.many(session, page.ids)
    notices, left = _notices(session, found), left_with_their_report(session, page.ids)
    shown = snippets.of_studies(session, search, found, findings)
    data = [
        study_out(each, rows := findings.get(each.study.id, []), count(rows), notices=notices, left=left) | more
        for each, more in zip(found, shown, strict=True)
    ]
    counts = pages.count_studies(session, search, among=chosen)
    levels = pages.count_review_levels(session, search, of="studies", among=chosen)
    meta = list_meta(session, search, of="studies", counts=counts, levels=levels)
    if wanted:
        narrower = with_narrower(parameters_of(request))
        meta["facets"] = facets.facets(session, facets.Asking("studies", search, narrower, chosen), wanted)
    return page_of(request, page, limit, data=data, meta=meta)


def _notices(session: Session, studies: Sequence[WholeStudy]) -> dict[int, tuple[Notice, ...]]:
    """The notices on the reports of these studies."""
    standings = ((report.citation_id, report.standing) for each in studies for report in each.reports)
    return notices_where_needed(session, standings)


def _of_report(session: Session, pmids: list[str]) -> tuple[int, ...] | None:
    """The citations with these PMIDs; None when none was asked for."""
    if not pmids:
        return None
    try:
        found = (citations.find_by_pmid(session, parse_pmid(pmid)) for pmid in pmids)
        return tuple(each for each in found if each is not None)
    except MalformedIdentifierError as error:
        raise Invalid(f"{error}; a PMID is a number of up to nine digits.", field="pmid") from None


def _findings_of(session: Session, search: Search, study_ids: tuple[int, ...]) -> dict[int, list[FlatFinding]]:
    """The matching findings of each study, for lists; report filters chose the studies, not the findings."""
    rows = pages.findings_in(session, search.without_reports(), study_ids)
    return split(rows, lambda row: row.study_id)


@router.get("/{study_id}", dependencies=[only(asof.PARAMETER)], response_model=One[WholeStudyOut], responses=MOVED)
def get_study(request: Request, study_id: StudyId, session: Reading) -> Response:
    """One study with its findings, those that are no evidence of effect included; each says what it is.

    Drafts are shown to their author and to editors.
    """
    return shown(session, principal_of(request), number_of(STUDY, study_id))


def shown(session: Session, principal: Principal, number: int, *, status: int = 200, **meta: Any) -> Response:
    """A study in full with what ``principal`` may see of it, as it is read and as a write answers."""
    each = queries.get(session, number)
    if each.study.merged_into:
        return moved("studies", STUDY, each.study.merged_into, part=asof.query(session))
    refuse_unseen(principal, each.study)
    statuses = SEEN if principal.known else PUBLIC_STATUSES
    rows = [row for row in of_study(session, number, statuses) if sees_finding(principal, row)]
    evidence = [row for row in rows if row.counts_as_evidence]
    notices, left = _notices(session, [each]), left_with_their_report(session, [number])
    data = study_out(each, rows, count(evidence), notices=notices, left=left)
    data |= {"findings": [finding_out(row, notices) for row in rows]}
    tag = etags.of_study(session, each, rows, also=etags.notices_in(notices), statuses=statuses)
    told = asof.told(session) | review_of(session, "study", number) | meta
    return one(data, revision=events.latest(session), headers=tag, status=status, **told)


@router.get("/{study_id}/history", dependencies=[only()], response_model=Whole[HistoryOut], responses=MOVED)
def get_study_history(request: Request, study_id: StudyId, session: Reading) -> Response:
    """Everything that happened to a study, its reports, exposures, findings and quotes, oldest first."""
    each = queries.get(session, number_of(STUDY, study_id))
    if each.study.merged_into:
        return moved("studies", STUDY, each.study.merged_into, part="/history")
    principal = principal_of(request)
    refuse_unseen(principal, each.study)
    return whole(history_of_study(session, each, principal), revision=events.latest(session))
