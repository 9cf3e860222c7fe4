"""The words by which abstracts name outcomes, substances, directions and moments, as patterns. Nothing here reads a sentence.

They stand in ``data/quote_words.json``, with a version: lists for machines
that suggest and warn, never for counting. Readers' words are ``words``. A
word is looked for in folded text; ``*`` cuts it off.
"""

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

import msgspec
from msgspec import Struct

from app.kit.tokens import fold
from app.vocabulary.words import vocabulary

_FILE = Path(__file__).parent / "data" / "quote_words.json"
_EXPLANATION = re.compile(r"\s*[(,].*")
Words = tuple[str, ...]


class QuoteWords(Struct, frozen=True, forbid_unknown_fields=True):
    """The lists. Those on negation are after ConText (Harkema et al. 2009).

    ``less_of`` name an outcome and say that there is less of it.
    ``not_in_abstracts`` are readers' words for an outcome that mean something
    else in most abstracts ("high", "fit", "work"). ``negated_after`` takes
    back what follows it, ``negated_before`` what stands before it.
    """

    version: str
    outcome: dict[str, Words]
    less_of: dict[str, Words]
    not_in_abstracts: Words
    substance: Words
    direction: dict[str, Words]
    harm: Words
    occurred: Words
    associated: Words
    positively: Words
    inversely: Words
    undecided: Words
    historical: Words
    negated_after: Words
    negated_before: Words
    no_negation: Words
    no_difference: Words
    clauses: Words
    higher_is_worse: Words
    phase: dict[str, Words]
    not_results: dict[str, Words]
    sentence_cues: dict[str, Words]


class Named(NamedTuple):
    """A pattern that finds an outcome, and the direction that its words already say, if any."""

    pattern: re.Pattern[str]
    implies: str | None


@cache
def quote_words() -> QuoteWords:
    """The lists that this program ships."""
    return msgspec.json.decode(_FILE.read_bytes(), type=QuoteWords)


@cache
def any_of(*words: str) -> re.Pattern[str]:
    """A pattern that finds any of ``words`` in folded text, the longest first, in the singular and the plural.

    >>> any_of("liver injury", "convuls*").findall("liver injuries convulsed")
    ['convuls']
    """
    ordered = sorted(dict.fromkeys(words), key=len, reverse=True)
    found = "|".join(_one(word) for word in ordered if fold(word))
    return re.compile(rf"(?<![^ ])(?:{found})" if found else r"(?!)")


@cache
def names_of(outcome_id: str) -> tuple[Named, ...]:
    """What may name an outcome or one narrower than it: labels, synonyms and the forms that abstracts use."""
    known, lists = vocabulary(), quote_words()
    named: dict[str | None, list[str]] = {}
    for each in known.narrower(outcome_id):
        outcome = known.outcomes[each]
        labels = _EXPLANATION.sub("", outcome.label).split(" / ")
        named.setdefault(None, []).extend((*labels, *lists.outcome.get(each, ())))
        named.setdefault("decreased", []).extend(lists.less_of.get(each, ()))
        for synonym in outcome.synonyms:
            # "Insomnia" and the like imply that it occurred; that is what the sentence has to say itself.
            implied = synonym.implies if synonym.implies == "decreased" else None
            named.setdefault(implied, []).append(synonym.text)
    apart = {fold(word) for word in lists.not_in_abstracts}
    kept = {implied: [word for word in words if fold(word) not in apart] for implied, words in named.items()}
    return tuple(Named(any_of(*words), implied) for implied, words in kept.items() if words)


def _one(word: str) -> str:
    folded = re.escape(fold(word))
    return folded if word.endswith("*") else rf"{folded}(?:s|es)?(?![^ ])"
