"""What comes in about a finding. A named effect becomes the outcome and direction that it stores; a conflict is refused."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, model_validator

from app.kit.draft import Count, Draft, Line, Name, Number, RecordId, Text
from app.models.finding import REQUIRED
from app.vocabulary.words import member_of, vocabulary

Direction = Annotated[str, AfterValidator(member_of("direction"))]
Phase = Annotated[str, AfterValidator(member_of("phase"))]
Contrast = Annotated[str, AfterValidator(member_of("contrast"))]
Basis = Annotated[str, AfterValidator(member_of("basis"))]
Comparator = Annotated[str, AfterValidator(member_of("comparator"))]
EffectMeasure = Annotated[str, AfterValidator(member_of("effect_measure"))]
Severity = Annotated[str, AfterValidator(member_of("severity"))]
Reported = Literal["present", "stated_none", "not_reported"]


def _outcome(value: str) -> str:
    known = vocabulary().outcomes.get(value)
    if known is None:
        raise ValueError(f"{value!r} is not an outcome; see /api/v1/vocabulary/outcomes")
    if known.kind == "group":
        raise ValueError(f"{value!r} is a group of outcomes; name the outcome that the report speaks of")
    return value


def _named_effect(value: str) -> str:
    if value not in vocabulary().named_effects:
        raise ValueError(f"{value!r} is not a named effect; use one of: {', '.join(vocabulary().named_effects)}")
    return value


NamedEffect = Annotated[str, AfterValidator(_named_effect)]


class FindingDraft(Draft):
    """One report × exposure × comparator × outcome × phase × time point.

    ``report_id`` and ``exposure_id`` are the store's numbers. Everything may
    be missing while it is a draft; :meth:`missing` names what a submitted
    finding still needs.
    """

    report_id: RecordId | None = None
    exposure_id: RecordId | None = None
    outcome: Annotated[str, AfterValidator(_outcome)] | None = None
    direction: Direction | None = None
    phase: Phase | None = None
    phase_basis: Literal["stated", "inferred"] | None = None
    precipitated: bool = False
    contrast: Contrast | None = None
    basis: Basis | None = None
    comparator: Comparator | None = None
    measure: Line | None = None
    higher_is: Literal["better", "worse"] | None = None
    effect_measure: EffectMeasure | None = None
    value: Number | None = None
    ci_low: Number | None = None
    ci_high: Number | None = None
    unit: Line | None = None
    p_value_text: Name | None = None
    n_events: Count | None = None
    n_group: Count | None = None
    n_exposed: Count | None = None
    adjusted_for: Text | None = None
    time_point: Line | None = None
    severity: Severity | None = None
    dechallenge: Reported | None = None
    rechallenge: Reported | None = None
    alternative_explanation: Reported | None = None
    intended_direction: Direction | None = None
    summary: Text | None = None
    reading: Literal["explicit", "inferred", "uncertain"] | None = None
    entered_as: NamedEffect | None = None

    @model_validator(mode="before")
    @classmethod
    def _named_effect_becomes_what_it_stores(cls, data: Any) -> Any:
        if not isinstance(data, dict) or not isinstance(data.get("outcome"), str):
            return data
        if data["outcome"] not in vocabulary().named_effects:
            return data
        outcome, direction = vocabulary().named_effects[data["outcome"]].stores
        if data.get("direction") not in (None, direction):
            raise ValueError(
                f"{data['outcome']} is stored as {outcome} {direction}; leave direction out or write the outcome itself"
            )
        return {**data, "entered_as": data["outcome"], "outcome": outcome, "direction": direction}

    @model_validator(mode="after")
    def _numbers_fit(self) -> "FindingDraft":
        if self.n_events is not None and self.n_group is not None and self.n_events > self.n_group:
            raise ValueError("n_events is larger than n_group")
        if self.ci_low is not None and self.ci_high is not None and self.ci_low > self.ci_high:
            raise ValueError("ci_low is larger than ci_high")
        return self

    def missing(self) -> tuple[str, ...]:
        """The required fields that are still empty; a finding that misses any stays a draft."""
        return tuple(name for name in REQUIRED if getattr(self, name) is None)
