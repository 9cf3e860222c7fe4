"""The time line: reports by year and by the design of the study they report, each with its standing. No report is left out.

The year is the report's own, as in every list of citations. Reports without a
known year stand apart. A record that belongs to no study is counted under
:data:`NO_STUDY`; a report of studies of two designs is in both rows and once
in the total.
"""

from collections.abc import Iterable

from msgspec import Struct
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.findings.flat import PUBLIC_STATUSES
from app.models.citation import Citation
from app.models.study import Study, StudyReport
from app.search.conditions import matching_citations
from app.search.spec import Search
from app.vocabulary.words import vocabulary

NO_STUDY = "no_study"


class Moment(Struct, frozen=True):
    """The reports of one design in one year, by standing, worst first; ``year`` is None where it is not known."""

    year: int | None
    reports: int
    by_standing: dict[str, int]


class TimelineRow(Struct, frozen=True):
    """One design; its moments in the order of years, the unknown one last."""

    design: str
    label: str
    reports: int
    moments: tuple[Moment, ...]


class Timeline(Struct, frozen=True):
    """The whole picture. ``total`` counts each report once."""

    first_year: int | None
    last_year: int | None
    rows: tuple[TimelineRow, ...]
    total: int
    year_unknown: int
    by_standing: dict[str, int]


def timeline(session: Session, search: Search) -> Timeline:
    """The reports that ``search`` finds, as the list of citations finds them."""
    matching = matching_citations(session, search)
    own = select(Citation.year, Citation.standing, func.count()).where(matching)
    own = own.group_by(Citation.year, Citation.standing)
    each = [(year, standing, n) for year, standing, n in session.execute(own)]
    years = [year for year, _, _ in each if year is not None]
    return Timeline(
        first_year=min(years, default=None),
        last_year=max(years, default=None),
        rows=tuple(_rows(_by_design(session, search))),
        total=sum(n for _, _, n in each),
        year_unknown=sum(n for year, _, n in each if year is None),
        by_standing=_in_order((standing, n) for _, standing, n in each),
    )


_Key = tuple[str, int | None, str, int]


def _by_design(session: Session, search: Search) -> list[_Key]:
    design = (
        select(StudyReport.citation_id, Study.design)
        .join(Study, Study.id == StudyReport.study_id)
        .where(Study.status.in_(PUBLIC_STATUSES))
        .distinct()
        .subquery()
    )
    key = func.coalesce(design.c.design, NO_STUDY)
    query = (
        select(key, Citation.year, Citation.standing, func.count())
        .outerjoin(design, design.c.citation_id == Citation.id)
        .where(matching_citations(session, search))
        .group_by(key, Citation.year, Citation.standing)
    )
    return [(design, year, standing, n) for design, year, standing, n in session.execute(query)]


def _rows(counted: list[_Key]) -> Iterable[TimelineRow]:
    words = vocabulary()
    designs = {design for design, _, _, _ in counted}
    for design in (*words.ids("design"), NO_STUDY):
        if design not in designs:
            continue
        inside = [(year, standing, n) for each, year, standing, n in counted if each == design]
        years = sorted({year for year, _, _ in inside}, key=lambda year: (year is None, year or 0))
        label = "in no study yet: unread" if design == NO_STUDY else words.label("design", design)
        moments = tuple(_moment(year, inside) for year in years)
        yield TimelineRow(design, label, sum(n for _, _, n in inside), moments)


def _moment(year: int | None, inside: list[tuple[int | None, str, int]]) -> Moment:
    here = [(standing, n) for each, standing, n in inside if each == year]
    return Moment(year, sum(n for _, n in here), _in_order(here))


def _in_order(counted: Iterable[tuple[str, int]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for standing, n in counted:
        found[standing] = found.get(standing, 0) + n
    return {each: found[each] for each in vocabulary().ids("standing") if each in found}
