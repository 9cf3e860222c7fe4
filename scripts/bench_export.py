"""How fast a whole store leaves: NDJSON and CSV of every citation, set against Datasette's CSV of the same table.

Each contestant is a program of its own. Ours runs what the service streams,
without the network; Datasette is asked as a reader would, by
``/db/citation.csv?_stream=1``, until it has given as many rows as ``--sample``.
Ours has read what lists are cut from, as a service has that runs. Processor time
and memory are those of both its processes: what the export adds to the
first, and all of the second.
"""

import argparse
import json
import os
import platform
import resource
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from statistics import median

from app.database import Store
from app.export.formats import BY_NAME
from app.export.whole import whole, written
from app.kit.collecting import few_collections
from app.search.holdings import holdings
from app.search.reading import read

PROJECT = Path(__file__).resolve().parent.parent
PAGE = PROJECT / "docs" / "performance.md"
BEGIN, END = "<!-- bench export: written by scripts/bench export -->", "<!-- end of bench export -->"
FORMS = ("ndjson", "csv")


def export(path: str, form: str) -> dict[str, float]:
    """Write every citation of a store to nowhere; rows, seconds and the memory that it took."""
    store = Store(f"sqlite:///{path}")
    with store.reading() as session:
        holdings(session)
    with store.reading() as session, few_collections():
        before = own = _memory("VmRSS")
        beside = 0.0
        began, busy = time.perf_counter(), _busy()
        wanted = whole(session, "citations", BY_NAME[form], read({}))
        size = 0
        for place, chunk in enumerate(written(session, wanted)):
            size += len(chunk)
            if place % 10 == 0:
                own = max(own, _memory("VmRSS"))
                beside = max([beside, *(_memory("VmHWM", each) for each in _children())])
        took, used = time.perf_counter() - began, _busy() - busy
        memory = own - before + beside
        told = {"rows": len(wanted.ids), "wall": took, "cpu": used, "bytes": size, "memory": memory}
    store.close()
    return told


def _busy() -> float:
    """Seconds of processor time of this process and of those that ended."""
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(used.ru_utime + used.ru_stime for used in both)


def _children() -> list[str]:
    return Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()


def _memory(what: str, process: str = "self") -> float:
    """Resident memory of a process in MB, now (``VmRSS``) or at most so far (``VmHWM``); 0 when it has just ended."""
    try:
        told = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0.0
    return int((told.partition(f"{what}:")[2].split() or ["0"])[0]) / 1024


def datasette(path: str, sample: int) -> dict[str, float]:
    """Read as many rows of Datasette's CSV of the same table; its processor time is that of its own process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "datasette", "serve", "-i", path, "-p", str(port), "--setting", "max_csv_mb", "0",
               "--setting", "sql_time_limit_ms", "600000"]  # fmt: skip
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        connection = _connected(port)
        busy, began = _cpu_of(server.pid), time.perf_counter()
        connection.request("GET", f"/{Path(path).stem}/citation.csv?_stream=1")
        response = connection.getresponse()
        rows = 0
        # A row of the table has a line of its own id; lists stand in it as JSON, which has no line breaks.
        while rows < sample and (some := response.read1(1 << 16)):
            rows += some.count(b"\r\n")
        told = {"rows": rows, "wall": time.perf_counter() - began, "cpu": _cpu_of(server.pid) - busy}
        connection.close()
        return told
    finally:
        # It would go on with a stream that nobody reads before it ended by itself.
        server.kill()
        server.wait(20)


def _connected(port: int) -> HTTPConnection:
    until = time.monotonic() + 60
    while True:
        connection = HTTPConnection("127.0.0.1", port, timeout=120)
        try:
            connection.connect()
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)
        else:
            return connection


def _cpu_of(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(path: str, rounds: int, sample: int) -> list[str]:
    """The lines of the table."""
    taken: dict[str, list[dict[str, float]]] = {form: [] for form in FORMS} | {"datasette": []}
    for _ in range(rounds):
        for form in FORMS:
            command = [sys.executable, "-m", "scripts.bench_export", "--run", form, "--store", path]
            taken[form].append(json.loads(subprocess.run(command, cwd=PROJECT, check=True, capture_output=True).stdout))
        taken["datasette"].append(datasette(path, sample))
    machine = f"{os.cpu_count()} cores ({platform.machine()}), Python {platform.python_version()}"
    load = os.getloadavg()[0]
    busy = " **Other programs were running: measure again on an idle machine.**" if load > 1.5 else ""
    store = f"SQLite {sqlite3.sqlite_version}; {taken['csv'][0]['rows']:,.0f} citations"
    how = f"medians, {rounds} round{'' if rounds == 1 else 's'}, load {load:.1f}.{busy}"
    lines = [
        f"{datetime.now(UTC).date()}, {machine}, {store}; {how}",
        "",
        "| | rows per s | ratio to Datasette | rows per CPU s | ratio to Datasette | memory, MB | promise |",
        "|---|---|---|---|---|---|---|",
    ]
    names = {"ndjson": "NDJSON", "csv": "CSV", "datasette": "Datasette 0.65, CSV of the table"}
    promises = {"ndjson": "≥ 60,000 rows/s, ≤ +60 MB", "csv": "≥ 4 × Datasette"}
    for name, runs in taken.items():
        rate, cpu = (median(run["rows"] / run[clock] for run in runs) for clock in ("wall", "cpu"))
        faster, cheaper = (_ratio(runs, taken["datasette"], clock) for clock in ("wall", "cpu"))
        memory = f"+{median(run['memory'] for run in runs):.0f}" if "memory" in runs[0] else ""
        promise = promises.get(name, "")
        lines.append(
            f"| {names[name]} | {rate:,.0f} | {faster:.1f} | {cpu:,.0f} | {cheaper:.1f} | {memory} | {promise} |"
        )
    return lines


def _ratio(runs: list[dict[str, float]], others: list[dict[str, float]], clock: str) -> float:
    """How many rows in the time that the other takes for one, within each round."""
    pairs = zip(runs, others, strict=True)
    return median((one["rows"] / one[clock]) / (other["rows"] / other[clock]) for one, other in pairs)


def write_page(lines: list[str]) -> None:
    """Put the figures between their marks."""
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n" + "\n".join(lines) + f"\n{END}{after}", encoding="utf-8")


def main() -> None:
    """Measure, print and write down; with ``--run`` be a contestant."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--citations", type=int, default=300_000, help="how many the store shall have")
    parser.add_argument("--sample", type=int, default=30_000, help="rows of Datasette to wait for")
    parser.add_argument("--store", help="a SQLite store that exists already; else one is made")
    parser.add_argument("--run", choices=FORMS, help="the format to write; used by the measurement itself")
    asked = parser.parse_args()
    if asked.run:
        print(json.dumps(export(asked.store, asked.run)))
        return
    with tempfile.TemporaryDirectory() as folder:
        path = asked.store or str(Path(folder) / "bench.db")
        if not asked.store:
            from scripts.made_corpus import make  # noqa: PLC0415 - it needs the files of the import, a finished store does not

            make(f"sqlite:///{path}", asked.citations)
        lines = measure(path, asked.rounds, asked.sample)
    print("\n".join(lines))
    write_page(lines)


if __name__ == "__main__":
    main()
