"""The texts of records in which words may be shown, by part and by the name that readers know. Nothing here looks for words."""

from collections.abc import Iterator, Sequence

from app.citations.listed import Listed
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
_STORED_IN = {
    "keywords": ("keywords",),
    "headings": ("mesh_headings",),
    "qualified_headings": ("mesh_headings",),
    "substances": ("chemicals", "supplementary_concepts"),
    "publication_types": ("publication_types",),
    "authors": ("authors",),
    "journal": ("journal",),
}
"""Part → the columns that spell its names out. Languages are stored as codes."""


def of_citation(found: Listed, record: str, marker: Marker) -> Iterator[Source]:
    """A record: titles, the parts of the abstract with their labels, then names one by one where ``marker`` may mark one."""
    for title in filter(None, (found.title, found.original_title, found.book_title)):
        yield Source("title", "title", title, record)
    for text in found.texts:
        yield Source("abstract", "abstract", text.text, record, text.label)
    for part in filter(marker.looks_in, _LISTED):
        for name in _names_to_look_at(found, part, marker):
            yield Source(part, _NAMES.get(part, part), name, record)


def _names_to_look_at(found: Listed, part: str, marker: Marker) -> Sequence[str]:
    """The names of one part; none where no term can stand in them, which mostly what is stored tells unread."""
    columns = _STORED_IN.get(part)
    if columns and not marker.may_mark_json(part, found.unread(*columns)):
        return ()
    listed = part_of(found, part)
    return listed if marker.may_mark(part, listed) else ()


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
