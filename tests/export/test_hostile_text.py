"""No text in any field makes a record, a formula, a command or a tag of its own."""

import csv as reader
import io
import json

import pytest

from app.export import bibtex, citation_columns, csl, csv, ndjson, ris, styles
from app.export.particulars import one_line
from app.export.references import Reference
from tests.export import reading_back
from tests.export.payloads import KINDS, PAYLOADS, TEXT_FIELDS, a_reference, hostile
from tests.export.stored import batch_of

SPREADSHEETS_RUN = ("=", "+", "-", "@", "\t", "\r", "\n")
SIMPLE = [name for name in TEXT_FIELDS if isinstance(getattr(a_reference(), name), str | None)]


def everything(kind: str) -> list[Reference]:
    """Each payload in every field at once, and each alone in each single field, all with ids of their own."""
    at_once = [hostile(payload, kind) for payload in PAYLOADS]
    alone = [a_reference(source_type=kind, **{name: payload}) for name in SIMPLE for payload in PAYLOADS]
    return [a_reference_with(number, each) for number, each in enumerate([*at_once, *alone], 1)]


def a_reference_with(number: int, reference: Reference) -> Reference:
    return a_reference(number, **{n: getattr(reference, n) for n in Reference.__struct_fields__ if n != "id"})


def test_there_are_a_hundred_payloads() -> None:
    assert len(PAYLOADS) >= 100


@pytest.mark.parametrize("kind", KINDS)
def test_ris_has_one_record_for_each_reference(kind: str) -> None:
    wanted = everything(kind)
    text = b"".join(ris.records(wanted)).decode()
    records = reading_back.ris(text)

    assert [[f"R{each.id}"] for each in wanted] == [record["ID"] for record in records]
    assert text.count("\r\n") == len(text.splitlines())
    assert not [address for record in records for address in record.get("UR", []) if not address.startswith("http")]


@pytest.mark.parametrize("kind", KINDS)
def test_bibtex_has_one_entry_for_each_reference_and_no_command(kind: str) -> None:
    wanted = everything(kind)
    entries = reading_back.bibtex(b"".join(bibtex.entries(wanted)).decode())

    assert [f"kratom-R{each.id}" for each in wanted] == [entry["ID"] for entry in entries]
    for entry, reference in zip(entries, wanted, strict=True):
        assert one_line(reference.volume or "") == reading_back.printed(entry.get("volume", ""))
        reading_back.printed(entry["title"].removeprefix("{").removesuffix("}"))
        assert entry.get("url", "http").startswith("http")


@pytest.mark.parametrize("kind", KINDS)
def test_csl_has_one_item_for_each_reference(kind: str) -> None:
    wanted = everything(kind)
    text = b"".join(csl.items(wanted)).decode()
    items = json.loads(text)

    assert [f"R{each.id}" for each in wanted] == [item["id"] for item in items]
    assert len(wanted) + 2 == len(text.split("\n")) - 1
    assert not [item for item in items if not item.get("URL", "http").startswith("http")]


def test_tables_have_one_row_for_each_reference_and_no_formula() -> None:
    wanted = everything("book")
    table = b"".join(csv.table(citation_columns.NAMES, citation_columns.rows_of(batch_of(wanted)))).decode()
    lines = b"".join(ndjson.lines(citation_columns.NAMES, citation_columns.rows_of(batch_of(wanted)))).split(b"\n")[:-1]
    rows = list(reader.reader(io.StringIO(table, newline=""), strict=True))

    assert [f"R{each.id}" for each in wanted] == [row[0] for row in rows[1:]]
    assert [f"R{each.id}" for each in wanted] == [json.loads(line)["id"] for line in lines]
    assert {len(citation_columns.NAMES)} == {len(row) for row in rows}
    assert not [cell for row in rows for cell in row if cell.startswith(SPREADSHEETS_RUN)]
    for row, reference in zip(rows[1:], wanted, strict=True):
        assert (reference.title or "") == csv.original(row[citation_columns.NAMES.index("title")])


@pytest.mark.parametrize("kind", KINDS)
def test_a_citation_in_a_page_is_text_and_nothing_else(kind: str) -> None:
    for reference in everything(kind):
        for line in (styles.vancouver_html(reference), styles.apa_html(reference)):
            assert not {"<", ">", '"'} & set(line.replace("<i>", "").replace("</i>", ""))
            assert line.count("<i>") == line.count("</i>")
        for line in (styles.vancouver(reference), styles.apa(reference)):
            assert 1 == len(line.splitlines())


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "data:text/html,x", "//example.org", "vbscript:x", "http:", ""]
)
def test_only_addresses_of_the_web_become_links(address: str) -> None:
    reference = a_reference(identifiers=(("url", address),), source_type="web_page")

    assert "UR" not in reading_back.ris(ris.record(reference))[0]
    assert "URL" not in csl.item(reference)
