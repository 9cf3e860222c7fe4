"""How fast a search page comes over HTTP from one worker, and how fast Datasette gives one over the same words.

A page has 20 records with what was found in them, the exact total and three
facets. Every question is asked once, so that none is answered from memory. Datasette
serves a plain table of the same titles and abstracts with an FTS5 index: its table
search, and a canned query with the same full-text search.
"""

import argparse
import os
import platform
import random
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from statistics import median, quantiles
from urllib.parse import quote

PROJECT = Path(__file__).resolve().parent.parent
PAGE = PROJECT / "docs" / "performance.md"
BEGIN, END = "<!-- bench search: written by scripts/bench search -->", "<!-- end of bench search -->"
CONNECTIONS = 8
COMMON = (
    "patients", "cells", "treatment", "results", "study", "clinical", "human", "effect", "activity", "disease",
    "group", "blood", "rats", "protein", "increase", "levels", "method", "response", "tissue", "normal", "control",
    "data", "cases", "time",
)  # fmt: skip
RARER = (
    "liver", "kidney", "heart", "brain", "muscle", "serum", "lung", "enzyme", "receptor", "insulin", "glucose",
    "calcium", "membrane", "growth", "binding", "bone", "sodium", "pressure", "virus", "antibody", "tumor",
    "hormone", "plasma", "oxygen",
)  # fmt: skip
_ASKED = "/api/v1/citations?limit=20&facets=year,standing,has"
_CANNED = (
    "select citation.id, citation.title from citation_fts join citation on citation.id = citation_fts.rowid "
    "where citation_fts match :q order by bm25(citation_fts) limit 20"
)
_COUNTED = _CANNED.replace("citation.title from", "citation.title, count(*) over () as total from")
"""The same with the exact total, as a page of ours has it."""


def pairs(number: int) -> list[str]:
    """Different searches of two words, the same every time."""
    found = [f"{one} {other}" for one in RARER for other in (*COMMON, *RARER) if one != other]
    random.Random(1).shuffle(found)  # noqa: S311 - the same searches every time
    return found[:number]


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def _serving(command: list[str], port: int, ready: str, **environment: str) -> Iterator[int]:
    null = subprocess.DEVNULL
    server = subprocess.Popen(command, cwd=PROJECT, stdout=null, stderr=null, env=os.environ | environment)
    try:
        until = time.monotonic() + 120
        while time.monotonic() < until:
            try:
                if ask(port, ready)[0] == 200:
                    break
            except OSError:
                time.sleep(0.2)
        yield port
    finally:
        server.terminate()
        server.wait(60)


@contextmanager
def service(url: str, workers: int = 1) -> Iterator[int]:
    """The service over the store at ``url``, with what lists are cut from read by every worker; its port."""
    port = _free_port()
    command = [sys.executable, "-c", "from app.cli.main import run; run()", "serve", "--port", str(port),
               "--workers", str(workers), "--no-init"]  # fmt: skip
    with _serving(command, port, "/health/ready", EVIDENCE_DATABASE_URL=url):
        # Who answers is chance, so several workers are asked for each word several times; nothing of this is asked for later.
        words = [f"{_ASKED}&q={one}&year_from={1900 + turn}" for turn in range(6) for one in (*COMMON, *RARER)]
        together(port, words if workers > 1 else [_ASKED])
        yield port


@contextmanager
def datasette(path: Path) -> Iterator[int]:
    """Datasette over the table that :func:`plain_table` made; its port."""
    port = _free_port()
    command = [sys.executable, "-m", "datasette", "serve", "-i", str(path), "-p", str(port),
               "--setting", "sql_time_limit_ms", "60000"]  # fmt: skip
    with _serving(command, port, "/-/versions.json"):
        yield port


def plain_table(store: str, path: Path) -> None:
    """Titles and abstracts of ``store`` as Datasette's users keep them: a table, and an FTS5 index of it."""
    with sqlite3.connect(path) as to:
        to.execute("ATTACH ? AS store", (f"file:{store}?mode=ro",))
        to.execute(
            "CREATE TABLE citation (id INTEGER PRIMARY KEY, title TEXT, abstract TEXT, year INTEGER, journal TEXT)"
        )
        to.execute(
            "INSERT INTO citation SELECT id, title, (SELECT group_concat(text, ' ') FROM store.citation_text t "
            "WHERE t.citation_id = c.id AND part = 'abstract'), year, journal_title FROM store.citation c"
        )
        to.execute(
            "CREATE VIRTUAL TABLE citation_fts USING fts5(title, abstract, content='citation', content_rowid='id')"
        )
        to.execute("INSERT INTO citation_fts (citation_fts) VALUES ('rebuild')")
    to.close()


def ask(port: int, path: str) -> tuple[int, float]:
    """Status and seconds of one answer, read whole."""
    connection = HTTPConnection("127.0.0.1", port, timeout=120)
    began = time.perf_counter()
    connection.request("GET", path, headers={"Host": "localhost"})
    response = connection.getresponse()
    response.read()
    connection.close()
    return response.status, time.perf_counter() - began


def one_by_one(port: int, paths: Sequence[str]) -> tuple[float, float]:
    """Median and 95th percentile in milliseconds. The first answer only wakes things up."""
    taken = []
    for path in paths:
        status, seconds = ask(port, path)
        if status != 200:
            raise SystemExit(f"{path} was answered with {status}.")
        taken.append(seconds * 1_000)
    return median(taken[1:]), quantiles(taken[1:], n=20)[-1]


def together(port: int, paths: Sequence[str]) -> float:
    """Answers a second at :data:`CONNECTIONS` connections."""
    waiting = list(paths)

    def work() -> None:
        while waiting:
            ask(port, waiting.pop())

    workers = [threading.Thread(target=work) for _ in range(CONNECTIONS)]
    began = time.perf_counter()
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    return len(paths) / (time.perf_counter() - began)


def measure(large: str, small: str, number: int) -> list[str]:
    """The lines of the table; the stores are addresses, the large one of SQLite where Datasette is to read it too."""
    two = [f"{_ASKED}&q={quote(each)}" for each in pairs(2 * number)]
    one = [f"{_ASKED}&q={each}" for each in COMMON]
    newest = [f"{_ASKED}&sort=-year&q={each}" for each in RARER]
    with service(large) as port:
        rows = {
            "two words": (*one_by_one(port, two[:number]), "p95 ≤ 150"),
            "one common word": (*one_by_one(port, one), "p95 ≤ 300"),
            "newest first, large": (*one_by_one(port, newest), "≤ 2 × small"),
        }
        rate = together(port, two[number:])
    with service(large, workers=2) as port:
        of_two = together(port, two[number:])
    with service(small) as port:
        rows["newest first, small"] = (*one_by_one(port, newest), "")
    lines = [
        f"| {name}, ms | {middle:.0f} | {slow:.0f} | {promise} |" for name, (middle, slow, promise) in rows.items()
    ]
    ratio = rows["newest first, large"][0] / rows["newest first, small"][0]
    lines += [
        f"| newest first, large to small | {ratio:.2f} | | ≤ 2 |",
        f"| two words, 8 connections, per s | {rate:.1f} | | |",
        f"| the same with `--workers 2` | {of_two:.1f} | | |",
    ]
    if large.startswith("sqlite"):
        lines += _against_datasette(large, two[number:], (rate, of_two))
    return lines


def _against_datasette(large: str, paths: Sequence[str], rates: tuple[float, float]) -> list[str]:
    searches = [path.partition("&q=")[2] for path in paths]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "plain.db"
        plain_table(large.removeprefix("sqlite:///"), path)
        with datasette(path) as port:
            table = together(port, [f"/plain/citation.json?_search={each}&_size=20&_facet=year" for each in searches])
            canned, counted = (
                together(port, [f"/plain.json?sql={quote(sql)}&q={each}" for each in searches])
                for sql in (_CANNED, _COUNTED)
            )
    others = {"table search with one facet": (table, "≥ 3"), "canned query": (canned, "≥ 1"),
              "canned query with the exact total": (counted, "")}  # fmt: skip
    return [
        f"| ratio to Datasette 0.65, {name} ({theirs:.1f} per s); with `--workers 2` | "
        f"{rates[0] / theirs:.2f}; {rates[1] / theirs:.2f} | | {promise} |"
        for name, (theirs, promise) in others.items()
    ]


def write_page(lines: list[str]) -> None:
    """Put the figures between their marks."""
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n" + "\n".join(lines) + f"\n{END}{after}", encoding="utf-8")


def main() -> None:
    """Measure, print and write down."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--large", help="address of a store of 300,000 citations; else one is made")
    parser.add_argument("--small", help="address of a store of 30,000 citations; else one is made")
    parser.add_argument("--number", type=int, default=100, help="searches of two words in each measurement")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        stores = {}
        for name, size in (("large", 300_000), ("small", 30_000)):
            stores[name] = getattr(asked, name) or f"sqlite:///{folder}/{name}.db"
            if not getattr(asked, name):
                from scripts.made_corpus import make  # noqa: PLC0415 - it needs the files of the import, finished stores do not

                make(stores[name], size)
        load = os.getloadavg()[0]
        lines = measure(stores["large"], stores["small"], asked.number)
    busy = " **Other programs were running: measure again on an idle machine.**" if load > 1.5 else ""
    machine = f"{os.cpu_count()} cores ({platform.machine()}), Python {platform.python_version()}"
    head = f"{datetime.now(UTC).date()}, {machine}, SQLite {sqlite3.sqlite_version}; one worker, load {load:.1f}.{busy}"
    lines = [head, "", "| | median | p95 | promise |", "|---|---|---|---|", *lines]
    print("\n".join(lines))
    write_page(lines)


if __name__ == "__main__":
    main()
