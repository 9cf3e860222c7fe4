"""Where a record says what was searched for: the best fragments of its texts, with the places of the words.

Words are found as the text index finds them, by the one tokeniser, so what is
marked is what matched: ``α-synuclein`` for *alpha synuclein*, ``don't`` for *dont*. What
NOT excludes is not looked for, and a field tag holds here too. Nothing here reads
the database.
"""

import re
from collections.abc import Iterator, Sequence
from html import escape
from typing import NamedTuple

from msgspec import Struct

from app.kit.tokens import fold
from app.search.syntax import EVERYWHERE, Term, field_of

MOST = 3
"""Fragments of one record."""
LENGTH = 240
"""Code points of one fragment, but for the words at its ends."""
_LEAD = 60
_LONGEST_TEXT = 20_000
_MOST_TEXTS = 60
"""What is looked at of one record; longer texts and longer lists of names are cut."""

_RUN = re.compile(r"[^\x00-\x26\x28-\x2f\x3a-\x40\x5b-\x60\x7b-\x7f]+")
"""What may be a word: no ASCII sign but the apostrophe separates less than a word from the next."""


class Source(NamedTuple):
    """A text of a record: ``part`` as ``syntax`` names it, ``field`` as readers do, the label of a part of an abstract."""

    part: str
    field: str
    text: str
    record: str
    label: str | None = None


class Snippet(Struct, frozen=True):
    """A fragment of ``record``: ``text`` is cut from the field at ``starts_at``; ``offsets`` are places in it, in code points.

    ``html`` is the same with every sign escaped, the words in ``<mark>`` and an ellipsis where it was cut.
    """

    record: str
    field: str
    label: str | None
    text: str
    html: str
    starts_at: int
    offsets: tuple[tuple[int, int], ...]


class PlacedWord(NamedTuple):
    """A folded word and where it stands in the text."""

    word: str
    start: int
    end: int


class _Hit(NamedTuple):
    start: int
    end: int
    term: int


def snippets(terms: Sequence[Term], sources: Sequence[Source]) -> list[Snippet]:
    """At most :data:`MOST` fragments with what ``terms`` ask for, at most one of each text, those that show most terms first."""
    found = []
    for place, source in enumerate(sources[:_MOST_TEXTS]):
        hits = list(_hits(terms, source))
        if hits:
            best, shown = _window(hits)
            found.append((-shown, place, _cut(source, hits, best)))
    found.sort(key=lambda each: each[:2])
    return [snippet for _, _, snippet in found[:MOST]]


def _hits(terms: Sequence[Term], source: Source) -> Iterator[_Hit]:
    asked = [(number, term) for number, term in enumerate(terms) if _may_stand(term, source.part)]
    if not asked:
        return
    tokens = list(placed_words(source.text[:_LONGEST_TEXT]))
    places: dict[str, list[int]] = {}
    for place, token in enumerate(tokens):
        places.setdefault(token.word, []).append(place)
    for number, term in asked:
        whole = field_of(term).holds == "name"
        begun = range(len(tokens)) if term.truncated and len(term.words) == 1 else places.get(term.words[0], ())
        for first in (0,) if whole else begun:
            run = tokens[first : first + len(term.words)]
            if _is_said(term, run) and (not whole or term.truncated or len(run) == len(tokens)):
                yield _Hit(run[0].start, run[-1].end, number)


def _may_stand(term: Term, part: str) -> bool:
    held = field_of(term)
    return held.holds in {"text", "name"} and part in (held.parts if term.field else EVERYWHERE.parts)


def _is_said(term: Term, run: Sequence[PlacedWord]) -> bool:
    *before, last = term.words
    if len(run) != len(term.words) or [token.word for token in run[:-1]] != before:
        return False
    return run[-1].word.startswith(last) if term.truncated else run[-1].word == last


def placed_words(text: str) -> Iterator[PlacedWord]:
    """The words of ``text`` as the index has them, each with its place in ``text``."""
    for run in _RUN.finditer(text):
        said, start = run[0], run.start()
        if said.isascii():
            word = said.replace("'", "").lower()
            if word:
                yield PlacedWord(word, start, run.end())
        else:
            yield from _foreign(said, start)


def _foreign(said: str, start: int) -> Iterator[PlacedWord]:
    """The words in a run with foreign characters: one of them may be several letters, or stand between two words."""
    word, first, last = "", 0, 0
    for place, character in enumerate(said, start):
        # Between letters, for alone a separator folds to nothing; split keeps where it parted them.
        before, *more = fold(f"a{character}b").split(" ")
        pieces = [before[1:], *more]
        pieces[-1] = pieces[-1][:-1]
        for number, piece in enumerate(pieces):
            if number:
                if word:
                    yield PlacedWord(word, first, last)
                word = ""
            if piece:
                first = first if word else place
                word, last = word + piece, place + 1
    if word:
        yield PlacedWord(word, first, last)


def _window(hits: list[_Hit]) -> tuple[int, int]:
    """Where the fragment with most different terms begins, and how many it shows."""
    ordered = sorted(hits)
    best, shown, most = ordered[0].start, 0, 0
    last = 0
    for first, hit in enumerate(ordered):
        while last < len(ordered) and ordered[last].end <= hit.start + LENGTH - _LEAD:
            last += 1
        inside = ordered[first : max(last, first + 1)][:_MOST_TEXTS]
        different = len({each.term for each in inside})
        if (different, len(inside)) > (shown, most):
            best, shown, most = hit.start, different, len(inside)
    return best, shown


def _cut(source: Source, hits: list[_Hit], best: int) -> Snippet:
    whole = source.text[:_LONGEST_TEXT]
    start, end = 0, len(whole)
    if end > LENGTH:
        start = _at_word(whole, max(0, min(best - _LEAD, end - LENGTH)), best)
        end = _before_word(whole, min(end, start + LENGTH), best)
    end = max(end, max((hit.end for hit in hits if hit.start == best), default=end))
    text = whole[start:end]
    offsets = tuple(_joined([(h.start - start, h.end - start) for h in hits if h.start >= start and h.end <= end]))
    html = ("… " if start else "") + _marked(text, offsets) + (" …" if end < len(source.text) else "")
    return Snippet(source.record, source.field, source.label, text, html, start, offsets)


def _at_word(text: str, place: int, latest: int) -> int:
    """The beginning of the next word from ``place`` on, not behind ``latest``."""
    if place == 0:
        return 0
    space = text.find(" ", place, latest)
    return space + 1 if space >= 0 else place


def _before_word(text: str, place: int, earliest: int) -> int:
    if place == len(text):
        return place
    space = text.rfind(" ", earliest, place)
    return space if space > earliest else place


def _joined(spans: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Overlapping spans as one."""
    current: tuple[int, int] | None = None
    for start, end in sorted(spans):
        if current and start < current[1]:
            current = (current[0], max(current[1], end))
        else:
            if current:
                yield current
            current = (start, end)
    if current:
        yield current


def _marked(text: str, offsets: Sequence[tuple[int, int]]) -> str:
    parts, done = [], 0
    for start, end in offsets:
        parts += [escape(text[done:start]), "<mark>", escape(text[start:end]), "</mark>"]
        done = end
    return "".join([*parts, escape(text[done:])])
