"""Living searches: what a run of one says, that it adds up, and that nothing is lost between two runs."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from app.database import Store
from app.errors import Conflict, NotFound
from app.history.events import Revision
from app.importing.living import running, searches
from app.importing.living.report import SearchReport, SyncReport
from app.importing.living.searches import SearchDraft
from app.importing.pubmed.client import EutilsClient
from app.jobs import leases
from app.jobs.holders import holder
from app.jobs.runs import last_search
from app.kit.canonical import now
from app.models.imports import ImportRun, Job
from app.models.searches import ImportWanted, LivingSearch, SearchMember
from tests.citations.drafts import by_pmid, revisions
from tests.importing.articles import an_article
from tests.importing.pubmed import eutils_server as faults
from tests.importing.pubmed.eutils_index import Found
from tests.importing.pubmed.eutils_server import EutilsServer
from tests.importing.test_sync import PMIDS, asking, client, server

__all__ = ["asking", "client", "server"]
QUERY = "kratom[tiab] OR ketum[tiab]"


@pytest.fixture(autouse=True)
def search(store: Store, server: EutilsServer) -> str:
    """One living search, which finds every record of the server."""
    server.searches[QUERY] = Found(PMIDS, translation="kratom[Title/Abstract]", warnings={"PhraseIgnored": ["of"]})
    with store.writing() as session:
        searches.record(session, Revision(actor="ada", reason="t"), SearchDraft(name="k", title="Kratom", query=QUERY))
    return "k"


def sync(store: Store, client: EutilsClient, *named: str, due: bool = False, full: bool = False) -> SyncReport:
    with store.reading() as session:
        plans = running.plans_for(session, named, due=due, full=full)
    return running.sync(store, client, plans, actor="cli:ada")


def run(store: Store, client: EutilsClient, **options: Any) -> SearchReport:
    (report,) = sync(store, client, **options).searches
    assert report.adds_up
    return report


def a_day_passes(store: Store, days: int = 1) -> None:
    """Let every run lie that much further back."""
    with store.writing() as session:
        for number, at in session.execute(select(ImportRun.id, ImportRun.started_at)).all():
            session.execute(
                update(ImportRun).where(ImportRun.id == number).values(started_at=at - timedelta(days=days))
            )


def add(server: EutilsServer, pmid: str, **fields: Any) -> None:
    """PubMed gets a record today that the search finds."""
    server.records[pmid] = an_article(pmid, **fields)
    server.searches[QUERY] = Found([*server.searches[QUERY].pmids, pmid])
    server.index.entered[pmid] = f"{now():%Y/%m/%d}"


def revise(server: EutilsServer, pmid: str, **fields: Any) -> None:
    server.records[pmid] = an_article(pmid, revised="2024-06-01", **fields)
    server.index.revised[pmid] = f"{now():%Y/%m/%d}"


def test_the_first_run_asks_in_full_and_locks_what_pubmed_made_of_the_query(store: Store, client: EutilsClient) -> None:
    report = run(store, client)

    assert ("full", "complete", 8, QUERY, QUERY) == (
        report.mode, report.state, report.hits, report.query, report.asked_for,
    )  # fmt: skip
    assert ("kratom[Title/Abstract]", ["PubMed ignored the phrase “of”."]) == (report.translation, report.warnings)
    assert (sorted(PMIDS), 0, 8, 8) == (report.new, report.members_before, report.members_after, report.counts["added"])
    assert report.program_version


def test_a_later_run_asks_for_what_was_entered_or_revised_since_with_an_overlap(
    store: Store, client: EutilsClient, server: EutilsServer
) -> None:
    run(store, client)
    a_day_passes(store)
    add(server, "201")
    revise(server, "103", title="Another title")

    report = run(store, client)

    since = (now() - timedelta(days=8)).date()
    assert ("incremental", since.isoformat(), 2) == (report.mode, report.since_on, report.hits)
    assert f"{since:%Y/%m/%d}:3000/12/31[lr]" in report.asked_for
    assert (["201"], 1, 1, 9) == (
        report.new, report.counts["added"], report.counts["changed"], report.members_after,
    )  # fmt: skip
    (changed,) = report.changed
    assert ("103", {"title": {"before": "Kratom and sleep", "after": "Another title"}}) == (
        changed.pmid, changed.fields,
    )  # fmt: skip


def test_a_run_that_finds_nothing_new_writes_no_data_revision(store: Store, client: EutilsClient) -> None:
    run(store, client)
    before = revisions(store)
    reports = [run(store, client, full=full) for full in (True, False, True)]

    assert before == revisions(store)
    assert [8, 0, 8] == [report.counts["unchanged"] for report in reports]


def test_a_record_that_the_search_no_longer_finds_is_reported_and_kept(
    store: Store, client: EutilsClient, server: EutilsServer
) -> None:
    run(store, client)
    server.searches[QUERY] = Found(PMIDS[2:])
    del server.records["102"]

    report = run(store, client, full=True)
    again = run(store, client, full=True)

    assert ["101", "102"] == [one.pmid for one in report.vanished]
    assert "PubMed still has it" in str(report.vanished[0].reason)
    assert ["102"] == [one.pmid for one in report.not_returned]
    assert (8, 6, 6) == (report.members_before, report.members_after, report.hits)
    assert ([], [], 6) == (again.vanished, again.not_returned, again.members_after)
    assert "Kratom and sleep" == by_pmid(store, "102").draft.title


def test_a_record_that_vanished_and_was_found_again_has_reappeared(
    store: Store, client: EutilsClient, server: EutilsServer
) -> None:
    run(store, client)
    server.searches[QUERY] = Found(PMIDS[1:])
    run(store, client, full=True)
    server.searches[QUERY] = Found(PMIDS)

    report = run(store, client, full=True)

    assert (["101"], [], 8) == (report.reappeared, report.new, report.members_after)


def test_retractions_corrections_and_reinstatements_are_told_apart(
    store: Store, client: EutilsClient, server: EutilsServer
) -> None:
    run(store, client)
    revise(server, "101", types=("Retracted Publication",))
    revise(server, "102", ties=(("ErratumIn", "555"),))
    first = run(store, client)
    server.records["101"] = an_article("101", revised="2024-07-01")
    second = run(store, client)

    assert [("101", "retracted"), ("102", "corrected")] == [(one.pmid, one.kind) for one in first.standings]
    assert [("101", "retracted", "current", "reinstated")] == [
        (one.pmid, one.before, one.after, one.kind) for one in second.standings
    ]
    assert (1, 1, 0) == tuple(first.counts[kind] for kind in ("retracted", "corrected", "reinstated"))


def test_a_record_that_came_together_with_its_notice_still_names_the_fields_that_changed(
    store: Store, client: EutilsClient, server: EutilsServer
) -> None:
    run(store, client)
    revise(server, "101", title="Kratom and sleep, revised")
    add(server, "900", ties=(("RetractionOf", "101"),))

    (changed,) = run(store, client).changed

    assert ("101", "Kratom and sleep, revised") == (changed.pmid, changed.fields["title"]["after"])
    assert {"title", "signals"} == changed.fields.keys()


def test_what_did_not_come_is_named_and_asked_for_again_by_the_next_run(
    store: Store, client: EutilsClient, server: EutilsServer
) -> None:
    server.poisoned = {"104"}
    first = run(store, client)
    server.poisoned = set()
    server.index.day_of_others = "2001/01/01"
    second = run(store, client)

    assert (["104"], "incomplete", 8) == ([one.pmid for one in first.not_returned], first.state, first.members_after)
    assert ("incremental", 0, 1, 1) == (second.mode, second.hits, second.counts["asked"], second.counts["added"])


def test_another_query_is_asked_in_full(store: Store, client: EutilsClient, server: EutilsServer) -> None:
    run(store, client)
    server.searches["sleep"] = Found(PMIDS[:3])
    with store.writing() as session:
        revision = Revision(actor="ada", reason="narrower")
        searches.change(session, revision, searches.get_search(session, "k"), {"query": "sleep"})

    report = run(store, client)

    assert ("full", "sleep", 3, 5) == (report.mode, report.query, report.members_after, len(report.vanished))


def test_a_search_is_due_at_first_then_after_its_hours_and_in_full_after_its_days(
    store: Store, client: EutilsClient
) -> None:
    modes = []
    for days in (0, 0, 1, 27):
        a_day_passes(store, days)
        modes += [report.mode for report in sync(store, client, due=True).searches]

    assert ["full", "incremental", "full"] == modes


def test_pubmed_being_away_leaves_the_search_due_and_says_so(
    store: Store, client: EutilsClient, server: EutilsServer
) -> None:
    server.always(faults.html_page())
    failed = sync(store, client)
    server.always(None)
    report = run(store, client, due=True)

    assert (4, "failed", None) == (failed.exit_code, failed.searches[0].state, failed.searches[0].members_after)
    assert ("full", 8) == (report.mode, report.members_after)


def test_a_search_that_pubmed_refuses_does_not_hold_up_the_others(
    store: Store, client: EutilsClient, server: EutilsServer
) -> None:
    with store.writing() as session:
        draft = SearchDraft(name="a-second", title="Other", query="too many")
        searches.record(session, Revision(actor="ada", reason="t"), draft)
        session.execute(update(LivingSearch).where(LivingSearch.name == "k").values(query="refused"))
    server.searches["refused"] = Found(PMIDS, count=1_000_000)
    server.searches["too many"] = Found(PMIDS)

    report = sync(store, client)

    assert [("failed", True), ("complete", False)] == [(one.state, one.refused) for one in report.searches]
    assert 3 == report.exit_code


def test_one_sync_at_a_time_wherever_it_is_started(store: Store, client: EutilsClient) -> None:
    run(store, client)
    with store.writing() as session:
        leases.begin(session, "sync", {"run_id": 1}, holder="another-machine:7")

    with pytest.raises(Conflict, match="Another sync is under way: import run I1, by another-machine:7"):
        sync(store, client)


def test_two_syncs_that_begin_at_the_same_moment_are_not_both_begun(store: Store) -> None:
    with store.writing() as session:
        leases.begin(session, "sync", {"run_id": 1}, holder=holder())
    with pytest.raises(Conflict, match="Another sync is under way"), store.writing() as session:
        leases.begin(session, "sync", {"run_id": 2}, holder=holder())


def test_a_sync_that_was_cut_off_is_gone_on_with_whatever_is_asked_next(
    store: Store, client: EutilsClient, server: EutilsServer
) -> None:
    taken = 0

    def stop(*_: Any) -> None:
        nonlocal taken
        taken += 1
        raise KeyboardInterrupt

    with store.reading() as session:
        (plan,) = running.plans_for(session, [], due=False, full=False)
    with pytest.raises(KeyboardInterrupt):
        running.run_search(store, client, plan, actor="ada", progress=stop)
    asked_before = len(server.log)
    report = sync(store, client, due=True)

    (one,) = report.searches
    assert (1, "complete", 8, 8) == (taken, one.state, one.members_after, one.counts["added"])
    asked = [pmid for request in server.log[asked_before:] for pmid in request.ids]
    assert sorted(asked) == sorted(set(asked)) == sorted(PMIDS[3:])
    with store.reading() as session:
        assert ([], "done") == (session.scalars(select(ImportWanted)).all(), session.scalars(select(Job.state)).one())


def test_a_lease_that_was_lost_keeps_the_late_worker_from_writing(
    store: Store, client: EutilsClient, server: EutilsServer
) -> None:
    def lose_it(*_: Any) -> None:
        with store.writing() as session:
            session.execute(update(Job).values(token=Job.token + 1))

    with store.reading() as session:
        (plan,) = running.plans_for(session, [], due=False, full=False)
    with pytest.raises(Conflict, match="lost to another worker"):
        running.run_search(store, client, plan, actor="ada", progress=lose_it)

    with store.reading() as session:
        assert 3 == session.scalars(select(ImportRun.added)).one()
        assert [] == session.scalars(select(SearchMember)).all()


def test_the_last_search_of_an_answer_is_the_living_one_with_all_that_it_found(
    store: Store, client: EutilsClient, server: EutilsServer
) -> None:
    run(store, client)
    add(server, "201")
    report = run(store, client)
    with store.reading() as session:
        last = last_search(session)

    assert last is not None
    assert (report.run_id, QUERY, 9, True) == (last.run_id, last.query, last.hits, last.complete)


def test_a_search_that_is_not_there_is_named_with_those_that_are(store: Store, client: EutilsClient) -> None:
    with pytest.raises(NotFound, match=r"no living search 'kratum'. There are: L1 k"):
        sync(store, client, "kratum")


def test_a_paused_search_is_left_out_and_refused_by_name(store: Store, client: EutilsClient, tmp_path: Path) -> None:
    with store.writing() as session:
        search = searches.get_search(session, "L1")
        searches.change(session, Revision(actor="ada", reason="t"), search, {"state": "paused"})

    assert [] == sync(store, client).searches
    with pytest.raises(Conflict, match="paused"):
        sync(store, client, "k")


def test_the_searches_of_the_program_are_installed_once_and_then_belong_to_the_store(store: Store) -> None:
    with store.writing() as session:
        first = searches.install(session)
        session.execute(update(LivingSearch).where(LivingSearch.name == "kratom").values(query="my own"))
    with store.writing() as session:
        second = searches.install(session)
        kept = searches.get_search(session, "kratom").query

    assert (3, 0, "my own") == (first, second, kept)


def test_two_searches_cannot_have_one_name(store: Store) -> None:
    with pytest.raises(Conflict, match="'k' already"), store.writing() as session:
        searches.record(session, Revision(actor="ada", reason="t"), SearchDraft(name="k", title="B", query="other"))
