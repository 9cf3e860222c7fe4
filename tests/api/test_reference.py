"""The reference: a valid OpenAPI document that tells of every route what it takes and answers, with real examples."""

import gc
import re
from time import monotonic, sleep
from typing import Any
from weakref import ref

import pytest
from schemathesis.specs.openapi.definitions import OPENAPI_31_VALIDATOR
from starlette.testclient import TestClient

from app.api import examples
from app.search.filters import FILTERS, OTHER_PARAMETERS
from tests.api.asked import answers, timeless
from tests.api.serving import PATHS, serving

OPERATIONS = [
    "accept_finding",
    "accept_proposal",
    "accept_study",
    "add_citation",
    "add_comment",
    "add_exposure",
    "add_findings",
    "add_import",
    "add_quote",
    "get_citation_history",
    "get_finding_history",
    "list_quotes",
    "remove_exposure",
    "remove_quote",
    "remove_report",
    "add_report",
    "add_search",
    "add_study",
    "copy_finding",
    "describe_citations_export",
    "describe_findings_export",
    "describe_studies_export",
    "draw_effect_directions",
    "draw_evidence_matrix",
    "draw_flow_of_records",
    "draw_timeline_of_reports",
    "edit_citation",
    "edit_exposure",
    "edit_finding",
    "edit_search",
    "edit_study",
    "export_citations",
    "export_findings",
    "export_studies",
    "follow_changes",
    "follow_findings",
    "follow_outcome",
    "get_citation",
    "get_claim",
    "get_difference",
    "get_duplicate",
    "get_effect_directions",
    "get_evidence",
    "get_evidence_matrix",
    "get_finding",
    "get_flag",
    "get_flow_of_records",
    "get_health_live",
    "get_health_ready",
    "get_import",
    "get_metrics",
    "get_proposal",
    "get_screening_criteria",
    "get_search",
    "get_search_run",
    "get_study",
    "get_study_history",
    "get_timeline_of_reports",
    "get_vocabulary",
    "get_vocabulary_part",
    "keep_duplicate",
    "keep_own_value",
    "link_duplicate",
    "list_changes",
    "list_citations",
    "list_claims",
    "list_comments",
    "list_decisions",
    "list_differences",
    "list_duplicates",
    "list_findings",
    "list_flags",
    "list_imports",
    "list_proposals",
    "list_quote_candidates",
    "list_screening_queue",
    "list_search_runs",
    "list_searches",
    "list_studies",
    "merge_citation",
    "merge_duplicate",
    "raise_flag",
    "recall_finding",
    "recall_study",
    "reject_finding",
    "reject_proposal",
    "reject_study",
    "reopen_duplicate",
    "resolve_flag",
    "retire_finding",
    "retire_study",
    "screen_citation",
    "submit_finding",
    "submit_study",
    "take_offered_value",
    "undo_screening",
    "unmerge_citation",
    "withdraw_proposal",
]
"""Clients are generated from these names: one may be added, none may change."""
OPERATIONS += ["create_token", "get_flags", "get_me", "list_tokens", "log_in", "log_out", "revoke_token", "set_flags"]


@pytest.fixture
def document(client: TestClient) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/openapi.json").json()
    return found


@pytest.fixture
def operations(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [operation for methods in document["paths"].values() for operation in methods.values()]


def test_the_document_is_valid(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1.")
    assert [] == [error.message for error in OPENAPI_31_VALIDATOR.iter_errors(document)]


def test_every_operation_has_a_name_that_stays_and_says_what_it_does(operations: list[dict[str, Any]]) -> None:
    assert sorted(OPERATIONS) == sorted(operation["operationId"] for operation in operations)
    for operation in operations:
        assert operation["summary"]
        assert len(operation["description"]) > 15
        assert operation["tags"]


def test_every_operation_tells_what_it_answers_when_it_cannot(operations: list[dict[str, Any]]) -> None:
    for operation in operations:
        problems = {
            status
            for status, each in operation["responses"].items()
            if "application/problem+json" in each.get("content", {})
        }
        least = (
            {"400", "405", "422"}
            if "health" in operation["tags"]
            else {"400", "401", "403", "404", "405", "410", "422", "429", "503"}
        )

        assert least <= problems, operation["operationId"]
        told = [operation["responses"].get(each, {}).get("content") for each in ("200", "201")]
        assert any(told) or "204" in operation["responses"], operation["operationId"]


@pytest.mark.parametrize("name", ["list_findings", "list_studies", "list_citations", "get_evidence", "export_findings"])
def test_the_parameters_are_the_filters(operations: list[dict[str, Any]], name: str) -> None:
    (operation,) = [each for each in operations if each["operationId"] == name]
    told = {each["name"]: each for each in operation["parameters"] if each["in"] == "query"}
    left_out = {"get_evidence": {"outcome", "sort"}, "export_findings": {"sort"}}.get(name, set())

    own = {"pmid", "doi", "limit", "cursor", "sections", "facets"}
    assert {*FILTERS, *OTHER_PARAMETERS} - left_out == set(told) - own
    for filter_name, each in FILTERS.items():
        assert list(each.allowed) == told[filter_name]["schema"]["items"].get("enum", [])
        assert told[filter_name]["description"]
    assert (name.startswith("list_")) == ({"limit", "cursor"} <= set(told))


def test_the_examples_are_what_the_service_answers(client: TestClient) -> None:
    assert timeless(examples.written()) == timeless(answers(client))


def test_the_main_operations_have_examples(operations: list[dict[str, Any]]) -> None:
    shown = {
        operation["operationId"]
        for operation in operations
        for answer in operation["responses"].values()
        for content in answer.get("content", {}).values()
        if content.get("examples")
    }

    assert {"list_findings", "get_finding", "get_study", "get_evidence", "get_citation", "list_changes"} <= shown


def test_the_document_is_written_once(client: TestClient) -> None:
    assert client.get("/openapi.json").content == client.get("/openapi.json").content


def test_every_route_that_answers_with_data_is_in_the_document(document: dict[str, Any]) -> None:
    templates = {re.compile(re.sub(r"\\{.*?\\}", "[^/]+", re.escape(path))) for path in document["paths"]}
    told = {path for path in PATHS if any(template.fullmatch(path) for template in templates)}

    assert {"/openapi.json"} == set(PATHS) - told


def test_the_page_of_the_reference_asks_no_other_host(client: TestClient) -> None:
    page = client.get("/docs")

    assert "https://" not in page.text
    for asset in (
        "/docs/static/swagger-ui.css",
        "/docs/static/swagger-ui-bundle.js",
        "/docs/start.js",
        "/docs/static/favicon.png",
    ):
        assert asset in page.text
        assert 200 == client.get(asset).status_code
    assert "<script>" not in page.text


def test_an_application_is_let_go_when_it_is_closed(starter_url: str) -> None:
    """FastAPI remembers functions for ever, and with them what they enclose: 4 MB for each application that a test makes."""
    with serving(starter_url) as client:
        client.get("/openapi.json")
        held = ref(client.app)
    del client
    until = monotonic() + 10
    while held() is not None and monotonic() < until:
        gc.collect()
        sleep(0.05)  # a thread that is still ending holds what it worked for last

    assert held() is None
