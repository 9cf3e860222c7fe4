"""Warnings on how a quote fits its finding: what a second reader would ask."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.citations.draft import TextPart
from app.database import Store
from app.findings import queries, quotes
from app.findings.lint import Quoted, cautions, lint
from app.findings.quotes import QuoteDraft
from app.models.finding import Finding
from tests.factories import a_citation, a_finding, a_revision, a_study, an_exposure, opened

TEXT = "Kratom is a tree. Kratom users reported insomnia. Anxiety did not differ from that of others."


def codes(text: str, **changes: Any) -> list[str]:
    fields = {"outcome": "insomnia", "direction": "increased", "phase": "active_use"} | changes
    return [one.code for one in cautions(Quoted(text=text, **fields))]


@pytest.mark.parametrize(
    ("text", "changes", "expected"),
    [
        ("Kratom users reported insomnia.", {}, []),
        ("Users reported insomnia.", {}, ["substance_not_named"]),
        ("Users of M-7 reported insomnia.", {"substances": ("M-7",)}, []),
        ("Kratom users felt unwell.", {}, ["outcome_not_named"]),
        ("Kratom and insomnia.", {}, ["direction_not_named"]),
        ("Kratom did not cause insomnia.", {}, ["direction_contradicted"]),
        ("Kratom did not cause insomnia.", {"direction": "no_change"}, []),
        ("Kratom users reported insomnia.", {"direction": "decreased"}, ["direction_contradicted"]),
        ("Kratom use was associated with insomnia.", {}, []),
        ("Kratom use was associated with insomnia.", {"direction": "no_change"}, ["direction_not_named"]),
        ("Insomnia rose, but later insomnia fell with kratom.", {"direction": "mixed"}, []),
        ("Kratom users reported insomnia.", {"direction": "mixed"}, ["direction_not_named"]),
        ("Kratom and insomnia.", {"direction": "unclear"}, []),
        ("Kratom and insomnia.", {"direction": None}, []),
        ("Insomnia was reported after stopping kratom.", {}, ["phase_contradicted"]),
        ("Insomnia was reported after stopping kratom.", {"phase": "kratom_cessation"}, []),
        ("Insomnia was reported while taking kratom.", {"phase": "kratom_cessation"}, ["phase_contradicted"]),
        ("Insomnia was reported after stopping kratom.", {"phase": "not_reported"}, []),
        ("Kratom reduced withdrawal.", {"outcome": "opioid_withdrawal", "direction": "decreased"}, []),
        ("Kratom users reported insomnia", {"location": "title"}, ["from_title"]),
        ("Kratom users reported insomnia.", {"label": "AIMS", "sentence": "It."}, ["not_a_result"]),
        ("insomnia of kratom users was reported", {"sentence": "We aimed to see if insomnia of kratom users was reported."},
         ["not_a_result"]),
        ("Kratom users reported insomnia.", {"location": "table"}, []),
        ("Kratom users reported insomnia.", {"shared_with": (4, 5)}, ["shared_quote"]),
        ("It.", {"outcome": None, "direction": None, "phase": None}, ["substance_not_named"]),
    ],
)  # fmt: skip
def test_words_that_do_not_fit_their_finding_are_asked_about(
    text: str, changes: dict[str, Any], expected: list[str]
) -> None:
    assert expected == codes(text, **changes)


def test_a_warning_says_what_the_words_seem_to_say_and_what_the_finding_says() -> None:
    (one,) = cautions(
        Quoted(text="Kratom did not cause insomnia.", outcome="insomnia", direction="increased", phase="active_use")
    )

    assert (
        "Of Insomnia the words seem to say “no difference found”; the finding says “more”. Read the sentence again."
        == (one.message)
    )


def test_of_many_findings_with_one_quote_the_first_are_named() -> None:
    quoted = Quoted(text="Kratom", outcome=None, direction=None, phase=None, shared_with=tuple(range(1, 9)))

    assert "quoted for F1, F2, F3, F4, F5 and 3 more. Do they say each" in cautions(quoted)[0].message


@pytest.fixture
def store(vocabulary_url: str) -> Iterator[Store]:
    with opened(vocabulary_url) as store:
        yield store


def _quoted(session: Session, text: str, report: int, **fields: Any) -> Finding:
    study = a_study(session, a_revision(), reports=(report,))
    exposure = an_exposure(session, a_revision(), study, substance="other", substance_name="anxiolysin")
    finding = a_finding(session, a_revision(), study, report_id=report, exposure_id=exposure, **fields)
    quotes.record(session, a_revision(), QuoteDraft(text=text), finding)
    return finding


def _lint(session: Session, finding: Finding) -> list[tuple[str, str | None]]:
    return [(one.code, one.quote) for one in lint(session, finding, queries.quotes_of(session, finding.id))]


def test_a_quote_is_seen_in_the_sentence_that_it_is_from_and_beside_the_others(store: Store) -> None:
    with store.writing() as session:
        report = a_citation(session, a_revision(), texts=(TextPart(TEXT),))
        words = "Kratom users reported insomnia."
        first, gone, second = (
            _quoted(session, each, report, status=status)
            for each, status in (
                (words, "submitted"),
                (words, "rejected"),
                ("kratom users  reported insomnia.", "draft"),
            )
        )
        tree = _quoted(session, "Kratom is a tree.", report, outcome="anxiety")

        assert [("shared_quote", words)] == _lint(session, first)
        assert [("shared_quote", "kratom users  reported insomnia.")] == _lint(session, second)
        assert ["shared_quote"] == [code for code, _ in _lint(session, gone)]
        assert ["outcome_not_named", "not_a_result"] == [code for code, _ in _lint(session, tree)]


def test_words_that_are_not_in_the_stored_text_have_no_sentence(store: Store) -> None:
    with store.writing() as session:
        report = a_citation(session, a_revision(), texts=(TextPart(TEXT),))
        finding = _quoted(session, "Anxiolysin: insomnia was reported.", report)

        assert [] == _lint(session, finding)
        assert [] == lint(session, finding, [])
