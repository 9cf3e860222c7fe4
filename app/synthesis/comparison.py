"""The best comparison made: people before animals, then the published order of designs. "Best made" is not "good"."""

from collections.abc import Sequence

from msgspec import Struct

from app.findings.flat import SettledFinding
from app.synthesis.phrases import counted
from app.vocabulary.words import vocabulary

_UNRANKED = 99
_SIDE_ORDER = {"people": 0, "animals": 1, "neither": 2}


class Comparison(Struct, frozen=True):
    """The design and basis of the best comparison, what was set against what, and every finding that is as good."""

    design: str
    basis: str
    comparator: str | None
    compared_in: str
    finding_ids: tuple[int, ...]
    study_ids: tuple[int, ...]


def best_comparison(rows: Sequence[SettledFinding]) -> Comparison | None:
    """The best among the compared findings of ``rows``; None when nothing was compared with anything."""
    compared = [row for row in rows if row.compared]
    if not compared:
        return None
    best = min(_standing(row) for row in compared)
    as_good = [row for row in compared if _standing(row) == best]
    first = as_good[0]
    return Comparison(
        design=first.design,
        basis=first.basis or "",
        comparator=first.comparator,
        compared_in=first.side,
        finding_ids=tuple(row.id for row in as_good),
        study_ids=tuple(dict.fromkeys(row.study_id for row in as_good)),
    )


def _standing(row: SettledFinding) -> tuple[int, int, int]:
    """Side, rank of the design, and among unranked designs the order of the vocabulary."""
    place = vocabulary().ids("design").index(row.design) if row.design_rank is None else 0
    return (_SIDE_ORDER[row.side], row.design_rank or _UNRANKED, place)


def in_words(comparison: Comparison) -> str:
    """``within-person comparison in a diary or momentary study``."""
    words = vocabulary()
    design = counted(1, words.label("design", comparison.design)).removeprefix("1 ")
    article = "an" if design[0] in "aeiou" else "a"
    where = " (animals)" if comparison.compared_in == "animals" else ""
    return f"{words.label('basis', comparison.basis)} in {article} {design}{where}"
