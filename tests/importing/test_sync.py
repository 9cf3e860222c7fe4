from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from app.database import Store
from app.errors import Invalid, SourceRefused, SourceUnavailable
from app.importing.pubmed.client import ClientOptions, EutilsClient
from app.importing.pubmed.pacing import Pace
from app.importing.pubmed.sync import import_pmids, import_query
from app.importing.report import ImportReport
from app.jobs.runs import last_search
from app.models.citation import Citation
from app.models.imports import ImportRecord, ImportRun, Job
from tests.citations.drafts import by_pmid, revisions
from tests.importing.articles import a_set, an_article
from tests.importing.pubmed import eutils_server as faults
from tests.importing.pubmed.eutils_server import Answer, EutilsServer, Exchange, Found

PMIDS = [str(pmid) for pmid in range(101, 109)]
QUERY = "kratom[tiab] AND sleep[tiab]"
Asking = Callable[..., EutilsClient]


@pytest.fixture
def server() -> Iterator[EutilsServer]:
    with EutilsServer({pmid: an_article(pmid, revised="2024-01-01") for pmid in PMIDS}) as server:
        server.searches[QUERY] = Found(PMIDS, translation="kratom[Title/Abstract]")
        yield server


@pytest.fixture
def asking(server: EutilsServer, tmp_path: Path) -> Iterator[Asking]:
    """Makes clients with options of their own; all are closed with the test."""
    options = ClientOptions(
        base_url=server.base_url, tool="tests", email=None, api_key=None, pacing_file=tmp_path / "pace", timeout_s=5,
        deadline_s=10, attempts=2, backoff_s=0.01, max_backoff_s=0.02, batch_size=3,
    )  # fmt: skip
    pace = Pace(tmp_path / "pace", limit=16, spacing_s=0, window_s=0.001)
    with ExitStack() as open_ones:
        yield lambda **changed: open_ones.enter_context(EutilsClient(replace(options, **changed), pace=pace))


@pytest.fixture
def client(asking: Asking) -> EutilsClient:
    return asking()


def by_query(store: Store, client: EutilsClient, **options: Any) -> ImportReport:
    return import_query(store, client, QUERY, actor="ada", **options)


def by_ids(store: Store, client: EutilsClient, *pmids: str, **options: Any) -> ImportReport:
    return import_pmids(store, client, pmids, actor="ada", **options)


def citations(store: Store) -> int:
    with store.reading() as session:
        return session.scalar(select(func.count()).select_from(Citation)) or 0


def test_a_search_brings_every_record_it_finds_and_keeps_what_pubmed_made_of_it(
    store: Store, client: EutilsClient
) -> None:
    report = by_query(store, client)

    assert (8, 8, 8, "complete", 0) == (report.asked, report.added, report.hit_count, report.state, report.exit_code)
    with store.reading() as session:
        search = last_search(session)
    assert search is not None
    assert (report.run_id, QUERY, "kratom[Title/Abstract]", 8) == (
        search.run_id,
        search.query,
        search.translation,
        search.hits,
    )


def test_asking_again_changes_nothing_and_writes_no_data_revision(store: Store, client: EutilsClient) -> None:
    by_query(store, client)
    before = revisions(store)

    reports = [by_query(store, client) for _ in range(3)]

    assert ([8, 8, 8], before) == ([report.unchanged for report in reports], revisions(store))


def test_what_pubmed_left_out_of_a_search_is_a_warning_in_the_report_and_the_run(
    store: Store, client: EutilsClient, server: EutilsServer
) -> None:
    server.searches[QUERY] = Found(PMIDS[:1], errors={"PhraseNotFound": ["kratum"]})

    report = by_query(store, client)

    assert "kratum" in report.warnings[0]
    with store.reading() as session:
        assert report.warnings == session.scalar(select(ImportRun.warnings))


def test_a_search_that_finds_nothing_is_complete(store: Store, client: EutilsClient, server: EutilsServer) -> None:
    server.searches[QUERY] = Found([])

    report = by_query(store, client)

    assert (0, "complete", 0, 0) == (report.asked, report.state, report.hit_count, revisions(store))


def test_pmids_that_pubmed_does_not_know_are_named(store: Store, client: EutilsClient) -> None:
    report = by_ids(store, client, "101", "999", "102", "998")

    assert (["999", "998"], 2, 3, True) == (report.not_returned, report.added, report.exit_code, report.adds_up)


def test_a_pmid_asked_twice_is_repeated(store: Store, client: EutilsClient) -> None:
    report = by_ids(store, client, "101", "PMID: 101")

    assert (2, 1, 1, True) == (report.asked, report.added, report.repeated, report.adds_up)


def test_what_is_no_pmid_is_refused_before_anything_is_asked(
    store: Store, client: EutilsClient, server: EutilsServer
) -> None:
    with pytest.raises(Invalid, match="'kratom' is not a PMID"):
        by_ids(store, client, "101", "kratom")

    assert [] == server.log


def test_a_batch_that_cannot_be_had_is_parked_by_name_and_the_rest_goes_on(
    store: Store, client: EutilsClient, server: EutilsServer
) -> None:
    server.poisoned = {"104", "105", "106"}

    report = by_ids(store, client, *PMIDS)

    assert (["104", "105", "106"], 5, "incomplete", 3) == (
        report.not_returned,
        report.added,
        report.state,
        report.exit_code,
    )
    with store.reading() as session:
        reasons = set(session.scalars(select(ImportRecord.reason).where(ImportRecord.fate == "not_returned")))
    assert all("HTML" in str(reason) for reason in reasons)


@pytest.mark.parametrize("fault", [faults.html_page(), faults.empty(), faults.server_error(), faults.truncated()])
def test_a_source_that_answers_nothing_useful_leaves_nothing(
    store: Store, client: EutilsClient, server: EutilsServer, fault: faults.Fault
) -> None:
    server.always(fault)

    with pytest.raises(SourceUnavailable):
        by_ids(store, client, "101")

    assert (0, 0) == (citations(store), revisions(store))
    with store.reading() as session:
        ended = session.scalars(select(ImportRun)).one()
    assert ("failed", 1) == (ended.state, ended.not_returned)


def test_a_search_that_pubmed_refuses_ends_as_a_failed_run(
    store: Store, client: EutilsClient, server: EutilsServer
) -> None:
    server.searches[QUERY] = Found(PMIDS, count=20_000_000)

    with pytest.raises(SourceRefused, match="20,000,000"):
        by_query(store, client)

    with store.reading() as session:
        assert "failed" == session.scalars(select(ImportRun)).one().state
        assert None is last_search(session)


@pytest.mark.parametrize("fault", [faults.reordered(), faults.duplicated(), faults.short(1), faults.short(0)])
def test_order_repeats_and_gaps_in_an_answer_cost_no_record(
    store: Store, client: EutilsClient, server: EutilsServer, fault: faults.Fault
) -> None:
    server.script(fault)

    report = by_ids(store, client, *PMIDS)

    assert (8, 8, [], True) == (report.asked, report.added, report.not_returned, report.adds_up)
    assert 8 == citations(store)


def test_one_record_that_spoils_every_answer_costs_only_itself(
    store: Store, client: EutilsClient, server: EutilsServer
) -> None:
    server.poisoned = {"105"}

    report = by_ids(store, client, *PMIDS)

    assert (["105"], 7, "incomplete") == (report.not_returned, report.added, report.state)


@pytest.mark.parametrize("spoiling", ["101", "104", "108"])
def test_a_record_that_spoils_the_only_batch_costs_only_itself(
    store: Store, asking: Asking, server: EutilsServer, spoiling: str
) -> None:
    server.poisoned = {spoiling}

    report = by_ids(store, asking(batch_size=200), *PMIDS)

    assert ([spoiling], 7, "incomplete") == (report.not_returned, report.added, report.state)


def test_a_source_that_is_down_is_not_asked_for_every_record(
    store: Store, asking: Asking, server: EutilsServer
) -> None:
    server.always(faults.server_error())

    with pytest.raises(SourceUnavailable):
        by_ids(store, asking(batch_size=200, attempts=2), *PMIDS)
    assert 6 == len(server.log)


def test_the_lease_is_kept_while_nothing_comes(store: Store, asking: Asking, server: EutilsServer) -> None:
    leased = []

    def noting(exchange: Exchange) -> None:
        with store.reading() as session:
            leased.append(session.scalars(select(Job.leased_until)).one())
        faults.server_error()(exchange)

    server.always(noting)
    with pytest.raises(SourceUnavailable):
        by_ids(store, asking(batch_size=2, attempts=1), *PMIDS)

    assert len(leased) == len(set(leased)) > 3


def test_of_two_versions_in_one_answer_the_higher_is_kept(
    store: Store, client: EutilsClient, server: EutilsServer
) -> None:
    server.records["101"] = an_article("101", version=2, title="Two") + an_article("101", version=1, title="One")

    report = by_ids(store, client, "101")

    assert (1, 1, "Two") == (report.asked, report.added, by_pmid(store, "101").draft.title)


def test_a_record_that_was_not_asked_for_is_left_out_and_told(
    store: Store, client: EutilsClient, server: EutilsServer
) -> None:
    def another(exchange: Exchange) -> None:
        exchange.send(Answer(a_set(an_article("101"), an_article("777"))))

    server.script(another)

    report = by_ids(store, client, "101")

    assert (1, 1, 1) == (report.asked, report.added, citations(store))
    assert "777" in report.notices[0]


def test_a_dry_run_asks_pubmed_and_leaves_no_trace(store: Store, client: EutilsClient) -> None:
    report = by_query(store, client, dry_run=True)

    assert (8, None, 0) == (report.added, report.run_id, citations(store))
    with store.reading() as session:
        assert [] == list(session.scalars(select(ImportRun)))


def test_progress_counts_towards_the_number_asked(store: Store, client: EutilsClient) -> None:
    seen: list[tuple[int, int | None]] = []

    by_ids(store, client, *PMIDS, progress=lambda *at: seen.append(at))

    assert [(3, 8), (6, 8), (8, 8)] == seen


def test_a_later_edition_updates_and_names_what_changed(
    store: Store, client: EutilsClient, server: EutilsServer
) -> None:
    by_ids(store, client, "101")
    server.records["101"] = an_article("101", revised="2024-05-01", title="New", types=("Retracted Publication",))

    report = by_ids(store, client, "101")

    assert ({"101": ["title", "publication_types"]}, "retracted") == (
        report.changed_fields,
        by_pmid(store, "101").standing,
    )


def test_a_run_gone_on_with_tells_what_was_found_before_it_was_cut_off(
    store: Store, client: EutilsClient, server: EutilsServer
) -> None:
    by_ids(store, client, "101", "108")
    strange = "<Strange/></MedlineCitation>"
    for pmid in ("101", "108"):
        record = an_article(pmid, revised="2024-06-01", types=("Retracted Publication",))
        server.records[pmid] = record.replace("</MedlineCitation>", strange)

    def stop(*_: Any) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        by_ids(store, client, *PMIDS, progress=stop)
    report = by_ids(store, client, *PMIDS)

    assert (8, 2, [2]) == (report.asked, report.retracted, list(report.unknown_elements.values()))
