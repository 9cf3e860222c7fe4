"""Tables (CSV, TSV) into drafts by the names of their columns. Which column is what may be said by who imports.

Usual headings are known. A heading that could be two things, or a column named
in ``--columns`` that is not there, refuses the file with what was found: a
wrong guess would fill hundreds of records with it.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain

from app.citations.draft import CitationDraft, MeshHeading, Qualifier, Registration, Term
from app.errors import UnknownValue, UnreadableFile
from app.export.csv import original
from app.importing.files.encodings import Text
from app.importing.files.filling import Filling, tidy
from app.importing.files.headings import HEADINGS, delimiter_of
from app.importing.files.names import are_two
from app.importing.files.remarks import Remarks
from app.importing.files.table_rows import rows_of
from app.importing.pubmed.parser import Rejected
from app.kit.tokens import fold

SOURCE = "csv"
MOST_COLUMNS = 1_000

KINDS = {
    **dict.fromkeys(
        ("journalarticle", "journal article", "article", "review", "jour", "journal_article"), "journal_article"
    ),
    **dict.fromkeys(("preprint",), "preprint"),
    **dict.fromkeys(("conferencepaper", "conference paper", "conference_abstract", "abstract"), "conference_abstract"),
    **dict.fromkeys(("book", "booksection", "book chapter"), "book"),
    **dict.fromkeys(("webpage", "web page", "web_page"), "web_page"),
    **dict.fromkeys(("report", "agency_report"), "agency_report"),
    "trial_registration": "trial_registration",
    "thesis": "thesis",
}
_OWN = frozenset({"other_identifiers", "citation_text", "issn_l", "study_ids"})
"""Columns by which an export of this project is known: its lists are parted by ``|``, and its apostrophes undone."""
_OWN_UNREAD = frozenset({"id", "source", "standing", "study_ids", "version", "url"})

_FORMULA = re.compile(r"\s*(?:=\s*[\w(\"'+-]|[=+@-]\s*[A-Za-z.]+\s*[(|!])")
_SPLIT = re.compile(r"(?<!\\)\|")
_ESCAPED = re.compile(r"\\([\\|])")
_QUOTED = re.compile(r"'([^']*)'|\"([^\"]*)\"")
_LIST_OF_PYTHON = re.compile(r"""\[\s*(?:(?:'[^']*'|"[^"]*")\s*(?:,\s*|(?=\])))*\]""")
_WITH_INITIALS = re.compile(r"[^,]*[^\W\d_][^,]*\s(?:[^\W\d_a-z]\.?[\s-]*){1,4}\.?")


def read(text: Text, remarks: Remarks, columns: Mapping[str, str]) -> Iterator[CitationDraft | Rejected]:
    """A draft or a rejection for each row, in its order. ``columns`` says which heading a field stands under."""
    lines = text.lines()
    first = next(lines)  # a file without one is in no format known
    rows = rows_of(chain([first], lines), delimiter_of(first[1]))
    head = next(rows)
    if head.fault:
        raise UnreadableFile(
            f"The line of headings cannot be read. {head.fault} Export the table again as CSV in UTF-8."
        )
    table = _Table([tidy(each) for each in head.cells], columns, remarks)
    for position, row in enumerate(rows, 1):
        yield Rejected(position, row.fault, row.line) if row.fault else table.draft(row.cells, row.line, position)


def read_columns(said: str) -> dict[str, str]:
    """Headings by field, of ``title=Article title,doi=DOI``. Raises :class:`UnknownValue` for a field that no column can be."""
    columns = {}
    for part in filter(None, (each.strip() for each in said.split(","))):
        field, equals, heading = (each.strip() for each in part.partition("="))
        if field not in HEADINGS or not equals or not heading:
            raise UnknownValue(
                f"{part!r} names no column. Write FIELD=HEADING with one of these fields: {', '.join(HEADINGS)}.",
                field="columns",
                choices=tuple(HEADINGS),
            )
        columns[field] = heading
    return columns


class _Table:
    """The columns of one file and what is under each."""

    def __init__(self, headings: Sequence[str], columns: Mapping[str, str], remarks: Remarks) -> None:
        if len(headings) > MOST_COLUMNS:
            raise UnreadableFile(f"The table has {len(headings):,} columns; at most {MOST_COLUMNS:,} are read.")
        self._headings = headings
        self._remarks = remarks
        self._is_own = len(_OWN.intersection(headings)) > 1
        self._field_of = self._mapped(columns)
        if not {"title", "doi", "pmid", "pmcid"}.intersection(self._field_of.values()):
            raise self._refusal("No column of titles, DOIs or PMIDs is known.")

    def _refusal(self, what: str) -> UnreadableFile:
        found = ", ".join(repr(each[:40]) for each in self._headings[:40])
        return UnreadableFile(
            f'{what} Columns found: {found}. Say which is which, like --columns title="Article title",doi=DOI.'
        )

    def _mapped(self, columns: Mapping[str, str]) -> dict[int, str]:
        places: dict[str, list[int]] = {}
        for place, heading in enumerate(self._headings):
            places.setdefault(fold(heading), []).append(place)
        fields: dict[int, str] = {}
        for field, heading in columns.items():
            here = places.get(fold(heading), [])
            if len(here) != 1:
                raise self._refusal(f"The column {heading!r} {'is there twice' if here else 'is not there'}.")
            fields[here[0]] = field
        for field, known in HEADINGS.items():
            if field not in columns:
                self._map_by_heading(field, known, places, fields)
        return fields

    def _map_by_heading(
        self, field: str, known: Sequence[str], places: Mapping[str, list[int]], fields: dict[int, str]
    ) -> None:
        for name in known:
            here = [place for place in places.get(name, ()) if place not in fields]
            if len(here) > 1:
                raise self._refusal(f"Two columns are called {self._headings[here[0]]!r}.")
            if here:
                fields[here[0]] = field
                return

    def draft(self, row: Sequence[str], line: int, position: int) -> CitationDraft | Rejected:
        """One row as a draft."""
        if not any(each.strip() for each in row):
            return Rejected(position, "The row is empty.", line)
        if len(row) > len(self._headings):
            return Rejected(position, f"The row has {len(row)} cells under {len(self._headings)} headings.", line)
        filling = Filling(SOURCE, line, self._remarks)
        held: dict[str, str] = {}
        for place, cell in enumerate(row):
            heading = self._headings[place]
            text = original(cell) if self._is_own else cell
            said = filling.receive(heading, text, line)
            if said is None or (self._is_own and heading in _OWN_UNREAD):
                continue
            field = self._field_of.get(place)
            if field in _TAKERS:
                self._take(filling, field, heading, text)
            elif field:
                held[field] = said
            else:
                self._remarks.miss(heading, line)
        _settle(filling, held)
        if not self._is_own and _FORMULA.match(filling.fields.get("title", "")):
            filling.refuse("Its title is a spreadsheet's formula.")
        return filling.draft(position)

    def _take(self, filling: Filling, field: str, heading: str, cell: str) -> None:
        if field == "authors" and not self._is_own and _is_one_list(cell) and are_two(cell):
            filling.undecided(cell, line=filling.line, name=heading)
        else:
            _TAKERS[field](filling, heading, self._values(field, cell))

    def _values(self, field: str, cell: str) -> list[str]:
        """A cell as a list: parted as this project does it, as Python writes lists, or by the signs that are usual."""
        if self._is_own:
            parts = _SPLIT.split(cell) if field in _LISTS else [cell]
            return [_ESCAPED.sub(r"\1", part) for part in parts] if field in _LISTS else parts
        if field not in _LISTS:
            return [cell]
        if _LIST_OF_PYTHON.fullmatch(cell.strip()):
            return [first or second for first, second in _QUOTED.findall(cell)]
        if ";" in cell or "\n" in cell:
            return re.split(r"[;\n]", cell)
        return _names(cell) if field == "authors" else re.split(r"[,|]", cell)


def _is_one_list(cell: str) -> bool:
    """Whether nothing but commas can part the names in a cell, and not every one of them ends in initials."""
    return not re.search(r"[;\n\[]", cell) and len(_names(cell)) == 1


def _names(cell: str) -> list[str]:
    parts = [part.strip(" .") + "." if part.strip().endswith(".") else part.strip() for part in cell.split(",")]
    if len(parts) > 1 and all(_WITH_INITIALS.fullmatch(part) for part in parts):
        return parts
    return [cell]


_LISTS = frozenset({
    "authors", "keywords", "language", "other_identifiers", "mesh_headings", "publication_types", "supplementary_concepts",
    "registrations",
})  # fmt: skip

Taker = Callable[[Filling, str, list[str]], None]


def _into(field: str) -> Taker:
    return lambda filling, name, values: filling.put(field, tidy(values[0]), name=name)


def _identifier(scheme: str) -> Taker:
    return lambda filling, _, values: filling.identify(scheme, tidy(values[0]), filling.line)


def _authors(filling: Filling, name: str, values: list[str]) -> None:
    for each in values:
        if each.strip():
            filling.name(each, line=filling.line, name=name)


def _keywords(filling: Filling, _: str, values: list[str]) -> None:
    for each in values:
        filling.keyword(tidy(each))


def _language(filling: Filling, name: str, values: list[str]) -> None:
    for each in values:
        filling.language(each, line=filling.line, name=name)


def _others(filling: Filling, name: str, values: list[str]) -> None:
    for each in values:
        scheme, colon, value = each.partition(":")
        if not colon:
            filling.keep(name, each)
        elif scheme in {"isbn", "nct", "doi", "pmid", "pmcid"}:
            filling.identify(scheme, value, filling.line)
        else:
            filling.mention(scheme, value)


def _mesh(filling: Filling, _: str, values: list[str]) -> None:
    headings = []
    for each in values:
        name, *qualifiers = each.split("/")
        own = tuple(Qualifier(one.removeprefix("*"), major=one.startswith("*")) for one in qualifiers)
        headings.append(MeshHeading(name.removeprefix("*"), major=name.startswith("*"), qualifiers=own))
    filling.fields["mesh_headings"] = tuple(headings)


def _terms(field: str) -> Taker:
    def take(filling: Filling, _: str, values: list[str]) -> None:
        filling.fields[field] = tuple(Term(each) for each in values)

    return take


def _registrations(filling: Filling, _: str, values: list[str]) -> None:
    pairs = (each.partition(":") for each in values)
    filling.fields["registrations"] = tuple(Registration(bank, number) for bank, _, number in pairs)


def _kind(filling: Filling, name: str, values: list[str]) -> None:
    source_type = KINDS.get(values[0].strip().lower())
    if source_type is None:
        filling.keep(name, tidy(values[0]))
        filling.remarks.note(filling.line, f"The type {values[0][:40]!r} is not known; it was taken for an article.")
    elif source_type != "journal_article":
        filling.fields["source_type"] = source_type


def _complete(filling: Filling, _: str, values: list[str]) -> None:
    filling.complete = values[0].strip().lower() != "false"


_TAKERS: dict[str, Taker] = {
    **{field: _into(field) for field in ("title", "volume", "issue", "pages", "original_title", "book_title", "citation_text",
                                         "electronic_on")},
    **{scheme: _identifier(scheme) for scheme in ("doi", "pmid", "pmcid", "isbn")},
    **{field: _terms(field) for field in ("publication_types", "supplementary_concepts")},
    "authors": _authors, "keywords": _keywords, "language": _language, "other_identifiers": _others, "mesh_headings": _mesh,
    "registrations": _registrations, "source_type": _kind, "authors_complete": _complete,
    "journal": lambda filling, name, values: filling.put_journal("title", tidy(values[0]), name=name),
    "journal_abbreviation": lambda filling, name, values: filling.put_journal("abbreviation", tidy(values[0]), name=name),
    "issn": lambda filling, name, values: filling.serial(tidy(values[0]), line=filling.line, name=name, book=False),
    "url": lambda filling, name, values: filling.address(tidy(values[0]), name=name),
    "abstract": lambda filling, name, values: filling.abstract(tidy(values[0]), name=name),
    "publisher": lambda filling, _, values: filling.keep("PublisherName", tidy(values[0])),
}  # fmt: skip


def _settle(filling: Filling, held: Mapping[str, str]) -> None:
    if "id" in held:
        filling.id = held["id"][:200]
        filling.keep("id", held["id"])
    date = held.get("date") or (None if "electronic_on" in filling.fields else held.get("year"))
    if date:
        filling.issued(date, line=filling.line, year=held.get("year", "")[:4] or None)
    pages = "-".join(held[name] for name in ("first_page", "last_page") if name in held)
    if pages:
        filling.put("pages", pages, name="page_start")
