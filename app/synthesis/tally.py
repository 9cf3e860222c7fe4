"""How findings fall by effect and direction, with the ids behind every number. Counts are unions of units, never sums."""

from collections.abc import Iterable, Sequence
from functools import cache

from msgspec import Struct

from app.findings.flat import SettledFinding
from app.search.pages import Counts
from app.synthesis.counting import count, split
from app.vocabulary.words import vocabulary

Asked = dict[str, tuple[str, ...]]
"""Filters that narrow the question to the rows behind a number; those of the question itself hold besides."""


class Part(Struct, frozen=True):
    """Some of the findings that were tallied. A unit may stand in several parts."""

    independent_units: int
    studies: int
    finding_ids: tuple[int, ...]


class Tally(Struct, frozen=True):
    """Findings by better or worse, by more or less, and altogether.

    ``by_direction`` is empty where several outcomes stand together: more sleep
    and more insomnia are not more of anything.
    """

    counts: Counts
    by_effect: dict[str, Part]
    by_direction: dict[str, Part]
    finding_ids: tuple[int, ...]
    study_ids: tuple[int, ...]


def tally(rows: Sequence[SettledFinding]) -> Tally:
    """The tally of ``rows``; effects and directions in the order of the vocabulary."""
    return Tally(
        counts=count(rows),
        by_effect=_parts(rows, "effect"),
        by_direction=_parts(rows, "direction") if len({row.outcome for row in rows}) == 1 else {},
        finding_ids=tuple(row.id for row in rows),
        study_ids=tuple(dict.fromkeys(row.study_id for row in rows)),
    )


def _parts(rows: Sequence[SettledFinding], axis: str) -> dict[str, Part]:
    groups = split(rows, lambda row: getattr(row, axis))
    return {each: _part(groups[each]) for each in vocabulary().ids(axis) if each in groups}


def _part(rows: Iterable[SettledFinding]) -> Part:
    counts = count(rows := list(rows))
    return Part(counts.independent_units, counts.studies, tuple(row.id for row in rows))


def asking(side: str, **chosen: str | None) -> Asked:
    """The filters behind one side of a table; what was not entered cannot be asked for."""
    asked = {name: (value,) for name, value in chosen.items() if value}
    return {"subject": _subjects(side)} | asked


@cache
def _subjects(side: str) -> tuple[str, ...]:
    """The values of ``subject`` that ask for a side: its group, and where it has none its single values."""
    words = vocabulary()
    group = {"people": "human", "animals": "animal"}.get(side)
    return (
        (group,) if group else tuple(e for e in words.ids("subject") if words.attribute("subject", e, "side") == side)
    )
