"""Citations for tests: valid by default, and stored or looked up in one line."""

from itertools import count
from typing import Any

from sqlalchemy import select

from app.citations import queries
from app.citations import store as citations
from app.citations.draft import CitationDraft, CorrectionLink, Identifier, Term, TextPart
from app.citations.queries import Stored
from app.citations.rows import prepare
from app.citations.store import Outcome
from app.database import Store
from app.history.events import Revision, latest
from app.kit.canonical import canonical_json, sha256
from app.models.history import Change

_numbers = count(1)


def a_citation(pmid: str | None = None, *, doi: str | None = None, **fields: Any) -> CitationDraft:
    """A record of PubMed when it has a PMID, else of another source."""
    found = [Identifier(scheme, value) for scheme, value in (("pmid", pmid), ("doi", doi)) if value]
    identifiers = fields.pop("identifiers", ()) or tuple(found)
    values = {"source": "pubmed" if pmid else "starter", "title": "Kratom and sleep", "issued_on": "2024-03"} | fields
    draft = CitationDraft(identifiers=identifiers, **values)
    return CitationDraft(
        **{name: getattr(draft, name) for name in draft.__struct_fields__}
        | {"payload_hash": sha256(canonical_json(draft))}
    )


def tied(kind: str, pmid: str | None = None, *, text: str | None = None) -> tuple[CorrectionLink, ...]:
    return (CorrectionLink(kind, pmid, text),)


def typed(*names: str) -> tuple[Term, ...]:
    return tuple(Term(name) for name in names)


def abstract(*texts: str) -> tuple[TextPart, ...]:
    return tuple(TextPart(text) for text in texts)


def take_in(store: Store, *drafts: CitationDraft, seen: set[int] | None = None) -> list[Outcome]:
    """Take one batch in, as an import does."""
    with store.writing() as session:
        revision = Revision(actor="test", reason="a batch")
        outcomes = citations.take_in(session, revision, [prepare(draft) for draft in drafts], seen=seen)
        revision.seal(session)
    return outcomes


def fates(outcomes: list[Outcome]) -> list[str]:
    return [outcome.fate for outcome in outcomes]


def stored(store: Store, citation_id: int) -> Stored:
    with store.reading() as session:
        return queries.get(session, citation_id)


def by_pmid(store: Store, pmid: str) -> Stored:
    with store.reading() as session:
        number = queries.find_by_pmid(session, pmid)
        assert number is not None
        return queries.get(session, number)


def revisions(store: Store) -> int:
    with store.reading() as session:
        return latest(session)


def changes(store: Store) -> list[tuple[str, int, str, str | None, str | None]]:
    query = select(Change.kind, Change.record_id, Change.op, Change.before, Change.after).order_by(
        Change.n, Change.position
    )
    with store.reading() as session:
        return [tuple(row) for row in session.execute(query)]
