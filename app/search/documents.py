"""A citation as the texts and names that a query may ask about, by part. Nothing here reads a query."""

from collections.abc import Callable, Iterable

from app.citations.folded import author_name
from app.citations.listed import Described
from app.citations.names import names
from app.search.syntax import Document

_WORDS: dict[str, Callable[[Described], Iterable[str]]] = {
    "title": lambda draft: _given(draft.title, draft.original_title, draft.book_title),
    "abstract": lambda draft: [part.text for part in draft.texts],
    "keywords": lambda draft: [keyword.text for keyword in draft.keywords],
    "subheadings": lambda draft: [each.name for heading in draft.mesh_headings for each in heading.qualifiers],
    "authors": lambda draft: _given(*map(author_name, draft.authors)),
}
"""Part → the texts that are asked for by their words alone."""

_CATALOGUED: dict[str, Callable[[Described], Iterable[str]]] = {
    "major_headings": lambda draft: names(draft, "majr"),
    "publication_types": lambda draft: names(draft, "pt"),
    "substances": lambda draft: names(draft, "nm"),
    "languages": lambda draft: names(draft, "la"),
    "journal": lambda draft: names(draft, "ta"),
    "year": lambda draft: names(draft, "dp"),
    "headings": lambda draft: [heading.name for heading in draft.mesh_headings],
    "qualified_headings": lambda draft: [
        f"{heading.name}/{each.name}" for heading in draft.mesh_headings for each in heading.qualifiers
    ],
    "pmid": lambda draft: _identified(draft, "pmid"),
    "doi": lambda draft: _identified(draft, "doi"),
}
"""Part → what is asked for by whole names, years and identifiers."""

_PARTS = _WORDS | _CATALOGUED


def part_of(draft: Described, part: str) -> list[str]:
    """What one part of ``draft`` holds."""
    return list(_PARTS[part](draft))


def of_citation(draft: Described) -> Document:
    """Everything of ``draft`` that the text index holds and identifiers find."""
    return {part: part_of(draft, part) for part in _PARTS}


def catalogued(drafts: Iterable[Described]) -> dict[str, list[str]]:
    """What is asked for by whole names, years and identifiers alone, of all ``drafts`` together."""
    given = list(drafts)
    return {part: [name for draft in given for name in named(draft)] for part, named in _CATALOGUED.items()}


def _identified(draft: Described, scheme: str) -> list[str]:
    return [identifier.value for identifier in draft.identifiers if identifier.scheme == scheme]


def _given(*texts: str | None) -> list[str]:
    return [text for text in texts if text]
