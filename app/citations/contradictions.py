"""Where a record of a file contradicts the one that is kept: what both say, and say otherwise. Nothing is changed here.

Files abbreviate: journals, given names, last pages and days are left out by
one and written by another. So only what cannot be a way of writing is compared:
the words of the title, the year, volume and issue, the first page, the first
author's family name, and identifiers of which a paper has one.
"""

from collections.abc import Callable, Mapping

from app.citations.draft import CitationDraft
from app.citations.standing import own_signals, rank, worst
from app.kit.tokens import fold


def contradictions(here: CitationDraft, said: CitationDraft, *, standing: str) -> tuple[str, ...]:
    """The names of the fields in which both say something, and not the same; ``standing`` is the one that is kept."""
    names = tuple(
        name for name, told in _COMPARED.items() if (ours := told(here)) and (theirs := told(said)) and ours != theirs
    )
    told = worst(signal.standing for signal in own_signals(said))
    return (*names, "standing") if rank(told) < rank(standing) else names


def _first_page(draft: CitationDraft) -> str:
    first = fold(draft.pages or "").split()[:1]
    return first[0].lstrip("0") if first else ""


def _first_author(draft: CitationDraft) -> str:
    first = next(iter(draft.authors), None)
    return fold(first.family or "") if first else ""


def _identifier(scheme: str) -> Callable[[CitationDraft], frozenset[str]]:
    return lambda draft: frozenset(each.value for each in draft.identifiers if each.scheme == scheme)


_COMPARED: Mapping[str, Callable[[CitationDraft], object]] = {
    "title": lambda draft: fold(draft.title or ""),
    "year": lambda draft: (draft.issued_on or "")[:4],
    "volume": lambda draft: fold(draft.volume or "").lstrip("0"),
    "issue": lambda draft: fold(draft.issue or "").lstrip("0"),
    "first_page": _first_page,
    "first_author": _first_author,
    "pmid": _identifier("pmid"),
    "doi": _identifier("doi"),
}
