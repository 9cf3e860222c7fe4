"""Sorting and paging of the lists."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.errors import MalformedCursor
from app.search import pages
from app.search.reading import read
from tests.search import oracle

Rows = list[tuple[int, Any]]


def _walk(page_of: Callable[..., pages.Page], session: Session, sort: str, limit: int) -> list[int]:
    search, found, cursor = read({"sort": (sort,), "evidence": ("all",)}), [], None
    while True:
        page = page_of(session, search, cursor=cursor, limit=limit)
        found.extend(page.ids)
        cursor = page.next
        if cursor is None:
            return found


def _rank(study: oracle.Study) -> Any:
    return next(each["rank"] for each in oracle.words()["designs"] if each["id"] == study.body["design"])


STUDY_VALUES: dict[str, Callable[[oracle.Study], Any]] = {
    "year": lambda study: study.year, "n": lambda study: study.body["n_total"], "design": _rank,
    "relevance": lambda study: study.id, "changed": lambda study: study.id,
}  # fmt: skip


def _ordered(rows: Rows, sort: str) -> list[int]:
    sign = -1 if sort.startswith("-") else 1
    return [each for _, _, each in sorted((value is None, sign * (value or 0), each) for each, value in rows)]


@pytest.mark.parametrize("sort", ["year", "-year", "n", "-n", "design", "-design", "relevance", "-relevance"])
def test_studies_and_findings_stand_in_the_order_asked_with_unknown_values_last(session: Session, sort: str) -> None:
    value = STUDY_VALUES[sort.removeprefix("-")]
    of_studies = [(study.id, value(study)) for study in oracle.corpus()]
    by_finding = [(f.id, f.id if "relevance" in sort else value(s)) for s in oracle.corpus() for f in s.findings]

    assert _ordered(by_finding, sort) == _walk(pages.page_of_findings, session, sort, 41)
    assert _ordered(of_studies, sort) == _walk(pages.page_of_studies, session, sort, 17)


@pytest.mark.parametrize("sort", ["year", "-year"])
def test_citations_stand_in_the_order_of_their_own_year(session: Session, sort: str) -> None:
    rows = [(report.id, report.body["year"]) for study in oracle.corpus() for report in study.reports]

    assert _ordered(rows, sort) == _walk(pages.page_of_citations, session, sort, 30)


@pytest.mark.parametrize("sort", ["changed", "-changed", "n", "-design"])
@pytest.mark.parametrize("limit", [1, 7, 100])
def test_every_row_comes_once_whatever_the_order_and_the_length_of_a_page(
    session: Session, sort: str, limit: int
) -> None:
    found = _walk(pages.page_of_studies, session, sort, limit)

    assert sorted(study.id for study in oracle.corpus()) == sorted(found)


def test_a_cursor_belongs_to_its_list_its_filters_and_its_order(session: Session) -> None:
    asked = {"outcome": ("sleep",)}
    cursor = pages.page_of_findings(session, read(asked), cursor=None, limit=2).next
    others = [(pages.page_of_studies, asked), (pages.page_of_findings, asked | {"sort": ("year",)}),
              (pages.page_of_findings, {"outcome": ("insomnia",)})]  # fmt: skip
    for page_of, parameters in others:
        with pytest.raises(MalformedCursor):
            page_of(session, read(parameters), cursor=cursor, limit=2)


def test_the_last_page_has_no_cursor(session: Session) -> None:
    search = read({})
    total = len(oracle.corpus())

    assert pages.page_of_studies(session, search, cursor=None, limit=total).next is None
    assert pages.page_of_studies(session, search, cursor=None, limit=total - 1).next
    assert ((), 0, None) == (
        (page := pages.page_of_studies(session, read({"country": ("XX",)}), cursor=None, limit=1)).ids, page.total, page.next
    )  # fmt: skip


def test_rows_come_in_the_order_of_the_ids_asked_for(session: Session) -> None:
    assert [5, 3, 190] == [row.id for row in pages.findings_by_id(session, (5, 9_999, 3, 190))]
    assert [1, 2, 3] == [row.id for row in pages.findings_in(session, read({"evidence": ("all",)}), (1,))][:3]
