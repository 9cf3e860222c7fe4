"""Fragments that show what was searched for: marked as the index finds it, safe as HTML, with places for programs."""

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kit.tokens import words
from app.search.language import parse
from app.search.snippets import LENGTH, Marker, Source, placed_words
from app.search.syntax import terms

TITLE = "α-synuclein, don't & <b>Sleep Quality</b> in naïve TP53/MDM2 mice"


def _marked(asked: str, text: str, part: str = "title") -> list[str]:
    found = Marker(terms(parse(asked).tree)).snippets([Source(part, part, text, "R1")])
    return [snippet.text[start:end] for snippet in found for start, end in snippet.offsets]


@pytest.mark.parametrize(
    ("asked", "marked"),
    [
        ("alpha-synuclein", ["α-synuclein"]), ("dont", ["don't"]), ("naive", ["naïve"]), ("MDM2", ["MDM2"]),
        ('"sleep quality"', ["Sleep Quality"]), ("qual*", ["Quality"]), ("mice NOT sleep", ["mice"]),
        ("sleep[ab] OR mice[ti]", ["mice"]), ("sleep quality", ["Sleep", "Quality"]), ("2020[dp] OR sleep[au]", []),
    ],
)  # fmt: skip
def test_what_is_marked_is_what_matched(asked: str, marked: list[str]) -> None:
    assert marked == _marked(asked, TITLE)


def test_names_are_marked_as_a_whole() -> None:
    assert ["Sleep Wake Disorders"] == _marked('"Sleep Wake Disorders"[mh]', "Sleep Wake Disorders", "headings")
    assert [] == _marked("sleep[mh]", "Sleep Wake Disorders", "headings")


@given(st.text(max_size=40))
def test_words_have_their_places_in_any_text(text: str) -> None:
    found = list(placed_words(text))

    assert words(text) == [each.word for each in found]
    assert all(0 <= each.start < each.end <= len(text) for each in found)


_LIKELY = st.lists(
    st.sampled_from(["abc", "Abcd", "x1", "'", "'abc", "x1'", " ", " ", "-", ", ", "abc x1", "é", "α", "\x7f", "\x80"]),
    max_size=30,
)


@given(
    _LIKELY,
    st.sampled_from(["abc", "abc*", '"abc abc"', '"abc x1"', '"x1 abc*"', "abc OR x1 OR alpha", "abce OR x1[ab]"]),
)
def test_what_is_marked_is_what_the_words_of_the_text_say(pieces: list[str], asked: str) -> None:
    text = "".join(pieces)[:LENGTH]
    found = list(placed_words(text))
    said: set[int] = set()
    for term in terms(parse(asked).tree):
        for first in range(len(found) - len(term.words) + 1) if term.field is None else ():
            run = found[first : first + len(term.words)]
            spoken = [each.word for each in run]
            if term.truncated:
                spoken[-1] = spoken[-1][: len(term.words[-1])]
            if tuple(spoken) == term.words:
                said |= set(range(run[0].start, run[-1].end))

    offsets = [
        each.offsets for each in Marker(terms(parse(asked).tree)).snippets([Source("title", "title", text, "R1")])
    ]
    assert said == {place for each in offsets for start, end in each for place in range(start, end)}


@given(st.text(max_size=600), st.text(max_size=600))
def test_the_html_is_the_text_with_nothing_in_it_but_marks(before: str, after: str) -> None:
    source = Source("abstract", "abstract", f"{before} kratom {after}", "R1", "RESULTS")
    (found,) = Marker(terms(parse("kratom").tree)).snippets([source])
    bare = re.sub("</?mark>", "", found.html).removeprefix("… ").removesuffix(" …")

    assert found.text == source.text[found.starts_at : found.starts_at + len(found.text)]
    assert not re.search("[<>]", bare)
    assert found.text.strip(" …") == unescape(bare).strip(" …")
    assert "kratom" in {found.text[start:end] for start, end in found.offsets}
    assert len(found.text) <= LENGTH + len("kratom")
