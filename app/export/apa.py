"""A reference in the style of the Publication Manual of the APA, 7th edition, part by part. The way in is ``styles``.

What is printed in italics stands between two characters of private use, which
no text keeps: ``styles`` makes tags of them or takes them away.
"""

from app.export.particulars import (
    date_of,
    has_title,
    is_article_number,
    is_chapter,
    journal_of,
    link_of,
    one_line,
    pages_of,
    title_of,
)
from app.export.people import authors_of, editor, in_apa, pointed
from app.export.references import Person, Reference

_MOST_NAMES = 20
_BEFORE_DOTS = 19
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_KINDS = {
    "thesis": "Doctoral dissertation", "conference_abstract": "Conference abstract", "preprint": "Preprint",
    "trial_registration": "Clinical trial registration",
}  # fmt: skip
_BY_DAY = ("web_page", "trial_registration")
"""Sources that are dated to the day; all others by the year."""


def in_apa_7(reference: Reference) -> str:
    """The whole reference with marks around what is in italics; without authors the title stands first (9.12)."""
    authors = authors_of(reference)
    title = _title(reference)
    date = f"({_date(reference)})."
    names = _ended(_listed([_plain(in_apa(each)) for each in authors], reference)) if authors else ""
    head = (names, date, title) if authors else (title, date)
    return " ".join(part for part in (*head, _source(reference), link_of(reference) or "") if part)


def italic(text: str) -> str:
    """``text`` marked to be in italics."""
    return f"\ue000{text}\ue001" if text else ""


def _plain(text: str) -> str:
    return one_line(text).replace("\ue000", "").replace("\ue001", "")


def _ended(text: str) -> str:
    return text if not text or text.rstrip("\ue001”’\"'")[-1:] in ".?!" else f"{text}."


def _listed(names: list[str], reference: Reference) -> str:
    """Up to twenty names; of more the first nineteen, three points and the last (9.8). Unknown further ones are ``et al.``."""
    if not reference.authors_complete:
        return f"{', '.join(names[:_MOST_NAMES])}, et al."
    if len(names) > _MOST_NAMES:
        return f"{', '.join(names[:_BEFORE_DOTS])}, . . . {names[-1]}"
    if len(names) < 2:
        return names[0]
    # Two groups are joined without a comma; a comma stands before the sign where a name ends in initials.
    comma = "" if len(names) == 2 and not any(each.family for each in authors_of(reference)) else ","
    return f"{', '.join(names[:-1])}{comma} & {names[-1]}"


def _date(reference: Reference) -> str:
    date = date_of(reference)
    if not date:
        return "n.d."
    year, *rest = date.split("-")
    if not rest or reference.source_type not in _BY_DAY:
        return year
    return f"{year}, {_MONTHS[int(rest[0]) - 1]}" + (f" {int(rest[1])}" if len(rest) > 1 else "")


def _title(reference: Reference) -> str:
    """The title, in italics where the work stands alone; a foreign one with its translation in brackets (9.38)."""
    title = _plain(title_of(reference))
    original = _plain(reference.original_title or "").rstrip(".")
    if original and reference.title:
        inner = title if title.startswith("[") and title.endswith("]") else f"[{title}]"
        title = f"{original} {inner}"
    alone = reference.source_type not in ("journal_article", "conference_abstract") and not is_chapter(reference)
    kind = _KINDS.get(reference.source_type) if has_title(reference) else None
    # A repository that is named says by itself that it is a preprint.
    kind = None if reference.source_type == "preprint" and journal_of(reference) else kind
    if kind and reference.source_type == "thesis" and reference.publisher:
        kind += f", {_plain(reference.publisher)}"
    edition = _plain(reference.edition or "") if alone else ""
    more = f" ({_edition(edition)})" if edition else ""
    more += f" [{kind}]" if kind else ""
    return _ended((italic(title) if alone else title) + more)


def _edition(edition: str) -> str:
    edition = edition.rstrip(".")
    return f"{edition}." if edition.endswith("ed") else f"{edition} ed."


def _source(reference: Reference) -> str:
    if is_chapter(reference):
        return _in_a_book(reference)
    if reference.source_type in ("book", "agency_report"):
        return _ended(_plain(reference.publisher or ""))
    if reference.source_type == "thesis":
        return ""
    if reference.source_type in ("preprint", "web_page", "trial_registration"):
        return _ended(_plain(journal_of(reference) or reference.publisher or ""))
    return _in_a_journal(reference)


def _in_a_journal(reference: Reference) -> str:
    journal, volume = _plain(journal_of(reference) or ""), _plain(reference.volume or "")
    issue = f"({_plain(reference.issue)})" if reference.issue else ""
    # Journal and volume are in italics, the issue is not (10.1).
    place = italic(", ".join(part for part in (journal, volume) if part))
    place += issue if volume or not issue else f", {issue}"
    pages = _pages(reference, article="Article ")
    return _ended(", ".join(part for part in (place, pages) if part))


def _pages(reference: Reference, *, article: str = "") -> str:
    pages = pages_of(reference)
    if not pages:
        return ""
    if pages.last:
        return _plain(f"{pages.first}–{pages.last}")
    return _plain((article if is_article_number(pages) else "") + pages.first)


def _in_a_book(reference: Reference) -> str:
    editors = [editor(each) for each in reference.editors]
    by = f"{_edited_by(editors)}, " if editors else ""
    pages = _pages(reference)
    single = "" if "–" in pages else "p. "
    details = [_edition(_plain(reference.edition))] if reference.edition else []
    details += [f"{single or 'pp. '}{pages}"] if pages else []
    book = italic(_plain(reference.book_title or "").rstrip("."))
    where = f"In {by}{book}" + (f" ({', '.join(details)})" if details else "")
    return " ".join(part for part in (_ended(where), _ended(_plain(reference.publisher or ""))) if part)


def _edited_by(editors: list[Person]) -> str:
    names = [_plain(f"{pointed(each)} {each.family or each.collective}".strip()) for each in editors]
    if len(names) == 1:
        return f"{names[0]} (Ed.)"
    comma = "," if len(names) > 2 else ""
    return f"{', '.join(names[:-1])}{comma} & {names[-1]} (Eds.)"
