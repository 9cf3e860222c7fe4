"""The key of NCBI stands in no message, log, row or list of processes, however badly the service answers."""

import subprocess
import time
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from sqlalchemy import text

from app.models.tables import METADATA
from tests.cli.terminal import PROGRAM, environment
from tests.factories import opened
from tests.importing.pubmed import eutils_server as faults
from tests.importing.pubmed.eutils_index import Found
from tests.importing.pubmed.eutils_server import EutilsServer, a_record

KEY = "0123456789abcdef+se/cret9"
SPELLED = {KEY, quote(KEY), quote_plus(KEY), quote(KEY, safe="")}
PMIDS = ["30000001", "30000002"]


def _stored(url: str) -> str:
    """Every value of every table."""
    with opened(url) as store, store.reading() as session:
        return "\n".join(
            str(tuple(row)) for name in METADATA.tables for row in session.execute(text(f'SELECT * FROM "{name}"'))
        )


def _seen(arguments: list[str], url: str, server: EutilsServer) -> str:
    """What a run says on either stream at its most talkative, and how it stands in the list of processes."""
    settings = {"database_url": url, "eutils_url": server.base_url, "ncbi_api_key": KEY, "log_level": "DEBUG"}
    shown = ""
    with subprocess.Popen(
        [*PROGRAM, *arguments], env=environment(**settings), text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        deadline = time.monotonic() + 60
        while process.poll() is None and not server.log and time.monotonic() < deadline:
            time.sleep(0.02)
        command = Path(f"/proc/{process.pid}/cmdline")
        shown += command.read_bytes().decode(errors="replace") if command.exists() else ""
        said, _ = process.communicate(timeout=60)
    return shown + said


@pytest.mark.slow
def test_the_key_is_sent_with_every_request_and_shown_nowhere(database_url: str) -> None:
    shown = ""
    with EutilsServer({pmid: a_record(pmid) for pmid in PMIDS}) as server:
        server.searches["kratom"] = Found(PMIDS, translation="kratom[All Fields]")
        server.script(faults.rate_limited(retry_after="0"), None, faults.rate_limited(), faults.html_page())
        shown += _seen(["import", "pubmed", "--query", "kratom", "--json"], database_url, server)
        server.forget()
        server.always(faults.key_refused())
        shown += _seen(["import", "pubmed", "--pmid", "30000001"], database_url, server)
        keys = {(request.params["api_key"], request.params["tool"]) for request in server.log}

    assert {(KEY, "kratom-evidence")} == keys
    assert '"added": 2' in shown
    assert "API key invalid" in shown
    kept = _stored(database_url)
    assert "API key invalid" in kept
    for spelled in SPELLED:
        assert spelled not in shown
        assert spelled not in kept
    if database_url.startswith("sqlite"):
        path = Path(database_url.removeprefix("sqlite:///"))
        assert not any(KEY.encode() in file.read_bytes() for file in path.parent.glob(f"{path.name}*"))
