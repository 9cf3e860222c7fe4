"""Review and propose.

Why: Whoever accepts says which interests they have, and a change of what is settled waits as a proposal until it is decided once.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_22_1650"
down_revision = "2026_11_22_1630"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    create_review()
    create_proposal()
    op.create_table(
        "proposal_comment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("proposal_id", sa.Integer(), nullable=False),
        sa.Column("reply_to", sa.Integer(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", sa.String(24), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["proposal_id"], ["proposal.id"], name="fk_proposal_comment_proposal_id"),
        sa.ForeignKeyConstraint(["reply_to"], ["proposal_comment.id"], name="fk_proposal_comment_reply_to"),
        sa.PrimaryKeyConstraint("id", name="pk_proposal_comment"),
    )
    op.create_index("ix_proposal_comment_proposal_id", "proposal_comment", ["proposal_id"])


def create_review() -> None:
    """What was decided about a record, by whom, with which interests."""
    op.create_table(
        "review",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("decision", sa.String(length=64), nullable=False),
        sa.Column("reviewer", sa.String(), nullable=False),
        sa.Column("interest", sa.Text(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("at", sa.String(24), nullable=False),
        sa.CheckConstraint("kind IN ('study', 'finding', 'proposal')", name=op.f("ck_review_kind_known")),
        sa.CheckConstraint("decision IN ('accepted', 'rejected')", name=op.f("ck_review_decision_known")),
        sa.CheckConstraint(
            "decision <> 'accepted' OR interest IS NOT NULL", name=op.f("ck_review_accepted_with_interest")
        ),
        sa.PrimaryKeyConstraint("id", name="pk_review"),
    )
    op.create_index("ix_review_kind_record_id", "review", ["kind", "record_id"])


def create_proposal() -> None:
    """Fields before and after, until somebody decides."""
    op.create_table(
        "proposal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("base_version", sa.Integer(), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.String(24), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("decided_at", sa.String(24), nullable=True),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("superseded_by", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('study', 'finding', 'exposure')", name=op.f("ck_proposal_kind_known")),
        sa.CheckConstraint(
            "state IN ('open', 'accepted', 'rejected', 'withdrawn', 'superseded')", name=op.f("ck_proposal_state_known")
        ),
        sa.CheckConstraint(
            "(state = 'open') = (decided_at IS NULL) AND (state = 'open') = (decided_by IS NULL)",
            name=op.f("ck_proposal_decided_by_somebody"),
        ),
        sa.CheckConstraint(
            "(state = 'superseded') = (superseded_by IS NOT NULL)", name=op.f("ck_proposal_superseded_by_another")
        ),
        sa.ForeignKeyConstraint(["superseded_by"], ["proposal.id"], name="fk_proposal_superseded_by"),
        sa.PrimaryKeyConstraint("id", name="pk_proposal"),
    )
    op.create_index("ix_proposal_kind_record_id", "proposal", ["kind", "record_id"])
    op.create_index("ix_proposal_state_id", "proposal", ["state", "id"])
