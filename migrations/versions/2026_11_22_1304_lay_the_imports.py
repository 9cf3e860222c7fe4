"""Lay the imports.

Why: Every imported record has exactly one fate, kept with its run; long work has a lease.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_22_1304"
down_revision = "2026_11_22_1303"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "import_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("asked_for", sa.String(), nullable=False),
        sa.Column("translation", sa.String(), nullable=True),
        sa.Column("warnings", sa.JSON(), nullable=False),
        sa.Column("hit_count", sa.Integer(), nullable=True),
        sa.Column("program_version", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("holder", sa.String(length=128), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("failure", sa.String(), nullable=True),
        sa.Column("started_at", sa.String(24), nullable=False),
        sa.Column("ended_at", sa.String(24), nullable=True),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("repeated", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.Column("not_returned", sa.Integer(), nullable=False),
        sa.Column("deleted", sa.Integer(), nullable=False),
        sa.Column("unknown_elements", sa.JSON(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('pubmed_query', 'pubmed_ids', 'file', 'starter')", name=op.f("ck_import_run_kind_known")
        ),
        sa.CheckConstraint(
            "state IN ('running', 'complete', 'incomplete', 'failed')", name=op.f("ck_import_run_state_known")
        ),
        sa.CheckConstraint(
            "asked = added + changed + unchanged + repeated + rejected + not_returned",
            name=op.f("ck_import_run_fates_add_up"),
        ),
        sa.PrimaryKeyConstraint("id", name="pk_import_run"),
    )
    op.create_table(
        "job",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("holder", sa.String(length=128), nullable=True),
        sa.Column("token", sa.Integer(), nullable=False),
        sa.Column("leased_until", sa.String(24), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("failure", sa.String(), nullable=True),
        sa.Column("created_at", sa.String(24), nullable=False),
        sa.Column("ended_at", sa.String(24), nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'running', 'done', 'failed')", name=op.f("ck_job_state_known")),
        sa.PrimaryKeyConstraint("id", name="pk_job"),
    )
    op.create_index("ix_job_state", "job", ["state", "id"], unique=False)
    op.create_table(
        "import_record",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.String(), nullable=True),
        sa.Column("fate", sa.String(length=64), nullable=False),
        sa.Column("citation_id", sa.Integer(), nullable=True),
        sa.Column("line", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("changed_fields", sa.JSON(), nullable=True),
        sa.CheckConstraint(
            "fate <> 'rejected' OR reason IS NOT NULL", name=op.f("ck_import_record_rejected_with_reason")
        ),
        sa.CheckConstraint(
            "fate IN ('added', 'changed', 'unchanged', 'repeated', 'rejected', 'not_returned')",
            name=op.f("ck_import_record_fate_known"),
        ),
        sa.ForeignKeyConstraint(["citation_id"], ["citation.id"], name="fk_import_record_citation_id"),
        sa.ForeignKeyConstraint(["run_id"], ["import_run.id"], name="fk_import_record_run_id"),
        sa.PrimaryKeyConstraint("run_id", "position", name="pk_import_record"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_import_record_citation_id", "import_record", ["citation_id"], unique=False)
