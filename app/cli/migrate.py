"""``evidence migrate``: the schema alone. Nothing is loaded."""

from app.cli import preparing
from app.cli.endings import DONE, Stopped
from app.cli.speaking import say
from app.config import load_settings


def migrate() -> int:
    """Bring the database to this program's schema; all steps or none."""
    with preparing.opened(load_settings()) as store:
        try:
            if not preparing.migrate(store, say):
                say(f"The database has schema {preparing.newest_schema()} already; there was nothing to do.")
        except KeyboardInterrupt:
            raise Stopped("Stopped. The migration was undone; the database is as it was.") from None
    return DONE
