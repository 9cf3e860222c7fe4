"""``/vocabulary``: the agreed words and how often each is used."""

import pytest
from starlette.testclient import TestClient

from app.vocabulary.words import vocabulary
from tests.api.serving import API, Writable, problem
from tests.factories import a_finding


def test_the_whole_holds_every_part(client: TestClient) -> None:
    whole = client.get(f"{API}/vocabulary").json()["data"]
    parts = [name for name in whole if name not in ("version", "sha256")]

    assert vocabulary().version == whole["version"]
    assert {"outcomes", "phases", "designs", "contrasts", "bases", "subjects", "substances", "named_effects"} <= set(
        parts
    )
    for name in parts:
        assert whole[name] == client.get(f"{API}/vocabulary/{name}").json()["data"]


def test_every_outcome_of_the_file_is_there(client: TestClient) -> None:
    outcomes = client.get(f"{API}/vocabulary/outcomes").json()["data"]

    assert list(vocabulary().outcomes) == [outcome["id"] for outcome in outcomes]


def test_the_counts_are_those_of_the_lists(client: TestClient) -> None:
    for word in client.get(f"{API}/vocabulary/phases").json()["data"]:
        counts = client.get(f"{API}/findings?phase={word['id']}&limit=1").json()["meta"]["counts"]

        assert (counts["findings"], counts["studies"]) == (word["findings"], word["studies"])


def test_a_group_counts_what_is_below_it(client: TestClient) -> None:
    sleep = next(each for each in client.get(f"{API}/vocabulary/outcomes").json()["data"] if each["id"] == "sleep")
    counts = client.get(f"{API}/findings?outcome=sleep&limit=1").json()["meta"]["counts"]

    assert (counts["findings"], counts["studies"]) == (
        sleep["with_narrower"]["findings"],
        sleep["with_narrower"]["studies"],
    )


def test_a_new_finding_is_counted_at_once(writable: Writable) -> None:
    def used() -> int:
        words = writable.json("/vocabulary/outcomes")["data"]
        return int(next(each["findings"] for each in words if each["id"] == "insomnia"))

    before = used()
    with writable.write() as (session, revision):
        a_finding(session, revision)

    assert before + 1 == used()


@pytest.mark.parametrize("name", ["nonsense", "phase", "Outcomes", "%00", "x" * 3_000])
def test_what_is_no_part_is_not_found_and_the_parts_are_named(client: TestClient, name: str) -> None:
    response = client.get(f"{API}/vocabulary/{name}")

    assert (404, "NotFound") == problem(response)
    assert "outcomes" in response.json()["detail"]
