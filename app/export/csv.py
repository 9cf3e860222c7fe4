"""Rows as CSV: RFC 4180, UTF-8 without a mark, lines ending in CR LF. Nothing here decides what a row holds.

A spreadsheet runs a cell that begins with ``= + - @``, so text that does gets
an apostrophe before it. Numbers are left alone: -0.4 is a result, no formula.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from app.export.columns import NAMES, rows_of
from app.findings.flat import FlatFinding

ROWS_AT_ONCE = 500
_AS_IS = (None.__class__, int)
_NUMBERS = (*_AS_IS, float)
_LISTS = (list, tuple)
_FORMULA = re.compile("'*[=+\\-@\t\r\n＝＋－＠]")
_NEUTRALISED = re.compile("'+[=+\\-@\t\r\n＝＋－＠]")


def findings(rows: Iterable[FlatFinding]) -> Iterator[bytes]:
    """The header and a line for each finding, some hundred lines at a time; memory stays flat."""
    return table(NAMES, rows_of(rows))


def table(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """The header ``names`` and a line for each row of cells, some hundred lines at a time; memory stays flat."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(names)
    rest = iter(rows)
    while some := list(islice(rest, ROWS_AT_ONCE)):
        # Text that begins with a letter or a digit is nothing to a spreadsheet; nearly all of it does.
        writer.writerows(
            [
                value
                if (kind := value.__class__) in _AS_IS or (kind is str and value[:1].isalnum())
                else (cell(value) if value or kind not in _LISTS else None)
                for value in row
            ]
            for row in some
        )
        yield _emptied(buffer)
    yield _emptied(buffer)


def cell(value: Any) -> Any:
    """``value`` as a cell: lists joined by ``|``, nothing for None, and no text that a spreadsheet would run."""
    kind = value.__class__
    if kind is bool:
        return "true" if value else "false"
    if kind in _NUMBERS:
        return value
    text = value if kind is str else _joined(value)
    # Text that begins with apostrophes before a sign gets one more, so that ``original`` gives back every text.
    return "'" + text if not text[:1].isalnum() and _FORMULA.match(text) else text


def original(text: str) -> str:
    """What :func:`cell` made ``text`` of."""
    return text[1:] if _NEUTRALISED.match(text) else text


def _joined(values: Sequence[str]) -> str:
    text = "|".join(values)
    plain = "\\" not in text and text.count("|") < max(len(values), 1)
    return text if plain else "|".join(map(_escaped, values))


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("|", "\\|")


def _emptied(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode()
