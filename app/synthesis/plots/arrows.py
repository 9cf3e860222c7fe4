"""Which way an arrow points and how large it is: the two rules of the effect-direction plot. Nothing here knows a finding."""

from collections.abc import Sequence

from msgspec import Struct

UP, DOWN, SIDEWAYS = "up", "down", "sideways"
LARGE, MEDIUM, SMALL, UNKNOWN = "large", "medium", "small", "unknown"
_WAYS = {"improved": UP, "worsened": DOWN, UP: UP, DOWN: DOWN}
_SILENT = ("unclear", "not_applicable")
_LARGE_ABOVE = 300
_SMALL_BELOW = 50


class Vote(Struct, frozen=True):
    """A direction, and how many voters went which way."""

    direction: str
    up: int
    down: int
    sideways: int


def direction_of(effects: Sequence[str]) -> Vote:
    """The direction of ``effects`` (or of directions made so): 70 % or more the same way, else sideways.

    Boon & Thomson 2021: 7 of 10 is enough, 2 of 3 is not. No difference and
    mixed results are in the denominator; what is unclear, or neither good nor
    bad, is not.
    """
    voters = [_WAYS.get(each, SIDEWAYS) for each in effects if each not in _SILENT]
    votes = {way: voters.count(way) for way in (UP, DOWN, SIDEWAYS)}
    # In whole numbers: 0.7 is no binary fraction, and 7 of 10 must count.
    ways = [way for way in (UP, DOWN) if voters and 10 * votes[way] >= 7 * len(voters)]
    return Vote(direction=ways[0] if ways else SIDEWAYS, **votes)


def size_of(n: int | None) -> str:
    """The size of an arrow by its sample: above 300, 50 to 300, below 50; unknown is drawn smallest and marked."""
    if n is None:
        return UNKNOWN
    if n > _LARGE_ABOVE:
        return LARGE
    return SMALL if n < _SMALL_BELOW else MEDIUM
