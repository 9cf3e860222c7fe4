"""Lay the accounts.

Why: People and programs that write need names, roles and credentials; a repeated request needs its first answer.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_22_1611"
down_revision = "2026_11_22_1610"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("role", sa.String(length=64), nullable=False),
        sa.Column("password_hash", sa.String(length=255), nullable=True),
        sa.Column("created_at", sa.String(24), nullable=False),
        sa.Column("disabled_at", sa.String(24), nullable=True),
        sa.CheckConstraint("role IN ('curator', 'editor', 'admin')", name=op.f("ck_account_role_known")),
        sa.PrimaryKeyConstraint("id", name="pk_account"),
        sa.UniqueConstraint("name", name="uq_account_name"),
    )
    op.create_table(
        "token",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=64), nullable=False),
        sa.Column("beginning", sa.String(length=16), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("scope", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.String(24), nullable=False),
        sa.Column("expires_at", sa.String(24), nullable=False),
        sa.Column("revoked_at", sa.String(24), nullable=True),
        sa.Column("last_used_at", sa.String(24), nullable=True),
        sa.CheckConstraint("scope IN ('read', 'write', 'review', 'admin')", name=op.f("ck_token_scope_known")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_token_account_id"),
        sa.PrimaryKeyConstraint("id", name="pk_token"),
        sa.UniqueConstraint("hash", name="uq_token_hash"),
    )
    op.create_index("ix_token_account_id", "token", ["account_id", "id"], unique=False)
    op.create_table(
        "login_session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.String(24), nullable=False),
        sa.Column("expires_at", sa.String(24), nullable=False),
        sa.Column("ended_at", sa.String(24), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_login_session_account_id"),
        sa.PrimaryKeyConstraint("id", name="pk_login_session"),
        sa.UniqueConstraint("hash", name="uq_login_session_hash"),
    )
    op.create_index("ix_login_session_account_id", "login_session", ["account_id", "id"], unique=False)
    op.create_table(
        "idempotent_answer",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("method", sa.String(length=8), nullable=False),
        sa.Column("path", sa.String(length=500), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("body_hash", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.String(24), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("headers", sa.JSON(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_idempotent_answer_account_id"),
        sa.PrimaryKeyConstraint("account_id", "method", "path", "key", name="pk_idempotent_answer"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_idempotent_answer_made_at", "idempotent_answer", ["made_at"], unique=False)
    op.create_table(
        "admin_flag",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("set_by", sa.String(), nullable=False),
        sa.Column("set_at", sa.String(24), nullable=False),
        sa.CheckConstraint("name IN ('read_only', 'no_imports')", name=op.f("ck_admin_flag_name_known")),
        sa.CheckConstraint("NOT is_on OR reason IS NOT NULL", name=op.f("ck_admin_flag_on_with_reason")),
        sa.PrimaryKeyConstraint("name", name="pk_admin_flag"),
    )
