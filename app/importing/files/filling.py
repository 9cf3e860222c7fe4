"""A reference while it is read from a file: what every format's reader fills in. Nothing here knows a format's names.

What came is kept as it came for the hash; what has a column goes there, what has
none into ``extras`` under the file's own name, and nothing is made up.
"""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from app.citations.draft import Author, CitationDraft, Identifier, Journal, Keyword, TextPart
from app.export.particulars import (
    AUTHORS_INCOMPLETE,
    AUTHORS_UNRECORDED,
    KNOWN_AS,
    LANGUAGES,
    ORIGINAL_TITLE,
    STANDING_SENTENCES,
)
from app.importing.files.dates import reference_date
from app.importing.files.names import OTHERS, are_several, person
from app.importing.files.remarks import Remarks
from app.importing.pubmed.parser import Rejected
from app.kit.canonical import canonical_json, sha256
from app.kit.identifiers import (
    MalformedIdentifierError,
    parse_doi,
    parse_isbn,
    parse_nct,
    parse_pmcid,
    parse_pmid,
)

LONGEST_VALUE = 200_000
"""Characters of one value before its record is rejected; the longest abstracts have some ten thousand."""
MOST_VALUES = 20_000
"""Values of one record before it is rejected; the longest author lists have some five thousand."""

_PARSERS: dict[str, Callable[[str], str]] = {
    "pmid": parse_pmid, "pmcid": parse_pmcid, "doi": parse_doi, "isbn": parse_isbn, "nct": parse_nct,
}  # fmt: skip
_TRUST = ("pmid", "pmcid", "doi", "nct", "isbn", "url")
_CODES = {name.lower(): code for code, (name, _) in LANGUAGES.items()} | {
    short: code for code, (_, short) in LANGUAGES.items()
}
_LANGUAGE_CODE = re.compile(r"[a-z]{3}")
_ISSN = re.compile(r"(?<![0-9])([0-9]{4})-?([0-9]{3}[0-9Xx])(?![0-9A-Za-z])")
_RESOLVED = (
    ("doi", re.compile(r"https?://(?:dx\.|www\.)?doi\.org/(10\..+)", re.IGNORECASE)),
    ("pmid", re.compile(r"https?://(?:pubmed\.ncbi\.nlm\.nih\.gov|www\.ncbi\.nlm\.nih\.gov/pubmed)/([0-9]+)/?")),
    ("nct", re.compile(r"https?://(?:www\.)?clinicaltrials\.gov/(?:ct2/show|study)/(NCT[0-9]{8})/?", re.IGNORECASE)),
)
_NUMBERS = {"PMID": "pmid", "PMCID": "pmcid", "DOI": "doi"}
_NUMBER = re.compile(r"(PMID|PMCID|DOI)\s*:\s*(\S+?)(?:[;,.]?\s+|[;,.]?$)", re.IGNORECASE)
"""What Zotero and others keep in a note for want of a field; in the middle of a sentence it may be another report's."""
_ADDRESS = re.compile(r"https?://[^\s/]\S*", re.IGNORECASE)


def tidy(text: str) -> str:
    """``text`` on one line with single spaces."""
    return " ".join(text.split())


class Filling:
    """One reference being filled in; ``line`` is where it begins."""

    def __init__(self, source: str, line: int, remarks: Remarks) -> None:
        self.source = source
        self.line = line
        self.remarks = remarks
        self.fields: dict[str, Any] = {}
        self.journal: dict[str, str] = {}
        self.identifiers: list[Identifier] = []
        self.authors: list[Author] = []
        self.keywords: list[Keyword] = []
        self.texts: list[TextPart] = []
        self.extras: dict[str, dict[str, None]] = {}
        self.complete = True
        self.id: str | None = None
        self._values: dict[str, set[str]] = {}
        self._supposed: list[tuple[str, str, str]] = []
        self._received: list[tuple[str, str]] = []
        self._fault: str | None = None

    def receive(self, name: str, value: str, line: int) -> str | None:
        """Note that a value came, whatever becomes of it; return it on one line, None when there is nothing in it."""
        self._received.append((name, value))
        if len(value) > LONGEST_VALUE:
            self._fault = f"{name} at line {line:,} has more than {LONGEST_VALUE:,} characters."
        elif len(self._received) > MOST_VALUES:
            self._fault = f"It has more than {MOST_VALUES:,} values."
        return None if self._fault else tidy(value) or None

    def refuse(self, reason: str) -> None:
        """Reject the record, whatever else comes."""
        self._fault = reason

    def put(self, field: str, text: str, *, name: str) -> None:
        """Set a field of the draft; what comes later and differs is kept under the file's ``name``."""
        if self.fields.setdefault(field, text) != text:
            self.keep(name, text)

    def put_journal(self, field: str, text: str, *, name: str) -> None:
        """Set a part of the journal, likewise."""
        if self.journal.setdefault(field, text) != text:
            self.keep(name, text)

    def keep(self, name: str, text: str) -> None:
        """Keep what has no column, each value once."""
        self.extras.setdefault(name, {})[text] = None

    def identify(self, scheme: str, text: str, line: int) -> None:
        """Add an identifier in its normal form; a malformed one is kept as ``doi_malformed`` (…) and told."""
        try:
            self._add(Identifier(scheme, _PARSERS[scheme](text)))
        except MalformedIdentifierError as error:
            self._add(Identifier(f"{scheme}_malformed", text))
            self.remarks.note(line, f"{error}; it is kept as {scheme}_malformed and identifies nothing.")

    def mention(self, scheme: str, value: str) -> None:
        """Add an identifier by its source's own word; it identifies nothing here."""
        self._add(Identifier(scheme, value))

    def _add(self, identifier: Identifier) -> None:
        known = self._values.setdefault(identifier.scheme, set())
        if identifier.value not in known:
            known.add(identifier.value)
            self.identifiers.append(identifier)

    def address(self, text: str, *, name: str) -> None:
        """Take the record's own address: that of a resolver is an identifier, any other is settled at the end."""
        for scheme, pattern in _RESOLVED:
            if (found := pattern.fullmatch(text)) and self._resolved(scheme, unquote(found[1])):
                return
        if _ADDRESS.fullmatch(text):
            self.mention("link", text)
        else:
            self.keep(name, text)

    def _resolved(self, scheme: str, text: str) -> bool:
        try:
            value = _PARSERS[scheme](text)
        except MalformedIdentifierError:
            return False
        known = self._values.get(scheme)
        if known and value not in known:
            return False
        self._add(Identifier(scheme, value))
        return True

    def name(self, text: str, *, line: int, name: str) -> None:
        """Add an author as lists write one; "et al." says that the list is not complete, and so does what may be several."""
        if text.lower().strip(" .") in OTHERS:
            self.complete = False
            return
        if are_several(text):
            self.undecided(text, line=line, name=name)
            return
        found = person(text)
        if found is None:
            self.remarks.note(line, f"{text[:80]!r} is no name; it was left out.")
        else:
            self.authors.append(found)

    def undecided(self, text: str, *, line: int, name: str) -> None:
        """Keep authors that cannot be told apart; a guess would be somebody who does not exist, and matched by."""
        self.complete = False
        self.keep(name, tidy(text))
        shown = tidy(text)[:80]
        self.remarks.note(line, f"The authors {shown!r} cannot be told apart; they are kept among the extras.")

    def keyword(self, text: str) -> None:
        """Add a keyword; an asterisk before it marks a main point."""
        word = tidy(text.removeprefix("*"))
        if word:
            self.keywords.append(Keyword(text=word, major=text.startswith("*")))

    def abstract(self, text: str, *, name: str) -> None:
        """Set the abstract; another text that differs is kept under its name."""
        if not self.texts:
            self.texts.append(TextPart(text))
        elif self.texts[0].text != text:
            self.keep(name, text)

    def note(self, text: str, *, name: str) -> None:
        """Keep a note; sentences that exports of this project write go back to where they came from.

        A line that holds nothing but numbers is held back: they are the record's where it brings none of its own.
        """
        text = tidy(" ".join(line for line in text.splitlines() if not self._holds_numbers(line, name)))
        text, mark, original = text.partition(ORIGINAL_TITLE)
        if mark:
            self.put("original_title", original, name=name)
        text, mark, known_as = text.partition(KNOWN_AS)
        if mark:
            self.fields.setdefault("citation_text", known_as.strip().removesuffix("."))
        for sentence in (AUTHORS_INCOMPLETE, AUTHORS_UNRECORDED):
            self.complete = self.complete and sentence not in text
            text = text.replace(sentence, "")
        for sentence in STANDING_SENTENCES:
            text = text.replace(sentence, "")
        if tidy(text):
            self.keep(name, tidy(text))

    def _holds_numbers(self, line: str, name: str) -> bool:
        line = line.strip()
        found = _NUMBER.findall(line)
        if not found or _NUMBER.sub("", line):
            return False
        for label, value in found:
            self.suppose(_NUMBERS[label.upper()], value, name=name)
        return True

    def suppose(self, scheme: str, text: str, *, name: str) -> None:
        """Hold a number back that is the record's own where it is sound and the record brings no other of its kind."""
        self._supposed.append((scheme, text, name))

    def settle_supposed(self) -> None:
        """Take such numbers for identifiers, or keep them under the file's ``name``; the record was seen whole."""
        for scheme, text, name in self._supposed:
            if not self._resolved(scheme, text):
                self.keep(name, f"{scheme.upper()}: {text}")
        self._supposed.clear()

    def language(self, text: str, *, line: int, name: str) -> None:
        """Add languages by name or code; one that is not known is kept as it came, and told."""
        for each in re.split(r"[;,/|]", text):
            said = tidy(each).lower()
            code = said if _LANGUAGE_CODE.fullmatch(said) and said in LANGUAGES else _CODES.get(said.partition("-")[0])
            if code:
                self.fields["languages"] = tuple(dict.fromkeys((*self.fields.get("languages", ()), code)))
            elif said:
                self.keep(name, tidy(each))
                self.remarks.note(line, f"The language {tidy(each)[:40]!r} is not known; it is kept among the extras.")

    def serial(self, text: str, *, line: int, name: str, book: bool) -> None:
        """Take ISSN or ISBN out of what files write there: several in one value, kinds in parentheses."""
        if book and not _ISSN.fullmatch(text):
            for part in re.split(r"[;,]|\s(?=97[89])", text):
                bare = re.sub(r"\([^)]*\)", "", part).strip()
                if bare:
                    self.identify("isbn", bare, line)
            return
        found = [f"{first}-{last.upper()}" for first, last in _ISSN.findall(text)]
        if not found:
            self.keep(name, text)
        for each in found:
            self.put_journal("issn", each, name=name)

    def issued(self, text: str, *, line: int, year: str | None = None) -> None:
        """Set the date of issue as far as it holds, beside its words; one that cannot be read stays in words, and is told."""
        on = reference_date(text, year=year)
        raw = f"{year} {text}" if year and year not in text else text
        self.fields.setdefault("issued_raw", raw)
        if on:
            self.fields["issued_on"] = on
        else:
            self.remarks.note(line, f"{raw[:40]!r} is no date; it is kept in its own words.")

    def draft(self, position: int) -> CitationDraft | Rejected:
        """The draft, or why there can be none."""
        self.settle_supposed()
        self._settle_addresses()
        self._settle_book()
        if self._fault is None and not (any(map(str.isalnum, self.fields.get("title") or "")) or self._identified()):
            self._fault = "It has neither a title nor an identifier."
        if self._fault:
            return Rejected(position, self._fault, self.line, self.id)
        journal = {field: text for field, text in self.journal.items() if text}
        identifiers = sorted(self.identifiers, key=_trusted)
        return CitationDraft(
            source=self.source,
            identifiers=tuple(identifiers),
            journal=Journal(**journal) if journal else None,
            authors=tuple(self.authors),
            authors_complete=self.complete,
            keywords=tuple(dict.fromkeys(self.keywords)),
            texts=tuple(self.texts),
            extras={name: list(values) for name, values in self.extras.items()},
            payload_hash=sha256(canonical_json(self._received)),
            **self._with_citation_text(),
        )

    def _identified(self) -> bool:
        return any(each.scheme in _PARSERS or each.scheme == "url" for each in self.identifiers)

    def _settle_addresses(self) -> None:
        """The address of a web page identifies it when nothing else does; that of anything else is only mentioned."""
        if self.fields.get("source_type") != "web_page" or self._identified():
            return
        for place, each in enumerate(self.identifiers):
            if each.scheme == "link":
                self.identifiers[place] = Identifier("url", each.value)
                return

    def _settle_book(self) -> None:
        """The ISBN of a chapter is its book's; as the chapter's own it would tie it to its sister chapters."""
        book = self.fields.get("book_title")
        if book and book != self.fields.get("title"):
            own = (Identifier("book_isbn", i.value) if i.scheme == "isbn" else i for i in self.identifiers)
            self.identifiers = list(own)

    def _with_citation_text(self) -> dict[str, Any]:
        """A record that nothing identifies is known by one line of what it says."""
        fields = dict(self.fields)
        if not self.identifiers and "citation_text" not in fields:
            names = "; ".join(_shown(each) for each in self.authors[:3])
            journal = self.journal.get("title") or self.journal.get("abbreviation")
            parts = (names, fields.get("title"), journal, (fields.get("issued_on") or "")[:4])
            fields["citation_text"] = ". ".join(part.rstrip(".") for part in parts if part)
        return fields


def _trusted(identifier: Identifier) -> int:
    return _TRUST.index(identifier.scheme) if identifier.scheme in _TRUST else len(_TRUST)


def _shown(author: Author) -> str:
    return author.collective or " ".join(part for part in (author.family, author.initials) if part)
