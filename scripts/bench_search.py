"""How fast a search page comes over HTTP, and how fast Datasette gives one over the same words.

A page has 20 records with what was found in them, the exact total and three
facets. Times and rates are those of questions that are asked once, so that none is answered from memory; one rate is
that of questions that come again. Datasette serves a plain table of the same titles and abstracts with an FTS5
index: its table search, and a canned query with the same full-text search.
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
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from statistics import median, quantiles
from typing import NamedTuple
from urllib.parse import quote

from scripts.read_load import answers_a_second, load

PROJECT = Path(__file__).resolve().parent.parent
PAGE = PROJECT / "docs" / "performance.md"
BEGIN, END = "<!-- bench search: written by scripts/bench search -->", "<!-- end of bench search -->"
SECONDS = 6.0
AGAIN = 100
"""Searches that are asked again and again for one of the rates."""
COMMON = (
    "patients", "cells", "treatment", "results", "study", "clinical", "human", "effect", "activity", "disease",
    "group", "blood", "rats", "protein", "increase", "levels", "method", "response", "tissue", "normal", "control",
    "data", "cases", "time",
)  # fmt: skip
RARER = (
    "liver", "kidney", "heart", "brain", "muscle", "serum", "lung", "enzyme", "receptor", "insulin", "glucose",
    "calcium", "membrane", "growth", "binding", "bone", "sodium", "pressure", "virus", "antibody", "tumor",
    "hormone", "plasma", "oxygen", "diabetes", "asthma", "pregnancy", "infection", "surgery", "therapy", "pain",
    "sleep", "opioid", "morphine", "nicotine", "alcohol", "ethanol", "anxiety", "depression", "stroke", "exercise",
    "obesity", "vaccine", "cholesterol", "hypertension", "renal", "cortex", "lipid",
)  # fmt: skip
_SIZES = {"large": 300_000, "small": 30_000, "postgresql": 300_000}
_ASKED = "/api/v1/citations?limit=20&facets=year,standing,has"
_CANNED = (
    "select citation.id, citation.title from citation_fts join citation on citation.id = citation_fts.rowid "
    "where citation_fts match :q order by bm25(citation_fts) limit 20"
)
_COUNTED = _CANNED.replace(
    "citation.title from",
    "citation.title, (select count(*) from citation_fts where citation_fts match :q) as total from",
)
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
        for path in words if workers > 1 else [_ASKED]:
            ask(port, path)
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


def measure(stores: dict[str, str], number: int) -> list[str]:
    """The lines of the table, from the addresses of a ``large`` and a ``small`` store, and of a large one on ``postgresql``."""
    searches = pairs(4_000)
    two, rest = [_page(each) for each in searches[:number]], searches[number:]
    one = [f"{_ASKED}&q={each}" for each in COMMON]
    newest = [f"{_ASKED}&sort=-year&q={each}" for each in RARER]
    with service(stores["large"]) as port:
        rows = {
            "two words": (*one_by_one(port, two), "p95 ≤ 150"),
            "one common word": (*one_by_one(port, one), "p95 ≤ 300"),
            "newest first, large": (*one_by_one(port, newest), "≤ 2 × small"),
        }
        ours = _Rates.of(port, rest, _page)
    with service(stores["large"], workers=2) as port:
        of_two = _Rates.of(port, rest, _page)
    with service(stores["small"]) as port:
        rows["newest first, small"] = (*one_by_one(port, newest), "")
    if "postgresql" in stores:
        with service(stores["postgresql"]) as port:
            for name, paths, most in (("two words", two, 300), ("one common word", one, 600)):
                rows[f"{name}, PostgreSQL"] = (*one_by_one(port, paths), f"p95 ≤ {most}, twice SQLite's")
    lines = [
        f"| {name}, ms | {middle:.0f} | {slow:.0f} | {promise} |" for name, (middle, slow, promise) in rows.items()
    ]
    ratio = rows["newest first, large"][0] / rows["newest first, small"][0]
    lines += [f"| newest first, large to small | {ratio:.2f} | | ≤ 2 |"]
    return lines + _against_datasette(stores["large"], rest, ours, of_two)


class _Rates(NamedTuple):
    """Answers a second at eight connections: to questions never asked before, and to :data:`AGAIN` that return."""

    new: float
    again: float

    @classmethod
    def of(cls, port: int, searches: Sequence[str], path: Callable[[str], str]) -> "_Rates":
        """The rates of the service at ``port``, whose answers have the address ``path``."""
        paths = [path(each) for each in searches]
        again = answers_a_second(port, paths[:AGAIN], seconds=SECONDS, again=True)
        return cls(answers_a_second(port, paths[AGAIN:], seconds=SECONDS), again)


def _page(search: str) -> str:
    return f"{_ASKED}&q={quote(search)}"


def _against_datasette(large: str, searches: Sequence[str], ours: _Rates, of_two: _Rates) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "plain.db"
        plain_table(large.removeprefix("sqlite:///"), path)
        with datasette(path) as port:
            theirs = {
                "table search with one facet": (_Rates.of(port, searches, _table_search), "≥ 3"),
                "canned query": (_Rates.of(port, searches, lambda each: _query(_CANNED, each)), "≥ 1"),
                "canned query with the exact total": (_Rates.of(port, searches, lambda each: _query(_COUNTED, each)), ""),
            }  # fmt: skip
    head = (
        "| answers a second, 8 connections | new questions | ratio of a page | with `--workers 2` | the same 100 again "
        "| ratio of a page | promise |"
    )
    own = f"| a page of ours | {ours.new:.0f} | | {of_two.new:.0f} | {ours.again:.0f} | | |"
    lines = ["", head, "|---|---|---|---|---|---|---|", own]
    return lines + [
        f"| Datasette 0.65, {name} | {rate.new:.0f} | {ours.new / rate.new:.2f} | {of_two.new / rate.new:.2f} | "
        f"{rate.again:.0f} | {ours.again / rate.again:.1f} | {promise} |"
        for name, (rate, promise) in theirs.items()
    ]


def _table_search(search: str) -> str:
    return f"/plain/citation.json?_search={quote(search)}&_size=20&_facet=year"


def _query(sql: str, search: str) -> str:
    return f"/plain.json?sql={quote(sql)}&q={quote(search)}"


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
    parser.add_argument(
        "--postgresql", help="address of a store of 300,000 citations on PostgreSQL; else it takes no part"
    )
    parser.add_argument("--number", type=int, default=100, help="searches of two words that are timed one by one")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        stores = {name: url for name, url in vars(asked).items() if name in _SIZES and url}
        for name in ("large", "small"):
            if name not in stores:
                from scripts.made_corpus import make  # noqa: PLC0415 - it needs the files of the import, finished stores do not

                stores[name] = f"sqlite:///{folder}/{name}.db"
                make(stores[name], _SIZES[name])
        busy = os.getloadavg()[0]
        lines = measure(stores, asked.number)
    warning = " **Other programs were running: measure again on an idle machine.**" if busy > 1.5 else ""
    machine = f"{os.cpu_count()} cores ({platform.machine()}), Python {platform.python_version()}"
    head = (
        f"{datetime.now(UTC).date()}, {machine}, SQLite {sqlite3.sqlite_version}; one worker where nothing else is said, "
        f"rates under the load of {load()}, load {busy:.1f} before the start.{warning}"
    )
    lines = [head, "", "| one connection | median | p95 | promise |", "|---|---|---|---|", *lines]
    print("\n".join(lines))
    write_page(lines)


if __name__ == "__main__":
    main()
