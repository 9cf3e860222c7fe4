"""A finding as one flat row: all that is needed to read, count and cite it. Derived axes are derived here and nowhere else."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Row

from app.models.finding import REQUIRED
from app.vocabulary.words import vocabulary

PUBLIC_STATUSES = ("submitted", "accepted")
SECONDARY = "secondary"
LEFT_THE_COUNTS = ("retracted", "withdrawn")


class FlatFinding(Struct, frozen=True, kw_only=True):
    """One report's word on one outcome, with the study, exposure and citation that it belongs to.

    ``year`` is that of the report, to cite it by; ``study_year`` that of the
    study's earliest report, by which years are filtered and sorted. ``unit``
    names the independent sample: the overlap group or else the study, within
    one design. ``effect`` is better or worse, not a size.
    """

    id: int
    study_id: int
    report_id: int | None
    exposure_id: int | None
    outcome: str | None
    outcome_label: str
    direction: str | None
    effect: str
    phase: str | None
    phase_basis: str | None
    precipitated: bool
    contrast: str | None
    basis: str | None
    basis_group: str | None
    compared: bool
    comparator: str | None
    design: str | None
    design_rank: int | None
    subject: str | None
    side: str | None
    exposure_substance: str | None
    substance_name: str | None
    substance_group: str | None
    preparation: str | None
    product_label: str | None
    dose: str | None
    route: str | None
    frequency: str | None
    duration: str | None
    co_exposures: list[str]
    co_interventions: list[str]
    measure: str | None
    higher_is: str | None
    effect_measure: str | None
    value: float | None
    ci_low: float | None
    ci_high: float | None
    unit_of_value: str | None
    p_value_text: str | None
    n_events: int | None
    n_group: int | None
    n_exposed: int | None
    adjusted_for: str | None
    time_point: str | None
    severity: str | None
    dechallenge: str | None
    rechallenge: str | None
    alternative_explanation: str | None
    intended_direction: str | None
    summary: str | None
    reading: str | None
    entered_as: str | None
    quote_text: str | None
    quote_state: str | None
    quote_location: str | None
    status: str
    study_status: str
    review_level: str
    evidence_class: str
    standing: str
    read_depth: str | None
    year: int | None
    study_year: int | None
    pmid: str | None
    pmcid: str | None
    doi: str | None
    report_title: str | None
    journal: str | None
    study_title: str
    n_total: int | None
    n_unit: str | None
    country: str | None
    recruitment: str | None
    funder_classes: list[str]
    coi_classes: list[str]
    overlap_group: str | None
    overlap_status: str
    created_at: datetime | None = None
    created_by: str | None = None
    edited_at: datetime | None = None
    reviewed_at: datetime | None = None
    reviewed_by: str | None = None
    study_created_by: str | None = None
    version: int

    @property
    def unit(self) -> tuple[str, str]:
        """The independent sample behind the finding, within one design."""
        return (self.overlap_group or f"S{self.study_id}", self.design or "")

    @property
    def missing(self) -> list[str]:
        """The required fields that are still empty; a finding that misses any stays a draft."""
        return [name for name in REQUIRED if getattr(self, name) is None]

    @property
    def counts_as_evidence(self) -> bool:
        """Whether the finding is evidence of an effect that the public may count."""
        public = self.status in PUBLIC_STATUSES and self.study_status in PUBLIC_STATUSES
        return public and self.evidence_class == "effect"


class SettledFinding(FlatFinding, frozen=True, kw_only=True):
    """A finding of a study that says how it was made and in whom, as an answer needs; a draft may say neither yet."""

    design: str
    subject: str
    side: str


def flatten(row: Row[Any]) -> FlatFinding:
    """Make the flat finding of one row of :func:`app.findings.queries.flat_rows`."""
    return FlatFinding(**_values(row))


def settle(row: Row[Any]) -> SettledFinding:
    """The same of a row with a design and a subject."""
    return SettledFinding(**_values(row))


def _values(row: Row[Any]) -> dict[str, Any]:
    values = row._asdict()
    words = vocabulary()
    basis, substance, design = values["basis"], values["exposure_substance"], values["design"]
    accepted = values["status"] == values["study_status"] == "accepted"
    outcome = words.outcomes.get(values["outcome"] or "")
    derived = {
        "outcome_label": outcome.label if outcome else "not entered",
        "effect": words.effect(values["direction"], values["outcome"]),
        "basis_group": words.attribute("basis", basis, "group"),
        "compared": bool(words.attribute("basis", basis, "compared")),
        "design_rank": words.attribute("design", design, "rank"),
        "side": words.attribute("subject", values["subject"], "side"),
        "substance_group": words.substance_group_of.get(substance or ""),
        "review_level": "two_readers" if accepted else "one_reader",
        "standing": values["standing"] or "current",
        **{
            name: list(values[name] or ())
            for name in ("co_exposures", "co_interventions", "funder_classes", "coi_classes")
        },
    }
    values |= derived
    return values | {"evidence_class": _evidence_class(values)}


def _evidence_class(values: dict[str, Any]) -> str:
    secondary = vocabulary().attribute("design", values["design"], "block") == SECONDARY
    detected = values["basis"] == "detection_only"
    if secondary or detected or values["substance_group"] == "not_kratom" or values["standing"] in LEFT_THE_COUNTS:
        return "context"
    return "reason" if values["basis_group"] == "reason" else "effect"


def flatten_all(rows: Sequence[Row[Any]]) -> list[FlatFinding]:
    """The flat findings of ``rows``, in their order."""
    return [flatten(row) for row in rows]
