"""Whether words stand verbatim in a text, and where. Nothing here is fuzzy, and nothing here knows what a quote is.

Two texts say the same when they are equal under NFKC and case folding, with
runs of white space taken as one space, every dash as ``-`` and every
apostrophe as ``'``; invisible marks (soft hyphens, zero-width spaces) say
nothing. The comparison form keeps a map back to code points of the raw text,
because offsets into anything else would point at other words in the next
release of Unicode.
"""

import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

_APOSTROPHES = frozenset("'`´‘’‛ʼʹ′＇")
_INVISIBLE = frozenset("\u00ad\u200b\u200c\u200d\u2060\ufeff")
_MINUS = "\u2212"
_JAMO = (("\u1160", "\u11ff"), ("\ud7b0", "\ud7fb"))
"""Vowels and finals of Hangul: no marks by category, and yet they melt into the letter before them."""


class Span(NamedTuple):
    """From one code point of the raw text up to, not including, another."""

    start: int
    end: int


class Folded(NamedTuple):
    """A text in the form in which it is compared; each of its characters knows the raw character that it came from."""

    text: str
    starts: list[int]
    ends: list[int]


def fold(raw: str) -> Folded:
    """The comparison form of ``raw``, character by character with its marks.

    >>> fold("Sleep\u2003 was\u00a0self‐reported").text
    'sleep was self-reported'
    """
    text: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for start, end in _characters(raw):
        piece = _fold_character(raw[start:end])
        if piece == " " and text[-1:] == [" "]:
            ends[-1] = end
            continue
        text += piece
        starts += [start] * len(piece)
        ends += [end] * len(piece)
    return Folded("".join(text), starts, ends)


def find(words: str, raw: str) -> Span | None:
    """Where ``words`` first stand in ``raw``, or None; ``words`` of white space alone stand nowhere.

    A match begins and ends with whole characters: ``s`` does not stand in
    ``ß``, nor ``e`` in ``é``.
    """
    wanted = words.strip()
    if not wanted:
        return None
    at = raw.find(wanted)
    return Span(at, at + len(wanted)) if at >= 0 else _find_folded(fold(wanted).text.strip(), fold(raw))


def same(one: str, other: str) -> bool:
    """Whether two texts say the same, white space around them aside."""
    return fold(one).text.strip() == fold(other).text.strip()


def _find_folded(wanted: str, text: Folded) -> Span | None:
    at = text.text.find(wanted) if wanted else -1
    while at >= 0:
        last = at + len(wanted) - 1
        whole_first = at == 0 or text.starts[at - 1] != text.starts[at]
        whole_last = last + 1 == len(text.starts) or text.starts[last + 1] != text.starts[last]
        if whole_first and whole_last:
            return Span(text.starts[at], text.ends[last])
        at = text.text.find(wanted, at + 1)
    return None


def _characters(raw: str) -> Iterator[Span]:
    """A base with the marks behind it, each: what normalisation may melt into one."""
    start = 0
    for place, point in enumerate(raw):
        if place and not _joins(point):
            yield Span(start, place)
            start = place
    if raw:
        yield Span(start, len(raw))


@cache
def _joins(point: str) -> bool:
    first = unicodedata.normalize("NFKD", point)[0]
    return unicodedata.category(first).startswith("M") or any(low <= first <= high for low, high in _JAMO)


@cache
def _fold_point(point: str) -> str:
    if point in _APOSTROPHES:
        return "'"
    if point in _INVISIBLE:
        return ""
    if point == _MINUS or unicodedata.category(point) == "Pd":
        return "-"
    return point


def _fold_character(character: str) -> str:
    if character.isascii():
        plain = " " if character.isspace() else character.casefold()
        return "'" if plain == "`" else plain
    plain = "".join(map(_fold_point, character))
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", plain).casefold())
    return "".join(map(_fold_point, " ".join(folded.split()) if not folded.isspace() else " "))
