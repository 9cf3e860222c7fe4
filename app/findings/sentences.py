"""Cutting an abstract into sentences, and telling those that may report a result from background, aims, methods and plans.

Cues, not understanding: what a sentence says of an outcome is ``wording``.
"""

import re
from collections.abc import Iterator

from app.kit.tokens import fold
from app.kit.verbatim import Span
from app.vocabulary.quote_words import any_of, quote_words

RESULT = "result"
_END = re.compile(r"[.!?][\"'”’)\]]*\s+(?=[\"'“‘(\[]*[^\W_a-z])")
_ABBREVIATED = re.compile(
    r"(?:\b(?:vs|e\.g|i\.e|et al|cf|approx|ca|resp|incl|No|Fig|Dr|Mr|Mrs|Ms|Prof|St|sp|spp|var|"
    r"Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sep|Sept|Oct|Nov|Dec)|\b[A-Z])$"
)
_LOOKED_BACK = 12
_CLAUSE = re.compile(r"[,;:]\s+")
_FOUND = re.compile(
    r"(?<![^ ])(?:was|were|had|did|found|showed|reported|developed|increased|decreased|reduced|improved|observed|"
    r"revealed|experienced|presented|died|rose|fell|differed|occurred|associated|induced|caused|suggest|conclu\w+|"
    r"result\w*|suffered|accompanied|seemed|detected|demonstrated|identified|\d+)(?![^ ])"
)


def sentences(text: str) -> Iterator[Span]:
    """The sentences of ``text`` as code points: an end is ``.``, ``!`` or ``?`` before a capital, a digit or a bracket.

    Not after abbreviations, initials and months.
    """
    start = len(text) - len(text.lstrip())
    for end in _END.finditer(text):
        before = text[max(0, end.start() - _LOOKED_BACK) : end.start()]
        if text[end.start()] == "." and _ABBREVIATED.search(before):
            continue
        yield Span(start, start + len(text[start : end.end()].rstrip()))
        start = end.end()
    if text[start:].strip():
        yield Span(start, start + len(text[start:].rstrip()))


def windows(text: str, sentence: Span, *, most: int) -> Iterator[Span]:
    """The sentence if it has no more than ``most`` code points; or the longest runs of its clauses that have not."""
    if sentence.end - sentence.start <= most:
        yield sentence
        return
    inner = [found.end() for found in _CLAUSE.finditer(text, sentence.start, sentence.end)]
    starts, ends = [sentence.start, *inner], [*inner, sentence.end]
    for start in starts:
        fitting = [end for end in ends if start < end <= start + most]
        if fitting:
            yield Span(start, start + len(text[start : max(fitting)].rstrip(" ,;:")))


def around(text: str, span: Span) -> str:
    """The sentences of ``text`` that words at ``span`` stand in, whole."""
    touched = [each for each in sentences(text) if each.start < span.end and span.start < each.end]
    return text[touched[0].start : touched[-1].end] if touched else text[span.start : span.end]


def kind_of(sentence: str, label: str | None) -> str:
    """``result``, or what the sentence seems to be instead: ``background``, ``aim``, ``methods`` or ``plan``.

    The label of its part decides where it has one that says so. Under others
    ("results", "conclusions") only aims and plans are told apart; without a
    label the words decide, and a sentence that tells of nothing done or found
    is background.
    """
    lists = quote_words()
    heading = fold(label or "")
    for kind, labels in lists.not_results.items():
        if heading in labels:
            return kind
    folded = fold(sentence)
    for kind in ("plan", "aim") if heading else ("aim", "background", "methods", "plan"):
        if any_of(*lists.sentence_cues[kind]).search(folded):
            return kind
    return RESULT if heading or _FOUND.search(folded) else "background"
