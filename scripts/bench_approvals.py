"""64 editors decide 1,000 proposals at once, their own among them: is each decided exactly once, and none by its author?

A real ``evidence serve`` on SQLite and on PostgreSQL. Every proposal is decided by its author, who may not, and by eight others
at the same time.
"""

import argparse
import asyncio
import os
import platform
import sys
import time
from pathlib import Path
from typing import Any

from app.kit.canonical import now
from scripts.bench_writes import databases
from tests.api import approvers
from tests.cli.terminal import evidence, serving
from tests.factories import opened

PAGE = Path(__file__).resolve().parent.parent / "docs" / "performance.md"
BEGIN, END = "<!-- bench approvals: written by scripts/bench approvals -->", "<!-- end of bench approvals -->"
FULL = (64, 1_000)
RACERS = 8


def measured(url: str, *, number: int, proposals: int) -> dict[str, Any]:
    """Propose, decide, and look at what is there."""
    settings = {"database_url": url, "allowed_hosts": "localhost,127.0.0.1", "log_level": "ERROR"}
    with opened(url) as store:
        editors, studies = approvers.prepared(store, approvers=number, proposals=proposals)
        with serving(patience_s=600, **settings) as (_, address):
            port = int(address.rpartition(":")[2])
            began = time.perf_counter()
            racing = approvers.decide(port, editors, studies, proposals=proposals, racers=RACERS)
            found = approvers.look(store, asyncio.run(racing))
            taken = time.perf_counter() - began
    sound = evidence("verify-audit", **settings).code == 0
    exact = set(found.acknowledged.values()) == {1} and {found.accepted, found.reviews, found.applied} == {proposals}
    return {"found": found, "seconds": taken, "right": sound and exact and not found.bad and not found.by_author}


def table(measures: dict[str, dict[str, Any]], *, number: int, proposals: int) -> str:
    """The figures as they stand in the documentation."""
    found = [one["found"] for one in measures.values()]
    lines = {
        "decisions asked for": [f"{one.statuses.total():,}" for one in found],
        "decisions": [f"{one.reviews:,}" for one in found],
        "by the author": [str(one.by_author) for one in found],
        "proposals acknowledged twice": [str(sum(times > 1 for times in one.acknowledged.values())) for one in found],
        "errors": [str(len(one.bad)) for one in found],
        "seconds, proposing included": [f"{one['seconds']:.0f}" for one in measures.values()],
    }
    head = f"| {number} editors, {proposals:,} proposals | {' | '.join(measures)} |"
    rows = [f"| {name} | {' | '.join(each)} |" for name, each in lines.items()]
    return "\n".join([head, "|---|" + "---|" * len(measures), *rows])


def main() -> None:
    """Let them decide, write the figures of the full form into the page; exit 1 when anything was decided wrongly."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--editors", type=int, default=FULL[0])
    parser.add_argument("--proposals", type=int, default=FULL[1], help="50 is the short form")
    parser.add_argument("--databases", default="sqlite,postgresql")
    chosen = parser.parse_args()
    busy = os.getloadavg()[0]
    kinds = chosen.databases.split(",")
    with databases(kinds) as urls:
        measures = {
            name: measured(url, number=chosen.editors, proposals=chosen.proposals)
            for name, url in zip(kinds, urls, strict=True)
        }
    text = table(measures, number=chosen.editors, proposals=chosen.proposals)
    print(text)
    for one in measures.values():
        print("\n".join(one["found"].bad[:10]))
    if (chosen.editors, chosen.proposals) == FULL and len(measures) == 2:
        head = f"{now():%Y-%m-%d}, {os.cpu_count()} cores ({platform.machine()}); load {busy:.1f} before the start.\n\n"
        page = PAGE.read_text(encoding="utf-8")
        before, after = page.split(BEGIN)[0], page.split(END)[1]
        PAGE.write_text(f"{before}{BEGIN}\n{head}{text}\n{END}{after}", encoding="utf-8")
    if not all(one["right"] for one in measures.values()):
        sys.exit(1)


if __name__ == "__main__":
    main()
