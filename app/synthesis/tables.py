"""Tables behind an answer: by substance, dose and product, funding and recruitment, cases. What was not reported stays empty.

Doses are as the report gives them: a glass is not a mass, and nothing is
converted. Leaf, extract, mitragynine and 7-OH are never one row.
"""

from collections.abc import Callable, Iterable, Sequence

from msgspec import Struct

from app.findings.flat import SettledFinding
from app.synthesis.counting import SIDES, split
from app.synthesis.details import Details
from app.synthesis.phrases import other_drugs
from app.synthesis.tally import Asked, Tally, asking, tally
from app.vocabulary.words import vocabulary

NOT_ENTERED = "not_entered"
"""Nobody noted it yet; ``not_reported`` means that it was looked for in the report and is missing there."""


class SubstanceRow(Struct, frozen=True):
    """One substance on one side at one moment, under one contrast."""

    substance: str
    substance_group: str
    side: str
    phase: str
    contrast: str
    tally: Tally
    parameters: Asked


class DoseRow(Struct, frozen=True):
    """One exposure of one study, as reported, and what was found under it."""

    study_id: int
    exposure_id: int | None
    side: str
    substance: str | None
    substance_group: str | None
    preparation: str | None
    product_label: str | None
    dose: str | None
    route: str | None
    frequency: str | None
    duration: str | None
    assay_confirmed: str | None
    co_exposures: tuple[str, ...]
    tally: Tally


class FundingRow(Struct, frozen=True):
    """The findings of studies with one class of funder or interest, or one way of recruiting; a study may be in several rows."""

    axis: str
    value: str
    label: str
    side: str
    tally: Tally


class CaseRow(Struct, frozen=True):
    """A finding in a case: what was taken with it, and whether it went and came back."""

    finding_id: int
    study_id: int
    report_id: int | None
    outcome: str | None
    outcome_label: str
    direction: str | None
    phase: str | None
    contrast: str | None
    basis: str | None
    design: str
    substance: str | None
    substance_group: str | None
    dose: str | None
    duration: str | None
    co_exposures: tuple[str, ...]
    other_drugs: str
    time_point: str | None
    severity: str | None
    dechallenge: str | None
    rechallenge: str | None
    alternative_explanation: str | None
    n_group: int | None
    reading: str | None
    summary: str | None
    quote_text: str | None


def by_substance(rows: Sequence[SettledFinding]) -> tuple[SubstanceRow, ...]:
    """``rows`` by substance, in the order of the vocabulary."""
    words = vocabulary()
    orders = (words.ids("substance"), SIDES, words.ids("phase"), words.ids("contrast"))
    groups = split(rows, lambda row: (row.exposure_substance or "", row.side, row.phase or "", row.contrast or ""))
    return tuple(
        SubstanceRow(
            substance=key[0],
            substance_group=words.substance_group_of.get(key[0], ""),
            side=key[1],
            phase=key[2],
            contrast=key[3],
            tally=tally(groups[key]),
            parameters=asking(key[1], substance=key[0], phase=key[2], contrast=key[3]),
        )
        for key in _in_order(groups, orders)
    )


def _in_order(keys: Iterable[tuple[str, ...]], orders: Sequence[Sequence[str]]) -> list[tuple[str, ...]]:
    def place(key: tuple[str, ...]) -> list[int]:
        return [o.index(each) if each in o else len(o) for o, each in zip(orders, key, strict=True)]

    return sorted(keys, key=place)


def doses(rows: Sequence[SettledFinding], details: Details) -> tuple[DoseRow, ...]:
    """The exposures behind ``rows``; those of which a dose or product is reported first."""
    found = [_dose(inside, details) for inside in split(rows, lambda row: (row.study_id, row.exposure_id)).values()]
    return tuple(sorted(found, key=lambda row: (row.dose is None, row.product_label is None, row.study_id)))


def _dose(rows: Sequence[SettledFinding], details: Details) -> DoseRow:
    row = rows[0]
    return DoseRow(
        study_id=row.study_id,
        exposure_id=row.exposure_id,
        side=row.side,
        substance=row.substance_name or row.exposure_substance,
        substance_group=row.substance_group,
        preparation=row.preparation,
        product_label=row.product_label,
        dose=row.dose,
        route=row.route,
        frequency=row.frequency,
        duration=row.duration,
        assay_confirmed=details.assays.get(row.exposure_id or 0),
        co_exposures=tuple(row.co_exposures),
        tally=tally(rows),
    )


_FUNDING: dict[str, tuple[str, Callable[[SettledFinding], Sequence[str | None]]]] = {
    "funder_class": ("funder_class", lambda row: row.funder_classes),
    "coi_class": ("coi_class", lambda row: row.coi_classes),
    "recruitment": ("recruitment", lambda row: [row.recruitment]),
}


def funding(rows: Sequence[SettledFinding]) -> tuple[FundingRow, ...]:
    """Who paid, who declared which interest, and how people were found, against what was found."""
    return tuple(each for axis in _FUNDING for each in _funding_rows(axis, rows))


def _funding_rows(axis: str, rows: Sequence[SettledFinding]) -> Iterable[FundingRow]:
    vocabulary_axis, values_of = _FUNDING[axis]
    groups: dict[tuple[str, str], list[SettledFinding]] = {}
    for row in rows:
        for value in [each for each in values_of(row) if each] or [NOT_ENTERED]:
            groups.setdefault((value, row.side), []).append(row)
    words = vocabulary()
    for value, side in _in_order(groups, ((*words.ids(vocabulary_axis), NOT_ENTERED), SIDES)):
        label = "not entered yet" if value == NOT_ENTERED else words.label(vocabulary_axis, value)
        yield FundingRow(axis, value, label, side, tally(groups[value, side]))


def cases(rows: Sequence[SettledFinding]) -> tuple[CaseRow, ...]:
    """The findings of ``rows`` in case reports and series."""
    return tuple(
        _case(row) for row in rows if row.design in ("case_report", "case_series") or row.basis_group == "case"
    )


def _case(row: SettledFinding) -> CaseRow:
    own = {"finding_id", "substance", "co_exposures", "other_drugs"}
    copied = {name: getattr(row, name) for name in CaseRow.__struct_fields__ if name not in own}
    return CaseRow(
        finding_id=row.id,
        substance=row.substance_name or row.exposure_substance,
        co_exposures=tuple(row.co_exposures),
        other_drugs=other_drugs([row]),
        **copied,
    )
