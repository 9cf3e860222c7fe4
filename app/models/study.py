"""An investigation, the reports it appeared in, and what its people or animals were exposed to."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import STATUSES, Base, Id, Label, one_of

REQUIRED = ("design", "subject", "read_depth")
"""The fields, beside a report, without which a study stays a draft."""


class Study(Base):
    """One investigation, counted once however many reports it has; ``overlap_group`` ties suspected shared samples."""

    __tablename__ = "study"
    __table_args__ = (
        one_of("status", STATUSES),
        one_of("overlap_status", ("none_known", "suspected", "confirmed")),
        one_of("read_depth", ("full_text", "abstract", "abstract_part", "secondary_source", "citation_only")),
        CheckConstraint("n_total >= 0", name="n_total_not_negative"),
        CheckConstraint(
            "status IN ('suggested', 'draft', 'retired') "
            "OR (design IS NOT NULL AND subject IS NOT NULL AND read_depth IS NOT NULL)",
            name="complete_for_review",
        ),
        CheckConstraint("overlap_group IS NULL OR overlap_status <> 'none_known'", name="overlap_has_status"),
        CheckConstraint("status <> 'retired' OR retired_reason IS NOT NULL", name="retired_with_reason"),
        Index("ix_study_design_subject", "design", "subject"),
    )

    id: Mapped[Id]
    title: Mapped[str]
    design: Mapped[str | None] = mapped_column(String(64), ForeignKey("design.id"))
    subject: Mapped[str | None] = mapped_column(String(64), ForeignKey("subject.id"))
    population: Mapped[str | None]
    population_contexts: Mapped[list[Any]]
    n_total: Mapped[int | None]
    n_unit: Mapped[str | None] = mapped_column(String(64))
    country: Mapped[str | None] = mapped_column(String(64))
    recruitment: Mapped[str | None] = mapped_column(String(64))
    period_start: Mapped[str | None] = mapped_column(String(10))
    period_end: Mapped[str | None] = mapped_column(String(10))
    registrations: Mapped[list[Any]]
    funding: Mapped[str | None]
    funder_classes: Mapped[list[Any]]
    coi_classes: Mapped[list[Any]]
    overlap_group: Mapped[str | None] = mapped_column(String(64), index=True)
    overlap_status: Mapped[Label]
    read_depth: Mapped[Label | None]
    outcome_groups_checked: Mapped[list[Any]]
    notes: Mapped[str | None]
    status: Mapped[Label]
    retired_reason: Mapped[str | None]
    merged_into: Mapped[int | None] = mapped_column(ForeignKey("study.id"))
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    edited_at: Mapped[datetime | None]
    reviewed_at: Mapped[datetime | None]
    reviewed_by: Mapped[str | None]
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it from the class


class StudyReport(Base):
    """A report of a study, with the role that it plays."""

    __tablename__ = "study_report"
    __table_args__ = (UniqueConstraint("study_id", "citation_id"), Index("ix_study_report_citation_id", "citation_id"))

    id: Mapped[Id]
    study_id: Mapped[int] = mapped_column(ForeignKey("study.id"))
    citation_id: Mapped[int] = mapped_column(ForeignKey("citation.id"))
    role: Mapped[Label]
    position: Mapped[int]


class Exposure(Base):
    """What was taken in a study, as reported: a "glass" is not a mass, and a label on a bag is text, not an effect."""

    __tablename__ = "exposure"
    __table_args__ = (
        UniqueConstraint("study_id", "id"),
        CheckConstraint("substance <> 'other' OR substance_name IS NOT NULL", name="other_is_named"),
        Index("ix_exposure_substance", "substance"),
    )

    id: Mapped[Id]
    study_id: Mapped[int] = mapped_column(ForeignKey("study.id"))
    position: Mapped[int]
    substance: Mapped[str] = mapped_column(String(64), ForeignKey("substance.id"))
    substance_name: Mapped[str | None]
    preparation: Mapped[str] = mapped_column(String(64))
    product_label: Mapped[str | None]
    dose: Mapped[str | None]
    route: Mapped[str | None]
    frequency: Mapped[str | None]
    duration: Mapped[str | None]
    co_exposures: Mapped[list[Any]]
    co_interventions: Mapped[list[Any]]
    assay_confirmed: Mapped[Label]
