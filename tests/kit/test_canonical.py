"""One text for one value."""

import json
from datetime import UTC, date, datetime
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from app.kit.canonical import canonical_json, iso, now, sha256

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(st.dictionaries(st.text(), values, max_size=6), st.randoms())
def test_the_order_of_the_fields_does_not_matter(fields: dict[str, object], random: Random) -> None:
    shuffled = list(fields.items())
    random.shuffle(shuffled)

    assert canonical_json(fields) == canonical_json(dict(shuffled))


@given(values)
def test_canonical_text_reads_back_to_the_same_value(value: object) -> None:
    assert value == json.loads(canonical_json(value))


def test_sorted_without_spaces_and_in_plain_characters() -> None:
    assert '{"a":[1,null],"ä":"α"}' == canonical_json({"ä": "α", "a": [1, None]})


def test_a_moment_is_printed_in_utc_to_the_millisecond() -> None:
    assert "2026-11-22T13:04:05.120Z" == iso(datetime(2026, 11, 22, 13, 4, 5, 120_000, tzinfo=UTC))
    assert "2026-11-22" == iso(date(2026, 11, 22))


def test_the_present_survives_being_printed() -> None:
    moment = now()

    assert moment == datetime.fromisoformat(iso(moment))


def test_a_hash_is_that_of_the_utf_8_text() -> None:
    assert "3e32da9648c78feedcc821d56e483c126dcd270e9fe49973c528e3a88912d557" == sha256("α") == sha256("α".encode())
