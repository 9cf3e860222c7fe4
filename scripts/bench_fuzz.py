"""20,000 requests made from the OpenAPI document, by every role: no failure, and no answer that is not described.

Exits with 1 and says how to ask again when one is. The short form is among the tests (``tests/api/test_openapi_fuzz.py``).
"""

import argparse
import random
import sys
from itertools import product
from typing import Any

import schemathesis
from hypothesis import seed

from app.database import Store
from scripts.bench_writes import databases
from tests.api import fuzzing
from tests.api.serving import serving
from tests.factories import opened


def fuzz(document: Any, store: Store, *, cases: int, start: int) -> list[str]:
    """Ask every operation in both ways; what was found, by operation."""
    operations = [each.ok() for each in document.get_all_operations()]
    found = []
    for operation, mode in product(operations, fuzzing.MODES):
        raw = operation.definition.raw
        if mode == fuzzing.MODES[1] and not (raw.get("parameters") or raw.get("requestBody")):
            continue
        try:
            fuzzing.ask(operation, mode, fuzzing.people(store), cases=cases, decorate=seed(start))
        except BaseExceptionGroup as failures:
            found.append(f"{raw['operationId']}: {failures}")
    return found


def main() -> None:
    """Ask, and say what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=20_000, help="requests in all, on both databases together")
    parser.add_argument("--databases", default="sqlite,postgresql")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))  # noqa: S311 - what to ask
    chosen = parser.parse_args()
    found: list[str] = []
    with databases(chosen.databases.split(",")) as urls:
        for url in urls.values():
            with opened(url) as store, serving(url) as client:
                document = schemathesis.openapi.from_asgi("/openapi.json", client.app, headers={"Host": "localhost"})
                number = len(list(document.get_all_operations())) * len(fuzzing.MODES) * len(urls)
                found += fuzz(document, store, cases=max(chosen.cases // number, 1), start=chosen.seed)
    print("\n\n".join(found) or "No failure, and no answer that is not described.")
    print(f"--seed {chosen.seed}")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
