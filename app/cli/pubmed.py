"""The client that asks PubMed, from the settings of this machine; and who the history will say asked."""

import getpass
from typing import Any

from app.config import Settings
from app.errors import StoreFull

PACING_FILE = "ncbi-pace"
"""In ``var``: when this machine last asked NCBI, for all processes together."""


def client_of(settings: Settings) -> Any:
    """A client that keeps NCBI's rules; the caller closes it."""
    from app.importing.pubmed.client import ClientOptions, EutilsClient  # noqa: PLC0415 - httpx, which few verbs need

    try:
        settings.var_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreFull(f"The folder {settings.var_dir} cannot be made: {error.strerror}.") from error
    key = settings.ncbi_api_key
    options = ClientOptions(
        base_url=settings.eutils_url,
        tool=settings.ncbi_tool,
        email=settings.ncbi_email,
        api_key=key.get_secret_value() if key else None,
        pacing_file=settings.var_dir / PACING_FILE,
    )
    return EutilsClient(options)


def actor() -> str:
    """Who the history will say did it."""
    try:
        return f"cli:{getpass.getuser()}"
    except (KeyError, OSError):  # a user id without a name, as in containers
        return "cli:unnamed user"
