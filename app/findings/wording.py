"""What the words of a sentence name and seem to say: outcome, substance, direction, phase. By lists, not by reading.

Negation and its reach follow ConText (Harkema et al. 2009,
https://doi.org/10.1016/j.jbi.2009.05.002): a cue reaches a few words on, not
beyond its clause. Good enough to suggest and to ask back; nothing that is
found here is stored or counted.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from app.kit.tokens import fold
from app.vocabulary.quote_words import Words, any_of, names_of, quote_words
from app.vocabulary.words import vocabulary

REACH = 8
"""Words that may stand between a cue and the outcome that it reaches."""
_MARKS = re.compile(r"[;:]|,\s+(?=(?:and|or)\s+(?:not|no)\b)|,\s+while\b")
_OPPOSITE = {"increased": "decreased", "decreased": "increased"}
SURE = ("increased", "decreased", "no_change")


class Mention(NamedTuple):
    """An outcome named in a clause, with the place of its words in the folded clause."""

    clause: str
    start: int
    end: int
    implies: str | None


def names_outcome(text: str, outcome_id: str | None) -> bool:
    """Whether ``text`` names the outcome, one narrower than it, or a synonym of these."""
    return outcome_id is not None and any(named.pattern.search(fold(text)) for named in names_of(outcome_id))


def names_substance(text: str, *also: str | None) -> bool:
    """Whether ``text`` names kratom, one of its alkaloids, or one of the names ``also``."""
    names = (name for group in vocabulary().substance_names for name in group)
    return bool(any_of(*quote_words().substance, *names, *(each for each in also if each)).search(fold(text)))


def directions_said(text: str, outcome_id: str) -> frozenset[str]:
    """The directions that ``text`` seems to give the outcome, of the construct itself and not good or bad.

    Empty where it is named without one. ``unclear`` stands for an association
    that may go either way.
    """
    return frozenset(said for mention in _mentions(text, outcome_id) if (said := _direction(mention, outcome_id)))


def phases_named(text: str, *, but_for: str | None = None) -> tuple[str, ...]:
    """The groups of phases of which ``text`` has a word, other than in the name of the outcome ``but_for``.

    "Opioid withdrawal decreased" names an outcome and no moment.
    """
    folded = fold(text)
    for named in names_of(but_for) if but_for else ():
        folded = named.pattern.sub("", folded)
    return tuple(group for group, words in quote_words().phase.items() if any_of(*words).search(folded))


def _mentions(text: str, outcome_id: str) -> Iterator[Mention]:
    for clause in _clauses(text):
        for named in names_of(outcome_id):
            for found in named.pattern.finditer(clause):
                yield Mention(clause, found.start(), found.end(), named.implies)


def _clauses(text: str) -> Iterator[str]:
    """The folded clauses of ``text``. "While" divides behind a comma only: "insomnia while taking kratom" is one thing."""
    divider = any_of(*quote_words().clauses)
    for part in _MARKS.split(text):
        for piece in divider.split(fold(part)):
            if piece.strip():
                yield piece.strip()


def _direction(mention: Mention, outcome_id: str) -> str | None:
    lists = quote_words()
    if _reaches(mention, lists.historical):
        return None
    if any_of(*lists.undecided).search(mention.clause):
        return "unclear"
    if any_of(*lists.no_difference).search(mention.clause) or _negated(mention):
        return "no_change"
    moved = _moved(mention, outcome_id)
    if mention.implies:
        return mention.implies if moved in (None, "increased") else _OPPOSITE[mention.implies]
    return moved or _told_otherwise(mention.clause)


def _told_otherwise(clause: str) -> str | None:
    """The direction of a clause without a word for one: it occurred, or went together with something."""
    lists = quote_words()
    if any_of(*lists.associated).search(clause):
        if any_of(*lists.inversely).search(clause):
            return "decreased"
        return "increased" if any_of(*lists.positively).search(clause) else "unclear"
    return "increased" if any_of(*lists.occurred).search(clause) else None


def _negated(mention: Mention) -> bool:
    lists = quote_words()
    behind = any_of(*lists.negated_before).search(mention.clause, mention.end)
    if behind and _words_between(mention.clause, mention.end, behind.start()) <= REACH:
        return True
    return _reaches(mention, lists.negated_after, but_for=lists.no_negation)


def _reaches(mention: Mention, cues: Words, *, but_for: Words = ()) -> bool:
    """Whether one of ``cues`` stands before the mention and near enough."""
    spared = [found.span() for found in any_of(*but_for).finditer(mention.clause)]
    return any(
        _words_between(mention.clause, found.end(), mention.start) <= REACH
        for found in any_of(*cues).finditer(mention.clause, 0, mention.start)
        if not any(start <= found.start() < end for start, end in spared)
    )


def _moved(mention: Mention, outcome_id: str) -> str | None:
    """The direction of the nearest word that says one; better and worse are turned by what more of the outcome means."""
    lists = quote_words()
    good = (vocabulary().outcomes[outcome_id].polarity or 0) > 0
    found = [
        (_distance(mention, word.start(), word.end()), said)
        for said, words in lists.direction.items()
        for word in any_of(*words).finditer(mention.clause)
        if not (mention.implies and mention.start <= word.start() < mention.end)
    ]
    said = min(found)[1] if found else None
    if good and not mention.implies and _is_of_harm(mention):
        # "Improved cognitive deficits", "poor sleep quality": what moved is the lack of it.
        return "increased" if said in ("decreased", "improved") else "decreased"
    if said in ("improved", "worsened"):
        return "increased" if (said == "improved") == good else "decreased"
    scored = good and any_of(*lists.higher_is_worse).search(mention.clause)
    return _OPPOSITE[said] if said and scored else said


def _is_of_harm(mention: Mention) -> bool:
    words = any_of(*quote_words().harm).finditer(mention.clause)
    return any(_distance(mention, word.start(), word.end()) == 0 for word in words)


def _distance(mention: Mention, start: int, end: int) -> int:
    """How far a word stands from the mention. Behind it counts double: what follows a list often belongs to the next one."""
    if start < mention.start:
        return _words_between(mention.clause, end, mention.start)
    return 2 * _words_between(mention.clause, mention.end, start)


def _words_between(clause: str, start: int, end: int) -> int:
    return len(clause[start:end].split())
