"""The exact two-sided sign test of vote counts. It asks whether directions are even, and nothing about sizes or designs.

Boon & Thomson 2021 (Research Synthesis Methods 12:29) and the Cochrane
Handbook, 12.2.2.1: units without a direction leave the test.
"""

from math import comb

from msgspec import Struct

FEWEST = 5
"""Below five units even a unanimous vote has p > 0.05 (2 × 0.5⁴ = 0.125), so no test is shown."""


class SignTest(Struct, frozen=True):
    """Votes and the p of the exact test; ``p`` is None where there are fewer than :data:`FEWEST` votes."""

    up: int
    down: int
    p: float | None


def sign_test(up: int, down: int) -> SignTest:
    """The two-sided exact binomial test of ``up`` against ``down`` votes with chances of one half."""
    votes = up + down
    if votes < FEWEST:
        return SignTest(up, down, None)
    # Integers throughout: 2**-1100 is no float any more, and a quotient of two integers is rounded once.
    tail = sum(comb(votes, k) for k in range(min(up, down) + 1))
    return SignTest(up, down, min(1.0, 2 * tail / 2**votes))
