"""The questions whose answers are the examples of the OpenAPI document. Run as a module, it asks and writes them anew:

.venv/bin/python -m tests.api.asked
"""

import re
import tempfile
from pathlib import Path
from typing import Any

import msgspec
from starlette.testclient import TestClient

from app.api.examples import FILE
from app.database import Store
from app.importing import starter
from app.importing.living import searches
from app.schema import migrate
from app.vocabulary import rows
from tests.api.serving import API, serving

QUESTIONS = (
    ("list_findings", "/findings?outcome=insomnia&phase=active_use&subject=human&limit=1"),
    ("list_findings", "/findings?phase=sleeping"),
    ("get_finding", "/findings/F44"),
    ("get_finding", "/findings/F9999"),
    ("list_studies", "/studies?pmid=33868054"),
    ("get_study", "/studies/S8"),
    ("get_study_history", "/studies/S8/history"),
    ("list_citations", "/citations?doi=10.1037/pha0000794"),
    ("get_citation", "/citations/R11"),
    ("get_evidence", "/outcomes/insomnia/evidence?phase=active_use&subject=human"),
    ("get_evidence", "/outcomes/insomnia/evidence?phase=in_opioid_withdrawal&subject=human"),
    ("get_evidence", "/outcomes/cravings/evidence"),
    ("get_claim", "/claims/C07"),
    ("get_claim", "/claims/C12"),
    ("get_vocabulary_part", "/vocabulary/directions"),
    ("list_changes", "/changes?since=0&limit=2"),
    ("list_changes", "/changes?since=yesterday"),
    ("list_imports", "/imports"),
    ("list_searches", "/searches?limit=1"),
    ("get_search", "/searches/kratom-sleep-anxiety"),
    ("list_search_runs", "/searches/L1/runs"),
)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


def answers(client: TestClient) -> list[dict[str, Any]]:
    """The examples as the service answers now."""
    found = []
    for operation, question in QUESTIONS:
        response = client.get(f"{API}{question}")
        one = {"operation": operation, "request": f"{API}{question}", "status": response.status_code}
        found.append(one | {"answer": response.json()})
    return found


def timeless(value: Any) -> Any:
    """``value`` with every moment replaced by one word: a database is made when it is made."""
    return msgspec.json.decode(_MOMENT.sub("a moment", msgspec.json.encode(value).decode()))


def _write() -> None:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'evidence.db'}"
        store = Store(url)
        migrate(store)
        with store.writing() as session:
            rows.load(session)
            starter.load(session)
            searches.install(session)
        store.close()
        with serving(url) as client:
            FILE.write_bytes(msgspec.json.format(msgspec.json.encode(answers(client)), indent=1) + b"\n")


if __name__ == "__main__":
    _write()
