"""BibTeX as managers and people write it: broken entries cost themselves alone, LaTeX becomes letters."""

import pytest

from app.citations.draft import Author
from app.importing.files.latex import plain
from tests.importing.files.reading_files import found

ENTRY = r"""@article{smith2021,
  author = {M{\"u}ller, J{\'e}r{\^o}me and Smith, Jr., John and {World Health Organization} and Kirsten van der Berg},
  title = {{Kratom \& sleep: 10\% of {\O}re}},
  journal = jama # " Open", year = 2021, month = may, pages = {123--130}, volume = "12",
  doi = {10.1000/a\_b}, pmid = {38277146}, keywords = {kratom, sleep}, language = {english},
  abstract = {People slept
     badly.}, zzz = {unheard of}
}
"""
STRINGS = '@string{jama = "JAMA"}\n'


def test_an_entry_goes_where_it_belongs() -> None:
    read = found(f"% a comment\n{STRINGS}{ENTRY}")
    draft = read.one

    assert ("bibtex", "Kratom & sleep: 10% of Øre", "2021-05", "123-130", "12", ("eng",)) == (
        draft.source, draft.title, draft.issued_on, draft.pages, draft.volume, draft.languages,
    )  # fmt: skip
    assert (
        Author(family="Müller", given="Jérôme", initials="J"),
        Author(family="Smith", given="John", initials="J", suffix="Jr."),
        Author(collective="World Health Organization"),
        Author(family="van der Berg", given="Kirsten", initials="K"),
    ) == draft.authors
    assert [("pmid", "38277146"), ("doi", "10.1000/a_b")] == read.ids()
    assert draft.journal is not None
    assert ("JAMA Open", "People slept badly.") == (draft.journal.title, draft.texts[0].text)
    assert ({"zzz": 1}, {"key": ["smith2021"]}) == (read.unknown, draft.extras)


def test_a_broken_entry_is_named_and_the_rest_is_read() -> None:
    read = found(f"{STRINGS}@article{{broken, title = {{No end\n{ENTRY}@misc{{short, title={{a}}\n{ENTRY}")

    assert (2, [(2, "broken"), (11, "short")]) == (len(read.records), [(each.line, each.id) for each in read.refused])
    assert all(each.reason.startswith("The entry is broken: ") for each in read.refused)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        (r"Garc{\'\i}a", "García"), (r"\c{c}\v s\"{u}\H{o}\k{a}", "çšüőą"), (r"\ss{} \o\ \AA", "ß ø Å"),
        (r"{DSM-5} \textit{Mitragyna}", "DSM-5 Mitragyna"), (r"$\alpha$-synuclein", "α-synuclein"),
        (r"a~b \& c \% \_ \# \$", "a b & c % _ # $"), (r"\textbackslash{}input\{x\}", "\\input{x}"),
        (r"\unheardof{x}", r"\unheardofx"), ("plain", "plain"), ("``kratom''", "“kratom”"),
    ],
)  # fmt: skip
def test_latex_becomes_what_it_prints(text: str, meant: str) -> None:
    assert meant == plain(text)


def test_others_say_that_the_list_of_authors_goes_on() -> None:
    draft = found("@misc{a, author={Smith, J. and others}, title={Kratom}}").one

    assert ((Author(family="Smith", initials="J"),), False) == (draft.authors, draft.authors_complete)


def test_people_parted_by_commas_instead_of_and_are_kept_in_their_words_and_told() -> None:
    read = found("@article{a, title={A}, author={Smith J, Doe K, Roe L and King, Jr, Martin and King, Martin, Jr}}")

    assert [("King", "Jr")] * 2 == [(each.family, each.suffix) for each in read.one.authors]
    assert (["Smith J, Doe K, Roe L"], False) == (read.one.extras["author"], read.one.authors_complete)
    assert [
        "Line 1: The authors 'Smith J, Doe K, Roe L' cannot be told apart; they are kept among the extras."
    ] == read.remarks


def test_an_entry_with_a_field_twice_is_read_and_told() -> None:
    text = (
        "title={A}, keywords={x}, keywords={y}, author={Li, B}, author={Ma, C}, year=2020, year=2021, doi={10.1000/a}"
    )
    read = found(f"@article{{a,\n {text}, doi={{10.1000/b}}, title={{B}}}}")

    assert ("A", "2020", ["x", "y"], ["Li"], [("doi", "10.1000/a")]) == (
        read.one.title, read.one.issued_on, [each.text for each in read.one.keywords],
        [each.family for each in read.one.authors], read.ids(),
    )  # fmt: skip
    assert {
        "title": ["B"], "author": ["Ma, C"], "year": ["2021"], "doi": ["10.1000/b"], "key": ["a"],
    } == read.one.extras  # fmt: skip
    assert [
        "Line 1: The entry has author, doi, keywords, title, year more than once. Lists are joined; else the first one counts."
    ] == read.remarks


@pytest.mark.parametrize(
    ("fields", "ids", "kept"),
    [
        ("eprint={38277146}, eprinttype={pubmed}", [("pmid", "38277146")], {}),
        ("eprint={PMC10818224}, eprinttype={pmc}", [("pmcid", "PMC10818224")], {}),
        ("eprint={7}, eprinttype={pubmed}, pmid={38277146}", [("pmid", "38277146")], {"eprint": ["PMID: 7"]}),
        ("eprint={2101.1}, eprinttype={arxiv}", [], {"eprint": ["2101.1"], "eprinttype": ["arxiv"]}),
    ],
)
def test_an_eprint_is_a_number_of_pubmed_where_the_entry_says_so(
    fields: str, ids: list[tuple[str, str]], kept: dict[str, list[str]]
) -> None:
    read = found(f"@article{{a, title={{A}}, {fields}}}")

    assert (ids, {**kept, "key": ["a"]}) == (read.ids(), read.one.extras)
