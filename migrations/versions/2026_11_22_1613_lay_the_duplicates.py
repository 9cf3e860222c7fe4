"""Lay the duplicates.

Why: Records of one paper come from several sources; what may be one record waits for a person, whose merge can be undone.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_22_1613"
down_revision = "2026_11_22_1612"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    lay_the_queue()
    lay_the_decisions()


def lay_the_queue() -> None:
    """Make what the search for duplicates keeps."""
    op.create_table(
        "duplicate_pair",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("first_id", sa.Integer(), nullable=False),
        sa.Column("second_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("offer", sa.String(length=64), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("block", sa.String(), nullable=True),
        sa.Column("found_at", sa.String(24), nullable=False),
        sa.Column("decided_at", sa.String(24), nullable=True),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("first_id < second_id", name=op.f("ck_duplicate_pair_lower_first")),
        sa.CheckConstraint(
            "state IN ('open', 'blocked', 'merged', 'kept', 'linked')", name=op.f("ck_duplicate_pair_state_known")
        ),
        sa.CheckConstraint("offer IN ('merge', 'link')", name=op.f("ck_duplicate_pair_offer_known")),
        sa.CheckConstraint(
            "state <> 'blocked' OR block IS NOT NULL", name=op.f("ck_duplicate_pair_blocked_with_reason")
        ),
        sa.ForeignKeyConstraint(["first_id"], ["citation.id"], name="fk_duplicate_pair_first_id"),
        sa.ForeignKeyConstraint(["second_id"], ["citation.id"], name="fk_duplicate_pair_second_id"),
        sa.PrimaryKeyConstraint("id", name="pk_duplicate_pair"),
        sa.UniqueConstraint("first_id", "second_id", name="uq_duplicate_pair_first_id_second_id"),
    )
    op.create_index("ix_duplicate_pair_state", "duplicate_pair", ["state", "score", "id"], unique=False)
    op.create_index("ix_duplicate_pair_second_id", "duplicate_pair", ["second_id"], unique=False)
    op.create_table(
        "duplicate_key",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("citation_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["citation_id"], ["citation.id"], name="fk_duplicate_key_citation_id"),
        sa.PrimaryKeyConstraint("key", "citation_id", name="pk_duplicate_key"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_duplicate_key_citation_id", "duplicate_key", ["citation_id"], unique=False)
    op.create_table(
        "duplicate_look",
        sa.Column("citation_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["citation_id"], ["citation.id"], name="fk_duplicate_look_citation_id"),
        sa.PrimaryKeyConstraint("citation_id", name="pk_duplicate_look"),
    )


def lay_the_decisions() -> None:
    """Make what a person's decisions leave behind."""
    op.create_table(
        "citation_merge",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("gone_id", sa.Integer(), nullable=False),
        sa.Column("kept_id", sa.Integer(), nullable=False),
        sa.Column("merged_at", sa.String(24), nullable=False),
        sa.Column("merged_by", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("confirmed", sa.JSON(), nullable=False),
        sa.Column("moved", sa.JSON(), nullable=False),
        sa.Column("undone_at", sa.String(24), nullable=True),
        sa.Column("undone_by", sa.String(), nullable=True),
        sa.CheckConstraint("gone_id <> kept_id", name=op.f("ck_citation_merge_two_citations")),
        sa.CheckConstraint(
            "(undone_at IS NULL) = (undone_by IS NULL)", name=op.f("ck_citation_merge_undone_by_somebody")
        ),
        sa.ForeignKeyConstraint(["gone_id"], ["citation.id"], name="fk_citation_merge_gone_id"),
        sa.ForeignKeyConstraint(["kept_id"], ["citation.id"], name="fk_citation_merge_kept_id"),
        sa.PrimaryKeyConstraint("id", name="pk_citation_merge"),
    )
    op.create_index(
        "uq_citation_merge_gone_id",
        "citation_merge",
        ["gone_id"],
        unique=True,
        sqlite_where=sa.text("undone_at IS NULL"),
        postgresql_where=sa.text("undone_at IS NULL"),
    )
    op.create_index("ix_citation_merge_kept_id", "citation_merge", ["kept_id"], unique=False)
    op.create_table(
        "citation_tie",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("from_id", sa.Integer(), nullable=False),
        sa.Column("to_id", sa.Integer(), nullable=False),
        sa.Column("noted_at", sa.String(24), nullable=False),
        sa.Column("noted_by", sa.String(), nullable=False),
        sa.CheckConstraint("from_id <> to_id", name=op.f("ck_citation_tie_two_citations")),
        sa.CheckConstraint("kind IN ('preprint_of')", name=op.f("ck_citation_tie_kind_known")),
        sa.ForeignKeyConstraint(["from_id"], ["citation.id"], name="fk_citation_tie_from_id"),
        sa.ForeignKeyConstraint(["to_id"], ["citation.id"], name="fk_citation_tie_to_id"),
        sa.PrimaryKeyConstraint("id", name="pk_citation_tie"),
        sa.UniqueConstraint("from_id", "to_id", "kind", name="uq_citation_tie_from_id_to_id_kind"),
    )
    op.create_index("ix_citation_tie_to_id", "citation_tie", ["to_id"], unique=False)
