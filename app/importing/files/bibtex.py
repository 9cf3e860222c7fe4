"""BibTeX and biblatex into drafts. ``bibtexparser`` takes an entry apart; which names mean what is said here.

The file is cut before each ``@entry{`` at the beginning of a line, so that a broken
entry costs itself alone, and no file is held in memory.
"""

import logging
import re
from collections.abc import Callable, Iterator
from functools import partial

from bibtexparser.entrypoint import parse_string
from bibtexparser.model import DuplicateFieldKeyBlock, Entry

from app.citations.draft import Author, CitationDraft
from app.importing.files.encodings import Text
from app.importing.files.filling import Filling, tidy
from app.importing.files.latex import plain
from app.importing.files.names import OTHERS, are_parts_of_several, is_suffix, with_given
from app.importing.files.remarks import Remarks
from app.importing.pubmed.parser import Rejected

SOURCE = "bibtex"
# It logs every broken entry; here they are told in the report.
logging.getLogger("bibtexparser").setLevel(logging.CRITICAL)
LONGEST_ENTRY = 1_000_000
DEEPEST = 100

KINDS = {
    **dict.fromkeys(("article", "periodical"), "journal_article"),
    **dict.fromkeys(("book", "inbook", "incollection", "collection", "mvbook", "booklet"), "book"),
    **dict.fromkeys(("inproceedings", "conference", "proceedings"), "conference_abstract"),
    **dict.fromkeys(("phdthesis", "mastersthesis", "thesis"), "thesis"),
    **dict.fromkeys(("techreport", "report", "manual"), "agency_report"),
    **dict.fromkeys(("online", "electronic", "www"), "web_page"),
    "unpublished": "preprint",
}
"""Entry type → source type; what ``misc`` is tell its note and its address."""

_NOTED = {"Preprint.": "preprint", "Conference abstract.": "conference_abstract"}
_BEGIN = re.compile(r"\s*@\s*[A-Za-z]+\s*[{(]")
_AND = re.compile(r"\s+and\s+", re.IGNORECASE)
_PIECES = re.compile(r"\s*#\s*")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_PLAIN = {"title": "title", "volume": "volume", "number": "issue", "issue": "issue", "eid": "pages"}
_IDENTIFIERS = frozenset({"doi", "pmid", "pmcid"})
_ARCHIVES = {"pubmed": "pmid", "pmid": "pmid", "pmc": "pmcid", "pmcid": "pmcid"}
_EXTRAS = {
    **dict.fromkeys(("publisher", "institution", "school", "organization"), "PublisherName"),
    **dict.fromkeys(("address", "location"), "PublisherLocation"),
    "edition": "Edition",
}
_KEPT = frozenset({
    "subtitle", "titleaddon", "series", "chapter", "type", "howpublished", "crossref", "key",
    "primaryclass", "urldate", "file", "shorttitle", "copyright", "annotation", "pagetotal", "timestamp", "owner",
    "date-added", "date-modified", "bdsk-url-1", "mendeley-groups", "mendeley-tags", "day", "comment", "groups", "rights",
    "translator", "volumes", "version", "issue_date", "numpages", "articleno", "affiliation", "author_keywords", "source",
    "document_type", "coden", "correspondence_address1", "pubstate", "venue", "eventtitle", "origdate", "langid", "priority",
    "accession", "author+an", "readstatus",
})  # fmt: skip


def read(text: Text, remarks: Remarks) -> Iterator[CitationDraft | Rejected]:
    """A draft or a rejection for each entry of the file, in its order."""
    strings: dict[str, str] = {}
    position = 0
    for line, chunk in _chunks(text.lines(), remarks):
        fault = _unfit(chunk)
        if fault:
            position += 1
            yield Rejected(position, fault, line, _key_of(chunk))
            continue
        library = parse_string(chunk, parse_stack=[])
        for each in library.strings:
            strings[each.key.lower()] = _evaluated(each.value, strings)
        for entry in library.entries:
            position += 1
            yield _draft(entry, line, strings, position=position, remarks=remarks)
        for broken in library.failed_blocks:
            position += 1
            if isinstance(broken, DuplicateFieldKeyBlock) and isinstance(broken.ignore_error_block, Entry):
                twice = ", ".join(sorted(broken.duplicate_keys))[:200]
                remarks.note(
                    line, f"The entry has {twice} more than once. Lists are joined; else the first one counts."
                )
                yield _draft(broken.ignore_error_block, line, strings, position=position, remarks=remarks)
                continue
            why = (
                tidy(getattr(broken.error, "abort_reason", "") or str(broken.error)).rstrip(".")[:200]
                or "it cannot be read"
            )
            yield Rejected(position, f"The entry is broken: {why}", line + (broken.start_line or 0), _key_of(chunk))


def _unfit(chunk: str) -> str | None:
    if len(chunk) > LONGEST_ENTRY:
        return f"The entry has more than {LONGEST_ENTRY:,} characters."
    depth = deepest = 0
    for found in re.finditer(r"[{}]", chunk):
        depth += 1 if found[0] == "{" else -1
        deepest = max(deepest, depth)
    return f"The entry has more than {DEEPEST} braces within each other." if deepest > DEEPEST else None


def _chunks(lines: Iterator[tuple[int, str]], remarks: Remarks) -> Iterator[tuple[int, str]]:
    """Each entry with the number of its first line; what stands before the first is a comment and told."""
    first, held, size = 0, list[str](), 0
    for number, line in lines:
        if _BEGIN.match(line):
            if held:
                yield first, "\n".join(held)
            first, held, size = number, [], 0
        elif not first:
            if line.strip() and not line.lstrip().startswith("%"):
                remarks.note(number, f"{line.strip()[:40]!r} stands outside of any entry; it was left out.")
            continue
        if size <= LONGEST_ENTRY:
            held.append(line)
            size += len(line) + 1
    if held:
        yield first, "\n".join(held)


def _key_of(chunk: str) -> str | None:
    found = re.match(r"\s*@\s*\w+\s*[{(]\s*([^\s,=]{1,100}),", chunk)
    return found[1] if found else None


def _evaluated(value: str, strings: dict[str, str]) -> str:
    """The text of a value: groups and quotes opened, names of strings replaced, pieces joined."""
    return "".join(_opened(piece, strings) for piece in _pieces_of(value.strip()))


def _pieces_of(value: str) -> list[str]:
    if "#" not in value or (value.startswith("{") and _closes_at_end(value)):
        return [value]
    pieces, depth, quoted, start = [], 0, False, 0
    for place, sign in enumerate(value):
        depth += {"{": 1, "}": -1}.get(sign, 0)
        if sign == '"' and depth == 0:
            quoted = not quoted
        elif sign == "#" and depth == 0 and not quoted:
            pieces.append(value[start:place].strip())
            start = place + 1
    return [*pieces, value[start:].strip()]


def _closes_at_end(value: str) -> bool:
    depth = 0
    for place, sign in enumerate(value):
        depth += {"{": 1, "}": -1}.get(sign, 0)
        if depth == 0:
            return place == len(value) - 1
    return False


def _opened(piece: str, strings: dict[str, str]) -> str:
    if len(piece) > 1 and (piece[0], piece[-1]) in {("{", "}"), ('"', '"')}:
        return piece[1:-1]
    return strings.get(piece.lower(), piece)


class _Entry:
    """An entry being read."""

    def __init__(self, filling: Filling, kind: str) -> None:
        self.filling = filling
        self.kind = kind
        self.line = filling.line
        self.dates: dict[str, str] = {}
        self.within: dict[str, str] = {}
        self.archive: dict[str, str] = {}
        self.numbers: dict[str, str] = {}
        self.people: str | None = None


def _draft(
    entry: Entry, line: int, strings: dict[str, str], *, position: int, remarks: Remarks
) -> CitationDraft | Rejected:  # fmt: skip
    filling = Filling(SOURCE, line, remarks)
    filling.id = entry.key[:200]
    one = _Entry(filling, entry.entry_type.lower())
    filling.receive("@", f"{one.kind}:{entry.key}", line)
    for field in entry.fields:
        one.line = line + (field.start_line or 0)
        raw = _evaluated(str(field.value), strings)
        if filling.receive(field.key, raw, one.line) is not None:
            _take(one, field.key.lower(), raw.strip())
    filling.keep("key", entry.key)
    _settle(one)
    return filling.draft(position)


def _take(entry: _Entry, name: str, raw: str) -> None:
    filling, text = entry.filling, tidy(plain(raw))
    if not text:
        return
    if name in _PLAIN:
        filling.put(_PLAIN[name], text, name=name)
    elif name in _IDENTIFIERS:
        if entry.numbers.setdefault(name, text) == text:
            filling.identify(name, _bare(raw), entry.line)
        else:
            filling.keep(name, text)
    elif name in _EXTRAS:
        filling.keep(_EXTRAS[name], text)
    elif name in _TAKERS:
        _TAKERS[name](entry, name, raw)
    elif name in _KEPT:
        filling.keep(name, text)
    else:
        filling.remarks.miss(name, entry.line)


def _bare(raw: str) -> str:
    """An identifier or address: nothing in it is LaTeX but signs that some programs escape all the same."""
    return (
        re.sub(r"\\([_&%#$~{}])", r"\1", raw).replace("%5C", "\\").replace("%7B", "{").replace("%7D", "}").strip("{} ")
    )


def _people(raw: str) -> list[str]:
    names, depth, start = [], 0, 0
    ends = {found.start(): found.end() for found in _AND.finditer(raw)}
    for place, sign in enumerate(raw):
        depth += {"{": 1, "}": -1}.get(sign, 0)
        if depth == 0 and place in ends and place >= start:
            names.append(raw[start:place])
            start = ends[place]
    return [name.strip() for name in (*names, raw[start:]) if name.strip()]


def _parts(name: str) -> list[str]:
    parts, depth, start = [], 0, 0
    for place, sign in enumerate(name):
        depth += {"{": 1, "}": -1}.get(sign, 0)
        if sign == "," and depth == 0:
            parts.append(name[start:place])
            start = place + 1
    return [tidy(plain(part)) for part in (*parts, name[start:])]


def _person(name: str) -> Author | None:
    """``Family, Given``, ``Family, Suffix, Given``, ``Given von Family`` or a group in braces."""
    if name.startswith("{") and _closes_at_end(name):
        return Author(collective=tidy(plain(name[1:-1])) or None)
    parts = _parts(name)
    if len(parts) == 1:
        *before, last = parts[0].split(" ")
        von = next((place for place, each in enumerate(before) if each[:1].islower()), len(before))
        return with_given(" ".join((*before[von:], last)), " ".join(before[:von]) or None)
    family, suffix, given = (parts[0], None, parts[1]) if len(parts) == 2 else (parts[0], parts[1], " ".join(parts[2:]))
    if suffix and is_suffix(given) and not is_suffix(suffix):
        suffix, given = given, suffix
    return with_given(family, given or None, suffix or None) if family else Author(collective=given or None)


def _author(entry: _Entry, field: str, raw: str) -> None:
    if entry.people is not None:
        if entry.people != raw:
            entry.filling.keep(field, tidy(plain(raw)))
        return
    entry.people = raw
    for name in _people(raw):
        if name.lower() in OTHERS:
            entry.filling.complete = False
            continue
        if are_parts_of_several(_parts(name)):
            entry.filling.undecided(plain(name), line=entry.line, name=field)
            continue
        found = _person(name)
        if found and (found.family or found.collective):
            entry.filling.authors.append(found)
        else:
            entry.filling.remarks.note(entry.line, f"{name[:80]!r} is no name; it was left out.")


def _editor(entry: _Entry, _: str, raw: str) -> None:
    for name in _people(raw):
        found = _person(name)
        if found:
            given = found.given or " ".join(f"{each}." for each in found.initials or "")
            shown = ", ".join(part for part in (found.family, given, found.suffix) if part)
            entry.filling.keep("Editor", found.collective or shown)


def _hold(held: str, entry: _Entry, name: str, raw: str) -> None:
    text = tidy(plain(raw))
    if getattr(entry, held).setdefault(name, text) != text:
        entry.filling.keep(name, text)


def _pages(entry: _Entry, name: str, raw: str) -> None:
    entry.filling.put("pages", re.sub(r"\s*-{2,3}\s*", "-", tidy(plain(raw))), name=name)


def _address(entry: _Entry, name: str, raw: str) -> None:
    entry.filling.address(_bare(raw), name=name)


def _serial(entry: _Entry, name: str, raw: str) -> None:
    entry.filling.serial(tidy(plain(raw)), line=entry.line, name=name, book=name == "isbn")


def _keywords(entry: _Entry, _: str, raw: str) -> None:
    for word in re.split(r"[,;]", plain(raw)):
        entry.filling.keyword(tidy(word))


def _abstract(entry: _Entry, name: str, raw: str) -> None:
    entry.filling.abstract(tidy(plain(raw)), name=name)


def _language(entry: _Entry, name: str, raw: str) -> None:
    entry.filling.language(tidy(plain(raw)), line=entry.line, name=name)


def _note(entry: _Entry, name: str, raw: str) -> None:
    text = plain(raw).strip()
    for said, source_type in _NOTED.items():
        if text.startswith(said):
            entry.filling.fields["source_type"] = source_type
            text = text.removeprefix(said).strip()
    entry.filling.note(text, name=name)


def _settle(entry: _Entry) -> None:
    filling, dates, within = entry.filling, entry.dates, entry.within
    _settle_archive(filling, entry.archive)
    filling.settle_supposed()
    kind = KINDS.get(entry.kind)
    if kind and kind != "journal_article":
        filling.fields.setdefault("source_type", kind)
    elif kind is None and "source_type" not in filling.fields:
        _settle_misc(filling, entry.kind)
    if "booktitle" in within and filling.fields.get("source_type") == "book":
        filling.fields["book_title"] = within.pop("booktitle")
    for name in ("journal", "journaltitle", "howpublished", "booktitle"):
        if name in within:
            filling.put_journal("title", within[name], name=name)
    if "shortjournal" in within:
        filling.put_journal("abbreviation", within["shortjournal"], name="shortjournal")
    _settle_date(filling, dates)


def _settle_date(filling: Filling, dates: dict[str, str]) -> None:
    if "date" in dates:
        filling.issued(dates["date"], line=filling.line)
    elif "year" in dates:
        month = dates.get("month", "")
        number = str(_MONTHS.index(month.lower()) + 1) if month.lower() in _MONTHS else month
        said = f"{dates['year']}-{number}" if number.isdigit() else f"{dates['year']} {month}".strip()
        filling.issued(said, line=filling.line)


def _settle_archive(filling: Filling, archive: dict[str, str]) -> None:
    """``eprint`` is a PMID where the entry says that its archive is PubMed; else it is kept, as an arXiv number is."""
    said = {archive.get(name, "").lower() for name in ("eprinttype", "archiveprefix")}
    scheme = next((_ARCHIVES[each] for each in said if each in _ARCHIVES), None)
    if scheme and "eprint" in archive:
        filling.suppose(scheme, archive["eprint"], name="eprint")
        return
    for name, text in archive.items():
        filling.keep(name, text)


def _settle_misc(filling: Filling, kind: str) -> None:
    schemes = {each.scheme for each in filling.identifiers}
    if "nct" in schemes:
        filling.fields["source_type"] = "trial_registration"
    elif "link" in schemes and not schemes & {"doi", "pmid", "pmcid"}:
        filling.fields["source_type"] = "web_page"
    elif kind != "misc":
        filling.remarks.note(filling.line, f"The entry type {kind[:40]!r} is not known; it was taken for an article.")


_TAKERS: dict[str, Callable[[_Entry, str, str], None]] = {
    "author": _author, "editor": _editor, "pages": _pages, "url": _address, "issn": _serial, "isbn": _serial,
    "keywords": _keywords, "keyword": _keywords, "abstract": _abstract, "language": _language, "note": _note,
    "annote": _note,
    **dict.fromkeys(("year", "month", "date"), partial(_hold, "dates")),
    **dict.fromkeys(("eprint", "eprinttype", "archiveprefix"), partial(_hold, "archive")),
    **dict.fromkeys(("journal", "journaltitle", "booktitle", "shortjournal", "howpublished"), partial(_hold, "within")),
}  # fmt: skip
