"""The search text ``q``: what it finds in reports and in our own text, its synonyms, and what it refuses."""

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from app.errors import MalformedQuery, UnknownValue
from app.models.finding import Finding
from app.search import pages
from app.search.english import expanded, in_words
from app.search.reading import read
from tests.factories import opened


def found(session: Session, **asked: str | tuple[str, ...]) -> set[int]:
    given = {name: value if isinstance(value, tuple) else (value,) for name, value in asked.items()}
    return {row.id for row in pages.every_finding(session, read(given))}


@pytest.mark.parametrize(
    ("asked", "position"),
    [
        ("NOT insomnia", 0), ("(sleep", 0), ("sleep)", 5), ("kratom[zz]", 6), ("2015:2024", 0), ('"sleep quality', 0),
        ("***", 0), ("—", 0), ("sleep AND", 6), ("a*", 1), ("-kratom", 0),
    ],
)  # fmt: skip
def test_what_is_no_search_is_refused_with_its_place(session: Session, asked: str, position: int) -> None:
    with pytest.raises(MalformedQuery) as refused:
        found(session, q=asked)

    assert position == refused.value.position


def test_operators_hold_within_one_report_or_our_own_words(session: Session) -> None:
    sleep, quality = found(session, q="sleep"), found(session, q="quality")

    assert found(session, q="sleep OR quality") == sleep | quality
    assert found(session, q="sleep AND quality") == found(session, q="sleep quality") <= sleep & quality
    assert {44, 52} <= found(session, q="insomnia NOT review[pt]")
    assert 44 not in found(session, q="insomnia NOT 33868054[pmid]")
    assert found(session, q="33868054[pmid]") == found(session, q="10.3389/fpsyt.2021.640218[doi]") >= {44}


def test_synonyms_are_searched_when_asked_for_and_named_always(session: Session) -> None:
    plain, opened_up = (read({"q": ("sleeplessness",), "synonyms": (each,)}) for each in ("false", "true"))

    assert "Insomnia" in plain.expansions[0].also
    assert plain.expansions == opened_up.expansions
    assert found(session, q="ketum", synonyms="true") >= found(session, q="kratom") | found(session, q="ketum")
    assert not expanded(plain)["q"]["synonyms_used"]


def test_an_ambiguous_word_has_no_synonyms() -> None:
    assert () == read({"q": ("withdrawal",)}).expansions


def test_a_search_is_said_in_english_with_what_it_was_read_as() -> None:
    search = read({"q": ("kratom OR sleep quality[ti]",)})

    assert "Citations: matching “kratom” or “sleep quality” in the title." == in_words(search, of="citations")
    assert 'kratom OR "sleep quality"[ti]' == expanded(search)["q"]["read_as"]


def test_operators_in_quotes_and_in_small_letters_are_words(session: Session) -> None:
    assert found(session, q='"OR"') == found(session, q="or")


def test_words_find_findings_by_their_own_text_and_by_their_report(session: Session) -> None:
    assert {44, 52} <= found(session, q="insomnia")
    assert found(session, q="sleep quality") >= found(session, q='"sleep quality"') == {2, 35}


def test_what_is_not_public_is_not_found_by_its_words(starter_copy_url: str) -> None:
    with opened(starter_copy_url) as store:
        with store.writing() as session:
            session.execute(update(Finding).where(Finding.id == 35).values(status="draft", summary="zebrawort helps"))
        with store.reading() as session:
            studies = pages.page_of_studies(session, read({"q": ("zebrawort",)}), cursor=None, limit=20)

    assert () == studies.ids


def test_repeated_has_means_or_for_quotes_too(session: Session) -> None:
    assert found(session, has=("quote", "doi")) == found(session, has="doi")
    assert found(session, has="quote") == set()


def test_the_widest_class_of_evidence_leaves_no_study_out(session: Session) -> None:
    everything = pages.page_of_studies(session, read({"evidence": ("all",)}), cursor=None, limit=100)

    assert 80 == everything.total


def test_a_country_is_two_letters(session: Session) -> None:
    assert found(session, country="th") == found(session, country="TH") != set()
    with pytest.raises(UnknownValue, match="two letters"):
        found(session, country="Thailand")
