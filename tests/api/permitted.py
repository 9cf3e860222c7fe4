"""``docs/permissions.md``, made of the registry. Run as a module, it writes the page anew:

.venv/bin/python -m tests.api.permitted
"""

import tempfile
from pathlib import Path

from app.api.permissions import as_markdown
from app.config import Settings
from app.main import create_app

PAGE = Path(__file__).resolve().parents[2] / "docs" / "permissions.md"


def addresses() -> dict[str, str]:
    """Every route of the service with its address; no database is opened for it."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(Settings(database_url=f"sqlite:///{folder}/none.db"))
        found: dict[str, str] = app.state.addresses
        app.state.store.close()
    return found


if __name__ == "__main__":
    PAGE.write_text(as_markdown(addresses()), encoding="utf-8")
