"""The sign test, against the published table of cumulative binomial probabilities for chances of one half.

Siegel & Castellan, Nonparametric Statistics for the Behavioral Sciences, 2nd edition, Table D: one-tailed, three decimals.
"""

from fractions import Fraction

import pytest

from app.synthesis.plots.sign_test import sign_test

TABLE_D = {
    (5, 0): 0.031, (5, 1): 0.188, (5, 2): 0.500, (6, 0): 0.016, (6, 1): 0.109, (6, 2): 0.344, (7, 0): 0.008, (7, 1): 0.062,
    (7, 2): 0.227, (7, 3): 0.500, (8, 0): 0.004, (8, 1): 0.035, (8, 2): 0.145, (8, 3): 0.363, (9, 1): 0.020, (9, 2): 0.090,
    (9, 3): 0.254, (10, 0): 0.001, (10, 1): 0.011, (10, 2): 0.055, (10, 3): 0.172, (12, 2): 0.019, (12, 3): 0.073,
    (15, 3): 0.018, (15, 4): 0.059, (20, 5): 0.021, (20, 6): 0.058, (25, 7): 0.022, (25, 8): 0.054,
}  # fmt: skip
"""(units, the fewer) → probability of so few or fewer."""


@pytest.mark.parametrize(("votes", "tail"), TABLE_D.items())
def test_p_is_twice_the_published_tail(votes: tuple[int, int], tail: float) -> None:
    units, fewer = votes
    found = sign_test(units - fewer, fewer)

    assert found.p is not None
    assert abs(2 * tail - found.p) <= 0.001 + 1e-9


@pytest.mark.parametrize(("up", "down"), [(0, 0), (1, 0), (4, 0), (2, 2), (0, 4)])
def test_under_five_units_there_is_no_test(up: int, down: int) -> None:
    assert sign_test(up, down).p is None


def test_five_units_are_enough_and_exact() -> None:
    assert (0.0625, 0.0625, 0.375) == (sign_test(5, 0).p, sign_test(0, 5).p, sign_test(4, 1).p)


def test_an_even_vote_has_a_p_of_one_and_no_more() -> None:
    assert [1.0, 1.0, 1.0] == [sign_test(n, n).p for n in (3, 10, 400)]


def test_thousands_of_units_neither_overflow_nor_become_nothing() -> None:
    found = sign_test(2_000, 1_900).p

    assert found is not None
    assert 0.1 < found < 0.12
    assert 0 <= (sign_test(3_000, 0).p or 0) < float(Fraction(1, 2**1000))
