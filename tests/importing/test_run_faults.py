"""Imports that are killed, that meet each other, or that find no room: nothing twice, nothing half, nothing unsaid."""

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from app.database import Store
from app.errors import StoreFull
from app.history.queries import broken_links
from app.importing import file_runs
from app.importing.file_runs import import_file
from app.importing.files.reading import BATCH
from app.importing.report import ImportReport
from app.models.citation import Citation, CitationIdentifier
from app.models.history import DataRevision
from app.models.imports import ImportRun
from tests.citations.drafts import by_pmid
from tests.importing.articles import a_file, an_article

IMPORT = """
import sys
from pathlib import Path
from app.database import Store
from app.importing import file_runs
if __name__ == "__main__":
    file_runs.SMALL = 10_000
    file_runs.import_file(Store(sys.argv[1]), [Path(sys.argv[2])], actor="ada", max_bytes=1 << 30)
"""


def take_in(store: Store, path: Path) -> ImportReport:
    return import_file(store, [path], actor="ada", max_bytes=1 << 30)


def count(store: Store, table: type) -> int:
    with store.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def pmids(store: Store) -> list[str]:
    query = select(CitationIdentifier.value).where(CitationIdentifier.scheme == "pmid")
    with store.reading() as session:
        return sorted(session.scalars(query))


@pytest.mark.slow
@pytest.mark.parametrize("batches", [0, 1, 2])
def test_an_import_that_was_killed_can_be_started_again(store: Store, tmp_path: Path, batches: int) -> None:
    records = [an_article(str(pmid), doi=f"10.1000/{pmid}", abstract="word " * 50) for pmid in range(1, 8001)]
    path = a_file(tmp_path, *records)
    script = tmp_path / "import.py"
    script.write_text(IMPORT)
    root = Path(__file__).parents[2]
    process = subprocess.Popen(
        [sys.executable, script, store.url, path], env={**os.environ, "PYTHONPATH": str(root)}, start_new_session=True
    )
    deadline = time.monotonic() + 60
    while count(store, DataRevision) < batches and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()

    kept = count(store, Citation)
    report = take_in(store, path)

    assert kept % BATCH == 0
    assert (8000 - kept, kept, "complete") == (report.added, report.unchanged, report.state)
    assert sorted(str(pmid) for pmid in range(1, 8001)) == pmids(store)
    with store.reading() as session:
        assert [] == list(broken_links(session))
        assert {"incomplete", "complete"} >= set(session.scalars(select(ImportRun.state)))


@pytest.mark.slow
def test_two_imports_at_once_store_every_record_once(store: Store, database_url: str, tmp_path: Path) -> None:
    paths = [
        a_file(tmp_path, *[an_article(str(pmid), doi=f"10.1000/{pmid}") for pmid in numbers], name=f"{name}.xml")
        for name, numbers in (("up", range(1, 401)), ("down", range(400, 0, -1)), ("more", range(200, 601)))
    ]
    reports: list[ImportReport] = []

    def run(path: Path) -> None:
        with closing(Store(database_url)) as own:
            reports.append(take_in(own, path))

    threads = [threading.Thread(target=run, args=(path,)) for path in paths]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (600, 601) == (sum(report.added for report in reports), sum(report.unchanged for report in reports))
    assert sorted(str(pmid) for pmid in range(1, 601)) == pmids(store)
    with store.reading() as session:
        assert [] == list(broken_links(session))


@pytest.mark.sqlite
def test_a_store_that_cannot_grow_is_said_to_be_full_and_keeps_whole_batches_only(
    sqlite_store: Store, tmp_path: Path
) -> None:
    take_in(sqlite_store, a_file(tmp_path, an_article("900001", title="Before")))
    with sqlite_store.connection() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages + 40}")

    with pytest.raises(StoreFull, match="disk is full"):
        take_in(
            sqlite_store,
            a_file(tmp_path, *[an_article(str(n), abstract="word " * 99) for n in range(1, 2000)], name="b.xml"),
        )

    assert (1, 1, "Before") == (
        count(sqlite_store, Citation),
        count(sqlite_store, DataRevision),
        by_pmid(sqlite_store, "900001").draft.title,
    )
    with sqlite_store.connection() as connection:
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages + 100_000}")
    assert 1 == take_in(sqlite_store, a_file(tmp_path, an_article("900002"), name="c.xml")).added


@pytest.mark.sqlite
def test_a_disk_that_fills_up_on_the_way_ends_the_run_in_part_and_says_what_was_kept(
    sqlite_store: Store, tmp_path: Path
) -> None:
    path = a_file(tmp_path, *[an_article(str(n), abstract="word " * 99) for n in range(1, 4001)])
    with sqlite_store.connection() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages + 900}")

    report = take_in(sqlite_store, path)

    assert ("incomplete", 3) == (report.state, report.exit_code)
    assert 0 < report.added == count(sqlite_store, Citation) < 4000
    assert f"The {report.asked:,} records before that were kept" in (report.failure or "")


def test_a_retraction_that_comes_in_is_named_and_counted(store: Store, tmp_path: Path) -> None:
    take_in(store, a_file(tmp_path, an_article("1"), an_article("2")))

    report = take_in(store, a_file(tmp_path, an_article("3", ties=(("RetractionOf", "2"),)), name="notice.xml"))

    assert (1, 1) == (report.added, report.retracted)
    assert ["Citation R2 was current and is now retracted. Findings from it leave the counts."] == report.notices


@pytest.mark.sqlite
def test_a_store_that_may_not_be_written_is_said_to_be_so(sqlite_store: Store, tmp_path: Path) -> None:
    with sqlite_store.connection() as connection:
        connection.exec_driver_sql("PRAGMA query_only=ON")

    with pytest.raises(StoreFull):
        take_in(sqlite_store, a_file(tmp_path, an_article("1")))

    assert 0 == count(sqlite_store, ImportRun)


@pytest.mark.sqlite
def test_a_reading_process_that_dies_leaves_an_incomplete_run(
    sqlite_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_runs, "SMALL", 10_000)
    readers: list[subprocess.Popen[bytes]] = []
    start = subprocess.Popen

    def remember(*arguments: Any, **options: Any) -> subprocess.Popen[bytes]:
        readers.append(start(*arguments, **options))
        return readers[-1]

    monkeypatch.setattr(subprocess, "Popen", remember)
    path = a_file(tmp_path, *[an_article(str(pmid), abstract="word " * 200) for pmid in range(1, 12_001)])

    report = import_file(
        sqlite_store, [path], actor="ada", max_bytes=1 << 30, progress=lambda *_: [reader.kill() for reader in readers]
    )

    assert ("incomplete", 3, True) == (report.state, report.exit_code, report.adds_up)
    assert "ended unexpectedly" in (report.failure or "")
    assert 0 < count(sqlite_store, Citation) == report.added < 12_000


@pytest.mark.sqlite
def test_an_import_that_is_interrupted_says_so_in_its_run(sqlite_store: Store, tmp_path: Path) -> None:
    def interrupt(_done: int, _total: int | None) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_file(
            sqlite_store, [a_file(tmp_path, an_article("1"))], actor="ada", max_bytes=1 << 30, progress=interrupt
        )

    with sqlite_store.reading() as session:
        ended = session.scalars(select(ImportRun)).one()
    assert ("incomplete", 1) == (ended.state, ended.added)
    assert "KeyboardInterrupt" in (ended.failure or "")
