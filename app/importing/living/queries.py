"""What is known of living searches and their runs, read from the store. Nothing here writes or asks PubMed."""

from collections.abc import Iterable
from typing import Any

import msgspec
from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from app.findings.flat import LEFT_THE_COUNTS
from app.importing.living.report import ChangedRecord, SearchReport, Standing, Unstored
from app.importing.report import MOST_TOLD
from app.kit.canonical import iso
from app.kit.standings import STANDINGS
from app.models.citation import CitationIdentifier
from app.models.history import Change, DataRevision
from app.models.imports import FATES, ImportRecord, ImportRun
from app.models.searches import MEMBER_STATES, LivingSearch, SearchEvent, SearchMember, SearchRun

_OF_RUN = ("translation", "warnings", "program_version", "actor", "state", "failure", "asked_for")
_OF_SEARCH_RUN = ("search_id", "mode", "since_on", "query", "hits", "members_before", "members_after")
MOVED = ("new", "reappeared", "vanished", "retracted", "corrected", "reinstated")


def member_counts(session: Session, search_ids: Iterable[int]) -> dict[int, dict[str, int]]:
    """How many PMIDs of each search are held, missing, rejected and vanished."""
    counts = {number: dict.fromkeys(MEMBER_STATES, 0) for number in search_ids}
    query = select(SearchMember.search_id, SearchMember.state, func.count()).where(SearchMember.search_id.in_(counts))
    for number, state, size in session.execute(query.group_by(SearchMember.search_id, SearchMember.state)):
        counts[number][state] = size
    return counts


def last_runs(session: Session, search_ids: Iterable[int]) -> dict[int, int]:
    """The newest run of each search that ever ran."""
    query = select(SearchRun.search_id, func.max(SearchRun.run_id)).where(SearchRun.search_id.in_(list(search_ids)))
    return {number: run for number, run in session.execute(query.group_by(SearchRun.search_id))}  # noqa: C416 - rows are no mapping


def summary_of(session: Session, run_id: int) -> SearchReport:
    """The counts of a run without the names."""
    row, run, name = session.execute(
        select(SearchRun, ImportRun, LivingSearch.name)
        .join(ImportRun, ImportRun.id == SearchRun.run_id)
        .join(LivingSearch, LivingSearch.id == SearchRun.search_id)
        .where(SearchRun.run_id == run_id)
    ).one()
    counts = {name: getattr(run, name) for name in ("asked", *FATES, "deleted")}
    return SearchReport(
        run_id=run.id, name=name, counts=counts | {name: getattr(row, name) for name in MOVED},
        started_at=iso(run.started_at), ended_at=iso(run.ended_at) if run.ended_at else None,
        **{name: getattr(run, name) for name in _OF_RUN}, **{name: getattr(row, name) for name in _OF_SEARCH_RUN},
    )  # fmt: skip


def report_of(session: Session, run_id: int) -> SearchReport:
    """Everything that a run found, by name; at most 1,000 of each kind."""
    report = summary_of(session, run_id)
    row = session.get_one(SearchRun, run_id)
    report.rejected = _unstored(session, run_id, "rejected")
    report.not_returned = _unstored(session, run_id, "not_returned")
    report.new, report.reappeared = _events(session, run_id, "new"), _events(session, run_id, "reappeared")
    reasons = {one.pmid: one.reason for one in report.not_returned}
    still_there = "PubMed still has it; the search no longer finds it."
    report.vanished = [Unstored(pmid, reasons.get(pmid, still_there)) for pmid in _events(session, run_id, "vanished")]
    report.changed = _changed(session, row)
    report.standings = standings(session, row)[:MOST_TOLD]
    return report


def _events(session: Session, run_id: int, kind: str) -> list[str]:
    query = select(SearchEvent.pmid).where(SearchEvent.run_id == run_id, SearchEvent.kind == kind)
    return list(session.scalars(query.order_by(SearchEvent.pmid).limit(MOST_TOLD)))


def standings(session: Session, run: SearchRun) -> list[Standing]:
    """The citations whose standing changed in the run, from the history: a notice may concern a record found long before."""
    rows = _changes(session, run, "standing")
    pmids = _pmids(session, {row.record_id for row in rows})
    return [Standing(r.record_id, pmids.get(r.record_id), r.before or "current", r.after, _kind(r)) for r in rows]


def _kind(row: Row[Any]) -> str:
    if STANDINGS.index(row.after) > STANDINGS.index(row.before or "current"):
        return "reinstated"
    return "retracted" if row.after in LEFT_THE_COUNTS else "corrected"


def _changed(session: Session, run: SearchRun) -> list[ChangedRecord]:
    """Each record with what its fields were before the run and are after it; a run may change one in several steps."""
    records = select(ImportRecord).where(ImportRecord.run_id == run.run_id, ImportRecord.fate == "changed")
    fields: dict[int, dict[str, dict[str, Any]]] = {}
    for row in _changes(session, run, "edit"):
        before, after = msgspec.json.decode(row.before or "{}"), msgspec.json.decode(row.after or "{}")
        own = fields.setdefault(row.record_id, {})
        for name, value in after.items():
            own.setdefault(name, {"before": before.get(name)})["after"] = value
    return [
        ChangedRecord(record.citation_id, record.source_id or "", fields.get(record.citation_id, {}))
        for record in session.scalars(records.order_by(ImportRecord.position).limit(MOST_TOLD))
        if record.citation_id is not None
    ]


def _changes(session: Session, run: SearchRun, op: str) -> list[Row[Any]]:
    """What the run did to citations. Its data revisions are those behind its beginning that carry its name."""
    query = (
        select(Change.record_id, Change.before, Change.after)
        .join(DataRevision, DataRevision.n == Change.n)
        .where(DataRevision.n > run.first_revision, DataRevision.reason == f"import run {run.run_id}")
        .where(Change.kind == "citation", Change.op == op)
        .order_by(Change.n, Change.position)
    )
    return list(session.execute(query))


def _unstored(session: Session, run_id: int, fate: str) -> list[Unstored]:
    query = select(ImportRecord.source_id, ImportRecord.reason).where(
        ImportRecord.run_id == run_id, ImportRecord.fate == fate
    )
    rows = session.execute(query.order_by(ImportRecord.position).limit(MOST_TOLD))
    return [Unstored(pmid or "", reason) for pmid, reason in rows]


def _pmids(session: Session, numbers: set[int]) -> dict[int, str]:
    query = select(CitationIdentifier.citation_id, CitationIdentifier.value).where(
        CitationIdentifier.scheme == "pmid", CitationIdentifier.identifies, CitationIdentifier.citation_id.in_(numbers)
    )
    return {number: pmid for number, pmid in session.execute(query)}  # noqa: C416 - rows are no mapping
