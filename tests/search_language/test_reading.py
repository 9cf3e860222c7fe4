"""What PubMed's readers write is read as they mean it. Expected texts are written back with all parentheses."""

import pytest

from app.search.language import parse, unparse
from app.search.syntax import FIELDS, TAGS, Term, Years, in_english, parts_of, terms

DEFAULT_SEARCH = """("Mitragyna"[Mesh] OR kratom[tiab] OR krathom[tiab] OR ketum[tiab] OR "mitragyna speciosa"[tiab]
 OR "mitragynia speciosa"[tiab] OR "mitragynine speciosa"[tiab] OR mitragynine[tiab] OR mitragynine[nm]
 OR 7-hydroxymitragynine[tiab] OR 7-hydroxymitragynine[nm])"""


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("kratom", "kratom"),
        ("kratom sleep", "kratom AND sleep"),
        ("kratom AND sleep OR withdrawal", "(kratom AND sleep) OR withdrawal"),
        ("a OR b AND c", "(a OR b) AND c"),
        ("a OR (b AND c)", "a OR (b AND c)"),
        ("a NOT b NOT c", "(a NOT b) NOT c"),
        ("a NOT b OR c", "(a NOT b) OR c"),
        ("a NOT (b OR c)", "a NOT (b OR c)"),
        ("a AND (b AND c) AND d", "a AND b AND c AND d"),
        ("((((a))))", "a"),
        ("(a)OR(b)", "a OR b"),
        ('"a"AND"b"', '"a" AND "b"'),
        ("a[ti]AND b[ti]OR c", "(a[ti] AND b[ti]) OR c"),
        # Words side by side are one unit between operators (NLM Technical Bulletin, November-December 1997).
        ("kratom OR opioid withdrawal", "kratom OR (opioid AND withdrawal)"),
        ("opioid withdrawal OR kratom", "(opioid AND withdrawal) OR kratom"),
        ("kratom NOT opioid withdrawal", "kratom NOT (opioid AND withdrawal)"),
        ('kratom OR sleep "opioid withdrawal"', '(kratom OR sleep) AND "opioid withdrawal"'),
        ("a1 OR b1[ti] c1[ti]", "(a1 OR b1[ti]) AND c1[ti]"),
        # A tag binds to the phrase, or to the run of words, before it.
        ("sleep quality[ti]", '"sleep quality"[ti]'),
        ("wit and humor [mh]", '"wit and humor"[mh]'),
        ('kratom "sleep quality"[ti]', 'kratom AND "sleep quality"[ti]'),
        ('"sleep quality" insomnia[ti]', '"sleep quality" AND insomnia[ti]'),
        ("kratom AND sleep quality[Title] OR x1", '(kratom AND "sleep quality"[ti]) OR x1'),
        ("sleep qual*[ti]", '"sleep qual*"[ti]'),
        ("Smith JA[Author]", '"Smith JA"[au]'),
        ("kratom[All Fields]", "kratom"),
        ("sleep quality[all]", '"sleep quality"'),
        ("kratom [ TITLE/Abstract ]", "kratom[tiab]"),
        # Years and identifiers are one word.
        ("kratom 2020[dp]", "kratom AND 2020[dp]"),
        ("kratom 32887187[pmid]", "kratom AND 32887187[pmid]"),
        ("2015:2024[dp]", "2015:2024[dp]"),
        ("2015 : 2024 [Publication Date]", "2015:2024[dp]"),
        ("kratom 2015[dp] : 2024[dp]", "kratom AND 2015:2024[dp]"),
        ('"2015"[Date - Publication] : "2024"[Date - Publication]', "2015:2024[dp]"),
        ('kratom AND ("2015/01/01"[Date - Publication] : "3000"[Date - Publication])', "kratom AND 2015:3000[dp]"),
        ("2015/1:2024/12[dp]", "2015:2024[dp]"),
        ("2015/01/01:2024/12/31[pdat]", "2015:2024[dp]"),
        ("2020:2020[dp]", "2020[dp]"),
        ("2015 study", "2015 AND study"),
        ("10.1016/0378-8741(83)90018-2[doi]", '"10.1016/0378-8741(83)90018-2"[doi]'),
        ("(https://doi.org/10.1111/DAR.13038[doi])", '"10.1111/dar.13038"[doi]'),
        ("32887187.2[uid]", "32887187[pmid]"),
        # Punctuation is what the index makes of it.
        ("α-synuclein", '"α-synuclein"'),
        ("insomn*, restless legs", "insomn* AND restless AND legs"),
        ('"(-)-mitragynine"', '"(-)-mitragynine"'),
        ('"benzo[a]pyrene"', '"benzo[a]pyrene"'),
        ("“sleep qual*”［ti］", '"sleep qual*"[ti]'),
        ("（kratom OR ketum）AND sleep＊", "(kratom OR ketum) AND sleep*"),
        ('"AND"', '"AND"'),
    ],
)  # fmt: skip
def test_a_text_is_read_as_it_is_meant(text: str, read: str) -> None:
    assert read == unparse(parse(text).tree)


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("kratom", Term(("kratom",), "kratom")),
        (" Kratom", Term(("kratom",), "Kratom", position=1)),
        ('"kratom"', Term(("kratom",), "kratom", phrase=True)),
        ("α-synuclein", Term(("alpha", "synuclein"), "α-synuclein", phrase=True)),
        ("TP53/MDM2[ti]", Term(("tp53", "mdm2"), "TP53/MDM2", phrase=True, field="ti")),
        ("IL-6", Term(("il", "6"), "IL-6", phrase=True)),
        ("7-OH", Term(("7", "oh"), "7-OH", phrase=True)),
        ("don't", Term(("dont",), "don't")),
        ("insomn*", Term(("insomn",), "insomn", truncated=True)),
        ('"sleep  Qual*"[tiab]', Term(("sleep", "qual"), "sleep Qual", truncated=True, phrase=True, field="tiab")),
        ("sleep quality[ab]", Term(("sleep", "quality"), "sleep quality", phrase=True, field="ab")),
        ("32887187[PMID]", Term(("32887187",), "32887187", field="pmid")),
        ("10.1111/DAR.13038[doi]", Term(("10.1111/dar.13038",), "10.1111/dar.13038", field="doi")),
    ],
)
def test_a_term_keeps_words_spelling_and_place(text: str, term: Term) -> None:
    assert term == parse(text).tree


def test_years_keep_both_ends() -> None:
    assert (Term(("kratom",), "kratom"), Years(2015, 2024, 7)) == parts_of(parse("kratom 2015:2024[dp]").tree)
    assert Years(2020, 2020) == parse("2020[dp]").tree


@pytest.mark.parametrize(
    ("spelled", "field"),
    [
        ("ti", "ti"), ("Title", "ti"), ("tiab", "tiab"), ("Title/Abstract", "tiab"), ("ab", "ab"), ("Abstract", "ab"),
        ("mh", "mh"),
        ("Mesh", "mh"), ("MeSH Terms", "mh"), ("Mesh:NoExp", "mh"), ("MeSH Terms:noexp", "mh"), ("majr", "majr"),
        ("MeSH Major Topic", "majr"), ("pt", "pt"), ("Publication Type", "pt"), ("au", "au"), ("Author", "au"), ("ta", "ta"),
        ("Journal", "ta"), ("nm", "nm"), ("Supplementary Concept", "nm"), ("la", "la"), ("Language", "la"), ("All Fields", None),
    ],
)  # fmt: skip
def test_pubmeds_short_and_long_names_are_known_in_any_case(spelled: str, field: str | None) -> None:
    for name in (spelled, spelled.upper(), f" {spelled.lower()} "):
        assert Term(("kratom",), "kratom", field=field) == parse(f"kratom[{name}]").tree


def test_every_tag_names_a_field_once() -> None:
    assert set(FIELDS) | {None} == set(TAGS.values())
    assert all(name == name.casefold() for name in TAGS)


def test_the_default_searches_are_read_whole() -> None:
    found = terms(parse(DEFAULT_SEARCH).tree)

    assert ["mh", *["tiab"] * 7, "nm", "tiab", "nm"] == [term.field for term in found]
    assert ("mitragynia", "speciosa") == found[5].words
    assert "opioid AND withdrawal AND (sleep OR insomnia)" == unparse(
        parse("opioid withdrawal AND (sleep OR insomnia)").tree
    )
    assert "kratom AND (sleep OR insomnia OR anxiety)" == unparse(
        parse("kratom AND (sleep OR insomnia OR anxiety)").tree
    )


@pytest.mark.parametrize(
    ("text", "position", "says"),
    [
        ("sleep apnea[ti]", 0, "one phrase: “sleep apnea”"),
        ("kratom and sleep", 7, "“and” was searched as a word; to combine, write AND in capitals"),
        ("kratom Or sleep", 7, "write OR in capitals"),
        ("kratom AND, sleep", 7, "write AND in capitals"),
        ("Mitragyna[mh]", 9, "narrower ones are not included"),
        ("Sleep[majr]", 5, "narrower ones are not included"),
        ("review[pt]", 6, "narrower ones are not included"),
        ("kratom OR sleep apnea", 10, "read as OR (sleep AND apnea)"),
        ("x OR y[ti] z[ti]", 11, "AND was read here"),
        ("smith j[au]", 0, "Smith J does not find Smith JA"),
        ("32887187", 0, "write 32887187[pmid]"),
        ("10.1111/dar.13038", 0, "write [doi] after it"),
    ],
)
def test_what_may_surprise_is_said(text: str, position: int, says: str) -> None:
    notes = [note for note in parse(text).notes if says in note.message]

    assert [position] == [note.position for note in notes]


@pytest.mark.parametrize(
    "text",
    [
        "kratom",
        "Mitragyna[mh:noexp]",
        "a AND b c",
        "(a OR b) c",
        '"a" b[ti] OR c',
        '"smith j"[au]',
        DEFAULT_SEARCH[20:60].strip(" OR"),
    ],
)
def test_what_surprises_nobody_leaves_no_note(text: str) -> None:
    assert () == parse(text).notes


def test_a_note_is_given_once() -> None:
    assert 1 == len(parse("Mitragyna[mh] OR Sleep[mh]").notes)


@pytest.mark.parametrize(
    ("text", "english"),
    [
        ("kratom AND sleep qual*[ti]", "“kratom” and “sleep qual…” in the title"),
        ("a OR b AND c NOT d", "((“a” or “b”) and “c”) but not “d”"),
        ("2015:3000[dp]", "published in 2015 or later"),
        ("2015:2024[dp]", "published 2015 to 2024"),
        ("Mitragyna[mh] 2020[dp]", "“Mitragyna” as a MeSH heading and published in 2020"),
        ("32887187[pmid] OR 10.1111/x[doi]", "PMID 32887187 or DOI 10.1111/x"),
    ],
)
def test_a_search_is_said_in_english(text: str, english: str) -> None:
    assert english == in_english(parse(text).tree)


def test_what_is_excluded_is_not_highlighted() -> None:
    assert ["a", "b"] == [term.text for term in terms(parse("a NOT (c OR d) AND b AND 2020[dp]").tree)]
