"""Rows as NDJSON: one JSON object a line, keys in the order of the columns. Nothing here decides what a row holds."""

from collections.abc import Iterable, Iterator
from itertools import islice

import msgspec

from app.export.columns import NAMES, rows_of
from app.findings.flat import FlatFinding

ROWS_AT_ONCE = 500


def findings(rows: Iterable[FlatFinding]) -> Iterator[bytes]:
    """A line for each finding, some hundred lines at a time; memory stays flat."""
    encoder = msgspec.json.Encoder()
    objects = (dict(zip(NAMES, row, strict=True)) for row in rows_of(rows))
    while some := list(islice(objects, ROWS_AT_ONCE)):
        yield encoder.encode_lines(some)
