"""``docs/api.md`` is true: every answer in it is one that the service gives, every route and every limit is in it."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.api.exports import AT_ONCE
from app.search.filters import FILTERS, OTHER_PARAMETERS
from tests.api.serving import API

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
_SHOWN = re.compile(r"\$ curl -s 'http://127\.0\.0\.1:8000([^']+)'\n```\n\n```json\n(.*?)```", re.DOTALL)
EXAMPLES = [pytest.param(path, json.loads(answer), id=path) for path, answer in _SHOWN.findall(TEXT)]


def _assert_within(expected: Any, actual: Any) -> None:
    """Fields may be left out of what is shown, elements of a list may not."""
    if isinstance(expected, dict):
        for name, value in expected.items():
            _assert_within(value, actual[name])
    elif isinstance(expected, list):
        assert len(expected) == len(actual)
        for one, other in zip(expected, actual, strict=True):
            _assert_within(one, other)
    else:
        assert expected == actual


@pytest.mark.parametrize(("path", "shown"), EXAMPLES)
def test_an_answer_in_the_text_is_what_the_service_answers(client: TestClient, path: str, shown: Any) -> None:
    _assert_within(shown, client.get(path).json())


def test_the_questions_promised_are_shown() -> None:
    assert 7 == len(EXAMPLES)
    assert TEXT.count("```json") == len(EXAMPLES)


def test_every_route_is_in_the_text(client: TestClient) -> None:
    for path in client.get("/openapi.json").json()["paths"]:
        plain = re.sub(r"\{\w+_id\}", "{id}", path)

        assert plain in TEXT, path


def test_every_filter_is_in_the_table() -> None:
    rows = [line for line in TEXT.splitlines() if line.startswith("| `")]

    for name in (*FILTERS, *OTHER_PARAMETERS):
        assert any(f"`{name}`" in row.split("|")[1] for row in rows), name


def test_every_value_in_the_table_of_filters_is_one(client: TestClient) -> None:
    for line in TEXT.partition("## Filters")[2].partition("**Evidence")[0].splitlines():
        if not line.startswith("| `"):
            continue
        _, names, _, told, _ = line.split("|")
        name = re.findall(r"`(\w+)`", names)[0]
        if name not in FILTERS or not FILTERS[name].allowed:
            continue
        for value in re.findall(r"`(\w+)`", told):
            others = [each for each in re.findall(r"`(\w+)`", names) if value in FILTERS[each].allowed]
            assert others, (name, value)


def test_the_limits_are_those_that_hold(client: TestClient) -> None:
    assert f"| exports at the same time | {AT_ONCE};" in TEXT
    for query, status in (("limit=100", 200), ("limit=101", 422), (f"q={'a' * 2_000}", 200), (f"q={'a' * 2_001}", 422),
                          (f"q={'a+' * 200}", 200), (f"q={'a+' * 201}", 422)):  # fmt: skip
        assert status == client.get(f"{API}/findings?{query}").status_code, query[:20]
