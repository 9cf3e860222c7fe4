"""``/imports``: the runs and the fate of every record."""

from typing import Any

import pytest

from app.kit.canonical import now
from app.models.imports import FATES, ImportRecord, ImportRun
from tests.api.serving import API, Writable, all_pages, problem

RECORD_FATES = ("added", "changed", "unchanged", "rejected", "not_returned")


def _run(
    writable: Writable, *, kind: str = "file", fates: tuple[str, ...] = RECORD_FATES, state: str = "complete"
) -> int:
    counts = {fate: fates.count(fate) for fate in FATES}
    moment = None if state == "running" else now()
    fields: dict[str, Any] = {
        "kind": kind,
        "asked_for": "kratom.nbib",
        "program_version": "0",
        "actor": "ada",
        "deleted": 0,
    }
    with writable.store.writing() as session:
        run = ImportRun(
            **fields, **counts, asked=len(fates), state=state, started_at=now(), ended_at=moment,
            holder="elsewhere:1", warnings=[],
            unknown_elements={},
        )  # fmt: skip
        session.add(run)
        session.flush()
        for position, fate in enumerate(fates, start=1):
            reason = "no title" if fate == "rejected" else None
            session.add(ImportRecord(run_id=run.id, position=position, fate=fate, reason=reason, citation_id=None))
        return run.id


def test_runs_stand_newest_first_on_every_page(writable: Writable) -> None:
    assert 0 == writable.json("/imports")["page"]["total"]
    runs = [_run(writable) for _ in range(5)]

    for limit in (1, 2, 100):
        rows = all_pages(writable.client, f"{API}/imports?limit={limit}")
        assert [f"I{run}" for run in reversed(runs)] == [row["id"] for row in rows]
    assert {"limit": 2, "total": 5} == {n: writable.json("/imports?limit=2")["page"][n] for n in ("limit", "total")}


def test_a_run_shows_the_records_that_need_attention(writable: Writable) -> None:
    run = _run(writable)
    body = writable.json(f"/imports/I{run}")["data"]

    assert body["asked"] == sum(body[fate] for fate in FATES)
    assert ["changed", "rejected", "not_returned"] == [record["fate"] for record in body["records"]]
    assert [None, "no title", None] == [record["reason"] for record in body["records"]]


def test_the_records_of_a_run_are_cut_to_some_fates(writable: Writable) -> None:
    run = _run(writable)
    records = writable.json(f"/imports/I{run}?fate=added&fate=unchanged&fate=added")["data"]["records"]

    assert ["added", "unchanged"] == [record["fate"] for record in records]


def test_an_unknown_fate_is_refused_with_those_there_are(writable: Writable) -> None:
    response = writable.get(f"/imports/I{_run(writable)}?fate=lost")

    assert (422, "UnknownValue") == problem(response)
    assert list(FATES) == response.json()["errors"][0]["allowed"]


@pytest.mark.parametrize("wrong", ["1", "S1", "I0", "I99", "I" + "9" * 23, "I1%00"])
def test_what_is_no_run_is_not_found(writable: Writable, wrong: str) -> None:
    assert (404, "NotFound") == problem(writable.get(f"/imports/{wrong}"))


def test_a_search_that_brought_nothing_new_is_told_at_once(writable: Writable) -> None:
    path = "/outcomes/insomnia/evidence?phase=in_opioid_withdrawal"
    before, tag = writable.json(path), writable.tag(path)
    run = _run(writable, kind="pubmed_query", fates=())
    after = writable.get(path, **{"If-None-Match": tag})

    assert before["meta"]["data_revision"] == after.json()["meta"]["data_revision"]
    assert (None, f"I{run}") == (
        before["data"]["collection"]["last_search"],
        after.json()["data"]["collection"]["last_search"]["run_id"],
    )
    assert f'"{run}.1"' == after.headers["etag"]


def test_a_run_in_progress_is_seen_as_it_goes(writable: Writable) -> None:
    run = _run(writable, state="running")
    assert "running" == writable.json(f"/imports/I{run}")["data"]["state"]
    with writable.store.writing() as session:
        stored = session.get(ImportRun, run)
        assert stored is not None
        stored.state, stored.ended_at = "complete", now()

    assert "complete" == writable.json(f"/imports/I{run}")["data"]["state"]
