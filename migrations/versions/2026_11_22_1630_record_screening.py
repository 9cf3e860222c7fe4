"""Record the decisions of screening and what they come to.

Why: which records were read, by whom, and why some were left out is what a flow of records (PRISMA 2020) tells, and it was not stored.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_22_1630"
down_revision = "2026_11_22_1614"
branch_labels = None
depends_on = None

_STAGE = "stage IN ('title_abstract', 'full_text')"
_STANDS = sa.text("undone_at IS NULL")


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "screening_decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("citation_id", sa.Integer(), nullable=False),
        sa.Column("stage", sa.String(length=64), nullable=False),
        sa.Column("reviewer", sa.String(), nullable=False),
        sa.Column("decision", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("resolves", sa.Boolean(), nullable=False),
        sa.Column("decided_at", sa.String(24), nullable=False),
        sa.Column("undone_at", sa.String(24), nullable=True),
        sa.CheckConstraint(
            "decision <> 'exclude' OR reason IS NOT NULL", name=op.f("ck_screening_decision_exclusion_has_reason")
        ),
        sa.CheckConstraint(
            "decision IN ('include', 'exclude', 'maybe')", name=op.f("ck_screening_decision_decision_known")
        ),
        sa.CheckConstraint(_STAGE, name=op.f("ck_screening_decision_stage_known")),
        sa.ForeignKeyConstraint(["citation_id"], ["citation.id"], name="fk_screening_decision_citation_id"),
        sa.PrimaryKeyConstraint("id", name="pk_screening_decision"),
    )
    op.create_index(
        "uq_screening_decision_standing", "screening_decision", ["citation_id", "stage", "reviewer"], unique=True,
        sqlite_where=_STANDS, postgresql_where=_STANDS,
    )  # fmt: skip
    op.create_table(
        "screening_result",
        sa.Column("citation_id", sa.Integer(), nullable=False),
        sa.Column("stage", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("settled_at", sa.String(24), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'conflict', 'included', 'excluded')", name=op.f("ck_screening_result_state_known")
        ),
        sa.CheckConstraint(_STAGE, name=op.f("ck_screening_result_stage_known")),
        sa.ForeignKeyConstraint(["citation_id"], ["citation.id"], name="fk_screening_result_citation_id"),
        sa.PrimaryKeyConstraint("citation_id", "stage", name="pk_screening_result"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_screening_result_stage_state", "screening_result", ["stage", "state"], unique=False)
