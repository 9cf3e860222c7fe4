"""A whole filtered set, ready to be written: which rows, how many, of what question, at which data revision.

Ids come first and stay in memory, eight bytes each; what they name is read and
written by the thousand, in the same snapshot. Nothing here commits or opens a file.
"""

from array import array
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from msgspec import Struct
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.export import citation_columns, columns, study_columns
from app.export.finding_rows import flat_findings
from app.export.formats import Format
from app.export.references import AT_ONCE, references
from app.findings.queries import flat_rows
from app.history import events
from app.models.citation import Citation
from app.models.finding import Finding
from app.models.study import Study, StudyReport
from app.search import english, pages
from app.search.conditions import matching_citations, matching_findings, matching_studies
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

Told = Callable[[int], None]


class Whole(Struct, frozen=True):
    """Everything that matches a search, and what a file of it has to say about itself. ``ids`` are those of its rows."""

    kind: str
    form: Format
    query: str
    data_revision: int
    counts: Counts
    ids: Sequence[int]


def whole(session: Session, kind: str, form: Format, search: Search) -> Whole:
    """The set of ``kind`` that matches ``search``; a bibliography has the reports of findings and studies, once each."""
    wanted = _ids(session, kind, search) if form.table else _report_ids(session, kind, search)
    numbers = session.scalars(wanted.execution_options(yield_per=10_000))
    return Whole(
        kind,
        form,
        english.in_words(search, of=kind),
        events.latest(session),
        _COUNTS[kind](session, search),
        array("q", numbers),
    )


def written(session: Session, wanted: Whole, told: Told | None = None) -> Iterator[bytes]:
    """The bytes of the set in its format, in the order of ids; ``told`` hears how many rows were begun."""
    ids = _telling(wanted.ids, told) if told else iter(wanted.ids)
    if wanted.form.bibliography:
        return wanted.form.bibliography(references(session, ids))
    if not wanted.form.table:
        raise ValueError(f"{wanted.form.name} writes neither a table nor a bibliography")
    return wanted.form.table(NAMES[wanted.kind], _rows(session, wanted.kind, ids))


def _rows(session: Session, kind: str, ids: Iterator[int]) -> Iterator[Sequence[Any]]:
    if kind == "findings":
        return columns.rows_of(flat_findings(session, ids))
    if kind == "studies":
        return study_columns.rows(session, ids)
    return citation_columns.rows_of(references(session, ids))


def _telling(ids: Sequence[int], told: Told) -> Iterator[int]:
    for number, each in enumerate(ids, 1):
        if number % AT_ONCE == 0:
            told(number)
        yield each
    told(len(ids))


def _ids(session: Session, kind: str, search: Search) -> Select[int]:
    if kind == "findings":
        return _findings(session, search, Finding.id).order_by(Finding.id)
    if kind == "studies":
        return select(Study.id).where(matching_studies(session, search)).order_by(Study.id)
    return select(Citation.id).where(matching_citations(session, search)).order_by(Citation.id)


def _report_ids(session: Session, kind: str, search: Search) -> Select[int]:
    if kind == "citations":
        return _ids(session, kind, search)
    if kind == "findings":
        reported = _findings(session, search, Finding.report_id)
    else:
        studies = select(Study.id).where(matching_studies(session, search))
        reported = select(StudyReport.citation_id).where(StudyReport.study_id.in_(studies))
    return select(Citation.id).where(Citation.id.in_(reported)).order_by(Citation.id)


def _findings(session: Session, search: Search, column: Any) -> Select[int]:
    return flat_rows().where(matching_findings(session, search)).with_only_columns(column)
