"""The evidence answer: its main block, what stands apart, and what it says when nothing was found."""

import re

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from app.models.citation import Citation
from app.search.pages import every_finding
from app.search.reading import read
from app.synthesis.evidence import Answer, answer
from app.synthesis.plots.matrix import Matrix, matrix
from app.vocabulary.resolve import outcome
from app.vocabulary.words import vocabulary
from tests.factories import a_finding, a_revision, a_study, opened


def _ask(session: Session, word: str, **asked: str) -> Answer:
    return answer(session, outcome(word), read({name: (value,) for name, value in asked.items()}))


@pytest.mark.parametrize(
    ("asked", "contrasts"),
    [
        ({}, ("taking",)),
        ({"phase": "active_use"}, ("taking",)),
        ({"phase": "kratom_cessation"}, ("stopping",)),
        ({"phase": "other_withdrawal"}, ("stopping",)),
        ({"phase": "treating_kratom_use_disorder"}, ("other_treatment",)),
        ({"phase": "in_utero"}, ("prenatal",)),
        ({"phase": "withdrawal"}, ("taking",)),
        ({"phase": "kratom_cessation", "contrast": "resuming"}, ("resuming",)),
        ({"evidence": "all"}, vocabulary().ids("contrast")),
    ],
)
def test_the_contrast_is_that_of_the_question(
    session: Session, asked: dict[str, str], contrasts: tuple[str, ...]
) -> None:
    found = _ask(session, "sleep", **asked)

    assert contrasts == found.contrasts
    assert {row.contrast for row in found.rows} <= set(contrasts)
    assert not {each.contrast for each in found.apart} & set(contrasts)


def test_better_sleep_after_stopping_is_apart_and_no_benefit_of_kratom(session: Session) -> None:
    found = _ask(session, "sleep")
    apart = {each.contrast: set(each.finding_ids) for each in found.apart}

    assert apart["stopping"]
    assert not set().union(*apart.values()) & {row.id for row in found.rows}
    assert {"taking"} == {row.contrast for row in _ask(session, "improved_sleep").rows}


@pytest.mark.parametrize("word", list(vocabulary().outcomes))
def test_every_outcome_is_answered_and_its_figures_are_those_of_its_rows(session: Session, word: str) -> None:
    found = _ask(session, word)
    ids = [row.id for row in found.rows]

    assert len(ids) == found.totals.findings == sum(found.by_review_level.values())
    assert sorted(ids) == sorted(each for badge in found.badges for each in badge.finding_ids)
    assert (not ids) == (found.empty_text is not None)
    assert found.totals.studies == sum(found.read_depth.values())
    assert set(found.phase_not_reported_ids) == {row.id for row in found.rows if row.phase == "not_reported"}
    for said in filter(None, (found.empty_text, found.question, *(badge.text for badge in found.badges))):
        assert not re.search(r"no effect|None|no evidence|does not exist|\bexists?\b|\{", said), said


def test_the_articles_central_idea_has_an_honest_empty_answer(session: Session) -> None:
    found = _ask(session, "insomnia", phase="in_opioid_withdrawal", subject="human")

    assert found.empty_text
    assert found.empty_text.startswith("No study found so far. Search: never run here; 88 records, 0 screened here, ")
    assert "Unread text may contain it. Nearest: opioid withdrawal" in found.empty_text
    assert found.nearest
    assert "outcome" == found.nearest[0].relax
    assert (0, None, None) == (found.totals.findings, found.best_comparison, found.largest_sample)


def test_what_is_nearest_differs_in_what_was_let_go_and_is_named_once(session: Session) -> None:
    for word, phase in (("insomnia", "in_opioid_withdrawal"), ("anxiety", "active_use"), ("restless_legs", "in_utero")):
        found = _ask(session, word, phase=phase, subject="animal" if word == "anxiety" else "human")
        ids = [each for near in found.nearest for each in near.finding_ids]

        assert not found.rows
        assert len(ids) == len(set(ids))
        assert len(found.nearest) == len({near.relax for near in found.nearest})


def test_a_store_that_holds_nothing_says_so_and_offers_nothing(vocabulary_url: str) -> None:
    with opened(vocabulary_url) as store, store.reading() as session:
        found = _ask(session, "insomnia")

        assert (
            "No study found so far. Search: never run here; 0 records, 0 screened here, 0 studies read, "
            "0 of them in abstract only. Unread text may contain it." == found.empty_text
        )
        assert () == found.nearest


def test_a_group_of_phases_never_says_that_nothing_was_found_while_rows_stand_apart(session: Session) -> None:
    found = _ask(session, "insomnia", phase="withdrawal", subject="human")

    assert not found.rows
    assert found.empty_text
    assert found.empty_text.startswith("Nothing found so far under this contrast; listed apart: stopping it: 4 studies")


def test_reasons_for_use_are_named_where_no_effect_was_found(session: Session) -> None:
    found = _ask(session, "opioid_withdrawal", basis_group="reason")

    assert found.empty_text
    assert "No study found" not in found.empty_text
    assert "7 findings (reasons for use or conclusions without data; evidence=reason)" in found.empty_text


def test_a_named_effect_is_about_taking_whatever_the_phase(session: Session) -> None:
    found = _ask(session, "worsened_sleep", phase="kratom_cessation")

    assert () == found.rows
    assert "stopping" in {each.contrast for each in found.apart}


@pytest.mark.parametrize("asked", ["stopping", "prenatal"])
def test_a_named_effect_under_another_contrast_finds_nothing_and_shows_taking_apart(
    session: Session, asked: str
) -> None:
    found = _ask(session, "improved_sleep", contrast=asked)

    assert ((), ()) == (found.contrasts, found.rows)
    assert {row.id for row in _ask(session, "improved_sleep").rows} == {
        each for apart in found.apart if apart.contrast == "taking" for each in apart.finding_ids
    }
    assert found.empty_text
    assert vocabulary().label("contrast", asked) in found.question


@pytest.mark.parametrize("contrast", ["taking", "stopping"])
def test_a_study_that_must_have_another_outcome_has_it_under_the_same_filters(
    starter_copy_url: str, contrast: str
) -> None:
    with opened(starter_copy_url) as store:
        with store.writing() as session:
            revision = a_revision()
            study = a_study(session, revision)
            a_finding(session, revision, study, outcome="insomnia")
            a_finding(session, revision, study, outcome="tremor", phase="kratom_cessation", contrast="stopping")
            revision.seal(session)
        with store.reading() as session:
            asked = {"outcome_all": ("tremor",), "contrast": (contrast,)}
            listed = {row.id for row in every_finding(session, read({"outcome": ("insomnia",)} | asked))}

            assert listed == {row.id for row in answer(session, outcome("insomnia"), read(asked)).rows}
            assert listed == {
                each for cell in _cells(matrix(session, read({"outcome": ("insomnia",)} | asked))) for each in cell
            }


def _cells(found: Matrix) -> list[tuple[int, ...]]:
    return [cell.finding_ids for group in found.groups for row in group.rows for cell in row.cells]


def test_neighbours_keep_leaf_and_concentrated_products_apart(session: Session) -> None:
    found = _ask(session, "insomnia", phase="in_opioid_withdrawal")
    parts = [part for near in found.nearest for part in near.text.split("; ")]

    assert "insomnia after stopping kratom, people: 3 studies" in parts
    assert "insomnia after stopping a 7-OH product, people: 1 study" in parts


def test_a_retracted_report_is_set_aside_by_name(starter_copy_url: str) -> None:
    with opened(starter_copy_url) as store:
        with store.writing() as session:
            session.execute(update(Citation).where(Citation.id == 11).values(standing="retracted"))
        with store.reading() as session:
            found = _ask(session, "insomnia", phase="active_use", subject="human")

    assert [52] == [row.id for row in found.rows]
    assert (44,) == found.set_aside
    assert "Set aside: 1 finding of 1 retracted or withdrawn report (F44)." == found.set_aside_text
