"""The same outcome at different moments, side by side: while taking, between doses, after stopping, in opioid withdrawal.

Insomnia while taking and after stopping are opposite evidence, and wearing off
between doses is a third thing. So every moment keeps its own contrast (after
stopping: *stopping*), and nothing is added up across columns.
"""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from app.findings.flat import SettledFinding
from app.search.spec import Search
from app.synthesis.contrast import own_contrast
from app.synthesis.counting import SIDES, split
from app.synthesis.tally import Asked, Tally, asking, tally
from app.vocabulary.words import vocabulary

_MOMENTS = {
    "taking": ("while taking kratom", ("single_dose", "active_use")),
    "between_doses": ("between doses", ("between_doses",)),
    "after_stopping": ("after stopping kratom", ("kratom_cessation",)),
    "opioid_withdrawal": ("while withdrawing from opioids", ("in_opioid_withdrawal",)),
}
OTHER = "other"


class Column(Struct, frozen=True):
    """The findings of one phase, contrast, side and substance group. None of these is ever put together with another."""

    phase: str
    phase_label: str
    contrast: str
    side: str
    substance_group: str
    tally: Tally
    parameters: Asked | None


class UseMoment(Struct, frozen=True):
    """One moment; it stands here also when nothing was found, because that is an answer."""

    moment: str
    label: str
    phases: tuple[str, ...]
    columns: tuple[Column, ...]


def moments(rows: Sequence[SettledFinding], search: Search) -> tuple[UseMoment, ...]:
    """``rows`` of any phase and contrast at their moments, in the contrast asked for or else each phase's own."""
    shown = [row for row in rows if row.phase and row.contrast in _contrasts(row.phase, search)]
    named = {phase for _, phases in _MOMENTS.values() for phase in phases}
    others = tuple(each for each in vocabulary().ids("phase") if each not in named)
    every = _MOMENTS | {OTHER: ("at other moments", others)}
    return tuple(
        UseMoment(moment, label, phases, tuple(_columns([row for row in shown if row.phase in phases])))
        for moment, (label, phases) in every.items()
    )


def _contrasts(phase: str, search: Search) -> tuple[str, ...]:
    asked = search.values("contrast")
    if asked or search.evidence != "effect":
        return asked or vocabulary().ids("contrast")
    return (own_contrast(phase),)


def _columns(rows: Sequence[SettledFinding]) -> Iterable[Column]:
    words = vocabulary()
    orders = (words.ids("phase"), words.ids("contrast"), SIDES, tuple(words.groups["substance"]))
    groups = split(rows, lambda row: (row.phase, row.contrast, row.side, row.substance_group or ""))
    for key in sorted(groups, key=lambda key: [_place(order, each) for order, each in zip(orders, key, strict=True)]):
        phase, contrast, side, group = key
        yield Column(
            phase=phase,
            phase_label=words.label("phase", phase),
            contrast=contrast,
            side=side,
            substance_group=group,
            tally=tally(groups[key]),
            parameters=asking(side, phase=phase, contrast=contrast, substance_group=group),
        )


def _place(order: Sequence[str], value: str) -> int:
    return order.index(value) if value in order else len(order)
