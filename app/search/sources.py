"""The texts of records in which words may be shown, by part and by the name that readers know. Nothing here looks for words."""

from collections.abc import Iterator

from app.citations.draft import CitationDraft
from app.findings.flat import FlatFinding
from app.search.documents import part_of
from app.search.snippets import Marker, Source

_LISTED = (
    "keywords",
    "headings",
    "qualified_headings",
    "substances",
    "publication_types",
    "authors",
    "journal",
    "languages",
)
_NAMES = {"qualified_headings": "headings"}


def of_citation(draft: CitationDraft, record: str, marker: Marker) -> Iterator[Source]:
    """A record: titles, the parts of the abstract with their labels, then names one by one where ``marker`` may mark one."""
    for title in filter(None, (draft.title, draft.original_title, draft.book_title)):
        yield Source("title", "title", title, record)
    for text in draft.texts:
        yield Source("abstract", "abstract", text.text, record, text.label)
    for part in filter(marker.looks_in, _LISTED):
        listed = part_of(draft, part)
        if marker.may_mark(part, listed):
            for name in listed:
                yield Source(part, _NAMES.get(part, part), name, record)


def of_study(title: str, population: str | None, record: str) -> Iterator[Source]:
    """The own words of a study."""
    yield Source("title", "title", title, record)
    if population:
        yield Source("own", "population", population, record)


def of_finding(row: FlatFinding, record: str) -> Iterator[Source]:
    """The own words of a finding."""
    if row.summary:
        yield Source("own", "summary", row.summary, record)
    if row.outcome:
        yield Source("own", "outcome", row.outcome_label, record)
