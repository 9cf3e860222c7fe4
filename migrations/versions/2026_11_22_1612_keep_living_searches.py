"""Keep living searches.

Why: A search is kept, run again by one process at a time and reported; a run knows its PMIDs before it fetches the first.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_22_1612"
down_revision = "2026_11_22_1611"
branch_labels = None
depends_on = None

OPEN_SYNC = sa.text("kind = 'sync' AND state IN ('waiting', 'running')")


def upgrade() -> None:
    """Create the tables and the index that keeps the sync single."""
    op.create_table(
        "living_search",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("query", sa.String(), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("every_hours", sa.Integer(), nullable=False),
        sa.Column("full_every_days", sa.Integer(), nullable=False),
        sa.Column("overlap_days", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.String(24), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("edited_at", sa.String(24), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("state IN ('active', 'paused')", name=op.f("ck_living_search_state_known")),
        sa.CheckConstraint(
            "every_hours > 0 AND full_every_days > 0 AND overlap_days > 0",
            name=op.f("ck_living_search_intervals_positive"),
        ),
        sa.PrimaryKeyConstraint("id", name="pk_living_search"),
        sa.UniqueConstraint("name", name="uq_living_search_name"),
    )
    op.create_table(
        "search_run",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("search_id", sa.Integer(), nullable=False),
        sa.Column("mode", sa.String(length=64), nullable=False),
        sa.Column("query", sa.String(), nullable=False),
        sa.Column("since_on", sa.String(length=10), nullable=True),
        sa.Column("hits", sa.Integer(), nullable=True),
        sa.Column("members_before", sa.Integer(), nullable=False),
        sa.Column("members_after", sa.Integer(), nullable=True),
        sa.Column("new", sa.Integer(), nullable=False),
        sa.Column("reappeared", sa.Integer(), nullable=False),
        sa.Column("vanished", sa.Integer(), nullable=False),
        sa.Column("retracted", sa.Integer(), nullable=False),
        sa.Column("corrected", sa.Integer(), nullable=False),
        sa.Column("reinstated", sa.Integer(), nullable=False),
        sa.Column("first_revision", sa.Integer(), nullable=False),
        sa.CheckConstraint("mode IN ('full', 'incremental')", name=op.f("ck_search_run_mode_known")),
        sa.CheckConstraint(
            "members_after = members_before + new + reappeared - vanished", name=op.f("ck_search_run_members_add_up")
        ),
        sa.CheckConstraint("mode <> 'full' OR members_after = hits", name=op.f("ck_search_run_full_finds_all")),
        sa.ForeignKeyConstraint(["run_id"], ["import_run.id"], name="fk_search_run_run_id"),
        sa.ForeignKeyConstraint(["search_id"], ["living_search.id"], name="fk_search_run_search_id"),
        sa.PrimaryKeyConstraint("run_id", name="pk_search_run"),
    )
    op.create_index("ix_search_run_search_id", "search_run", ["search_id", "run_id"])
    op.create_table(
        "search_member",
        sa.Column("search_id", sa.Integer(), nullable=False),
        sa.Column("pmid", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("first_run_id", sa.Integer(), nullable=False),
        sa.Column("last_run_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('held', 'missing', 'rejected', 'vanished')", name=op.f("ck_search_member_state_known")
        ),
        sa.ForeignKeyConstraint(["search_id"], ["living_search.id"], name="fk_search_member_search_id"),
        sa.ForeignKeyConstraint(["first_run_id"], ["import_run.id"], name="fk_search_member_first_run_id"),
        sa.ForeignKeyConstraint(["last_run_id"], ["import_run.id"], name="fk_search_member_last_run_id"),
        sa.PrimaryKeyConstraint("search_id", "pmid", name="pk_search_member"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "search_event",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("pmid", sa.String(length=12), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.CheckConstraint("kind IN ('new', 'vanished', 'reappeared')", name=op.f("ck_search_event_kind_known")),
        sa.ForeignKeyConstraint(["run_id"], ["search_run.run_id"], name="fk_search_event_run_id"),
        sa.PrimaryKeyConstraint("run_id", "pmid", name="pk_search_event"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "import_wanted",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("pmid", sa.String(length=12), nullable=False),
        sa.Column("origin", sa.String(length=64), nullable=False),
        sa.CheckConstraint("origin IN ('found', 'retried', 'vanished')", name=op.f("ck_import_wanted_origin_known")),
        sa.ForeignKeyConstraint(["run_id"], ["import_run.id"], name="fk_import_wanted_run_id"),
        sa.PrimaryKeyConstraint("run_id", "position", name="pk_import_wanted"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "request_pace",
        sa.Column("service", sa.String(length=64), nullable=False),
        sa.Column("sent_at", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("service", name="pk_request_pace"),
    )
    op.create_index(
        "uq_job_open_sync", "job", ["kind"], unique=True, sqlite_where=OPEN_SYNC, postgresql_where=OPEN_SYNC
    )
