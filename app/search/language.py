"""The query language as PubMed's readers know it: text to tree and back. Nothing here knows SQL or HTTP.

Every text is a search or a :class:`MalformedQuery` that says where and what to
do; what is read in a way a reader may not expect leaves a :class:`Note`. The
rules and where they differ from PubMed's stand in ``docs/query-language.md``.

Reading goes in two passes, both loops. The first binds words to their tags and
makes leaves; the second joins them strictly left to right.
"""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from app.kit.tokens import words
from app.search.syntax import (
    FIELDS,
    NOT_EXPLODED_ON_PURPOSE,
    Both,
    Either,
    Joint,
    Leaf,
    Note,
    Query,
    Term,
    Tree,
    Without,
    Years,
    both,
    collapse,
    either,
    parts_of,
)
from app.search.terms import DOI, Token, read_field, read_term, read_tokens, read_years, refuse, shown

LONGEST = 2_000
DEEPEST = 50
MOST_TERMS = 200
MOST_TRUNCATED = 20
LONGEST_PHRASE = 60
"""Limits of one search: code points, parentheses within each other, terms, terms with ``*``, words of one phrase.

No title has 60 words; 200 common ones in a row took the index seconds.
"""

_OPERATORS: dict[str, Callable[[Tree, Tree], Tree]] = {"AND": both, "OR": either, "NOT": Without}


def parse(text: str, *, longest: int = LONGEST) -> Query:
    """Read a search text. ``longest`` is for text that :func:`unparse` wrote, which may be longer than what it came from.

    Raises :class:`MalformedQuery`, and nothing else, when it cannot be read in one way only.
    """
    if len(text) > longest:
        refuse(f"The search has {len(text)} characters; at most {longest} are read. Shorten it.", longest)
    reading = _Reading()
    joining = _Joining(reading.notes)
    for item in reading.items(text):
        joining.take(item)
    tree = joining.finish()
    return Query(tree, tuple({note.message: note for note in reversed(reading.notes)}.values())[::-1])


def unparse(tree: Tree) -> str:
    """Write a search text that reads as ``tree`` again, with the shortest tags and parentheses around every joint.

    Where these would be nested deeper than a text may be, those around the
    leftmost part are left out; the order of reading makes up for them.
    """
    text, depth = collapse(tree, _leaf_text, lambda node, done: _joint_text(node, done, bare_first=False))
    if depth > DEEPEST:
        text, _ = collapse(tree, _leaf_text, lambda node, done: _joint_text(node, done, bare_first=True))
    return text


def _leaf_text(leaf: Leaf) -> tuple[str, int]:
    if isinstance(leaf, Years):
        return (f"{leaf.first}[dp]" if leaf.first == leaf.last else f"{leaf.first}:{leaf.last}[dp]"), 0
    said = leaf.text + ("*" if leaf.truncated else "")
    quoted = leaf.phrase or leaf.field == "doi"
    return (f'"{said}"' if quoted else said) + (f"[{leaf.field}]" if leaf.field else ""), 0


def _joint_text(node: Joint, done: list[tuple[str, int]], *, bare_first: bool) -> tuple[str, int]:
    word = {Both: " AND ", Either: " OR ", Without: " NOT "}[type(node)]
    written, deepest = [], 0
    for place, (part, (text, depth)) in enumerate(zip(parts_of(node), done, strict=True)):
        closed = bool(parts_of(part)) and not (bare_first and place == 0)
        written.append(f"({text})" if closed else text)
        deepest = max(deepest, depth + closed)
    return word.join(written), deepest


class _Item(NamedTuple):
    """What the second pass joins: an ``operand`` with its tree, an ``operator``, ``open`` or ``close``."""

    kind: str
    position: int
    name: str = ""
    tree: Tree | None = None


class _Reading:
    """The first pass: words wait in ``run`` until it is known whether a tag follows them."""

    def __init__(self) -> None:
        self.notes: list[Note] = []
        self.run: list[Token] = []
        self.quoted: Token | None = None
        self.terms = self.truncated = 0
        self.after = ""

    def items(self, text: str) -> Iterator[_Item]:
        """Yield operands, operators and parentheses in the order of the text."""
        for token in read_tokens(text):
            if token.kind == "tag":
                yield from self._bind(token)
            elif token.kind == "word":
                yield from self._close_quoted()
                self.run.append(token)
            else:
                yield from self._flush()
                yield from self._single(token)
            self.after = token.kind
        yield from self._flush()

    def _single(self, token: Token) -> Iterator[_Item]:
        if token.kind == "quoted":
            self.quoted = token
        elif token.kind == "range":
            yield self._counted(read_years(token))
        else:
            yield _Item(token.kind, token.position, token.text)

    def _close_quoted(self) -> Iterator[_Item]:
        if self.quoted:
            quoted, self.quoted = self.quoted, None
            yield self._counted(read_term([quoted], None))

    def _flush(self) -> Iterator[_Item]:
        """Nothing names a field for what waits: every word stands for itself, all of them together."""
        yield from self._close_quoted()
        if not self.run:
            return
        run, self.run = self.run, []
        found = [self._counted(read_term([word], None)) for word in run]
        for word in run:
            self._note_word(word)
        name = " ".join(word.text for word in run) if len(run) > 1 else ""
        yield _Item("operand", run[0].position, name, both(*(item.tree for item in found if item.tree)))

    def _bind(self, tag: Token) -> Iterator[_Item]:
        if self.after not in {"word", "quoted"}:
            refuse(_TAG_AFTER.get(self.after, _TAG_ALONE), tag.position)
        field = read_field(tag)
        said = [self.quoted] if self.quoted else self.run
        alone = field is not None and FIELDS[field].holds in {"identifier", "years"}
        if alone and len(said) > 1:
            self.run, last = self.run[:-1], self.run[-1]
            yield from self._flush()
            said = [last]
        self.run, self.quoted = [], None
        self._note_tag(said, field, tag)
        yield self._counted(read_years(said[0]) if field == "dp" else read_term(said, field))

    def _counted(self, leaf: Leaf) -> _Item:
        self.terms += 1
        if self.terms > MOST_TERMS:
            refuse(f"The search has more than {MOST_TERMS} terms; shorten it.", leaf.position)
        if isinstance(leaf, Term):
            self._check_term(leaf)
        return _Item("operand", leaf.position, tree=leaf)

    def _check_term(self, term: Term) -> None:
        self.truncated += term.truncated
        if self.truncated > MOST_TRUNCATED:
            refuse(f"More than {MOST_TRUNCATED} terms end in *; write some of them out.", term.position)
        if len(term.words) > LONGEST_PHRASE:
            said = f"A phrase has {len(term.words)} words; at most {LONGEST_PHRASE} are read as one."
            refuse(f"{said} Take the quotes off, or shorten it.", term.position)

    def _note_word(self, word: Token) -> None:
        bare = " ".join(words(word.text))
        if bare in {"and", "or", "not"}:
            message = f"{shown(word.text)} was searched as a word; to combine, write {bare.upper()} in capitals."
        elif re.fullmatch(r"[0-9]{6,9}", word.text):
            message = f"{word.text} was searched as a word; if it is a PMID, write {word.text}[pmid]."
        elif DOI.match(word.text):
            message = f"{shown(word.text)} was searched as words; if it is a DOI, write [doi] after it."
        else:
            return
        self.notes.append(Note(message, word.position))

    def _note_tag(self, said: list[Token], field: str | None, tag: Token) -> None:
        if len(said) > 1:
            phrase = " ".join(word.text for word in said)
            message = f"The words before [{tag.text.strip()}] were read as one phrase: {shown(phrase)}. "
            self.notes.append(Note(message + "To search them apart, write AND between them.", said[0].position))
        if field == "au" and said[0].kind == "word" and re.fullmatch(r"\w\.?", said[-1].text) and len(said) > 1:
            self.notes.append(Note("Initials are found as written; Smith J does not find Smith JA.", said[0].position))
        if field and FIELDS[field].note and not tag.text.strip().casefold().endswith(NOT_EXPLODED_ON_PURPOSE):
            self.notes.append(Note(FIELDS[field].note, tag.position))


_TAG_ALONE = "A tag stands right after its word or phrase, like kratom[ti]."
_TAG_AFTER = {
    "close": "A tag belongs to a word or a phrase, not to parentheses: write (kratom[ti] OR ketum[ti]).",
    "tag": "Two tags follow each other; write kratom[ti] OR kratom[ab].",
}


class _Group:
    """What stands between two parentheses, or in the whole text, as far as it was read."""

    def __init__(self, opened_at: int) -> None:
        self.opened_at = opened_at
        self.tree: Tree | None = None
        self.operator = ""
        self.operator_at = 0
        self.before = "AND"


class _Joining:
    """The second pass: joins operands strictly left to right, one open group per parenthesis."""

    def __init__(self, notes: list[Note]) -> None:
        self.notes = notes
        self.groups = [_Group(0)]

    def take(self, item: _Item) -> None:
        """Go on by one item."""
        if item.kind == "operator":
            self._operator(item)
        elif item.kind == "open":
            self._open(item.position)
        elif item.kind == "close":
            self._close(item.position)
        elif item.tree:
            self._operand(item.tree, item.position, item.name)

    def finish(self) -> Tree:
        """The tree of the whole text."""
        group = self.groups[-1]
        if len(self.groups) > 1:
            refuse("This parenthesis is not closed; add “)” or remove it.", group.opened_at)
        if group.tree is None:
            refuse("The search is empty; write at least one word.", 0)
        self._check_complete(group)
        return group.tree

    def _operator(self, item: _Item) -> None:
        group = self.groups[-1]
        if group.tree is None:
            refuse(f"{item.name} needs something before it, like kratom {item.name} sleep.", item.position)
        if group.operator:
            refuse(f"{item.name} follows {group.operator}; write one of them (“a NOT b” leaves out b).", item.position)
        group.operator, group.operator_at = item.name, item.position

    def _open(self, position: int) -> None:
        if len(self.groups) > DEEPEST:
            refuse(f"More than {DEEPEST} parentheses stand within each other; remove some.", position)
        self.groups.append(_Group(position))

    def _close(self, position: int) -> None:
        group = self.groups[-1]
        if len(self.groups) == 1:
            refuse("This parenthesis was not opened; add “(” or remove it.", position)
        if group.tree is None:
            refuse("Between these parentheses stands nothing; fill them or remove them.", group.opened_at)
        self._check_complete(group)
        self.groups.pop()
        self._operand(group.tree, group.opened_at, "")

    def _check_complete(self, group: _Group) -> None:
        if group.operator:
            refuse(f"Nothing follows {group.operator}; add a word or remove it.", group.operator_at)

    def _operand(self, tree: Tree, position: int, run: str) -> None:
        group = self.groups[-1]
        if group.tree is None:
            group.tree = tree
            return
        if not group.operator and group.before != "AND":
            message = (
                f"AND was read here; left to right it holds for all before it, also for what {group.before} joined."
            )
            self.notes.append(Note(message, position))
        if run and group.operator in {"OR", "NOT"}:
            self._open(position)  # reads as if it stood in parentheses, and must not be deeper than they may be
            self.groups.pop()
            message = f"Words side by side belong together: read as {group.operator} ({run.replace(' ', ' AND ')})."
            self.notes.append(Note(message, position))
        group.before = group.operator or "AND"
        group.tree = _OPERATORS[group.before](group.tree, tree)
        group.operator = ""
