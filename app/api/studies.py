"""``/studies``: investigations with their reports, exposures and findings, and what happened to them."""

from typing import Any

from fastapi import APIRouter, Request, Response
from sqlalchemy.orm import Session

from app.api import etags
from app.api.asking import Reading, documented, list_meta, only, parameters_of, search_of
from app.api.history import HistoryOut, history_of
from app.api.paged import DEFAULT, Cursor, Limit, page_info
from app.api.shapes import Many, One, StudyOut, WholeStudyOut, finding_out, study_out
from app.citations import queries as citations
from app.errors import Invalid, NotFound
from app.findings.flat import PUBLIC_STATUSES, FlatFinding
from app.history import events
from app.kit.identifiers import MalformedIdentifierError, parse_pmid
from app.kit.public_ids import STUDY, number_of
from app.search import pages
from app.search.spec import Search
from app.studies import queries
from app.studies.queries import WholeStudy
from app.synthesis.counting import count, split

router = APIRouter(prefix="/studies", tags=["studies"])
_EVERYTHING = Search(evidence="all", evidence_asked=True)


@router.get("", openapi_extra=documented(also={"pmid": "studies with the report of this PMID"}))
def list_studies(
    request: Request, response: Response, session: Reading, limit: Limit = DEFAULT, cursor: Cursor = None
) -> Many[StudyOut]:
    """Studies on which the study filters hold, with one finding on which all finding filters hold, and one report likewise."""
    search = search_of(request, "pmid")
    chosen = _of_report(session, parameters_of(request).get("pmid", []))
    page = pages.page_of_studies(session, search, cursor=cursor, limit=limit, among=chosen)
    findings = _findings_of(session, search, page.ids)
    body: Any = {
        "data": [
            study_out(whole, rows := findings.get(whole.study.id, []), count(rows)) for whole in queries.many(session, page.ids)
        ],
        "page": page_info(page, limit, request, response),
        "meta": list_meta(
            session, search, of="studies", counts=pages.count_studies(session, search, among=chosen),
            levels=pages.count_review_levels(session, search),
        ),
    }  # fmt: skip
    return body  # type: ignore[no-any-return]


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


@router.get("/{study_id}", dependencies=[only()])
def get_study(study_id: str, response: Response, session: Reading) -> One[WholeStudyOut]:
    """One study with its findings, those that are no evidence of effect included; each says what it is."""
    whole = _public(session, study_id)
    rows = pages.findings_in(session, _EVERYTHING, (whole.study.id,))
    evidence = [row for row in rows if row.counts_as_evidence]
    etags.tag_record(session, response, version=whole.study.version, shown=_shown(whole, rows))
    data = study_out(whole, rows, count(evidence)) | {"findings": [finding_out(row) for row in rows]}
    body: Any = {"data": data, "meta": {"data_revision": events.latest(session)}}
    return body  # type: ignore[no-any-return]


def _public(session: Session, study_id: str) -> WholeStudy:
    whole = queries.get(session, number_of(STUDY, study_id))
    if whole.study.status not in PUBLIC_STATUSES:
        raise NotFound(f"There is no public study {study_id}.")
    return whole


def _shown(whole: WholeStudy, rows: list[FlatFinding]) -> dict[str, set[int]]:
    return {
        "study": {whole.study.id},
        "exposure": {exposure.id for exposure in whole.exposures},
        "citation": {report.citation_id for report in whole.reports},
        "finding": {row.id for row in rows},
    }


@router.get("/{study_id}/history", dependencies=[only()])
def get_history(study_id: str, session: Reading) -> One[list[HistoryOut]]:
    """Everything that happened to a study, its reports, exposures and findings, oldest first."""
    whole = _public(session, study_id)
    rows = pages.findings_in(session, _EVERYTHING, (whole.study.id,))
    body: Any = {"data": history_of(session, _shown(whole, rows)), "meta": {"data_revision": events.latest(session)}}
    return body  # type: ignore[no-any-return]
