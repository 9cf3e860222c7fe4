"""Tables: usual headings are known, unusual ones are named, and nobody guesses between two."""

import pytest

from app.citations.draft import Author
from app.errors import UnknownValue
from app.importing.files.csv_rows import read_columns
from app.importing.files.reading import Batch, Fault, Wanted, read_pieces
from tests.importing.files.reading_files import found

TABLE = "Title,Authors,Journal/Book,Publication Year,PMID,DOI,Colour\n"
TABLE += '"Kratom, sleep","Smith KE, Rogers JM",J Sleep,2021,7,10.1000/A,red\n'


def test_a_table_with_usual_headings_is_read_row_by_row() -> None:
    read = found(TABLE + "\nAnother,,,,,,\n,,,,,,blue\n")

    assert ("Kratom, sleep", "2021", ["Smith", "Rogers"]) == (
        read.records[0].title, read.records[0].issued_on, [each.family for each in read.records[0].authors],
    )  # fmt: skip
    assert ([("pmid", "7"), ("doi", "10.1000/a")], {"Colour": 2}) == (read.ids(), read.unknown)
    assert [(3, "The row is empty."), (5, "It has neither a title nor an identifier.")] == [
        (each.line, each.reason) for each in read.refused
    ]


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_cells_may_be_parted_by_other_signs(delimiter: str) -> None:
    assert [("doi", "10.1000/a")] == found(f"Title{delimiter}DOI\nKratom{delimiter}10.1000/a\n").ids()


def test_unusual_headings_are_named() -> None:
    text = b"Was,Wann,Kennung\nKratom,2021,10.1000/a\n"
    wanted = Wanted(columns=read_columns("title=Was, year=wann,doi=Kennung"))
    batch = next(iter(read_pieces(text, wanted=wanted)))

    assert isinstance(batch, Batch)
    assert ("Kratom", "2021") == (batch.records[0].title, batch.records[0].issued_on)


@pytest.mark.parametrize(
    ("text", "columns", "says"),
    [
        (
            "Was,Wann\nKratom,2021\n",
            "year=Wann",
            "No column of titles, DOIs or PMIDs is known. Columns found: 'Was', 'Wann'",
        ),
        (
            "Title,Year\nKratom,2021\n",
            "doi=Kennung",
            "The column 'Kennung' is not there. Columns found: 'Title', 'Year'",
        ),
        ("Title,title,Year\na,b,2021\n", "", "Two columns are called 'Title'. Columns found"),
        ('Title,Year\n"Kratom,2021\n', "", "The table is broken at line 2, and where that row ends cannot be told."),
        ('Title,Year\na,1\n"A "b" c\nd",2021\n', "", "The table is broken at line 3"),
        ('Title,Year\na,1\n"A "b c\nd",2021\ne,2\n', "", "The table is broken at line 3"),
        ("Title,Year" + ",a" * 1_000 + "\n", "", "The table has 1,002 columns; at most 1,000 are read."),
    ],
)
def test_what_cannot_be_mapped_is_refused_with_what_was_found(text: str, columns: str, says: str) -> None:
    *_, fault = read_pieces(text.encode(), wanted=Wanted(columns=read_columns(columns)))

    assert isinstance(fault, Fault)
    assert says in fault.message


def test_a_field_that_no_column_can_be_is_refused_with_those_that_can() -> None:
    with pytest.raises(UnknownValue, match="'colour=Farbe' names no column"):
        read_columns("title=Titel,colour=Farbe")


def test_a_formula_is_no_title() -> None:
    rows = ["=1+1", "=HYPERLINK(x)", "@SUM(A1)", "+cmd|x", "-2-methyl", "(-)-Mitragynine", "@home: a survey"]
    read = found("Title,DOI\n" + "".join(f"{row},10.1000/{n}\n" for n, row in enumerate(rows)))

    assert ["-2-methyl", "(-)-Mitragynine", "@home: a survey"] == [each.title for each in read.records]
    assert {"Its title is a spreadsheet's formula."} == {each.reason for each in read.refused}


def test_a_row_whose_quotes_do_not_fit_is_rejected_by_its_line_and_the_others_are_read() -> None:
    read = found('Title,DOI\n"A\nb",10.1000/a\n"B "quoted" b",10.1000/b\n"C ""c""",10.1000/c\n')

    assert (["A b", 'C "c"'], [4]) == ([each.title for each in read.records], [each.line for each in read.refused])
    assert "The row is broken: ',' expected after '\"'." == read.refused[0].reason


@pytest.mark.parametrize(
    "authors",
    [
        "John Smith, Jane Doe",
        "Kruegel, Grundmann, Hassan",
        "Grundmann O, Hassan",
        "John Smith, Jane Doe, Al Roe, Bo Li",
    ],
)
def test_authors_that_commas_do_not_tell_apart_are_kept_in_their_words_and_told(authors: str) -> None:
    read = found(f'Title,Authors\nKratom,"{authors}"\n')

    assert ((), False, {"Authors": [authors]}) == (read.one.authors, read.one.authors_complete, read.one.extras)
    assert [f"Line 2: The authors '{authors}' cannot be told apart; they are kept among the extras."] == read.remarks


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("van der Berg, Jan Willem", [Author(family="van der Berg", given="Jan Willem", initials="JW")]),
        ("Garcia Marquez, G. J.", [Author(family="Garcia Marquez", initials="GJ")]),
        ("King, Martin, Jr.", [Author(family="King", given="Martin", initials="M", suffix="Jr.")]),
        ("King, M., Ph.D., MPH", [Author(family="King", initials="M", suffix="Ph.D., MPH")]),
        ("Garcia Marquez, Gabriel Jose; Li, Bo", [
            Author(family="Garcia Marquez", given="Gabriel Jose", initials="GJ"), Author(family="Li", initials="B", given="Bo"),
        ]),
        ("['Smith, J', 'Li, K']", [Author(family="Smith", initials="J"), Author(family="Li", initials="K")]),
        ("[Anonymous]", [Author(collective="[Anonymous]")]),
        ("[]", []),
    ],
)  # fmt: skip
def test_authors_that_can_be_told_apart_are(cell: str, expected: list[Author]) -> None:
    read = found(f'Title,Authors\nKratom,"{cell}"\n')

    assert (expected, []) == ([*read.one.authors], read.remarks)
