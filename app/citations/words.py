"""A plain question to the text index: words, "phrases" and trunc*, all of which must be there.

Nothing here knows AND, OR, NOT or field tags; the query language is built above
this room. The same text finds the same citations in both databases.
"""

import re
from dataclasses import dataclass

from sqlalchemy import Select, Text, bindparam, cast, column, select, table
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.orm import Session

from app.errors import MalformedQuery
from app.kit.tokens import words

MOST_WORDS = 200
"""Words in one question; a longer text is refused instead of being searched in part."""

_CHUNK = re.compile(r'"([^"]*)"?|[^\s"]+')
_OPERATORS = ("AND", "OR", "NOT")
_INDEX = table("citation_index", column("rowid"), column("citation_id"), column("document"))


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that must follow each other within one text; ``truncated`` when the last one may go on."""

    words: tuple[str, ...]
    truncated: bool = False


def read_phrases(asked: str) -> list[Phrase]:
    """Cut a text into what must be found. What joins words joins them here too: ``IL-6`` is the phrase *il 6*.

    Raises :class:`MalformedQuery` with the position for what only the query
    language could answer (``OR``, ``NOT``, parentheses, field tags), for a quote
    that is not closed, for a text without a word, and beyond :data:`MOST_WORDS`
    words: another question than the one asked is never answered.
    """
    phrases: dict[Phrase, None] = {}
    total = 0
    for chunk in _CHUNK.finditer(asked):
        said = chunk[1] if chunk[1] is not None else chunk[0]
        _refuse_language(chunk)
        found = tuple(words(said))
        total += len(found)
        if total > MOST_WORDS:
            raise MalformedQuery(f"The search has more than {MOST_WORDS} words; shorten it.", position=chunk.start())
        if found:
            phrases[Phrase(found, said.rstrip().endswith("*"))] = None
    if not phrases:
        raise MalformedQuery("The search holds no word; write letters or digits, like: insomnia.")
    return list(phrases)


def _refuse_language(chunk: re.Match[str]) -> None:
    said, place = chunk[0], chunk.start()
    if said.startswith('"'):
        if not (len(said) > 1 and said.endswith('"')):
            raise MalformedQuery('The quote " is not closed; close it or leave it out.', position=place)
        return
    if said in _OPERATORS:
        raise MalformedQuery(
            f"{said} is not understood here: every word must be there. Put it in quotes to search for the word.",
            position=place,
        )
    sign = next((sign for sign in "()[]" if sign in said), None)
    if sign:
        raise MalformedQuery(
            f"{sign} is not understood here: no parentheses and no field tags; every word must be there.",
            position=place + said.index(sign),
        )


def matching_ids(session: Session, asked: str) -> Select[tuple[int]]:
    """Select the ids of the citations in which every word, phrase and truncated word of ``asked`` stands.

    It reads the newest data and may stand in ``WHERE … IN``. Raises
    :class:`MalformedQuery` when the text is no question of plain words.
    """
    phrases = read_phrases(asked)
    if session.get_bind().dialect.name == "sqlite":
        found: Select[tuple[int]] = select(_INDEX.c.rowid)
        condition = column("citation_index").op("MATCH")(bindparam(None, _for_fts5(phrases), Text))
    else:
        found = select(_INDEX.c.citation_id)
        condition = _INDEX.c.document.op("@@")(cast(_for_tsquery(phrases), TSQUERY))
    return found.where(condition)


def _for_fts5(phrases: list[Phrase]) -> str:
    return " AND ".join(f'"{" ".join(phrase.words)}"{" *" if phrase.truncated else ""}' for phrase in phrases)


def _for_tsquery(phrases: list[Phrase]) -> str:
    return " & ".join(f"({_in_turn(phrase)})" for phrase in phrases)


def _in_turn(phrase: Phrase) -> str:
    return " <-> ".join(f"'{word}'" for word in phrase.words) + (":*" if phrase.truncated else "")
