"""Say why a proposal was superseded where no other proposal did it.

Why: Whoever takes a part away at once leaves nothing of the proposals on it. They stayed open for ever, since only an
accepted proposal could supersede another.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_22_1654"
down_revision = "2026_11_22_1653"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let a reason stand in the place of the other proposal."""
    with op.batch_alter_table("proposal") as proposal:
        proposal.add_column(sa.Column("superseded_because", sa.Text(), nullable=True))
        proposal.drop_constraint(op.f("ck_proposal_superseded_by_another"), type_="check")
        proposal.create_check_constraint(
            op.f("ck_proposal_superseded_by_something"),
            "(state = 'superseded') = (superseded_by IS NOT NULL OR superseded_because IS NOT NULL)",
        )
