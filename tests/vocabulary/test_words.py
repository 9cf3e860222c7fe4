"""The agreed words: how many, how they hang together, and what readers may call them."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import AmbiguousWord, UnknownValue
from app.importing.starter import CORPUS
from app.vocabulary.resolve import outcome
from app.vocabulary.words import member_of, vocabulary

WORDS = vocabulary()
SYNONYMS = [(each.id, s) for each in WORDS.outcomes.values() for s in each.synonyms]


def test_there_are_66_outcomes_in_7_groups_and_33_claims() -> None:
    groups = [each for each in WORDS.outcomes.values() if each.kind == "group"]

    assert (66, 7, 33) == (len(WORDS.outcomes) - len(groups), len(groups), len(WORDS.claims))
    assert all(each.parent is None and each.polarity is None for each in groups)


def test_every_outcome_hangs_below_one_group_and_says_what_more_of_it_means() -> None:
    for each in WORDS.outcomes.values():
        assert "group" == WORDS.outcomes[WORDS.domain(each.id)].kind
        assert each.kind == "group" or (each.polarity in (-1, 0, 1) and each.definition)
        assert set(each.search_also) <= set(WORDS.outcomes)
        assert all(synonym.implies in (None, *WORDS.ids("direction")) for synonym in each.synonyms)


def test_the_groups_with_what_is_narrower_part_the_outcomes() -> None:
    groups = [each.id for each in WORDS.outcomes.values() if each.kind == "group"]
    below = [each for group in groups for each in WORDS.narrower(group)]

    assert sorted(WORDS.outcomes) == sorted(below)


@pytest.mark.parametrize(
    ("direction", "good", "neither", "bad"),
    [
        ("increased", "improved", "not_applicable", "worsened"),
        ("decreased", "worsened", "not_applicable", "improved"),
        ("no_change", "unchanged", "unchanged", "unchanged"),
        ("mixed", "mixed", "mixed", "mixed"),
        ("unclear", "unclear", "unclear", "unclear"),
        (None, "unclear", "unclear", "unclear"),
    ],
)
def test_better_or_worse_follows_from_direction_and_polarity(direction: str, good: str, neither: str, bad: str) -> None:
    expected = {1: good, 0: neither, -1: bad, None: neither}

    for each in WORDS.outcomes.values():
        assert expected[each.polarity] == WORDS.effect(direction, each.id)
    assert neither == WORDS.effect(direction, None)
    assert {1, 0, -1} <= {each.polarity for each in WORDS.outcomes.values()}


def test_a_named_effect_lists_outcomes_that_all_go_the_same_way() -> None:
    for name, good in (("improved_sleep", "improved"), ("worsened_sleep", "worsened")):
        effect = WORDS.named_effects[name]

        assert {good} == {WORDS.effect(direction, each) for each, direction in effect.any_of}
        assert effect.stores in effect.any_of
        assert effect.any_of == outcome(name).pairs
        assert ("taking", name) == (outcome(name).contrast, outcome(effect.label).id)
        assert effect.label == outcome(effect.label).asked
    assert ("sleep_quality", "increased") == WORDS.named_effects["improved_sleep"].stores


@pytest.mark.parametrize("word", WORDS.outcomes)
def test_an_outcome_is_found_by_its_id_and_label_in_any_case(word: str) -> None:
    label = WORDS.outcomes[word].label
    for written in (
        word,
        f"  {word} ",
        word.upper(),
        word.capitalize(),
        label,
        label.upper(),
        label.replace(" ", "  "),
    ):
        assert word == outcome(written).id
    assert WORDS.narrower(word) == outcome(word).outcomes
    assert (word,) == outcome(word, narrower=False).outcomes


@pytest.mark.parametrize(("of", "synonym"), SYNONYMS, ids=lambda each: each if isinstance(each, str) else each.text)
def test_a_synonym_means_its_outcome_or_is_asked_back(of: str, synonym: object) -> None:
    text, implies = synonym.text, synonym.implies  # type: ignore[attr-defined]  # a Synonym
    if synonym.ambiguous:  # type: ignore[attr-defined]  # a Synonym
        with pytest.raises(AmbiguousWord) as asked_back:
            outcome(text)
        assert of in asked_back.value.choices
        assert len(asked_back.value.choices) > 1
        assert all(choice in asked_back.value.message for choice in asked_back.value.choices)
        return
    meant = outcome(text)

    assert text.lower() in WORDS.outcomes or (of, implies) == (meant.id, meant.direction)
    assert {implies} == {direction for _, direction in meant.pairs} or text.lower() in WORDS.outcomes


@pytest.mark.parametrize(
    ("word", "choices"),
    [
        ("withdrawal", {"opioid_withdrawal", "kratom_withdrawal"}),
        ("WD", {"opioid_withdrawal", "kratom_withdrawal"}),
        ("cravings", {"opioid_craving", "kratom_craving"}),
        ("Urge to use", {"opioid_craving", "kratom_craving"}),
        ("poor sleep", {"sleep_disturbance", "sleep_quality"}),
    ],
)
def test_an_ambiguous_word_is_asked_back_with_its_choices(word: str, choices: set[str]) -> None:
    with pytest.raises(AmbiguousWord) as asked_back:
        outcome(word)

    assert choices == set(asked_back.value.choices)


@pytest.mark.parametrize(
    ("word", "near"), [("insomina", "insomnia"), ("anxeity", "anxiety"), ("craving", "kratom_craving")]
)
def test_an_unknown_word_suggests_what_may_have_been_meant(word: str, near: str) -> None:
    with pytest.raises(UnknownValue) as unknown:
        outcome(word)

    assert near in unknown.value.choices
    assert "did you mean" in unknown.value.message


@given(st.text(max_size=80))
def test_any_text_is_an_outcome_or_refused_with_choices(word: str) -> None:
    try:
        found: tuple[str, ...] = outcome(word).outcomes
    except UnknownValue as unknown:
        found = unknown.choices

    assert found


def test_neighbours_are_offered_and_never_counted_in() -> None:
    for word in WORDS.outcomes:
        meant = outcome(word)

        assert not set(meant.search_also) & set(meant.outcomes)


def test_groups_name_values_that_exist() -> None:
    for axis, groups in WORDS.groups.items():
        for members in groups.values():
            assert set(members) <= set(WORDS.ids(axis))


def test_a_claim_speaks_of_words_that_exist() -> None:
    for claim in WORDS.claims:
        for axis, value in (("phase", claim["phase"]), ("contrast", claim["contrast"]), ("direction", claim["direction"]),
                            ("claim_scope", claim["scope"]), ("claim_strength", claim["strength"]),
                            ("claim_type", claim["claim_type"])):  # fmt: skip
            assert value is None or value in WORDS.ids(axis), claim["id"]
        assert {outcome(each).id for each in claim["outcomes"]} <= {*WORDS.outcomes, *WORDS.named_effects}
        assert claim["substance_group"] in (None, *WORDS.groups["substance"])


AXIS_OF = {
    "design": "design", "subject": "subject", "recruitment": "recruitment", "n_unit": "n_unit", "read_depth": "read_depth",
    "overlap_status": "overlap_status", "funder_classes": "funder_class", "coi_classes": "coi_class", "role": "report_role",
    "source_type": "source_type", "substance": "substance", "preparation": "preparation", "assay_confirmed": "assay_confirmed",
    "direction": "direction", "phase": "phase", "phase_basis": "phase_basis", "contrast": "contrast", "basis": "basis",
    "comparator": "comparator", "effect_measure": "effect_measure", "severity": "severity", "reading": "reading",
}  # fmt: skip


def test_every_value_in_the_starter_corpus_is_an_agreed_word() -> None:
    unknown, seen = set(), set()
    for line in Path(CORPUS).read_text(encoding="utf-8").splitlines():
        study = json.loads(line)
        for part in (study, *study["reports"], *study["exposures"], *study["findings"]):
            for name, axis in AXIS_OF.items():
                values = part.get(name) or []
                for value in values if isinstance(values, list) else [values]:
                    seen.add(name)
                    if value not in WORDS.ids(axis):
                        unknown.add((name, value))

    assert (set(), {"coi_classes", "funder_classes"} & seen) == (unknown, seen & {"coi_classes", "funder_classes"})
    assert {"design", "phase", "basis", "substance", "direction"} <= seen


def test_a_check_names_the_allowed_words() -> None:
    assert "mild" == member_of("severity")("mild")
    with pytest.raises(ValueError, match="mild, moderate, serious, severe"):
        member_of("severity")("awful")
