"""The time line: every report once in the total, unknown years apart, standings marked."""

import pytest
from sqlalchemy.orm import Session

from app.citations.draft import CorrectionLink
from app.search.pages import count_citations
from app.search.reading import read
from app.synthesis.drawing.timeline import columns_of
from app.synthesis.plots.timeline import Moment, Timeline, TimelineRow, timeline
from tests.factories import a_citation, a_revision, a_study, opened


def test_every_report_is_counted_and_those_of_unknown_year_stand_apart(session: Session) -> None:
    found = timeline(session, read({}))
    unknown = [moment for row in found.rows for moment in row.moments if moment.year is None]

    assert (88, 6, {"current": 88}) == (found.total, found.year_unknown, found.by_standing)
    assert (1975, 2025) == (found.first_year, found.last_year)
    assert 6 == sum(moment.reports for moment in unknown)
    assert all(row.reports == sum(moment.reports for moment in row.moments) for row in found.rows)


@pytest.mark.parametrize(
    "asked", [{"design": "case_report"}, {"q": "sleep"}, {"outcome": "insomnia"}, {"year_to": "2010"}]
)
def test_the_total_is_that_of_the_list_of_citations(session: Session, asked: dict[str, str]) -> None:
    search = read({name: (value,) for name, value in asked.items()})

    assert count_citations(session, search).reports == timeline(session, search).total


def test_a_retracted_report_is_marked_and_a_record_without_a_study_has_a_row(vocabulary_url: str) -> None:
    with opened(vocabulary_url) as store:
        with store.writing() as session:
            revision = a_revision()
            bad = a_citation(session, revision, issued_on="2020", corrections=(CorrectionLink("RetractionIn", "1"),))
            a_study(session, revision, reports=(bad,))
            a_study(session, revision, design="case_report", reports=(bad,))
            a_citation(session, revision, issued_on=None)
        with store.reading() as session:
            found = timeline(session, read({}))

    retracted = Moment(2020, 1, {"retracted": 1})
    waiting = Moment(None, 1, {"current": 1})
    assert [("cross_sectional_survey", retracted), ("case_report", retracted), ("no_study", waiting)] == [
        (row.design, *row.moments) for row in found.rows
    ]
    assert (2, 1, {"retracted": 1, "current": 1}) == (found.total, found.year_unknown, found.by_standing)


def of_years(*years: int) -> Timeline:
    moments = tuple(Moment(year, 1, {"current": 1}) for year in years)
    rows = (TimelineRow("case_report", "case report", len(years), moments),)
    return Timeline(years[0], years[-1], rows, len(years), 0, {"current": len(years)})


@pytest.mark.parametrize(
    ("years", "labels"),
    [
        ((2019, 2021), ["2019", "2020", "2021"]),
        ((1975, 2019, 2020), ["1975", "…", "2019", "2020"]),
        ((2000, 2006), ["2000", "…", "2006"]),
        ((2000, 2005), ["2000", "2001", "2002", "2003", "2004", "2005"]),
        (tuple(range(1990, 2026)), [f"{year}–{(year + 1) % 100:02d}" for year in range(1990, 2026, 2)]),
    ],
)
def test_empty_stretches_are_broken_and_many_years_are_put_together(years: tuple[int, ...], labels: list[str]) -> None:
    columns = columns_of(of_years(*years), most=30)

    assert labels == [column.label for column in columns]
    assert all(1 == sum(column.holds(year) for column in columns) for year in years)


def test_no_reports_need_no_columns() -> None:
    assert [] == columns_of(Timeline(None, None, (), 0, 0, {}), most=30)
