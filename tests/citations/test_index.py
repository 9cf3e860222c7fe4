"""Both databases must find the same citations: each is compared with a plain reading of the same words."""

import random
from collections.abc import Iterator
from contextlib import closing, suppress

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from msgspec.structs import replace

from app.citations import index, words
from app.citations.draft import Author, Chemical, CitationDraft, Identifier, Keyword, MeshHeading, Qualifier, Term
from app.citations.words import Phrase, read_phrases
from app.database import Store
from app.errors import MalformedQuery
from tests.citations.drafts import a_citation, abstract, take_in, typed
from tests.databases import Databases
from tests.importing.pubmed.records import fixture


@pytest.fixture(scope="module")
def filled(request: pytest.FixtureRequest, databases: Databases) -> Iterator[tuple[Store, dict[int, CitationDraft]]]:
    url = databases.copy(request.param, "empty")
    with closing(Store(url)) as store:
        drafts = _many_drafts()
        outcomes = take_in(store, *drafts)
        yield store, {outcome.citation_id: draft for outcome, draft in zip(outcomes, drafts, strict=True)}
    databases.drop(url)


BOTH = pytest.mark.parametrize(
    "filled",
    [pytest.param("sqlite", marks=pytest.mark.sqlite), pytest.param("postgresql", marks=pytest.mark.postgresql)],
    indirect=True,
)
Filled = tuple[Store, dict[int, CitationDraft]]


def _many_drafts() -> list[CitationDraft]:
    drafts = [
        record
        for name in ("modern.xml", "old.xml", "books.xml")
        for record in fixture(name)
        if isinstance(record, CitationDraft)
    ]
    chance = random.Random(7)  # noqa: S311 - the same words every time
    vocabulary = [f"word{chance.randrange(80)}" for _ in range(200)] + [
        "kratom",
        "sleep",
        "naïve",
        "β-blocker",
        "IL-6",
        "don't",
    ]
    for number in range(300):
        texts = [" ".join(chance.choices(vocabulary, k=chance.randrange(1, 60))) for _ in range(3)]
        drafts.append(
            a_citation(
                str(500_000 + number),
                title=texts[0],
                texts=abstract(*texts[1:]),
                keywords=(Keyword("sleep quality"), Keyword("kratom tea")),
            )
        )
    drafts += [_extreme(), a_citation("600001", title=None), a_citation("600002", title="ᠮᠣᠩᠭᠣᠯ 漢字 \U0001f600 ﬁne")]
    first = {}
    for draft in drafts:
        first.setdefault(draft.pmid, draft)
    return list(first.values())


def _extreme() -> CitationDraft:
    """Beyond every limit of PostgreSQL's vectors: positions, occurrences, length of a word, size."""
    many = " ".join(f"w{number}" for number in range(17_000))
    return a_citation(
        "600003", title="repeat " * 400 + "end here", texts=abstract("x" * 3000, "repeat after", many, "漢" * 900)
    )


def _all_ids(store: Store, asked: str) -> set[int]:
    with store.reading() as session:
        return set(session.scalars(words.matching_ids(session, asked)))


def _read(drafts: dict[int, CitationDraft], asked: str) -> set[int]:
    """What a plain reading of the documents finds."""
    found = set()
    for number, draft in drafts.items():
        fields = [field.split() for field in index.document(draft)]
        if all(any(_stands(phrase, field) for field in fields) for phrase in read_phrases(asked)):
            found.add(number)
    return found if read_phrases(asked) else set()


def _stands(phrase: Phrase, field: list[str]) -> bool:
    size = len(phrase.words)
    for start in range(len(field) - size + 1):
        here = tuple(field[start : start + size])
        if here == phrase.words or (
            phrase.truncated and here[:-1] == phrase.words[:-1] and here[-1].startswith(phrase.words[-1])
        ):
            return True
    return False


@BOTH
def test_words_phrases_and_truncated_words_find_the_same_sets(filled: Filled) -> None:
    store, drafts = filled
    chance = random.Random(11)  # noqa: S311 - the same questions every time
    documents = [field.split() for draft in drafts.values() for field in index.document(draft) if field]
    for _ in range(300):
        asked = " ".join(_part(chance, documents) for _ in range(chance.randrange(1, 4)))
        if not any(each.isalnum() for each in asked):
            continue  # a part cut down to its quotes asks nothing

        assert _read(drafts, asked) == _all_ids(store, asked), asked


def _part(chance: random.Random, documents: list[list[str]]) -> str:
    document = chance.choice(documents)
    start = chance.randrange(len(document))
    some = document[start : start + chance.randrange(1, 4)]
    kind = chance.randrange(4)
    if kind == 0:
        return some[0]
    if kind == 1:
        return f'"{" ".join(some)}"'
    if kind == 2:
        return f"{some[0][: chance.randrange(1, 4)]}*"
    return f'"{" ".join(some)[:-1]}*"'


@BOTH
@pytest.mark.parametrize(
    "asked",
    ["kratom", "KRATOM sleep", '"kratom tea"', '"sleep quality kratom"', "naive", "βBlocker", "β-blocker", "IL-6", "il6",
     "dont", "don't", "repeat", '"repeat end"', '"end here"', "w15000", "w16999", "xxx*", "漢*", "fine", '"AND"', '"NOT"',
     "title:kratom", "NEAR a b", "a*"],
)  # fmt: skip
def test_awkward_questions_find_the_same_sets(filled: Filled, asked: str) -> None:
    store, drafts = filled

    assert _read(drafts, asked) == _all_ids(store, asked)


@BOTH
@given(asked=st.text(max_size=60) | st.text(alphabet="kratom\"*'()-:&|!<>\\ \0%_^{}", max_size=40))
def test_no_text_is_too_strange_to_be_asked(filled: Filled, asked: str) -> None:
    store, drafts = filled
    with suppress(MalformedQuery):
        read_phrases(asked)
        assert _read(drafts, asked) == _all_ids(store, asked)
        return

    with pytest.raises(MalformedQuery):
        _all_ids(store, asked)


@BOTH
@given(asked=st.text(alphabet="kratom*':-&|!<> %_^{}", max_size=40))
def test_plain_punctuation_is_no_obstacle(filled: Filled, asked: str) -> None:
    store, drafts = filled
    assume(any(each.isalnum() for each in asked))

    assert _read(drafts, asked) == _all_ids(store, asked)


@BOTH
def test_an_update_leaves_no_old_word_behind(filled: Filled) -> None:
    store, _ = filled
    take_in(store, a_citation("700001", title="Formerly unheardof", revised_on="2024"))
    (outcome,) = take_in(store, a_citation("700001", title="Presently unseenbefore", revised_on="2025"))

    assert set() == _all_ids(store, "unheardof")
    assert {outcome.citation_id} == _all_ids(store, "unseenbefore")


def test_everything_that_readers_search_is_in_its_field() -> None:
    draft = replace(
        a_citation("1", title="Kratom", original_title="Kräuter", book_title="Plants", texts=abstract("It helps.", "Or not.")),
        mesh_headings=(MeshHeading("Mitragyna", qualifiers=(Qualifier("adverse effects"),)),),
        keywords=(Keyword("7-OH"),), chemicals=(Chemical("Mitragynine"),), supplementary_concepts=(Term("Rare Disease"),),
        publication_types=typed("Case Reports"), authors=(Author(family="Smith", initials="KE"), Author(collective="The Group")),
        identifiers=(Identifier("pmid", "1"),),
    )  # fmt: skip

    expected = (
        "kratom ¦ krauter ¦ plants",
        "it helps ¦ or not",
        "mitragyna ¦ adverse effects ¦ 7 oh ¦ mitragynine ¦ rare disease ¦ case reports",
        "smith ke ¦ the group",
    )
    assert expected == index.document(draft)


def test_a_vector_leaves_a_gap_between_texts_and_between_fields() -> None:
    assert "'a':1A,3A,7B 'b':5B" == index.vector(("a ¦ a", "b ¦ a", "", ""))


def test_a_question_without_a_letter_is_refused() -> None:
    with pytest.raises(MalformedQuery, match="no word"):
        read_phrases(' *** "" -- ')


def test_a_question_that_is_too_long_is_refused_with_its_place() -> None:
    with pytest.raises(MalformedQuery) as refusal:
        read_phrases("word " * 201)

    assert 1000 == refusal.value.position
