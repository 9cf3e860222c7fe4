"""The columns of an export of studies, and their rows read by the thousand. Nothing here writes bytes.

New columns go to the end, none is renamed or moved; ``docs/export.md`` is
compared with this list.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.citations.lookup import among
from app.export.columns import Column
from app.export.rows import in_batches
from app.kit.public_ids import CITATION, STUDY, public
from app.models.citation import Citation, CitationIdentifier
from app.models.finding import Finding
from app.models.study import Exposure, Study, StudyReport
from app.search.spec import PUBLIC
from app.vocabulary.words import vocabulary

ADDRESS = "/api/v1/studies/"

STUDIES: tuple[Column, ...] = (
    Column("id", "the study", letter=STUDY),
    Column("title", "what the study is called here"),
    Column("design", "how the study was made"),
    Column("design_rank", "place of the design among designs, 1 first"),
    Column("subject", "in whom"),
    Column("side", "people, animals or neither"),
    Column("population", "who took part, in the reader's words"),
    Column("population_contexts", "list: contexts of the vocabulary that describe them"),
    Column("n_total", "size of the study"),
    Column("n_unit", "what was counted for it"),
    Column("country", "two-letter code"),
    Column("recruitment", "how participants were found"),
    Column("period_start", "when it began: YYYY, YYYY-MM or YYYY-MM-DD"),
    Column("period_end", "when it ended, likewise"),
    Column("registrations", "list: numbers under which it is registered"),
    Column("funding", "who paid for it, in words"),
    Column("funder_classes", "list: kinds of funders"),
    Column("coi_classes", "list: kinds of declared interests"),
    Column("overlap_group", "studies with the same people or animals share one"),
    Column("overlap_status", "whether overlap was looked for and found"),
    Column("read_depth", "how much of its reports was read"),
    Column("outcome_groups_checked", "list: groups of outcomes that were looked for"),
    Column("status", "state of the study's review"),
    Column("year", "year of its earliest report, by which years are filtered"),
    Column("substances", "list: substances taken, of the vocabulary"),
    Column("report_ids", "list: the citations that report it"),
    Column("report_roles", "list: the role of each of these reports, in the same order"),
    Column("report_standings", "list: whether each of these reports still stands, in the same order"),
    Column("pmids", "list: PubMed ids of its reports"),
    Column("dois", "list: DOIs of its reports"),
    Column("n_findings", "how many public findings it has, whatever kind of evidence they are"),
    Column("notes", "what the reader noted about the study as a whole"),
    Column("version", "the study's version; it grows with every edit"),
    Column("url", "where to read it in this service", field="id", prefix=ADDRESS),
)
"""Every column, in its place."""

NAMES = tuple(column.name for column in STUDIES)

_TABLE = Study.__table__
_OWN = tuple(name for name in NAMES if name in _TABLE.c)
_QUERY = select(*(_TABLE.c[name] for name in _OWN)).order_by(_TABLE.c.id)

Cells = dict[str, Any]


def rows(session: Session, study_ids: Iterable[int]) -> Iterator[list[Any]]:
    """The cells of each study in the order of :data:`STUDIES`; the ids come in rising order."""
    words = vocabulary()
    for ids in in_batches(study_ids):
        gathered = _gathered(session, ids)
        for row in session.execute(_QUERY.where(among(session, _TABLE.c.id, ids))).mappings():
            cells = dict(row) | gathered[row["id"]]
            cells["design_rank"] = words.attribute("design", cells["design"], "rank")
            cells["side"] = words.attribute("subject", cells["subject"], "side")
            cells["url"] = ADDRESS + public(STUDY, row["id"])
            cells["id"] = public(STUDY, row["id"])
            yield [cells[name] for name in NAMES]


def _gathered(session: Session, ids: list[int]) -> dict[int, Cells]:
    """Study → the cells that other tables hold, one statement a table."""
    lists = ("substances", "report_ids", "report_roles", "report_standings", "pmids", "dois")
    cells: dict[int, Cells] = {each: {"year": None, "n_findings": 0, **{name: [] for name in lists}} for each in ids}
    _add_reports(session, ids, cells)
    _add_identifiers(session, ids, cells)
    taken = select(Exposure.study_id, Exposure.substance).order_by(Exposure.study_id, Exposure.position)
    for number, substance in session.execute(taken.where(among(session, Exposure.study_id, ids))):
        if substance not in cells[number]["substances"]:
            cells[number]["substances"].append(substance)
    counted = select(Finding.study_id, func.count()).where(Finding.status.in_(PUBLIC)).group_by(Finding.study_id)
    for number, count in session.execute(counted.where(among(session, Finding.study_id, ids))):
        cells[number]["n_findings"] = count
    return cells


def _add_reports(session: Session, ids: list[int], cells: dict[int, Cells]) -> None:
    query = (
        select(StudyReport.study_id, StudyReport.citation_id, StudyReport.role, Citation.standing, Citation.year)
        .join(Citation, Citation.id == StudyReport.citation_id)
        .where(among(session, StudyReport.study_id, ids))
        .order_by(StudyReport.study_id, StudyReport.position)
    )
    for number, citation_id, role, standing, year in session.execute(query):
        own = cells[number]
        own["report_ids"].append(public(CITATION, citation_id))
        own["report_roles"].append(role)
        own["report_standings"].append(standing)
        if year is not None:
            own["year"] = year if own["year"] is None else min(year, own["year"])


def _add_identifiers(session: Session, ids: list[int], cells: dict[int, Cells]) -> None:
    query = (
        select(StudyReport.study_id, CitationIdentifier.scheme, CitationIdentifier.value)
        .join(CitationIdentifier, CitationIdentifier.citation_id == StudyReport.citation_id)
        .where(among(session, StudyReport.study_id, ids), CitationIdentifier.scheme.in_(("pmid", "doi")))
        .order_by(StudyReport.study_id, StudyReport.position, CitationIdentifier.position)
    )
    for number, scheme, value in session.execute(query):
        cells[number][f"{scheme}s"].append(value)
