"""Results larger than PubMed lists: split until every part is whole, or refused with the count; never a silent 9,999."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from app import errors
from app.importing.pubmed.client import HIGHEST_COUNT, EutilsClient
from app.importing.pubmed.pacing import Pace
from app.importing.pubmed.searching import MOST_HITS, find_all
from tests.importing.pubmed import eutils_server as faults
from tests.importing.pubmed.eutils_index import Found
from tests.importing.pubmed.eutils_server import EutilsServer, Exchange
from tests.importing.pubmed.test_client import quick_options

QUERY = "kratom[tiab] OR sleep[tiab]"
MANY = [str(30_000_000 - 7 * n) for n in range(25_000)]
DAYS = [f"{year}/{month:02}/{day:02}" for year in (1949, 1998, 2007, 2019, 2024) for month in (1, 6) for day in (3, 28)]


@pytest.fixture
def server() -> Iterator[EutilsServer]:
    with EutilsServer() as server:
        server.searches[QUERY] = Found(MANY, translation="kratom[Title/Abstract]", warnings={"PhraseIgnored": ["the"]})
        server.index.entered = {pmid: DAYS[n % len(DAYS)] for n, pmid in enumerate(MANY)}
        yield server


@pytest.fixture
def client(server: EutilsServer, tmp_path: Path) -> Iterator[EutilsClient]:
    pace = Pace(tmp_path / "pace", limit=16, spacing_s=0, window_s=0.001)
    with closing(EutilsClient(quick_options(server.base_url, tmp_path), pace=pace)) as client:
        yield client


def test_a_large_result_is_found_whole_by_days_of_entry(server: EutilsServer, client: EutilsClient) -> None:
    answer = find_all(client, QUERY)

    assert (25_000, set(MANY)) == (answer.count, set(answer.pmids))
    assert ("kratom[Title/Abstract]", ("PubMed ignored the phrase “the”.",)) == (answer.translation, answer.warnings)
    assert all(QUERY in request.params["term"] for request in server.log)


def test_a_day_that_is_still_too_large_is_split_by_pmids(server: EutilsServer, client: EutilsClient) -> None:
    server.index.entered = dict.fromkeys(MANY, "1998/06/28")

    answer = find_all(client, QUERY)

    assert (25_000, set(MANY)) == (answer.count, set(answer.pmids))
    assert any("[uid]" in request.params["term"] for request in server.log)


@pytest.mark.parametrize("size", [HIGHEST_COUNT, HIGHEST_COUNT + 1, HIGHEST_COUNT + 2])
def test_no_record_is_lost_around_the_ceiling(server: EutilsServer, client: EutilsClient, size: int) -> None:
    server.searches[QUERY] = Found(MANY[:size])

    assert set(MANY[:size]) == set(find_all(client, QUERY).pmids)


def test_more_than_is_taken_is_refused_with_the_count(server: EutilsServer, client: EutilsClient) -> None:
    server.searches[QUERY] = Found(MANY, count=MOST_HITS + 1)

    with pytest.raises(errors.SourceRefused, match=f"finds {MOST_HITS + 1:,} records .* Narrow it"):
        find_all(client, QUERY)
    assert 1 == len(server.log)


def test_a_source_that_does_not_understand_ranges_is_refused(server: EutilsServer, client: EutilsClient) -> None:
    def deaf(exchange: Exchange) -> None:
        exchange.request.params["term"] = QUERY
        exchange.send(exchange.usual())

    server.always(deaf)

    with pytest.raises(errors.SourceRefused, match=r"finds 25,000 records .* could not be split"):
        find_all(client, QUERY)


def test_an_index_that_grows_meanwhile_is_read_again(server: EutilsServer, client: EutilsClient) -> None:
    def growing(exchange: Exchange) -> None:
        server.searches[QUERY] = Found([*MANY, "30000001"])
        exchange.send(exchange.usual())

    server.script(None, None, growing)

    assert {*MANY, "30000001"} == set(find_all(client, QUERY).pmids)


def test_parts_that_are_not_the_whole_are_not_used(server: EutilsServer, client: EutilsClient) -> None:
    server.searches[QUERY] = Found(MANY, count=25_001)

    with pytest.raises(errors.SourceUnavailable, match=r"announced 25,001 .* listed 25,000 in parts"):
        find_all(client, QUERY)


def test_faults_on_the_way_do_not_change_what_is_found(server: EutilsServer, client: EutilsClient) -> None:
    server.script(None, faults.html_page(), faults.cut(), None, faults.rate_limited(), None, faults.relayed_502())

    assert set(MANY) == set(find_all(client, QUERY).pmids)
