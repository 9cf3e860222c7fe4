"""What cannot be read in one way only is refused at its place, with what to do."""

import pytest

from app.errors import MalformedQuery
from app.search.language import LONGEST, LONGEST_PHRASE, MOST_TERMS, MOST_TRUNCATED, parse


@pytest.mark.parametrize(
    ("text", "position", "says"),
    [
        ("", 0, "empty"),
        (" \n", 0, "empty"),
        ("(a AND b", 0, "not closed"),
        ("a AND (b OR (c)", 6, "not closed"),
        ("a) AND b", 1, "not opened"),
        ("a AND ()", 6, "stands nothing"),
        ("a AND ( ( ) )", 8, "stands nothing"),
        ('a AND "b', 6, "no partner"),
        ('a "" b', 2, "no letter or digit"),
        ('"—"', 0, "no letter or digit"),
        ("α “kratom", 2, "no partner"),
        ("NOT a", 0, "NOT needs something before it"),
        ("a AND (NOT b)", 7, "NOT needs something before it"),
        ("OR", 0, "OR needs something before it"),
        ("a OR", 2, "Nothing follows OR"),
        ("(a AND) b", 3, "Nothing follows AND"),
        ("a AND NOT b", 6, "NOT follows AND"),
        ("a AND AND b", 6, "AND follows AND"),
        ("kratom[tw]", 6, "Known: [ti] [tiab]"),
        ("kratom[]", 6, "no tag"),
        ('"sleep quality"[tiab:~2]', 15, "no tag"),
        ("[ti] kratom", 0, "right after its word"),
        ("a AND [ti]", 6, "right after its word"),
        ("(a OR b)[ti]", 8, "not to parentheses"),
        ("a[ti][ab]", 5, "Two tags"),
        ("2015:2024[dp][ti]", 13, "right after its word"),
        ("a[ti", 1, "not closed"),
        ("a]", 1, "not opened"),
        ("*", 0, "stands alone"),
        ("a AND *[ti]", 6, "stands alone"),
        ('"*"', 1, "stands alone"),
        ("in*", 2, "At least 3"),
        ("IL-6*", 4, "At least 3"),
        ("IL-*", 3, "right before *"),
        ("wom*n", 3, "can only end"),
        ("*mania", 0, "can only end"),
        ("insomn**", 6, "can only end"),
        ('"sleep* quality"', 6, "can only end"),
        ("sleep* quality[ti]", 0, "only the last word"),
        ("wom?n", 0, "cannot be read"),
        ("2024:2015[dp]", 0, "backwards"),
        ("kratom 0001[dp]", 7, "1000 to 2999"),
        ("3000[dp]", 0, "1000 to 2999"),
        ("20:30[dp]", 0, "no year"),
        ("2015:[dp]", 0, "no year"),
        (":2024[dp]", 0, "no year"),
        ("kratom[dp]", 0, "no year"),
        ("2020/05[dp]", 0, "whole years"),
        ("2015/02/01:2024[dp]", 0, "whole years"),
        ("2015:2024/06[dp]", 0, "whole years"),
        ("2015:2024", 0, "followed by [dp]"),
        ("2015:2024[ti]", 0, "followed by [dp]"),
        ("2015 : 2024", 5, "no letter or digit"),
        ("kratom[pmid]", 0, "not a PMID"),
        ("kratom[doi]", 0, "not a DOI"),
        ("kratom & sleep", 7, "write AND, OR or NOT"),
        ("kratom — sleep", 7, "no letter or digit"),
        ("kratom -sleep", 7, "write NOT"),
        ("(-)-mitragynine", 1, "quotes"),
        ("#1 AND #2", 0, "Earlier searches"),
        ("ti:kratom", 0, "write kratom[ti]"),
        ("kratom NEAR/3 sleep", 7, "near each other"),
        ("kratom\0", 6, "U+0000"),
        ("😀 \ud800", 2, "U+D800"),
    ],
)
def test_what_cannot_be_read_is_refused_at_its_place(text: str, position: int, says: str) -> None:
    with pytest.raises(MalformedQuery) as refused:
        parse(text)

    assert position == refused.value.position
    assert says in refused.value.message
    assert "q" == refused.value.field


def test_a_text_of_two_thousand_characters_is_read_and_one_more_is_not() -> None:
    parse("k" * LONGEST)

    with pytest.raises(MalformedQuery, match="at most 2000") as refused:
        parse("k" * (LONGEST + 1))
    assert LONGEST == refused.value.position


def test_two_hundred_terms_are_read_and_one_more_is_not() -> None:
    parse("k " * MOST_TERMS)

    with pytest.raises(MalformedQuery, match="more than 200 terms") as refused:
        parse("k " * MOST_TERMS + "k")
    assert 2 * MOST_TERMS == refused.value.position


def test_twenty_truncated_terms_are_read_and_one_more_is_not() -> None:
    parse("kra* " * MOST_TRUNCATED)

    with pytest.raises(MalformedQuery, match="More than 20") as refused:
        parse("kra* " * MOST_TRUNCATED + "kra*")
    assert 5 * MOST_TRUNCATED == refused.value.position


def test_fifty_parentheses_are_read_and_one_more_is_not() -> None:
    parse("(" * 50 + "a" + ")" * 50)

    with pytest.raises(MalformedQuery) as refused:
        parse("(" * 51 + "a" + ")" * 51)
    assert 50 == refused.value.position


def test_a_long_word_is_shown_in_part() -> None:
    with pytest.raises(MalformedQuery) as refused:
        parse("-" + "k" * 1_000)

    assert len(refused.value.message) < 200


def test_a_phrase_is_bounded_and_the_place_of_the_long_one_is_named() -> None:
    phrase = "of the " * (LONGEST_PHRASE // 2)
    parse(f'kratom "{phrase}"')

    with pytest.raises(MalformedQuery, match=f"{LONGEST_PHRASE + 1} words") as refused:
        parse(f'kratom "{phrase}end"')
    assert 7 == refused.value.position
