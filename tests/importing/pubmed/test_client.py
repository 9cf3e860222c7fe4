import logging
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from email.utils import formatdate
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import pytest
from lxml import etree

from app import errors
from app.importing.pubmed.client import HIGHEST_COUNT, ClientOptions, EutilsClient
from app.importing.pubmed.pacing import Pace
from app.importing.pubmed.searching import find_all
from tests.importing.pubmed import eutils_server as faults
from tests.importing.pubmed.eutils_server import EutilsServer, Fault, Found, a_record

KEY = "0123456789abcdef+secret/key"
PMIDS = [str(pmid) for pmid in range(30000001, 30000007)]
QUERY = '("Mitragyna"[Mesh] OR kratom[tiab]) AND  µ & 50% + "opioid withdrawal"'

Asking = Callable[..., EutilsClient]


@pytest.fixture
def server() -> Iterator[EutilsServer]:
    with EutilsServer({pmid: a_record(pmid) for pmid in PMIDS}) as server:
        server.searches[QUERY] = Found(PMIDS, translation="kratom[Title/Abstract]")
        yield server


@pytest.fixture
def asking(server: EutilsServer, tmp_path: Path) -> Iterator[Asking]:
    """Make clients that try quickly and are not held back by a pace, closed at the end."""
    made: list[EutilsClient] = []

    def make(**changed: Any) -> EutilsClient:
        options = quick_options(server.base_url, tmp_path)
        pace = Pace(tmp_path / "pace", limit=16, spacing_s=0, window_s=0.001)
        made.append(EutilsClient(replace(options, **changed), pace=pace))
        return made[-1]

    yield make
    for client in made:
        client.close()


def quick_options(base_url: str, folder: Path) -> ClientOptions:
    return ClientOptions(
        base_url=base_url,
        tool="kratom-evidence-tests",
        email="curator@example.org",
        api_key=KEY,
        pacing_file=folder / "pace",
        timeout_s=5.0,
        deadline_s=10.0,
        attempts=3,
        backoff_s=0.02,
        batch_size=3,
    )


def received(client: EutilsClient, pmids: list[str]) -> list[list[str] | str | None]:
    """What came for each batch: the PMIDs in their order, or the failure."""
    outcome: list[list[str] | str | None] = []
    for batch in client.fetch(pmids):
        if batch.body is None:
            outcome.append(batch.failure)
        else:
            outcome.append([str(e.text) for e in etree.fromstring(batch.body.read()).iter("PMID")])
    return outcome


# What is sent


def test_a_query_is_sent_unchanged_and_finds_its_pmids_in_order(server: EutilsServer, asking: Asking) -> None:
    answer = find_all(asking(), QUERY)

    assert (tuple(PMIDS), 6, "kratom[Title/Abstract]", ()) == (
        answer.pmids,
        answer.count,
        answer.translation,
        answer.warnings,
    )
    assert QUERY == server.log[0].params["term"]


def test_tool_email_and_key_go_with_every_request_in_the_body(server: EutilsServer, asking: Asking) -> None:
    client = asking()
    find_all(client, QUERY)
    received(client, PMIDS)

    assert 3 == len(server.log)
    for request in server.log:
        sent = {name: request.params[name] for name in ("tool", "email", "api_key", "db", "retmode")}
        assert {
            "tool": "kratom-evidence-tests",
            "email": "curator@example.org",
            "api_key": KEY,
            "db": "pubmed",
            "retmode": "xml",
        } == sent
        assert ("POST", "") == (request.method, request.query)


def test_what_is_not_set_is_not_sent(server: EutilsServer, asking: Asking) -> None:
    find_all(asking(email=None, api_key=None), QUERY)

    assert set() == {"email", "api_key"} & server.log[0].params.keys()


def test_ids_are_asked_for_in_batches(server: EutilsServer, asking: Asking) -> None:
    pmids = PMIDS[:5]

    assert [pmids[:3], pmids[3:]] == received(asking(), pmids)
    assert [pmids[:3], pmids[3:]] == [request.ids for request in server.log]


def test_long_id_lists_fit_into_one_request(server: EutilsServer, asking: Asking) -> None:
    many = [str(pmid) for pmid in range(10_000_000, 10_001_000)]

    assert [[]] == received(asking(batch_size=1000), many)
    assert many == server.log[0].ids


def test_a_body_is_closed_when_the_next_batch_is_asked_for(asking: Asking) -> None:
    with closing(asking().fetch(PMIDS)) as batches:
        first = next(batches)
        assert first.body is not None
        assert not first.body.closed
        next(batches)

    assert first.body.closed


# Searches larger than a page


def test_a_search_is_read_page_by_page(server: EutilsServer, asking: Asking) -> None:
    answer = find_all(asking(page_size=4), QUERY)

    assert tuple(PMIDS) == answer.pmids
    assert [("0", "4"), ("4", "4")] == [(r.params["retstart"], r.params["retmax"]) for r in server.log]


def test_a_result_at_the_ceiling_is_read_whole(server: EutilsServer, asking: Asking) -> None:
    server.searches["large"] = Found([str(20_000_000 + n) for n in range(HIGHEST_COUNT)])

    assert HIGHEST_COUNT == len(find_all(asking(), "large").pmids)


def test_a_search_that_lists_fewer_ids_than_announced_is_read_again_then_not_used(
    server: EutilsServer, asking: Asking
) -> None:
    server.searches["short"] = Found(PMIDS, count=8)

    with pytest.raises(errors.SourceUnavailable, match="announced 8 PMIDs for the search and listed 6"):
        find_all(asking(), "short")
    assert ["0", "6", "0", "6"] == [request.params["retstart"] for request in server.log]


def test_a_search_without_hits_is_an_answer(asking: Asking, server: EutilsServer) -> None:
    server.searches["nothing"] = Found([], warnings={"OutputMessage": ["No items found."]})
    answer = find_all(asking(), "nothing")

    assert ((), 0, ("PubMed says: No items found.",)) == (answer.pmids, answer.count, answer.warnings)


def test_what_pubmed_left_out_of_a_query_is_said_once_in_sentences(server: EutilsServer, asking: Asking) -> None:
    server.searches["broad"] = Found(
        PMIDS,
        translation="J[au]",
        errors={"PhraseNotFound": ["Charles-rawlins"], "FieldNotFound": ["NoSuchField"]},
        warnings={"QuotedPhraseNotFound": ['"ketum tea"'], "PhraseIgnored": ["the"]},
    )

    assert (
        "PubMed does not know the phrase “Charles-rawlins” and searched without it.",
        "PubMed does not know the search field “NoSuchField” and searched without it.",
        'PubMed does not know the quoted phrase “"ketum tea"” and did not search for it as a phrase.',
        "PubMed ignored the phrase “the”.",
    ) == find_all(asking(page_size=4), "broad").warnings


# Faults that pass

TRANSIENT = {
    "429 without Retry-After": faults.rate_limited(),
    "429 with Retry-After": faults.rate_limited("0"),
    "429 with an unreadable Retry-After": faults.rate_limited("soon"),
    "500": faults.server_error(500),
    "502": faults.server_error(502),
    "503": faults.server_error(503),
    "504": faults.server_error(504),
    "500 as an HTML page": faults.html_page(500),
    "HTML page in a 200": faults.html_page(),
    "XHTML page in a 200": faults.answering(
        '<?xml version="1.0"?>\n<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "x.dtd">\n<html></html>'
    ),
    "empty 200": faults.empty(),
    "blank 200": faults.answering("\n \n"),
    "error element in a 200": faults.error_element("NCBI C++ Exception: Error: EUTILSAPP(CException::eInvalid)"),
    "error at the end of data": faults.answering("<PubmedArticleSet><ERROR>read failed</ERROR></PubmedArticleSet>"),
    "error as JSON in a 200": faults.json_error(),
    "Search Backend failed": faults.backend_failed(),
    "400 relaying a 502": faults.relayed_502(),
    "plain text": faults.answering("30049270", content_type="text/plain"),
    "a document of another kind": faults.answering("<eSummaryResult></eSummaryResult>"),
    "connection cut in the body": faults.cut(),
    "connection cut without announced length": faults.cut(announced=False),
    "connection cut in a compressed body": faults.cut(announced=False, compressed=True),
    "connection cut before the answer": faults.hung_up(),
    "truncated XML": faults.truncated(),
    "XML without its last character": faults.truncated(0.999),
    "damaged compression": faults.answering(b"\x1f\x8b\x08nonsense", Content_Encoding="gzip"),
    "an encoding nobody asked for": faults.answering(b"\x0b", Content_Encoding="br"),
}


@pytest.mark.parametrize("fault", TRANSIENT.values(), ids=TRANSIENT)
def test_a_search_and_a_fetch_outlive_a_passing_fault(server: EutilsServer, asking: Asking, fault: Fault) -> None:
    server.script(fault, None, fault, None)
    client = asking()

    assert tuple(PMIDS) == find_all(client, QUERY).pmids
    assert [PMIDS[:3]] == received(client, PMIDS[:3])
    assert 4 == len(server.log)


@pytest.mark.parametrize("fault", TRANSIENT.values(), ids=TRANSIENT)
def test_a_fault_that_stays_parks_its_batch_by_name_and_the_run_goes_on(
    server: EutilsServer, asking: Asking, fault: Fault
) -> None:
    server.script(fault, fault)
    parked, fetched = received(asking(attempts=2), PMIDS)

    assert isinstance(parked, str)
    assert parked.startswith(f"3 PMIDs (30000001 … 30000003): 127.0.0.1:{server.base_url.split(':')[2].split('/')[0]} ")
    assert PMIDS[3:] == fetched


@pytest.mark.parametrize("fault", [faults.server_error(503), faults.empty(), faults.cut()])
def test_a_search_under_a_fault_that_stays_says_what_where_and_what_to_do(
    server: EutilsServer, asking: Asking, fault: Fault
) -> None:
    server.always(fault)

    with pytest.raises(errors.SourceUnavailable, match=r"^127\.0\.0\.1:\d+ \(esearch\.fcgi, attempt 3\): .*later\.$"):
        find_all(asking(), QUERY)


def test_a_malformed_search_answer_is_asked_for_again(server: EutilsServer, asking: Asking) -> None:
    server.script(faults.answering("<eSearchResult><Count>1</Count><IdList></eSearchResult>"))

    assert tuple(PMIDS) == find_all(asking(), QUERY).pmids


# Faults that stay

FINAL = {
    "ID list is empty": faults.error_element("ID list is empty! Possibly it has no correct IDs.", status=400),
    "out of range": faults.error_element(
        "Cannot retrieve history data: OUT OF RANGE. History includes 1 IDs.", status=400
    ),
    "id parameter is empty, in a 200": faults.error_element("Supplied id parameter is empty."),
    "JSON with a raw newline": faults.json_with_raw_newline(),
    "414": faults.answering("<html></html>", status=414),
    "compression bomb": faults.gzip_bomb(5_000_000),
    "huge body": faults.huge(5_000_000),
    "declared entities": faults.answering('<!DOCTYPE a [<!ENTITY b "c">]>\n<PubmedArticleSet></PubmedArticleSet>'),
}


@pytest.mark.parametrize("fault", list(FINAL.values())[:-1], ids=list(FINAL)[:-1])
def test_a_final_fault_parks_its_batch_at_once_and_the_run_goes_on(
    server: EutilsServer, asking: Asking, fault: Fault
) -> None:
    server.script(fault)
    parked, fetched = received(asking(max_body_bytes=1_000_000), PMIDS)

    assert isinstance(parked, str)
    assert PMIDS[3:] == fetched
    assert 2 == len(server.log)


def test_a_final_fault_in_a_search_is_refused_with_pubmeds_words(asking: Asking) -> None:
    with pytest.raises(errors.SourceRefused, match="Empty term and query_key - nothing todo"):
        find_all(asking(), "")


@pytest.mark.parametrize("fault", [faults.key_refused(), faults.server_error(403), faults.server_error(404)])
def test_what_would_refuse_every_batch_ends_the_run(server: EutilsServer, asking: Asking, fault: Fault) -> None:
    server.always(fault)

    with pytest.raises(errors.SourceRefused, match="Asking again will not help"):
        received(asking(), PMIDS)
    assert 1 == len(server.log)


def test_a_redirect_is_not_followed(server: EutilsServer, asking: Asking) -> None:
    server.always(faults.answering("", status=301, Location=server.base_url))

    with pytest.raises(errors.SourceRefused, match="the service is at another address"):
        find_all(asking(), QUERY)
    assert 1 == len(server.log)


def test_a_compression_bomb_is_left_before_it_unfolds(server: EutilsServer, asking: Asking) -> None:
    server.script(faults.gzip_bomb(100_000_000))
    tracemalloc.start()
    (parked,) = received(asking(max_body_bytes=1_000_000), PMIDS[:3])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert "the answer is larger than 1,000,000 bytes" in str(parked)
    assert peak < 8_000_000


# What only the caller can see is handed on whole


def test_missing_reordered_and_repeated_records_are_handed_on_as_they_came(
    server: EutilsServer, asking: Asking
) -> None:
    server.script(faults.short(1), faults.reordered(), faults.duplicated())

    assert [PMIDS[:1], PMIDS[5:2:-1], [*PMIDS[:3], *PMIDS[:3]]] == received(asking(), [*PMIDS, *PMIDS[:3]])


def test_a_batch_of_unknown_pmids_is_an_empty_whole_answer(asking: Asking) -> None:
    assert [[]] == received(asking(), ["99999999"])


# Time


def test_a_wish_to_be_left_alone_is_honoured(server: EutilsServer, asking: Asking) -> None:
    server.script(faults.rate_limited("1"))
    find_all(asking(), QUERY)

    assert server.log[1].at - server.log[0].at >= 1.0


@pytest.mark.parametrize(
    "wish", [lambda: "3600", lambda: formatdate(time.time() + 3600, usegmt=True)], ids=["seconds", "date"]
)
def test_a_wish_longer_than_the_deadline_is_passed_on_at_once(
    server: EutilsServer, asking: Asking, wish: Callable[[], str]
) -> None:
    server.always(faults.rate_limited(wish()))
    started = time.monotonic()

    with pytest.raises(errors.SourceUnavailable) as raised:
        find_all(asking(), QUERY)
    assert 3600 == pytest.approx(raised.value.retry_after_s, abs=600)
    assert time.monotonic() - started < 1


def test_a_silent_source_is_asked_again(server: EutilsServer, asking: Asking) -> None:
    server.script(faults.stalled())

    assert tuple(PMIDS) == find_all(asking(timeout_s=0.3), QUERY).pmids
    assert 2 == len(server.log)


@pytest.mark.parametrize("fault", [faults.dripping(), faults.dripping(headers=True)])
def test_no_answer_outlives_the_deadline(server: EutilsServer, asking: Asking, fault: Fault) -> None:
    server.always(fault)
    started = time.monotonic()
    (parked,) = received(asking(deadline_s=0.6), PMIDS[:3])

    assert "no whole answer came within 0.6 s" in str(parked)
    assert 0.5 < time.monotonic() - started < 1.5


def test_after_three_parked_batches_each_is_tried_once_until_one_succeeds(server: EutilsServer, asking: Asking) -> None:
    server.script(*[faults.server_error()] * 7, None, faults.server_error())
    outcome = received(asking(attempts=2, batch_size=1), PMIDS)

    assert [True, True, True, True, False, False] == [isinstance(batch, str) for batch in outcome]
    assert 10 == len(server.log)


@pytest.mark.parametrize("fault", [faults.stalled(), faults.dripping(), faults.rate_limited("60")])
def test_a_client_can_be_called_off_in_the_middle(server: EutilsServer, asking: Asking, fault: Fault) -> None:
    server.always(fault)
    client = asking(timeout_s=30.0, deadline_s=120.0)
    timer = threading.Timer(0.3, client.cancel)
    timer.start()
    started = time.monotonic()

    with pytest.raises(errors.SourceUnavailable, match="called off"):
        received(client, PMIDS)
    timer.join()
    assert time.monotonic() - started < 1.5


def test_a_closed_client_asks_nothing(server: EutilsServer, asking: Asking) -> None:
    client = asking()
    client.close()

    with pytest.raises(errors.SourceUnavailable, match="called off"):
        find_all(client, QUERY)
    assert [] == server.log


# No network


def test_a_refused_connection_is_said_quickly(asking: Asking, tmp_path: Path) -> None:
    with EutilsServer() as gone:
        address = gone.base_url
    client = asking(base_url=address, deadline_s=120.0, backoff_s=1.0, attempts=5)
    started = time.monotonic()

    with pytest.raises(errors.SourceUnavailable, match=r"no connection .* Check the network"):
        find_all(client, QUERY)
    with pytest.raises(errors.SourceUnavailable, match="Check the network"):
        received(client, PMIDS)
    assert time.monotonic() - started < 3


def test_an_unknown_host_is_said_quickly(asking: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()
    monkeypatch.setattr(
        "socket.getaddrinfo", lambda *_, **__: over.wait() and []
    )  # a resolver whose questions get lost
    client = asking(base_url="https://eutils.invalid/entrez/eutils/", deadline_s=120.0, attempts=5)
    started = time.monotonic()

    with pytest.raises(
        errors.SourceUnavailable, match=r"eutils\.invalid .* could not be looked up.* Check the network"
    ):
        find_all(client, QUERY)
    assert time.monotonic() - started < 5
    over.set()


def test_a_service_that_vanishes_in_the_middle_parks_its_batches(server: EutilsServer, asking: Asking) -> None:
    client = asking(attempts=2)
    first, *_ = received(client, PMIDS[:3])
    server.always(faults.hung_up())

    assert [True, True] == [isinstance(batch, str) for batch in received(client, PMIDS)]
    assert PMIDS[:3] == first


@pytest.mark.parametrize(
    "address",
    ["eutils.ncbi.nlm.nih.gov", "ftp://host/", "https://", "https://me:word@host/", "https://host/?api_key=1"],
)
def test_an_address_that_cannot_be_asked_is_said_before_asking(asking: Asking, address: str) -> None:
    with pytest.raises(errors.UnusableSetting, match="address of the E-utilities"):
        asking(base_url=address)


# Secrets

SPEAKING = {
    **FINAL,
    "rate limited": faults.rate_limited(),
    "cut": faults.cut(),
    "hung up": faults.hung_up(),
    "key refused": faults.key_refused(),
    "key in an error": faults.error_element(f"no: {KEY}"),
    "key in an error, as in a form": faults.error_element(f"no: api_key={quote_plus(KEY)}&amp;db=pubmed"),
    "key in plain text": faults.answering(f"what is {KEY}?"),
}


@pytest.mark.parametrize("fault", SPEAKING.values(), ids=SPEAKING)
def test_the_key_is_in_no_log_no_error_and_no_repr(
    server: EutilsServer, asking: Asking, fault: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    server.always(fault)
    client = asking(attempts=2, max_body_bytes=1_000_000)
    shown = [repr(client), repr(client._options)]
    with caplog.at_level(logging.DEBUG):
        with pytest.raises(errors.SourceUnavailable) as raised:
            find_all(client, QUERY)
        try:
            shown += map(str, received(client, PMIDS[:3]))
        except errors.SourceUnavailable as error:
            shown.append(repr(error))
    chain: BaseException | None = raised.value
    while chain is not None:
        shown += [repr(chain), str(chain)]
        chain = chain.__context__

    assert "" != caplog.text
    assert [] == [text for text in [*shown, caplog.text] if "secret" in text or '127.0.0.1"' in text]
