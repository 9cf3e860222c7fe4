"""Let drafts of studies lack.

Why: A draft may be incomplete, but a study could not be begun before its design, its subject and how it was read were known.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_22_1653"
down_revision = "2026_11_22_1652"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Allow the three fields to be empty, and demand them of every study that was shown for review."""
    with op.batch_alter_table("study") as study:
        for column in ("design", "subject", "read_depth"):
            study.alter_column(column, existing_type=sa.String(length=64), nullable=True)
        study.create_check_constraint(
            op.f("ck_study_complete_for_review"),
            "status IN ('suggested', 'draft', 'retired') "
            "OR (design IS NOT NULL AND subject IS NOT NULL AND read_depth IS NOT NULL)",
        )
