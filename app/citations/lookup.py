"""Asking for many values in one statement. Nothing here knows what is asked for."""

from collections.abc import Iterable
from typing import Any

import msgspec
from sqlalchemy import BigInteger, ColumnElement, Text, bindparam, column, false, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import InstrumentedAttribute, Session


def among(
    session: Session, asked: ColumnElement[Any] | InstrumentedAttribute[Any], values: Iterable[str] | Iterable[int]
) -> ColumnElement[bool]:
    """Say that ``asked`` is one of ``values``, all of one type and passed as one parameter.

    ``IN`` with a parameter for each of 2,000 values took longer to compile than
    the database took to answer, and both databases limit their number.
    """
    listed = list(dict.fromkeys(values))
    if not listed:
        return false()
    if len(listed) == 1:  # as in most writes; a list of one took three times as long to put into words
        return asked == listed[0]
    if session.get_bind().dialect.name == "sqlite":
        each = func.json_each(bindparam(None, msgspec.json.encode(listed).decode(), Text)).table_valued(column("value"))
        return asked.in_(select(each.c.value))
    of_text = isinstance(listed[0], str)
    # Not "= ANY (…)": once the statement is prepared, PostgreSQL compares every row with all values one by one.
    return asked.in_(select(func.unnest(bindparam(None, listed, ARRAY(Text if of_text else BigInteger)))))
