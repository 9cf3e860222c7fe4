"""``/citations``: the bibliographic store, as its sources say it, with standing and provenance."""

from typing import Any

import msgspec
from fastapi import Request, Response
from pydantic import Field
from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from app.api import etags, snippets
from app.api.answers import MOVED, Answer, moved, one, whole
from app.api.asking import FACETS, Reading, facets_of, list_meta, only, parameters_of, search_of
from app.api.documented import CitationId, documented
from app.api.guarding import Door, Guarded, principal_of
from app.api.history import HistoryOut, history_of_citation
from app.api.paged import DEFAULT, Cursor, Limit, page_of
from app.api.shapes import API, Many, NoticeOut, One, Shape, SnippetOut, Whole, fields_of, moment_out, outgoing
from app.citations import merging, provenance, queries, ties
from app.citations.draft import CitationDraft
from app.citations.listed import Listed, listed
from app.citations.notices import notices_where_needed
from app.citations.provenance import Origin, Provenance
from app.citations.queries import Stored
from app.errors import Invalid
from app.export.reading import batches
from app.export.references import references
from app.export.styles import citations
from app.history import asof, events
from app.kit.identifiers import MalformedIdentifierError, parse_doi, parse_pmid
from app.kit.public_ids import CITATION, STUDY, number_of, public
from app.models.study import Study, StudyReport
from app.screening.queue import states_of
from app.search import citation_facets, pages
from app.search.spec import PUBLIC
from app.statements import Statement, among_numbers

router = Door(prefix="/citations", tags=["citations"], route_class=Guarded)
_DATES = ("created_at", "edited_at", "reviewed_at", "synced_at")
_REPORTED = Statement(
    select(StudyReport.citation_id, StudyReport.study_id)
    .join(Study, Study.id == StudyReport.study_id)
    .where(among_numbers(StudyReport.citation_id, "citations"), Study.status.in_(PUBLIC))
    .order_by(StudyReport.study_id)
)
_TOLD_APART = ("texts", "identifiers", "payload_hash", "version")


class IdentifierOut(Shape):
    """An identifier; one that does not identify is only mentioned, like a trial number, or disputed."""

    scheme: str
    value: str
    identifies: bool


class CitationOut(Shape):
    """A record in short."""

    id: str
    title: str | None
    citation_text: str | None
    authors: list[dict[str, Any]]
    journal: dict[str, Any] | None
    year: int | None
    issued_on: str | None
    pmid: str | None
    doi: str | None
    identifiers: list[IdentifierOut]
    source: str
    source_type: str
    standing: str
    screening: dict[str, str]
    study_ids: list[str]
    url: str
    snippets: list[SnippetOut] = Field(default_factory=list)  # type: ignore[valid-type]  # made at run time


class OriginOut(Shape):
    """How a value came here: its source (``person`` for what somebody set by hand), the run or write, when and by whom."""

    source: str
    run_id: str | None
    at: str
    actor: str
    data_revision: int


class ProvenanceOut(Shape):
    """``first`` is the origin of every field that ``fields`` does not name."""

    first: OriginOut | None
    fields: dict[str, OriginOut]


class StyledOut(Shape):
    """A reference as a line of a bibliography: ``text`` as it is, ``html`` escaped and with the italics of its style."""

    text: str
    html: str


class StylesOut(Shape):
    """The record as NLM (Vancouver) and as APA 7 cite it."""

    vancouver: StyledOut
    apa: StyledOut


class WholeCitationOut(CitationOut):
    """A record with everything its source says and what was done to it. ``record`` leaves out what is empty."""

    abstract: list[dict[str, Any]]
    record: dict[str, Any]
    signals: list[dict[str, Any]]
    notices: list[NoticeOut]  # type: ignore[valid-type]  # made at run time
    person_set: dict[str, Any]
    provenance: ProvenanceOut
    source_version: int
    payload_hash: str
    created_at: str
    edited_at: str | None
    reviewed_at: str | None
    synced_at: str | None
    merged: list["MergedOut"]
    ties: list["TieOut"]
    citations: StylesOut
    version: int


class MergedOut(Shape):
    """A record that was merged into this one: what it goes by, where it came from, who merged it and when."""

    id: str
    title: str | None
    source: str
    identifiers: list[IdentifierOut]
    standing: str
    merged_at: str
    merged_by: str
    note: str | None


class TieOut(Shape):
    """A tie to a record that stays another one: ``preprint_of`` its article, or the article that ``has_preprint``."""

    kind: str
    id: str
    title: str | None
    noted_at: str
    noted_by: str
    url: str


@router.get(
    "",
    response_model=Many[CitationOut],
    openapi_extra=documented(
        also={"pmid": "the record of this PMID", "doi": "the record of this DOI"}, facets=citation_facets.NAMES
    ),
)
def list_citations(request: Request, session: Reading, limit: Limit = DEFAULT, cursor: Cursor = None) -> Answer:
    """Citations; finding and study filters mean reports of matching studies, report filters and years hold on the citation."""
    search = search_of(request, "pmid", "doi", FACETS)
    wanted = facets_of(request, citation_facets.NAMES)
    among = _among(session, parameters_of(request))
    page = pages.page_of_citations(session, search, cursor=cursor, limit=limit, among=among)
    found = listed(session, page.ids)
    studies, screened = _studies_of(session, page.ids), states_of(session, page.ids)
    counts = pages.count_citations(session, search, among=among)
    levels = pages.count_review_levels(session, search, of="citations", among=among)
    meta = list_meta(session, search, of="citations", counts=counts, levels=levels)
    if wanted:
        meta["facets"] = citation_facets.facets(session, search, wanted, among=among)
    shown = snippets.of_citations(search, [found[each] for each in page.ids])
    data = [
        _citation_out(found[each], found[each], studies.get(each, []), screened.get(each, {})) | more
        for each, more in zip(page.ids, shown, strict=True)
    ]
    return page_of(request, page, limit, data=data, meta=meta)


@router.get("/{citation_id}/history", dependencies=[only()], response_model=Whole[HistoryOut])
def get_citation_history(request: Request, citation_id: CitationId, session: Reading) -> Answer:
    """Everything that happened to a citation and the flags on it, oldest first; one that was merged keeps its own."""
    stored = queries.get(session, number_of(CITATION, citation_id))
    found = history_of_citation(session, stored.id, principal_of(request))
    return whole(found, revision=events.latest(session))


def _among(session: Session, parameters: dict[str, list[str]]) -> tuple[int, ...] | None:
    """The citations with the PMIDs and DOIs asked for; None when none was."""
    asked = [("pmid", value) for value in parameters.get("pmid", [])] + [
        ("doi", value) for value in parameters.get("doi", [])
    ]
    if not asked:
        return None
    found = []
    for scheme, value in asked:
        try:
            if scheme == "pmid":
                found.append(queries.find_by_pmid(session, parse_pmid(value)))
            else:
                found.append(queries.find_by_doi(session, parse_doi(value)))
        except MalformedIdentifierError as error:
            example = "38277146" if scheme == "pmid" else "10.1000/182"
            raise Invalid(f"{error}; write it like {example}.", field=scheme) from None
    return tuple(each for each in found if each is not None)


@router.get(
    "/{citation_id}", dependencies=[only(asof.PARAMETER)], response_model=One[WholeCitationOut], responses=MOVED
)
def get_citation(citation_id: CitationId, session: Reading) -> Response:
    """One record in full; a merged one answers 301 with the id that it became."""
    return shown(session, number_of(CITATION, citation_id))


def shown(session: Session, number: int, *, status: int = 200) -> Response:
    """A record in full, as it is read and as a write answers."""
    stored = queries.get(session, number)
    if stored.merged_into:
        version = None if asof.told(session) else stored.version
        return moved("citations", CITATION, stored.merged_into, part=asof.query(session), version=version)
    studies = _studies_of(session, (stored.id,)).get(stored.id, [])
    notices = notices_where_needed(session, [(stored.id, stored.standing)])
    tag = etags.of_citation(session, stored.id, stored.version, also=etags.notices_in(notices))
    data = _whole(stored, studies, states_of(session, (stored.id,)).get(stored.id, {})) | {
        "notices": outgoing(notices.get(stored.id, ())),
        "provenance": _provenance_out(provenance.of(session, stored)),
        "merged": _merged_out(session, stored.id),
        "ties": _ties_out(session, stored.id),
        "citations": _styles_out(session, stored.id),
    }
    return one(data, revision=events.latest(session), headers=tag, status=status, **asof.told(session))


def _citation_out(
    own: Stored | Listed, record: CitationDraft | Listed, studies: list[int], screened: dict[str, str]
) -> dict[str, Any]:
    """A record in short: ``own`` is what we keep of it, ``record`` what its source says."""
    citation_id = public(CITATION, own.id)
    return {
        "id": citation_id,
        "title": record.title or record.book_title or record.original_title,
        "citation_text": record.citation_text,
        "authors": record.authors if isinstance(record, CitationDraft) else record.as_stored("authors", ()),
        "journal": record.journal if isinstance(record, CitationDraft) else record.as_stored("journal", None),
        "year": record.year,
        "issued_on": record.issued_on,
        "pmid": record.pmid,
        "doi": record.identifier("doi"),
        "identifiers": _identifiers_out(own),
        "source": record.source,
        "source_type": record.source_type,
        "standing": own.standing,
        "screening": screened,
        "study_ids": [public(STUDY, each) for each in studies],
        "url": f"{API}/citations/{citation_id}",
    }


def _identifiers_out(own: Stored | Listed) -> list[dict[str, Any]]:
    return [
        {"scheme": each.scheme, "value": each.value, "identifies": bool(each.identifies)} for each in own.identifiers
    ]


def _styles_out(session: Session, citation_id: int) -> dict[str, dict[str, str]]:
    (reference,) = (each for batch in batches(session, (citation_id,)) for each in references(batch))
    return citations(reference)


def _merged_out(session: Session, citation_id: int) -> list[dict[str, Any]]:
    merges = merging.merged_into(session, citation_id)
    records = queries.stored(session, [merge.gone_id for merge in merges])
    return [_one_merged_out(merge, records[merge.gone_id]) for merge in merges]


def _one_merged_out(merge: Row[Any], stored: Stored) -> dict[str, Any]:
    return {
        "id": public(CITATION, stored.id),
        "title": stored.draft.title or stored.draft.book_title,
        "source": stored.draft.source,
        "identifiers": _identifiers_out(stored),
        "standing": stored.standing,
        "merged_at": moment_out(merge.merged_at),
        "merged_by": merge.merged_by,
        "note": merge.note,
    }


def _ties_out(session: Session, citation_id: int) -> list[dict[str, Any]]:
    found = ties.of(session, citation_id)
    others = [tie.to_id if tie.from_id == citation_id else tie.from_id for tie in found]
    records = queries.stored(session, others)
    return [
        {
            "kind": tie.kind if tie.from_id == citation_id else "has_preprint",
            "id": public(CITATION, other),
            "title": records[other].draft.title,
            "noted_at": moment_out(tie.noted_at),
            "noted_by": tie.noted_by,
            "url": f"{API}/citations/{public(CITATION, other)}",
        }
        for tie, other in zip(found, others, strict=True)
    ]


def _provenance_out(found: Provenance) -> dict[str, Any]:
    fields = {name: _origin_out(origin) for name, origin in sorted(found.fields.items())}
    return {"first": _origin_out(found.first) if found.first else None, "fields": fields}


def _origin_out(origin: Origin) -> dict[str, Any]:
    return fields_of(origin) | {"at": moment_out(origin.at)}


def _whole(stored: Stored, studies: list[int], screened: dict[str, str]) -> dict[str, Any]:
    record = msgspec.to_builtins(stored.draft)
    return _citation_out(stored, stored.draft, studies, screened) | {
        "abstract": stored.draft.texts,
        "record": {name: value for name, value in record.items() if name not in _TOLD_APART},
        "signals": [
            {"signal": s.signal, "value": s.value, "standing": s.standing, "noted_at": moment_out(s.noted_at)}
            for s in stored.signals
        ],
        "person_set": dict(stored.person_set),
        "source_version": stored.draft.version,
        "payload_hash": stored.draft.payload_hash,
        "version": stored.version,
        **{name: moment_out(getattr(stored, name)) for name in _DATES},
    }


def _studies_of(session: Session, citation_ids: tuple[int, ...]) -> dict[int, list[int]]:
    """Citation → the public studies that it reports."""
    found: dict[int, list[int]] = {}
    for citation_id, study_id in _REPORTED.all(session, citations=citation_ids):
        found.setdefault(citation_id, []).append(study_id)
    return found
