"""Every operation of the OpenAPI document, asked by everybody, as described and otherwise; ``scripts/bench fuzz`` asks more."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from schemathesis import GenerationMode

from app.database import Store
from tests.api import fuzzing
from tests.api.serving import serving
from tests.api.test_reference import OPERATIONS
from tests.conftest import DATABASES
from tests.databases import Databases
from tests.factories import opened
from tests.importing.pubmed.eutils_server import EutilsServer

CASES = 4
"""Of each kind for each operation: more than 1,000 in all."""


@pytest.fixture(scope="module", params=DATABASES)
def described(
    request: pytest.FixtureRequest, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Any, Store]]:
    """The document of the service over a starter corpus that is written to, and the store; PubMed is a server beside it."""
    url = databases.copy(request.param, "starter")
    var_dir = tmp_path_factory.mktemp("var")
    with (
        EutilsServer() as pubmed,
        opened(url) as store,
        serving(url, var_dir=var_dir, eutils_url=pubmed.base_url) as client,
    ):
        yield schemathesis.openapi.from_asgi("/openapi.json", client.app, headers={"Host": "localhost"}), store
    databases.drop(url)


@pytest.mark.parametrize("mode", fuzzing.MODES, ids=["as described", "otherwise"])
@pytest.mark.parametrize("name", OPERATIONS)
def test_no_request_of_anybody_makes_the_service_fail_or_answer_as_not_described(
    described: tuple[Any, Store], name: str, mode: GenerationMode
) -> None:
    document, store = described
    operation = document.find_operation_by_id(name)
    takes_something = operation.definition.raw.get("parameters") or operation.definition.raw.get("requestBody")

    if takes_something or mode == GenerationMode.POSITIVE:
        fuzzing.ask(operation, mode, fuzzing.people(store), cases=CASES)
