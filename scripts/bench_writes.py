"""64 writers at once for a minute: are all acknowledged writes there, how long did each take, and how many were there a second.

A real ``evidence serve`` over the starter corpus, on SQLite (``synchronous=FULL``) and on PostgreSQL (``fsync`` on); writers
create citations, studies, findings and flags, decide about records and edit them, with text index and history as always. The
load comes from ``wrk`` where that is installed, else from this process; the seconds of CPU are those of the service alone.
"""

import argparse
import asyncio
import os
import platform
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import quantiles
from typing import Any

from app.kit.canonical import now
from scripts import wrk_load
from tests import postgres
from tests.api import writers
from tests.api.people import signed_in
from tests.api.writers import Told
from tests.cli.terminal import cpu_of, evidence, serving
from tests.databases import Databases
from tests.factories import opened

PAGE = Path(__file__).resolve().parent.parent / "docs" / "performance.md"
BEGIN, END = "<!-- bench writes: written by scripts/bench writes -->", "<!-- end of bench writes -->"
FULL = (64, 60.0)
SHARED = 32
CONTESTANTS = {"sqlite": ("sqlite", 1), "sqlite, --workers 2": ("sqlite", 2), "postgresql": ("postgresql", None)}
"""What is measured: the database, and the processes of the service; by default as many as it takes itself."""


@contextmanager
def databases(kinds: Sequence[str]) -> Iterator[list[str]]:
    """The starter corpus in a database of its own for each of ``kinds``; their addresses."""
    with tempfile.TemporaryDirectory() as folder:
        made = Databases(Path(folder), worker="bench", owner=os.getpid())
        try:
            urls = [made.copy(kind, "starter") for kind in kinds]
            if "postgresql" in kinds:
                _keep_promises(postgres.server_of(Path(folder), owner=os.getpid()))
            yield urls
        finally:
            postgres.stop_server_of(Path(folder))


def _keep_promises(server: postgres.Server) -> None:
    """The server for tests skips what a power cut would need; a figure without that would be no figure."""
    for setting in ("fsync", "full_page_writes", "autovacuum"):
        server.run("ALTER SYSTEM SET " + setting + " = 'on'")
    server.run("SELECT pg_reload_conf()")


def people(url: str, number: int) -> list[dict[str, str]]:
    """The credentials of so many editors, to whom each other's drafts are shown."""
    with opened(url) as store:
        return [signed_in(store, "editor") for _ in range(number)]


async def _load(
    port: int, headers: list[dict[str, str]], seconds: float, number: int, cpu: Callable[[], float]
) -> tuple[Told, dict[str, Any]]:
    shared = await writers.shared_records(port, headers[0], SHARED)
    began, before = time.perf_counter(), cpu()
    load = wrk_load.write if wrk_load.wrk() else writers.write
    told = await load(port, headers, seconds, writers=number, shared=shared)
    spent, used = time.perf_counter() - began, cpu() - before
    missing = await writers.lost(port, headers[0], told.marks)
    steps = quantiles(told.seconds, n=100)
    return told, {
        "bad": told.bad, "cut": told.cut, "lost": missing, "rate": told.acknowledged / spent, "p50": steps[49], "p99": steps[98],
        "longest": max(told.seconds), "cpu": used / max(told.acknowledged, 1), "acknowledged": told.acknowledged,
        "statuses": dict(told.statuses),
    }  # fmt: skip


def measured(url: str, *, number: int, seconds: float, workers: int | None) -> dict[str, Any]:
    """Start the service, let them write, and look at what is there."""
    headers = people(url, 16)
    options = ["--workers", str(workers)] if workers else []
    settings = {"database_url": url, "allowed_hosts": "localhost,127.0.0.1", "log_level": "ERROR"}
    with serving(*options, patience_s=seconds + 240, **settings) as (process, address):
        port = int(address.rpartition(":")[2])
        _, figures = asyncio.run(_load(port, headers, seconds, number, lambda: cpu_of(process.pid)))
    checked = evidence("verify-audit", **settings)
    return figures | {"sound": checked.code == 0, "said": checked.stdout}


def table(found: dict[str, dict[str, Any]], *, number: int, seconds: float) -> str:
    """The figures as they stand in the documentation."""
    lines: dict[str, Callable[[dict[str, Any]], str]] = {
        "acknowledged writes (promise: ≥ 150 a second)": lambda one: (
            f"{one['acknowledged']:,} ({one['rate']:,.0f} a second)"
        ),
        "errors": lambda one: str(len(one["bad"]) + one["cut"]),
        "lost updates": lambda one: str(len(one["lost"])),
        "told to read again (412)": lambda one: f"{one['statuses'].get(412, 0):,}",
        "told to come again (503 with Retry-After)": lambda one: f"{one['statuses'].get(503, 0):,}",
        "a write took, p50, s": lambda one: f"{one['p50']:.2f}",
        "p99, s (promise: ≤ 2)": lambda one: f"{one['p99']:.2f}",
        "CPU of the service for each, ms, reading before an edit included": lambda one: f"{one['cpu'] * 1000:.1f}",
        "hash chain": lambda one: "sound" if one["sound"] else "NOT SOUND",
    }
    load = "wrk" if wrk_load.wrk() else "load from Python"
    head = f"| {number} writers, {seconds:g} s, {load} | {' | '.join(found)} |"
    rows = [f"| {name} | {' | '.join(tell(one) for one in found.values())} |" for name, tell in lines.items()]
    return "\n".join([head, "|---|" + "---|" * len(found), *rows])


def options() -> argparse.Namespace:
    """What was chosen on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--writers", type=int, default=FULL[0])
    parser.add_argument("--seconds", type=float, default=FULL[1], help="5 is the short form")
    parser.add_argument("--only", choices=CONTESTANTS, help="measure one of them")
    return parser.parse_args()


def main() -> None:
    """Measure, write the figures of the full form into the page; exit 1 when a write was lost or answered wrongly."""
    chosen = options()
    busy = os.getloadavg()[0]
    asked = {name: each for name, each in CONTESTANTS.items() if chosen.only in (None, name)}
    with databases([kind for kind, _ in asked.values()]) as urls:
        found = {
            name: measured(url, number=chosen.writers, seconds=chosen.seconds, workers=workers)
            for (name, (_, workers)), url in zip(asked.items(), urls, strict=True)
        }
    text = table(found, number=chosen.writers, seconds=chosen.seconds)
    print(text)
    for one in found.values():
        print("\n".join([*one["bad"][:10], *one["lost"][:10]]))
    if (chosen.writers, chosen.seconds) == FULL and len(found) == len(CONTESTANTS):
        head = f"{now():%Y-%m-%d}, {os.cpu_count()} cores ({platform.machine()}), Python {platform.python_version()}, "
        head += f"SQLite {sqlite3.sqlite_version}; load {busy:.1f} before the start.\n\n"
        page = PAGE.read_text(encoding="utf-8")
        before, after = page.split(BEGIN)[0], page.split(END)[1]
        PAGE.write_text(f"{before}{BEGIN}\n{head}{text}\n{END}{after}", encoding="utf-8")
    if any(one["bad"] or one["cut"] or one["lost"] or not one["sound"] for one in found.values()):
        sys.exit(1)


if __name__ == "__main__":
    main()
