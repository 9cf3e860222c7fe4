"""One reference as a line of a bibliography: Vancouver (NLM, as ICMJE shows it) and APA 7. Nothing here reads the database.

Vancouver follows the sample references of the ICMJE (NLM's *Citing Medicine*),
with identifiers as PubMed prints them; APA follows the Publication Manual, 7th
edition, chapters 9 and 10. ``*_html`` are the same, escaped, with APA's italics.
"""

import re
from html import escape

from app.export.apa import in_apa_7
from app.export.nlm import in_vancouver
from app.export.references import Reference

_ITALIC = re.compile("\ue000(.*?)\ue001", re.DOTALL)


def vancouver(reference: Reference) -> str:
    """The reference as NLM cites: six authors, abbreviated journal, date as known, short pages, DOI and PubMed ids."""
    return in_vancouver(reference)


def vancouver_html(reference: Reference) -> str:
    """:func:`vancouver` as it may stand in a page."""
    return escape(in_vancouver(reference))


def apa(reference: Reference) -> str:
    """The reference as APA 7 lists it, without italics."""
    return _ITALIC.sub(r"\1", in_apa_7(reference))


def apa_html(reference: Reference) -> str:
    """The same as it may stand in a page, titles of journals and books in italics."""
    return _ITALIC.sub(r"<i>\1</i>", escape(in_apa_7(reference)))


def citations(reference: Reference) -> dict[str, dict[str, str]]:
    """Both styles as an answer gives them: ``text`` as it is, and ``html`` that may stand in a page."""
    return {
        "vancouver": {"text": vancouver(reference), "html": vancouver_html(reference)},
        "apa": {"text": apa(reference), "html": apa_html(reference)},
    }
