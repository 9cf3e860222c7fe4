"""Whatever stands in ``q`` is answered or refused with a reason, on every list."""

import pytest
from starlette.testclient import TestClient

from tests.api.serving import API, LISTS, problem
from tests.search.nasty import NASTY, random_texts


@pytest.mark.parametrize("of", LISTS)
def test_no_search_text_makes_a_list_fail(client: TestClient, of: str) -> None:
    for text in (*NASTY, *random_texts(12, seed=len(of))):
        response = client.get(f"{API}/{of}", params={"q": text, "limit": "2", "facets": "year,standing"})

        assert response.status_code in {200, 422}, (text, response.text)
        if response.status_code == 422:
            assert problem(response)[1] in {"MalformedQuery", "Invalid", "UnknownValue"}, text
