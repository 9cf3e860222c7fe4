"""Requests made from the OpenAPI document, as it describes them and otherwise: no failures, and every answer as described."""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import (
    content_type_conformance,
    not_a_server_error,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.testclient import TestClient

from tests.api.test_reference import OPERATIONS

CASES = 12
"""Of each kind for each operation: 456 in all, on each database."""
# ``unsupported_method`` is left out: it wants 405 for OPTIONS, which is answered with the methods there are (204).
# ``positive_data_acceptance`` too: an id that fits its pattern may be nobody's, and a draft may be nobody's business.
CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_headers_conformance,
    response_schema_conformance,
]  # fmt: skip


@pytest.fixture(scope="session")
def described(client: TestClient) -> schemathesis.BaseSchema:
    """The document of the service over the starter corpus."""
    return schemathesis.openapi.from_asgi("/openapi.json", client.app, headers={"Host": "localhost"})


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["as described", "otherwise"])
@pytest.mark.parametrize("name", OPERATIONS)
def test_no_request_makes_the_service_fail_or_answer_as_not_described(
    described: Any, name: str, mode: GenerationMode
) -> None:
    operation = described.find_operation_by_id(name)
    takes_something = operation.definition.raw.get("parameters")

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(max_examples=CASES, phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck))
    def ask(case: Case) -> None:
        case.call_and_validate(headers={"Host": "localhost"}, checks=CHECKS)

    if takes_something or mode == GenerationMode.POSITIVE:
        ask()
