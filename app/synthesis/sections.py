"""The parts of an evidence answer beyond counts and badges. A reader may ask for some of them; without a word all are given."""

from collections.abc import Callable, Collection, Sequence
from typing import Any

from msgspec import Struct
from sqlalchemy.orm import Session

from app.findings.flat import SettledFinding
from app.search.spec import Search
from app.synthesis.details import Details, details_of
from app.synthesis.disagreement import Disagreement, disagreements
from app.synthesis.moments import UseMoment, moments
from app.synthesis.tables import CaseRow, DoseRow, FundingRow, SubstanceRow, by_substance, cases, doses, funding
from app.synthesis.units import UnitLine, unit_lines


class Sections(Struct, frozen=True):
    """Each part, or None where it was not asked for. ``side_by_side`` reaches over all phases, the others over the main block."""

    side_by_side: tuple[UseMoment, ...] | None = None
    units: tuple[UnitLine, ...] | None = None
    disagreements: tuple[Disagreement, ...] | None = None
    by_substance: tuple[SubstanceRow, ...] | None = None
    doses: tuple[DoseRow, ...] | None = None
    funding: tuple[FundingRow, ...] | None = None
    cases: tuple[CaseRow, ...] | None = None


_OF_THE_MAIN_BLOCK: dict[str, Callable[[Sequence[SettledFinding], Details], Any]] = {
    "units": unit_lines,
    "disagreements": disagreements,
    "by_substance": lambda rows, _: by_substance(rows),
    "doses": doses,
    "funding": lambda rows, _: funding(rows),
    "cases": lambda rows, _: cases(rows),
}
SECTIONS = ("side_by_side", *_OF_THE_MAIN_BLOCK)
"""Every section by its name in the answer and in ``sections=``."""


def sections_of(
    session: Session,
    main: Sequence[SettledFinding],
    *,
    of_any_phase: Sequence[SettledFinding],
    search: Search,
    asked: Collection[str],
) -> Sections:
    """The sections ``asked`` for: of the ``main`` block, and side by side of the rows ``of_any_phase`` and contrast."""
    needed = [name for name in _OF_THE_MAIN_BLOCK if name in asked]
    details = details_of(session, main) if needed else Details({}, {})
    beside = moments(of_any_phase, search) if "side_by_side" in asked else None
    return Sections(side_by_side=beside, **{name: _OF_THE_MAIN_BLOCK[name](main, details) for name in needed})
