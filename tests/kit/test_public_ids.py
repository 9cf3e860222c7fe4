"""Public ids name one record, or nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import NotFound
from app.kit.draft import INT32_MAX
from app.kit.public_ids import CITATION, FINDING, STUDY, number_of, public


@given(st.sampled_from((STUDY, FINDING, CITATION)), st.integers(1, INT32_MAX))
def test_an_id_leads_back_to_its_record(letter: str, number: int) -> None:
    assert number == number_of(letter, public(letter, number))


@pytest.mark.parametrize(
    "written",
    ["", "S", "12", "s12", "F12", "S0", "S012", "S-1", "S+1", "S1.0", "S1 ", " S1", "S１２", "S٣", "S1\n", "S2147483648",
     "S99999999999", "S1" + "0" * 5_000, "S1e3", "\0", "\ud800", "S1;--", "R12"],
)  # fmt: skip
def test_what_names_no_study_is_not_found(written: str) -> None:
    with pytest.raises(NotFound) as refused:
        number_of(STUDY, written)

    assert len(refused.value.message) < 400


@given(st.text(max_size=30))
def test_any_text_is_an_id_or_not_found(written: str) -> None:
    try:
        number = number_of(FINDING, written)
    except NotFound:
        return

    assert written == f"F{number}"
