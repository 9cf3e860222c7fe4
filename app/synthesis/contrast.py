"""Which contrast a question is about (decision 7). Better sleep after stopping is no benefit of taking."""

from app.search.filters import FILTERS
from app.search.spec import Search
from app.vocabulary.words import vocabulary

TAKING = "taking"
_OWN_CONTRAST = {
    "kratom_cessation": "stopping", "other_withdrawal": "stopping",
    "treating_kratom_use_disorder": "other_treatment", "in_utero": "prenatal",
}  # fmt: skip
"""Phases that have a contrast of their own; a question about only these is not a question about taking kratom."""


def own_contrast(phase: str) -> str:
    """The contrast that a phase is about: *taking*, unless it has one of its own."""
    return _OWN_CONTRAST.get(phase, TAKING)


def contrasts_of(search: Search) -> tuple[str, ...]:
    """The contrasts asked for, in the vocabulary's order; else *taking*, or the phase's own.

    Where another class of evidence than effects is asked for, no contrast is
    left out: motives have none.
    """
    asked = search.values("contrast")
    if asked:
        return tuple(each for each in vocabulary().ids("contrast") if each in asked)
    if search.evidence != "effect":
        return vocabulary().ids("contrast")
    own = {own_contrast(phase) for phase in FILTERS["phase"].opened(search.values("phase"))}
    return (own.pop() if len(own) == 1 else TAKING,)
