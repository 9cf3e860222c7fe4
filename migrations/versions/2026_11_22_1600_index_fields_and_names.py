"""Index keywords apart from index terms, and whole names as tokens of their own.

Why: the query language asks for keywords without MeSH ([tiab]), for authors
alone ([au]) and for whole names ([mh], [pt], [ta] …). The words of citations
that are there already are folded by the program, which a migration does not
import; ``text_index`` says which form the index has, and the program fills an
index of another form before it answers.
"""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_22_1600"
down_revision = "2026_11_22_1305"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index anew and empty, and the note that says so."""
    op.execute("DROP TABLE citation_index")
    op.create_table(
        "text_index",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("form", sa.Integer(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_text_index_only_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_text_index")),
    )
    # Where nothing is stored yet nothing is missing: the index has this form already.
    op.execute("INSERT INTO text_index SELECT 1, CASE WHEN EXISTS (SELECT 1 FROM citation) THEN 0 ELSE 1 END")
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE VIRTUAL TABLE citation_index "
            "USING fts5(title, keywords, terms, authors, tags, abstract, content='', tokenize='ascii')"
        )
    else:
        op.execute(
            "CREATE TABLE citation_index (citation_id integer PRIMARY KEY REFERENCES citation(id), document tsvector NOT NULL)"
        )
        op.execute("CREATE INDEX ix_citation_index_document ON citation_index USING gin (document)")
