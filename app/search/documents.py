"""A citation as the texts and names that a query may ask about, by part. Nothing here reads a query."""

from collections.abc import Iterable

from app.citations.draft import CitationDraft
from app.citations.index import author_name, names
from app.search.syntax import Document

NAMES = {
    "majr": "major_headings", "pt": "publication_types", "nm": "substances", "la": "languages", "ta": "journal",
    "dp": "year",
}  # fmt: skip
"""Tag → the part of a document that holds its names; headings stand in two, bare and qualified."""


def of_citation(draft: CitationDraft) -> Document:
    """Everything of ``draft`` that the text index holds and identifiers find."""
    return {
        "title": _given(draft.title, draft.original_title, draft.book_title),
        "abstract": [part.text for part in draft.texts],
        "keywords": [keyword.text for keyword in draft.keywords],
        "subheadings": [qualifier.name for heading in draft.mesh_headings for qualifier in heading.qualifiers],
        "authors": _given(*map(author_name, draft.authors)),
    } | catalogued((draft,))


def catalogued(drafts: Iterable[CitationDraft]) -> dict[str, list[str]]:
    """What is asked for by whole names, years and identifiers alone, of all ``drafts`` together."""
    facts: dict[str, list[str]] = {
        part: [] for part in (*NAMES.values(), "headings", "qualified_headings", "pmid", "doi")
    }
    for draft in drafts:
        for field, name in names(draft):
            if field in NAMES:
                facts[NAMES[field]].append(name)
        for heading in draft.mesh_headings:
            facts["headings"].append(heading.name)
            facts["qualified_headings"] += [f"{heading.name}/{each.name}" for each in heading.qualifiers]
        for identifier in draft.identifiers:
            if identifier.scheme in {"pmid", "doi"}:
                facts[identifier.scheme].append(identifier.value)
    return facts


def _given(*texts: str | None) -> list[str]:
    return [text for text in texts if text]
