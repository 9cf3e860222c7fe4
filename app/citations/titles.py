"""What a title says beyond its subject: which part of a series it is, which notice or answer. Nothing here compares records.

"Part I" and "Part II" of a paper, a paper and the reply to it, and the annual
reports of two years have nearly the same titles and are never one record.
"""

import re
from typing import NamedTuple

from app.kit.tokens import fold

_STOP = frozenset(
    ("a", "an", "and", "are", "as", "at", "by", "for", "from", "in", "into", "is", "its", "of", "on", "or", "the", "to",
     "with", "without", "de", "der", "des", "die", "du", "et", "la", "le", "un", "une", "y")
)  # fmt: skip
_SERIES = "part|parts|pt|phase|study|paper|chapter|volume|vol|section|stage|type|case|report|trial|experiment|number|no|series"
_ORDINALS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "first": 1, "second": 2, "third": 3, "fourth": 4}
_ROMANS = {
    "i": 1,
    "ii": 2,
    "iii": 3,
    "iv": 4,
    "v": 5,
    "vi": 6,
    "vii": 7,
    "viii": 8,
    "ix": 9,
    "x": 10,
    "xi": 11,
    "xii": 12,
}
_NUMBER_WORD = f"[0-9]+|{'|'.join(_ORDINALS)}|{'|'.join(_ROMANS)}"
_PART = re.compile(rf"\b(?:{_SERIES}) ({_NUMBER_WORD})\b")
_PART_ALONE = re.compile(r"\b(ii|iii|iv|vi|vii|viii|ix|xi|xii)$")
_THOUSANDS = re.compile(r"(?<=[0-9])[,\u00a0\u2009\u202f](?=[0-9]{3}\b)")
_TAKEN_BACK = re.compile(r"^\W*(?:retracted|withdrawn)(?: article| paper)?\s*[:.\]\-–—]\s*", re.IGNORECASE)
"""A publisher's mark on the record of the article itself, which is the same article still; "Retraction:" is the notice."""

_KINDS = {
    "reply": r"(?:authors? )?(?:reply|response|replies)\b(?! of\b)|in reply\b|.*\bauthors? reply$",
    "comment": r"comments?(?: on| to|ary on)\b|commentary\b|re \b|letter (?:to the editor|regarding|re)\b|letter$",
    "erratum": r"erratum\b|errata\b|corrigend(?:um|a)\b|(?:author |publisher )?correction(?: to| of| in)?\b|addendum\b",
    "retraction": r"(?:notice of )?retraction\b|retraction note\b|withdrawal notice\b|notice of withdrawal\b",
    "expression of concern": r"(?:editorial )?expression of concern\b",
}
_TITLES_OF = {kind: re.compile(pattern) for kind, pattern in _KINDS.items()}
_TYPES_OF = {
    "Comment": "comment",
    "Published Erratum": "erratum",
    "Retraction of Publication": "retraction",
    "Retraction Notice": "retraction",
    "Expression of Concern": "expression of concern",
}
"""Publication type → the kind of answer or notice. "Retracted Publication" marks the article itself and is none."""


class Title(NamedTuple):
    """A title made ready to be compared: its folded words, the numbers in it, and the parts of a series it names."""

    folded: str
    numbers: frozenset[str]
    parts: frozenset[int]

    @property
    def telling(self) -> list[str]:
        """Its words without those that every title has."""
        return [word for word in self.folded.split() if word not in _STOP]


def read_title(title: str) -> Title:
    """Read one title; a publisher's "RETRACTED:" before it is left out."""
    folded = fold(_THOUSANDS.sub("", _TAKEN_BACK.sub("", title)))
    parts = {_number(found) for found in _PART.findall(folded)}
    if found := _PART_ALONE.search(folded):
        parts.add(_number(found[1]))
    numbers = {word.lstrip("0") or "0" for word in folded.split() if word.isascii() and word.isdigit()}
    return Title(folded, frozenset(numbers), frozenset(parts))


def kinds_of(title: str | None, types: frozenset[str]) -> frozenset[str]:
    """Which answers or notices a record is, by its title and publication types; none for an article."""
    folded = fold(title) if title else ""
    by_title = {kind for kind, pattern in _TITLES_OF.items() if pattern.match(folded)}
    return frozenset(by_title | {kind for name, kind in _TYPES_OF.items() if name in types})


def _number(word: str) -> int:
    return _ORDINALS.get(word) or _ROMANS.get(word) or int(word)
