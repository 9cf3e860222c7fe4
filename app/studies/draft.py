"""What comes in about a study and what it gave to whom; every value is checked against the vocabulary."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from app.kit.draft import Count, Draft, Line, Name, Text
from app.models.study import REQUIRED
from app.vocabulary.words import member_of, vocabulary

Design = Annotated[str, AfterValidator(member_of("design"))]
Subject = Annotated[str, AfterValidator(member_of("subject"))]
Substance = Annotated[str, AfterValidator(member_of("substance"))]
Preparation = Annotated[str, AfterValidator(member_of("preparation"))]
Recruitment = Annotated[str, AfterValidator(member_of("recruitment"))]
NUnit = Annotated[str, AfterValidator(member_of("n_unit"))]
ReadDepth = Annotated[str, AfterValidator(member_of("read_depth"))]
FunderClass = Annotated[str, AfterValidator(member_of("funder_class"))]
Context = Annotated[str, AfterValidator(member_of("population_context"))]
Role = Annotated[str, AfterValidator(member_of("report_role"))]
Assay = Annotated[str, AfterValidator(member_of("assay_confirmed"))]
CoIntervention = Annotated[str, AfterValidator(member_of("co_intervention"))]


def _outcome_group(value: str) -> str:
    groups = [each.id for each in vocabulary().outcomes.values() if each.kind == "group"]
    if value not in groups:
        raise ValueError(f"{value!r} is not a group of outcomes; use one of: {', '.join(groups)}")
    return value


def _each_once(values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))


_FEW = (Field(max_length=50), AfterValidator(_each_once))
Contexts = Annotated[tuple[Context, ...], *_FEW]
FunderClasses = Annotated[tuple[FunderClass, ...], *_FEW]
Lines = Annotated[tuple[Line, ...], *_FEW]
OutcomeGroup = Annotated[str, AfterValidator(_outcome_group)]
PartialDate = Annotated[str, Field(pattern=r"^[12][0-9]{3}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?$")]


class StudyDraft(Draft):
    """One investigation. ``None`` is "not entered"; ``not_reported`` is "looked for, and missing in what was read".

    All but the title may be missing while it is a draft; :func:`missing_in`
    names what a submitted study still needs beside a report.
    """

    title: Line
    design: Design | None = None
    subject: Subject | None = None
    population: Text | None = None
    population_contexts: Contexts = ()
    n_total: Count | None = None
    n_unit: NUnit | None = None
    country: Name | None = None
    recruitment: Recruitment | None = None
    period_start: PartialDate | None = None
    period_end: PartialDate | None = None
    registrations: Lines = ()
    funding: Text | None = None
    funder_classes: FunderClasses = ()
    coi_classes: FunderClasses = ()
    overlap_group: Name | None = None
    overlap_status: Literal["none_known", "suspected", "confirmed"] = "none_known"
    read_depth: ReadDepth | None = None
    outcome_groups_checked: Annotated[tuple[OutcomeGroup, ...], *_FEW] = ()
    notes: Text | None = None

    @model_validator(mode="after")
    def _period_and_overlap_make_sense(self) -> "StudyDraft":
        if self.period_start and self.period_end:
            known = min(len(self.period_start), len(self.period_end))
            if self.period_start[:known] > self.period_end[:known]:
                raise ValueError("period_end lies before period_start")
        if self.overlap_group and self.overlap_status == "none_known":
            raise ValueError("an overlap_group needs an overlap_status of suspected or confirmed")
        return self


def missing_in(study: object) -> tuple[str, ...]:
    """The required fields that are empty in a study, entered or stored."""
    return tuple(name for name in REQUIRED if getattr(study, name) is None)


class ExposureDraft(Draft):
    """What was taken, as reported. An empty ``co_exposures`` means not reported; ``none_stated`` means that there were none."""

    substance: Substance
    substance_name: Line | None = None
    preparation: Preparation = "not_reported"
    product_label: Line | None = None
    dose: Line | None = None
    route: Line | None = None
    frequency: Line | None = None
    duration: Line | None = None
    co_exposures: Lines = ()
    co_interventions: Annotated[tuple[CoIntervention, ...], *_FEW] = ()
    assay_confirmed: Assay = "not_reported"

    @model_validator(mode="after")
    def _other_is_named(self) -> "ExposureDraft":
        if self.substance == "other" and not self.substance_name:
            raise ValueError("substance 'other' needs a substance_name")
        return self
