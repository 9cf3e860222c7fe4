"""The client that asks PubMed as the settings of this machine say. Nothing here asks anything."""

from urllib.parse import urlsplit

from app.config import Settings
from app.database import Store
from app.errors import StoreFull
from app.importing.pubmed.client import ClientOptions, EutilsClient
from app.importing.pubmed.pacing import Pace
from app.importing.pubmed.shared_pacing import SharedPace

PACING_FILE = "ncbi-pace"
"""In ``var``: when this machine last asked NCBI, for all processes together."""


def client_of(settings: Settings, store: Store) -> EutilsClient:
    """A client that keeps NCBI's rules together with all others at this machine or PostgreSQL; the caller closes it."""
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
    pace = Pace.of_ncbi(options.pacing_file, with_key=bool(options.api_key))
    if store.is_sqlite:
        return EutilsClient(options, pace=pace)
    return EutilsClient(options, pace=SharedPace(store, pace, service=urlsplit(settings.eutils_url).netloc))
