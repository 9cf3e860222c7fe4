"""Who the history will say asked PubMed from a terminal, and the client that asks."""

import getpass
from typing import Any

from app.config import Settings
from app.database import Store


def client_of(settings: Settings, store: Store) -> Any:
    """The client of ``app.importing.pubmed.configured``; the caller closes it."""
    from app.importing.pubmed import configured  # noqa: PLC0415 - httpx, which few verbs need

    return configured.client_of(settings, store)


def actor() -> str:
    """Who the history will say did it."""
    try:
        return f"cli:{getpass.getuser()}"
    except (KeyError, OSError):  # a user id without a name, as in containers
        return "cli:unnamed user"
