"""The rows of a table, each with the line it begins at; a broken one costs itself alone. What cells mean is ``csv_rows``'."""

import csv
from collections.abc import Iterator
from typing import NamedTuple

from app.errors import UnreadableFile

LONGEST_ROW = 2 << 20
"""Characters of one row, over however many lines, before the table is refused."""

# Of the whole process, once: two imports at a time that set and restored it would cut each other short.
csv.field_size_limit(LONGEST_ROW)


class Row(NamedTuple):
    """One row; ``fault`` says why its cells could not be told apart."""

    line: int
    cells: list[str]
    fault: str | None = None


def rows_of(lines: Iterator[tuple[int, str]], delimiter: str) -> Iterator[Row]:
    """Every row of a table.

    A row whose quotes do not fit is passed over where they show that it ends with
    its line. Raises :class:`UnreadableFile` by its line where they do not, and where
    a later row looks like the rest of it: what stands between would be read as
    records that nobody wrote.
    """
    feed = _Feed(lines)
    reader = csv.reader(feed, delimiter=delimiter, strict=True)
    broken: Row | None = None
    while True:
        feed.begin_row()
        try:
            cells = next(reader)
            row = Row(feed.line, cells)
        except StopIteration:
            return
        except csv.Error as error:
            row = broken = Row(feed.line, [], f"The row is broken: {error}.")
            if feed.quotes % 2:
                raise _without_end(row) from None
        if broken and feed.quotes < 2 * sum(cell.count('"') for cell in row.cells):
            raise _without_end(broken)
        yield row


def _without_end(row: Row) -> UnreadableFile:
    return UnreadableFile(
        f"The table is broken at line {row.line:,}, and where that row ends cannot be told. {row.fault} "
        'Write quotes within a cell twice (""), or export the table again as CSV in UTF-8.'
    )


class _Feed:
    """Lines on their way into the CSV reader, which knows nothing of the row that it is in; this does."""

    def __init__(self, lines: Iterator[tuple[int, str]]) -> None:
        self._lines = lines
        self.begin_row()

    def begin_row(self) -> None:
        self.line = self.quotes = self._size = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        number, text = next(self._lines)
        self.line = self.line or number
        self.quotes += text.count('"')
        self._size += len(text)
        if self._size > LONGEST_ROW:
            raise UnreadableFile(
                f"The row that begins at line {self.line:,} has more than {LONGEST_ROW:,} characters; a quote in it may "
                "have no end. Export the table again as CSV in UTF-8."
            )
        return f"{text}\n"
