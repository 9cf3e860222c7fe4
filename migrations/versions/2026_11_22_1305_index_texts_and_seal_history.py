"""Index the texts of citations and seal the history.

Why: both databases search the same words, folded by the project's own
tokeniser, so their indexes hold nothing but words and spaces; and history that
can be rewritten proves nothing, so the database itself refuses to.
"""

from alembic import op

revision = "2026_11_22_1305"
down_revision = "2026_11_22_1304"
branch_labels = None
depends_on = None

SEALED = ("data_revision", "change")


def upgrade() -> None:
    """Create the text index and the append-only triggers."""
    if op.get_bind().dialect.name == "sqlite":
        upgrade_sqlite()
    else:
        upgrade_postgresql()


def upgrade_sqlite() -> None:
    """Make a contentless FTS5 table; its ascii tokeniser splits folded text at spaces and at nothing else."""
    op.execute(
        "CREATE VIRTUAL TABLE citation_index USING fts5(title, abstract, terms, authors, content='', tokenize='ascii')"
    )
    for table in SEALED:
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )


def upgrade_postgresql() -> None:
    """Make a table of weighted vectors: title A, abstract B, terms C, authors D."""
    op.execute(
        "CREATE TABLE citation_index (citation_id integer PRIMARY KEY REFERENCES citation(id), document tsvector NOT NULL)"
    )
    op.execute("CREATE INDEX ix_citation_index_document ON citation_index USING gin (document)")
    op.execute(
        "CREATE FUNCTION refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    )
    for table in SEALED:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting()"
        )
