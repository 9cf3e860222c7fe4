"""Lay the studies and findings.

Why: The evidence itself; composite keys keep a finding inside its own study's reports and exposures.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_22_1302"
down_revision = "2026_11_22_1301"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "study",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("design", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("population", sa.String(), nullable=True),
        sa.Column("population_contexts", sa.JSON(), nullable=False),
        sa.Column("n_total", sa.Integer(), nullable=True),
        sa.Column("n_unit", sa.String(length=64), nullable=True),
        sa.Column("country", sa.String(length=64), nullable=True),
        sa.Column("recruitment", sa.String(length=64), nullable=True),
        sa.Column("period_start", sa.String(length=10), nullable=True),
        sa.Column("period_end", sa.String(length=10), nullable=True),
        sa.Column("registrations", sa.JSON(), nullable=False),
        sa.Column("funding", sa.String(), nullable=True),
        sa.Column("funder_classes", sa.JSON(), nullable=False),
        sa.Column("coi_classes", sa.JSON(), nullable=False),
        sa.Column("overlap_group", sa.String(length=64), nullable=True),
        sa.Column("overlap_status", sa.String(length=64), nullable=False),
        sa.Column("read_depth", sa.String(length=64), nullable=False),
        sa.Column("outcome_groups_checked", sa.JSON(), nullable=False),
        sa.Column("notes", sa.String(), nullable=True),
        sa.Column("status", sa.String(length=64), nullable=False),
        sa.Column("retired_reason", sa.String(), nullable=True),
        sa.Column("merged_into", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.String(24), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("edited_at", sa.String(24), nullable=True),
        sa.Column("reviewed_at", sa.String(24), nullable=True),
        sa.Column("reviewed_by", sa.String(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "overlap_group IS NULL OR overlap_status <> 'none_known'", name=op.f("ck_study_overlap_has_status")
        ),
        sa.CheckConstraint(
            "overlap_status IN ('none_known', 'suspected', 'confirmed')", name=op.f("ck_study_overlap_status_known")
        ),
        sa.CheckConstraint(
            "read_depth IN ('full_text', 'abstract', 'abstract_part', 'secondary_source', 'citation_only')",
            name=op.f("ck_study_read_depth_known"),
        ),
        sa.CheckConstraint(
            "status <> 'retired' OR retired_reason IS NOT NULL", name=op.f("ck_study_retired_with_reason")
        ),
        sa.CheckConstraint(
            "status IN ('suggested', 'draft', 'submitted', 'accepted', 'rejected', 'retired')",
            name=op.f("ck_study_status_known"),
        ),
        sa.CheckConstraint("n_total >= 0", name=op.f("ck_study_n_total_not_negative")),
        sa.ForeignKeyConstraint(["design"], ["design.id"], name="fk_study_design"),
        sa.ForeignKeyConstraint(["merged_into"], ["study.id"], name="fk_study_merged_into"),
        sa.ForeignKeyConstraint(["subject"], ["subject.id"], name="fk_study_subject"),
        sa.PrimaryKeyConstraint("id", name="pk_study"),
    )
    op.create_index("ix_study_design_subject", "study", ["design", "subject"], unique=False)
    op.create_index("ix_study_overlap_group", "study", ["overlap_group"], unique=False)
    op.create_table(
        "exposure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("substance", sa.String(length=64), nullable=False),
        sa.Column("substance_name", sa.String(), nullable=True),
        sa.Column("preparation", sa.String(length=64), nullable=False),
        sa.Column("product_label", sa.String(), nullable=True),
        sa.Column("dose", sa.String(), nullable=True),
        sa.Column("route", sa.String(), nullable=True),
        sa.Column("frequency", sa.String(), nullable=True),
        sa.Column("duration", sa.String(), nullable=True),
        sa.Column("co_exposures", sa.JSON(), nullable=False),
        sa.Column("co_interventions", sa.JSON(), nullable=False),
        sa.Column("assay_confirmed", sa.String(length=64), nullable=False),
        sa.CheckConstraint(
            "substance <> 'other' OR substance_name IS NOT NULL", name=op.f("ck_exposure_other_is_named")
        ),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name="fk_exposure_study_id"),
        sa.ForeignKeyConstraint(["substance"], ["substance.id"], name="fk_exposure_substance"),
        sa.PrimaryKeyConstraint("id", name="pk_exposure"),
        sa.UniqueConstraint("study_id", "id", name="uq_exposure_study_id_id"),
    )
    op.create_index("ix_exposure_substance", "exposure", ["substance"], unique=False)
    op.create_table(
        "study_report",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("citation_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=64), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["citation_id"], ["citation.id"], name="fk_study_report_citation_id"),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name="fk_study_report_study_id"),
        sa.PrimaryKeyConstraint("id", name="pk_study_report"),
        sa.UniqueConstraint("study_id", "citation_id", name="uq_study_report_study_id_citation_id"),
    )
    op.create_index("ix_study_report_citation_id", "study_report", ["citation_id"], unique=False)
    op.create_table(
        "finding",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("study_id", sa.Integer(), nullable=False),
        sa.Column("report_id", sa.Integer(), nullable=True),
        sa.Column("exposure_id", sa.Integer(), nullable=True),
        sa.Column("outcome", sa.String(length=64), nullable=True),
        sa.Column("direction", sa.String(length=64), nullable=True),
        sa.Column("phase", sa.String(length=64), nullable=True),
        sa.Column("phase_basis", sa.String(length=64), nullable=True),
        sa.Column("precipitated", sa.Boolean(), nullable=False),
        sa.Column("contrast", sa.String(length=64), nullable=True),
        sa.Column("basis", sa.String(length=64), nullable=True),
        sa.Column("comparator", sa.String(length=64), nullable=True),
        sa.Column("measure", sa.String(), nullable=True),
        sa.Column("higher_is", sa.String(length=16), nullable=True),
        sa.Column("effect_measure", sa.String(length=64), nullable=True),
        sa.Column("value", sa.Double(), nullable=True),
        sa.Column("ci_low", sa.Double(), nullable=True),
        sa.Column("ci_high", sa.Double(), nullable=True),
        sa.Column("unit", sa.String(), nullable=True),
        sa.Column("p_value_text", sa.String(), nullable=True),
        sa.Column("n_events", sa.Integer(), nullable=True),
        sa.Column("n_group", sa.Integer(), nullable=True),
        sa.Column("n_exposed", sa.Integer(), nullable=True),
        sa.Column("adjusted_for", sa.String(), nullable=True),
        sa.Column("time_point", sa.String(), nullable=True),
        sa.Column("severity", sa.String(length=64), nullable=True),
        sa.Column("dechallenge", sa.String(), nullable=True),
        sa.Column("rechallenge", sa.String(), nullable=True),
        sa.Column("alternative_explanation", sa.String(length=16), nullable=True),
        sa.Column("intended_direction", sa.String(length=64), nullable=True),
        sa.Column("summary", sa.String(), nullable=True),
        sa.Column("reading", sa.String(length=16), nullable=True),
        sa.Column("entered_as", sa.String(length=64), nullable=True),
        sa.Column("status", sa.String(length=64), nullable=False),
        sa.Column("retired_reason", sa.String(), nullable=True),
        sa.Column("created_at", sa.String(24), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("edited_at", sa.String(24), nullable=True),
        sa.Column("reviewed_at", sa.String(24), nullable=True),
        sa.Column("reviewed_by", sa.String(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "alternative_explanation IN ('present', 'stated_none', 'not_reported')",
            name=op.f("ck_finding_alternative_explanation_known"),
        ),
        sa.CheckConstraint(
            "direction IN ('increased', 'decreased', 'no_change', 'mixed', 'unclear')",
            name=op.f("ck_finding_direction_known"),
        ),
        sa.CheckConstraint("higher_is IN ('better', 'worse')", name=op.f("ck_finding_higher_is_known")),
        sa.CheckConstraint("phase_basis IN ('stated', 'inferred')", name=op.f("ck_finding_phase_basis_known")),
        sa.CheckConstraint("reading IN ('explicit', 'inferred', 'uncertain')", name=op.f("ck_finding_reading_known")),
        sa.CheckConstraint(
            "status <> 'retired' OR retired_reason IS NOT NULL", name=op.f("ck_finding_retired_with_reason")
        ),
        sa.CheckConstraint(
            "status IN ('suggested', 'draft', 'rejected', 'retired') OR (report_id IS NOT NULL AND exposure_id IS NOT NULL AND outcome IS NOT NULL AND direction IS NOT NULL AND phase IS NOT NULL AND contrast IS NOT NULL AND basis IS NOT NULL AND summary IS NOT NULL)",
            name=op.f("ck_finding_complete_when_submitted"),
        ),
        sa.CheckConstraint(
            "status IN ('suggested', 'draft', 'submitted', 'accepted', 'rejected', 'retired')",
            name=op.f("ck_finding_status_known"),
        ),
        sa.CheckConstraint("ci_low <= ci_high", name=op.f("ck_finding_ci_in_order")),
        sa.CheckConstraint("n_events <= n_group", name=op.f("ck_finding_n_events_within_group")),
        sa.CheckConstraint("n_events >= 0", name=op.f("ck_finding_n_events_not_negative")),
        sa.CheckConstraint("n_group >= 0", name=op.f("ck_finding_n_group_not_negative")),
        sa.ForeignKeyConstraint(["basis"], ["basis.id"], name="fk_finding_basis"),
        sa.ForeignKeyConstraint(["contrast"], ["contrast.id"], name="fk_finding_contrast"),
        sa.ForeignKeyConstraint(["outcome"], ["outcome.id"], name="fk_finding_outcome"),
        sa.ForeignKeyConstraint(["phase"], ["phase.id"], name="fk_finding_phase"),
        sa.ForeignKeyConstraint(
            ["study_id", "exposure_id"], ["exposure.study_id", "exposure.id"], name="fk_finding_study_id_exposure_id"
        ),
        sa.ForeignKeyConstraint(
            ["study_id", "report_id"],
            ["study_report.study_id", "study_report.citation_id"],
            name="fk_finding_study_id_report_id",
        ),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"], name="fk_finding_study_id"),
        sa.PrimaryKeyConstraint("id", name="pk_finding"),
    )
    op.create_index("ix_finding_exposure_id", "finding", ["exposure_id"], unique=False)
    op.create_index("ix_finding_outcome_phase", "finding", ["outcome", "phase"], unique=False)
    op.create_index("ix_finding_report_id", "finding", ["report_id"], unique=False)
    op.create_index("ix_finding_study_id", "finding", ["study_id"], unique=False)
    op.create_table(
        "quote",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("finding_id", sa.Integer(), nullable=False),
        sa.Column("citation_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("location", sa.String(length=64), nullable=False),
        sa.Column("page", sa.String(), nullable=True),
        sa.Column("text_position", sa.Integer(), nullable=True),
        sa.Column("starts_at", sa.Integer(), nullable=True),
        sa.Column("ends_at", sa.Integer(), nullable=True),
        sa.Column("text_sha256", sa.String(length=64), nullable=True),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("seen_by_second_reader", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.String(24), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.CheckConstraint(
            "state <> 'verified' OR (text_position IS NOT NULL AND starts_at IS NOT NULL AND ends_at IS NOT NULL)",
            name=op.f("ck_quote_verified_has_offsets"),
        ),
        sa.CheckConstraint(
            "state IN ('verified', 'not_found', 'not_checkable', 'stale')", name=op.f("ck_quote_state_known")
        ),
        sa.CheckConstraint("length(text) BETWEEN 1 AND 300", name=op.f("ck_quote_text_is_short")),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_quote_offsets_in_order")),
        sa.ForeignKeyConstraint(["citation_id"], ["citation.id"], name="fk_quote_citation_id"),
        sa.ForeignKeyConstraint(["finding_id"], ["finding.id"], name="fk_quote_finding_id"),
        sa.PrimaryKeyConstraint("id", name="pk_quote"),
    )
    op.create_index("ix_quote_citation_id", "quote", ["citation_id"], unique=False)
    op.create_index("ix_quote_finding_id", "quote", ["finding_id"], unique=False)
