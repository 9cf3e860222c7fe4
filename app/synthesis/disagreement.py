"""Findings on the same question that point opposite ways, and what differs between them. Nothing here says which is right.

Opposite is *increased* against *decreased*: no difference found is no
opposite of anything. People and animals are never set against one another.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from msgspec import Struct

from app.findings.flat import SettledFinding
from app.synthesis.counting import count, split
from app.synthesis.details import Details

QUESTION = ("outcome", "phase", "contrast", "side")


class Opposed(Struct, frozen=True):
    """One question, by the axes that it was asked on, and the findings that point either way."""

    axes: dict[str, str]
    increased: tuple[int, ...]
    decreased: tuple[int, ...]

    @property
    def finding_ids(self) -> tuple[int, ...]:
        """Every finding on either side."""
        return (*self.increased, *self.decreased)


class Said(Struct, frozen=True):
    """A value as reported, None where it is not, and the findings that have it."""

    value: str | None
    finding_ids: tuple[int, ...]


class Difference(Struct, frozen=True):
    """One field on both sides. ``differs`` is None where one side does not report it: unknown is not the same."""

    field: str
    label: str
    increased: tuple[Said, ...]
    decreased: tuple[Said, ...]
    differs: bool | None


class Way(Struct, frozen=True):
    """The findings that point one way."""

    effect: str
    independent_units: int
    studies: int
    finding_ids: tuple[int, ...]
    study_ids: tuple[int, ...]


class Disagreement(Struct, frozen=True):
    """One question on which findings point opposite ways, and everything known that may part them.

    ``differing`` names the fields that both sides report and that differ,
    ``unknown`` those that one side does not report.
    """

    outcome: str
    phase: str
    contrast: str
    side: str
    increased: Way
    decreased: Way
    differing: tuple[str, ...]
    unknown: tuple[str, ...]
    fields: tuple[Difference, ...]


def opposed(rows: Sequence[SettledFinding], axes: tuple[str, ...]) -> Iterable[Opposed]:
    """Where findings alike in ``axes`` point both ways, in the order of first appearance."""
    for key, more, less in _both_ways(rows, axes):
        yield Opposed(dict(zip(axes, key, strict=True)), tuple(row.id for row in more), tuple(row.id for row in less))


def disagreements(rows: Sequence[SettledFinding], details: Details) -> tuple[Disagreement, ...]:
    """The questions of outcome, phase and contrast on which ``rows`` point both ways, people and animals apart."""
    return tuple(_disagreement(*both, details) for both in _both_ways(rows, QUESTION))


def _disagreement(
    key: tuple[Any, ...], more: list[SettledFinding], less: list[SettledFinding], details: Details
) -> Disagreement:
    fields = tuple(_difference(field, more, less, details) for field in _FIELDS)
    return Disagreement(
        **dict(zip(QUESTION, key, strict=True)),
        increased=_way(more),
        decreased=_way(less),
        differing=tuple(each.field for each in fields if each.differs),
        unknown=tuple(each.field for each in fields if each.differs is None),
        fields=fields,
    )


_Both = tuple[tuple[Any, ...], list[SettledFinding], list[SettledFinding]]


def _both_ways(rows: Sequence[SettledFinding], axes: tuple[str, ...]) -> Iterable[_Both]:
    for key, inside in split(rows, lambda row: tuple(getattr(row, axis) for axis in axes)).items():
        more, less = ([row for row in inside if row.direction == way] for way in ("increased", "decreased"))
        if more and less:
            yield key, more, less


def _way(rows: Sequence[SettledFinding]) -> Way:
    counts = count(rows)
    return Way(
        effect=rows[0].effect,
        independent_units=counts.independent_units,
        studies=counts.studies,
        finding_ids=tuple(row.id for row in rows),
        study_ids=tuple(dict.fromkeys(row.study_id for row in rows)),
    )


def _difference(
    field: str, more: Sequence[SettledFinding], less: Sequence[SettledFinding], details: Details
) -> Difference:
    label, value_of = _FIELDS[field]
    one, other = (_said(rows, lambda row: value_of(row, details)) for rows in (more, less))
    known = [{each.value for each in side if each.value is not None} for side in (one, other)]
    return Difference(field, label, one, other, differs=known[0] != known[1] if all(known) else None)


def _said(rows: Sequence[SettledFinding], value_of: Callable[[SettledFinding], str | None]) -> tuple[Said, ...]:
    return tuple(Said(value, tuple(row.id for row in inside)) for value, inside in split(rows, value_of).items())


def _listed(values: Iterable[str]) -> str | None:
    """One text of several values; none stated stays a value, nothing noted is none."""
    return ", ".join(sorted(values)) or None


_Value = Callable[[SettledFinding, Details], str | None]


def _own(name: str) -> _Value:
    return lambda row, _: _reported(getattr(row, name))


def _reported(value: Any) -> str | None:
    if value is None or value == "not_reported":
        return None
    return _listed(value) if isinstance(value, list) else str(value)


_FIELDS: dict[str, tuple[str, _Value]] = {
    "substance": ("substance", lambda row, _: row.substance_name or _reported(row.exposure_substance)),
    "preparation": ("preparation", _own("preparation")),
    "product_label": ("product, as sold", _own("product_label")),
    "dose": ("dose, as reported", _own("dose")),
    "frequency": ("how often", _own("frequency")),
    "duration": ("how long taken", _own("duration")),
    "co_exposures": ("other drugs", _own("co_exposures")),
    "co_interventions": ("other help", _own("co_interventions")),
    "population": ("who", lambda row, known: known.studies[row.study_id].population),
    "population_contexts": (
        "circumstances", lambda row, known: _listed(known.studies[row.study_id].population_contexts),
    ),
    "subject": ("species", _own("subject")),
    "country": ("country", _own("country")),
    "recruitment": ("recruitment", _own("recruitment")),
    "design": ("design", _own("design")),
    "basis": ("how it is known", _own("basis")),
    "comparator": ("compared with", _own("comparator")),
    "measure": ("measure", _own("measure")),
    "time_point": ("time point", _own("time_point")),
}  # fmt: skip
"""Field → its label and where its value stands. What is None was not reported, or not entered yet."""
