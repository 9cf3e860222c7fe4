"""Deciding on possible duplicates over REST: who may, on which version, and what readers find afterwards."""

from typing import Any

import pytest
from httpx2 import Response

from app.citations import duplicates
from app.citations import store as citations
from app.history.events import latest
from tests.api.people import signed_in
from tests.api.serving import API, Writable, problem
from tests.citations.duplicate_pairs import PAIRS

BY_NAME = {pair.name: pair for pair in PAIRS}
ALIKE, PREPRINT = "a journal in full and in short", "a preprint by its type and the article"
TWICE, PARTS = "PubMed indexed one article twice", "Part I and Part II"


def _queued(writable: Writable, name: str) -> dict[str, Any]:
    """The gold pair as the only one that came, compared and shown."""
    with writable.write() as (session, revision):
        ids = [citations.add(session, revision, [draft])[0] for draft in (BY_NAME[name].first, BY_NAME[name].second)]
        while duplicates.find(session).looked_at:
            pass
        pair = duplicates.pair_of(session, *ids)
    assert pair
    found: dict[str, Any] = writable.json(f"/duplicates/D{pair.id}")["data"]
    return found


def _post(
    writable: Writable, path: str, who: dict[str, str], body: Any = None, *, tag: str | None = "seen"
) -> Response:
    if tag == "seen":
        record = path.rpartition("/")[0]
        tag = writable.get(record).headers["etag"]
    headers = who | ({"If-Match": tag} if tag else {})
    response: Response = writable.client.post(f"{API}{path}", headers=headers, json=body if body is not None else {})
    return response


def _revisions(writable: Writable) -> int:
    with writable.store.reading() as session:
        return latest(session)


def test_an_editor_merges_a_pair_and_the_suggested_record_stays(writable: Writable) -> None:
    pair = _queued(writable, ALIKE)
    before = _revisions(writable)
    response = _post(
        writable,
        f"/duplicates/{pair['id']}/merge",
        signed_in(writable.store, "editor", name="ed"),
        {"note": "one paper"},
    )
    decided = response.json()["data"]

    assert 200 == response.status_code, response.text
    assert ("merged", "ed", "one paper") == (decided["state"], decided["decided_by"], decided["note"])
    assert pair["suggested_keep"] == pair["second"] == decided["merged_into"]
    assert 301 == writable.get(f"/citations/{pair['first']}").status_code
    assert before + 1 == _revisions(writable)


def test_a_merge_is_undone_with_the_tag_of_the_redirect(writable: Writable) -> None:
    pair, editor = _queued(writable, ALIKE), signed_in(writable.store, "editor")
    gone, kept = pair["first"], pair["second"]
    whole = writable.json(f"/citations/{gone}")["data"]
    merged = _post(writable, f"/citations/{gone}/merge", editor, {"into": kept})
    undone = _post(writable, f"/citations/{gone}/unmerge", editor)
    versionless = {name: value for name, value in undone.json()["data"].items() if name != "version"}

    assert (200, kept) == (merged.status_code, merged.json()["data"]["id"])
    assert [gone] == [one["id"] for one in merged.json()["data"]["merged"]]
    assert 200 == undone.status_code
    assert {name: value for name, value in whole.items() if name != "version"} == versionless
    assert "open" == writable.json(f"/duplicates/{pair['id']}")["data"]["state"]


@pytest.mark.parametrize(("name", "confirm", "said"), [
    (TWICE, "different_pmids", "PubMed keeps the two apart"), (PARTS, "blocked", "parts of a series"),
])  # fmt: skip
def test_what_must_be_known_is_confirmed(writable: Writable, name: str, confirm: str, said: str) -> None:
    pair, editor = _queued(writable, name), signed_in(writable.store, "editor")
    path, before = f"/duplicates/{pair['id']}/merge", _revisions(writable)
    refused = _post(writable, path, editor)
    unchanged = _revisions(writable)
    done = _post(writable, path, editor, {"confirm": [confirm]})

    assert (409, "Conflict") == problem(refused)
    assert said in refused.json()["detail"]
    assert before == unchanged
    assert (200, "merged") == (done.status_code, done.json()["data"]["state"])


def test_a_curator_keeps_links_and_reopens_but_does_not_merge(writable: Writable) -> None:
    pair, curator = _queued(writable, PREPRINT), signed_in(writable.store, "curator")
    path = f"/duplicates/{pair['id']}"
    answers = [_post(writable, f"{path}/{verb}", curator) for verb in ("merge", "link", "reopen", "keep")]

    assert [403, 200, 200, 200] == [answer.status_code for answer in answers]
    assert ["linked", "open", "kept"] == [answer.json()["data"]["state"] for answer in answers[1:]]


def test_nobody_decides_without_an_account(writable: Writable) -> None:
    pair = _queued(writable, ALIKE)

    assert 401 == _post(writable, f"/duplicates/{pair['id']}/keep", {}).status_code


def test_a_decision_names_the_version_that_it_was_made_on(writable: Writable) -> None:
    pair, editor = _queued(writable, ALIKE), signed_in(writable.store, "editor")
    path = f"/duplicates/{pair['id']}"
    old = writable.tag(path)
    missing = _post(writable, f"{path}/keep", editor, tag=None)
    _post(writable, f"{path}/keep", editor)
    stale = _post(writable, f"{path}/reopen", editor, tag=old)

    assert (428, "VersionMissing") == problem(missing)
    assert (412, "Stale") == problem(stale)


def test_a_decision_that_was_made_is_not_made_again(writable: Writable) -> None:
    pair, editor = _queued(writable, ALIKE), signed_in(writable.store, "editor")
    path = f"/duplicates/{pair['id']}"
    _post(writable, f"{path}/keep", editor)

    assert (409, "Conflict") == problem(_post(writable, f"{path}/merge", editor))


@pytest.mark.parametrize(("body", "status"), [
    ({"keep": "R999999"}, 422), ({"keep": "S1"}, 404), ({"confirm": ["all"]}, 422), ({"colour": "red"}, 422),
])  # fmt: skip
def test_a_merge_that_cannot_be_meant_is_refused_by_name(writable: Writable, body: Any, status: int) -> None:
    pair, editor = _queued(writable, ALIKE), signed_in(writable.store, "editor")
    response = _post(writable, f"/duplicates/{pair['id']}/merge", editor, body)

    assert status == response.status_code
    assert "open" == writable.json(f"/duplicates/{pair['id']}")["data"]["state"]


def test_a_record_is_not_merged_into_one_that_is_gone(writable: Writable) -> None:
    pair, editor = _queued(writable, ALIKE), signed_in(writable.store, "editor")
    gone, kept = pair["first"], pair["second"]
    _post(writable, f"/citations/{gone}/merge", editor, {"into": kept})
    response = _post(writable, "/citations/R11/merge", editor, {"into": gone})

    assert (409, "Conflict") == problem(response)
    assert f"{gone} was merged into {kept} already" in response.json()["detail"]
