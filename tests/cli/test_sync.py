"""``evidence sync``: for people, for cron, and for programs."""

import json
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import update

from app.database import Store
from app.importing import uploads
from app.importing.living import searches
from app.importing.pubmed import sync as pubmed_sync
from app.importing.resuming import Wanted
from app.jobs import leases
from app.jobs.holders import holder
from app.models.imports import ImportRun, Job
from tests.cli.terminal import evidence, started
from tests.factories import opened
from tests.importing.articles import an_article
from tests.importing.pubmed.eutils_index import Found
from tests.importing.pubmed.eutils_server import EutilsServer, server_error, stalled

GONE = holder().rpartition(":")[0] + ":999999999"
"""A process of this machine that is no more."""
PMIDS = [str(pmid) for pmid in range(101, 109)]


@pytest.fixture
def server() -> Iterator[EutilsServer]:
    with EutilsServer({pmid: an_article(pmid, revised="2024-01-01") for pmid in PMIDS}) as server:
        for draft in searches.DEFAULTS:
            server.searches[draft.query] = Found(PMIDS[:5], translation=f"{draft.name}[All Fields]")
        yield server


@pytest.fixture
def url(database_url: str) -> str:
    with opened(database_url) as store, store.writing() as session:
        searches.install(session)
    return database_url


def test_all_searches_are_run_and_told_and_then_none_is_due(url: str, server: EutilsServer) -> None:
    first = evidence("sync", database_url=url, eutils_url=server.base_url)
    second = evidence("sync", "--due", database_url=url, eutils_url=server.base_url)

    assert (0, 0) == (first.code, second.code), first.stderr
    assert [
        "L1 kratom, full: complete (I1).",
        "  PubMed found 5 records for: kratom[All Fields]",
        "  5 asked for: 5 added, 0 changed, 0 unchanged, 0 rejected, 0 not returned.",
        "  Of this search 5 new, 0 vanished, 0 reappeared; 0 newly retracted, 0 newly corrected or in doubt, 0 reinstated.",
    ] == first.stdout.splitlines()[:4]
    assert ("", "No living search is due.\n") == (second.stdout, second.stderr)


def test_the_report_is_one_document_that_adds_up(url: str, server: EutilsServer) -> None:
    del server.records["103"]
    ended = evidence("sync", "kratom", "--json", database_url=url, eutils_url=server.base_url)
    (one,) = json.loads(ended.stdout)["searches"]

    assert (3, "L1", "I1", 5, 4) == (
        ended.code, one["search_id"], one["run_id"], one["counts"]["asked"], one["counts"]["added"],
    )  # fmt: skip
    assert ["103"] == [missing["pmid"] for missing in one["not_returned"]]
    assert one["members_after"] == one["members_before"] + one["counts"]["new"]


def test_a_second_sync_is_told_who_is_at_it_and_a_timer_takes_it_as_done(url: str, server: EutilsServer) -> None:
    with opened(url) as store, store.writing() as session:
        leases.begin(session, "sync", {"run_id": 1}, holder="another-machine:7")
    asked, timed = (
        evidence("sync", *options, database_url=url, eutils_url=server.base_url) for options in ([], ["--due"])
    )

    assert (1, 0) == (asked.code, timed.code)
    assert "another-machine:7" in asked.stderr
    assert "Nothing was done." in timed.stderr


def test_pubmed_being_away_has_its_own_exit_code(url: str, server: EutilsServer) -> None:
    server.always(server_error(404))
    ended = evidence("sync", "--json", database_url=url, eutils_url="http://127.0.0.1:1/")

    assert 4 == ended.code
    report = json.loads(ended.stdout)
    assert (["failed"], ["L2", "L3"]) == ([one["state"] for one in report["searches"]], report["not_run"])


def test_a_search_that_is_not_there_is_named(url: str, server: EutilsServer) -> None:
    ended = evidence("sync", "sleep", database_url=url, eutils_url=server.base_url)

    assert 1 == ended.code
    assert "L1 kratom, L2 opioid-withdrawal-sleep" in ended.stderr


def _runs(store: Store) -> int:
    with store.reading() as session:
        return len(leases.open_jobs(session, "sync"))


def test_a_sync_that_was_killed_is_gone_on_with_by_the_next(url: str, server: EutilsServer) -> None:
    server.script(None, stalled())
    with started("sync", "kratom", database_url=url, eutils_url=server.base_url) as process:
        deadline = time.monotonic() + 30
        while len(server.log) < 2 and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
        process.wait(20)
    searched = len([request for request in server.log if request.endpoint == "esearch.fcgi"])
    ended = evidence("sync", "kratom", database_url=url, eutils_url=server.base_url)

    assert 0 == ended.code, ended.stderr
    assert "L1 kratom, full: complete (I1)." == ended.stdout.splitlines()[0]
    assert searched == len([request for request in server.log if request.endpoint == "esearch.fcgi"])
    with opened(url) as store:
        assert 0 == _runs(store)


def _leave_behind(url: str, var_dir: Path, *, actor: str, stopped: bool = False) -> None:
    """A run of two PMIDs whose process died, or that was stopped by hand, and files that nobody asks for any more."""
    with opened(url) as store:
        run = pubmed_sync.run_of_pmids(store, ["107", "108"], actor=actor)
        run.begin()
        run.want([Wanted(1, "107"), Wanted(2, "108")])
        if stopped:
            run.give_back("Stopped.")
        with store.writing() as session:
            session.execute(update(Job).values(holder=GONE))
            session.execute(update(ImportRun).values(holder=GONE))
    (var_dir / uploads.FOLDER / f"left@{GONE}").mkdir(parents=True)


def test_what_dead_processes_left_behind_is_gone_on_with_also_when_no_search_is_due(
    url: str, server: EutilsServer, tmp_path: Path
) -> None:
    evidence("sync", database_url=url, eutils_url=server.base_url)
    _leave_behind(url, tmp_path, actor="cli:ada")
    ended = evidence("sync", "--due", database_url=url, eutils_url=server.base_url, var_dir=str(tmp_path))

    assert (0, ["Went on with an import that was cut off (I4): 107,108: complete."]) == (
        ended.code, ended.stdout.splitlines(),
    ), ended.stderr  # fmt: skip
    assert [] == list((tmp_path / uploads.FOLDER).iterdir())
    with opened(url) as store, store.reading() as session:
        run = session.get_one(ImportRun, 4)
        assert ("complete", 2, "cli:ada") == (run.state, run.added, run.actor)


def test_what_was_stopped_by_hand_is_left_to_whoever_stopped_it(url: str, server: EutilsServer, tmp_path: Path) -> None:
    _leave_behind(url, tmp_path, actor="cli:ada", stopped=True)
    ended = evidence("sync", "--json", database_url=url, eutils_url=server.base_url, var_dir=str(tmp_path))

    assert (0, []) == (ended.code, json.loads(ended.stdout)["taken_up"])


def test_a_sync_of_one_search_does_that_alone(url: str, server: EutilsServer, tmp_path: Path) -> None:
    _leave_behind(url, tmp_path, actor="ines")
    named = evidence("sync", "kratom", "--json", database_url=url, eutils_url=server.base_url, var_dir=str(tmp_path))
    whole = evidence("sync", "--json", database_url=url, eutils_url=server.base_url, var_dir=str(tmp_path))
    (again,) = json.loads(whole.stdout)["taken_up"]

    assert [] == json.loads(named.stdout)["taken_up"]
    assert {"run_id": "I1", "asked_for": "107,108", "state": "complete", "failure": None} == again
