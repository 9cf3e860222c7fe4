"""Whatever PubMed answers and whenever a process dies: what is stored is what a quiet day brings, or what is missing is named."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from app.database import Store
from app.errors import SourceUnavailable
from app.importing.pubmed.client import EutilsClient
from app.importing.pubmed.sync import import_pmids, import_query
from tests.databases import Databases
from tests.importing.hard_times import (
    KINDS,
    QUERY,
    SLOW,
    a_client,
    a_server,
    contents,
    count_rows,
    import_under_fire,
    many_records,
    mixed,
)
from tests.importing.pubmed.eutils_server import EutilsServer

RECORDS = many_records(12)
PMIDS = list(RECORDS)


@pytest.fixture
def server() -> Iterator[EutilsServer]:
    with a_server(RECORDS) as server:
        yield server


@pytest.fixture
def client(server: EutilsServer, tmp_path: Path) -> Iterator[EutilsClient]:
    with closing(a_client(server.base_url, tmp_path, batch=4, deadline_s=1.5)) as client:
        yield client


@pytest.fixture
def hasty(server: EutilsServer, tmp_path: Path) -> Iterator[EutilsClient]:
    """A client that waits for nothing, so that the faults that take their time take little of it."""
    hasty = a_client(server.base_url, tmp_path, batch=4, deadline_s=0.4, timeout_s=0.1, most_bytes=200_000)
    with closing(hasty) as client:
        yield client


@pytest.fixture
def of_a_quiet_day(databases: Databases, server: EutilsServer, client: EutilsClient) -> dict[str, object]:
    """What is stored when PubMed answers well."""
    url = databases.copy("sqlite", "empty")
    with closing(Store(url)) as store:
        import_pmids(store, client, PMIDS, actor="ada")
        quiet = contents(store)
    databases.drop(url)
    return quiet


@pytest.mark.parametrize("name", KINDS)
def test_one_fault_of_each_kind_costs_no_record(
    name: str, sqlite_store: Store, client: EutilsClient, server: EutilsServer, of_a_quiet_day: dict[str, object]
) -> None:
    server.script(KINDS[name], None, KINDS[name])

    report = import_pmids(sqlite_store, client, PMIDS, actor="ada")

    assert (12, [], "complete") == (report.added, report.not_returned, report.state)
    assert of_a_quiet_day == contents(sqlite_store)


@pytest.mark.slow
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(st.sampled_from([None, *KINDS]), min_size=4, max_size=12))
@example(["stalled", "dripping", "gzip bomb", "dripping headers", "300 MB", "truncated"])
@example([None, *SLOW, "reordered"])
def test_any_mixture_of_faults_gives_the_same_or_names_what_is_missing(
    databases: Databases, client: EutilsClient, hasty: EutilsClient, server: EutilsServer,
    of_a_quiet_day: dict[str, object], faults: list[str | None],
) -> None:  # fmt: skip
    url = databases.copy("sqlite", "empty")
    server.script(*(KINDS[name] if name else None for name in faults))
    with closing(Store(url)) as store:
        try:
            report = import_query(store, hasty, QUERY, actor="ada")
            missing = set(report.not_returned)
            assert report.adds_up
        except SourceUnavailable:
            missing = set(PMIDS)
        assert {pmid: quiet for pmid, quiet in of_a_quiet_day.items() if pmid not in missing} == contents(store)
        server.forget()
        assert [] == import_query(store, client, QUERY, actor="ada").not_returned
        assert of_a_quiet_day == contents(store)
    databases.drop(url)


@pytest.mark.slow
def test_killed_importers_side_by_side_leave_every_record_once(
    database_url: str, databases: Databases, tmp_path: Path
) -> None:
    records = many_records(200)
    with a_server(records) as server:
        quiet = databases.copy("sqlite", "empty")
        with closing(Store(quiet)) as store, a_client(server.base_url, tmp_path, batch=100) as client:
            import_pmids(store, client, records, actor="ada")
            expected = contents(store)
        databases.drop(quiet)
        server.always(mixed(7, share=0.3, slow=0.01))
        told = import_under_fire(database_url, server.base_url, tmp_path, kills=4, batch=10, longest_s=1.5)
        server.always(None)
        with closing(Store(database_url)) as store:
            after = count_rows(store)
            missing = {pmid for report in told.reports for pmid in report.get("not_returned", ())}
            assert set(records) - contents(store).keys() <= missing
            with a_client(server.base_url, tmp_path, batch=100) as client:
                again = [import_query(store, client, QUERY, actor="ada") for _ in range(3)]

            assert 4 == told.done
            assert (200, expected) == (count_rows(store)["citations"], contents(store))
            assert [200, 200] == [report.unchanged for report in again[1:]]
            assert (0, 0, 0) == (after["open jobs"], after["wanted"], after["running"])
            if after["citations"] == 200:
                assert after["revisions"] == count_rows(store)["revisions"]
