"""Which records of a file are wanted: the search language asked of drafts before they are stored. Nothing here reads files.

Most records of a bulk file are about something else, so a look at the folded
text comes first; only what may match is compared in full.
"""

from app.citations.draft import CitationDraft
from app.export.particulars import LANGUAGES
from app.kit.tokens import fold
from app.search.language import parse
from app.search.syntax import EVERYWHERE, Document, Either, Joint, Leaf, Term, Without, collapse, matches

_ANYWHERE = frozenset({None, "ti", "ab", "tiab"})


class Selection:
    """A search that records must match. Raises :class:`MalformedQuery` for a text that is none."""

    def __init__(self, query: str) -> None:
        self._tree = parse(query).tree

    def holds(self, draft: CitationDraft) -> bool:
        """Whether the record is wanted."""
        asked = document(draft)
        return self._may_hold(asked) and matches(self._tree, asked)

    def _may_hold(self, asked: Document) -> bool:
        """False only where no full comparison could say yes: every word of a term must stand somewhere in the record."""
        said = "\n".join(text for part in EVERYWHERE.parts for text in asked.get(part, ()))
        # Folding ASCII only lowers it, drops apostrophes and parts words; that is ten times as fast.
        folded = said.lower().replace("'", "") if said.isascii() else fold(said)

        def leaf(node: Leaf) -> bool:
            if not isinstance(node, Term) or node.field not in _ANYWHERE:
                return True
            return all(word in folded for word in node.words)

        def join(node: Joint, held: list[bool]) -> bool:
            if isinstance(node, Without):
                return held[0]
            return any(held) if isinstance(node, Either) else all(held)

        return collapse(self._tree, leaf, join)


def document(draft: CitationDraft) -> Document:
    """What the search language can ask of a record, by part."""
    journal = draft.journal
    dates = [date[:4] for date in (draft.issued_on, draft.electronic_on) if date]
    qualified = [f"{each.name}/{one.name}" for each in draft.mesh_headings for one in each.qualifiers]
    return {
        "title": [text for text in (draft.title, draft.original_title, draft.book_title) if text],
        "abstract": [part.text for part in draft.texts],
        "keywords": [each.text for each in draft.keywords],
        "headings": [each.name for each in draft.mesh_headings],
        "qualified_headings": qualified,
        "major_headings": [
            each.name for each in draft.mesh_headings if each.major or any(one.major for one in each.qualifiers)
        ],
        "subheadings": [one.name for each in draft.mesh_headings for one in each.qualifiers],
        "publication_types": [each.name for each in draft.publication_types],
        "substances": [
            *(each.name for each in draft.chemicals), *(each.name for each in draft.supplementary_concepts),
        ],
        "authors": [each.collective or f"{each.family or ''} {each.initials or ''}".strip() for each in draft.authors],
        "journal": [
            text
            for text in (journal.title, journal.abbreviation, journal.medline_abbreviation, journal.issn, journal.issn_l)
            if text
        ] if journal else [],
        "year": [min(dates)] if dates else [],
        "pmid": [each.value for each in draft.identifiers if each.scheme == "pmid"],
        "doi": [each.value for each in draft.identifiers if each.scheme == "doi"],
        "languages": [name for code in draft.languages for name in (code, LANGUAGES.get(code, (code,))[0])],
    }  # fmt: skip
