"""10,000 PMIDs through a PubMed that answers 30 % badly, two importers at once, 60 kill -9; then 20 imports more.

Says, for each database: how many rows there are, how many twice, how many with
a wrong field, what is missing and whether each of those was named, and whether
the imports after that changed anything. What is right is what an import from a
PubMed without faults stored beside it.
"""

import argparse
import os
import platform
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from app.database import Store
from app.errors import SourceUnavailable
from app.importing.pubmed.client import EutilsClient
from app.importing.pubmed.sync import import_pmids, import_query
from app.importing.report import ImportReport
from app.kit.canonical import now
from app.schema import migrate
from tests import postgres
from tests.importing.hard_times import (
    QUERY,
    a_client,
    a_server,
    contents,
    count_rows,
    import_under_fire,
    many_records,
    mixed,
)
from tests.importing.pubmed.eutils_server import EutilsServer

PAGE = Path(__file__).resolve().parent.parent / "docs" / "performance.md"
BEGIN, END = "<!-- bench faults: written by scripts/bench faults -->", "<!-- end of bench faults -->"
BATCH = 50


def made(url: str) -> Store:
    """An empty store at ``url``."""
    store = Store(url)
    migrate(store)
    return store


def imported(store: Store, client: EutilsClient) -> ImportReport:
    """Import once; a search that PubMed's faults ended is asked for again, as a person would."""
    for _ in range(9):
        with suppress(SourceUnavailable):
            return import_query(store, client, QUERY, actor="bench")
    return import_query(store, client, QUERY, actor="bench")


def under_fire(url: str, server: EutilsServer, folder: Path, *, chosen: argparse.Namespace) -> dict[str, Any]:
    """Import under fire, then again and again; what is found in the store."""
    started = time.monotonic()
    server.always(mixed(chosen.seed, share=chosen.share, slow=0.02))
    told = import_under_fire(
        url, server.base_url, folder, kills=chosen.kills, batch=BATCH, longest_s=chosen.longest, seed=chosen.seed
    )
    fought = time.monotonic() - started
    figures: dict[str, Any] = {"kills": told.done, "under fire, s": fought}
    with closing(Store(url)) as store, a_client(server.base_url, folder, batch=200) as client:
        missing = set(server.records) - contents(store).keys()
        named = {pmid for report in told.reports for pmid in report.get("not_returned", ())}
        figures |= count_rows(store) | {"missing": len(missing), "missing and not named": len(missing - named)}
        server.always(None)
        if missing:
            imported(store, client)
        before = count_rows(store)["revisions"]
        server.always(mixed(chosen.seed + 1, share=chosen.share, slow=0.0))
        unlike = 0
        for _ in range(chosen.again):
            report = imported(store, client)
            unlike += report.added + report.changed
        figures |= {"changed by importing again": unlike, "revisions of that": count_rows(store)["revisions"] - before}
        figures["contents"] = contents(store)
        figures["rows"] = count_rows(store)["citations"]
    return figures | {"importing again, s": time.monotonic() - started - fought}


@contextmanager
def databases(folder: Path, names: list[str]) -> Iterator[dict[str, str]]:
    """An address for each database by name."""
    urls = {}
    if "sqlite" in names:
        urls["sqlite"] = f"sqlite:///{folder / 'fire.db'}"
    if "postgresql" not in names:
        yield urls
        return
    run = folder / "run"
    run.mkdir()
    server = postgres.server_of(run, owner=os.getpid())
    try:
        server.run("CREATE DATABASE {name}", name="fire")
        yield urls | {"postgresql": server.url("fire")}
    finally:
        postgres.stop_server_of(run)


def table(found: dict[str, dict[str, Any]], quiet: dict[str, Any], *, chosen: argparse.Namespace) -> str:
    """The figures as they stand in the documentation."""
    lines = {
        "kill -9, two importers at once": [f"{one['kills']}" for one in found.values()],
        "rows at the end": [f"{one['rows']:,}" for one in found.values()],
        "twice": [f"{one['rows'] - len(one['contents'])}" for one in found.values()],
        "with a wrong field": [
            f"{sum(quiet[pmid] != one['contents'].get(pmid) for pmid in quiet)}" for one in found.values()
        ],
        "missing after the fire (of these not named)": [
            f"{one['missing']} ({one['missing and not named']})" for one in found.values()
        ],
        "runs or jobs left open, PMIDs left over": [
            f"{one['running']}, {one['open jobs']}, {one['wanted']}" for one in found.values()
        ],
        f"changed by {chosen.again} imports more, data revisions of these": [
            f"{one['changed by importing again']}, {one['revisions of that']}" for one in found.values()
        ],
        "seconds under fire; for the imports more": [
            f"{one['under fire, s']:,.0f}; {one['importing again, s']:,.0f}" for one in found.values()
        ],
    }
    head = f"| {chosen.pmids:,} PMIDs, {chosen.share:.0%} of the answers faulty | {' | '.join(found)} |"
    rows = [f"| {name} | {' | '.join(values)} |" for name, values in lines.items()]
    return "\n".join([head, "|---|" + "---|" * len(found), *rows])


def options() -> argparse.Namespace:
    """What was chosen on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pmids", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--again", type=int, default=20)
    parser.add_argument("--share", type=float, default=0.3, help="of the answers that are faulty")
    parser.add_argument(
        "--longest", type=float, default=6.0, help="seconds that an importer works at most before a kill"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--databases", default="sqlite,postgresql")
    return parser.parse_args()


def measured(folder: Path, *, chosen: argparse.Namespace) -> str:
    """The whole bench; its figures as a table."""
    records = many_records(chosen.pmids)
    found = {}
    with a_server(records) as server:
        quietly = made(f"sqlite:///{folder / 'quiet.db'}")
        with closing(quietly) as store, a_client(server.base_url, folder, batch=200) as client:
            import_pmids(store, client, records, actor="bench")
            quiet = contents(store)
        with databases(folder, chosen.databases.split(",")) as urls:
            for kind, url in urls.items():
                made(url).close()
                found[kind] = under_fire(url, server, folder, chosen=chosen)
    return table(found, quiet, chosen=chosen)


def main() -> None:
    """Measure, and write the figures of the full form into the page."""
    chosen = options()
    with tempfile.TemporaryDirectory() as name:
        text = measured(Path(name), chosen=chosen)
    print(text)
    if (chosen.pmids, chosen.kills, chosen.again) == (10_000, 60, 20):
        head = f"{now():%Y-%m-%d} ({platform.machine()}), Python {platform.python_version()}.\n\n"
        page = PAGE.read_text(encoding="utf-8")
        before, after = page.split(BEGIN)[0], page.split(END)[1]
        PAGE.write_text(f"{before}{BEGIN}\n{head}{text}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
