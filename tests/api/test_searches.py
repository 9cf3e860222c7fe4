"""``/searches``: what is searched for, when it is due, and what every run found."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.importing.living import running, searches
from app.importing.pubmed.client import EutilsClient
from app.importing.pubmed.pacing import Pace
from tests.api.people import signed_in
from tests.api.serving import API, Writable, all_pages, problem
from tests.importing.articles import an_article
from tests.importing.pubmed.eutils_index import Found
from tests.importing.pubmed.eutils_server import EutilsServer
from tests.importing.pubmed.test_client import quick_options

PMIDS = [str(pmid) for pmid in range(101, 106)]
KRATOM = searches.DEFAULTS[0].query


@pytest.fixture
def server() -> Iterator[EutilsServer]:
    with EutilsServer({pmid: an_article(pmid, revised="2024-01-01") for pmid in PMIDS}) as server:
        server.searches[KRATOM] = Found(PMIDS, translation="kratom", errors={"PhraseNotFound": ["ketumm"]})
        yield server


@pytest.fixture
def searched(writable: Writable, server: EutilsServer, tmp_path: Path) -> EutilsServer:
    """The kratom search has run in full twice: in between a title changed, a record was retracted, another vanished."""
    pace = Pace(tmp_path / "pace", limit=16, spacing_s=0, window_s=0.001)
    with EutilsClient(quick_options(server.base_url, tmp_path), pace=pace) as client:
        for _ in range(2):
            with writable.store.reading() as session:
                plans = running.plans_for(session, ["kratom"], due=False, full=True)
            running.sync(writable.store, client, plans, actor="cli:ada")
            server.records["101"] = an_article("101", revised="2024-02-02", title="Another title")
            server.records["102"] = an_article("102", revised="2024-02-02", types=("Retracted Publication",))
            server.searches[KRATOM] = Found(PMIDS[:4], translation="kratom")
    return server


@pytest.fixture(autouse=True)
def installed(writable: Writable) -> None:
    with writable.store.writing() as session:
        searches.install(session)


def test_the_searches_of_the_program_are_there_and_due(writable: Writable) -> None:
    rows = all_pages(writable.client, f"{API}/searches?limit=2")

    assert [("L1", "kratom"), ("L2", "opioid-withdrawal-sleep"), ("L3", "kratom-sleep-anxiety")] == [
        (row["id"], row["name"]) for row in rows
    ]
    assert [(None, None, None)] * 3 == [(row["due_at"], row["full_due_at"], row["last_run"]) for row in rows]


def test_a_search_is_found_by_its_id_and_by_its_name(writable: Writable) -> None:
    assert writable.json("/searches/L1") == writable.json("/searches/kratom")
    assert "Mitragyna" in writable.json("/searches/L1")["data"]["query"]


def test_a_search_says_what_it_has_found_and_when_it_runs_again(writable: Writable, searched: EutilsServer) -> None:
    search = writable.json("/searches/kratom")["data"]

    assert {"held": 4, "missing": 0, "rejected": 0, "vanished": 1} == search["members"]
    assert "I2" == search["last_run"]["id"]
    assert search["last_run"]["started_at"] < search["due_at"] < search["full_due_at"]


def test_its_runs_stand_newest_first_and_add_up(writable: Writable, searched: EutilsServer) -> None:
    runs = all_pages(writable.client, f"{API}/searches/L1/runs?limit=1")

    assert ["I2", "I1"] == [run["id"] for run in runs]
    for run in runs:
        counts = run["counts"]
        fates = ("added", "changed", "unchanged", "repeated", "rejected", "not_returned")
        assert counts["asked"] == sum(counts[fate] for fate in fates)
        assert run["members_after"] == run["members_before"] + counts["new"] - counts["vanished"]
    assert ["PubMed does not know the phrase “ketumm” and searched without it."] == runs[1]["warnings"]
    assert ("kratom", KRATOM) == (runs[1]["translation"], runs[1]["query"])


def test_one_run_names_what_is_another_now(writable: Writable, searched: EutilsServer) -> None:
    run = writable.json("/searches/L1/runs/I2")["data"]

    title, types = run["changed"]
    assert ("101", {"before": "Kratom and sleep", "after": "Another title"}) == (
        title["pmid"],
        title["fields"]["title"],
    )
    assert ("102", ["publication_types"]) == (types["pmid"], list(types["fields"]))
    assert [("102", "current", "retracted", "retracted")] == [
        (one["pmid"], one["before"], one["after"], one["kind"]) for one in run["standings"]
    ]
    assert ["105"] == [one["pmid"] for one in run["vanished"]]
    assert title["citation_id"].startswith("R")


def test_a_search_or_run_that_is_not_there_is_a_404(writable: Writable, searched: EutilsServer) -> None:
    for path in ("/searches/L99", "/searches/kratum", "/searches/L2/runs/I1", "/searches/L1/runs/I9", "/searches/S1"):
        assert (404, "NotFound") == problem(writable.client.get(f"{API}{path}"))


def test_an_empty_answer_says_when_the_living_search_last_ran(writable: Writable, searched: EutilsServer) -> None:
    last = writable.json("/outcomes/insomnia/evidence")["data"]["collection"]["last_search"]

    assert ("I2", KRATOM, 4) == (last["run_id"], last["query"], last["hits"])


# Writing

NEW = {"name": "sleep-loss", "title": "Sleep loss", "query": "kratom AND insomnia", "every_hours": 48}


def test_an_editor_keeps_a_search_as_one_data_revision(writable: Writable) -> None:
    who = signed_in(writable.store, "editor", name="ines")
    before = writable.json("/changes")["meta"]["data_revision"]
    response = writable.client.post(f"{API}/searches", json=NEW, headers=who)
    search = response.json()["data"]
    feed = writable.json(f"/changes?since={before}&kind=search")["data"]

    assert (201, f"{API}/searches/L4") == (response.status_code, response.headers["Location"])
    assert ("L4", "ines", "active", 48, 28) == (
        search["id"], search["created_by"], search["state"], search["every_hours"], search["full_every_days"],
    )  # fmt: skip
    assert [("L4", "add", before + 1)] == [(each["id"], each["op"], each["data_revision"]) for each in feed]


def test_an_editor_pauses_a_search_and_a_stale_change_is_refused(writable: Writable) -> None:
    who = signed_in(writable.store, "editor")
    tag = {"If-Match": writable.client.get(f"{API}/searches/L1").headers["ETag"]}
    paused = writable.client.patch(f"{API}/searches/L1", json={"state": "paused"}, headers=who | tag)
    stale = writable.client.patch(f"{API}/searches/L1", json={"title": "Mine"}, headers=who | tag)

    assert (200, "paused", None, 2) == (
        paused.status_code, paused.json()["data"]["state"], paused.json()["data"]["due_at"],
        paused.json()["data"]["version"],
    )  # fmt: skip
    assert (412, "Stale") == problem(stale)


@pytest.mark.parametrize(
    "wrong",
    [{"name": "Sleep Loss"}, {"query": ""}, {"every_hours": 0}, {"state": "off"}, {"every": 2}, {"name": "kratom"}],
)
def test_what_cannot_be_a_search_is_refused(writable: Writable, wrong: dict[str, object]) -> None:
    who = signed_in(writable.store, "editor")
    status, kind = problem(writable.client.post(f"{API}/searches", json=NEW | wrong, headers=who))

    assert ((409, "Conflict") if wrong == {"name": "kratom"} else (422, "Invalid")) == (status, kind)


def test_a_change_that_would_break_a_search_is_refused(writable: Writable) -> None:
    who = signed_in(writable.store, "editor")
    tag = {"If-Match": writable.client.get(f"{API}/searches/L1").headers["ETag"]}
    refused = writable.client.patch(f"{API}/searches/L1", json={"overlap_days": 0}, headers=who | tag)

    assert (422, "Invalid") == problem(refused)
    assert "overlap_days" in refused.json()["detail"]
