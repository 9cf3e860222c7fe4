"""How a question is written for the text index of either database, and asked. Nothing here knows what a reader typed.

A question is put together from below: words and phrases in fields, whole names
or their beginning, joined by and, or, without. Both notations find the same
citations.
"""

from collections.abc import Sequence
from typing import Protocol

from sqlalchemy import Select, Text, bindparam, cast, column, select, table
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.orm import Session

from app.citations.folded import LONGEST_WORD, SIGN, tag
from app.citations.index import AUTHOR, TITLE, ZONES

_MARKED: dict[tuple[str, ...], str] = {("authors",): AUTHOR, ("title",): TITLE}
"""Fields whose words stand in PostgreSQL's index once more, under a mark."""
_INDEX = table("citation_index", column("rowid"), column("citation_id"), column("document"))


class Notation(Protocol):
    """What both indexes understand, each in its own signs. Words are folded; ``fields`` are keys of ``ZONES``, none means all."""

    def knows(self, fields: Sequence[str]) -> bool:
        """Whether a word in ``fields`` is found by the index alone; else every record that says it anywhere is looked at."""

    def phrase(self, words: Sequence[str], fields: Sequence[str] = (), *, truncated: bool = False) -> str:
        """The words next to each other in one text of one of the fields; ``truncated``: the last one may go on."""

    def name(self, field: str, name: str, *, truncated: bool = False) -> str:
        """A whole name, or its beginning, under a tag of the query language."""

    def both(self, parts: Sequence[str]) -> str:
        """All of the parts."""

    def either(self, parts: Sequence[str]) -> str:
        """Any of the parts."""

    def without(self, kept: str, excluded: str) -> str:
        """The first and not the second."""

    def ids(self, question: str) -> Select[int]:
        """The ids of the citations that answer to ``question``."""


class _Fts5:
    """FTS5: every word quoted, so that nothing in it is an operator."""

    def knows(self, fields: Sequence[str]) -> bool:  # noqa: ARG002 - each is a column
        return True

    def phrase(self, words: Sequence[str], fields: Sequence[str] = (), *, truncated: bool = False) -> str:
        within = f"{{{' '.join(fields)}}} : " if fields else ""
        return f'{within}"{" ".join(map(_indexed, words))}"{" *" if truncated else ""}'

    def name(self, field: str, name: str, *, truncated: bool = False) -> str:
        return f'tags : "{_token(field, name)}"{" *" if truncated else ""}'

    def both(self, parts: Sequence[str]) -> str:
        return f"({' AND '.join(parts)})"

    def either(self, parts: Sequence[str]) -> str:
        return f"({' OR '.join(parts)})"

    def without(self, kept: str, excluded: str) -> str:
        return f"({kept} NOT {excluded})"

    def ids(self, question: str) -> Select[int]:
        condition = column("citation_index").op("MATCH")(bindparam(None, question, Text))
        return select(_INDEX.c.rowid).where(condition)


class _TsQuery:
    """PostgreSQL: lexemes as they are, without a dictionary; fields are weights, and authors marked words."""

    def knows(self, fields: Sequence[str]) -> bool:
        return tuple(fields) in _MARKED

    def phrase(self, words: Sequence[str], fields: Sequence[str] = (), *, truncated: bool = False) -> str:
        if len(words) == 1 and self.knows(fields):
            return self._in_turn([_MARKED[tuple(fields)] + _indexed(words[0])], "", truncated=truncated)
        alternatives = []
        if "authors" in fields and "terms" not in fields:  # which share their weight
            alternatives.append(self._in_turn([AUTHOR + _indexed(word) for word in words], "", truncated=truncated))
        weights = "".join(ZONES[field] for field in fields if field != "authors")
        if weights or not fields:
            alternatives.append(self._in_turn([_indexed(word) for word in words], weights, truncated=truncated))
        return self.either(alternatives)

    def name(self, field: str, name: str, *, truncated: bool = False) -> str:
        return f"'{_token(field, name)}'{':*' if truncated else ''}"

    def both(self, parts: Sequence[str]) -> str:
        return f"({' & '.join(parts)})"

    def either(self, parts: Sequence[str]) -> str:
        return f"({' | '.join(parts)})"

    def without(self, kept: str, excluded: str) -> str:
        return f"({kept} & !{excluded})"

    def ids(self, question: str) -> Select[int]:
        return select(_INDEX.c.citation_id).where(_INDEX.c.document.op("@@")(cast(question, TSQUERY)))

    @staticmethod
    def _in_turn(words: Sequence[str], weights: str, *, truncated: bool) -> str:
        marks = [weights] * (len(words) - 1) + [("*" if truncated else "") + weights]
        spelled = [f"'{word}'{':' + mark if mark else ''}" for word, mark in zip(words, marks, strict=True)]
        return " <-> ".join(spelled)


def _indexed(word: str) -> str:
    """``word``; for one too long to be indexed a token that stands nowhere. PostgreSQL refuses a question with words of 2 KB."""
    return word if len(word) <= LONGEST_WORD else f"{SIGN}none"


def _token(field: str, name: str) -> str:
    """The token of a name; for one too long to be indexed a token that stands nowhere."""
    return tag(field, name) or f"{SIGN}none"


def notation_of(session: Session) -> Notation:
    """The notation of the database that ``session`` reads."""
    return _Fts5() if session.get_bind().dialect.name == "sqlite" else _TsQuery()
