"""Keep flags and differences.

Why: What needs a person's look is a record with a reason and an end; what a sync offers against a person's edit is kept
until somebody decides; a deletion of a record that is not stored yet, and what a source replaced without a later date,
must be remembered.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_22_1614"
down_revision = "2026_11_22_1613"
branch_labels = None
depends_on = None

OPEN_DIFFERENCE = sa.text("state = 'open'")
OPEN_FLAG = sa.text("state = 'open' AND kind <> 'person'")


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "deletion_notice",
        sa.Column("pmid", sa.String(length=16), nullable=False),
        sa.Column("noted_at", sa.String(24), nullable=False),
        sa.PrimaryKeyConstraint("pmid", name="pk_deletion_notice"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "replaced_payload",
        sa.Column("citation_id", sa.Integer(), nullable=False),
        sa.Column("payload_hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["citation_id"], ["citation.id"], name="fk_replaced_payload_citation_id"),
        sa.PrimaryKeyConstraint("citation_id", "payload_hash", name="pk_replaced_payload"),
        sqlite_with_rowid=False,
    )
    create_difference()
    create_flag()


def create_difference() -> None:
    """A person's value against a later sync's."""
    op.create_table(
        "field_difference",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("citation_id", sa.Integer(), nullable=False),
        sa.Column("field", sa.String(length=64), nullable=False),
        sa.Column("held", sa.Text(), nullable=False),
        sa.Column("offered", sa.Text(), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("noted_at", sa.String(24), nullable=False),
        sa.Column("decided_at", sa.String(24), nullable=True),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('open', 'kept', 'taken', 'agreed')", name=op.f("ck_field_difference_state_known")
        ),
        sa.CheckConstraint(
            "(state IN ('kept', 'taken')) = (decided_by IS NOT NULL)",
            name=op.f("ck_field_difference_decided_by_somebody"),
        ),
        sa.ForeignKeyConstraint(["citation_id"], ["citation.id"], name="fk_field_difference_citation_id"),
        sa.ForeignKeyConstraint(["run_id"], ["import_run.id"], name="fk_field_difference_run_id"),
        sa.PrimaryKeyConstraint("id", name="pk_field_difference"),
    )
    op.create_index("ix_field_difference_citation_id", "field_difference", ["citation_id"], unique=False)
    op.create_index(
        "uq_field_difference_open", "field_difference", ["citation_id", "field"], unique=True,
        sqlite_where=OPEN_DIFFERENCE, postgresql_where=OPEN_DIFFERENCE,
    )  # fmt: skip


def create_flag() -> None:
    """A reason to look at a record again."""
    op.create_table(
        "flag",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("record_kind", sa.String(length=64), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.String(24), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("resolved_at", sa.String(24), nullable=True),
        sa.Column("resolved_by", sa.String(), nullable=True),
        sa.Column("resolution", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('report_left_counts', 'report_doubted', 'report_reinstated', 'quote_stale', 'person')",
            name=op.f("ck_flag_kind_known"),
        ),
        sa.CheckConstraint("record_kind IN ('finding', 'study', 'citation')", name=op.f("ck_flag_record_kind_known")),
        sa.CheckConstraint("state IN ('open', 'resolved')", name=op.f("ck_flag_state_known")),
        sa.CheckConstraint(
            "(state = 'resolved') = (resolved_at IS NOT NULL AND resolved_by IS NOT NULL)",
            name=op.f("ck_flag_resolved_by_somebody"),
        ),
        sa.PrimaryKeyConstraint("id", name="pk_flag"),
    )
    op.create_index("ix_flag_record_kind_record_id", "flag", ["record_kind", "record_id"], unique=False)
    op.create_index("ix_flag_state_id", "flag", ["state", "id"], unique=False)
    op.create_index(
        "uq_flag_open", "flag", ["record_kind", "record_id", "kind"], unique=True,
        sqlite_where=OPEN_FLAG, postgresql_where=OPEN_FLAG,
    )  # fmt: skip
