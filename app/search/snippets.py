"""Where a record says what was searched for: the best fragments of its texts, with the places of the words.

Words are found as the text index finds them, by the one tokeniser, so what is
marked is what matched: ``α-synuclein`` for *alpha synuclein*, ``don't`` for *dont*. What
NOT excludes is not looked for, and a field tag holds here too. Nothing here reads
the database.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from html import escape
from itertools import islice
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
_LONGEST_KEPT_RUN = 40

_RUN = re.compile(r"[^\x00-\x26\x28-\x2f\x3a-\x40\x5b-\x60\x7b-\x7f]+")
"""What may be a word: no ASCII sign but the apostrophe separates less than a word from the next."""
_ODD = re.compile("['\x80-\U0010ffff]")
_ODD_SIGN = "'"
"""What makes a word more than its letters, and one sign in place of each, so that places stay and the text is ASCII."""


_SPECIAL = re.compile("[&<>\"']")
"""What HTML has another meaning for."""


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


class Marker:
    """Looks for the terms of one search in one record after the other."""

    def __init__(self, terms: Sequence[Term]) -> None:
        self._terms = list(enumerate(terms))
        self._of_part: dict[str, list[_Sought]] = {}

    def snippets(self, sources: Iterable[Source]) -> list[Snippet]:
        """At most :data:`MOST` fragments with what is asked for, at most one of each text, those that show most terms first."""
        found = []
        for place, source in enumerate(islice(sources, _MOST_TEXTS)):
            hits = self._hits(source)
            if hits:
                best, shown = _window(hits)
                found.append((-shown, place, source, hits, best))
        found.sort(key=lambda each: each[:2])
        return [_cut(source, hits, best) for _, _, source, hits, best in found[:MOST]]

    def looks_in(self, part: str) -> bool:
        """Whether any term may stand in texts of ``part``."""
        return bool(self._sought_in(part))

    def may_mark(self, part: str, texts: Sequence[str]) -> bool:
        """Whether one of ``texts`` may say a term; it is cheaper to ask this of many names than to look at each."""
        joined = "\n".join(texts)
        if not _is_plain(joined):
            return True
        lowered = joined.lower()
        return any(each.begins in lowered for each in self._sought_in(part))

    def may_mark_json(self, part: str, texts: Sequence[str]) -> bool:
        """The same of names that still stand in JSON, where a sign may be written as its number."""
        return any("\\u" in text for text in texts) or self.may_mark(part, texts)

    def _hits(self, source: Source) -> list[_Hit]:
        sought = self._sought_in(source.part)
        return _found_in(sought, source.text[:_LONGEST_TEXT]) if sought else []

    def _sought_in(self, part: str) -> "list[_Sought]":
        sought = self._of_part.get(part)
        if sought is None:
            sought = [_sought(number, term) for number, term in self._terms if _may_stand(term, part)]
            self._of_part[part] = sought
        return sought


class _Sought(NamedTuple):
    """A term, the word that it begins with, and a pattern of it in plain text; none for whole names."""

    number: int
    term: Term
    begins: str
    pattern: re.Pattern[str] | None


@lru_cache(maxsize=1 << 10)
def _sought(number: int, term: Term) -> _Sought:
    if field_of(term).holds == "name" or not all(word.isascii() for word in term.words):
        return _Sought(number, term, term.words[0], None)
    first, *rest = term.words
    further = "".join(f"[^0-9a-z]+{word}" for word in rest)
    end = "[0-9a-z]*" if term.truncated else ""
    # It begins with letters, which are found fastest. The rest is looked for ahead: one may begin within another.
    return _Sought(number, term, first, re.compile(f"{first}(?=({further}{end})(?![0-9a-z{_ODD_SIGN}]))"))


def _is_plain(text: str) -> bool:
    """Whether the words of ``text`` are its letters and digits and nothing more."""
    return text.isascii() and "'" not in text


def _found_in(sought: Sequence[_Sought], text: str) -> list[_Hit]:
    """Where the terms stand: words with a foreign sign or an apostrophe are few and read one by one, all others as plain text."""
    odd = () if _is_plain(text) else _odd_words(text)
    plain = (_ODD.sub(_ODD_SIGN, text) if not text.isascii() else text).lower()
    hits: list[_Hit] = []
    for each in sought:
        if each.pattern is None or (odd and len(each.term.words) > 1):
            if each.begins in plain or any(word.word.startswith(each.begins) for word in odd):
                hits += _by_words([each], text)
            continue
        if odd:
            hits += [_Hit(word.start, word.end, each.number) for word in odd if _is_said(each.term, [word])]
        if each.begins in plain:
            hits += _in_plain(each.number, each.pattern, plain)
    return hits


def _in_plain(number: int, pattern: re.Pattern[str], plain: str) -> Iterator[_Hit]:
    for found in pattern.finditer(plain):
        start = found.start()
        if not start or not (plain[start - 1].isalnum() or plain[start - 1] == _ODD_SIGN):
            yield _Hit(start, found.end(1), number)


def _odd_words(text: str) -> list[PlacedWord]:
    """The words of the runs that :data:`_ODD` stands in."""
    words: list[PlacedWord] = []
    done = 0
    for found in _ODD.finditer(text):
        start = found.start()
        if start < done:
            continue
        while start > done and text[start - 1].isalnum():
            start -= 1
        done = _RUN.match(text, start).end()  # type: ignore[union-attr]  # what is odd is part of a run
        run = text[start:done]
        in_run = _words_of_run(run) if len(run) <= _LONGEST_KEPT_RUN else placed_words(run)
        words += [PlacedWord(word, start + first, start + last) for word, first, last in in_run]
    return words


@lru_cache(maxsize=1 << 13)
def _words_of_run(run: str) -> tuple[PlacedWord, ...]:
    """The same few signs (±, µg, °C) stand in thousands of records."""
    return tuple(placed_words(run))


def _by_words(sought: Sequence[_Sought], text: str) -> list[_Hit]:
    """The same word by word, for any text and whole names."""
    tokens = list(placed_words(text))
    places: dict[str, list[int]] = {}
    for place, token in enumerate(tokens):
        places.setdefault(token.word, []).append(place)
    hits = []
    for number, term, begins, _ in sought:
        whole = field_of(term).holds == "name"
        begun = range(len(tokens)) if term.truncated and len(term.words) == 1 else places.get(begins, ())
        for first in (0,) if whole else begun:
            run = tokens[first : first + len(term.words)]
            if _is_said(term, run) and (not whole or term.truncated or len(run) == len(tokens)):
                hits.append(_Hit(run[0].start, run[-1].end, number))
    return hits


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
    if len(ordered) <= _MOST_TEXTS and max(hit.end for hit in ordered) <= best + LENGTH - _LEAD:
        return best, len({each.term for each in ordered})
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
    safe = escape if _SPECIAL.search(text) else str
    parts, done = [], 0
    for start, end in offsets:
        parts += [safe(text[done:start]), "<mark>", safe(text[start:end]), "</mark>"]
        done = end
    return "".join([*parts, safe(text[done:])])
