"""One line for each independent unit: what was studied, where, in how many, how, and what it found."""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from app.findings.flat import SettledFinding
from app.synthesis.counting import largest_sample, split
from app.synthesis.details import Details
from app.vocabulary.words import vocabulary


class UnitEffect(Struct, frozen=True):
    """What a unit found on one outcome at one moment under one kind of substance, and how it is known."""

    outcome: str
    outcome_label: str
    phase: str | None
    contrast: str | None
    substance_group: str | None
    direction: str | None
    effect: str
    basis_group: str | None
    compared: bool
    finding_ids: tuple[int, ...]


class UnitLine(Struct, frozen=True):
    """One independent unit. ``n`` is its largest single sample; samples that may overlap are never added up."""

    unit: str
    title: str
    studies: int
    side: str
    design: str
    design_label: str
    population: str | None
    countries: tuple[str, ...]
    recruitment: tuple[str, ...]
    years: tuple[int, ...]
    n: int | None
    n_unit: str | None
    overlap_status: str
    effects: tuple[UnitEffect, ...]
    read_depth: tuple[str, ...]
    review_level: tuple[str, ...]
    finding_ids: tuple[int, ...]
    study_ids: tuple[int, ...]
    report_ids: tuple[int, ...]


def unit_lines(rows: Sequence[SettledFinding], details: Details) -> tuple[UnitLine, ...]:
    """The units behind ``rows``: people first, then in the published order of designs, then by year."""
    lines = [_line(unit, inside, details) for (unit, _), inside in split(rows, lambda row: row.unit).items()]
    designs = vocabulary().ids("design")
    sides = ("people", "animals", "neither")
    lines.sort(key=lambda line: (sides.index(line.side), designs.index(line.design), line.years[:1], line.study_ids))
    return tuple(lines)


def _line(unit: str, rows: Sequence[SettledFinding], details: Details) -> UnitLine:
    first, sample = rows[0], largest_sample(rows)
    return UnitLine(
        unit=unit,
        title=first.study_title,
        studies=len({row.study_id for row in rows}),
        side=first.side,
        design=first.design,
        design_label=vocabulary().label("design", first.design),
        population=details.studies[first.study_id].population,
        countries=_each(row.country for row in rows),
        recruitment=_each(row.recruitment for row in rows),
        years=tuple(sorted({row.study_year for row in rows if row.study_year})),
        n=sample.n if sample else None,
        n_unit=sample.unit if sample else None,
        overlap_status=first.overlap_status,
        effects=tuple(_effects(rows)),
        read_depth=_each(row.read_depth for row in rows),
        review_level=_each(row.review_level for row in rows),
        finding_ids=tuple(row.id for row in rows),
        study_ids=tuple(dict.fromkeys(row.study_id for row in rows)),
        report_ids=tuple(dict.fromkeys(row.report_id for row in rows if row.report_id)),
    )


def _each(values: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value))


def _effects(rows: Sequence[SettledFinding]) -> Iterable[UnitEffect]:
    axes = ("outcome", "phase", "contrast", "substance_group", "direction", "basis_group", "compared")
    for key, inside in split(rows, lambda row: tuple(getattr(row, axis) for axis in axes)).items():
        first, said = inside[0], dict(zip(axes, key, strict=True))
        yield UnitEffect(
            **said, outcome_label=first.outcome_label, effect=first.effect, finding_ids=tuple(row.id for row in inside)
        )
