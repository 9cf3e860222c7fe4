"""Which contrasts a picture is about. A picture never merges two: better sleep after stopping is no benefit of taking."""

from app.search.spec import Search
from app.vocabulary.words import vocabulary

TAKING = "taking"
_OWN_CONTRAST = {
    "kratom_cessation": "stopping", "other_withdrawal": "stopping",
    "treating_kratom_use_disorder": "other_treatment", "in_utero": "prenatal",
}  # fmt: skip
"""As in the evidence answer (``app.synthesis.evidence``): phases that have a contrast of their own."""


def contrasts_of(search: Search) -> tuple[str, ...]:
    """The contrasts asked for, each to be drawn apart; else *taking*, or the phase's own.

    Where another class of evidence than effects is asked for, no contrast is
    left out: motives have none.
    """
    asked = search.values("contrast")
    if asked:
        return tuple(each for each in vocabulary().ids("contrast") if each in asked)
    if search.evidence != "effect":
        return vocabulary().ids("contrast")
    own = {_OWN_CONTRAST.get(phase) for phase in search.values("phase")}
    single = own.pop() if len(own) == 1 else None
    return (single or TAKING,)
