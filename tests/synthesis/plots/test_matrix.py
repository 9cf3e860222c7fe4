"""The evidence matrix: unions in its cells, and four kinds of empty cell, each only where the store bears it out."""

from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.search.pages import count_findings, every_finding
from app.search.reading import read
from app.synthesis.plots.gaps import KINDS, Known, ReadStudy, kinds_of_gap, known
from app.synthesis.plots.matrix import Matrix, MatrixCell, matrix, matrix_of
from tests.factories import a_citation, a_revision, a_study, opened
from tests.synthesis.plots.rows import a_row

SURVEY = "cross_sectional_survey"
NOTHING = Known(searched=False, unread=0, studies=())


def cell_of(found: Matrix, outcome: str, design: str) -> MatrixCell:
    (cell,) = (
        c
        for group in found.groups
        for row in group.rows
        if row.outcome == outcome
        for c in row.cells
        if c.design == design
    )
    return cell


def test_a_cell_counts_independent_units_by_effect_and_once() -> None:
    overlap = {"overlap_group": "COHORT", "overlap_status": "suspected", "design": SURVEY}
    rows = [a_row(**overlap), a_row(**overlap, direction="decreased"), a_row(design=SURVEY)]
    cell = cell_of(matrix_of(rows, NOTHING, read({})), "anxiety", SURVEY)

    assert (2, {"improved": 1, "worsened": 2}, 3) == (cell.units, cell.by_effect, cell.studies)


def test_a_group_holds_the_union_of_its_rows_and_not_their_sum() -> None:
    rows = [a_row(study_id=1, design=SURVEY), a_row(study_id=1, design=SURVEY, outcome="depressive_symptoms")]
    found = matrix_of(rows, NOTHING, read({}))
    group = next(each for each in found.groups if each.domain == "mental")

    assert 1 == group.units == max(group.units_by_design)
    assert 2 == sum(row.units for row in group.rows)


def test_two_contrasts_are_never_in_one_cell() -> None:
    rows = [a_row(), a_row(contrast="stopping", direction="decreased")]
    taking = matrix_of(rows, NOTHING, read({}))
    both = matrix_of(rows, NOTHING, read({"contrast": ("taking", "stopping")}))

    assert {"taking"} == {group.contrast for group in taking.groups}
    assert [("stopping", 1)] == [(each.contrast, each.counts.findings) for each in taking.apart]
    assert [("taking", 1), ("stopping", 1)] == [(g.contrast, g.units) for g in both.groups if g.units]


def studies(*depths: str, looked_for: tuple[str, ...] = ()) -> tuple[ReadStudy, ...]:
    return tuple(ReadStudy(SURVEY, depth, frozenset(looked_for)) for depth in depths)


@pytest.mark.parametrize(
    ("what", "kinds"),
    [
        (NOTHING, ("not_searched",)),
        (Known(searched=True, unread=0, studies=()), ("none_found",)),
        (Known(searched=True, unread=3, studies=()), ("unread_waiting",)),
        (Known(searched=False, unread=3, studies=()), ("unread_waiting", "not_searched")),
        (Known(searched=True, unread=0, studies=studies("abstract")), ("abstract_only",)),
        (Known(searched=True, unread=0, studies=studies("full_text", "abstract", looked_for=("mental",))), ("abstract_only",)),
        (Known(searched=True, unread=0, studies=studies("full_text")), ("not_searched",)),
        (Known(searched=True, unread=0, studies=studies("full_text", looked_for=("sleep",))), ("not_searched",)),
        (Known(searched=True, unread=0, studies=studies("full_text", looked_for=("mental",))), ("none_found",)),
        (Known(searched=False, unread=1, studies=studies("abstract")), ("abstract_only", "unread_waiting", "not_searched")),
    ],
)  # fmt: skip
def test_an_empty_cell_says_what_the_store_knows(what: Known, kinds: tuple[str, ...]) -> None:
    assert kinds == kinds_of_gap(what, domain="mental", design=SURVEY)


def test_no_study_found_so_far_is_never_said_before_a_search_was_made() -> None:
    for depth in ("full_text", "abstract", "abstract_part", "secondary_source", "citation_only"):
        what = Known(searched=False, unread=0, studies=studies(depth, looked_for=("mental",)))

        assert "none_found" not in kinds_of_gap(what, domain="mental", design=SURVEY)


def test_every_cell_either_holds_units_or_says_why_not(session: Session) -> None:
    found = matrix(session, read({}))
    cells = [cell for group in found.groups for row in group.rows for cell in row.cells]

    assert all((cell.units > 0) == (cell.gap is None) == (not cell.gaps) for cell in cells)
    assert sum(cell.gap is not None for cell in cells) == sum(found.cells_by_gap.values())
    assert set(KINDS) == set(found.cells_by_gap)
    assert {"abstract_only", "not_searched"} == {kind for kind, n in found.cells_by_gap.items() if n}


@pytest.mark.parametrize(
    "asked",
    [
        {}, {"outcome": ("insomnia",)}, {"contrast": ("stopping",)}, {"evidence": ("all",)}, {"subject": ("human",)},
        {"outcome": ("improved_sleep",)}, {"phase": ("kratom_cessation",)}, {"design": ("case_report",)},
        {"design": ("narrative_review",), "evidence": ("all",)}, {"q": ("sleep",)}, {"year_from": ("2020",)},
    ],
)  # fmt: skip
def test_every_finding_of_the_question_is_in_exactly_one_cell(session: Session, asked: dict[str, Any]) -> None:
    found = matrix(session, read(asked))
    search = read(asked).asking(contrast=found.contrasts)
    inside = [f for group in found.groups for row in group.rows for cell in row.cells for f in cell.finding_ids]

    assert sorted(row.id for row in every_finding(session, search)) == sorted(inside)
    assert count_findings(session, search) == found.totals


def test_insomnia_while_taking_kratom_is_in_two_case_reports(session: Session) -> None:
    cell = cell_of(matrix(session, read({"phase": ("active_use",)})), "insomnia", "case_report")

    assert (2, {"worsened": 2}, ("active_use",)) == (cell.units, cell.by_effect, cell.phases)


def test_a_question_about_people_shows_no_gap_in_laboratories(session: Session) -> None:
    designs = {column.design for column in matrix(session, read({"subject": ("human",)})).columns}
    animal = {column.design for column in matrix(session, read({"subject": ("animal",)})).columns}

    assert designs.isdisjoint({"animal_in_vivo", "in_vitro", "systematic_review"})
    assert {"animal_in_vivo", "in_vitro", "in_silico", "other"} == animal


def test_a_record_without_a_study_waits_unread_and_a_retracted_one_does_not(vocabulary_url: str) -> None:
    with opened(vocabulary_url) as store:
        with store.writing() as session:
            revision = a_revision()
            a_study(session, revision)
            a_study(session, revision, status="draft")
            for _ in range(3):
                a_citation(session, revision, issued_on="2019")
        with store.reading() as session:
            all_of_them, recent = known(session, read({})), known(session, read({"year_from": ("2020",)}))

    assert (4, 1) == (all_of_them.unread, recent.unread)  # the report of a draft waits too
    assert (1, False) == (len(all_of_them.studies), all_of_them.searched)
