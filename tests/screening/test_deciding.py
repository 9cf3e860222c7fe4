"""What the decisions of reviewers come to."""

import pytest

from app.models.screening import ScreeningDecision
from app.screening.deciding import state_of


def _decisions(*kinds: str) -> list[ScreeningDecision]:
    return [
        ScreeningDecision(
            decision=kind.removesuffix("!"),
            resolves=kind.endswith("!"),
            reason="wrong_substance" if "exclude" in kind else None,
        )
        for kind in kinds
    ]


@pytest.mark.parametrize(
    ("kinds", "reviewers", "state"),
    [
        ((), 1, "waiting"), (("include",), 1, "included"), (("exclude",), 1, "excluded"), (("maybe",), 1, "conflict"),
        (("include",), 2, "waiting"), (("maybe",), 2, "waiting"), (("include", "include"), 2, "included"),
        (("exclude", "exclude"), 2, "excluded"), (("include", "exclude"), 2, "conflict"),
        (("include", "maybe"), 2, "conflict"), (("maybe", "maybe"), 2, "conflict"),
        (("include", "exclude"), 1, "conflict"), (("include", "exclude"), 3, "conflict"),
        (("include", "exclude", "exclude!"), 2, "excluded"), (("include", "exclude", "include!"), 2, "included"),
    ],
)  # fmt: skip
def test_decisions_settle_wait_or_disagree(kinds: tuple[str, ...], reviewers: int, state: str) -> None:
    assert state == state_of(_decisions(*kinds), reviewers=reviewers)[0]
