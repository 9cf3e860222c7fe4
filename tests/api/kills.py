"""A server that is killed (``kill -9``) under many writers, again and again, and what must be there when it is back.

Nothing here judges; a test and ``scripts/bench kills`` do.
"""

import asyncio
import os
import random
import signal
import sqlite3
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field

from tests.api import writers
from tests.api.people import signed_in
from tests.cli.terminal import cpu_of, evidence, serving
from tests.factories import opened

WRITERS = 16
SHARED = 8


@dataclass
class Fought:
    """What happened: kills, acknowledged writes, those lost, wrong answers, and how long each start took until it was ready."""

    kills: int = 0
    acknowledged: int = 0
    lost: list[str] = field(default_factory=list)
    bad: list[str] = field(default_factory=list)
    unsound: list[str] = field(default_factory=list)
    ready_s: list[float] = field(default_factory=list)
    ready_cpu_s: list[float] = field(default_factory=list)
    """What of that the service worked itself; the rest is waiting, on a busy machine mostly for others."""


@contextmanager
def _served(url: str, fought: Fought) -> Iterator[tuple[int, int]]:
    began = time.perf_counter()
    # One process: workers would finish what they have when the one that started them is killed.
    settings = {"database_url": url, "allowed_hosts": "localhost,127.0.0.1", "log_level": "ERROR"}
    with serving("--workers", "1", **settings) as (process, address):
        port = int(address.rpartition(":")[2])
        asyncio.run(writers.ready(port, within_s=30))
        fought.ready_s.append(time.perf_counter() - began)
        fought.ready_cpu_s.append(cpu_of(process.pid))
        yield process.pid, port


async def _killed(process: int, port: int, who: dict[str, str], run: int, after_s: float) -> writers.Told:
    shared = await writers.shared_records(port, who, SHARED, run=f"k{run}")
    asyncio.get_running_loop().call_later(after_s, os.kill, process, signal.SIGKILL)
    return await writers.write(port, [who], after_s + 0.2, writers=WRITERS, shared=shared, run=f"k{run}")


def kill_often(url: str, *, runs: int, longest_s: float, seed: int = 1) -> Fought:
    """Start, write, kill; look after each kill for what that run was told, and at the end for everything."""
    chance, fought, marks = random.Random(seed), Fought(), defaultdict[str, list[str]](list)  # noqa: S311 - when to kill
    with opened(url) as store:
        who = signed_in(store, "curator")
    last: dict[str, list[str]] = {}
    for run in range(runs):
        with _served(url, fought) as (process, port):
            fought.lost += asyncio.run(writers.lost(port, who, last))
            told = asyncio.run(_killed(process, port, who, run, chance.uniform(0.1, longest_s)))
        fought.kills += 1
        fought.acknowledged += told.acknowledged
        fought.bad += told.bad
        fought.unsound += unsound(url)
        last = dict(told.marks)
        for path, own in last.items():
            marks[path] += own
    with _served(url, fought) as (_, port):
        fought.lost += asyncio.run(writers.lost(port, who, marks))
    return fought


def unsound(url: str) -> list[str]:
    """What is wrong with the database and its history; nothing when both are sound."""
    checked = evidence("verify-audit", database_url=url)
    found = [] if checked.code == 0 else [checked.stdout + checked.stderr]
    if url.startswith("sqlite:///"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as database:
            (said,) = database.execute("PRAGMA integrity_check").fetchone()
        found += [] if said == "ok" else [said]
    return found
