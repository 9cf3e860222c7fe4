"""When the literature was last searched."""

from typing import Any

from sqlalchemy.orm import Session

from app.jobs.runs import last_search
from app.kit.canonical import now
from app.models.imports import ImportRun
from tests.factories import opened


def _run(session: Session, **changes: Any) -> None:
    counts = dict.fromkeys(("added", "changed", "unchanged", "repeated", "rejected", "not_returned", "deleted"), 0)
    fields = {"kind": "pubmed_query", "asked_for": "kratom", "warnings": [], "program_version": "0", "actor": "ada",
              "state": "complete", "started_at": now(), "ended_at": now(), "asked": 0, "unknown_elements": {}}  # fmt: skip
    session.add(ImportRun(**(counts | fields | changes)))
    session.flush()


def test_a_store_that_never_searched_says_so(database_url: str) -> None:
    with opened(database_url) as store:
        with store.writing() as session:
            _run(session, kind="file")
            _run(session, state="running", ended_at=None)
            _run(session, state="failed")

        with store.reading() as session:
            assert last_search(session) is None


def test_the_newest_search_that_ended_is_the_last_one(database_url: str) -> None:
    with opened(database_url) as store:
        with store.writing() as session:
            _run(session, asked_for="old")
            _run(
                session, asked_for="kratom AND sleep", asked=7, added=5, not_returned=2, state="incomplete", hit_count=9
            )
            _run(session, asked_for="running", state="running", ended_at=None)

        with store.reading() as session:
            found = last_search(session)

            assert found
            assert ("kratom AND sleep", 9, 7, False) == (found.query, found.hits, found.records, found.complete)
