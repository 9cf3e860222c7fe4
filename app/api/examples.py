"""Examples of answers for the OpenAPI document: real ones of the starter corpus, written by ``python -m tests.api.asked``.

Nothing here is made up; a test asks the questions again and compares.
"""

from functools import cache
from pathlib import Path
from typing import Any

import msgspec

FILE = Path(__file__).parent / "examples.json"


@cache
def written() -> list[dict[str, Any]]:
    """Each with the ``operation`` it belongs to, the ``request`` asked and the ``answer`` given."""
    found: list[dict[str, Any]] = msgspec.json.decode(FILE.read_bytes())
    return found


def add(document: dict[str, Any]) -> None:
    """Put the examples under the answers that they are examples of."""
    operations = {
        operation["operationId"]: operation for methods in document["paths"].values() for operation in methods.values()
    }
    for each in written():
        answers = operations[each["operation"]]["responses"][str(each["status"])]["content"]
        media_type = "application/json" if each["status"] < 400 else "application/problem+json"
        shown = answers[media_type].setdefault("examples", {})
        shown[f"example{len(shown) + 1}"] = {"summary": f"GET {each['request']}", "value": each["answer"]}
