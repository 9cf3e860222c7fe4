"""Answers a second at several connections: the load of ``wrk`` where it is installed (Debian has it), else of threads of ours.

Connections stay open. Every path is asked once, in the order given, unless ``again`` and again is wanted; who is
through stops. Threads of Python take part of the processor away from what they measure, and most from what is fastest.
"""

import json
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from http.client import HTTPConnection
from itertools import cycle
from pathlib import Path

CONNECTIONS = 8
_SCRIPT = Path(__file__).with_suffix(".lua")


def load() -> str:
    """Who asks."""
    return "wrk" if shutil.which("wrk") else "threads of Python"


def answers_a_second(port: int, paths: Sequence[str], *, seconds: float, again: bool = False) -> float:
    """Answers a second for at most ``seconds``. Raises ``SystemExit`` where one of them was no 200."""
    shares = [list(paths[each::CONNECTIONS]) for each in range(CONNECTIONS)]
    measured = _by_wrk if shutil.which("wrk") else _by_threads
    return measured(port, shares, seconds, again=again)


def _by_wrk(port: int, shares: Sequence[Sequence[str]], seconds: float, *, again: bool) -> float:
    with tempfile.TemporaryDirectory() as folder:
        for number, share in enumerate(shares):
            (Path(folder) / str(number)).write_text("\n".join(share), encoding="ascii")
        command = [
            "wrk", f"-t{len(shares)}", f"-c{len(shares)}", f"-d{round(seconds)}s", "--timeout", "60s", "-s", str(_SCRIPT),
            f"http://127.0.0.1:{port}", "--", folder, "again" if again else "once",
        ]  # fmt: skip
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    told = json.loads(said.rpartition("told ")[2])
    if told["bad"] or not told["answers"]:
        raise SystemExit(f"{told['bad']} answers were none of 200, of {told['answers']}.\n{said}")
    return float(told["answers"]) / (float(told["microseconds"]) / 1e6)


def _by_threads(port: int, shares: Sequence[Sequence[str]], seconds: float, *, again: bool) -> float:
    began = time.perf_counter()
    answered, bad = [0] * len(shares), list[str]()

    def work(number: int, paths: Iterator[str]) -> None:
        connection = HTTPConnection("127.0.0.1", port, timeout=60)
        for path in paths:
            if time.perf_counter() - began > seconds:
                break
            connection.request("GET", path, headers={"Host": "localhost"})
            response = connection.getresponse()
            response.read()
            answered[number] += 1
            if response.status != 200:
                bad.append(path)
        connection.close()

    workers = [
        threading.Thread(target=work, args=(number, cycle(share) if again else iter(share)))
        for number, share in enumerate(shares)
    ]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    if bad:
        raise SystemExit(f"{len(bad)} answers were none of 200; the first was to {bad[0]}.")
    return sum(answered) / (time.perf_counter() - began)
