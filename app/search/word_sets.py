"""What words find, as sets of ids. Each word has its set, kept for a data revision, and searches are cut from these.

Searches differ and their words return: two common words are cut in the time
that one of them takes the text index once. Phrases and beginnings of words cost
it far more alone than beside a rare word, so searches with these are asked whole.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from pyroaring import BitMap
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.citations.words import notation_of
from app.history.events import Head
from app.models.study import StudyReport
from app.search import compiling
from app.search.compiling import DEEPEST_QUESTION, written
from app.search.holdings import ids_of, revision_of
from app.search.kept_sets import kept
from app.search.syntax import Both, Either, Joint, Leaf, Term, Tree, Without, Years, collapse, field_of

T = TypeVar("T")

Fields = Mapping[str | None, Sequence[str]]
"""Tag → the fields of the index in which alone its words are looked for; under other tags they stay where they are."""


def with_words(session: Session, revision: Head, asked: Tree) -> BitMap:
    """The citations that ``q`` finds at ``revision``, merged ones too. The set is shared: never change it."""
    if not _is_of_lone_words(asked):
        return kept(session, revision, asked, lambda: ids_of(session, compiling.matching_citations(session, asked)))
    return collapse(asked, lambda leaf: _found_by(session, revision, leaf), _cut)


def reporting(session: Session) -> BitMap:
    """The citations that report studies: few, whatever the size of the store."""
    query = select(StudyReport.citation_id).distinct()
    return kept(session, revision_of(session), "reports of studies", lambda: ids_of(session, query))


def reports_with_words(session: Session, asked: Tree) -> BitMap:
    """Those of them that ``q`` finds; studies and findings are led to by no others."""
    return with_words(session, revision_of(session), asked) & reporting(session)


def narrowed(session: Session, revision: Head, asked: Tree, fields: Fields) -> BitMap:
    """What holds ``asked`` with its words looked for in ``fields`` alone; empty where that asks for nothing.

    What a record is asked besides (years, identifiers, what is left out) is not
    asked again: it holds already on everything that this is cut with.
    """
    notation = notation_of(session)

    def question(leaf: Leaf) -> str | None:
        if isinstance(leaf, Years) or field_of(leaf).holds == "identifier":
            return None
        if leaf.field in fields:
            return notation.phrase(leaf.words, fields[leaf.field], truncated=leaf.truncated)
        return written(notation, leaf)

    def set_of(leaf: Leaf) -> BitMap | None:
        said = question(leaf)
        return _answers(session, revision, said) if said else None

    if all(map(notation.knows, fields.values())) and _is_of_lone_words(asked):
        return (
            _reduced(asked, set_of, lambda parts: BitMap.intersection(*parts), lambda parts: BitMap.union(*parts))
            or BitMap()
        )
    whole = _reduced(asked, question, notation.both, notation.either)
    return _answers(session, revision, whole) if whole else BitMap()


def _reduced(
    tree: Tree,
    leaf: Callable[[Leaf], T | None],
    both: Callable[[list[T]], T],
    either: Callable[[list[T]], T],
) -> T | None:
    """``tree`` without what ``leaf`` gives None for and without what is left out; None where it is too deep for a question."""

    def join(node: Joint, parts: list[tuple[int, T | None]]) -> tuple[int, T | None]:
        depth = 1 + max(deep for deep, _ in parts)
        if isinstance(node, Without):
            return depth, parts[0][1]
        given = [part for _, part in parts if part is not None]
        if depth > DEEPEST_QUESTION or not given or (isinstance(node, Either) and len(given) < len(parts)):
            return depth, None
        if isinstance(given[0], str):
            given = list(dict.fromkeys(given))  # a word said twice is asked once
        return depth, either(given) if isinstance(node, Either) else both(given)

    return collapse(tree, lambda node: (0, leaf(node)), join)[1]


def _is_of_lone_words(tree: Tree) -> bool:
    return collapse(tree, _is_lone, lambda _, parts: all(parts))


def _is_lone(leaf: Leaf) -> bool:
    if isinstance(leaf, Years):
        return True
    return field_of(leaf).holds == "identifier" or not (leaf.truncated or (_is_text(leaf) and len(leaf.words) > 1))


def _is_text(term: Term) -> bool:
    return field_of(term).holds == "text"


def _found_by(session: Session, revision: Head, leaf: Leaf) -> BitMap:
    notation = notation_of(session)
    if isinstance(leaf, Years):
        return _answers(session, revision, compiling.of_years(notation, leaf))
    if field_of(leaf).holds == "identifier":
        named = (field_of(leaf).tag, leaf.words[0])
        return kept(session, revision, named, lambda: ids_of(session, compiling.identified(leaf)))
    return _answers(session, revision, written(notation, leaf))


def _cut(joint: Joint, parts: list[BitMap]) -> BitMap:
    if isinstance(joint, Without):
        return parts[0] - parts[1]
    return BitMap.intersection(*parts) if isinstance(joint, Both) else BitMap.union(*parts)


def _answers(session: Session, revision: Head, question: str) -> BitMap:
    """The citations that answer to one question of the text index."""
    return kept(session, revision, question, lambda: ids_of(session, notation_of(session).ids(question)))
