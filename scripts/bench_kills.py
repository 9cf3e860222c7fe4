"""kill -9 of the server under 16 writers, 200 times on each database: is every acknowledged write there, is the history sound?

The time until it is ready again counts from the start of the program, so on a busy machine it is mostly waiting.
"""

import argparse
import os
import platform
import sys
from pathlib import Path
from statistics import median

from app.kit.canonical import now
from scripts.bench_writes import databases
from tests.api.kills import Fought, kill_often

PAGE = Path(__file__).resolve().parent.parent / "docs" / "performance.md"
BEGIN, END = "<!-- bench kills: written by scripts/bench kills -->", "<!-- end of bench kills -->"
FULL = 200
READY_S = 3


def table(found: dict[str, Fought]) -> str:
    """The figures as they stand in the documentation."""
    lines = {
        "kill -9": [str(one.kills) for one in found.values()],
        "acknowledged writes": [f"{one.acknowledged:,}" for one in found.values()],
        "of these lost": [str(len(one.lost)) for one in found.values()],
        "wrong answers": [str(len(one.bad)) for one in found.values()],
        "histories or databases not sound": [str(len(one.unsound)) for one in found.values()],
        "CPU of that, s, longest": [f"{max(one.ready_cpu_s):.2f}" for one in found.values()],
        "ready again, s, median (longest); promise: ≤ 3": [
            f"{median(one.ready_s):.2f} ({max(one.ready_s):.2f})" for one in found.values()
        ],
    }
    head = f"| 16 writers | {' | '.join(found)} |"
    return "\n".join(
        [head, "|---|" + "---|" * len(found), *(f"| {name} | {' | '.join(each)} |" for name, each in lines.items())]
    )


def main() -> None:
    """Kill, look, print; exit 1 when anything was lost, is not sound, or is not ready in time."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=FULL)
    parser.add_argument(
        "--longest", type=float, default=1.5, help="seconds that a server lives at most under its writers"
    )
    parser.add_argument("--databases", default="sqlite,postgresql")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    busy = os.getloadavg()[0]
    kinds = chosen.databases.split(",")
    with databases(kinds) as urls:
        found = {
            name: kill_often(url, runs=chosen.runs, longest_s=chosen.longest, seed=chosen.seed)
            for name, url in zip(kinds, urls, strict=True)
        }
    text = table(found)
    print(text)
    for one in found.values():
        print("\n".join([*one.lost[:10], *one.bad[:10], *one.unsound[:3]]))
    if chosen.runs == FULL and len(found) == 2:
        head = f"{now():%Y-%m-%d}, {os.cpu_count()} cores ({platform.machine()}); load {busy:.1f} before the start.\n\n"
        page = PAGE.read_text(encoding="utf-8")
        before, after = page.split(BEGIN)[0], page.split(END)[1]
        PAGE.write_text(f"{before}{BEGIN}\n{head}{text}\n{END}{after}", encoding="utf-8")
    if any(one.lost or one.bad or one.unsound or median(one.ready_s) > READY_S for one in found.values()):
        sys.exit(1)


if __name__ == "__main__":
    main()
