"""Runs the migrations on the connection that ``app.schema`` hands over; one tree for SQLite and PostgreSQL.

A batch migration on SQLite copies a table and drops the old one; with foreign
keys on, the drop would delete every child row. So ``app.schema`` switches them
off before the transaction, and checks them before the commit.
"""

from alembic import context

from app.models.tables import METADATA

NOT_IN_METADATA = ("citation_index",)


def include_name(name: str | None, kind: str, _parents: object) -> bool:
    """Leave the text index to the migrations: SQLAlchemy does not know full text tables."""
    return not (kind == "table" and name is not None and name.startswith(NOT_IN_METADATA))


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=METADATA,
    include_name=include_name,
    render_as_batch=True,
    compare_type=True,
    transactional_ddl=False,
)
context.run_migrations()
