"""Remember what only files gave.

Why: The second edition that PubMed sends of a record emptied what PubMed had never spoken of, because only a change of source was looked at.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_22_1651"
down_revision = "2026_11_22_1650"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "file_only",
        sa.Column("citation_id", sa.Integer(), nullable=False),
        sa.Column("field", sa.String(length=64), nullable=False),
        sa.Column("part", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["citation_id"], ["citation.id"], name="fk_file_only_citation_id"),
        sa.PrimaryKeyConstraint("citation_id", "field", "part", name="pk_file_only"),
        sqlite_with_rowid=False,
    )
