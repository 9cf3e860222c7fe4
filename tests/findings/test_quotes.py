"""Quotes are checked against the stored text, by machine and to the letter, and again whenever that text changes."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.citations import edit
from app.citations.draft import TextPart
from app.database import Store
from app.errors import Invalid
from app.findings import quotes
from app.findings.quotes import TITLE, Part, Place, QuoteDraft, carries, judge
from app.history.events import Revision
from app.history.queries import of_record
from app.kit.canonical import sha256
from app.kit.verbatim import same
from app.models.finding import Finding, Quote
from tests.databases import Databases
from tests.factories import a_citation, a_finding, a_revision, a_study, opened

RESULTS = "Users slept badly. Insomnia rose in 12–15 of 40 users (p\u2009<\u20090.05)."


def parts(*texts: str, title: str = "Kratom and sleep") -> list[Part]:
    named = [Part(TITLE, "title", title, sha256(title))]
    return named + [Part(place, "abstract", text, sha256(text)) for place, text in enumerate(texts)]


def test_words_of_the_abstract_point_to_the_part_and_the_code_points_where_they_stand() -> None:
    place = judge("insomnia rose in 12-15 of 40", "abstract", parts("Background 😀.", RESULTS))

    assert Place("verified", "abstract", 1, 19, 47, sha256(RESULTS)) == place


@pytest.mark.parametrize(
    ("words", "location", "expected"),
    [
        ("Users slept badly.", "results", ("verified", "abstract")),
        ("Kratom and sleep", "title", ("verified", "title")),
        ("Kratom and sleep", "abstract", ("verified", "title")),
        ("Kratom and sleep", "discussion", ("not_checkable", "discussion")),
        ("Users slept well.", "abstract", ("not_found", "abstract")),
        ("Users slept well.", "table", ("not_checkable", "table")),
        ("badly. Insomnia", "abstract", ("verified", "abstract")),
        ("Background. Users slept badly.", "abstract", ("not_found", "abstract")),
        ("Another title", "title", ("not_found", "title")),
    ],
)
def test_where_words_stand_decides_and_not_what_was_said_of_them(
    words: str, location: str, expected: tuple[str, str]
) -> None:
    place = judge(words, location, parts("Background.", RESULTS))

    assert expected == (place.state, place.location)


def test_an_abstract_that_is_not_stored_cannot_be_checked() -> None:
    assert "not_checkable" == judge("Users slept badly.", "abstract", parts()).state


def test_the_abstract_comes_before_its_translations() -> None:
    both = [Part(0, "other_abstract", RESULTS, "a"), Part(1, "abstract", RESULTS, "b")]

    assert 1 == judge("slept badly", "abstract", both).text_position


@given(st.lists(st.text(st.sampled_from("Slept badly.ßﬁ’\u00ad\u2009é\u0301"), min_size=1), min_size=1), st.data())
def test_every_substring_of_a_part_verifies_to_itself(texts: list[str], data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(texts))
    start = data.draw(st.integers(0, len(text) - 1))
    words = text[start : data.draw(st.integers(start + 1, len(text)))].strip()
    place = judge(words, "abstract", parts(*texts))

    if words:
        assert "verified" == place.state
        assert place.text_position is not None
        assert same(words, texts[place.text_position][place.starts_at : place.ends_at])


@pytest.mark.parametrize("fields", [{"text": "x" * 301}, {"text": " "}, {"text": "a", "location": "cover"}])
def test_a_quote_is_short_and_has_a_known_place(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        QuoteDraft(**fields)


@pytest.fixture
def store(vocabulary_url: str) -> Iterator[Store]:
    with opened(vocabulary_url) as store:
        yield store


def _a_quote(session: Session, revision: Revision, *, texts: tuple[str, ...] = (RESULTS,), **fields: Any) -> Quote:
    report = a_citation(session, revision, texts=tuple(TextPart(text) for text in texts))
    study = a_study(session, revision, reports=(report,))
    finding = a_finding(session, revision, study, report_id=report)
    return quotes.record(session, revision, QuoteDraft(**({"text": "slept badly"} | fields)), finding)


def _change(session: Session, revision: Revision, quote: Quote, *texts: str) -> quotes.Rechecked:
    new = [{"text": text} for text in texts]
    edit.edit(session, revision, quote.citation_id, {"texts": new}, actor="ada")
    return quotes.recheck(session, revision, [quote.citation_id])


def test_a_quote_is_stored_with_its_place_and_its_history(store: Store) -> None:
    with store.writing() as session:
        quote = _a_quote(session, revision := a_revision(actor="grace"))
        revision.seal(session)
        history = of_record(session, "quote", quote.id)

    assert ("verified", 0, 6, 17, "grace") == (
        quote.state, quote.text_position, quote.starts_at, quote.ends_at, quote.created_by
    )  # fmt: skip
    assert [("add", 1)] == [(row.op, row.n) for row in history]


def test_words_from_elsewhere_need_a_page_table_or_figure(store: Store) -> None:
    with store.writing() as session:
        placed = _a_quote(session, a_revision(), text="Not in it", location="table", page="Table 2")

        assert ("not_checkable", True) == (placed.state, carries(placed))
    with pytest.raises(Invalid, match="Name the page, table or figure") as refused, store.writing() as session:
        _a_quote(session, a_revision(), text="Not in it", location="results")
    assert "page" == refused.value.field


def test_a_quote_that_is_not_found_is_stored_as_such_and_carries_nothing(store: Store) -> None:
    with store.writing() as session:
        quote = _a_quote(session, a_revision(), text="slept well")

        assert ("not_found", False) == (quote.state, carries(quote))


def test_a_citation_that_is_not_there_cannot_be_quoted(store: Store) -> None:
    with pytest.raises(Invalid, match="no citation R99999"), store.writing() as session:
        _a_quote(session, a_revision(), citation_id=99_999)


def test_a_changed_text_moves_a_quote_makes_it_stale_and_brings_it_back(store: Store) -> None:
    with store.writing() as session:
        quote = _a_quote(session, a_revision())
        states = []
        for texts in (("In all, users slept  badly.",), ("Users slept well.",), (), ("A.", "Slept badly, they said.")):
            rechecked = _change(session, revision := a_revision(), quote, *texts)
            revision.seal(session)
            states.append((quote.state, quote.starts_at, len(rechecked.lost), len(rechecked.found)))
        noted = [row.op for row in of_record(session, "quote", quote.id)]

    assert [("verified", 14, 0, 0), ("stale", 14, 1, 0), ("stale", 14, 0, 0), ("verified", 0, 0, 1)] == states
    assert 1 == quote.text_position
    assert ["edit", "edit", "edit"] == noted


def test_the_first_text_settles_what_could_not_be_checked(store: Store) -> None:
    with store.writing() as session:
        seen, read, missing = (
            _a_quote(session, a_revision(), texts=(), **fields)
            for fields in ({}, {"location": "results", "page": "p. 3"}, {"text": "slept well"})
        )
        assert {"not_checkable"} == {quote.state for quote in (seen, read, missing)}
        for quote in (seen, read, missing):
            _change(session, a_revision(), quote, RESULTS)

    assert ["verified", "verified", "stale"] == [quote.state for quote in (seen, read, missing)]
    assert "abstract" == read.location


def test_words_of_the_full_text_do_not_become_stale_with_the_abstract(store: Store) -> None:
    with store.writing() as session:
        quote = _a_quote(session, a_revision(), text="Not in it", location="table", page="Table 2")
        _change(session, a_revision(), quote, "Another abstract.")

    assert "not_checkable" == quote.state


def test_checking_again_without_a_change_writes_nothing(store: Store) -> None:
    with store.writing() as session:
        quote = _a_quote(session, a_revision())
        quotes.recheck(session, revision := a_revision(), [quote.citation_id])

    assert revision.empty


@pytest.mark.postgresql
def test_a_quote_waits_for_a_text_that_is_arriving_and_is_checked_against_it(databases: Databases) -> None:
    url, made = databases.copy("postgresql", "vocabulary"), []
    with opened(url) as store:
        with store.writing() as session:
            finding = _a_quote(session, a_revision()).finding_id

        def quoting() -> None:
            with store.writing() as session:
                draft = QuoteDraft(text="Users slept badly.")
                made.append(quotes.record(session, a_revision(), draft, session.get_one(Finding, finding)).state)

        thread = threading.Thread(target=quoting)
        with store.writing() as session:
            _change(session, a_revision(), session.scalars(select(Quote)).one(), "Users slept well.")
            thread.start()
            while thread.is_alive() and not session.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")):
                time.sleep(0.01)
        thread.join()
    databases.drop(url)

    assert ["not_found"] == made
