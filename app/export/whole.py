"""A whole filtered set, ready to be written: which rows, how many, of what question, at which data revision.

Ids come first and stay in memory as a set, a few bits each; what they name is
read and written some hundred at a time, in the same snapshot. Nothing here commits or opens a file.
"""

from collections.abc import Callable, Generator, Iterator, Sequence
from typing import Any

from msgspec import Struct
from pyroaring import BitMap
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.export import beside, citation_columns, columns, study_columns
from app.export.finding_rows import flat_findings
from app.export.formats import Format
from app.export.reading import batches
from app.export.references import references
from app.findings.queries import flat_rows
from app.history import events
from app.models.citation import Citation
from app.models.finding import Finding
from app.models.study import Study, StudyReport
from app.search import citation_sets, english, pages
from app.search.conditions import matching_findings, matching_studies
from app.search.pages import Counts
from app.search.spec import Search

KINDS = ("findings", "studies", "citations")
_COUNTS: dict[str, Callable[[Session, Search], Counts]] = {
    "findings": pages.count_findings,
    "studies": pages.count_studies,
    "citations": pages.count_citations,
}
NAMES = {"findings": columns.NAMES, "studies": study_columns.NAMES, "citations": citation_columns.NAMES}
"""The columns of each kind of table."""

_FEW = 20_000
"""Rows for which a second process is not worth its start."""
_TOLD_EVERY = 1_000

Told = Callable[[int], None]


class Whole(Struct, frozen=True):
    """Everything that matches a search, and what a file of it has to say about itself. ``ids`` are those of its rows."""

    kind: str
    form: Format
    query: str
    data_revision: int
    counts: Counts
    ids: BitMap


def whole(session: Session, kind: str, form: Format, search: Search) -> Whole:
    """The set of ``kind`` that matches ``search``; a bibliography has the reports of findings and studies, once each."""
    return Whole(
        kind,
        form,
        english.in_words(search, of=kind),
        events.latest(session),
        _COUNTS[kind](session, search),
        _ids(session, kind, search) if form.table else _report_ids(session, kind, search),
    )


def written(session: Session, wanted: Whole, told: Told | None = None) -> Generator[bytes, None, None]:
    """The bytes of the set in its format, in the order of ids; ``told`` hears how many rows were begun.

    Close it where it is not read to its end: a second process may be at work on it.
    """
    ids = _telling(wanted.ids, told) if told else iter(wanted.ids)
    if wanted.form.bibliography:
        yield from wanted.form.bibliography(each for some in batches(session, ids) for each in references(some))
    elif not wanted.form.table:
        raise ValueError(f"{wanted.form.name} writes neither a table nor a bibliography")
    elif wanted.kind == "citations":
        yield from beside.table(session, wanted.form.name, ids, alone=len(wanted.ids) < _FEW)
    else:
        yield from wanted.form.table(NAMES[wanted.kind], _rows(session, wanted.kind, ids))


def _rows(session: Session, kind: str, ids: Iterator[int]) -> Iterator[Sequence[Any]]:
    return columns.rows_of(flat_findings(session, ids)) if kind == "findings" else study_columns.rows(session, ids)


def _telling(ids: BitMap, told: Told) -> Iterator[int]:
    for number, each in enumerate(ids, 1):
        if number % _TOLD_EVERY == 0:
            told(number)
        yield each
    told(len(ids))


def _ids(session: Session, kind: str, search: Search) -> BitMap:
    """The ids of the rows; a set gives them in rising order."""
    if kind == "citations":
        # The set that pages and counts are cut from: asking the database for 300,000 ids again took seconds.
        return citation_sets.matching(session, search)
    if kind == "findings":
        return _asked(session, _findings(session, search, Finding.id))
    return _asked(session, select(Study.id).where(matching_studies(session, search)))


def _asked(session: Session, query: Select[int]) -> BitMap:
    return BitMap(session.scalars(query.execution_options(yield_per=10_000)))


def _report_ids(session: Session, kind: str, search: Search) -> BitMap:
    """The ids of the reports behind them, each once."""
    if kind == "citations":
        return _ids(session, kind, search)
    if kind == "findings":
        reported = _findings(session, search, Finding.report_id)
    else:
        studies = select(Study.id).where(matching_studies(session, search))
        reported = select(StudyReport.citation_id).where(StudyReport.study_id.in_(studies))
    return _asked(session, select(Citation.id).where(Citation.id.in_(reported)))


def _findings(session: Session, search: Search, column: Any) -> Select[int]:
    return flat_rows().where(matching_findings(session, search)).with_only_columns(column)
