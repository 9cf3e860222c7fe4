"""Both databases must find the same citations: each is compared with a plain reading of the same records."""

import random
from collections.abc import Iterator
from contextlib import closing, suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.citations.draft import CitationDraft, Journal, Keyword, MeshHeading, Qualifier
from app.database import Store
from app.errors import MalformedQuery
from app.search.compiling import matching_citations
from app.search.document_sets import DocumentSets
from app.search.documents import of_citation
from app.search.holdings import revision_of
from app.search.language import parse, unparse
from app.search.syntax import FIELDS, Document, Tree, Without, both, either, matches
from app.search.word_sets import with_words
from tests.citations.drafts import a_citation, abstract, take_in, typed
from tests.databases import Databases
from tests.importing.pubmed.records import fixture
from tests.search.asked import found_by

Filled = tuple[Store, dict[int, Document]]
BOTH = pytest.mark.parametrize(
    "filled",
    [pytest.param("sqlite", marks=pytest.mark.sqlite), pytest.param("postgresql", marks=pytest.mark.postgresql)],
    indirect=True,
)
_CHANCE = random.Random(7)  # noqa: S311 - the same records every time


def _drafts() -> list[CitationDraft]:
    real = [
        record
        for name in ("modern.xml", "old.xml", "books.xml")
        for record in fixture(name)
        if isinstance(record, CitationDraft)
    ]
    some = [f"word{number}" for number in range(40)] + [
        "kratom",
        "sleep",
        "naïve",
        "β-blocker",
        "IL-6",
        "don't",
        "7-OH",
    ]
    made = [
        a_citation(
            str(500_000 + number),
            title=" ".join(_CHANCE.choices(some, k=6)),
            texts=abstract(*(" ".join(_CHANCE.choices(some, k=20)) for _ in range(2))),
            keywords=(Keyword("sleep quality"), Keyword(_CHANCE.choice(some))),
            mesh_headings=(MeshHeading(_CHANCE.choice(("Mitragyna", "Sleep", "Sleep Wake Disorders")), major=number % 2 == 0,
                           qualifiers=(Qualifier(_CHANCE.choice(("adverse effects", "therapy")), major=number % 3 == 0),)),),
            publication_types=typed(_CHANCE.choice(("Review", "Case Reports", "Systematic Review"))),
            journal=Journal(title=_CHANCE.choice(("Sleep", "Sleep medicine")), issn="0161-8105"),
            languages=(_CHANCE.choice(("eng", "tha")),), issued_on=str(_CHANCE.randrange(1985, 2026)),
            doi=f"10.1000/x.{number}(a)",
        )
        for number in range(120)
    ]  # fmt: skip
    odd = [
        a_citation("600001", title=None),
        a_citation("600002", title="ᠮᠣᠩᠭᠣᠯ 漢字 \U0001f600 ﬁne TP53/MDM2 α-synuclein", issued_on=None),
    ]
    return list({draft.pmid: draft for draft in (*real, *made, *odd)}.values())


@pytest.fixture(scope="module")
def filled(request: pytest.FixtureRequest, databases: Databases) -> Iterator[Filled]:
    url = databases.copy(request.param, "empty")
    with closing(Store(url)) as store:
        drafts = _drafts()
        outcomes = take_in(store, *drafts)
        yield store, {one.citation_id: of_citation(draft) for one, draft in zip(outcomes, drafts, strict=True)}
    databases.drop(url)


def _read(documents: dict[int, Document], tree: Tree) -> set[int]:
    return {number for number, document in documents.items() if matches(tree, document)}


@BOTH
@pytest.mark.parametrize(
    "text",
    ["kratom", "KRATOM sleep", '"kratom tea"', '"sleep quality"', "naive", "βBlocker", "β-blocker", "IL-6", "il6", "dont",
     "don't", "7-OH", "7oh", "漢字", "漢字*", "fine", "TP53/MDM2", "α-synuclein", "alpha-synuclein", '"AND"', "wor*", "word1*",
     '"sleep qual*"[tiab]', "quality[ti]", "quality[tiab]", "quality[ab]", "mitragyna[mh]", "sleep[mh]", "sleep*[mh]",
     '"mitragyna/adverse effects"[mh]', "mitragyna[majr]", '"mitragyna/therapy"[majr]', "review[pt]",
     '"systematic review"[pt]', "sleep[ta]", "0161-8105[ta]", "english[la]", "tha[la]", "and*[au]", "2001[dp]",
     "1998:2012[dp]", "1000:3000[dp]", "2015:3000[dp]", "sleep NOT review[pt]", "sleep NOT 2015:3000[dp]",
     "500003[pmid]", '"10.1000/x.7(a)"[doi]', "500003[pmid] OR 500004[pmid] OR review[pt]",
     "kratom NOT 500003[pmid]", "500003[pmid] NOT kratom", "sleep AND (500003[pmid] OR 500004[pmid])",
     "(word1 OR word2) AND word3 NOT word4", "word1 OR word2 AND word3", "smith[au] OR jam*[au]", "majr*", "aut*"],
)  # fmt: skip
def test_what_readers_ask_finds_the_same_sets(filled: Filled, text: str) -> None:
    store, documents = filled
    with store.reading() as session:
        assert _read(documents, parse(text).tree) == found_by(session, text)


def _leaf(chance: random.Random, documents: list[Document]) -> str:
    """Some words as they stand in a record, under a tag that may or may not fit."""
    document = chance.choice(documents)
    parts = [part for part, texts in document.items() if texts and part != "own"]
    words = str(chance.choice(document[chance.choice(parts)])).replace('"', " ").replace("*", " ").split()
    start = chance.randrange(len(words)) if words else 0
    some = " ".join(words[start : start + chance.randrange(1, 4)]) or "kratom"
    cut = some[: max(3, len(some) - 1)] + "*" if chance.random() < 0.3 else some
    tag = chance.choice(["", "", *(f"[{tag}]" for tag, field in FIELDS.items() if field.holds in {"text", "name"})])
    return chance.choice((f'"{cut}"{tag}', f'"{cut}"{tag}', "1990:2010[dp]", "500010[pmid]", "2020[dp]"))


@BOTH
@given(
    seed=st.integers(0, 10**9),
    shape=st.recursive(st.just(0), lambda inner: st.tuples(st.sampled_from("aon"), inner, inner)),
)
def test_every_tree_finds_the_same_set_as_a_plain_reading(filled: Filled, seed: int, shape: object) -> None:
    store, documents = filled
    chance = random.Random(seed)  # noqa: S311 - hypothesis chooses the seed
    tree = _grown(shape, chance, list(documents.values()))
    if tree is None:
        return
    read = _read(documents, tree)
    with store.reading() as session:
        assert read == set(session.scalars(matching_citations(session, tree))), unparse(tree)
        assert read == set(with_words(session, revision_of(session), tree)), unparse(tree)
    assert read == set(DocumentSets(documents).matching(tree)), unparse(tree)


def _grown(shape: object, chance: random.Random, documents: list[Document]) -> Tree | None:
    if not isinstance(shape, tuple):
        with suppress(MalformedQuery):
            return parse(_leaf(chance, documents)).tree
        return None
    joint, first, second = shape
    left, right = (_grown(each, chance, documents) for each in (first, second))
    if left is None or right is None:
        return left or right
    return {"a": both, "o": either, "n": Without}[joint](left, right)


@BOTH
@given(text=st.text(max_size=60) | st.text(alphabet="kratom\"*'()-:&|!<>\\ \0%_^{}[]tiOR", max_size=40))
def test_no_text_is_too_strange_to_be_asked(filled: Filled, text: str) -> None:
    store, documents = filled
    with suppress(MalformedQuery):
        tree = parse(text).tree
        with store.reading() as session:
            assert _read(documents, tree) == set(session.scalars(matching_citations(session, tree)))


@BOTH
@pytest.mark.parametrize(
    "text",
    [
        "(" * 50 + "sleep" + " OR kratom)" * 50,
        "sleep" + " AND kratom OR word1" * 99,
        "sleep" + " AND 500003[pmid] OR word1" * 60,
        "sleep" + " NOT 500003[pmid] OR 500004[pmid]" * 50,
        " OR ".join(f"wo{a}{b}*" for a in "rabc" for b in "dxyzw"),
        " OR ".join(f"{number}[pmid]" for number in range(500_000, 500_110)),
        " ".join(["sleep"] * 200),
    ],
    ids=["deep", "alternating", "alternating with identifiers", "without identifiers", "prefixes", "pmids", "words"],
)
def test_the_largest_questions_are_answered(filled: Filled, text: str) -> None:
    store, documents = filled
    with store.reading() as session:
        assert _read(documents, parse(text).tree) == found_by(session, text)


@BOTH
def test_an_update_leaves_no_old_word_or_name_behind(filled: Filled) -> None:
    store, _ = filled
    take_in(
        store, a_citation("700001", title="Formerly unheardof", revised_on="2024", publication_types=typed("Oldtype"))
    )
    (one,) = take_in(store, a_citation("700001", title="Presently unseenbefore", revised_on="2025"))

    with store.reading() as session:
        assert set() == found_by(session, "unheardof") | found_by(session, "oldtype[pt]")
        assert {one.citation_id} == found_by(session, "unseenbefore")
