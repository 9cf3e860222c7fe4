"""Rows as CSV: RFC 4180, UTF-8 without a mark, lines ending in CR LF. Nothing here decides what a row holds.

A spreadsheet runs a cell that begins with ``= + - @``, so text that does gets
an apostrophe before it. Numbers are left alone: -0.4 is a result, no formula.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from app.export.columns import NAMES, rows_of

ROWS_AT_ONCE = 500
_NOTHING = type(None)
_NUMBERS = frozenset((_NOTHING, int, float))
_TEXTS = frozenset((_NOTHING, str))
_QUOTED = (",", '"', "\n", "\r")
_LISTS = frozenset((_NOTHING, list, tuple))
_FORMULA = re.compile("'*[=+\\-@\t\r\n＝＋－＠]")
_SUSPECT = re.compile("\x1f'*[=+\\-@\t\r\n＝＋－＠]")
_NEUTRALISED = re.compile("'+[=+\\-@\t\r\n＝＋－＠]")


def findings(rows: Iterable[Any]) -> Iterator[bytes]:
    """The header and a line for each finding, some hundred lines at a time; memory stays flat."""
    return table(NAMES, rows_of(rows))


def table(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """The header ``names`` and a line for each row of cells, some hundred lines at a time; memory stays flat."""
    header = ",".join(_quoted(name) for name in names)
    rest = iter(rows)
    # With the first rows: whoever takes the first piece knows that the rows can be read.
    yield f"{header}\r\n{_lines(list(islice(rest, ROWS_AT_ONCE)))}".encode()
    yield from lines(names, rest)


def lines(_names: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """The lines below the header."""
    rest = iter(rows)
    while some := list(islice(rest, ROWS_AT_ONCE)):
        yield _lines(some).encode()


def _lines(rows: Sequence[Sequence[Any]]) -> str:
    # A column at a time: what needs a closer look is found at the speed of C; a cell at a time took three times as long.
    columns = [_column(column) for column in zip(*rows, strict=True)]
    lines = zip(*columns, strict=True)
    if len(columns) == 1:
        # An empty line would be no row to a reader.
        lines = ((text or '""',) for (text,) in lines)  # type: ignore[assignment]  # one column or many, both of text
    return "".join([f"{','.join(line)}\r\n" for line in lines])


def _column(values: Sequence[Any]) -> Sequence[str]:
    """The cells of a column as text, quoted where they must be."""
    kinds = set(map(type, values))
    if kinds <= _NUMBERS:
        return ["" if value is None else str(value) for value in values]
    texts = [_joined(value) if value else "" for value in values] if kinds <= _LISTS else values
    together = "\x1f".join(["", *filter(None, texts)]) if kinds <= _TEXTS or kinds <= _LISTS else None
    # Text that begins with a letter or a digit is nothing to a spreadsheet; in nearly all columns all of it does.
    if together is None or _SUSPECT.search(together):
        texts = ["" if value is None else str(cell(value)) for value in texts]
        together = "\x1f".join(texts)
    if any(sign in together for sign in _QUOTED):
        return [_quoted(text) if text else "" for text in texts]
    return [text or "" for text in texts]


def _quoted(text: str) -> str:
    """``text``, between quotes where it holds a comma, a quote or the end of a line."""
    if '"' in text:
        return '"' + text.replace('"', '""') + '"'
    return f'"{text}"' if "," in text or "\n" in text or "\r" in text else text


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
