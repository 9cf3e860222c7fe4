"""``/feeds``: Atom (RFC 4287) of changes, of searches, and of one outcome at one moment of use."""

from datetime import datetime
from typing import Any

import pytest
from lxml import etree
from starlette.testclient import TestClient

from app.citations.draft import CorrectionLink
from tests.api.serving import API, Writable, change, problem, retire, retract
from tests.factories import a_citation, a_finding

ATOM = "{http://www.w3.org/2005/Atom}"
FEEDS = ("/feeds/changes.atom", "/feeds/findings.atom?outcome=insomnia", "/feeds/outcomes/insomnia/active_use.atom")


def _read(client: TestClient, path: str) -> Any:
    response = client.get(path)
    assert (200, "application/atom+xml; charset=utf-8") == (response.status_code, response.headers["content-type"])
    return etree.fromstring(response.content)


def _told(root: Any, name: str) -> list[str]:
    return [entry.findtext(f"{ATOM}{name}") for entry in root.iter(f"{ATOM}entry")]


def _linked(element: Any, rel: str) -> str | None:
    return next((link.get("href") for link in element.findall(f"{ATOM}link") if link.get("rel") == rel), None)


@pytest.mark.parametrize("path", FEEDS)
def test_a_feed_has_all_that_atom_asks_for(client: TestClient, path: str) -> None:
    root = _read(client, path)
    entries = list(root.iter(f"{ATOM}entry"))
    ids = [root.findtext(f"{ATOM}id"), *_told(root, "id")]

    assert f"{ATOM}feed" == root.tag
    assert path == _linked(root, "self")
    assert entries
    assert len(ids) == len(set(ids))
    assert all(each.startswith("urn:uuid:") for each in ids)
    for element in (root, *entries):
        assert element.findtext(f"{ATOM}title")
        assert datetime.fromisoformat(element.findtext(f"{ATOM}updated")).tzinfo
    assert root.findtext(f"{ATOM}author/{ATOM}name")
    assert all(200 == client.get(_linked(entry, "alternate") or "").status_code for entry in entries)
    assert all(_told(root, "summary"))


@pytest.mark.parametrize(
    "path", [*FEEDS, f"{API}/changes", f"{API}/vocabulary", f"{API}/vocabulary/phases", f"{API}/claims"]
)
def test_whoever_holds_the_newest_is_told_so_cheaply(client: TestClient, path: str) -> None:
    tag = client.get(path).headers["etag"]
    again = client.get(path, headers={"If-None-Match": tag})

    assert (304, b"", tag) == (again.status_code, again.content, again.headers["etag"])


def test_what_was_done_last_comes_first_and_whatever_the_length_of_a_page_once(writable: Writable) -> None:
    change(writable, "study", "S1", title="one")
    change(writable, "finding", "F44", summary="two")
    retire(writable, "finding", "F45")
    following: str | None = "/feeds/changes.atom?since=1&limit=2"
    titles, ids = [], []
    while following:
        root = _read(writable.client, following)
        titles += _told(root, "title")
        ids += _told(root, "id")
        following = _linked(root, "next")

    assert ["Finding F45 given another status", "Finding F44 edited", "Study S1 edited"] == titles
    assert 3 == len(set(ids))


def test_a_finding_that_changes_keeps_its_id_and_comes_to_the_front(writable: Writable) -> None:
    before = _read(writable.client, FEEDS[1])
    change(writable, "finding", "F19", summary="Slept worse & <b>longer</b>.")
    after = _read(writable.client, FEEDS[1])

    assert set(_told(before, "id")) == set(_told(after, "id"))
    assert _told(after, "title")[0].startswith("F19 Insomnia after stopping kratom, people: ")
    assert "Slept worse & <b>longer</b>." in _told(after, "summary")[0]
    assert _told(after, "updated")[0] > _told(before, "updated")[0]
    assert _told(after, "published")[0] == _told(before, "published")[0]
    assert after.findtext(f"{ATOM}updated") == _told(after, "updated")[0]


def test_an_entry_is_newer_when_its_study_its_quotes_or_the_standing_of_its_report_changed(writable: Writable) -> None:
    pmid = writable.json("/findings/F44")["data"]["pmid"]
    path = f"/feeds/findings.atom?q={pmid}[pmid]&limit=100"
    updated = [max(_told(_read(writable.client, path), "updated"))]
    change(writable, "study", writable.json("/findings/F44")["data"]["study_id"], title="Another title")
    updated.append(max(_told(_read(writable.client, path), "updated")))
    with writable.write() as (session, revision):
        links = (CorrectionLink("ExpressionOfConcernFor", pmid),)
        a_citation(session, revision, title="Concern", source="pubmed", corrections=links)
    root = _read(writable.client, path)

    assert any("expression of concern" in title for title in _told(root, "title"))
    assert updated[0] < updated[1] < min(_told(root, "updated"))


def test_a_retraction_is_news_of_the_changes_and_takes_findings_out_of_the_rest(writable: Writable) -> None:
    path = "/feeds/outcomes/insomnia/active_use.atom"
    before = _told(_read(writable.client, path), "title")
    retract(writable, "33868054")
    standing = _read(writable.client, "/feeds/changes.atom?op=standing")

    assert ["Citation R11 given another standing"] == _told(standing, "title")
    assert [title for title in before if not title.startswith("F44 ")] == _told(_read(writable.client, path), "title")


def test_a_feed_keeps_the_text_of_drafts_to_itself(writable: Writable) -> None:
    with writable.write() as (session, revision):
        a_finding(session, revision, status="draft", summary="Half a sentence")

    for path in ("/feeds/changes.atom?since=1", "/feeds/findings.atom?limit=100"):
        assert "Half a sentence" not in writable.client.get(path).text


def test_text_that_xml_cannot_hold_is_replaced(writable: Writable) -> None:
    change(writable, "finding", "F19", summary="a\x0bb ]]> &amp; \ufffe \U0001f334")
    summary = _told(_read(writable.client, FEEDS[1]), "summary")[0]

    assert summary.startswith("a\ufffdb ]]> &amp; \ufffd \U0001f334")


def test_an_outcome_at_a_moment_is_the_search_for_both(client: TestClient) -> None:
    one = _read(client, "/feeds/outcomes/sleep/withdrawal.atom?subject=human&limit=100")
    other = _read(client, "/feeds/findings.atom?outcome=sleep&phase=withdrawal&subject=human&limit=100")
    total = client.get(f"{API}/findings?outcome=sleep&phase=withdrawal&subject=human").json()["page"]["total"]

    assert _told(one, "title") == _told(other, "title")
    assert total == len(_told(one, "id"))
    assert one.findtext(f"{ATOM}id") == other.findtext(f"{ATOM}id")


def test_a_search_that_finds_nothing_has_a_feed_too(client: TestClient) -> None:
    root = _read(client, "/feeds/findings.atom?country=ZZ")

    assert ([], "1970-01-01T00:00:00.000Z") == (_told(root, "id"), root.findtext(f"{ATOM}updated"))


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/feeds/findings.atom?phase=sleeping", (422, "UnknownValue")),
        ("/feeds/findings.atom?sort=year", (422, "UnknownParameter")),
        ("/feeds/findings.atom?as_of=1", (422, "UnknownParameter")),
        ("/feeds/findings.atom?cursor=abc", (422, "MalformedCursor")),
        ("/feeds/findings.atom?status=draft", (403, "Forbidden")),
        ("/feeds/changes.atom?since=soon", (422, "UnknownValue")),
        ("/feeds/changes.atom?q=sleep", (422, "UnknownParameter")),
        ("/feeds/outcomes/insomnia/soon.atom", (422, "UnknownValue")),
        ("/feeds/outcomes/cravings/active_use.atom", (422, "AmbiguousWord")),
        ("/feeds/outcomes/insomnia/active_use.atom?phase=active_use", (422, "UnknownParameter")),
        ("/feeds/everything.atom", (404, "NotFound")),
    ],
)
def test_what_is_no_feed_is_refused(client: TestClient, path: str, expected: tuple[int, str]) -> None:
    assert expected == problem(client.get(path))


def test_feeds_are_found_below_the_api_too(client: TestClient) -> None:
    response = client.get(f"{API}{FEEDS[1]}")

    assert (308, FEEDS[1]) == (response.status_code, response.headers["location"])
