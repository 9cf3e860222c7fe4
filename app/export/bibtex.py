"""References as BibTeX: UTF-8, what LaTeX would run escaped, braces balanced. Abstracts are left out.

Keys are made of the store's id alone (``kratom-R12``): they are unique, and stay
when a name or a year is corrected.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import islice

from app.export.particulars import (
    date_of,
    is_chapter,
    journal_of,
    keywords_of,
    link_of,
    notes_of,
    one_line,
    pages_of,
    title_of,
    warnings_of,
)
from app.export.people import authors_of, editor
from app.export.references import Person, Reference
from app.kit.public_ids import CITATION, public

ROWS_AT_ONCE = 500
TYPES = {
    "journal_article": "article", "preprint": "misc", "conference_abstract": "misc", "trial_registration": "misc",
    "thesis": "phdthesis", "agency_report": "techreport", "book": "book", "web_page": "misc",
}  # fmt: skip
"""Source type → entry type; a chapter is ``incollection``, a conference abstract in a journal ``article``."""

_PUBLISHER = {"techreport": "institution", "phdthesis": "school", "misc": "organization", "article": "organization"}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ESCAPES = str.maketrans({
    "\\": r"\textbackslash{}", "{": r"\textbraceleft{}", "}": r"\textbraceright{}", "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}", "$": r"\$", "&": r"\&", "%": r"\%", "#": r"\#", "_": r"\_",
})  # fmt: skip
# Verbatim in biblatex and \url: nothing is escaped there, so what could end the field is written as in an address.
_VERBATIM = str.maketrans({"\\": "%5C", "{": "%7B", "}": "%7D", " ": "%20"})
_AND = re.compile(r"\band\b", re.IGNORECASE)

Fields = list[tuple[str, str | None]]


def entries(references: Iterable[Reference]) -> Iterator[bytes]:
    """An entry for each reference, some hundred at a time."""
    rest = iter(references)
    while some := [entry(each) for each in islice(rest, ROWS_AT_ONCE)]:
        yield "".join(some).encode()


def entry(reference: Reference) -> str:
    """One entry. The title stands in a second pair of braces: styles would write ``DSM-5`` and ``Malaysia`` small."""
    kind = _kind(reference)
    fields = [*_origin(reference, kind), *_place(reference, kind), *_numbers(reference), *_words(reference)]
    lines = [f"  {name} = {value}" for name, value in fields if value]
    return ",\n".join([f"@{kind}{{kratom-{public(CITATION, reference.id)}", *lines]) + "\n}\n\n"


def escaped(text: str) -> str:
    """``text`` on one line as LaTeX prints it: no command, no open brace, no comment."""
    return one_line(text).translate(_ESCAPES)


def _kind(reference: Reference) -> str:
    if is_chapter(reference):
        return "incollection"
    if reference.source_type == "conference_abstract" and journal_of(reference):
        return "article"
    return TYPES.get(reference.source_type, "misc")


def _braced(text: str | None) -> str | None:
    return f"{{{escaped(text)}}}" if text and text.strip() else None


def _origin(reference: Reference, kind: str) -> Fields:
    names = [_name(each) for each in authors_of(reference)]
    if names and not reference.authors_complete:
        names.append("others")
    editors = [_name(editor(each)) for each in reference.editors]
    within = "journal" if kind == "article" else "howpublished"
    return [
        ("author", f"{{{' and '.join(names)}}}" if names else None),
        ("editor", f"{{{' and '.join(editors)}}}" if editors else None),
        ("title", f"{{{{{escaped(title_of(reference))}}}}}"),
        ("booktitle", _braced(reference.book_title) if kind == "incollection" else None),
        (within, _braced(journal_of(reference))),
        *_date(reference),
    ]


def _name(person: Person) -> str:
    """``Family, Suffix, Given``; braces keep a group, a comma and the word "and" together."""
    if not person.family:
        return f"{{{escaped(person.collective or '')}}}"
    given = person.given or " ".join(f"{each}." for each in person.initials or "")
    return ", ".join(_part(each) for each in (person.family, person.suffix, given) if each and each.strip())


def _part(text: str) -> str:
    plain = escaped(text)
    return f"{{{plain}}}" if "," in plain or _AND.search(plain) else plain


def _date(reference: Reference) -> Fields:
    date = date_of(reference)
    if not date:
        return []
    year, month = [*date.split("-"), ""][:2]
    return [("year", f"{{{year}}}"), ("month", _MONTHS[int(month) - 1] if month else None)]


def _place(reference: Reference, kind: str) -> Fields:
    pages = pages_of(reference)
    shown = (pages.first + (f"--{pages.last}" if pages.last else "")) if pages else None
    publisher = _PUBLISHER.get(kind, "publisher")
    return [
        ("volume", _braced(reference.volume)),
        ("number", _braced(reference.issue)),
        ("pages", _braced(shown)),
        ("edition", _braced(reference.edition)),
        (publisher, _braced(reference.publisher)),
        ("address", _braced(reference.place)),
        ("issn", _braced(reference.issn_l)),
        ("isbn", _braced(reference.identifier("isbn") or reference.identifier("book_isbn"))),
    ]


def _numbers(reference: Reference) -> Fields:
    return [
        ("doi", _verbatim(reference.identifier("doi"))),
        ("pmid", _braced(reference.identifier("pmid"))),
        ("pmcid", _braced(reference.identifier("pmcid"))),
        ("url", _verbatim(link_of(reference))),
    ]


def _verbatim(text: str | None) -> str | None:
    return f"{{{one_line(text).translate(_VERBATIM)}}}" if text and text.strip() else None


def _words(reference: Reference) -> Fields:
    what = {"preprint": "Preprint.", "conference_abstract": "Conference abstract."}.get(reference.source_type)
    printed = [each for each in (what, *warnings_of(reference)) if each]
    # Styles print ``note`` at the end of the reference and leave ``annote`` to the reader.
    own = [each for each in notes_of(reference) if each not in printed]
    return [
        ("language", _braced(", ".join(reference.languages))),
        ("keywords", _braced(", ".join(each.replace(",", "") for each in keywords_of(reference)))),
        ("note", _braced(" ".join(printed))),
        ("annote", _braced(" ".join(own))),
    ]
