"""The 33 claims over the starter corpus, and what one finding more or less does to a verdict."""

import re
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.database import Store
from app.synthesis.claims import ClaimAnswer, answers
from app.vocabulary.words import vocabulary
from tests.factories import a_finding, a_revision, a_study, an_exposure, opened
from tests.synthesis.claims_by_hand import BY_HAND, FLAGGED

CLAIMS = {claim["id"]: claim for claim in vocabulary().claims}
IN_WITHDRAWAL = {"outcome": "insomnia", "phase": "in_opioid_withdrawal", "basis": "randomized_comparison"}


@pytest.fixture(scope="module")
def starter(session: Session) -> dict[str, ClaimAnswer]:
    return {each.claim["id"]: each for each in answers(session, vocabulary().claims)}


@pytest.mark.parametrize("claim", BY_HAND)
def test_a_verdict_is_the_one_worked_out_by_hand(starter: dict[str, ClaimAnswer], claim: str) -> None:
    weighed = starter[claim].weighed
    verdict, deciding = BY_HAND[claim]

    assert verdict == weighed.verdict
    assert deciding == " ".join(f"F{row.id}" for row in weighed.deciding)


def test_claims_whose_words_are_stronger_than_their_evidence_are_flagged(starter: dict[str, ClaimAnswer]) -> None:
    found: dict[str | None, list[str]] = {}
    for claim, each in starter.items():
        if each.overstated:
            found.setdefault(each.overstated.words, []).append(claim)

    assert found == FLAGGED


def test_the_sentences_that_the_project_promised_are_said(starter: dict[str, ClaimAnswer]) -> None:
    said = {claim: each.sentence for claim, each in starter.items()}

    assert "reported in 2 cases, other drugs not reported" in said["C12"]
    assert said["C07"].startswith("No study found so far. Search: never run here; 88 records")
    assert "Nearest: opioid withdrawal severity while withdrawing from opioids, people: 3 studies" in said["C07"]
    assert "Never compared in people: felt by users in 2 surveys of users; seen in animals in 4 studies." in said["C08"]
    assert "more: 3 findings, less: 2 findings" in said["C20"]


def test_nothing_is_said_to_have_no_effect_to_be_safe_or_to_prove(starter: dict[str, ClaimAnswer]) -> None:
    for claim, each in starter.items():
        flag = each.overstated.text if each.overstated else ""

        assert not re.search(r"no effect|prove|\bsafe\b|effective|None|\{|  |not exist", each.sentence + flag), claim


def test_every_candidate_stands_on_a_side_and_only_people_decide(starter: dict[str, ClaimAnswer]) -> None:
    for each in starter.values():
        weighed = each.weighed
        standing = {row.id for row in (*weighed.supporting, *weighed.opposing, *weighed.undecided)}

        assert {row.id for row in each.rows} == standing
        assert {"people"} >= {row.side for row in weighed.deciding}
        assert {row.id for row in weighed.deciding} <= standing


def _after(url: str, claim: str, *findings: dict[str, Any]) -> ClaimAnswer:
    """The claim after these findings, each of a study of its own, were recorded."""
    with opened(url) as store:
        record(store, *findings)
        return asked(store, claim)


def record(store: Store, *findings: dict[str, Any]) -> None:
    with store.writing() as session:
        revision = a_revision()
        for each in findings:
            fields = dict(each)
            study = a_study(session, revision, reports=(), **fields.pop("study", {}))
            taken = an_exposure(session, revision, study, **fields.pop("exposure", {}))
            a_finding(session, revision, study, exposure_id=taken, **fields)
        revision.seal(session)


def asked(store: Store, claim: str) -> ClaimAnswer:
    with store.reading() as session:
        return next(iter(answers(session, [CLAIMS[claim]])))


@pytest.mark.parametrize(
    ("claim", "findings", "verdict"),
    [
        ("C07", [IN_WITHDRAWAL | {"direction": "decreased"}], "supported"),
        ("C07", [IN_WITHDRAWAL | {"direction": "increased"}], "contradicted"),
        ("C07", [IN_WITHDRAWAL | {"direction": "no_change"}], "contradicted"),
        ("C07", [IN_WITHDRAWAL | {"direction": "mixed"}], "mixed"),
        ("C07", [IN_WITHDRAWAL | {"direction": each} for each in ("decreased", "increased")], "mixed"),
        ("C07", [IN_WITHDRAWAL | {"direction": "unclear"}], "not_tested"),
        ("C07", [IN_WITHDRAWAL | {"direction": "decreased", "basis": "case_rechallenge"}], "not_tested"),
        ("C07", [IN_WITHDRAWAL | {"direction": "decreased", "basis": "motive_only"}], "nothing_found"),
        ("C07", [IN_WITHDRAWAL | {"direction": "decreased", "contrast": "stopping"}], "nothing_found"),
        ("C07", [IN_WITHDRAWAL | {"direction": "decreased", "status": "draft"}], "nothing_found"),
        ("C07", [IN_WITHDRAWAL | {"direction": "decreased", "study": {"subject": "rat"}}], "not_tested"),
        ("C12", [{"direction": "increased"}, {"direction": "no_change"}], "supported"),
        ("C12", [{"direction": "no_change"}], "contradicted"),
        ("C12", [{"direction": "increased", "study": {"subject": "mouse"}}], "not_tested"),
        ("C12", [{"direction": "unclear"}], "not_tested"),
        ("C33", [{"direction": "increased", "basis": "within_person"}], "contradicted"),
        ("C33", [{"direction": each, "basis": "within_person"} for each in ("increased", "no_change")], "supported"),
    ],
)  # fmt: skip
def test_a_verdict_follows_the_strength_of_its_claim(
    vocabulary_url: str, claim: str, findings: list[dict[str, Any]], verdict: str
) -> None:
    assert verdict == _after(vocabulary_url, claim, *findings).weighed.verdict


def _against(comparator: str) -> dict[str, Any]:
    return {"outcome": "opioid_withdrawal", "phase": "in_opioid_withdrawal", "direction": "decreased",
            "basis": "randomized_comparison", "comparator": comparator}  # fmt: skip


@pytest.mark.parametrize(
    ("comparator", "verdict"),
    [("placebo", "not_tested"), ("opioid_medication", "supported"), ("active_drug", "supported")],
)
def test_a_comparative_claim_needs_its_own_kind_of_comparator(
    vocabulary_url: str, comparator: str, verdict: str
) -> None:
    with opened(vocabulary_url) as store:
        record(store, _against(comparator))

        assert verdict == asked(store, "C28").weighed.verdict
        assert "supported" == asked(store, "C08").weighed.verdict


@pytest.mark.parametrize(
    ("company", "verdict"), [(("opioid_medication",), "not_tested"), (("support_group",), "supported")]
)
def test_a_claim_on_kratom_together_with_support_needs_both(
    vocabulary_url: str, company: tuple[str, ...], verdict: str
) -> None:
    finding = IN_WITHDRAWAL | {
        "outcome": "quality_of_life", "direction": "increased", "exposure": {"co_interventions": company},
    }  # fmt: skip

    assert verdict == _after(vocabulary_url, "C30", finding).weighed.verdict


@pytest.mark.parametrize(
    ("claim", "comparator", "verdict"),
    [
        ("C21", "lower_dose", "supported"),
        ("C21", "other_kratom_product", "not_tested"),
        ("C22", "other_kratom_product", "supported"),
        ("C22", "lower_dose", "not_tested"),
    ],
)
def test_dose_and_product_are_different_questions(
    vocabulary_url: str, claim: str, comparator: str, verdict: str
) -> None:
    finding = {"outcome": CLAIMS[claim]["outcomes"][0], "contrast": "dose_or_product", "basis": "dose_response",
               "comparator": comparator}  # fmt: skip

    assert verdict == _after(vocabulary_url, claim, finding).weighed.verdict


def test_people_differ_only_on_one_outcome_moment_and_substance(vocabulary_url: str) -> None:
    more, less = {"direction": "increased"}, {"direction": "decreased"}
    concentrated = {"exposure": {"substance": "7oh_product"}}
    with opened(vocabulary_url) as store:
        record(store, more, less | {"phase": "between_doses"}, less | {"outcome": "anxiety"}, less | concentrated)
        apart = asked(store, "C20")
        record(store, less)
        met = asked(store, "C20")

    assert ("not_tested", ()) == (apart.weighed.verdict, apart.rows)
    assert ("supported", 2) == (met.weighed.verdict, len(met.weighed.deciding))


def test_studies_suggest_is_too_strong_for_one_comparison(vocabulary_url: str) -> None:
    eased = _against("placebo") | {"outcome": "opioid_craving"}
    with opened(vocabulary_url) as store:
        record(store, eased)
        one = asked(store, "C24")
        record(store, eased)
        two = asked(store, "C24")

    assert ("supported", "supported") == (one.weighed.verdict, two.weighed.verdict)
    assert one.overstated
    assert "Studies suggest" == one.overstated.words
    assert two.overstated is None
