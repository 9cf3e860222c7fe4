"""The schema of a store: which version it has, and the way forward. Migrations go forward only."""

from typing import Any

from alembic.command import upgrade
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from app.config import PROJECT_DIR
from app.database import Store
from app.errors import SchemaMismatch


def configuration() -> Config:
    """Alembic's configuration, found beside the project whatever the working directory is."""
    return Config(PROJECT_DIR / "alembic.ini")


def head() -> str:
    """The schema version that this program is written for."""
    revision = ScriptDirectory.from_config(configuration()).get_current_head()
    if revision is None:
        raise SchemaMismatch("The folder migrations/ holds no migration; reinstall the project.")
    return revision


def current(store: Store) -> str | None:
    """The schema version of ``store``; None for an empty database."""
    with store.connection() as connection, connection.begin():
        return MigrationContext.configure(connection).get_current_revision()


def migrate(store: Store) -> bool:
    """Bring ``store`` to :func:`head`; True when anything was done.

    All steps are one transaction: a migration that fails leaves the schema as
    it was. Raises :class:`SchemaMismatch` when the database was written by a
    newer program.
    """
    with store.connection() as connection:
        with connection.begin():
            found = MigrationContext.configure(connection).get_current_revision()
        refuse_newer(found)
        if found == head():
            return False
        if store.is_sqlite:
            _upgrade_sqlite(connection)
        else:
            with connection.begin():
                connection.exec_driver_sql("SELECT pg_advisory_xact_lock(hashtext('kratom-evidence-migrate'))")
                _upgrade(connection)
        return True


def refuse_newer(found: str | None) -> None:
    """Raise :class:`SchemaMismatch` when ``found`` is a version that this program does not know."""
    known = {script.revision for script in ScriptDirectory.from_config(configuration()).walk_revisions()}
    if found is not None and found not in known:
        raise SchemaMismatch(
            f"The database has schema {found}, which is newer than this program knows (it knows up to {head()}). "
            "Update the program, or use another database; nothing was changed."
        )


def _upgrade_sqlite(connection: Connection) -> None:
    # In the driver, because the pragma does nothing inside a transaction and SQLAlchemy would begin one.
    driver: Any = connection.connection.driver_connection
    driver.execute("PRAGMA foreign_keys=OFF")
    try:
        with connection.begin():
            _upgrade(connection)
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
            if broken:
                raise SchemaMismatch(f"The migration would break {len(broken)} references; it was undone.")
    finally:
        driver.execute("PRAGMA foreign_keys=ON")


def _upgrade(connection: Connection) -> None:
    config = configuration()
    config.attributes["connection"] = connection
    upgrade(config, "head")
