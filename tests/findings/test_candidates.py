"""Sentences that the machine suggests to quote, from the abstract as it stands."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from app.citations import edit
from app.citations.draft import TextPart
from app.database import Store
from app.findings import queries, quotes
from app.findings.candidates import Candidate, candidates_for
from app.findings.quotes import LONGEST, QuoteDraft
from app.findings.sentences import windows
from app.history.events import Revision
from app.kit.verbatim import Span
from app.models.finding import Finding
from tests.factories import a_citation, a_finding, a_revision, a_study, opened

PARTS = (
    TextPart("Insomnia is common in users of kratom.", label="BACKGROUND"),
    TextPart("Insomnia was measured with the ISI.", label="METHODS"),
    TextPart(
        "Age 😀 did not matter. Insomnia was absent in two. Twelve users of kratom reported insomnia.", label="RESULTS"
    ),
    TextPart("Kratom may cause insomnia. Research on insomnia is needed: further studies of it.", label="CONCLUSIONS"),
)


@pytest.fixture
def store(vocabulary_url: str) -> Iterator[Store]:
    with opened(vocabulary_url) as store:
        yield store


def _finding(session: Session, revision: Revision, *texts: TextPart, **changes: Any) -> Finding:
    report = a_citation(session, revision, texts=texts)
    return a_finding(session, revision, a_study(session, revision, reports=(report,)), report_id=report, **changes)


def _candidates(session: Session, finding: Finding) -> list[Candidate]:
    return candidates_for(session, queries.get(session, finding.id))


def test_results_come_with_those_first_that_say_what_the_finding_says(store: Store) -> None:
    with store.writing() as session:
        found = _candidates(session, _finding(session, a_revision(), *PARTS))

    assert [
        ("Twelve users of kratom reported insomnia.", ["increased"], True, 2),
        ("Kratom may cause insomnia.", ["increased"], True, 3),
        ("Insomnia was absent in two.", ["no_change"], False, 2),
    ] == [(one.text, one.says, one.names_substance, one.text_position) for one in found]
    assert ["direction_contradicted", "substance_not_named"] == sorted(each.code for each in found[2].warnings)
    assert {"machine"} == {one.suggested_by for one in found}


def test_a_candidate_can_be_taken_as_it_is(store: Store) -> None:
    with store.writing() as session:
        finding = _finding(session, a_revision(), *PARTS)
        first, *others = _candidates(session, finding)
        quote = quotes.record(session, a_revision(), QuoteDraft(text=first.text), finding)
        taken = (quote.state, quote.text_position, quote.starts_at, quote.ends_at, quote.text_sha256)

        assert ("verified", first.text_position, first.starts_at, first.ends_at, first.text_sha256) == taken
        assert others == _candidates(session, finding)


def test_a_newly_arrived_abstract_offers_what_it_says(store: Store) -> None:
    with store.writing() as session:
        finding = _finding(session, a_revision())
        assert finding.report_id
        before = _candidates(session, finding)
        revision = a_revision()
        edit.edit(
            session,
            revision,
            finding.report_id,
            {"texts": [{"text": "Kratom users slept; insomnia fell."}]},
            actor="ada",
        )

        assert ([], ["Kratom users slept; insomnia fell."]) == (
            before,
            [one.text for one in _candidates(session, finding)],
        )


def test_a_draft_without_report_or_outcome_is_offered_nothing(store: Store) -> None:
    with store.writing() as session:
        for gap in ("report_id", "outcome"):
            finding = _finding(session, a_revision(), *PARTS, status="draft")
            setattr(finding, gap, None)
            session.flush()

            assert [] == _candidates(session, finding)


def test_translations_are_not_offered(store: Store) -> None:
    with store.writing() as session:
        other = TextPart("Kratom caused insomnia.", part="other_abstract", language="may")

        assert [] == _candidates(session, _finding(session, a_revision(), other))


def test_of_a_sentence_too_long_to_quote_the_words_are_offered_that_name_most(store: Store) -> None:
    text = f"In all, {'many, ' * 60}and of those who took kratom twelve reported insomnia."
    with store.writing() as session:
        (one,) = _candidates(session, _finding(session, a_revision(), TextPart(text)))

    assert not one.whole_sentence
    assert len(one.text) <= LONGEST
    assert one.text.endswith("and of those who took kratom twelve reported insomnia.")
    assert one.text == text[one.starts_at : one.ends_at]
    assert one.names_substance


def test_a_sentence_that_cannot_be_cut_is_not_offered(store: Store) -> None:
    with store.writing() as session:
        finding = _finding(session, a_revision(), TextPart(f"Kratom caused insomnia{' and more' * 60}."))

        assert [] == _candidates(session, finding)


@given(st.text(st.sampled_from("ab ,;😀"), max_size=80), st.integers(1, 30))
def test_what_is_cut_out_is_never_longer_than_asked(text: str, most: int) -> None:
    for start, end in windows(text, Span(0, len(text)), most=most):
        assert 0 <= start <= end <= len(text)
        assert end - start <= most
