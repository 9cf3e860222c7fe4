"""Independent units: reports of one cohort count once, and cells do not add up to totals."""

from sqlalchemy.orm import Session

from app.findings.flat import FlatFinding
from app.search.pages import every_finding
from app.search.reading import read
from app.synthesis import counting
from app.synthesis.comparison import best_comparison
from tests.factories import a_finding, a_revision, a_study, opened

OVERLAP = {"overlap_group": "COHORT", "overlap_status": "suspected"}


def _rows(url: str, *studies: tuple[str, dict[str, object]], basis: str = "correlation") -> list[FlatFinding]:
    with opened(url) as store:
        with store.writing() as session:
            revision = a_revision()
            for design, more in studies:
                a_finding(session, revision, a_study(session, revision, design=design, reports=(), **more), basis=basis)
        with store.reading() as session:
            return list(every_finding(session, read({})))


def test_an_overlap_group_is_one_unit_within_one_design(vocabulary_url: str) -> None:
    survey, interview = ("cross_sectional_survey", OVERLAP), ("qualitative_interview", OVERLAP)
    rows = _rows(vocabulary_url, survey, survey, interview, ("cross_sectional_survey", {}))
    counts = counting.count(rows)

    assert (4, 4, 3, 4) == (counts.findings, counts.studies, counts.independent_units, counts.reports)


def test_a_unit_may_sit_in_several_cells_and_the_total_is_their_union(session: Session) -> None:
    rows = list(every_finding(session, read({"evidence": ("all",)})))
    total, cells = counting.count(rows), counting.cells(rows)

    assert total.findings == sum(cell.counts.findings for cell in cells)
    assert total.independent_units < sum(cell.counts.independent_units for cell in cells)
    assert total.studies < sum(cell.counts.studies for cell in cells)
    assert total.independent_units < total.studies


def test_sides_and_groups_of_knowledge_part_the_findings(session: Session) -> None:
    rows = list(every_finding(session, read({})))

    assert len(rows) == sum(each.findings for each in counting.by_side(rows).values())
    assert len(rows) == sum(each.findings for each in counting.by_basis_group(rows).values())
    assert {"people", "animals"} <= set(counting.by_side([]))
    assert ["compared", "felt", "case", "counted"] == list(counting.by_basis_group([]))


def test_the_largest_sample_is_one_sample(session: Session) -> None:
    rows = list(every_finding(session, read({})))
    largest = counting.largest_sample(rows)

    assert largest
    assert max(row.n_group or row.n_total or 0 for row in rows) == largest.n
    assert counting.largest_sample([]) is None


def test_the_best_comparison_is_in_people_and_then_by_the_published_order(vocabulary_url: str) -> None:
    animals = ("animal_in_vivo", {"subject": "rat"})
    rows = _rows(
        vocabulary_url, animals, ("case_series", {}), ("intensive_longitudinal", {}), ("qualitative_interview", {})
    )
    best = best_comparison(rows)
    only_animals = best_comparison([row for row in rows if row.side == "animals"])

    assert best
    assert ("intensive_longitudinal", "people", 1) == (best.design, best.compared_in, len(best.finding_ids))
    assert only_animals
    assert "animals" == only_animals.compared_in
    assert best_comparison([]) is None


def test_all_that_are_as_good_are_named(vocabulary_url: str) -> None:
    rows = _rows(vocabulary_url, ("randomized_parallel", {}), ("randomized_crossover", {}), ("case_report", {}))
    best = best_comparison(rows)

    assert best
    assert [1, 2] == sorted(best.study_ids)


def test_what_was_only_felt_was_not_compared(vocabulary_url: str) -> None:
    assert best_comparison(_rows(vocabulary_url, ("randomized_parallel", {}), basis="perceived_effect")) is None
