"""The names by which a citation is found as a whole, as they are spelled. How they are indexed is ``folded``."""

from collections.abc import Callable, Iterable, Iterator

from app.citations.draft import MeshHeading
from app.citations.folded import journal_names
from app.citations.listed import Described
from app.kit.languages import names_of


def names(draft: Described, field: str) -> Iterable[str]:
    """The names under ``field``, a tag of the query language, by which a citation is found as a whole.

    Languages stand as a code and in English. A heading is a major topic when
    it or one of its subheadings is (``Mitragyna/adverse effects``); all the
    others are told apart where they are asked for (``search.documents``).
    """
    return _NAMES[field](draft)


def _major_headings(draft: Described) -> Iterator[str]:
    for heading in draft.mesh_headings:
        for field, qualifier in _tags_of_heading(heading):
            if field == "majr":
                yield f"{heading.name}/{qualifier}" if qualifier else heading.name


_NAMES: dict[str, Callable[[Described], Iterable[str]]] = {
    "majr": _major_headings,
    "pt": lambda draft: [term.name for term in draft.publication_types],
    "nm": lambda draft: [
        *(substance.name for substance in draft.chemicals), *(term.name for term in draft.supplementary_concepts)
    ],
    "la": lambda draft: [name for code in draft.languages for name in names_of(code)],
    "ta": lambda draft: journal_names(draft.journal) if draft.journal else (),
    "dp": lambda draft: [str(draft.year)] if draft.year else (),
}  # fmt: skip


def _tags_of_heading(heading: MeshHeading) -> list[tuple[str, str]]:
    """Tag and subheading, "" for the heading alone."""
    found = [("mh", "")]
    if heading.major or any(qualifier.major for qualifier in heading.qualifiers):
        found.append(("majr", ""))
    for qualifier in heading.qualifiers:
        found.append(("mh", qualifier.name))
        if qualifier.major:
            found.append(("majr", qualifier.name))
    return found
