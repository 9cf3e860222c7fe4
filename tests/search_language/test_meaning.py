"""What a search finds, said without a database: the evaluator that SQL is compared with."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.search.language import parse
from app.search.syntax import EVERYWHERE, FIELDS, matches, parts_of

DOCUMENT = {
    "title": ["Kratom and sleep quality: a survey", "Kratom et sommeil"],
    "abstract": ["Mitragynine (7-OH) users don't sleep.", "Insomnia was frequent."],
    "keywords": ["opioid withdrawal"],
    "headings": ["Mitragyna", "Sleep Wake Disorders"],
    "qualified_headings": ["Mitragyna/adverse effects"],
    "subheadings": ["adverse effects"],
    "major_headings": ["Mitragyna"],
    "publication_types": ["Systematic Review"],
    "substances": ["mitragynine"],
    "authors": ["Smith JA", "Kratom Study Group"],
    "journal": ["Sleep", "0161-8105"],
    "languages": ["eng", "English"],
    "year": ["2020"],
    "pmid": ["32887187"],
    "doi": ["10.1111/dar.13038"],
    "own": ["Slept well while taking it."],
}


@pytest.mark.parametrize(
    "text",
    [
        "kratom", "KRATOM", "slept", "sleep", "7-OH", '"7 oh"', "don't", "dont", '"sleep quality"', "insomn*", '"sleep qual*"',
        "smith", "kratom[ti]", "sommeil[ti]", '"opioid withdrawal"[tiab]', "insomnia[ab]", "Mitragyna[mh]",
        '"mitragyna/adverse effects"[mh]', "sleep wake*[mh]", '"sleep*"[mh]', "Mitragyna[majr]",
        "systematic review[pt]", '"adverse effects"', "mitragynine[nm]", "smith ja[au]", "smith[au]",
        '"smi*"[au]', "Sleep[ta]", "0161-8105[ta]", "english[la]", "ENG[la]", "2020[dp]", "2015:2024[dp]",
        "2015:3000[dp]", "32887187[pmid]", "https://doi.org/10.1111/DAR.13038[doi]", "kratom NOT ketamine",
        "nothing OR kratom", "kratom AND (nothing OR sleep)", "kratom NOT (sleep AND nothing)",
        "nothing OR sleep quality",
    ],
)  # fmt: skip
def test_found(text: str) -> None:
    assert matches(parse(text).tree, DOCUMENT)


@pytest.mark.parametrize(
    "text",
    [
        "ketamine", '"quality sleep"', "insomn", "krat", '"quality a survey kratom"', '"sleep insomnia"',
        "insomnia[ti]", "kratom[ab]", "opioid[ab]", "sleep[mh]", '"wake disorders"[mh]', '"wake*"[mh]', "sleep[majr]",
        "review[pt]", "smith j[au]", "sleep medicine[ta]", "english", "2021[dp]", "2021:3000[dp]", "1000:2019[dp]",
        "3288718[pmid]", "10.1111/dar[doi]", "32887187", "kratom NOT sleep", "kratom AND nothing",
        "nothing OR sleep nothing", '"sleep quality a survey of more words than there are in it"',
    ],
)  # fmt: skip
def test_not_found(text: str) -> None:
    assert not matches(parse(text).tree, DOCUMENT)


def test_or_does_not_wait_for_and() -> None:
    tree = parse("a OR b AND c").tree

    assert [2, 0] == [len(parts_of(part)) for part in parts_of(tree)]
    assert not matches(tree, {"title": ["a"]})
    assert matches(tree, {"title": ["a c"]})
    assert matches(parse("a OR (b AND c)").tree, {"title": ["a"]})


@given(
    st.lists(st.tuples(st.sampled_from(["AND", "OR", "NOT"]), st.sampled_from("abcdef")), max_size=30),
    st.sets(st.sampled_from("abcdef")),
)
def test_operators_are_applied_one_after_the_other(steps: list[tuple[str, str]], there: set[str]) -> None:
    text, holds = "a", "a" in there
    for operator, word in steps:
        text += f" {operator} {word}"
        holds = {"AND": holds and word in there, "OR": holds or word in there, "NOT": holds and word not in there}[
            operator
        ]

    assert holds == matches(parse(text).tree, {"abstract": [" ".join(sorted(there))]})


def test_a_phrase_does_not_reach_from_one_text_into_the_next() -> None:
    assert not matches(parse('"survey kratom"').tree, DOCUMENT)


def test_every_part_that_a_field_looks_in_is_in_the_example() -> None:
    assert set(DOCUMENT) == {part for field in (*FIELDS.values(), EVERYWHERE) for part in field.parts}
