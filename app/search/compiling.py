"""From the tree of a query to the ids of citations, the same set in both databases. Nothing here reads text.

Words, names and years become one question to the text index. Identifiers stand
in a table of their own; a joint of both kinds is joined by SQL. What
:func:`app.search.syntax.matches` says of one document, this finds among all.
"""

from collections.abc import Callable, Iterator

from msgspec import Struct
from sqlalchemy import ColumnElement, Select, and_, false, func, not_, or_, select, true, union_all
from sqlalchemy.orm import Session

from app.citations.lookup import among
from app.citations.words import Notation, notation_of
from app.models.citation import Citation, CitationIdentifier
from app.search.syntax import Both, Either, Joint, Leaf, Term, Tree, Without, Years, collapse, field_of

DEEPEST_QUESTION = 12
"""Joints within each other that one question to the index may have; FTS5 keeps at most 100 signs open."""
DEEPEST_SQL = 6
"""Joints within each other in SQL; what lies deeper is answered first."""

_FIELDS = {"title", "abstract", "keywords", "authors"}


class _Part(Struct):
    """What a subtree became: a ``question`` to the index, or a ``condition`` on citations; ``depth`` counts joints."""

    depth: int = 0
    question: str = ""
    condition: ColumnElement[bool] | None = None


def matching_citations(session: Session, tree: Tree) -> Select[int]:
    """Select the ids of the citations that ``tree`` asks for; it may stand in ``WHERE … IN``.

    Trees in which many joints of words and identifiers lie within each other
    are answered in part at once, so the caller's snapshot must be the one that
    the result is used in.
    """
    compiling = _Compiling(session)
    done = collapse(tree, compiling.leaf, compiling.join)
    if done.question:
        return compiling.notation.ids(done.question)
    return select(Citation.id).where(compiling.condition_of(done))


def written(notation: Notation, term: Term) -> str:
    """The question that one term of words or a name is."""
    field = field_of(term)
    if field.holds == "name":
        return notation.name(field.tag, term.text, truncated=term.truncated)
    within = () if term.field is None else tuple(part for part in field.parts if part in _FIELDS)
    return notation.phrase(term.words, within, truncated=term.truncated)


def of_years(notation: Notation, years: Years) -> str:
    """The question that a range of years is."""
    return notation.either([notation.name("dp", each, truncated=len(each) < 4) for each in _beginnings(years)])


class _Compiling:
    def __init__(self, session: Session) -> None:
        self.session = session
        self.notation = notation_of(session)

    def leaf(self, leaf: Leaf) -> _Part:
        if isinstance(leaf, Years):
            return _Part(question=of_years(self.notation, leaf))
        if field_of(leaf).holds == "identifier":
            return _Part(condition=Citation.id.in_(identified(leaf)))
        return _Part(question=written(self.notation, leaf))

    def join(self, joint: Joint, parts: list[_Part]) -> _Part:
        depth = 1 + max(part.depth for part in parts)
        if all(part.question for part in parts) and depth <= DEEPEST_QUESTION:
            return _Part(depth, question=self._question(joint, [part.question for part in parts]))
        conditions = [self.condition_of(part) for part in self._gathered(joint, parts)]
        condition = _JOINTS[type(joint)](*conditions)
        layers = 1 + max((part.depth for part in parts if part.condition is not None), default=0)
        if layers > DEEPEST_SQL:
            found = list(self.session.scalars(select(Citation.id).where(condition)))
            return _Part(condition=among(self.session, Citation.id, found))
        return _Part(layers, condition=condition)

    def condition_of(self, part: _Part) -> ColumnElement[bool]:
        if part.condition is not None:
            return part.condition
        return Citation.id.in_(self.notation.ids(part.question))

    def _gathered(self, joint: Joint, parts: list[_Part]) -> Iterator[_Part]:
        """The parts, those of an AND or OR that are shallow questions put together as one."""
        if isinstance(joint, Without):
            yield from parts
            return
        together = []
        for part in parts:
            if part.question and part.depth < DEEPEST_QUESTION:
                together.append(part.question)
            else:
                yield part
        if together:
            yield _Part(question=self._question(joint, together))

    def _question(self, joint: Joint, questions: list[str]) -> str:
        if isinstance(joint, Without):
            return self.notation.without(*questions)
        return self.notation.both(questions) if isinstance(joint, Both) else self.notation.either(questions)


_JOINTS: dict[type[Joint], Callable[..., ColumnElement[bool]]] = {
    Both: and_,
    Either: or_,
    Without: lambda kept, excluded: and_(kept, not_(excluded)),
}


def identified(term: Term) -> Select[int]:
    """Citations that carry the identifier, also where it is disputed between two; each half of the table has its own index.

    A merged record keeps its identifiers, and the one that stands for it is found by them.
    """
    asked = (CitationIdentifier.scheme == field_of(term).tag, CitationIdentifier.value == term.words[0])
    halves = [
        select(CitationIdentifier.citation_id).where(*asked, CitationIdentifier.identifies == alone)
        for alone in (true(), false())
    ]
    found = select(union_all(*halves).subquery().c.citation_id)
    return select(func.coalesce(Citation.merged_into, Citation.id)).where(Citation.id.in_(found))


def _beginnings(years: Years) -> Iterator[str]:
    """Whole years, decades, centuries and millennia that together are the range: 1998 to 2012 is 1998, 1999, 200*, 2010 …"""
    year = years.first
    while year <= min(years.last, 2999):
        width = next(
            width for width in (1000, 100, 10, 1) if year % width == 0 and year + width - 1 <= min(years.last, 2999)
        )
        yield str(year)[: 5 - len(str(width))]
        year += width
