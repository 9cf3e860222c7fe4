"""What one report says about one outcome under one exposure, and the quotes that show it."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import STATUSES, Base, Id, Label, one_of

DIRECTIONS = ("increased", "decreased", "no_change", "mixed", "unclear")
REQUIRED = ("report_id", "exposure_id", "outcome", "direction", "phase", "contrast", "basis", "summary")
"""The eight fields without which a finding stays a draft."""


class Finding(Base):
    """The atom of evidence. It has no natural unique key; its report and exposure belong to its own study.

    ``report_id`` is the id of the citation that reports it. ``effect`` is not
    a column: it follows from the direction and the outcome's polarity.
    """

    __tablename__ = "finding"
    __table_args__ = (
        ForeignKeyConstraint(["study_id", "report_id"], ["study_report.study_id", "study_report.citation_id"]),
        ForeignKeyConstraint(["study_id", "exposure_id"], ["exposure.study_id", "exposure.id"]),
        one_of("status", STATUSES),
        one_of("direction", DIRECTIONS),
        one_of("phase_basis", ("stated", "inferred")),
        one_of("reading", ("explicit", "inferred", "uncertain")),
        one_of("higher_is", ("better", "worse")),
        one_of("alternative_explanation", ("present", "stated_none", "not_reported")),
        CheckConstraint(
            "status IN ('suggested', 'draft', 'rejected', 'retired') OR ("
            + " AND ".join(f"{name} IS NOT NULL" for name in REQUIRED)
            + ")",
            name="complete_when_submitted",
        ),
        CheckConstraint("n_events >= 0", name="n_events_not_negative"),
        CheckConstraint("n_group >= 0", name="n_group_not_negative"),
        CheckConstraint("n_events <= n_group", name="n_events_within_group"),
        CheckConstraint("ci_low <= ci_high", name="ci_in_order"),
        CheckConstraint("status <> 'retired' OR retired_reason IS NOT NULL", name="retired_with_reason"),
        Index("ix_finding_outcome_phase", "outcome", "phase"),
        Index("ix_finding_study_id", "study_id"),
        Index("ix_finding_report_id", "report_id"),
        Index("ix_finding_exposure_id", "exposure_id"),
    )

    id: Mapped[Id]
    study_id: Mapped[int] = mapped_column(ForeignKey("study.id"))
    report_id: Mapped[int | None]
    exposure_id: Mapped[int | None]
    outcome: Mapped[str | None] = mapped_column(String(64), ForeignKey("outcome.id"))
    direction: Mapped[str | None] = mapped_column(String(64))
    phase: Mapped[str | None] = mapped_column(String(64), ForeignKey("phase.id"))
    phase_basis: Mapped[str | None] = mapped_column(String(64))
    precipitated: Mapped[bool]
    contrast: Mapped[str | None] = mapped_column(String(64), ForeignKey("contrast.id"))
    basis: Mapped[str | None] = mapped_column(String(64), ForeignKey("basis.id"))
    comparator: Mapped[str | None] = mapped_column(String(64))
    measure: Mapped[str | None]
    higher_is: Mapped[str | None] = mapped_column(String(16))
    effect_measure: Mapped[str | None] = mapped_column(String(64))
    value: Mapped[float | None]
    ci_low: Mapped[float | None]
    ci_high: Mapped[float | None]
    unit: Mapped[str | None]
    p_value_text: Mapped[str | None]
    n_events: Mapped[int | None]
    n_group: Mapped[int | None]
    n_exposed: Mapped[int | None]
    adjusted_for: Mapped[str | None]
    time_point: Mapped[str | None]
    severity: Mapped[str | None] = mapped_column(String(64))
    dechallenge: Mapped[str | None]
    rechallenge: Mapped[str | None]
    alternative_explanation: Mapped[str | None] = mapped_column(String(16))
    intended_direction: Mapped[str | None] = mapped_column(String(64))
    summary: Mapped[str | None]
    reading: Mapped[str | None] = mapped_column(String(16))
    entered_as: Mapped[str | None] = mapped_column(String(64))
    status: Mapped[Label]
    retired_reason: Mapped[str | None]
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    edited_at: Mapped[datetime | None]
    reviewed_at: Mapped[datetime | None]
    reviewed_by: Mapped[str | None]
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it from the class


class Quote(Base):
    """Verbatim words of a citation. Offsets are code points into one text part; their hash says which text was meant."""

    __tablename__ = "quote"
    __table_args__ = (
        one_of("state", ("verified", "not_found", "not_checkable", "stale")),
        CheckConstraint("length(text) BETWEEN 1 AND 300", name="text_is_short"),
        CheckConstraint("starts_at < ends_at", name="offsets_in_order"),
        CheckConstraint(
            "state <> 'verified' OR (text_position IS NOT NULL AND starts_at IS NOT NULL AND ends_at IS NOT NULL)",
            name="verified_has_offsets",
        ),
        Index("ix_quote_finding_id", "finding_id"),
        Index("ix_quote_citation_id", "citation_id"),
    )

    id: Mapped[Id]
    finding_id: Mapped[int] = mapped_column(ForeignKey("finding.id"))
    citation_id: Mapped[int] = mapped_column(ForeignKey("citation.id"))
    text: Mapped[str]
    location: Mapped[Label]
    page: Mapped[str | None]
    text_position: Mapped[int | None]
    starts_at: Mapped[int | None]
    ends_at: Mapped[int | None]
    text_sha256: Mapped[str | None] = mapped_column(String(64))
    state: Mapped[Label]
    seen_by_second_reader: Mapped[bool]
    created_at: Mapped[datetime]
    created_by: Mapped[str]
