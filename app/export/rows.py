"""Rows of citations asked for in the plain words of a database, by whichever process has a connection to it.

The words come from ``reading``, which knows the tables; nothing here loads
SQLAlchemy, so that a second process can read as well (``making``). Both drivers are asked in the same way.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from msgspec import Struct, json

from app.export.references import Batch

AT_ONCE = 250
"""Citations that are read at once: more do not stay in the processor's own memory until their lines are made."""
_DENSE = 1.5


class Question(Struct, array_like=True):
    """A statement as a driver wants it. ``order`` names its parameters where the driver takes them by place."""

    text: str
    order: Sequence[str] | None
    fixed: Mapping[str, Any]

    def answer(self, its: Any, **given: Any) -> list[Any]:
        """The rows that the driver's connection ``its`` gives; none is made an object of SQLAlchemy's, which costs more."""
        values = {**self.fixed, **given}
        asked = its.execute(self.text, values if self.order is None else [values[name] for name in self.order])
        rows: list[Any] = asked.fetchall()
        return rows


class Questions(Struct, array_like=True):
    """What is asked: the newest link of the history, then rows, identifiers and studies, by a span of ids or by each."""

    head: Question
    of_span: tuple[Question, Question, Question]
    of_each: tuple[Question, Question, Question]
    lists_are_text: bool
    """Whether the database takes many numbers as JSON."""


def batch(its: Any, questions: Questions, ids: Sequence[int]) -> Batch:
    """The citations with these rising ``ids``; unknown ones are left out.

    Where most of a span is asked for, the span is read, which is twice as fast.
    """
    if not ids:
        return Batch([], [], [])
    if ids[-1] - ids[0] >= _DENSE * len(ids):
        numbers = json.encode(ids).decode() if questions.lists_are_text else ids
        return Batch(*(each.answer(its, ids=numbers) for each in questions.of_each))
    rows, identifiers, studies = (each.answer(its, first=ids[0], last=ids[-1]) for each in questions.of_span)
    if ids[-1] - ids[0] >= len(ids):
        asked = set(ids)
        rows = [row for row in rows if row[0] in asked]
    return Batch(rows, identifiers, studies)


def head(its: Any, questions: Questions) -> tuple[int, str]:
    """Number and hash of the newest data revision: who sees the same one sees the same store."""
    for n, digest in questions.head.answer(its):
        return n, digest
    return 0, ""


def in_batches(ids: Iterable[int], size: int = 1_000) -> Iterator[list[int]]:
    """``ids``, ``size`` of them at a time."""
    rest = iter(ids)
    while some := list(islice(rest, size)):
        yield some
