"""How fast the service starts when nothing is to do, and how many evidence answers it gives at eight connections.

The server is a real one, started by ``scripts/serve`` with a fresh embedded
database and the starter corpus; the load comes from a second process on
loopback. The first answer to each question is worked out, the rest are kept
answers, as between two writes.
"""

import argparse
import asyncio
import json
import os
import platform
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles

PROJECT = Path(__file__).resolve().parent.parent
PAGE = PROJECT / "docs" / "performance.md"
BEGIN, END = "<!-- bench answers: written by scripts/bench answers -->", "<!-- end of bench answers -->"
CONNECTIONS = 8
QUESTIONS = tuple(
    f"/api/v1/outcomes/{outcome}/evidence?{filters}"
    for outcome in ("insomnia", "sleep", "anxiety", "opioid_withdrawal", "improved_sleep")
    for filters in ("subject=human", "phase=active_use&subject=human", "phase=kratom_cessation", "subject=animal")
)


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def start(folder: Path) -> tuple[subprocess.Popen[bytes], int, float]:
    """Start the service; return it, its port, and the seconds until it was ready."""
    port, began = free_port(), time.perf_counter()
    environment = {**os.environ, "EVIDENCE_VAR_DIR": str(folder), "EVIDENCE_DATABASE_URL": ""}
    server = subprocess.Popen(
        [PROJECT / "scripts" / "serve", "--port", str(port)], env=environment,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    while not is_ready(port):
        if server.poll() is not None or time.perf_counter() - began > 60:
            stop(server)
            raise SystemExit("The service did not start; run scripts/serve and read what it says.")
        time.sleep(0.01)
    return server, port, time.perf_counter() - began


def is_ready(port: int) -> bool:
    """Whether the service says that it is ready."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.sendall(b"GET /health/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            return connection.recv(64).startswith(b"HTTP/1.1 200")
    except OSError:
        return False


def stop(server: subprocess.Popen[bytes]) -> None:
    """End the server that was started here."""
    server.send_signal(signal.SIGTERM)
    server.wait(25)


async def ask(port: int, until: float, taken: list[float], offset: int) -> None:
    """One connection that asks one question after the other until the time is over."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    number = offset
    while time.perf_counter() < until:
        began = time.perf_counter()
        writer.write(f"GET {QUESTIONS[number % len(QUESTIONS)]} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise SystemExit(f"The service answered {head[:80]!r}.")
        lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        await reader.readexactly(int(lengths[0].split(b":")[1]))
        taken.append(time.perf_counter() - began)
        number += 1
    writer.close()
    await writer.wait_closed()


async def load(port: int, seconds: float) -> list[float]:
    """The seconds that each answer took, over all connections."""
    taken: list[float] = []
    until = time.perf_counter() + seconds
    await asyncio.gather(*(ask(port, until, taken, each) for each in range(CONNECTIONS)))
    return taken


def measure(rounds: int, seconds: float) -> list[str]:
    """The lines of the table."""
    starts, rates, slowest = [], [], []
    with tempfile.TemporaryDirectory() as folder:
        server, _, first = start(Path(folder))
        stop(server)
        for _ in range(rounds):
            server, port, ready = start(Path(folder))
            starts.append(ready)
            # The load is a process of its own, so that it shares no interpreter lock with anything.
            command = [sys.executable, "-m", "scripts.bench_answers", "--load", str(port), "--seconds", str(seconds)]
            figures = json.loads(subprocess.run(command, cwd=PROJECT, check=True, capture_output=True).stdout)
            rates.append(figures["rate"])
            slowest.append(figures["p95"])
            stop(server)
    machine = f"{os.cpu_count()} cores ({platform.machine()}), Python {platform.python_version()}"
    how = f"medians of {rounds} rounds of {seconds:g} s, load from a second process."
    return [
        f"{datetime.now(UTC).date()}, {machine}, SQLite {sqlite3.sqlite_version}; {how}",
        "",
        "| | median | from – to | promise |",
        "|---|---|---|---|",
        f"| warm start until ready, s | {median(starts):.2f} | {min(starts):.2f} – {max(starts):.2f} | ≤ 3 |",
        f"| first start with an empty folder, s | {first:.2f} | | |",
        f"| evidence answers, 8 connections, per s | {median(rates):,.0f} | {min(rates):,.0f} – {max(rates):,.0f} | ≥ 500 |",
        f"| the same, p95, ms | {median(slowest):.1f} | {min(slowest):.1f} – {max(slowest):.1f} | ≤ 25 |",
    ]


def write_page(lines: list[str]) -> None:
    """Put the figures between their marks."""
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n" + "\n".join(lines) + f"\n{END}{after}", encoding="utf-8")


def main() -> None:
    """Measure, print and write down; with ``--load`` be the load."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--load", type=int, help="the port to load; used by the measurement itself")
    asked = parser.parse_args()
    if asked.load:
        taken = asyncio.run(load(asked.load, asked.seconds))
        print(json.dumps({"rate": len(taken) / asked.seconds, "p95": quantiles(taken, n=20)[-1] * 1000}))
        return
    lines = measure(asked.rounds, asked.seconds)
    print("\n".join(lines))
    write_page(lines)


if __name__ == "__main__":
    main()
