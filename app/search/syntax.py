"""What a search text means: its tree, the fields a tag may name, and a plain evaluator. Nothing here reads text or SQL.

The tree is what compilers to SQL receive; :func:`matches` says for one
document what they must find. Parts of one ``AND`` or ``OR`` stand side by side
(:func:`both`, :func:`either`), so ``a AND (b AND c)`` and ``a AND b AND c`` are
one tree. Every walk is a loop: no tree is too deep for it.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import TypeVar

from msgspec import Struct

from app.kit.tokens import words

T = TypeVar("T")


class Term(Struct, frozen=True, tag=True):
    """One word, phrase, name or identifier, and where it must stand.

    ``words`` are folded, in order; for ``pmid`` and ``doi`` the one identifier
    in its normal form. ``truncated``: the last word may go on. ``phrase``: it
    was quoted, has several words, or both. ``field`` is a key of
    :data:`FIELDS`, None for everything that is indexed. ``text`` is the
    reader's own spelling without quotes, ``*`` and tag, ``position`` the code
    point at which it began.
    """

    words: tuple[str, ...]
    text: str
    truncated: bool = False
    phrase: bool = False
    field: str | None = None
    position: int = 0


class Years(Struct, frozen=True, tag=True):
    """Published in one of these years, both ends included; :data:`NO_END` as the last leaves the end open."""

    first: int
    last: int
    position: int = 0


class Both(Struct, frozen=True, tag=True):
    """Every part must hold. Made by :func:`both`."""

    parts: tuple["Tree", ...]


class Either(Struct, frozen=True, tag=True):
    """At least one part must hold. Made by :func:`either`."""

    parts: tuple["Tree", ...]


class Without(Struct, frozen=True, tag=True):
    """``kept`` must hold and ``excluded`` must not."""

    kept: "Tree"
    excluded: "Tree"


Leaf = Term | Years
Joint = Both | Either | Without
Tree = Leaf | Joint
NO_END = 3000


class Note(Struct, frozen=True):
    """What a reader should know about how the text was read; ``position`` is a code point."""

    message: str
    position: int


class Query(Struct, frozen=True):
    """A text that was read."""

    tree: Tree
    notes: tuple[Note, ...] = ()


class Field(Struct, frozen=True):
    """What a tag names. ``parts`` are the keys of a document that it looks in.

    ``holds`` says what these are: ``text`` (the words stand next to each other
    anywhere in one text), ``name`` (the words are the whole name, or its
    beginning when truncated), ``identifier`` or ``years``.
    """

    tag: str
    names: tuple[str, ...]
    english: str
    parts: tuple[str, ...]
    holds: str = "text"
    note: str = ""


_NOT_EXPLODED = (
    "[{0}] finds exactly this heading; narrower ones are not included as they are in PubMed. "
    "Add them with OR, or write [{0}:noexp] to say that this is meant."
)

FIELDS: dict[str, Field] = {
    each.tag: each
    for each in (
        Field("ti", ("title",), "{} in the title", ("title",)),
        Field("tiab", ("title/abstract",), "{} in title, abstract or keywords", ("title", "abstract", "keywords")),
        Field("ab", ("abstract",), "{} in the abstract", ("abstract",)),
        Field("mh", ("mesh", "mesh terms"), "{} as a MeSH heading", ("headings", "qualified_headings"), "name",
              _NOT_EXPLODED.format("mh")),
        Field("majr", ("mesh major topic",), "{} as a major MeSH topic", ("major_headings",), "name",
              _NOT_EXPLODED.format("majr")),
        Field("pt", ("publication type", "ptyp"), "{} as the publication type", ("publication_types",), "name",
              "[pt] finds exactly this publication type; narrower ones are not included as they are in PubMed."),
        Field("au", ("author", "auth"), "{} among the authors", ("authors",)),
        Field("ta", ("journal", "jour"), "{} as the journal", ("journal",), "name"),
        Field("dp", ("date - publication", "publication date", "pdat"), "published {}", ("year",), "years"),
        Field("pmid", ("uid",), "PMID {}", ("pmid",), "identifier"),
        Field("doi", (), "DOI {}", ("doi",), "identifier"),
        Field("nm", ("supplementary concept", "substance name"), "{} as a substance", ("substances",), "name"),
        Field("la", ("language", "lang"), "{} as the language", ("languages",), "name"),
    )
}  # fmt: skip
"""The tags, by their short name."""

EVERYWHERE = Field(
    "all", ("all fields",), "{}",
    ("title", "abstract", "keywords", "headings", "subheadings", "publication_types", "substances", "authors", "own"),
)  # fmt: skip
"""Where a term without a tag may stand: what the text index holds of a citation, or our own words about a study.

``[all]`` says the same.
"""

NOT_EXPLODED_ON_PURPOSE = (":noexp", ": noexp")
TAGS: dict[str, str | None] = {
    name: (None if each is EVERYWHERE else each.tag)
    for each in (*FIELDS.values(), EVERYWHERE)
    for spelled in (each.tag, *each.names)
    for name in (spelled, *(spelled + end for end in NOT_EXPLODED_ON_PURPOSE if each.tag in {"mh", "majr"}))
}
"""Every spelling of a tag in lower case, and the field it names."""


def field_of(term: Term) -> Field:
    """Where ``term`` must stand."""
    return EVERYWHERE if term.field is None else FIELDS[term.field]


def both(*parts: Tree) -> Tree:
    """All of ``parts``; a part that is itself an ``AND`` gives its own parts instead."""
    opened = tuple(each for part in parts for each in (part.parts if isinstance(part, Both) else (part,)))
    return opened[0] if len(opened) == 1 else Both(opened)


def either(*parts: Tree) -> Tree:
    """Any of ``parts``; a part that is itself an ``OR`` gives its own parts instead."""
    opened = tuple(each for part in parts for each in (part.parts if isinstance(part, Either) else (part,)))
    return opened[0] if len(opened) == 1 else Either(opened)


def parts_of(tree: Tree) -> tuple[Tree, ...]:
    """What is joined in ``tree``, left to right; empty for a leaf."""
    if isinstance(tree, Both | Either):
        return tree.parts
    return (tree.kept, tree.excluded) if isinstance(tree, Without) else ()


def collapse(tree: Tree, leaf: Callable[[Leaf], T], join: Callable[[Joint, list[T]], T]) -> T:
    """Replace every leaf by ``leaf(it)`` and every joint by ``join(it, what became of its parts)``, from below."""
    order: list[Tree] = []
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        order.append(node)
        waiting.extend(parts_of(node))
    done: list[T] = []
    for node in reversed(order):
        if isinstance(node, Term | Years):
            done.append(leaf(node))
            continue
        count = len(parts_of(node))
        done[-count:] = [join(node, done[-count:])]
    return done[0]


def terms(tree: Tree) -> tuple[Term, ...]:
    """The terms that a match may show, left to right, for highlighting; what NOT excludes is left out."""

    def leaf(node: Leaf) -> tuple[Term, ...]:
        return (node,) if isinstance(node, Term) else ()

    def join(node: Joint, found: list[tuple[Term, ...]]) -> tuple[Term, ...]:
        shown = found[:1] if isinstance(node, Without) else found
        return tuple(term for each in shown for term in each)

    return collapse(tree, leaf, join)


_ENGLISH = {Both: " and ", Either: " or ", Without: " but not "}


def in_english(tree: Tree) -> str:
    """``tree`` as a reader would say it, with parentheses wherever two kinds of joints meet."""

    def join(node: Joint, said: list[str]) -> str:
        shown = [f"({text})" if parts_of(part) else text for part, text in zip(parts_of(node), said, strict=True)]
        return _ENGLISH[type(node)].join(shown)

    return collapse(tree, _leaf_in_english, join)


def _leaf_in_english(leaf: Leaf) -> str:
    if isinstance(leaf, Years):
        return FIELDS["dp"].english.format(_years_in_english(leaf))
    field = field_of(leaf)
    shown = leaf.text if field.holds == "identifier" else f"“{leaf.text}{'…' if leaf.truncated else ''}”"
    return field.english.format(shown)


def _years_in_english(years: Years) -> str:
    if years.first == years.last:
        return f"in {years.first}"
    return f"in {years.first} or later" if years.last == NO_END else f"{years.first} to {years.last}"


Document = Mapping[str, Sequence[str]]
"""The texts of one citation, or of one study, by part.

The keys are those that ``parts`` of :data:`FIELDS` and :data:`EVERYWHERE` name.

``headings`` are bare names, ``qualified_headings`` such as *Mitragyna/adverse
effects*, ``year`` is four digits, identifiers are in their normal form.
"""


def matches(tree: Tree, document: Document) -> bool:
    """Whether ``document`` is what ``tree`` asks for. Slow and plain: it is what SQL is compared with."""

    def join(node: Joint, held: list[bool]) -> bool:
        if isinstance(node, Without):
            return held[0] and not held[1]
        return all(held) if isinstance(node, Both) else any(held)

    return collapse(tree, lambda leaf: _holds(leaf, document), join)


def _holds(leaf: Leaf, document: Document) -> bool:
    if isinstance(leaf, Years):
        return any(leaf.first <= int(year) <= leaf.last for year in document.get("year", ()))
    field = field_of(leaf)
    texts = [text for part in field.parts for text in document.get(part, ())]
    if field.holds == "identifier":
        return leaf.words[0] in texts
    return any(_stands_in(leaf, _folded(text), whole=field.holds == "name") for text in texts)


@lru_cache(maxsize=1 << 14)
def _folded(text: str) -> list[str]:
    """The words of a text that many terms are looked for in; nobody changes them."""
    return words(text)


def _stands_in(term: Term, found: list[str], *, whole: bool) -> bool:
    *before, last = term.words
    count = len(term.words)
    if whole and not term.truncated:
        return found == [*before, last]
    starts = (0,) if whole else range(len(found) - count + 1)
    for start in starts:
        run = found[start : start + count]
        if (
            len(run) == count
            and run[:-1] == before
            and (run[-1].startswith(last) if term.truncated else run[-1] == last)
        ):
            return True
    return False
