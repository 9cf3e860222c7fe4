"""What no field may hold, whoever sends it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from app.kit.draft import Count, Draft, Line, Number, Text, storable


class Note(Draft):
    """A draft with one of each."""

    line: Line = "x"
    text: Text = "x"
    count: Count = 0
    number: Number = 0.0


@pytest.mark.parametrize("bad", ["a\0b", "\x01", "\x08", "\x0b", "\x1b[31m", "\x1f", "\x7f", "\ud800", "\udfffx"])
def test_control_characters_and_half_surrogates_are_refused(bad: str) -> None:
    with pytest.raises(ValidationError):
        Note(text=bad)
    with pytest.raises(ValueError, match=r"character|surrogate"):
        storable(bad)


def test_line_breaks_tabs_and_every_script_are_kept() -> None:
    text = "one\ttwo\r\nthree กระท่อม 𝛼 🙂 é"

    assert text == Note(text=text).text


@given(st.text(min_size=1).filter(str.strip))
def test_what_is_accepted_can_be_encoded_and_holds_no_nul(text: str) -> None:
    try:
        kept = Note(text=text[:10_000]).text
    except ValidationError:
        return

    assert "\0" not in kept
    assert kept == kept.encode().decode()


@pytest.mark.parametrize(
    "sent",
    [{"line": ""}, {"line": "   "}, {"line": "x" * 501}, {"text": "x" * 10_001}, {"count": -1}, {"count": 2**31},
     {"count": True}, {"count": 1.5}, {"count": "3"}, {"number": float("nan")}, {"number": float("inf")},
     {"number": 1e16}, {"unknown": 1}],
)  # fmt: skip
def test_what_does_not_fit_is_refused(sent: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Note(**sent)  # type: ignore[arg-type]  # wrong on purpose


def test_spaces_around_a_value_are_no_part_of_it() -> None:
    assert "two words" == Note(line="  two words \n").line


def test_a_draft_cannot_be_changed_afterwards() -> None:
    note = Note()

    with pytest.raises(ValidationError):
        note.line = "y"  # type: ignore[misc]  # wrong on purpose


def test_a_half_surrogate_in_json_is_refused_and_not_stored() -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Note).validate_json(b'{"line": "\\ud800"}')
