"""Other words for the same thing: synonyms of outcomes and names of substances, from the vocabulary.

Nothing here decides whether they are searched.
"""

from collections.abc import Iterator
from functools import cache

from msgspec import Struct
from msgspec.structs import replace

from app.kit.tokens import words
from app.search.syntax import Both, Joint, Leaf, Term, Tree, Without, both, collapse, either
from app.vocabulary.words import vocabulary

_FIELDS = (None, "ti", "ab", "tiab")
"""Where words are words; names of headings and authors have no synonyms here."""
_MOST = 60
"""Terms by which one search grows; the synonyms of later words are left out, and not named either."""


class Expansion(Struct, frozen=True):
    """A word or phrase of the search, and what else it may be called."""

    term: str
    also: tuple[str, ...]


def expanded(tree: Tree) -> tuple[Tree, tuple[Expansion, ...]]:
    """``tree`` with the synonyms of each term beside it, and what they are; an ambiguous word has none."""
    found: dict[str, Expansion] = {}

    def leaf(node: Leaf) -> Tree:
        also = _synonyms(node)
        if not isinstance(node, Term) or not also or sum(len(e.also) for e in found.values()) + len(also) > _MOST:
            return node
        found[node.text] = Expansion(node.text, also)
        return either(node, *(_renamed(node, name) for name in also))

    return collapse(tree, leaf, _joined), tuple(found.values())


def _joined(joint: Joint, parts: list[Tree]) -> Tree:
    if isinstance(joint, Without):
        return Without(*parts)
    return both(*parts) if isinstance(joint, Both) else either(*parts)


def _renamed(term: Term, name: str) -> Term:
    folded = tuple(words(name))
    return replace(term, words=folded, text=name, phrase=len(folded) > 1)


def _synonyms(node: Leaf) -> tuple[str, ...]:
    if not isinstance(node, Term) or node.truncated or node.field not in _FIELDS:
        return ()
    groups = _groups().get(node.words, ())
    if len(groups) != 1:
        return ()
    return tuple(name for name in groups[0] if tuple(words(name)) != node.words)


@cache
def _groups() -> dict[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Folded words → the groups of names in which they stand; more than one means that the word is ambiguous."""
    groups: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
    for names in (*_outcomes(), *vocabulary().substance_names):
        for name in names:
            known = groups.setdefault(tuple(words(name)), [])
            if names not in known:
                known.append(names)
    return {name: tuple(found) for name, found in groups.items()}


def _outcomes() -> Iterator[tuple[str, ...]]:
    for outcome in vocabulary().outcomes.values():
        plain = [synonym.text for synonym in outcome.synonyms if not synonym.ambiguous]
        if plain:
            yield tuple(dict.fromkeys((outcome.label, *plain)))
