"""A reference in the Vancouver style of NLM and ICMJE, part by part. The way in is ``styles``."""

import re

from app.export.particulars import (
    LANGUAGES,
    date_of,
    has_title,
    is_chapter,
    link_of,
    one_line,
    pages_of,
    title_of,
)
from app.export.people import authors_of, editor, short
from app.export.references import Person, Reference

_MOST_NAMES = 6
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_ENDED = re.compile("[.?!][”’\"']*$")
_KINDS = {
    "preprint": "preprint", "conference_abstract": "abstract", "thesis": "dissertation", "web_page": "Internet",
    "trial_registration": "Internet", "agency_report": "report",
}  # fmt: skip


def in_vancouver(reference: Reference) -> str:
    """The whole reference; what is not known is left out, an unknown date says so as *Citing Medicine* wants."""
    source_type = reference.source_type
    if source_type in ("book", "thesis", "agency_report"):
        source = _published(reference)
    elif source_type in ("web_page", "trial_registration"):
        source = _on_the_web(reference)
    else:
        source = _in_a_journal(reference)
    return " ".join(part for part in (_names(reference), *source, *_identifiers(reference)) if part)


def ended(text: str) -> str:
    """``text`` with a full stop, unless it ends in a mark of its own."""
    return text if not text or _ENDED.search(text) else f"{text}."


def _names(reference: Reference) -> str:
    authors = authors_of(reference)
    return ended(_listed(authors, complete=reference.authors_complete)) if authors else ""


def _listed(people: list[Person], *, complete: bool) -> str:
    """Persons with commas, groups behind a semicolon; of more than six the first six, and others as ``et al``."""
    shown = people[:_MOST_NAMES]
    text = ""
    for place, each in enumerate(shown):
        groups = not each.family or (place and not shown[place - 1].family)
        text += ("; " if groups else ", ") if place else ""
        text += one_line(short(each))
    return text + (", et al" if len(people) > _MOST_NAMES or not complete else "")


def _title(reference: Reference, *, marked: bool = True) -> str:
    kind = _KINDS.get(reference.source_type) if marked and has_title(reference) else None
    title = title_of(reference)
    return ended(f"{title} [{kind}]" if kind else title)


def _date(reference: Reference) -> str:
    date = date_of(reference)
    if not date:
        return "[date unknown]"
    year, *rest = date.split("-")
    month = [_MONTHS[int(rest[0]) - 1]] if rest else []
    day = [str(int(rest[1]))] if len(rest) > 1 else []
    return " ".join([year, *month, *day])


def _in_a_journal(reference: Reference) -> list[str]:
    preprint = reference.source_type == "preprint"
    # NLM abbreviates without points; ISO, and some records, write "J. Clin. Endocrinol. Metab.".
    journal = one_line((reference.journal_abbreviation or "").replace(".", "") or reference.journal_title or "")
    journal = journal.rstrip(".")
    if preprint and journal:
        journal += " [Preprint]"
    volume = one_line(reference.volume or "")
    issue = f"({one_line(reference.issue)})" if reference.issue else ""
    pages = _short_pages(reference)
    where = f";{volume}{issue}" if volume or issue else ""
    where += f":{pages}" if pages else ""
    marked = reference.source_type != "preprint" or not journal
    return [_title(reference, marked=marked), ended(journal), f"{_date(reference)}{where}.", _language(reference)]


def _short_pages(reference: Reference) -> str:
    """``123-130`` → ``123-30``; pages with letters stay whole."""
    pages = pages_of(reference)
    if not pages:
        return ""
    first, last = pages
    if not last:
        return first
    if not (first.isdigit() and last.isdigit() and len(first) == len(last)):
        return f"{first}-{last}"
    same = next((place for place in range(len(first)) if first[place] != last[place]), len(first) - 1)
    return f"{first}-{last[same:]}"


def _language(reference: Reference) -> str:
    names = [LANGUAGES[each][0] for each in reference.languages if each in LANGUAGES]
    return f"{', '.join(names)}." if names and names != ["English"] else ""


def _published(reference: Reference) -> list[str]:
    """A book, a part of one, a thesis, a report: place: publisher; year."""
    place, publisher = one_line(reference.place or ""), one_line(reference.publisher or "")
    maker = f"{place}: {publisher}" if place and publisher else place or publisher
    date = _date(reference)[:4] if date_of(reference) else _date(reference)
    imprint = f"{maker}; {date}." if maker else f"{date}."
    if not is_chapter(reference):
        return [_title(reference), _edition(reference), imprint]
    editors = [editor(each) for each in reference.editors]
    told = f"{_listed(editors, complete=True)}, editor{'s' if len(editors) > 1 else ''}. " if editors else ""
    pages = _short_pages(reference)
    book = ended(one_line(reference.book_title or "").rstrip("."))
    return [_title(reference), f"In: {told}{book}", _edition(reference), imprint, f"p. {pages}." if pages else ""]


def _edition(reference: Reference) -> str:
    edition = one_line(reference.edition or "").rstrip(".")
    return "" if not edition else f"{edition}." if "ed" in edition.lower() else f"{edition} ed."


def _on_the_web(reference: Reference) -> list[str]:
    site = one_line(reference.journal_title or reference.journal_abbreviation or reference.publisher or "").rstrip(".")
    if reference.source_type == "trial_registration":
        site = site or "ClinicalTrials.gov"
    trial = reference.identifier("nct")
    number = f"Identifier: {one_line(trial)}." if trial else ""
    link = link_of(reference)
    where = f"Available from: {link}" if link and not reference.identifier("doi") else ""
    date = _date(reference)
    return [_title(reference), f"{site}; {date}." if site else f"{date}.", number, where]


def _identifiers(reference: Reference) -> list[str]:
    doi, pmid, pmcid = (reference.identifier(scheme) for scheme in ("doi", "pmid", "pmcid"))
    numbers = [f"{name}: {one_line(each)}" for name, each in (("PMID", pmid), ("PMCID", pmcid)) if each]
    return [f"doi: {one_line(doi)}." if doi else "", f"{'; '.join(numbers)}." if numbers else ""]
