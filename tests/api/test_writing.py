"""What every write has in common, shown on citations: versions, repeats, one data revision, bad input, and who may."""

import json
from typing import Any

import pytest
from httpx2 import Response
from sqlalchemy import func, select

from app.api import bodies
from app.history import events, queries
from app.models.history import DataRevision
from tests.api.people import a_token, an_account, bearer, signed_in
from tests.api.serving import API, Writable, problem

R11 = f"{API}/citations/R11"


@pytest.fixture
def curator(writable: Writable) -> dict[str, str]:
    return signed_in(writable.store, "curator", name="maria")


def _patch(
    writable: Writable, who: dict[str, str], changes: Any, *, match: str | None = None, path: str = R11
) -> Response:
    tag = writable.client.get(path, headers=who).headers.get("etag", '"1.1"') if match is None else match
    return writable.client.patch(path, json=changes, headers={**who, "If-Match": tag})


def _post(writable: Writable, who: dict[str, str], entry: Any, **headers: str) -> Response:
    return writable.client.post(f"{API}/citations", json=entry, headers={**who, **headers})


def _revisions(writable: Writable) -> int:
    with writable.store.reading() as session:
        return session.scalar(select(func.count()).select_from(DataRevision)) or 0


def test_an_edit_makes_exactly_one_data_revision_that_says_who_what_and_under_which_request(
    writable: Writable, curator: dict[str, str]
) -> None:
    before = _revisions(writable)
    response = _patch(writable, curator | {"X-Request-ID": "abc-7"}, {"title": "A better title"})
    with writable.store.reading() as session:
        newest = session.scalars(select(DataRevision).order_by(DataRevision.n.desc())).first()
        broken = list(queries.broken_links(session))

    assert (200, "A better title", 2) == (
        response.status_code, response.json()["data"]["title"], response.json()["data"]["version"],
    )  # fmt: skip
    assert newest is not None
    assert (before + 1, "maria", "edit citation", "abc-7") == (newest.n, newest.actor, newest.reason, newest.request_id)
    assert newest.n == response.json()["meta"]["data_revision"]
    assert f'"2.{newest.n}"' == response.headers["etag"] == writable.tag("/citations/R11")
    assert [] == broken


def test_an_edit_that_changes_nothing_makes_no_data_revision(writable: Writable, curator: dict[str, str]) -> None:
    title, before = writable.json("/citations/R11")["data"]["title"], _revisions(writable)
    response = _patch(writable, curator, {"title": title})

    assert (200, 1, before) == (response.status_code, response.json()["data"]["version"], _revisions(writable))


def test_a_change_must_say_of_which_version_it_is_one(writable: Writable, curator: dict[str, str]) -> None:
    for headers in ({}, {"If-Match": "*"}, {"If-Match": ""}):
        response = writable.client.patch(R11, json={"title": "x"}, headers=curator | headers)

        assert (428, "VersionMissing") == problem(response)


@pytest.mark.parametrize("match", ['"9.1"', '"0.1"', 'W/"2.1x"', "gibberish", '"99999999999999999999.1"', "2"])
def test_a_stale_change_is_refused_with_the_version_and_what_differs(
    writable: Writable, curator: dict[str, str], match: str
) -> None:
    before = _revisions(writable)
    response = _patch(writable, curator, {"title": "Mine", "pages": "1-9"}, match=match)

    assert (412, "Stale") == problem(response)
    assert 1 == response.json()["current_version"]
    differences = {each["field"]: each for each in response.json()["differences"]}
    assert ({"title", "pages"}, "Mine") == (set(differences), differences["title"]["sent"])
    assert writable.json("/citations/R11")["data"]["title"] == differences["title"]["current"]
    assert before == _revisions(writable)


def test_only_the_version_before_the_dot_is_compared(writable: Writable, curator: dict[str, str]) -> None:
    assert 200 == _patch(writable, curator, {"volume": "12"}, match='"7.7", "1.99999"').status_code


def test_a_record_entered_by_hand_is_there_at_once_and_says_who_set_what(
    writable: Writable, curator: dict[str, str]
) -> None:
    entry = {"title": "Kratom: a letter", "issued_on": "2024-05", "journal": {"title": "Sleep"},
             "authors": [{"family": "Ng"}], "identifiers": [{"scheme": "doi", "value": "10.1000/XYZ"}]}  # fmt: skip
    response = _post(writable, curator, entry)
    data = response.json()["data"]

    assert 201 == response.status_code
    assert (f"{API}/citations/{data['id']}", "10.1000/xyz", 2024) == (
        response.headers["location"], data["doi"], data["year"],
    )  # fmt: skip
    assert ({*entry}, {"maria"}) == (set(data["person_set"]), {each["by"] for each in data["person_set"].values()})
    assert data == writable.json(f"/citations/{data['id']}")["data"]
    assert (409, "Conflict") == problem(_post(writable, curator, entry))
    assert data["id"] in _post(writable, curator, entry).json()["detail"]


def test_a_merge_patch_merges_objects_and_empties_with_null(writable: Writable, curator: dict[str, str]) -> None:
    before = writable.json("/citations/R11")["data"]["journal"]
    response = _patch(writable, curator, {"journal": {"issn": "1234-5678"}, "volume": None})
    record = response.json()["data"]

    assert {**before, "issn": "1234-5678"} == record["journal"]
    assert "volume" not in record["record"]


def test_a_merge_patch_may_be_called_one(writable: Writable, curator: dict[str, str]) -> None:
    headers = curator | {"If-Match": '"1.1"', "Content-Type": "application/merge-patch+json; charset=utf-8"}
    taken = writable.client.patch(R11, content=b'{"volume": "3"}', headers=headers)
    refused = [
        writable.client.patch(R11, content=b'{"volume": "3"}', headers=headers | {"Content-Type": each})
        for each in ("text/plain", "application/xml", "")
    ]

    assert 200 == taken.status_code
    assert {(415, "UnsupportedBody")} == {problem(each) for each in refused}


BAD = [
    (b'{"title": "a\\u0000b"}', "title"),
    (b'{"title": "a\\ud800b"}', "title"),
    (b'{"title": "\\u001b[0m"}', "title"),
    (b'{"title": ""}', "title"),
    (b'{"title": 7}', "title"),
    (b'{"title": 123456789012345678901234567890}', "title"),
    (b'{"title": ' + b"1" * 400 + b"}", "title"),
    (b'{"title": ' + b"1" * 5000 + b"}", "body"),
    (b'{"title": NaN}', "title"),
    (b'{"titel": "x"}', "titel"),
    (b'{"\\ud800": 1}', "body"),
    (b'{"source": "pubmed"}', "source"),
    (b'{"title": "' + b"x" * 10_001 + b'"}', "title"),
    (b'{"authors": [{"family": "Ng", "famly": "x"}]}', "authors.0.famly"),
    (b'{"authors": [{"affiliations": ["a", "b\\u0007"]}]}', "authors.0.affiliations.1"),
    (b'{"issued_on": "yesterday"}', "issued_on"),
    (b'{"issued_on": "2021-02-31"}', "issued_on"),
    (b'{"identifiers": [{"scheme": "pmid", "value": "12x"}]}', "identifiers"),
    (b'{"title": null, "citation_text": null}', "title"),
    (b"[1]", "body"),
    (b'"x"', "body"),
    (b"{", "body"),
    (b"", "body"),
    (b"\xff", "body"),
    (b'{"a":' * 100_000, "body"),
    (b'{"extras": ' + b'{"a":' * 30 + b"1" + b"}" * 31, "extras.a.a"),
]


@pytest.mark.parametrize(("body", "field"), BAD, ids=[str(number) for number in range(len(BAD))])
def test_what_cannot_be_kept_is_refused_by_the_name_of_the_field(
    writable: Writable, curator: dict[str, str], body: bytes, field: str
) -> None:
    before = _revisions(writable)
    headers = curator | {"Content-Type": "application/json", "If-Match": '"1.1"'}
    response = writable.client.patch(R11, content=body, headers=headers)

    assert 422 == response.status_code, response.text
    assert field in {each["field"] for each in response.json()["errors"]}
    assert before == _revisions(writable)


def test_what_is_too_large_is_refused_before_anybody_is_asked_who_they_are(
    writable: Writable, curator: dict[str, str]
) -> None:
    body = json.dumps({"title": "x" * 10_000_000}).encode()
    headers = {"Content-Type": "application/json", "If-Match": '"1.1"'}
    parts = (body[at : at + 65_536] for at in range(0, len(body), 65_536))

    assert (413, "TooLarge") == problem(writable.client.patch(R11, content=body, headers=headers))
    assert (413, "TooLarge") == problem(writable.client.patch(R11, content=parts, headers=headers | curator))
    assert bodies.LARGEST_JSON < len(body)


def test_a_repeat_with_the_same_key_is_answered_the_same_and_done_once(
    writable: Writable, curator: dict[str, str]
) -> None:
    entry, key = {"title": "Once only"}, {"Idempotency-Key": "k-1"}
    first = _post(writable, curator, entry, **key)
    before = _revisions(writable)
    second = _post(writable, curator, entry, **key)

    assert (201, 201, "true") == (first.status_code, second.status_code, second.headers["idempotency-replayed"])
    assert (first.content, first.headers["etag"], first.headers["location"]) == (
        second.content, second.headers["etag"], second.headers["location"],
    )  # fmt: skip
    assert before == _revisions(writable)
    assert (422, "Invalid") == problem(_post(writable, curator, {"title": "Another"}, **key))
    assert 201 == _post(writable, signed_in(writable.store), {"title": "Of another account"}, **key).status_code
    assert (409, "Conflict") == problem(_post(writable, curator, entry))


def test_a_refusal_is_not_kept_under_its_key(writable: Writable, curator: dict[str, str]) -> None:
    key = {"Idempotency-Key": "k-2"}

    assert 422 == _post(writable, curator, {"pages": "1"}, **key).status_code
    assert 201 == _post(writable, curator, {"title": "Now with a title"}, **key).status_code


@pytest.mark.parametrize("key", ["", "x" * 256, "\t"])
def test_a_key_that_is_none_is_refused(writable: Writable, curator: dict[str, str], key: str) -> None:
    assert (422, "Invalid") == problem(_post(writable, curator, {"title": "x"}, **{"Idempotency-Key": key}))


def test_nobody_is_shown_what_another_role_was_answered(writable: Writable, curator: dict[str, str]) -> None:
    for headers in (curator, {}, {"Authorization": "Bearer ke_nobody"}, {"Authorization": "Basic eDp5"}, {}):
        status = writable.client.get(R11, headers=headers).status_code

        assert (401 if "Authorization" in headers and headers != curator else 200) == status


def test_what_goes_wrong_in_the_middle_leaves_nothing(
    writable: Writable, curator: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before, title = _revisions(writable), writable.json("/citations/R11")["data"]["title"]

    def fail(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(events.Revision, "_write_chain", fail)
        response = _patch(writable, curator, {"title": "Lost"})

    assert (507, "StoreFull") == problem(response)
    assert (before, title) == (_revisions(writable), writable.json("/citations/R11")["data"]["title"])
    assert 200 == _patch(writable, curator, {"title": "Kept"}).status_code


def test_a_change_of_a_record_that_is_not_there_is_not_found(writable: Writable, curator: dict[str, str]) -> None:
    for path in ("R99999", "R0", "S7", "R99999999999"):
        response = _patch(writable, curator, {"title": "x"}, match='"1.1"', path=f"{API}/citations/{path}")

        assert (404, "NotFound") == problem(response)


def test_a_token_of_a_curator_made_for_reading_does_not_write(writable: Writable) -> None:
    with writable.store.writing() as session:
        reader = bearer(a_token(session, an_account(session), scope="read"))
    response = _patch(writable, reader, {"title": "x"})

    assert (403, "Forbidden") == problem(response)
    assert "scope write" in response.json()["detail"]


def test_a_parameter_or_body_that_nobody_reads_is_refused(writable: Writable, curator: dict[str, str]) -> None:
    response = writable.client.post(f"{API}/citations?titel=x", json={"title": "x"}, headers=curator)

    assert (422, "UnknownParameter") == problem(response)
