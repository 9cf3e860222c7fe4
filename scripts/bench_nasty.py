"""What search texts that nobody means well with cost: status, seconds and memory of every answer, over HTTP from one worker.

The texts are those of ``tests/search/nasty.py``: a list of the worst, then random ones.
"""

import argparse
import os
import sqlite3
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from scripts.bench_search import ask, service
from tests.search.nasty import NASTY, random_texts

PROJECT = Path(__file__).resolve().parent.parent
PAGE = PROJECT / "docs" / "performance.md"
BEGIN, END = "<!-- bench nasty: written by scripts/bench nasty -->", "<!-- end of bench nasty -->"
_ASKED = "/api/v1/citations?limit=20&facets=year,standing,has&q="


def memory_of(port: int) -> float:
    """Resident memory of the process that listens on ``port``, in MB."""
    sockets = {
        line.split()[9] for line in Path("/proc/net/tcp").read_text().splitlines()[1:] if f":{port:04X} 0" in line
    }
    for process in Path("/proc").glob("[0-9]*"):
        try:
            held = {os.readlink(each) for each in (process / "fd").iterdir()}
        except OSError:
            continue
        if held & {f"socket:[{each}]" for each in sockets if each != "0"}:
            told = (process / "status").read_text().partition("VmRSS:")[2].split()
            return int(told[0]) / 1024
    raise SystemExit(f"No process listens on port {port}.")


def measure(url: str, number: int) -> list[str]:
    """The lines of the table."""
    statuses: Counter[int] = Counter()
    taken: list[tuple[float, str]] = []
    with service(url) as port:
        for word in ("patients", "cells", "treatment"):
            ask(port, _ASKED + word)
        before = most = memory_of(port)
        for place, text in enumerate((*NASTY, *random_texts(number))):
            status, seconds = ask(port, _ASKED + quote(text, errors="surrogatepass"))
            statuses[status] += 1
            taken.append((seconds, text))
            if place % 50 == 0:
                most = max(most, memory_of(port))
        most = max(most, memory_of(port))
    slowest = sorted(taken, reverse=True)
    failed = sum(count for status, count in statuses.items() if status >= 500)
    late = sum(seconds > 1.5 for seconds, _ in taken)
    worst = slowest[0][1][:40].replace("|", "¦").replace("\n", " ")
    told = ", ".join(f"{count:,} × {status}" for status, count in sorted(statuses.items()))
    return [
        f"| texts asked ({told}) | {len(taken):,} | |",
        f"| answers of 500 and more | {failed} | 0 |",
        f"| answers of more than 1.5 s | {late} | 0 |",
        f"| slowest, s (`{worst}…`) | {slowest[0][0]:.2f} | ≤ 1.5 |",
        f"| 99.9th percentile, s | {slowest[len(slowest) // 1_000][0]:.2f} | |",
        f"| memory, MB | +{most - before:.0f} | ≤ +100 |",
    ]


def main() -> None:
    """Measure, print and write down."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--store", required=True, help="address of a store, such as scripts/made_corpus.py makes")
    parser.add_argument("--number", type=int, default=20_000, help="random texts")
    parser.add_argument("--holding", default="100,000", help="how many citations it has, for the page")
    asked = parser.parse_args()
    load = os.getloadavg()[0]
    lines = measure(asked.store, asked.number)
    busy = " **Other programs were running: measure again on an idle machine.**" if load > 1.5 else ""
    head = f"{datetime.now(UTC).date()}, SQLite {sqlite3.sqlite_version}, {asked.holding} citations, load {load:.1f}.{busy}"
    lines = [head, "", "| | | promise |", "|---|---|---|", *lines]
    print("\n".join(lines))
    page = PAGE.read_text(encoding="utf-8")
    begun, _, rest = page.partition(BEGIN)
    PAGE.write_text(f"{begun}{BEGIN}\n" + "\n".join(lines) + f"\n{END}{rest.partition(END)[2]}", encoding="utf-8")


if __name__ == "__main__":
    main()
