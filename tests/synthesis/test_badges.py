"""The words of a badge: derived, directed, and never stronger than the rows."""

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlparse

import pytest
from sqlalchemy.orm import Session

from app.findings.flat import FlatFinding
from app.search.pages import every_finding, findings_by_id
from app.search.reading import read
from app.synthesis import phrases
from app.synthesis.badges import badges
from app.synthesis.comparison import Comparison, in_words
from app.synthesis.evidence import Answer, answer
from app.vocabulary.resolve import outcome
from app.vocabulary.words import vocabulary
from tests.factories import a_citation, a_finding, a_revision, a_study, an_exposure, opened

EXPECTED = json.loads((Path(__file__).parents[1] / "journeys" / "expected" / "badges.json").read_text(encoding="utf-8"))
PLURALS = {
    "randomized_parallel": "2 randomised trials, parallel groups", "randomized_crossover": "2 randomised trials, crossover",
    "nonrandomized_trial": "2 non-randomised trials", "controlled_cohort": "2 cohorts with comparison group",
    "intensive_longitudinal": "2 diary or momentary studies", "case_control": "2 case-control studies",
    "cross_sectional_analytic": "2 surveys or samples with a comparison group", "single_arm_trial": "2 single-arm trials",
    "uncontrolled_cohort": "2 cohorts without comparison", "cross_sectional_survey": "2 surveys of users",
    "retrospective_chart_review": "2 chart reviews", "surveillance": "2 surveillance studies",
    "forensic_series": "2 forensic series", "case_series": "2 case series", "case_report": "2 case reports",
    "pharmacokinetic_study": "2 pharmacokinetic studies", "qualitative_interview": "2 interview studies",
    "social_media_analysis": "2 social media analyses", "animal_in_vivo": "2 animal studies", "in_vitro": "2 laboratory studies",
    "in_silico": "2 computer studies", "systematic_review": "2 systematic reviews", "narrative_review": "2 narrative reviews",
    "commentary": "2 commentaries or letters", "agency_statement": "2 agency statements",
    "trial_registration": "2 trial registrations", "other": "2 studies of another design",
}  # fmt: skip


def _ask(session: Session, word: str, **asked: str) -> Answer:
    return answer(session, outcome(word), read({name: (value,) for name, value in asked.items()}))


def _all(session: Session) -> list[FlatFinding]:
    return list(every_finding(session, read({"evidence": ("all",)})))


def test_two_studies_of_any_design_read_like_english() -> None:
    assert PLURALS == {
        each: phrases.counted(2, vocabulary().label("design", each)) for each in vocabulary().ids("design")
    }
    assert "1 interview study" == phrases.counted(1, "interviews")
    assert "1 study" == phrases.counted(1, "study")


@pytest.mark.parametrize("expected", EXPECTED["badges"], ids=lambda each: each["id"])
def test_a_badge_stands_on_the_rows_that_an_editor_chose(session: Session, expected: dict[str, Any]) -> None:
    asked = {name: tuple(values) for name, values in parse_qs(urlparse(expected["request"]).query).items()}
    facts = expected["facts"]
    found = answer(session, outcome(expected["outcome"]), read(asked))
    badge = next((b for b in found.badges if b.phase == expected["phase"] and b.side == expected["side"]), None)
    rows = badge.finding_ids if badge else ()

    assert facts["findings"] == [f"F{each}" for each in rows]
    assert facts["totals"] == {name: getattr(found.totals, name) for name in facts["totals"]}
    assert facts["read_depth"] == found.read_depth
    assert facts["empty"] == (found.empty_text is not None)
    assert [each["contrast"] for each in facts["apart"]] == [each.contrast for each in found.apart]


def test_the_model_sentence_of_the_project_is_what_the_program_says(session: Session) -> None:
    badge = _ask(session, "insomnia", phase="active_use", subject="human", substance_group="kratom").badges[0]
    uncertain = "1 of 2 findings is an uncertain reading of the text. "

    assert EXPECTED["badges"][0]["sentence"] == badge.text.replace(uncertain, "")


def test_uncompared_rows_are_never_said_to_increase_or_decrease(session: Session) -> None:
    for row in _all(session):
        said = phrases.evidence_clauses([row], name_outcome=False)[0]

        assert row.compared or not re.match(r"(increased|decreased|no difference found|mixed results)", said), said
        assert not row.compared or re.match(
            r"(increased|decreased|no difference found|mixed results|compared, )", said
        ), said


def test_nothing_is_said_to_have_no_effect_or_to_prove_or_cause(session: Session) -> None:
    for badge in badges("Anything", _all(session)):
        assert not re.search(
            r"no effect|no evidence|prove|cause|safe|significant|✓|✗|strongest|None|\{|  ", badge.text
        ), badge.text


def test_the_direction_is_always_said(session: Session) -> None:
    words = {
        "increased": r"increased|higher|occurred|reported by users|recorded",
        "decreased": r"decreased|lower", "no_change": r"no difference found|no different|absent",
        "mixed": r"mixed|differ", "unclear": r"unclear",
    }  # fmt: skip
    for row in _all(session):
        said = phrases.evidence_clauses([row], name_outcome=False)[0]

        assert row.basis_group == "reason" or re.search(words[str(row.direction)], said), said


def test_better_and_worse_are_said_where_the_outcome_can_be_either(session: Session) -> None:
    compared = [row for row in _all(session) if row.compared and row.direction in ("increased", "decreased")]
    for row in compared:
        said = phrases.evidence_clauses([row], name_outcome=False)[0]
        gloss = {"improved": "(better)", "worsened": "(worse)"}.get(row.effect)

        assert gloss is None or gloss in said
        assert gloss or "(better)" not in said + "(worse)" not in said

    assert {"improved", "worsened"} <= {row.effect for row in compared}


def test_people_animals_and_substances_are_never_in_one_badge(session: Session) -> None:
    rows = _all(session)
    found = badges("Anything", rows)
    by_id = {row.id: row for row in rows}

    assert sorted(by_id) == sorted(each for badge in found for each in badge.finding_ids)
    for badge in found:
        axes = {(by_id[i].side, by_id[i].substance_group, by_id[i].phase, by_id[i].contrast) for i in badge.finding_ids}
        assert {(badge.side, badge.substance_group, badge.phase, badge.contrast)} == axes


def test_nobody_was_counted_twice_or_added_up_in_words(session: Session) -> None:
    for badge in badges("Anything", _all(session)):
        assert badge.text.endswith(".")
        assert f"of {badge.counts.studies} {'study' if badge.counts.studies == 1 else 'studies'} checked" in badge.text


@pytest.mark.parametrize("design", PLURALS)
def test_a_comparison_in_any_design_reads_like_english(design: str) -> None:
    said = in_words(Comparison(design, "correlation", None, "people", (1,), (1,)))

    assert not re.search(r"\ban? (?:[aeiou]\w*s\b|interviews)|\ba [aeio]|\ban [^aeiou]", said)


def _drawn(vocabulary_url: str, *several: dict[str, Any]) -> list[FlatFinding]:
    """Flat rows of findings of one study each, or of one study where ``same`` says so."""
    with opened(vocabulary_url) as store:
        with store.writing() as session:
            revision, study, report, ids = a_revision(), None, 0, []
            for fields in several:
                if study is None or not fields.get("same"):
                    report = a_citation(session, revision)
                    study = a_study(session, revision, reports=(report,), **fields.get("study", {}))
                taken = an_exposure(session, revision, study, **fields.get("exposure", {}))
                finding = {name: value for name, value in fields.items() if name not in ("same", "study", "exposure")}
                ids.append(a_finding(session, revision, study, report_id=report, exposure_id=taken, **finding).id)
        with store.reading() as session:
            return findings_by_id(session, tuple(ids))


def test_zero_of_ten_is_said_once(vocabulary_url: str) -> None:
    rows = _drawn(vocabulary_url, {"n_events": 0, "n_group": 10, "direction": "no_change"})

    assert ["looked for, absent in 1 survey of users (0 of 10)"] == phrases.evidence_clauses(rows, name_outcome=False)


def test_every_drug_named_in_a_study_is_listed_and_silence_is_not_absence(vocabulary_url: str) -> None:
    rows = _drawn(
        vocabulary_url,
        {"exposure": {"co_exposures": ("tramadol",)}},
        {"exposure": {"co_exposures": ("kava",)}, "same": True},
        {"exposure": {"co_exposures": ("none_stated",)}},
        {},
    )

    assert "other drugs named: tramadol, kava" == phrases.other_drugs(rows[:2])
    assert "other drugs named in 1 of 3 studies: tramadol, kava, none in 1, not reported in 1" == phrases.other_drugs(
        rows
    )
    assert "other drugs not reported" == phrases.other_drugs(rows[3:])


def test_a_draft_without_a_phase_stands_last_and_breaks_nothing(vocabulary_url: str) -> None:
    rows = _drawn(vocabulary_url, {"status": "draft", "phase": None, "direction": None}, {})
    found = badges("Insomnia", rows)

    assert ["active_use", ""] == [badge.phase for badge in found]


def test_samples_are_not_added_up(vocabulary_url: str) -> None:
    rows = _drawn(vocabulary_url, {"n_group": 100}, {"n_group": 40})

    assert ["reported by users in 2 surveys of users (largest n = 100)"] == phrases.evidence_clauses(
        rows, name_outcome=False
    )
