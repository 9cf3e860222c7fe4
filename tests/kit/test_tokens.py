"""The one tokeniser: what both databases index and what readers type become the same words."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.kit.tokens import fold, words


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("α-synuclein", "alpha synuclein"),
        ("Α-SYNUCLEIN", "alpha synuclein"),
        ("TP53/MDM2", "tp53 mdm2"),
        ("don't", "dont"), ("don’t", "dont"), ("don＇t", "dont"),
        ("IL-6", "il 6"),
        ("Δ9-THC", "delta9 thc"),
        ("µ-opioid", "mu opioid"), ("μ-opioid", "mu opioid"),
        ("Müller", "muller"), ("Mu\u0308ller", "muller"),
        ("STRAẞE", "strasse"), ("straße", "strasse"),
        ("İstanbul", "istanbul"),
        ("ﬁve ½ ㎎", "five 1 2 mg"),
        ("H₂O²", "h2o2"),
        ("co\u00adoperate", "cooperate"),
        ("7‑OH", "7 oh"),
        ("Ω Ώ ς", "omega omega sigma"),
        ("ΐ", "iota"),
        ("🙂", ""), ("", ""), ("\0\t\n", ""),
    ],
)  # fmt: skip
def test_the_same_word_is_the_same_however_it_is_typed(text: str, folded: str) -> None:
    assert folded == fold(text)


@given(st.text())
@example("ŉ ﬀ ǰ ΐ ᾳ ﬓ ꭰ Ꭰ ſ K")
def test_folding_what_is_folded_changes_nothing(text: str) -> None:
    assert fold(text) == fold(fold(text))


def test_no_single_character_folds_differently_the_second_time() -> None:
    characters = (chr(point) for point in (*range(0xD800), *range(0xE000, 0x20000), *range(0x2F800, 0x2FA20)))

    assert [] == [f"U+{ord(each):04X}" for each in characters if fold(each) != fold(fold(each))]


@given(st.text())
def test_folded_text_holds_letters_digits_and_single_spaces_only(text: str) -> None:
    folded = fold(text)

    assert words(text) == folded.split(" ") if folded else not words(text)
    assert all(each.isalnum() for word in words(text) for each in word)
    assert folded == folded.strip()


@given(st.text())
def test_the_form_of_unicode_and_the_case_do_not_matter(text: str) -> None:
    assert fold(text) == fold(unicodedata.normalize("NFD", text)) == fold(unicodedata.normalize("NFC", text))
