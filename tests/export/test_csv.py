import csv as reader
import io
from collections.abc import Iterator
from typing import Any

import msgspec
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec import structs

from app.export import csv, ndjson
from app.export.columns import FINDINGS, NAMES
from app.findings.flat import FlatFinding

RUN_BY_SPREADSHEETS = ("=", "+", "-", "@", "\t", "\r", "\n")
# What a store keeps: any text but NUL and lone surrogates.
texts = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), min_size=1)


def a_row(**fields: Any) -> FlatFinding:
    """A flat finding with nothing in it but what is given."""
    empty: dict[str, Any] = {}
    for field in structs.fields(FlatFinding):
        kind = str(field.type)
        empty[field.name] = [] if "list" in kind else None if "None" in kind else _plain(field.type)
    return FlatFinding(**empty | fields)


def _plain(kind: Any) -> Any:
    return {int: 1, bool: False}.get(kind, "text")


def table(*rows: FlatFinding) -> list[dict[str, str]]:
    """The exported rows as Python's reader of CSV reads them."""
    text = b"".join(csv.findings(iter(rows))).decode()
    return list(reader.DictReader(io.StringIO(text, newline=""), strict=True))


@given(text=texts)
@example("=cmd|'/C calc'!A0")
@example("'=1")
@example('a,"b"\r\nc|d\\')
@example("＝1")
def test_any_text_is_read_back_as_it_was_and_no_cell_is_a_formula(text: str) -> None:
    (row,) = table(a_row(summary=text, co_exposures=[text, "b"]))

    assert text == csv.original(row["summary"])
    assert [text, "b"] == list(_split(csv.original(row["co_exposures"])))
    assert not row["summary"].startswith(RUN_BY_SPREADSHEETS)
    assert not row["co_exposures"].startswith(RUN_BY_SPREADSHEETS)


def _split(joined: str) -> Iterator[str]:
    part, escaped = "", False
    for character in joined:
        if escaped or character not in "\\|":
            part, escaped = part + character, False
        elif character == "\\":
            escaped = True
        else:
            yield part
            part = ""
    yield part


def test_negative_numbers_stay_numbers_and_text_that_looks_like_them_does_not() -> None:
    (row,) = table(a_row(value=-0.4, ci_low=-1.0, n_events=0, p_value_text="-0.4", precipitated=True))

    assert ("-0.4", "-1.0", "0", "'-0.4", "true") == (
        row["value"], row["ci_low"], row["n_events"], row["p_value_text"], row["precipitated"],
    )  # fmt: skip


def test_what_is_missing_is_an_empty_cell_and_null() -> None:
    (row,) = table(a_row())
    (line,) = b"".join(ndjson.findings([a_row()])).splitlines()

    assert ("", "") == (row["pmid"], row["co_exposures"])
    assert (None, []) == (msgspec.json.decode(line)["pmid"], msgspec.json.decode(line)["co_exposures"])


def test_lines_end_as_the_standard_says_and_the_header_is_there_without_rows() -> None:
    assert (",".join(NAMES) + "\r\n").encode() == b"".join(csv.findings([]))
    assert b"" == b"".join(ndjson.findings([]))


@given(text=texts)
def test_ndjson_is_one_line_a_finding_whatever_is_in_it(text: str) -> None:
    lines = b"".join(ndjson.findings([a_row(summary=text), a_row()])).splitlines()

    assert 2 == len(lines)
    assert text == msgspec.json.decode(lines[0])["summary"]
    assert [column.name for column in FINDINGS] == list(msgspec.json.decode(lines[0]))


def test_a_long_export_comes_in_pieces() -> None:
    for write in (csv.findings, ndjson.findings):
        assert 4 <= len(list(write(a_row() for _ in range(2_000))))


CELLS: tuple[Any, ...] = (
    "", "a", "=1", "'=x", "a,b", 'a"b', "a\nb", "\tx", "＝x", "x|y", "\x1f=x", None, 1, -2, 1.5e-7, True, [], ["a", "b"],
    ["a|b", "c\\"], ("=x", "y"), [""], ["a,b", '"'],
)  # fmt: skip


def test_a_cell_is_written_alike_whatever_stands_above_it() -> None:
    alone = {repr(value): b"".join(csv.table(["a", "b"], [[value, "z"]])).partition(b"\r\n")[2] for value in CELLS}

    for above in CELLS:
        for value in CELLS:
            together = b"".join(csv.table(["a", "b"], [[above, "z"], [value, "z"]])).partition(b"\r\n")[2]

            assert alone[repr(above)] + alone[repr(value)] == together
