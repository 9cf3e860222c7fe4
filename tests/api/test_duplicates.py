"""The queue of possible duplicates over REST, and merged and linked records as readers meet them."""

from typing import Any
from urllib.parse import quote

import pytest

from app.citations import duplicates
from app.citations import merging as citations_merging
from app.citations import store as citations
from app.citations.draft import Identifier
from app.curation import merging
from app.models.study import Study
from tests.api.serving import API, Writable, all_pages, problem
from tests.citations.duplicate_pairs import PAIRS
from tests.factories import a_citation, a_finding, a_study

BY_NAME = {pair.name: pair for pair in PAIRS}


@pytest.fixture
def queue(writable: Writable) -> Writable:
    """A service over the starter corpus and the gold pairs, with the queue of what may be duplicates."""
    with writable.write() as (session, revision):
        for pair in PAIRS:
            for draft in (pair.first, pair.second):
                citations.add(session, revision, [draft])
        while duplicates.find(session).looked_at:
            pass
    return writable


def _by_titles(queue: Writable, name: str, state: str = "open") -> Any:
    """The pair of the gold table in the queue."""
    wanted = BY_NAME[name]
    titles = {wanted.first.title, wanted.second.title}
    for row in all_pages(queue.client, f"{API}/duplicates?state={state}&limit=100"):
        (title,) = (field for field in row["fields"] if field["field"] == "title")
        if {title["first"], title["second"]} == titles:
            return row
    raise AssertionError(name)


def test_the_queue_shows_both_records_side_by_side(queue: Writable) -> None:
    pair = _by_titles(queue, "a journal in full and in short")
    fields = {field["field"]: field for field in pair["fields"]}

    assert ("open", "merge") == (pair["state"], pair["offer"])
    assert "same journal" in pair["speaks_for"]
    assert (None, "30204686", None) == tuple(fields["pmid"][name] for name in ("first", "second", "agree"))
    assert fields["title"]["agree"]
    assert pair["second"] == pair["suggested_keep"]
    assert pair == queue.json(f"/duplicates/{pair['id']}")["data"]


def test_the_queue_is_paged_without_a_gap_the_most_alike_first(queue: Writable) -> None:
    whole = queue.json("/duplicates?limit=100")
    paged = list(all_pages(queue.client, f"{API}/duplicates?limit=3"))
    scores = [pair["score"] for pair in paged]

    assert whole["data"] == paged
    assert sorted(scores, reverse=True) == scores
    assert len(paged) == whole["page"]["total"] == whole["meta"]["counts"]["open"]
    assert 0 == whole["meta"]["not_compared"]


def test_what_a_rule_set_aside_is_shown_with_the_rule(queue: Writable) -> None:
    pair = _by_titles(queue, "case 1 and case 2", "blocked")

    assert "parts of a series: 1 and 2" == pair["block"]


def test_the_queue_of_one_record(queue: Writable) -> None:
    pair = _by_titles(queue, "a journal in full and in short")
    found = queue.json(f"/duplicates?citation={pair['first']}")["data"]

    assert [pair["id"]] == [row["id"] for row in found]


@pytest.mark.parametrize(("asked", "kind", "status"), [
    ("/duplicates?state=all", "UnknownValue", 422), ("/duplicates?colour=red", "UnknownParameter", 422),
    ("/duplicates?citation=12", "NotFound", 404), ("/duplicates/D999999", "NotFound", 404), ("/duplicates/R1", "NotFound", 404),
    ("/duplicates?cursor=x", "MalformedCursor", 422),
])  # fmt: skip
def test_what_the_queue_does_not_know_it_says(queue: Writable, asked: str, kind: str, status: int) -> None:
    assert (status, kind) == problem(queue.get(asked))


def test_a_merged_record_is_left_out_of_lists_and_exports_and_shown_on_the_other(queue: Writable) -> None:
    pair = _by_titles(queue, "a journal in full and in short")
    gone, kept = pair["first"], pair["second"]
    before = queue.tag(f"/citations/{kept}")
    with queue.write() as (session, revision):
        merging.merge(session, revision, int(gone[1:]), int(kept[1:]), note="one paper")
    record = queue.json(f"/citations/{kept}")["data"]
    listed = [row["id"] for row in all_pages(queue.client, f"{API}/citations?limit=100")]
    exported = queue.get("/export/citations.csv").text.splitlines()
    redirect = queue.get(f"/citations/{gone}")

    assert [(gone, "ris", "one paper")] == [(one["id"], one["source"], one["note"]) for one in record["merged"]]
    assert before != queue.tag(f"/citations/{kept}")
    assert (1, 0) == (listed.count(kept), listed.count(gone))
    assert (1, 0) == tuple(sum(line.startswith(f"{each},") for line in exported) for each in (kept, gone))
    assert (301, kept) == (redirect.status_code, redirect.json()["merged_into"])
    assert '"2.0"' == redirect.headers["etag"]


@pytest.mark.parametrize("sort", ["relevance", "year", "n"])
def test_the_identifiers_of_a_merged_record_find_the_one_that_stands_for_it(writable: Writable, sort: str) -> None:
    doi = (Identifier("doi", "10.1000/gone"), Identifier("pmid", "98765432"))
    with writable.write() as (session, revision):
        gone, kept = a_citation(session, revision, identifiers=doi, title="Gone"), a_citation(session, revision)
        study = a_study(session, revision, reports=(kept,)).id
        a_finding(session, revision, session.get(Study, study), report_id=kept)
        citations_merging.absorb(session, revision, gone, kept, confirmed=("different_pmids",))

    for said in ("98765432[pmid]", '"10.1000/gone"[doi]', "98765432[pmid] AND kratom"):
        for path, found in (("citations", f"R{kept}"), ("studies", f"S{study}")):
            rows = writable.json(f"/{path}?q={quote(said)}&sort={sort}")["data"]

            assert [found] == [row["id"] for row in rows], (said, path)
    assert f"R{kept}" not in {
        row["id"]
        for row in writable.json(f"/citations?q={quote('kratom NOT 98765432[pmid]')}&sort={sort}&limit=100")["data"]
    }


def test_a_merge_is_in_the_change_feed_and_undoing_it_is_no_tombstone(queue: Writable) -> None:
    pair = _by_titles(queue, "a journal in full and in short")
    start = queue.json("/changes?since=0&limit=1")["meta"]["data_revision"]
    numbers = [int(pair[name][1:]) for name in ("first", "second")]
    with queue.write() as (session, revision):
        merging.merge(session, revision, *numbers)
    with queue.write() as (session, revision):
        merging.unmerge(session, revision, numbers[0])
    feed = queue.json(f"/changes?since={start}&kind=citation&op=merge")["data"]
    decided = queue.json(f"/changes?since={start}&kind=duplicate")["data"]

    assert [(pair["first"], True), (pair["first"], False)] == [(row["id"], row["tombstone"]) for row in feed]
    assert [pair["id"]] * 2 == [row["id"] for row in decided]


def test_a_merged_report_of_a_study_answers_with_the_record_that_stays(queue: Writable) -> None:
    pair = _by_titles(queue, "a journal in full and in short")
    gone, kept = (int(pair[name][1:]) for name in ("first", "second"))
    with queue.write() as (session, revision):
        study = a_study(session, revision, reports=(gone,))
        finding = a_finding(session, revision, study, report_id=gone)
        study_id, finding_id = study.id, finding.id
    old = (queue.tag(f"/studies/S{study_id}"), queue.tag(f"/findings/F{finding_id}"))
    with queue.write() as (session, revision):
        merging.merge(session, revision, gone, kept)
    row = queue.json(f"/findings/F{finding_id}")["data"]
    study_out = queue.json(f"/studies/S{study_id}")["data"]

    assert (f"R{kept}", "30204686") == (row["report_id"], row["pmid"])
    assert [f"R{kept}"] == [report["id"] for report in study_out["reports"]]
    assert [f"S{study_id}"] == [each["id"] for each in queue.json("/studies?pmid=30204686")["data"]]
    assert not {queue.tag(f"/studies/S{study_id}"), queue.tag(f"/findings/F{finding_id}")} & set(old)


def test_a_linked_pair_is_shown_on_both_records_and_both_stay(queue: Writable) -> None:
    pair = _by_titles(queue, "a preprint by its type and the article")
    tags = [queue.tag(f"/citations/{pair[name]}") for name in ("first", "second")]
    with queue.write() as (session, revision):
        merging.link(session, revision, duplicates.get(session, int(pair["id"][1:])))
        study = a_study(session, revision, reports=tuple(int(pair[name][1:]) for name in ("first", "second")))
        study_id = study.id
    preprint, article = (queue.json(f"/citations/{pair[name]}")["data"]["ties"] for name in ("first", "second"))

    assert "link" == pair["offer"]
    assert [("preprint_of", pair["second"])] == [(tie["kind"], tie["id"]) for tie in preprint]
    assert [("has_preprint", pair["first"])] == [(tie["kind"], tie["id"]) for tie in article]
    assert not set(tags) & {queue.tag(f"/citations/{pair[name]}") for name in ("first", "second")}
    assert 2 == len(queue.json(f"/studies/S{study_id}")["data"]["reports"])
