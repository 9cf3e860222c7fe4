"""Our reading of a search set against ``search-query``'s: what both can express finds the same documents.

``search-query`` reads PubMed's syntax into a tree of its own; what that tree finds
is worked out here by plain words, without our tokeniser and evaluator. It differs,
on purpose, where the last tests say so.
"""

import io
import re
from collections.abc import Iterator
from contextlib import redirect_stdout
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from search_query.exception import QuerySyntaxError
from search_query.parser import parse as parse_theirs

from app.search.language import parse
from app.search.syntax import Both, Document, Either, matches

WORDS = ("kratom", "mitragyna", "sleep", "sleepless", "insomnia", "quality", "survey", "pain")
NAMES = {"mh": ("Sleep", "Mitragyna", "Pain"), "pt": ("Review", "Case Reports"), "la": ("english", "german")}
_PARTS = {
    "ti": ("title",), "tiab": ("title", "abstract", "keywords"), "mh": ("headings",),
    "pt": ("publication_types",), "la": ("languages",),
}  # fmt: skip
_YEARS = range(2010, 2016)

texts = st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join)
documents: st.SearchStrategy[Document] = st.fixed_dictionaries(
    {
        "title": texts.map(lambda text: [text]),
        "abstract": st.lists(texts, max_size=2),
        "keywords": st.lists(texts, max_size=2),
        "headings": st.lists(st.sampled_from(NAMES["mh"]), max_size=2),
        "publication_types": st.lists(st.sampled_from(NAMES["pt"]), max_size=2),
        "languages": st.lists(st.sampled_from(NAMES["la"]), max_size=1),
        "year": st.sampled_from(_YEARS).map(lambda year: [str(year)]),
    }
).map(lambda found: {part: [] for part in ("qualified_headings", "pmid", "doi")} | found)


def _words() -> st.SearchStrategy[str]:
    said = st.sampled_from(WORDS) | st.lists(st.sampled_from(WORDS), min_size=2, max_size=2).map(
        lambda w: f'"{w[0]} {w[1]}"'
    )
    begun = st.sampled_from(("kra*", "sleep*", "mitrag*", "insomn*"))
    return st.builds(lambda text, tag: f"{text}[{tag}]", said | begun, st.sampled_from(("ti", "tiab")))


def _others() -> st.SearchStrategy[str]:
    named = st.sampled_from([f'"{name}"[{tag}]' for tag, names in NAMES.items() for name in names])
    years = st.lists(st.sampled_from(_YEARS), min_size=2, max_size=2).map(lambda y: f"{min(y)}:{max(y)}[dp]")
    return named | years | st.sampled_from(_YEARS).map(lambda year: f"{year}[dp]")


def _joined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    parts = st.lists(inner, min_size=2, max_size=3)
    alike = st.builds(lambda word, some: "(" + f" {word} ".join(some) + ")", st.sampled_from(("AND", "OR")), parts)
    return alike | st.builds(lambda kept, left: f"({kept} NOT {left})", inner, inner)


searches = st.recursive(_words() | _others(), _joined, max_leaves=6)


def _theirs(text: str) -> Any:
    with redirect_stdout(io.StringIO()):  # it prints advice on style
        return parse_theirs(text, platform="pubmed")


def _finds(node: Any, document: Document) -> bool:
    """What a tree of ``search-query`` finds."""
    if not node.children:
        return _holds(node.value, str(node.field).strip("[]"), document)
    found = [_finds(child, document) for child in node.children]
    if node.value == "NOT":
        return found[0] and not any(found[1:])
    return all(found) if node.value == "AND" else any(found)


def _holds(said: str, tag: str, document: Document) -> bool:
    if tag == "dp":
        first, _, last = said.partition(":")
        return any(int(first) <= int(year) <= int(last or first) for year in document["year"])
    bare = said.strip('"')
    if tag in NAMES:
        return any(bare.casefold() == name.casefold() for part in _PARTS[tag] for name in document[part])
    ending = r"\w*" if bare.endswith("*") else ""
    pattern = re.compile(rf"\b{re.escape(bare.rstrip('*'))}{ending}\b")
    return any(pattern.search(text) for part in _PARTS[tag] for text in document[part])


@settings(max_examples=150)
@given(text=searches, some=st.lists(documents, min_size=1, max_size=12))
def test_what_both_can_express_finds_the_same_documents(text: str, some: list[Document]) -> None:
    tree, theirs = parse(text).tree, _theirs(text)

    assert [_finds(theirs, each) for each in some] == [matches(tree, each) for each in some]


def _all_documents() -> Iterator[Document]:
    for title in ("", "kratom", "sleep", "pain", "kratom sleep", "kratom pain", "sleep pain", "kratom sleep pain"):
        yield {part: [] for parts in _PARTS.values() for part in parts} | {"title": [title]}


@pytest.mark.parametrize(
    "text",
    [
        "kratom[ti] OR sleep[ti] AND pain[ti]",
        "kratom[ti] AND sleep[ti] OR pain[ti] NOT sleep[ti]",
        "pain[ti] NOT kratom[ti] OR sleep[ti]",
    ],
)
def test_operators_without_parentheses_are_read_from_left_to_right_by_both(text: str) -> None:
    tree, theirs = parse(text).tree, _theirs(text)

    assert [_finds(theirs, each) for each in _all_documents()] == [matches(tree, each) for each in _all_documents()]


def test_they_do_not_know_the_tag_of_the_abstract_which_we_read() -> None:
    with pytest.raises(QuerySyntaxError):
        _theirs("kratom[ab]")
    assert matches(parse("kratom[ab]").tree, {"abstract": ["kratom"]})


def test_we_hold_headings_to_their_own_name_and_say_so_where_pubmed_would_add_narrower_ones() -> None:
    query = parse('"Sleep Wake Disorders"[mh]')

    assert "narrower ones are not included" in query.notes[0].message


def test_words_side_by_side_are_joined_by_and_here_where_they_keep_them_as_one_term() -> None:
    assert isinstance(parse("kratom sleep").tree, Both)
    assert isinstance(parse("kratom OR ketum").tree, Either)
    assert not _theirs('"kratom sleep"[ti]').children
