"""Moments as readers write them."""

import pytest

from app.kit.canonical import iso
from app.kit.moments import read_moment


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026-11-22", "2026-11-22T00:00:00.000Z", "2026-11-22T23:59:59.999Z"),
        ("20261122", "2026-11-22T00:00:00.000Z", "2026-11-22T23:59:59.999Z"),
        ("2026-11-22T08:30:00+02:00", "2026-11-22T06:30:00.000Z", "2026-11-22T06:30:00.000Z"),
        ("2026-11-22T08:30", "2026-11-22T08:30:00.000Z", "2026-11-22T08:30:00.000Z"),
        ("9999-12-31", "9999-12-31T00:00:00.000Z", "9999-12-31T23:59:59.999Z"),
    ],
)
def test_a_day_has_a_first_and_a_last_moment_and_a_moment_is_one(text: str, first: str, last: str) -> None:
    assert [first, last] == [iso(read_moment(text, end_of_day=end)) for end in (False, True)]


@pytest.mark.parametrize(
    "text", ["", "soon", "2026-02-30", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "12"]
)
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_moment(text)
