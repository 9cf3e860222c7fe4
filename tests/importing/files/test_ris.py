"""RIS as reference managers and databases write it: nothing is lost in silence, nothing made up."""

import pytest

from app.citations.draft import Author, Keyword, TextPart
from tests.importing.files.reading_files import found

ARTICLE = """TY  - JOUR
ID  - 17
AU  - Smith, Kirsten Elin
AU  - Rogers, J. M.
TI  - Kratom and sleep: a survey
T2  - The Journal of Sleep
J2  - J Sleep
PY  - 2021
DA  - 2021/05/04/
VL  - 12
IS  - 3
SP  - 123
EP  - 130
SN  - 1234-5678 (Print)
DO  - https://doi.org/10.1000/SLEEP.1
AN  - 38277146
DB  - PubMed
C2  - PMC10818224
UR  - https://doi.org/10.1000/sleep.1
LA  - English
KW  - *kratom
KW  - sleep
AB  - People who took kratom
slept badly.
N1  - seen in the library
ER  -
"""


def test_every_field_of_an_article_goes_where_it_belongs() -> None:
    draft = found(ARTICLE).one

    assert ("ris", "journal_article", "Kratom and sleep: a survey") == (draft.source, draft.source_type, draft.title)
    assert [("pmid", "38277146"), ("pmcid", "PMC10818224"), ("doi", "10.1000/sleep.1")] == [
        (each.scheme, each.value) for each in draft.identifiers
    ]
    assert (
        Author(family="Smith", given="Kirsten Elin", initials="KE"),
        Author(family="Rogers", initials="JM"),
    ) == draft.authors
    assert ("2021-05-04", "2021/05/04/") == (draft.issued_on, draft.issued_raw)
    assert ("12", "3", "123-130", ("eng",)) == (draft.volume, draft.issue, draft.pages, draft.languages)
    assert draft.journal is not None
    assert ("The Journal of Sleep", "J Sleep", "1234-5678") == (
        draft.journal.title, draft.journal.abbreviation, draft.journal.issn,
    )  # fmt: skip
    assert (Keyword("kratom", major=True), Keyword("sleep")) == draft.keywords
    assert (TextPart("People who took kratom slept badly."),) == draft.texts
    assert {"ID": ["17"], "N1": ["seen in the library"]} == draft.extras


@pytest.mark.parametrize(
    "changed",
    [
        lambda text: "\ufeff" + text,
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("\n", "\r"),
        lambda text: text.replace("  - ", " - "),
        lambda text: "\n\n1.\n" + text,
        lambda text: text.replace("ER  -\n", ""),
        lambda text: text.replace("TY  - JOUR", "TY  - Journal Article"),
        lambda text: text.replace("AU  - Rogers, J. M.", "A1  - Rogers J.M."),
        lambda text: text.replace("TI  -", "T1  -").replace("T2  -", "JF  -").replace("PY  -", "Y1  -"),
        lambda text: text.replace("AB  - ", "N2  - ").replace("slept", "      slept"),
        lambda text: text.replace("KW  - *kratom\nKW  - sleep", "KW  - *kratom\nsleep"),
        lambda text: text.replace("DO  - https://doi.org/10.1000/SLEEP.1\n", ""),
    ],
)
def test_every_dialect_says_the_same(changed: object) -> None:
    assert callable(changed)
    expected, read = found(ARTICLE).one, found(changed(ARTICLE)).one

    for name in ("title", "authors", "identifiers", "issued_on", "journal", "keywords", "texts", "pages", "languages"):
        assert getattr(expected, name) == getattr(read, name), name


def test_a_tag_that_nobody_knows_is_counted_with_its_first_line_and_left_out() -> None:
    read = found(ARTICLE.replace("VL  - 12", "ZZ  - one\nZZ  - two\nVL  - 12"))

    assert ({"ZZ": 2}, "12") == (read.unknown, read.one.volume)
    assert ["'ZZ' is not known here; its value was left out 2 times, first at line 10."] == read.remarks


def test_a_record_without_its_end_is_kept_and_told() -> None:
    read = found(ARTICLE.replace("ER  -\n", "") + ARTICLE.replace("17", "18"))

    assert 2 == len(read.records)
    assert ["Line 1: The record that begins here has no ER; it was ended where the next one begins."] == read.remarks


def test_what_stands_outside_of_records_is_told_once() -> None:
    read = found(f"Record #1 of 2\nProvider: One\n1.\n{ARTICLE}\nRecord #2 of 2\n{ARTICLE}")

    assert 2 == len(read.records)
    assert ["Line 1: 3 lines from here on stand outside of any record; they were left out."] == read.remarks


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("TY  - JOUR\nAU  - Smith, J\nER  - \n", 1, "neither a title nor an identifier"),
        ("\nAU  - Smith, J\nTI  - Kratom\nER  - \n", 2, "no TY line"),
        (f"TY  - JOUR\nTI  - Kratom\nAB  - {'a' * 200_001}\nER  - \n", 1, "AB at line 3 has more than 200,000 characters"),
        ("TY  - JOUR\nTI  - Kratom\n" + "AU  - A, B\n" * 20_001, 1, "more than 20,000 values"),
    ],
)  # fmt: skip
def test_what_cannot_be_stored_is_refused_by_line_and_reason(text: str, line: int, reason: str) -> None:
    read = found(f"{text}\n{ARTICLE}")

    assert ([line], 1) == ([each.line for each in read.refused], len(read.records))
    assert reason in read.refused[0].reason


def test_a_malformed_identifier_is_told_and_the_record_kept() -> None:
    read = found(ARTICLE.replace("https://doi.org/10.1000/SLEEP.1", "10.1").replace("UR  - https://doi.org", "L2  - x"))

    assert ("doi_malformed", "10.1") in read.ids()
    assert ["Line 15: '10.1' is not a DOI; it is kept as doi_malformed and identifies nothing."] == read.remarks


@pytest.mark.parametrize(
    ("lines", "issued", "raw"),
    [
        ("PY  - 2014//", "2014", "2014//"),
        ("PY  - 1948/07//", "1948-07", "1948/07//"),
        ("PY  - 2018\nDA  - SEP", "2018-09", "2018 SEP"),
        ("PY  - 2018\nDA  - 2018/02/30", "2018-02", "2018/02/30"),
        ("PY  - 2018\nDA  - 2017/02/03", "2018", "2018"),
        ("PY  - 2018\nDA  - 03/07/2018", "2018", "2018"),
        ("PY  - 10 15", None, "10 15"),
        ("DA  - 2012/07/03", "2012-07-03", "2012/07/03"),
    ],
)
def test_a_date_is_as_partial_as_its_source(lines: str, issued: str | None, raw: str) -> None:
    draft = found(ARTICLE.replace("PY  - 2021\nDA  - 2021/05/04/", lines)).one

    assert (issued, raw) == (draft.issued_on, draft.issued_raw)


def test_an_accession_number_is_a_pmid_only_where_the_record_says_so() -> None:
    bare = ARTICLE.replace("DB  - PubMed\n", "")
    endnote = ARTICLE.replace("DB  - PubMed", "DP  - NLM")
    science = bare.replace("38277146", "WOS:000444108200009")

    assert "pmid" not in dict(found(bare).ids())
    assert ["38277146"] == found(bare).one.extras["AN"]
    assert ("pmid", "38277146") == found(endnote).ids()[0]
    assert ("wos", "000444108200009") in found(science).ids()


def test_addresses_of_two_articles_never_make_them_one() -> None:
    two = "".join(f"TY  - JOUR\nTI  - Talk {n}\nUR  - http://example.org/\nER  - \n" for n in "ab")
    read = found(two + "TY  - ELEC\nTI  - Page\nUR  - http://example.org/page\nER  - \n")

    assert [[("link", "http://example.org/")]] * 2 == [read.ids(0), read.ids(1)]
    assert [("url", "http://example.org/page")] == read.ids(2)


def test_a_record_that_nothing_identifies_is_known_by_what_it_says() -> None:
    draft = found("TY  - ABST\nAU  - Smith, KE\nTI  - A talk.\nPY  - 2019\nER  - ").one

    assert ("conference_abstract", (), "Smith KE. A talk. 2019") == (
        draft.source_type, draft.identifiers, draft.citation_text,
    )  # fmt: skip


def test_a_list_of_authors_that_goes_on_is_not_complete() -> None:
    draft = found(ARTICLE.replace("AU  - Rogers, J. M.", "AU  - et al.")).one

    assert (1, False) == (len(draft.authors), draft.authors_complete)


def test_a_chapter_keeps_its_book_and_its_isbn() -> None:
    draft = found(
        "TY  - CHAP\nTI  - Kratom\nT2  - LiverTox\nA2  - Hoofnagle, Jay\nSN  - 978-3-16-148410-0\nPB  - NIDDK\nER  - \n"
    ).one

    assert ("book", "LiverTox") == (draft.source_type, draft.book_title)
    assert {"Editor": ["Hoofnagle, Jay"], "PublisherName": ["NIDDK"]} == draft.extras
    assert [("book_isbn", "9783161484100")] == [(each.scheme, each.value) for each in draft.identifiers]


def test_names_in_one_line_that_may_be_several_people_are_kept_in_their_words_and_told() -> None:
    read = found(ARTICLE.replace("Smith, Kirsten Elin", "Kruegel, Grundmann, Hassan"))

    assert (["Kruegel, Grundmann, Hassan"], ["Rogers"]) == (
        read.one.extras["AU"], [each.family for each in read.one.authors],
    )  # fmt: skip
    assert not read.one.authors_complete
    assert [
        "Line 3: The authors 'Kruegel, Grundmann, Hassan' cannot be told apart; they are kept among the extras."
    ] == read.remarks


@pytest.mark.parametrize("kind", ["BOOK", "EDBOOK", "RPRT", "THES"])
def test_the_title_of_a_whole_book_may_stand_in_bt(kind: str) -> None:
    read = found(f"TY  - {kind}\nBT  - Kratom and Other Mitragynines\nAU  - Raffa, Robert\nPY  - 2014\nER  - \n")

    assert ("Kratom and Other Mitragynines", None, {}) == (read.one.title, read.one.journal, read.one.extras)


def test_the_book_of_a_chapter_is_not_its_title() -> None:
    read = found("TY  - CHAP\nTI  - Sleep\nBT  - Kratom and Other Mitragynines\nER  - \n")

    assert ("Sleep", "Kratom and Other Mitragynines") == (read.one.title, read.one.book_title)
