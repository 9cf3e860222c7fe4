"""As of then: whatever was answered after a write is answered for ever, when it is asked for as of that write."""

import gc
from datetime import timedelta
from itertools import pairwise
from random import Random
from time import sleep
from typing import Any
from weakref import ref

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from app.citations import edit, merging, ties
from app.database import Store
from app.history import asof
from app.history.events import Revision, row_of
from app.kit.canonical import iso, now
from app.models.duplicate import CitationTie
from app.models.imports import ImportRun
from tests.api.deeds import DEEDS
from tests.api.serving import API, Writable, change, problem, retire, retract
from tests.factories import a_citation

ADDRESSES = (
    "/studies?limit=100&outcome=insomnia&sort=-year", "/studies?pmid=33868054",
    "/findings?limit=100&evidence=all", "/findings?limit=100&outcome=sleep&has=quote", "/findings?limit=100&evidence=context",
    "/findings?review_level=two_readers", "/citations?limit=100&outcome=insomnia",
    "/citations?standing=retracted&standing=deleted_upstream",
    "/outcomes/insomnia/evidence", "/outcomes/insomnia/evidence?phase=in_opioid_withdrawal&subject=human",
    "/claims/C03", "/plots/matrix", "/plots/effect-direction",
    "/plots/timeline", "/studies/S7", "/findings/F44", "/export/findings.ndjson?evidence=all",
    "/export/studies.csv", "/export/citations.ris?standing=retracted",
)  # fmt: skip


def _answer(writable: Writable, address: str, **asked: object) -> tuple[Any, ...]:
    """What an answer says, without what names the question itself; of a refusal only the status."""
    mark = "&" if "?" in address else "?"
    response = writable.get(address + mark.join(["", *(f"{name}={value}" for name, value in asked.items())]))
    if "/export/" in address:
        return response.status_code, response.headers["x-data-revision"], response.text
    if response.status_code != 200:
        return (response.status_code,)
    body = response.json()
    for name in ("query", "as_of", "svg", "expanded"):
        body.get("meta", {}).pop(name, None)
    body.get("page", {}).pop("next", None)
    if "badges" in body["data"]:
        body["data"].pop("question")
    return response.status_code, _without_as_of(body)


def _without_as_of(value: Any) -> Any:
    """``value`` without the moment that its parameters repeat, so that they lead on in the same past."""
    if isinstance(value, dict):
        return {name: _without_as_of(each) for name, each in value.items() if name != "as_of"}
    return [_without_as_of(each) for each in value] if isinstance(value, list) else value


@pytest.mark.slow
def test_what_was_answered_after_some_writes_is_answered_as_of_them(writable: Writable) -> None:
    random = Random(7)  # noqa: S311 - a series of writes that can be repeated
    deeds = random.sample(DEEDS, len(DEEDS))
    kept = []
    for some in (deeds[:1], deeds[1:4], deeds[4:8], deeds[8:]):
        kept.append((_revision(writable), {each: _answer(writable, each) for each in ADDRESSES}))
        for deed in some:
            deed(writable, random)

    for n, answers in kept:
        for address, expected in answers.items():
            assert expected == _answer(writable, address, as_of=n), (n, address)


def _revision(writable: Writable) -> int:
    return int(writable.json("/changes?limit=1")["meta"]["data_revision"])


def test_an_answer_says_of_which_state_it_is(writable: Writable) -> None:
    change(writable, "finding", "F44", summary="Another sentence.")
    then, present = (writable.json(f"/findings/F44{query}") for query in ("?as_of=1", ""))

    assert (1, 2) == (then["meta"]["data_revision"], present["meta"]["data_revision"])
    assert {"data_revision", "at", "note"} == set(then["meta"]["as_of"])
    assert 1 == then["meta"]["as_of"]["data_revision"]
    assert "today's rules and vocabulary" in then["meta"]["as_of"]["note"]
    assert "as_of" not in present["meta"]
    assert ("Another sentence.", False) == (present["data"]["summary"], "Another" in then["data"]["summary"])


def test_the_question_is_told_with_its_state(client: TestClient) -> None:
    told = [client.get(f"{API}/findings?limit=1&as_of={each}").json()["meta"]["query"] for each in ("1", "2020-01-01")]

    assert [True, True] == [
        each in query for each, query in zip(("as of data revision 1", "as of 2020-01-01"), told, strict=True)
    ]


def test_a_day_is_read_at_its_end_and_a_moment_as_it_was(writable: Writable) -> None:
    before = now()
    _dated(writable, n=1, at="2020-05-04T23:59:59.999Z")
    change(writable, "finding", "F44", summary="Another sentence.")
    answers = {
        asked: writable.json(f"/findings?evidence=all&as_of={asked}")
        for asked in (
            "2020-05-03",
            "2020-05-04",
            "2020-05-05T00:00:00%2B02:00",
            "2020-05-05T02:00:00%2B02:00",
            iso(before),
        )
    }

    assert [0, 196, 0, 196, 196] == [answer["page"]["total"] for answer in answers.values()]
    assert [0, 1, 0, 1, 1] == [answer["meta"]["data_revision"] for answer in answers.values()]
    assert "2020-05-04T23:59:59.999Z" == answers["2020-05-04"]["meta"]["as_of"]["at"]


def test_lists_of_the_past_hold_what_citations_say_today(writable: Writable) -> None:
    address = "/citations?as_of=1&year_from=2950"
    before = [writable.json(address)["page"]["total"] for _ in range(2)]
    with writable.write() as (session, revision):
        edit.edit(session, revision, 1, {"issued_on": "2951"}, actor="ada")

    assert [0, 0] == before
    assert [1, 1] == [writable.json(address)["page"]["total"] for _ in range(2)]


def test_a_past_is_kept_until_something_is_written(writable: Writable) -> None:
    engines = []
    for written in (False, False, True, False):
        if written:
            with writable.write() as (session, revision):
                a_citation(session, revision)
        with asof.reading(writable.store, "1") as session:
            engines.append(session.get_bind())

    assert [True, False, True] == [one is following for one, following in pairwise(engines)]


def test_a_store_that_was_asked_for_the_past_is_let_go_once_it_is_closed(database_url: str) -> None:
    store = Store(database_url)
    with asof.reading(store, "0"):
        pass
    store.close()
    left = ref(store)
    del store
    gc.collect()

    assert left() is None


def test_a_tie_and_a_merge_are_as_they_were(writable: Writable) -> None:
    revisions = [_revision(writable)]
    with writable.write() as (session, revision):
        one, other, gone, kept = (a_citation(session, revision, source_type=each) for each in _TYPES)
    for deed in (
        lambda *at: merging.absorb(*at, gone, kept, confirmed=("different_pmids",)),
        lambda *at: _tie(*at, one, other),
        lambda *at: ties.unlink(*at, one, other),
        lambda *at: merging.release(*at, gone),
    ):
        with writable.write() as at:
            deed(*at)
        revisions.append(_revision(writable))
        sleep(0.002)  # merges are told apart by their moment

    def told(name: str, number: int) -> list[int]:
        return [len(writable.json(f"/citations/R{number}?as_of={n}")["data"][name]) for n in revisions[1:]]

    assert [0, 1, 0, 0] == told("ties", one) == told("ties", other)
    assert [1, 1, 1, 0] == told("merged", kept)


_TYPES = ("preprint", "journal_article", "journal_article", "journal_article")


def _tie(session: Session, revision: Revision, one: int, other: int) -> None:
    tie = CitationTie(kind="preprint_of", from_id=one, to_id=other, noted_at=now(), noted_by="ada")
    session.add(tie)
    session.flush()
    revision.note("citation_tie", tie.id, op="add", after=row_of(tie))


def _dated(writable: Writable, *, n: int, at: str) -> None:
    """Give a data revision another date, past what seals the log."""
    with writable.store.writing() as session:
        sqlite = writable.store.is_sqlite
        session.execute(
            text("DROP TRIGGER data_revision_no_update" if sqlite else "DROP FUNCTION refuse_rewriting() CASCADE")
        )
        session.execute(text("UPDATE data_revision SET at = :at WHERE n = :n"), {"at": at, "n": n})


@pytest.mark.parametrize("asked", ["0", "0000", "1990-01-01", "0001-01-01"])
def test_before_the_first_write_there_was_nothing_and_the_answer_says_so(client: TestClient, asked: str) -> None:
    answer = client.get(f"{API}/outcomes/insomnia/evidence?as_of={asked}").json()
    single = client.get(f"{API}/studies/S7?as_of={asked}")

    assert answer["data"]["empty_text"].startswith("No study found so far. Search: never run here; 0 records")
    assert 0 == answer["meta"]["data_revision"]
    assert (404, "NotFound") == problem(single)
    assert "as of data revision 0" in single.json()["detail"]


@pytest.mark.parametrize("asked", ["2", "99999999999999999999", "in an hour", "9999-12-31", "today"])
def test_what_has_not_come_yet_is_refused(client: TestClient, asked: str) -> None:
    asked = iso(now() + timedelta(hours=1)) if asked == "in an hour" else asked
    asked = now().date().isoformat() if asked == "today" else asked
    for path in ("/findings", "/studies/S7", "/claims", "/outcomes/insomnia/evidence", "/export/findings.csv"):
        response = client.get(f"{API}{path}?as_of={asked}")

        assert (422, "Invalid") == problem(response)
        assert "as_of" == response.json()["errors"][0]["field"]
        assert "newest" in response.json()["detail"]


@pytest.mark.parametrize("asked", ["-1", "1.5", "R3", "٣", "2026-13-01", "2026-02-30", "soon", "1;DROP TABLE study",
     "9999-12-31T23:59:59-23:59"])  # fmt: skip
def test_what_is_no_state_is_refused_by_name(client: TestClient, asked: str) -> None:
    response = client.get(f"{API}/findings", params={"as_of": asked})

    assert (422, "UnknownValue") == problem(response)
    assert "as_of" == response.json()["errors"][0]["field"]


def test_words_are_not_searched_in_an_earlier_state(client: TestClient) -> None:
    for path in (
        "/findings",
        "/citations",
        "/outcomes/insomnia/evidence",
        "/plots/matrix.svg",
        "/export/studies.ndjson",
    ):
        response = client.get(f"{API}{path}?q=kratom&as_of=1")

        assert (422, "Invalid") == problem(response)
        assert "as_of and q cannot be asked together" in response.json()["detail"]


def test_facets_are_not_counted_in_an_earlier_state(client: TestClient) -> None:
    for path in ("/findings", "/studies", "/citations"):
        response = client.get(f"{API}{path}?facets=design&as_of=1")

        assert (422, "Invalid") == problem(response)
        assert "as_of and facets cannot be asked together" in response.json()["detail"]


def test_an_earlier_state_is_asked_for_once_and_where_it_has_a_meaning(client: TestClient) -> None:
    assert (422, "Invalid") == problem(client.get(f"{API}/findings/F44?as_of=1&as_of=0"))
    assert client.get(f"{API}/findings?as_of=&limit=1").json() == client.get(f"{API}/findings?limit=1&as_of=").json()
    for path in ("/changes", "/imports", "/vocabulary", "/plots/prisma", "/plots/prisma.svg"):
        assert (422, "UnknownParameter") == problem(client.get(f"{API}{path}?as_of=1"))


def test_an_address_of_an_earlier_state_outlives_merging_and_retiring(writable: Writable) -> None:
    addresses = ("/studies/S7?as_of=1", "/findings/F44?as_of=1", "/outcomes/insomnia/evidence?as_of=1")
    before = [(writable.tag(each), writable.json(each)) for each in addresses]
    retire(writable, "finding", "F44")
    change(writable, "study", "S7", op="merge", status="retired", retired_reason="one study", merged_into=8)
    moved, gone = writable.get("/studies/S7?as_of=3"), writable.get("/findings/F44?as_of=2")

    assert before == [(writable.tag(each), writable.json(each)) for each in addresses]
    assert (301, f"{API}/studies/S8?as_of=3") == (moved.status_code, moved.headers["location"])
    present = writable.get("/studies/S7")
    assert (301, f"{API}/studies/S8") == (present.status_code, present.headers["location"])
    assert [(410, "Gone"), (410, "Gone")] == [problem(gone), problem(writable.get("/findings/F44"))]
    assert 200 == writable.get("/studies/S7?as_of=2").status_code


def test_a_kept_answer_of_an_earlier_state_is_confirmed_until_it_differs(writable: Writable) -> None:
    address = "/findings/F44?as_of=1"
    tag = writable.tag(address)
    retract(writable, "33868054")
    assert 304 == writable.get(address, **{"If-None-Match": tag}).status_code
    with writable.store.writing() as session:
        session.execute(text("UPDATE citation SET title = 'Retitled' WHERE id = 11"))
    again = writable.get(address, **{"If-None-Match": tag})

    assert (200, "Retitled") == (again.status_code, again.json()["data"]["report_title"])


def test_the_last_search_is_that_of_then(writable: Writable) -> None:
    _a_search(writable, at := now())
    paths = [
        f"/outcomes/insomnia/evidence?as_of={iso(each)}"
        for each in (at - timedelta(seconds=1), at + timedelta(milliseconds=1))
    ]

    assert [None, "kratom"] == [
        search and search["query"]
        for search in (writable.json(path)["data"]["collection"]["last_search"] for path in paths)
    ]


def _a_search(writable: Writable, at: Any) -> None:
    counts = dict.fromkeys(
        ("asked", "added", "changed", "unchanged", "repeated", "rejected", "not_returned", "deleted"), 0
    )
    with writable.store.writing() as session:
        session.add(
            ImportRun(kind="pubmed_query", asked_for="kratom", warnings=[], program_version="1", actor="ada", holder="here:1",
                      state="complete", started_at=at, ended_at=at, unknown_elements={}, **counts)
        )  # fmt: skip
