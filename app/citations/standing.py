"""The standing of a citation, computed from signals. Nothing here touches the database or decides who is told.

Which publication types and RefTypes PubMed uses, and on which side of a tie,
is NLM's "Errata, Retractions, and Other Linked Citations in PubMed"
(https://www.nlm.nih.gov/bsd/policy/errata.html) and its DTD of 2025.
"""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from app.citations.draft import CitationDraft, CorrectionLink, Term
from app.kit.standings import STANDINGS

CURRENT = STANDINGS[-1]
OWN = ("publication_type", "correction_link", "title")
"""Signals that a record gives about itself; a newer version of the record replaces them all, so a retraction can be reversed."""
NOTICE = "notice"
DELETE_NOTICE = "delete_notice"

_RANK = {standing: rank for rank, standing in enumerate(STANDINGS)}
_LONGEST_VALUE = 255

TYPES = {"Retracted Publication": "retracted", "Expression of Concern": "expression_of_concern"}
"""Publication type → standing. "Retraction of Publication" and "Published Erratum" mark the notice, not what it is about."""

LINKS = {
    "RetractionIn": "retracted",
    "RetractedandRepublishedIn": "retracted",
    "ExpressionOfConcernIn": "expression_of_concern",
    "CorrectedandRepublishedIn": "superseded",
    "RepublishedIn": "superseded",
    "UpdateIn": "superseded",
    "ErratumIn": "corrected",
}
"""RefType on the record concerned → standing."""

NOTICES = {
    "RetractionOf": "retracted",
    "RetractedandRepublishedFrom": "retracted",
    "ExpressionOfConcernFor": "expression_of_concern",
    "CorrectedandRepublishedFrom": "superseded",
    "RepublishedFrom": "superseded",
    "UpdateOf": "superseded",
    "ErratumFor": "corrected",
}
"""RefType on the notice → standing of the record whose PMID it names."""

# Publishers that withdraw before print rename the record; PubMed has no publication type for it. In small letters the
# word needs more beside it: kratom users withdraw too, and say so in titles.
_TITLE = re.compile(
    r"\[?(?P<word>RETRACTED|WITHDRAWN"
    r"|(?i:retracted)(?=(?i:\s+article)?\s*[:\]])"
    r"|(?i:withdrawn)(?=(?i:\s+article)\s*[:\]]|\s*\]))"
    r"(?i:\s+article)?\s*[:.\]]"
)


class Signal(NamedTuple):
    """One reason to doubt a citation: where it stands, its words, and the standing it leads to."""

    signal: str
    value: str
    standing: str


def own_signals(draft: CitationDraft) -> list[Signal]:
    """What the record says about itself, each signal once.

    The type *Expression of Concern* is put on the notice as well as on some
    records concerned; beside an ``ExpressionOfConcernFor`` it marks the notice.
    """
    signals = [*_of_types(draft.publication_types, draft.corrections), *_of_links(draft.corrections)]
    if draft.title and (found := _TITLE.match(draft.title)):
        signals.append(Signal("title", found[0], found["word"].lower()))
    return list(dict.fromkeys(signals))


def notice_signal(kind: str, notice: str) -> Signal:
    """What the record ``notice`` says about the one that it names under ``kind``, one of :data:`NOTICES`."""
    return Signal(NOTICE, f"{kind} {notice}"[:_LONGEST_VALUE], NOTICES[kind])


def deletion_signal(pmid: str) -> Signal:
    """PubMed took the record back (DeleteCitation)."""
    return Signal(DELETE_NOTICE, pmid[:_LONGEST_VALUE], "deleted_upstream")


def worst(standings: Iterable[str]) -> str:
    """The standing that readers must see first; ``current`` when there is none."""
    return min(standings, key=_RANK.__getitem__, default=CURRENT)


def rank(name: str) -> int:
    """The place of a standing, from the worst."""
    return _RANK[name]


def _of_types(types: Sequence[Term], corrections: Sequence[CorrectionLink]) -> Iterable[Signal]:
    for term in types:
        standing = TYPES.get(term.name)
        if standing == "expression_of_concern" and any(link.kind == "ExpressionOfConcernFor" for link in corrections):
            continue
        if standing:
            yield Signal("publication_type", term.name, standing)


def _of_links(corrections: Sequence[CorrectionLink]) -> Iterable[Signal]:
    for link in corrections:
        standing = LINKS.get(link.kind)
        if standing:
            where = link.pmid or link.source_text or "unnamed"
            yield Signal("correction_link", f"{link.kind} {where}"[:_LONGEST_VALUE], standing)
