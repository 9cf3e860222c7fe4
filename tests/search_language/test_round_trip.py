"""Text to tree and back, for whatever anybody may type."""

import time

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import MalformedQuery
from app.kit.tokens import words
from app.search.language import DEEPEST, LONGEST, parse, unparse
from app.search.syntax import (
    FIELDS,
    NO_END,
    Joint,
    Query,
    Term,
    Tree,
    Without,
    Years,
    both,
    collapse,
    either,
    in_english,
    terms,
)

PIECES = (
    *"()[]\"*:-—&#!?~/^ \n\t,.;'＊（“", "AND", "OR", "NOT", "and", "not", "kratom", "sleep", "insomn*", "IL-6", "α-synuclein",
    "don't",
    "TP53/MDM2", "2015", "2015:2024", "2015/01/01", "3000", "[ti]", "[dp]", "[pmid]", "[doi]", "[au]", "[MeSH Terms:noexp]",
    "[all]", "[zz]", "[Date - Publication]", "32887187", "10.1016/0378-8741(83)90018-2", "ti:x", "#1", "\0", "\ud800", "½",
    "ß", "İ",
    "\u200b", "\u00ad", "\u0301", '"sleep qual*"', "睡眠",
)  # fmt: skip
typed = st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=25).map("".join)
spaced = st.lists(st.sampled_from(PIECES), max_size=25).map(" ".join)
strings = typed | spaced | st.text()

_reserved = set('"*“”„‟＂＊∗（）［］：()[]')
plain = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cf")), min_size=1, max_size=12).filter(
    lambda text: not _reserved & set(text) and words(text)
)


@st.composite
def _terms(draw: st.DrawFn) -> Term:
    fields = [None, *(tag for tag, field in FIELDS.items() if field.holds in {"text", "name"})]
    text = " ".join(draw(plain).split())
    truncated = draw(st.booleans())
    found = tuple(words(text))
    if truncated and (len(found[-1]) < 3 or len(words(text + "x")) > len(found)):
        truncated = False
    return Term(found, text, truncated, phrase=True, field=draw(st.sampled_from(fields)))


def _ranges(years: list[int]) -> Years:
    return Years(min(years), max(years))


leaves = (
    _terms()
    | st.from_regex(r"[a-z]{2,8}", fullmatch=True).map(lambda word: Term((word,), word))
    | st.lists(st.integers(1000, NO_END - 1), min_size=1, max_size=2).map(_ranges)
    | st.integers(1000, NO_END - 1).map(lambda year: Years(year, NO_END))
    | st.integers(1, 999_999_999).map(lambda number: Term((str(number),), str(number), field="pmid"))
    | st.just(Term(("10.1016/0378-8741(83)90018-2",), "10.1016/0378-8741(83)90018-2", field="doi"))
)
trees: st.SearchStrategy[Tree] = st.recursive(
    leaves,
    lambda inner: st.builds(both, inner, inner) | st.builds(either, inner, inner) | st.builds(Without, inner, inner),
    max_leaves=30,
)


def without_positions(tree: Tree) -> Tree:
    def join(node: Joint, parts: list[Tree]) -> Tree:
        return Without(*parts) if isinstance(node, Without) else type(node)(tuple(parts))

    return collapse(tree, lambda leaf: msgspec.structs.replace(leaf, position=0), join)


def read(text: str) -> Query | MalformedQuery:
    try:
        return parse(text)
    except MalformedQuery as refused:
        return refused


@given(trees)
def test_every_tree_reads_back_from_its_text(tree: Tree) -> None:
    assert tree == without_positions(parse(unparse(tree), longest=100_000).tree)


@given(strings)
def test_every_text_is_a_search_or_is_refused_with_a_place(text: str) -> None:
    query = read(text)
    if isinstance(query, MalformedQuery):
        assert 0 <= query.position <= len(text)
        assert query.message.endswith(".")
        return

    written = unparse(query.tree)
    again = parse(written, longest=100_000)

    assert without_positions(query.tree) == without_positions(again.tree)
    assert written == unparse(again.tree)
    assert in_english(query.tree)
    assert all(0 <= note.position < len(text) for note in query.notes)
    assert all(term.words and all(term.words) and 0 <= term.position < len(text) for term in terms(query.tree))


@given(
    st.lists(st.sampled_from([" AND (", " OR ", " NOT ", "(", "x", ")", " AND x", "x y"]), max_size=300).map("".join)
)
def test_however_deep_it_is_nested_it_reads_back(text: str) -> None:
    query = read(text)
    if isinstance(query, MalformedQuery):
        return

    tree = query.tree
    assert without_positions(tree) == without_positions(parse(unparse(tree), longest=100_000).tree)


def test_joints_that_alternate_two_hundred_times_read_back() -> None:
    text = "a" + "".join(f" {'OR' if i % 2 else 'AND'} b{i}" for i in range(199))
    tree = parse(text).tree

    assert text == unparse(tree)
    assert without_positions(tree) == without_positions(parse(unparse(tree)).tree)


def test_fifty_parentheses_with_words_side_by_side_innermost_are_refused_rather_than_not_read_back() -> None:
    nested = "a OR (" * DEEPEST

    with pytest.raises(MalformedQuery):
        parse(nested + "b OR c d" + ")" * DEEPEST)
    tree = parse(nested + "b OR c AND d" + ")" * DEEPEST).tree
    assert without_positions(tree) == without_positions(parse(unparse(tree)).tree)


def test_a_tree_survives_json() -> None:
    tree = parse('(kratom[ti] OR "sleep qual*") NOT 2015:2024[dp]').tree

    assert tree == msgspec.json.decode(msgspec.json.encode(tree), type=Tree)


@pytest.mark.parametrize(
    "piece", ["(", ")", '"', "[", "]", "*", "a ", "a AND ", "a OR b ", '"a" ', "a[ti] ", "2015", "2015 : ", "10.1016/(", "#1 ",
              "α",
              "a OR (", "[ti", ":", " ", "\n", "\0", "1:1[dp]", "-", "'", "‘"]
)  # fmt: skip
@pytest.mark.parametrize("length", [LONGEST, 100_000])
def test_nothing_takes_long_however_long_it_is(piece: str, length: int) -> None:
    text = (piece * length)[:length]
    began = time.process_time()
    query = read(text)
    place = query.position if isinstance(query, MalformedQuery) else len(unparse(query.tree)) and 0

    assert 0 <= place <= LONGEST
    assert time.process_time() - began < 0.5


def test_a_thousand_parentheses_are_refused_at_the_first_too_deep_one() -> None:
    with pytest.raises(MalformedQuery, match="within each other") as refused:
        parse("(" * 999 + "a" + ")" * 999)

    assert DEEPEST == refused.value.position
    with pytest.raises(MalformedQuery, match="2001 characters"):
        parse("(" * 1_000 + "a" + ")" * 1_000)
