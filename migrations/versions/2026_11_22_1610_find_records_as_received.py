"""Find records without identifiers by what was received.

Why: a record of a reference file without any identifier is known again only
by the hash of what came; without an index every import of such a file would
read the whole table once for each batch.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_22_1610"
down_revision = "2026_11_22_1600"
branch_labels = None
depends_on = None

NOT_PUBMED = sa.text("source <> 'pubmed'")


def upgrade() -> None:
    """Index the hashes of records that are not PubMed's."""
    op.create_index(
        "ix_citation_payload_hash", "citation", ["payload_hash"], sqlite_where=NOT_PUBMED, postgresql_where=NOT_PUBMED
    )
