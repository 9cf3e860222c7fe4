"""The 70 % rule and the sizes of the effect-direction plot, at their boundaries (Boon & Thomson 2021)."""

import pytest

from app.synthesis.plots.arrows import direction_of, size_of

BETTER, WORSE, SAME, MIXED, UNCLEAR = "improved", "worsened", "unchanged", "mixed", "unclear"


@pytest.mark.parametrize(
    ("effects", "direction"),
    [
        ([BETTER] * 7 + [WORSE] * 3, "up"),
        ([BETTER] * 6 + [WORSE] * 4, "sideways"),
        ([WORSE] * 7 + [SAME] * 3, "down"),
        ([WORSE] * 69 + [SAME] * 31, "sideways"),
        ([BETTER] * 2 + [WORSE], "sideways"),
        ([BETTER] * 2 + [SAME], "sideways"),
        ([BETTER] * 3 + [SAME], "up"),
        ([BETTER] * 14 + [MIXED] * 6, "up"),
        ([BETTER] * 2 + [MIXED], "sideways"),
        ([BETTER] * 5 + [WORSE] * 5, "sideways"),
        ([BETTER], "up"),
        ([WORSE], "down"),
        ([SAME] * 10, "sideways"),
        ([MIXED], "sideways"),
        ([], "sideways"),
    ],
)
def test_seventy_percent_the_same_way_give_the_arrow(effects: list[str], direction: str) -> None:
    assert direction == direction_of(effects).direction
    assert len(effects) == sum((vote := direction_of(effects), vote.up + vote.down + vote.sideways)[1:])


def test_what_is_unclear_or_neither_good_nor_bad_is_not_in_the_denominator() -> None:
    vote = direction_of([BETTER] * 7 + [WORSE] * 3 + [UNCLEAR] * 50 + ["not_applicable"] * 50)

    assert ("up", 7, 3, 0) == (vote.direction, vote.up, vote.down, vote.sideways)


def test_no_difference_is_in_the_denominator() -> None:
    assert ("up", "sideways") == (
        direction_of([BETTER] * 7).direction,
        direction_of([BETTER] * 7 + [SAME] * 4).direction,
    )


@pytest.mark.parametrize(
    ("n", "size"),
    [(301, "large"), (300, "medium"), (50, "medium"), (49, "small"), (1, "small"), (0, "small"), (None, "unknown")],
)
def test_arrows_are_sized_by_the_sample(n: int | None, size: str) -> None:
    assert size == size_of(n)
