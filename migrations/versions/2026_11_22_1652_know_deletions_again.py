"""Know deletions again.

Why: An update file that was imported again marked records as taken back of which PubMed had sent a later edition, for good.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_22_1652"
down_revision = "2026_11_22_1651"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "deletion_seen",
        sa.Column("pmid", sa.String(length=16), nullable=False),
        sa.Column("list_hash", sa.String(length=64), nullable=False),
        sa.Column("lifted", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("pmid", "list_hash", name="pk_deletion_seen"),
        sqlite_with_rowid=False,
    )
