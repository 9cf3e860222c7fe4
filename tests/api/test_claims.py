"""``/claims``: candidates on both sides, and no verdict."""

import pytest
from starlette.testclient import TestClient

from app.vocabulary.words import vocabulary
from tests.api.serving import API, problem


def test_every_claim_is_on_the_one_page(client: TestClient) -> None:
    body = client.get(f"{API}/claims").json()
    total = len(vocabulary().claims)

    assert {"limit": total, "next": None, "total": total} == body["page"]
    assert [claim["id"] for claim in vocabulary().claims] == [claim["id"] for claim in body["data"]]


def test_one_claim_is_told_as_in_the_list(client: TestClient) -> None:
    listed = {claim["id"]: claim for claim in client.get(f"{API}/claims").json()["data"]}

    assert listed["C03"] == client.get(f"{API}/claims/C03").json()["data"]


@pytest.mark.parametrize("wrong", ["C00", "C99", "c03", "3", "C03%00", "C" + "9" * 23])
def test_what_is_no_claim_is_not_found(client: TestClient, wrong: str) -> None:
    assert (404, "NotFound") == problem(client.get(f"{API}/claims/{wrong}"))
