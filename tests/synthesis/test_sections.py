"""The sections of an answer: moments, units, disagreements, substances, doses, funders, cases; nothing put together wrongly."""

from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.search.reading import read
from app.synthesis.evidence import Answer, answer
from app.synthesis.sections import SECTIONS, Sections
from app.vocabulary.resolve import outcome
from app.vocabulary.words import vocabulary
from tests.factories import a_finding, a_revision, a_study, an_exposure, opened

CONCENTRATED = {"exposure": {"substance": "7oh_product", "preparation": "tablet", "dose": "2 tablets"}}
RATS = {"study": {"subject": "rat", "design": "animal_in_vivo"}}


def _ask(session: Session, word: str, *sections: str, **asked: str) -> Answer:
    search = read({name: (value,) for name, value in asked.items()})
    return answer(session, outcome(word), search, sections=sections or SECTIONS)


def _sections(url: str, *findings: dict[str, Any], word: str = "insomnia", **asked: str) -> Sections:
    """The sections of an answer over these findings, each of a study of its own."""
    with opened(url) as store:
        with store.writing() as session:
            revision = a_revision()
            for each in findings:
                fields = dict(each)
                study = a_study(session, revision, reports=(), **fields.pop("study", {}))
                taken = an_exposure(session, revision, study, **fields.pop("exposure", {}))
                a_finding(session, revision, study, exposure_id=taken, **fields)
        with store.reading() as session:
            return _ask(session, word, **asked).sections


def _ids(*tallied: Any) -> list[int]:
    return sorted(each for one in tallied for each in one.tally.finding_ids)


@pytest.mark.parametrize(
    "word", ["sleep", "anxiety", "pain", "opioid_withdrawal", "safety", "kratom_withdrawal", "alertness"]
)
def test_every_row_of_the_answer_is_in_every_section_that_parts_it(session: Session, word: str) -> None:
    found = _ask(session, word)
    rows = sorted(row.id for row in found.rows)
    parts = found.sections

    assert rows == sorted(each for line in parts.units or () for each in line.finding_ids)
    assert rows == _ids(*(parts.by_substance or ()))
    assert rows == _ids(*(parts.doses or ()))
    assert found.totals.independent_units == len(parts.units or ())
    for axis in ("funder_class", "coi_class", "recruitment"):
        assert set(rows) == set(_ids(*(row for row in parts.funding or () if row.axis == axis)))


def test_the_four_moments_stand_side_by_side_whatever_moment_was_asked_for(session: Session) -> None:
    found = _ask(session, "insomnia", phase="in_opioid_withdrawal", subject="human").sections.side_by_side
    assert found
    by_moment = {each.moment: _ids(*each.columns) for each in found}

    assert {
        "taking": [44, 52], "between_doses": [], "after_stopping": [19, 33, 47, 86], "opioid_withdrawal": [], "other": [],
    } == by_moment  # fmt: skip


def test_each_moment_has_the_contrast_of_its_own(session: Session) -> None:
    for moment in _ask(session, "sleep").sections.side_by_side or ():
        expected = {"after_stopping": {"stopping"}, "taking": {"taking"}, "opioid_withdrawal": {"taking"}}
        contrasts = {column.contrast for column in moment.columns}

        assert contrasts <= expected.get(moment.moment, set(vocabulary().ids("contrast")))


def test_no_column_puts_together_people_and_animals_leaf_and_concentrate_or_two_phases(vocabulary_url: str) -> None:
    single = {"phase": "single_dose"}
    found = _sections(vocabulary_url, {}, {}, CONCENTRATED, RATS, single, {"contrast": "resuming"})
    taking = (found.side_by_side or ())[0]

    assert [
        ("single_dose", "people", "kratom", 1), ("active_use", "people", "kratom", 2),
        ("active_use", "people", "7oh_product", 1), ("active_use", "animals", "kratom", 1),
    ] == [
        (each.phase, each.side, each.substance_group, each.tally.counts.independent_units) for each in taking.columns
    ]  # fmt: skip
    assert {"worsened": 2} == {k: v.independent_units for k, v in taking.columns[1].tally.by_effect.items()}


def test_more_sleep_and_more_insomnia_are_not_more_of_anything(vocabulary_url: str) -> None:
    longer = {"outcome": "sleep_duration"}
    column = (_sections(vocabulary_url, {}, longer, word="sleep").side_by_side or ())[0].columns[0]

    assert {} == column.tally.by_direction
    assert {"improved", "worsened"} == set(column.tally.by_effect)


def test_reports_of_one_sample_are_one_line(vocabulary_url: str) -> None:
    shared = {"study": {"overlap_group": "COHORT", "overlap_status": "suspected", "n_total": 40, "country": "MY"}}
    lines = _sections(vocabulary_url, shared, shared | {"n_group": 25}, {}).units or ()

    assert [("COHORT", 2, 40, ("MY",), "suspected"), ("S3", 1, None, (), "none_known")] == [
        (line.unit, line.studies, line.n, line.countries, line.overlap_status) for line in lines
    ]


def test_a_disagreement_says_field_by_field_what_differs_and_what_nobody_reports(vocabulary_url: str) -> None:
    high = {
        "exposure": {"dose": "8 g", "co_exposures": ("alcohol",)},
        "study": {"population": "Patients", "country": "US"},
    }
    low = {
        "direction": "decreased",
        "exposure": {"dose": "1 glass"},
        "study": {"population": "Workers", "country": "US"},
    }
    (found,) = _sections(vocabulary_url, high, low, {"direction": "no_change"}).disagreements or ()
    fields = {each.field: each for each in found.fields}

    assert ("insomnia", "active_use", "taking", "people") == (found.outcome, found.phase, found.contrast, found.side)
    assert ((1,), (2,), "worsened", "improved") == (
        found.increased.finding_ids, found.decreased.finding_ids, found.increased.effect, found.decreased.effect,
    )  # fmt: skip
    assert ("dose", "population") == found.differing
    assert {"co_exposures", "duration", "product_label"} <= set(found.unknown)
    assert not fields["country"].differs
    assert ["alcohol"] == [each.value for each in fields["co_exposures"].increased]
    assert [None] == [each.value for each in fields["co_exposures"].decreased]


def test_only_opposite_findings_on_the_same_question_disagree(vocabulary_url: str) -> None:
    less = {"direction": "decreased"}
    elsewhere = (
        less | {"phase": "between_doses"},
        less | {"outcome": "anxiety"},
        less | RATS,
        {"direction": "no_change"},
    )

    assert () == _sections(vocabulary_url, {}, *elsewhere, {"direction": "mixed"}, word="sleep").disagreements


def test_doses_are_as_reported_and_those_that_say_most_stand_first(vocabulary_url: str) -> None:
    glass, red = {"exposure": {"dose": "3 glasses"}}, {"exposure": {"product_label": "red"}}
    rows = _sections(vocabulary_url, {}, red, glass, CONCENTRATED).doses or ()

    assert [("3 glasses", None), ("2 tablets", None), (None, "red"), (None, None)] == [
        (row.dose, row.product_label) for row in rows
    ]


def test_a_study_with_two_funders_stands_under_both_and_silence_under_its_own_name(vocabulary_url: str) -> None:
    both = {"study": {"funder_classes": ("government", "kratom_industry"), "recruitment": "clinical"}}
    rows = _sections(vocabulary_url, both, {}, RATS).funding or ()

    assert [
        ("government", "people", [1]), ("kratom_industry", "people", [1]), ("not_entered", "people", [2]),
        ("not_entered", "animals", [3]),
    ] == [(row.value, row.side, _ids(row)) for row in rows if row.axis == "funder_class"]  # fmt: skip
    assert [("clinical", [1]), ("not_entered", [2]), ("not_entered", [3])] == [
        (row.value, _ids(row)) for row in rows if row.axis == "recruitment"
    ]


def test_the_case_table_tells_none_stated_from_not_reported(vocabulary_url: str) -> None:
    case = {"basis": "case_rechallenge", "dechallenge": "present", "rechallenge": "present", "time_point": "day 3",
            "study": {"design": "case_report"}}  # fmt: skip
    none = case | {"exposure": {"co_exposures": ("none_stated",)}, "alternative_explanation": "stated_none"}
    silent, stated = _sections(vocabulary_url, {}, case, none).cases or ()

    assert ("other drugs not reported", "other drugs stated to be none") == (silent.other_drugs, stated.other_drugs)
    assert ("present", "present", "day 3", None, "stated_none") == (
        silent.dechallenge, silent.rechallenge, silent.time_point, silent.alternative_explanation,
        stated.alternative_explanation,
    )  # fmt: skip


@pytest.mark.parametrize("name", SECTIONS)
def test_one_section_can_be_asked_for_alone(session: Session, name: str) -> None:
    found = _ask(session, "anxiety", name)
    given = {each for each in SECTIONS if getattr(found.sections, each) is not None}

    assert {name} == given
    assert found.rows


def test_an_empty_answer_has_empty_sections(session: Session) -> None:
    found = _ask(session, "restless_legs").sections

    assert [() for _ in SECTIONS[1:]] == [getattr(found, name) for name in SECTIONS[1:]]
    assert all(not moment.columns for moment in found.side_by_side or ())
