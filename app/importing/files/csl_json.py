"""CSL-JSON (Zotero, Mendeley, pandoc, Crossref's shape) into drafts, item by item, so that no file is held in memory."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from app.citations.draft import Author, CitationDraft
from app.errors import UnreadableFile
from app.importing.files.encodings import Text
from app.importing.files.filling import Filling, tidy
from app.importing.files.names import with_given
from app.importing.files.remarks import Remarks
from app.importing.pubmed.parser import Rejected
from app.kit.canonical import canonical_json
from app.kit.dates import date_from_words, partial_date

SOURCE = "csl_json"
LONGEST_ITEM = 2_000_000
DEEPEST = 32

KINDS = {
    **dict.fromkeys(("article-journal", "article-magazine", "article-newspaper", "review", "entry"), "journal_article"),
    **dict.fromkeys(("article", "manuscript", "preprint"), "preprint"),
    **dict.fromkeys(("paper-conference", "speech"), "conference_abstract"),
    **dict.fromkeys(("webpage", "post", "post-weblog"), "web_page"),
    **dict.fromkeys(("book", "chapter", "entry-encyclopedia"), "book"),
    "thesis": "thesis",
    "report": "agency_report",
}
"""CSL type → source type."""

_GENRES = {
    "Preprint": "preprint", "Conference abstract": "conference_abstract", "Trial registration": "trial_registration",
}  # fmt: skip
_PLAIN = {"title": "title", "original-title": "original_title", "volume": "volume", "issue": "issue", "page": "pages"}
_IDENTIFIERS = {"DOI": "doi", "PMID": "pmid", "PMCID": "pmcid"}
_EXTRAS = {"publisher": "PublisherName", "publisher-place": "PublisherLocation", "edition": "Edition"}
_KEPT = frozenset({
    "accessed", "annote", "archive", "archive_location", "archive-place", "authority", "call-number", "citation-key",
    "citation-label", "collection-editor", "collection-number", "collection-title", "container-author", "event", "event-date",
    "event-place", "event-title", "jurisdiction", "license", "locator", "medium", "number-of-pages", "number-of-volumes",
    "original-date", "section", "short-title", "shortTitle", "source", "status", "submitted", "title-short", "translator",
    "version", "categories", "custom", "contributor", "director", "reviewed-title",
})  # fmt: skip
_NCT = re.compile(r"NCT[0-9]{8}", re.IGNORECASE)
_MARK = re.compile(r'["{}]')
_IN_STRING = re.compile(r'[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_BETWEEN = re.compile(r"[\s,\[\]]*")


def read(text: Text, remarks: Remarks) -> Iterator[CitationDraft | Rejected]:
    """A draft or a rejection for each item of the file, in its order."""
    for position, (line, said) in enumerate(_Items(text.pieces()), 1):
        try:
            item = msgspec.json.decode(said)
        except (msgspec.DecodeError, RecursionError) as error:
            yield Rejected(position, f"The item is no JSON: {error}.", line)
            continue
        yield _draft(item, line, position, remarks)


class _Items:
    """The outermost objects of a JSON text with their lines, cut out by counting braces outside of strings."""

    def __init__(self, pieces: Iterator[str]) -> None:
        self._pieces = pieces
        self._text = ""
        self._line = 1
        self._open = 0

    def __iter__(self) -> Iterator[tuple[int, str]]:
        while self._skip_between():
            end = self._end()
            item, self._text = self._text[:end], self._text[end:]
            yield self._line, item
            self._line += item.count("\n")

    def _more(self) -> bool:
        piece = next(self._pieces, "")
        self._text += piece
        return bool(piece)

    def _skip_between(self) -> bool:
        """Go to the next item; whether there is one. What else stands between items is no list of items."""
        while True:
            found = _BETWEEN.match(self._text)
            skipped = found[0] if found else ""
            self._open += skipped.count("[") - skipped.count("]")
            self._line += skipped.count("\n")
            self._text = self._text[len(skipped) :]
            if self._text:
                break
            if not self._more():
                if self._open:
                    raise UnreadableFile("The file ends before its list of items does. Export it again.")
                return False
        if not self._text.startswith("{"):
            raise UnreadableFile(
                f"Line {self._line:,} holds {self._text[:20]!r} where an item of CSL-JSON should begin. Export it again."
            )
        return True

    def _end(self) -> int:
        """Where the item that the text begins with ends."""
        place = depth = 0
        inside = False
        while True:
            found = self._next_mark(_IN_STRING if inside else _MARK, place)
            place = found.end()
            if found[0][-1] == '"':
                inside = not inside
            else:
                depth += 1 if found[0] == "{" else -1
            if depth == 0:
                return place
            if depth > DEEPEST:
                raise UnreadableFile(f"The item at line {self._line:,} is nested deeper than any of CSL-JSON.")

    def _next_mark(self, pattern: re.Pattern[str], place: int) -> re.Match[str]:
        while True:
            found = pattern.search(self._text, place) if pattern is _MARK else pattern.match(self._text, place)
            if found:
                return found
            if len(self._text) > LONGEST_ITEM:
                raise UnreadableFile(
                    f"The item at line {self._line:,} is longer than {LONGEST_ITEM:,} characters. Export it again."
                )
            if not self._more():
                raise UnreadableFile(
                    f"The file ends within the item that begins at line {self._line:,}. Export it again."
                )


def _draft(item: dict[str, Any], line: int, position: int, remarks: Remarks) -> CitationDraft | Rejected:
    filling = Filling(SOURCE, line, remarks)
    filling.id = str(item.get("id", ""))[:200] or None
    kind = str(item.get("type", ""))
    for name, value in item.items():
        said = filling.receive(name, value if isinstance(value, str) else canonical_json(value), line)
        if said is not None and value not in (None, [], {}, ""):
            _take(filling, name, value)
    _settle_kind(filling, kind, str(item.get("genre", "")))
    within = item.get("container-title")
    within = tidy(str(within[0] if isinstance(within, list) and within else within or ""))
    if kind == "chapter" and within:
        filling.fields["book_title"] = within
    elif within:
        filling.put_journal("title", within, name="container-title")
    return filling.draft(position)


def _take(filling: Filling, name: str, value: Any) -> None:
    if name in {"type", "genre", "container-title"}:
        return
    if name in _WHOLE:
        _WHOLE[name](filling, value)
        return
    text = tidy(
        value if isinstance(value, str) else ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    )
    if name in _PLAIN:
        filling.put(_PLAIN[name], text, name=name)
    elif name in _IDENTIFIERS:
        filling.identify(_IDENTIFIERS[name], text, filling.line)
    elif name in _EXTRAS:
        filling.keep(_EXTRAS[name], text)
    elif name in _KEPT or name == "id":
        filling.keep(name, text if isinstance(value, str | int | float) else canonical_json(value))
    elif name in _TAKERS:
        _TAKERS[name](filling, name, text)
    else:
        filling.remarks.miss(name, filling.line)


def _serial(filling: Filling, name: str, text: str) -> None:
    filling.serial(text, line=filling.line, name=name, book=name == "ISBN")


def _language(filling: Filling, name: str, text: str) -> None:
    filling.language(text, line=filling.line, name=name)


def _keywords(filling: Filling, _: str, text: str) -> None:
    for word in re.split(r"[,;]", text):
        filling.keyword(tidy(word))


def _abbreviation(filling: Filling, name: str, text: str) -> None:
    filling.put_journal("abbreviation", text, name=name)


def _number(filling: Filling, _: str, text: str) -> None:
    if _NCT.fullmatch(text):
        filling.identify("nct", text, filling.line)
    else:
        filling.keep("number", text)


def _settle_kind(filling: Filling, kind: str, genre: str) -> None:
    source_type = _GENRES.get(genre) or KINDS.get(kind)
    if genre and genre not in _GENRES:
        filling.keep("genre", tidy(genre))
    if source_type is None:
        filling.keep("type", kind or "none")
        filling.remarks.note(filling.line, f"The type {kind[:40]!r} is not known; it was taken for an article.")
    elif source_type != "journal_article":
        filling.fields["source_type"] = source_type


def _people(filling: Filling, value: Any) -> Iterator[Author]:
    for each in value if isinstance(value, list) else ():
        if isinstance(each, dict):
            said = {name: tidy(text) for name, text in each.items() if isinstance(text, str)}
            particles = " ".join(
                said[name] for name in ("dropping-particle", "non-dropping-particle") if said.get(name)
            )
            family = " ".join(part for part in (particles, said.get("family")) if part)
            if family:
                yield with_given(family, said.get("given") or None, said.get("suffix") or None)
                continue
            group = said.get("literal") or said.get("given")
            if group:
                yield Author(collective=group)
                continue
        filling.remarks.note(filling.line, f"{str(each)[:80]!r} is no name; it was left out.")


def _authors(filling: Filling, value: Any) -> None:
    filling.authors.extend(_people(filling, value))


def _editors(filling: Filling, value: Any) -> None:
    for each in _people(filling, value):
        given = each.given or " ".join(f"{letter}." for letter in each.initials or "")
        filling.keep("Editor", each.collective or ", ".join(part for part in (each.family, given, each.suffix) if part))


def _issued(filling: Filling, value: Any) -> None:
    if not isinstance(value, dict):
        filling.issued(tidy(str(value)), line=filling.line)
        return
    parts = value.get("date-parts")
    first = parts[0] if isinstance(parts, list) and parts and isinstance(parts[0], list) else None
    if first:
        words = [str(part) for part in first[:3] if part is not None]
        filling.fields["issued_raw"] = "-".join(words)
        year, month, day = (*words, None, None, None)[:3]
        on = partial_date(year, month, day)
    else:
        words = [str(value[name]) for name in ("raw", "literal", "year") if value.get(name)]
        filling.fields["issued_raw"] = " ".join(words) or canonical_json(value)
        on = date_from_words(words[0]) if words else None
        if words and re.fullmatch(r"[0-9]{4}-[0-9]{2}(?:-[0-9]{2})?", words[0]):
            on = partial_date(*words[0].split("-"))
    if on:
        filling.fields["issued_on"] = on
    else:
        filling.remarks.note(filling.line, f"{str(value)[:40]!r} is no date; it is kept in its own words.")


def _note(filling: Filling, value: Any) -> None:
    filling.note(value if isinstance(value, str) else canonical_json(value), name="note")


_WHOLE: dict[str, Callable[[Filling, Any], None]] = {
    "author": _authors, "editor": _editors, "issued": _issued, "note": _note,
}  # fmt: skip
_TAKERS: dict[str, Callable[[Filling, str, str], None]] = {
    "ISSN": _serial, "ISBN": _serial, "URL": lambda filling, name, text: filling.address(text, name=name),
    "abstract": lambda filling, name, text: filling.abstract(text, name=name), "language": _language,
    "keyword": _keywords, "container-title-short": _abbreviation, "journalAbbreviation": _abbreviation,
    "number": _number,
}  # fmt: skip
