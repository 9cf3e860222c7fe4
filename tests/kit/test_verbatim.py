import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kit.verbatim import Span, find, fold, same

HARD = "aeiosſßİıﬁﬃœ…½²´ΐÅK' ’ʼ-‐–—−\u00ad\u200b\u00a0\u2009\u3000\t\n.\u0301\u0308\u0323ｶﾞ한ᄒ\u1161\u11ab(%"
TEXTS = st.text(alphabet=st.sampled_from(HARD) | st.characters(codec="utf-8"), min_size=1, max_size=60)


@given(TEXTS, st.data())
def test_whatever_is_copied_out_of_a_text_stands_in_it(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    copied = text[start : data.draw(st.integers(start + 1, len(text)))]

    found = find(copied, text)

    if not copied.strip():
        assert found is None
    else:
        assert found is not None
        assert copied.strip() == text[found.start : found.end]


@given(TEXTS, TEXTS)
def test_what_is_found_says_the_same_as_what_was_asked(words: str, text: str) -> None:
    found = find(words, text)

    assert found is None or same(words, text[found.start : found.end])


WAYS = {" ": (" ", "\u00a0", "\u2009", "\n  ", "\u3000"), "-": tuple("-‐‑–—−－"), "'": tuple("'’‘ʼ"), "é": ("é", "e\u0301"),
        "f": ("f", "F"), "fi": ("fi", "ﬁ"), "ss": ("ss", "ß"), "sleep": ("sleep", "SLEEP", "sl\u00adeep")}  # fmt: skip


@given(st.lists(st.sampled_from([*WAYS, "kratom", "5", "µ"]), min_size=1), TEXTS, TEXTS, st.data())
def test_words_are_found_in_every_way_of_writing_them(
    words: list[str], before: str, after: str, data: st.DataObject
) -> None:
    said, retyped = ("".join(data.draw(st.sampled_from(WAYS.get(word, (word,)))) for word in words) for _ in "12")
    text = f"{before}. {said} .{after}"

    found = find(retyped, text)

    assert (found is not None) == bool(said.strip())
    assert found is None or same(said, text[found.start : found.end])


@given(TEXTS)
def test_the_map_leads_back_into_the_text_in_order(text: str) -> None:
    folded = fold(text)

    assert len(folded.text) == len(folded.starts) == len(folded.ends)
    assert sorted(folded.starts) == folded.starts
    assert all(0 <= start < end <= len(text) for start, end in zip(folded.starts, folded.ends, strict=True))


@given(st.text(max_size=40))
def test_canonically_equal_texts_have_one_form(text: str) -> None:
    forms = {fold(unicodedata.normalize(form, text)).text for form in ("NFC", "NFD")}

    assert {fold(text).text} == forms


@pytest.mark.parametrize(
    ("words", "text", "expected"),
    [
        ("could not sleep", "They could not sleep.", Span(5, 20)),
        ("COULD  NOT\nSLEEP", "They could not sleep.", Span(5, 20)),
        ("self-reported", "a self‑reported gain", Span(2, 15)),
        ("patient's", "the patient’s sleep", Span(4, 13)),
        ("difficulty", "di\u00ad\ufb03culty", Span(0, 9)),
        ("strasse", "Straße", Span(0, 6)),
        ("istanbul", "İstanbul", None),
        ("i\u0307stanbul", "İstanbul", Span(0, 8)),
        ("caf\u00e9", "a cafe\u0301.", Span(2, 7)),
        ("5 mg", "5\u00a0mg and 5\u2009mg", Span(0, 4)),
        ("10-20", "10–20 g", Span(0, 5)),
        ("-5", "−5 points", Span(0, 2)),
    ],
)
def test_typography_does_not_hide_words(words: str, text: str, expected: Span | None) -> None:
    assert expected == find(words, text)


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("could sleep", "They could not sleep."),
        ("could not sleep.", "They could not sleep"),
        ("nding", "ﬁﬁ"),
        ("s", "ß"),
        ("i", "ﬁ"),
        ("cafe", "café"),
        ("slept well", "slept\u00a0bad"),
        ("102", "10 2"),
        ("  \u00a0 ", "a b"),
        ("", "a"),
        ("a", ""),
    ],
)
def test_nothing_that_is_not_there_is_found(words: str, text: str) -> None:
    assert find(words, text) is None
