"""Tables: usual headings are known, unusual ones are named, and nobody guesses between two."""

import pytest

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
        ('Title,Year\n"Kratom,2021\n', "", "The table is broken"),
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
