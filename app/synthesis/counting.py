"""Counting findings honestly: independent units beside studies, reports and findings; unions, never sums.

A unit is the overlap group, suspected or confirmed, or else the study, within
one design (``FlatFinding.unit``). A unit may sit in several cells, so cells do
not add up to totals.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from msgspec import Struct

from app.findings.flat import FlatFinding
from app.search.pages import Counts
from app.vocabulary.words import vocabulary

Row = TypeVar("Row", bound=FlatFinding)

SIDES = ("people", "animals", "neither")
BASIS_GROUPS = ("compared", "felt", "case", "counted")


class Cell(Struct, frozen=True):
    """What stands behind one combination of axes."""

    effect: str
    direction: str
    design: str
    phase: str
    subject: str
    substance_group: str
    counts: Counts


class Sample(Struct, frozen=True):
    """The largest single sample behind an answer; samples are never added up."""

    n: int
    unit: str | None
    study_id: int


def count(rows: Iterable[FlatFinding]) -> Counts:
    """Findings, studies, units and reports behind ``rows``, each counted once."""
    rows = list(rows)
    return Counts(
        findings=len(rows),
        studies=len({row.study_id for row in rows}),
        independent_units=len({row.unit for row in rows}),
        reports=len({row.report_id for row in rows if row.report_id is not None}),
    )


def split(rows: Iterable[Row], key: Callable[[Row], Any]) -> dict[Any, list[Row]]:
    """``rows`` by ``key``, groups and rows in the order of first appearance."""
    groups: dict[Any, list[Row]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return groups


def cells(rows: Iterable[FlatFinding]) -> list[Cell]:
    """Counts by effect × direction × design × phase × subject × substance group, in the order of those words."""
    axes = ("effect", "direction", "design", "phase", "subject", "substance_group")
    groups = split(rows, lambda row: tuple(getattr(row, axis) or "not_reported" for axis in axes))
    return [Cell(**dict(zip(axes, key, strict=True)), counts=count(groups[key])) for key in sorted(groups)]


def by_side(rows: Sequence[FlatFinding]) -> dict[str, Counts]:
    """People and animals apart; what is neither (a laboratory dish) only where there is any."""
    groups = split(rows, lambda row: row.side)
    return {side: count(groups.get(side, ())) for side in SIDES if side != "neither" or side in groups}


def by_basis_group(rows: Sequence[FlatFinding]) -> dict[str, Counts]:
    """How it is known: compared, felt, case, counted, and ``reason`` where such rows were asked for."""
    groups = split(rows, lambda row: row.basis_group or "not_reported")
    names = (*BASIS_GROUPS, *sorted(set(groups) - set(BASIS_GROUPS)))
    return {name: count(groups.get(name, ())) for name in names}


def read_depths(rows: Sequence[FlatFinding]) -> dict[str, int]:
    """How many studies were read how far, best read first."""
    depth_of = {row.study_id: row.read_depth for row in rows}
    counted = Counter(depth_of.values())
    return {depth: counted[depth] for depth in vocabulary().ids("read_depth") if counted[depth]}


def checked_twice(rows: Sequence[FlatFinding]) -> int:
    """How many studies have every one of these findings checked by a second reader."""
    levels = split(rows, lambda row: row.study_id)
    return sum(all(row.review_level == "two_readers" for row in of_study) for of_study in levels.values())


def largest_sample(rows: Sequence[FlatFinding]) -> Sample | None:
    """The largest number of participants any one study gives; None where none gives any."""
    sized = [(row.n_group or row.n_total, row) for row in rows if row.n_group or row.n_total]
    if not sized:
        return None
    n, row = max(sized, key=lambda pair: (pair[0] or 0, -pair[1].study_id))
    return Sample(n or 0, row.n_unit, row.study_id)
