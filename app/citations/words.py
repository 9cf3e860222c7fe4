"""A plain question to the text index: words, "phrases" and trunc*, all of which must be there.

Nothing here knows AND, OR, NOT or field tags; the query language is built above
this room. The same text finds the same citations in both databases.
"""

import re
from dataclasses import dataclass

from sqlalchemy import Select, Text, bindparam, cast, column, false, select, table
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.orm import Session

from app.errors import MalformedQuery
from app.kit.tokens import words

MOST_WORDS = 200
"""Words in one question; a longer text is refused instead of being searched in part."""

_CHUNK = re.compile(r'"([^"]*)"?|[^\s"]+')
_INDEX = table("citation_index", column("rowid"), column("citation_id"), column("document"))


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that must follow each other within one text; ``truncated`` when the last one may go on."""

    words: tuple[str, ...]
    truncated: bool = False


def read_phrases(asked: str) -> list[Phrase]:
    """Cut a text into what must be found. What joins words joins them here too: ``IL-6`` is the phrase *il 6*.

    Raises :class:`MalformedQuery` beyond :data:`MOST_WORDS` words, and on nothing else.
    """
    phrases: dict[Phrase, None] = {}
    total = 0
    for chunk in _CHUNK.finditer(asked):
        said = chunk[1] if chunk[1] is not None else chunk[0]
        found = tuple(words(said))
        total += len(found)
        if total > MOST_WORDS:
            raise MalformedQuery(f"The search has more than {MOST_WORDS} words; shorten it.", position=chunk.start())
        if found:
            phrases[Phrase(found, said.rstrip().endswith("*"))] = None
    return list(phrases)


def matching_ids(session: Session, asked: str) -> Select[tuple[int]]:
    """Select the ids of the citations in which every word, phrase and truncated word of ``asked`` stands.

    It reads the newest data and may stand in ``WHERE … IN``. A text without a
    single letter or digit finds nothing. Raises :class:`MalformedQuery` when
    the text is too long to be a question.
    """
    phrases = read_phrases(asked)
    if session.get_bind().dialect.name == "sqlite":
        found: Select[tuple[int]] = select(_INDEX.c.rowid)
        condition = column("citation_index").op("MATCH")(bindparam(None, _for_fts5(phrases), Text))
    else:
        found = select(_INDEX.c.citation_id)
        condition = _INDEX.c.document.op("@@")(cast(_for_tsquery(phrases), TSQUERY))
    return found.where(condition if phrases else false())


def _for_fts5(phrases: list[Phrase]) -> str:
    return " AND ".join(f'"{" ".join(phrase.words)}"{" *" if phrase.truncated else ""}' for phrase in phrases)


def _for_tsquery(phrases: list[Phrase]) -> str:
    return " & ".join(f"({_in_turn(phrase)})" for phrase in phrases)


def _in_turn(phrase: Phrase) -> str:
    return " <-> ".join(f"'{word}'" for word in phrase.words) + (":*" if phrase.truncated else "")
