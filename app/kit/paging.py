"""Keyset pages: a total order, an opaque cursor, and the rows behind it. Nothing here knows a table."""

import base64
import binascii
from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, and_, false, literal, or_

from app.errors import MalformedCursor
from app.kit.canonical import sha256


class Key(msgspec.Struct, frozen=True):
    """One column of a sort order. It must never be NULL: put ``column IS NULL`` before it and coalesce it."""

    column: Any
    descending: bool = False

    @property
    def order(self) -> ColumnElement[Any]:
        """The ORDER BY term."""
        return self.column.desc() if self.descending else self.column.asc()  # type: ignore[no-any-return]  # a column of any type


def fingerprint(*parts: object) -> str:
    """Eight characters that tie a cursor to the question it was made for."""
    return sha256(repr(parts))[:8]


def write_cursor(question: str, values: Sequence[Any]) -> str:
    """An opaque cursor behind the row whose sort values are ``values``."""
    return base64.urlsafe_b64encode(msgspec.json.encode([question, list(values)])).decode().rstrip("=")


def read_cursor(cursor: str, question: str, length: int) -> list[Any]:
    """The sort values in ``cursor``. Raises :class:`MalformedCursor` unless it was made for this very question."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        found, values = msgspec.json.decode(base64.urlsafe_b64decode(padded.encode()), type=tuple[str, list[Any]])
    except (msgspec.MsgspecError, binascii.Error, UnicodeError, ValueError) as error:
        raise MalformedCursor("This cursor cannot be read; start again without it.", field="cursor") from error
    if found != question or len(values) != length or not all(_comparable(value) for value in values):
        raise MalformedCursor("This cursor belongs to another search; start again without it.", field="cursor")
    return values


def _comparable(value: object) -> bool:
    if isinstance(value, str):
        return "\0" not in value
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 2**63


def behind(keys: Sequence[Key], values: Sequence[Any]) -> ColumnElement[bool]:
    """The condition that a row stands behind ``values`` in the order of ``keys``.

    Raises :class:`MalformedCursor` where text stands for a number or a number
    for text: no row had it, and PostgreSQL would refuse to compare them.
    """
    alternatives = []
    for i, key in enumerate(keys):
        if isinstance(values[i], str) != issubclass(key.column.type.python_type, str):
            raise MalformedCursor("This cursor cannot be read; start again without it.", field="cursor")
        equal = [keys[j].column == literal(values[j]) for j in range(i)]
        further = key.column < literal(values[i]) if key.descending else key.column > literal(values[i])
        alternatives.append(and_(*equal, further))
    return or_(false(), *alternatives)
