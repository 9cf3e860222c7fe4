"""What every bibliographic format says of a reference: title, date, pages, links, warnings. Nothing here writes a format."""

import re
from typing import NamedTuple
from urllib.parse import quote

from app.export.references import Reference

WARNINGS = {"retracted": "RETRACTED: ", "withdrawn": "WITHDRAWN: "}
"""Put before a title, as publishers do (NISO RP-45-2024): the title is what every list and every style shows."""

_SENTENCES = {
    "retracted": "This report was retracted.",
    "withdrawn": "This report was withdrawn.",
    "expression_of_concern": "An expression of concern was published about this report.",
    "superseded": "A later version of this report exists.",
    "corrected": "A correction of this report was published.",
    "deleted_upstream": "The source of this record has deleted it.",
}
STANDING_SENTENCES = frozenset(_SENTENCES.values())
AUTHORS_INCOMPLETE = "The list of authors is not complete here."
AUTHORS_UNRECORDED = "Its authors are not recorded."
KNOWN_AS = "Not identified in any index; known as: "
ORIGINAL_TITLE = "Original title: "
"""Notes that exports write and imports take back to where they came from."""

LANGUAGES = {
    "eng": ("English", "en"), "ger": ("German", "de"), "fre": ("French", "fr"), "spa": ("Spanish", "es"),
    "ita": ("Italian", "it"), "por": ("Portuguese", "pt"), "dut": ("Dutch", "nl"), "rus": ("Russian", "ru"),
    "pol": ("Polish", "pl"), "cze": ("Czech", "cs"), "hun": ("Hungarian", "hu"), "rum": ("Romanian", "ro"),
    "dan": ("Danish", "da"), "swe": ("Swedish", "sv"), "nor": ("Norwegian", "no"), "fin": ("Finnish", "fi"),
    "tur": ("Turkish", "tr"), "gre": ("Greek", "el"), "heb": ("Hebrew", "he"), "ara": ("Arabic", "ar"),
    "jpn": ("Japanese", "ja"), "chi": ("Chinese", "zh"), "kor": ("Korean", "ko"), "tha": ("Thai", "th"),
    "may": ("Malay", "ms"), "ind": ("Indonesian", "id"), "ukr": ("Ukrainian", "uk"), "bul": ("Bulgarian", "bg"),
    "hrv": ("Croatian", "hr"), "srp": ("Serbian", "sr"), "slo": ("Slovak", "sk"), "slv": ("Slovenian", "sl"),
}  # fmt: skip
"""MARC codes, as NLM uses them: the name in English, and the ISO 639-1 code that CSL wants."""

_WARNED = re.compile(r"\W*(retracted|withdrawn)\b", re.IGNORECASE)
_NOT_TEXT = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff]")
_RANGE = re.compile(r"([A-Za-z]*)([0-9]+)([A-Za-z]*)\s*[-–—]\s*([A-Za-z]*)([0-9]+)((?:\.?[A-Za-z][0-9]*)?)")
_HARMLESS = re.compile(r"https?://[^\s/]", re.IGNORECASE)
_OPEN_TO_READ = "!#$%&'()*+,-./:;=?@_~[]"


class Pages(NamedTuple):
    """First and last page in full; ``last`` is None for a single page, an article number, and what cannot be told apart."""

    first: str
    last: str | None


def one_line(text: str) -> str:
    """``text`` on one line: any white space becomes one space, and controls go, so that no value can begin a new field."""
    if not text.isprintable():
        text = _NOT_TEXT.sub("", text)
    return " ".join(text.split())


def title_of(reference: Reference) -> str:
    """The title without its full stop, warned of when retracted; in square brackets what it is, where it has none."""
    title = one_line(reference.title or reference.book_title or reference.original_title or "")
    if title.endswith(".") and not title.endswith(".."):
        title = title[:-1]
    if not title:
        title = f"[{reference.source_type.replace('_', ' ').capitalize()}]"
    warning = WARNINGS.get(reference.standing, "")
    return title if _WARNED.match(title) else warning + title


def has_title(reference: Reference) -> bool:
    """Whether its title is known; what stands for one elsewhere only says what kind of thing it is."""
    return bool((reference.title or reference.book_title or reference.original_title or "").strip())


def is_chapter(reference: Reference) -> bool:
    """Whether the record is a part of a book."""
    return reference.source_type == "book" and bool(reference.book_title) and reference.title != reference.book_title


def journal_of(reference: Reference) -> str | None:
    """The journal in full, or as abbreviated where only that is known."""
    journal = reference.journal_title or reference.journal_abbreviation
    return one_line(journal) if journal else None


def date_of(reference: Reference) -> str | None:
    """The partial date to cite by: that of the issue, else that of the electronic publication."""
    return reference.issued_on or reference.electronic_on or (str(reference.year) if reference.year else None)


def pages_of(reference: Reference) -> Pages | None:
    """Pages with the last one in full: ``123-30`` ends at 130, ``R206-14`` at R214."""
    if not reference.pages:
        return None
    given = one_line(reference.pages)
    found = _RANGE.fullmatch(given)
    if not found:
        return Pages(given, None)
    before, first, after, before_last, last, after_last = found.groups()
    if not before_last:
        before_last = before
        last = first[: len(first) - len(last)] + last if len(last) < len(first) else last
    if before_last == before and int(last) < int(first):
        return Pages(given, None)
    return Pages(before + first + after, before_last + last + after_last)


def is_article_number(pages: Pages) -> bool:
    """Whether what stands for pages is the number of an article: ``e2353401``, ``111329``."""
    return pages.last is None and re.fullmatch(r"[eE][0-9]+|[0-9]{5,}", pages.first) is not None


def link_of(reference: Reference) -> str | None:
    """Where to read it: its DOI, PubMed, the registry, or its own address; only ever http and https."""
    doi, pmid, trial = (reference.identifier(scheme) for scheme in ("doi", "pmid", "nct"))
    if doi:
        return f"https://doi.org/{quote(one_line(doi), safe='!$&()*+,-./:;=@_~')}"
    if pmid:
        return f"https://pubmed.ncbi.nlm.nih.gov/{quote(one_line(pmid), safe='')}/"
    if trial:
        return f"https://clinicaltrials.gov/study/{quote(one_line(trial), safe='')}"
    address = one_line(reference.identifier("url") or "")
    return quote(address, safe=_OPEN_TO_READ) if _HARMLESS.match(address) else None


def keywords_of(reference: Reference) -> list[str]:
    """Descriptors and words of the authors, each once; MeSH without subheadings and asterisks."""
    descriptors = (heading.partition("/")[0].removeprefix("*") for heading in reference.mesh_headings)
    return [one_line(word) for word in dict.fromkeys([*descriptors, *reference.keywords]) if word.strip()]


def warnings_of(reference: Reference) -> list[str]:
    """The sentence that must be printed with it, where it no longer stands as it was published."""
    return [_SENTENCES[reference.standing]] if reference.standing in _SENTENCES else []


def notes_of(reference: Reference) -> list[str]:
    """What a reader must know before using it, in sentences: warnings first, then what is missing here."""
    notes = warnings_of(reference)
    if not reference.authors_complete:
        notes.append(AUTHORS_INCOMPLETE if reference.authors else AUTHORS_UNRECORDED)
    if not reference.identifiers and reference.citation_text:
        notes.append(f"{KNOWN_AS}{one_line(reference.citation_text)}.")
    if reference.original_title:
        notes.append(f"{ORIGINAL_TITLE}{one_line(reference.original_title)}")
    return notes
