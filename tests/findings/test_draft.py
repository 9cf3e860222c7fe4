"""What may be sent about a finding."""

from typing import Any

import pytest
from pydantic import ValidationError

from app.findings.draft import FindingDraft


def test_a_named_effect_becomes_what_it_stores_and_is_remembered() -> None:
    draft = FindingDraft(outcome="worsened_sleep")

    assert ("sleep_quality", "decreased", "worsened_sleep") == (draft.outcome, draft.direction, draft.entered_as)
    assert draft == FindingDraft(**draft.model_dump())
    assert draft == FindingDraft(outcome="worsened_sleep", direction="decreased")


@pytest.mark.parametrize(
    "sent",
    [
        {"outcome": "improved_sleep", "direction": "decreased"}, {"outcome": "sleep"}, {"outcome": "Insomnia"},
        {"outcome": []}, {"outcome": {"id": "insomnia"}}, {"direction": "up"}, {"phase": "during_use"}, {"basis": "felt"},
        {"contrast": "drinking"}, {"report_id": 0}, {"report_id": 10**23}, {"report_id": True}, {"report_id": "1"},
        {"exposure_id": -1}, {"n_events": 3, "n_group": 2}, {"n_group": -1}, {"n_group": 2**31}, {"n_group": 1.5},
        {"ci_low": 2, "ci_high": 1}, {"value": float("nan")}, {"value": float("inf")}, {"p_value_text": "x" * 65},
        {"p_value_text": "\0"}, {"p_value_text": "\ud800"}, {"entered_as": "better_sleep"}, {"entered_as": "x" * 100},
        {"summary": ""}, {"summary": " "}, {"summary": "x" * 10_001}, {"measure": "a\0b"}, {"status": "accepted"},
        {"effect": "improved"}, {"higher_is": "more"}, {"dechallenge": "yes"},
    ],
)  # fmt: skip
def test_what_cannot_be_right_is_refused(sent: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        FindingDraft(**sent)


def test_a_draft_may_lack_anything_and_says_what_it_still_needs() -> None:
    needed = ("report_id", "exposure_id", "outcome", "direction", "phase", "contrast", "basis", "summary")

    assert needed == FindingDraft().missing()
    assert needed[:2] + needed[4:] == FindingDraft(outcome="improved_sleep").missing()
