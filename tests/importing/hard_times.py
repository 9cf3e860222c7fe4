"""A PubMed that answers badly as often as one likes, importers that are killed in the midst of it, and what must be left then.

As a module it is such an importer: ``python -m tests.importing.hard_times DATABASE_URL SERVICE_URL FOLDER BATCH``. Nothing here
judges: tests and ``scripts/bench faults`` do.
"""

import json
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, text

from app.citations import queries
from app.citations.matching import find_owners
from app.database import Store
from app.errors import SourceUnavailable
from app.importing.pubmed.client import ClientOptions, EutilsClient
from app.importing.pubmed.pacing import Pace
from app.importing.pubmed.sync import import_query
from app.models.citation import Citation, CitationIdentifier
from tests.importing.articles import an_article
from tests.importing.pubmed import eutils_server as faults
from tests.importing.pubmed.eutils_index import Found
from tests.importing.pubmed.eutils_server import EutilsServer, Exchange, Fault

ROOT = Path(__file__).resolve().parents[2]
QUERY = "hard times"
MOST_BYTES = 8_000_000

KINDS: dict[str, Fault] = {
    "429": faults.rate_limited(),
    "429 with Retry-After": faults.rate_limited(retry_after="0"),
    "429 with a date": faults.rate_limited(retry_after="Sun, 22 Nov 2020 00:00:00 GMT"),
    "500": faults.server_error(500),
    "502": faults.server_error(502),
    "503": faults.server_error(503),
    "HTML with 200": faults.html_page(),
    "HTML with 500": faults.html_page(500),
    "200 with an error element": faults.error_element("Search Backend failed: read timeout"),
    "200 with a JSON error": faults.json_error(),
    "200 with bare words": faults.backend_failed(),
    "400 that wraps a 502": faults.relayed_502(),
    "expired history": faults.error_element("Unable to obtain query #1: history data expired"),
    "JSON with a raw newline": faults.json_with_raw_newline(),
    "empty": faults.empty(),
    "truncated": faults.truncated(0.6),
    "cut": faults.cut(0.4),
    "cut without a length": faults.cut(0.7, announced=False),
    "cut while packed": faults.cut(0.7, compressed=True),
    "hung up": faults.hung_up(),
    "short": lambda exchange: exchange.send(exchange.usual(exchange.request.ids[::3])),
    "nothing of it": faults.short(0),
    "reordered": faults.reordered(),
    "duplicated": faults.duplicated(),
    "stalled": faults.stalled(3.0),
    "dripping": faults.dripping(0.05),
    "dripping headers": faults.dripping(0.05, headers=True),
    "gzip bomb": faults.gzip_bomb(4 * MOST_BYTES),
    "300 MB": faults.huge(2 * MOST_BYTES),
}
"""Every fault of E-utilities that was ever described, by name."""
SLOW = ("stalled", "dripping", "dripping headers", "gzip bomb", "300 MB")


def mixed(seed: int, *, share: float, slow: float = 0.05) -> Fault:
    """Any of the faults in that share of the answers; a fault that takes seconds is ``slow`` as likely as another."""
    chance = random.Random(seed)  # noqa: S311 - it spreads faults and guards nothing
    names = list(KINDS)
    weights = [slow if name in SLOW else 1.0 for name in names]
    guard = threading.Lock()

    def fault(exchange: Exchange) -> None:
        with guard:
            chosen = chance.choices(names, weights)[0] if chance.random() < share else None
        if chosen:
            with suppress(OSError):
                KINDS[chosen](exchange)
            return
        exchange.send(exchange.usual())

    return fault


def many_records(number: int) -> dict[str, str]:
    """Records no two of which are alike."""
    return {
        str(20_000_000 + 3 * n): an_article(
            str(20_000_000 + 3 * n), title=f"Kratom and sleep, report {n} of many",
            abstract=f"In group {n % 97} of {n} people sleep was {('better', 'worse', 'the same')[n % 3]}. " * (1 + n % 4),
            revised=f"20{10 + n % 14}-0{1 + n % 9}-1{n % 9}", doi=f"10.1000/hard.{n}",
            types=("Journal Article", "Retracted Publication") if n % 101 == 0 else ("Journal Article",),
        )
        for n in range(number)
    }  # fmt: skip


def a_server(records: dict[str, str]) -> EutilsServer:
    """A PubMed in which :data:`QUERY` finds all ``records``, entered over twenty years."""
    server = EutilsServer(records)
    server.searches[QUERY] = Found(list(records), translation="hard[All Fields] AND times[All Fields]")
    server.index.entered = {pmid: f"20{n % 20:02}/0{1 + n % 9}/1{n % 9}" for n, pmid in enumerate(records)}
    return server


def a_client(
    base_url: str, folder: Path, *, batch: int, deadline_s: float = 4, timeout_s: float = 0.5, most_bytes: int = MOST_BYTES
) -> EutilsClient:  # fmt: skip
    """A client in a hurry, at a pace of its own, which stands in for NCBI's."""
    options = ClientOptions(
        base_url=base_url, tool="tests", email="tests@example.org", api_key=None, pacing_file=folder / "pace",
        timeout_s=timeout_s, deadline_s=deadline_s, attempts=4, backoff_s=0.02, max_backoff_s=0.1, max_body_bytes=most_bytes,
        batch_size=batch,
    )  # fmt: skip
    return EutilsClient(options, pace=Pace(folder / "pace", limit=16, spacing_s=0, window_s=0.001))


def contents(store: Store) -> dict[str, Any]:
    """Every field of every citation by PMID."""
    with store.reading() as session:
        pmids = session.scalars(select(CitationIdentifier.value).where(CitationIdentifier.scheme == "pmid")).all()
        owners = find_owners(session, [("pmid", pmid) for pmid in pmids])
        here = queries.stored(session, owners.values())
        return {pmid: (here[number].draft, here[number].standing) for (_, pmid), number in owners.items()}


def count_rows(store: Store) -> dict[str, int]:
    """How many citations, data revisions, open jobs and PMIDs still wanted there are."""
    with store.reading() as session:
        counted = {
            "citations": session.scalar(select(func.count()).select_from(Citation)),
            "revisions": session.scalar(text("SELECT count(*) FROM data_revision")),
            "open jobs": session.scalar(text("SELECT count(*) FROM job WHERE state IN ('waiting', 'running')")),
            "wanted": session.scalar(text("SELECT count(*) FROM import_wanted")),
            "running": session.scalar(text("SELECT count(*) FROM import_run WHERE state = 'running'")),
        }
    return {name: int(number or 0) for name, number in counted.items()}


@dataclass
class Kills:
    """How often importers were killed, and what those said that were not."""

    wanted: int
    aimed: int = 0
    done: int = 0
    reports: list[dict[str, Any]] = field(default_factory=list)
    guard: threading.Lock = field(default_factory=threading.Lock)


def import_under_fire(
    url: str, base_url: str, folder: Path, *, kills: int, importers: int = 2, batch: int, longest_s: float, seed: int = 1
) -> Kills:  # fmt: skip
    """Let importers work side by side, kill one or the other ``kills`` times at any moment of its work, then let each end."""
    told = Kills(kills)
    environment = _compiling_once(folder)
    command = [sys.executable, "-m", "tests.importing.hard_times", url, base_url, str(folder), str(batch)]

    def importer(number: int) -> None:
        chance = random.Random(seed * 100 + number)  # noqa: S311 - it spreads kills and guards nothing
        while True:
            with told.guard:
                is_target = told.aimed < told.wanted
                told.aimed += is_target
            process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
            begun = folder / f"begun-{process.pid}"
            while process.poll() is None and not begun.exists():
                time.sleep(0.01)  # its start is no part of what is to be survived, and takes a second or four
            report = _killed_or_ended(process, chance.uniform(0, longest_s) if is_target else None)
            with told.guard:
                told.aimed -= is_target and report is not None
                told.done += report is None
                told.reports += [report] if report else []
                if not is_target and report and report["state"] != "failed":
                    return

    threads = [threading.Thread(target=importer, args=(number,)) for number in range(importers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return told


def _compiling_once(folder: Path) -> dict[str, str]:
    """An environment in which what importers import is compiled once for all, also where nothing compiled may be kept."""
    own = dict(os.environ)
    return own | {"PYTHONPYCACHEPREFIX": str(folder / "compiled")} if own.pop("PYTHONDONTWRITEBYTECODE", None) else own


def _killed_or_ended(process: "subprocess.Popen[str]", after_s: float | None) -> dict[str, Any] | None:
    """What the importer said at its end; None when it was killed."""
    try:
        said, _ = process.communicate(timeout=after_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return None
    report: dict[str, Any] = json.loads(said.splitlines()[-1])
    return report


def _import(url: str, base_url: str, folder: str, batch: str) -> None:
    (Path(folder) / f"begun-{os.getpid()}").touch()
    store = Store(url)
    with a_client(base_url, Path(folder), batch=int(batch)) as client:
        try:
            report = import_query(store, client, QUERY, actor="bench")
            told = {
                "state": report.state,
                "asked": report.asked,
                "not_returned": report.not_returned,
                "added": report.added,
            }
        except SourceUnavailable as error:
            told = {"state": "failed", "failure": error.message}
    sys.stdout.write(json.dumps(told) + "\n")
    store.close()


def main(arguments: Sequence[str]) -> None:
    """Import once."""
    run: Callable[..., None] = _import
    run(*arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
