"""The effect-direction plot: what is one arrow, what is hollow, what is tested, what is only listed."""

from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.findings.flat import FlatFinding
from app.search.pages import every_finding
from app.search.reading import read
from app.synthesis.plots.effect_direction import (
    CAPTION,
    EffectDirection,
    Panel,
    UnitRow,
    effect_direction,
    effect_direction_of,
)
from tests.synthesis.plots.rows import a_row

SLEEP_GOODS = ("sleep_duration", "sleep_quality", "sleep_efficiency")


def only_panel(*rows: FlatFinding) -> Panel:
    (panel,) = effect_direction_of(rows).panels
    return panel


def only_unit(*rows: FlatFinding) -> UnitRow:
    (unit,) = only_panel(*rows).rows
    return unit


def drawn(found: EffectDirection) -> set[int]:
    return {f for panel in found.panels for row in panel.rows for arrow in row.arrows for f in arrow.finding_ids}


def test_several_outcomes_of_a_unit_in_one_group_are_one_arrow() -> None:
    goods = [a_row(study_id=1, outcome=each, direction="increased") for each in SLEEP_GOODS]
    bad = a_row(study_id=1, outcome="insomnia", direction="increased")

    assert ["up"] == [arrow.direction for arrow in only_unit(*goods).arrows]
    assert ["up"] == [arrow.direction for arrow in only_unit(*goods, bad).arrows]
    assert ["sideways"] == [arrow.direction for arrow in only_unit(*goods[:2], bad).arrows]


def test_an_outcome_that_was_reported_often_has_one_vote() -> None:
    often = [a_row(study_id=1, outcome="insomnia", direction="increased") for _ in range(20)]
    others = [a_row(study_id=1, outcome=each, direction="increased") for each in SLEEP_GOODS]
    (arrow,) = only_unit(*often, *others).arrows

    assert ("up", 3, 1) == (arrow.direction, arrow.up, arrow.down)


def test_studies_of_one_sample_are_one_arrow_and_two_groups_of_outcomes_are_two() -> None:
    overlap = {"overlap_group": "COHORT", "overlap_status": "suspected"}
    unit = only_unit(a_row(**overlap), a_row(**overlap), a_row(outcome="pain", **overlap))

    assert [("mental", 2), ("somatic", 1)] == [(arrow.domain, len(arrow.study_ids)) for arrow in unit.arrows]


def test_leaf_and_concentrated_products_of_one_unit_are_rows_of_their_own() -> None:
    leaf = a_row(study_id=1, direction="decreased")
    product = a_row(study_id=1, direction="increased", exposure_substance="7oh_product")
    rows = only_panel(product, leaf).rows

    assert [("kratom", "up", (leaf.id,)), ("7oh_product", "down", (product.id,))] == [
        (row.substance_group, arrow.direction, arrow.finding_ids) for row in rows for arrow in row.arrows
    ]


def test_species_of_one_unit_are_rows_of_their_own() -> None:
    overlap = {"overlap_group": "COLONY", "overlap_status": "confirmed", "design": "animal_in_vivo"}
    rows = only_panel(a_row(subject="mouse", **overlap), a_row(subject="rat", **overlap)).rows

    assert ["rat", "mouse"] == [row.subject for row in rows]


def test_phases_people_and_animals_have_panels_of_their_own() -> None:
    rat = {"subject": "rat", "design": "animal_in_vivo"}
    found = effect_direction_of([a_row(**rat), a_row(phase="single_dose"), a_row(), a_row(**rat)])

    assert [("people", "single_dose"), ("people", "active_use"), ("animals", "active_use")] == [
        (panel.side, panel.phase) for panel in found.panels
    ]


def test_the_largest_single_sample_sizes_the_arrow_and_samples_are_not_added_up() -> None:
    overlap = {"overlap_group": "COHORT", "overlap_status": "suspected"}
    (arrow,) = only_unit(a_row(n_total=200, **overlap), a_row(n_total=300, **overlap)).arrows
    (of_group,) = only_unit(a_row(n_total=1_000, n_group=40)).arrows
    (unknown,) = only_unit(a_row(n_total=None)).arrows

    assert (300, "medium") == (arrow.n, arrow.size)
    assert (40, "small") == (of_group.n, of_group.size)
    assert (None, "unknown") == (unknown.n, unknown.size)


@pytest.mark.parametrize(
    ("changes", "band"),
    [
        ({"basis": "perceived_effect"}, "uncontrolled"),
        ({"basis": "descriptive_self_report"}, "uncontrolled"),
        ({"basis": "case_temporal"}, "uncontrolled"),
        ({"basis": "before_after", "design": "case_report"}, "uncontrolled"),
        ({"basis": "before_after", "design": "case_series"}, "uncontrolled"),
        ({"basis": "surveillance"}, "counted"),
        ({"basis": "chart_review"}, "counted"),
        ({"basis": "before_after"}, "compared"),
        ({"basis": "randomized_comparison"}, "compared"),
    ],
)
def test_cases_and_felt_effects_stand_in_the_hollow_band(changes: dict[str, Any], band: str) -> None:
    assert band == only_unit(a_row(**changes)).band


def test_the_hollow_band_says_who_is_missing() -> None:
    found = effect_direction_of([a_row()])

    assert "people who stopped because of problems are missing from these samples" == CAPTION == found.caption


def test_only_compared_units_that_point_up_or_down_are_tested() -> None:
    five = [a_row(direction="decreased") for _ in range(5)]
    even = [a_row(direction="no_change") for _ in range(3)]
    felt = [a_row(basis="perceived_effect") for _ in range(9)]
    counted = [a_row(basis="surveillance") for _ in range(9)]
    (test,) = only_panel(*five, *even, *felt, *counted).tests

    assert (5, 0, 3, 0.0625) == (test.test.up, test.test.down, test.sideways, test.test.p)


def test_people_animals_and_phases_are_never_tested_together() -> None:
    rows = [a_row(**({"subject": "rat", "design": "animal_in_vivo"} if i % 2 else {})) for i in range(8)]
    rows += [a_row(phase="single_dose") for _ in range(4)]
    found = effect_direction_of(rows)

    assert [(4, None)] * 3 == [(t.test.down, t.test.p) for panel in found.panels for t in panel.tests]


def test_species_and_substances_are_never_tested_together() -> None:
    animal = {"design": "animal_in_vivo", "direction": "decreased"}
    leaf, product, alkaloid = "kratom_leaf", "7oh_product", "mitragynine"
    kinds = [("rat", leaf), ("rat", product), ("mouse", leaf), ("mouse", product), ("zebrafish", alkaloid)]
    rows = [a_row(subject=subject, exposure_substance=substance, **animal) for subject, substance in kinds]
    rows += [a_row(subject="zebrafish", exposure_substance=alkaloid, **animal) for _ in range(5)]

    assert [
        ("rat", "kratom", "mental", 1, None),
        ("rat", "7oh_product", "mental", 1, None),
        ("mouse", "kratom", "mental", 1, None),
        ("mouse", "7oh_product", "mental", 1, None),
        ("zebrafish", "isolated_alkaloid", "mental", 6, 0.03125),
    ] == [(t.subject, t.substance_group, t.domain, t.test.up, t.test.p) for t in only_panel(*rows).tests]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"standing": "retracted", "evidence_class": "context"}, "retracted"),
        ({"standing": "withdrawn", "evidence_class": "context"}, "retracted"),
        ({"design": "systematic_review", "evidence_class": "context"}, "secondary"),
        ({"basis": "detection_only", "evidence_class": "context"}, "context"),
        ({"basis": "motive_only", "evidence_class": "reason"}, "motive"),
        ({"contrast": "stopping"}, "other_contrast"),
        ({"contrast": "dose_or_product"}, "other_contrast"),
        ({"direction": "unclear"}, "no_direction"),
        ({"outcome": "alertness"}, "no_direction"),
    ],
)
def test_what_is_no_evidence_of_a_direction_is_listed_below_and_not_drawn(changes: dict[str, Any], reason: str) -> None:
    row = a_row(**changes)
    found = effect_direction_of([row])

    assert () == found.panels
    assert [(reason, (row.id,))] == [(each.reason, each.finding_ids) for each in found.listed]


def test_every_finding_is_drawn_once_or_listed_once(session: Session) -> None:
    every = [row.id for row in every_finding(session, read({"evidence": ("all",)}))]
    found = effect_direction(session, read({}))
    listed = [each for one in found.listed for each in one.finding_ids]

    assert sorted(every) == sorted([*drawn(found), *listed])
    assert len(drawn(found)) == found.totals.findings


def test_a_study_that_must_have_another_outcome_has_it_under_the_same_filters(session: Session) -> None:
    asked = {"outcome_all": ("sleep", "kratom_withdrawal"), "contrast": ("taking",), "evidence": ("all",)}
    listed = {row.id for row in every_finding(session, read(asked))}

    assert drawn(effect_direction(session, read(asked))) <= listed


def test_filters_reach_arrows_and_lists(session: Session) -> None:
    found = effect_direction(session, read({"outcome": ("insomnia",), "subject": ("human",)}))

    assert ("sleep",) == found.domains
    assert {"people"} == {panel.side for panel in found.panels}


def test_another_contrast_than_taking_has_no_arrow(session: Session) -> None:
    found = effect_direction(session, read({"contrast": ("stopping",)}))

    assert () == found.panels
    assert 0 == found.totals.findings
    assert found.listed


@pytest.mark.parametrize("evidence", ["reason", "context"])
def test_a_question_for_reasons_or_context_draws_nothing(session: Session, evidence: str) -> None:
    found = effect_direction(session, read({"evidence": (evidence,)}))

    assert () == found.panels
    assert sum(each.counts.findings for each in found.listed) == len(
        list(every_finding(session, read({"evidence": (evidence,)})))
    )
