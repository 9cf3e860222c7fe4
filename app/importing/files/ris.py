"""RIS in its dialects (EndNote, Zotero, Ovid, Embase, Scopus, ProQuest, Rayyan, Web of Science) into drafts.

What a tag becomes stands in the table at the end; a tag of the format without a
column is kept among the extras, any other is counted and left out. Cited
references are left out on purpose, as they are of PubMed's records.
"""

import re
from collections.abc import Callable, Iterator

from app.citations.draft import CitationDraft
from app.importing.files.encodings import Text
from app.importing.files.filling import Filling, tidy
from app.importing.files.remarks import Remarks
from app.importing.files.tagged import Block, Value, ris_blocks
from app.importing.pubmed.parser import Rejected

SOURCE = "ris"

KINDS = {
    **dict.fromkeys(("JOUR", "EJOUR", "JFULL", "INPR", "MGZN", "JOURNAL ARTICLE"), "journal_article"),
    **dict.fromkeys(("UNPB", "PREPRINT"), "preprint"),
    **dict.fromkeys(("ABST", "CONF", "CPAPER"), "conference_abstract"),
    **dict.fromkeys(("BOOK", "EBOOK", "EDBOOK", "CHAP", "ECHAP", "SER"), "book"),
    **dict.fromkeys(("ELEC", "WEB", "BLOG", "ICOMM"), "web_page"),
    **dict.fromkeys(("RPRT", "GOVDOC"), "agency_report"),
    "THES": "thesis",
}
"""RIS type → source type. Any other type is taken for an article and told."""

_BOOKS = frozenset({"BOOK", "EBOOK", "EDBOOK", "CHAP", "ECHAP", "SER", "RPRT", "THES", "GOVDOC"})
_CHAPTERS = frozenset({"CHAP", "ECHAP"})
_PUBMED = frozenset({"pubmed", "nlm", "medline", "ncbi"})
_NCT = re.compile(r"NCT[0-9]{8}", re.IGNORECASE)
_PMCID = re.compile(r"PMC[0-9]+(?:\.[0-9]+)?", re.IGNORECASE)
_UNPAGED = ("no-specified", "no pagination specified")


class _Record:
    """A record's values, with what has to be seen together: type, database, dates, pages."""

    def __init__(self, filling: Filling) -> None:
        self.filling = filling
        self.kind = ""
        self.seen: dict[str, str] = {}
        self.line = filling.line

    @property
    def is_book(self) -> bool:
        return self.kind in _BOOKS

    @property
    def is_chapter(self) -> bool:
        return self.kind in _CHAPTERS


Taker = Callable[[_Record, str, str], None]


def read(text: Text, remarks: Remarks) -> Iterator[CitationDraft | Rejected]:
    """A draft or a rejection for each record of the file, in its order."""
    for position, block in enumerate(ris_blocks(text.lines(), KNOWN, remarks), 1):
        if block.is_loose:
            yield Rejected(position, "The record has no TY line, so it is not known what it is.", block.line)
            continue
        if not block.ended:
            remarks.note(block.line, "The record that begins here has no ER; it was ended where the next one begins.")
        yield _draft(block, position, remarks)


def _draft(block: Block, position: int, remarks: Remarks) -> CitationDraft | Rejected:
    filling = Filling(SOURCE, block.line, remarks)
    record = _Record(filling)
    for value in block.values:
        _take(record, value)
    _settle_kind(record)
    if record.is_book and not record.is_chapter and "BT" in record.seen:
        filling.put("title", record.seen.pop("BT"), name="BT")
    if "title" not in filling.fields and "ST" in filling.extras:
        filling.fields["title"] = next(iter(filling.extras["ST"]))
    _settle_numbers(record)
    _settle_journal(record)
    _settle_date(record)
    _settle_pages(record)
    return filling.draft(position)


def _take(record: _Record, value: Value) -> None:
    filling = record.filling
    said = filling.receive(value.tag, "\n".join(value.lines), value.line)
    if said is None:
        return
    record.line = value.line
    if value.tag in {"KW", "SN"} and len(value.lines) > 1:
        for each in value.lines:
            _TAKERS[value.tag](record, value.tag, tidy(each))
    elif value.tag in _TAKERS:
        _TAKERS[value.tag](record, value.tag, "\n".join(value.lines) if value.tag == "N1" else said)
    elif value.tag in _KEPT:
        filling.keep(value.tag, said)
    elif value.tag not in _LEFT_OUT:
        filling.remarks.miss(value.tag, value.line)


def _hold(record: _Record, tag: str, text: str) -> None:
    """Hold a value back until the whole record is known; a second one is kept."""
    if record.seen.setdefault(tag, text) != text:
        record.filling.keep(tag, text)


def _into(field: str) -> Taker:
    return lambda record, tag, text: record.filling.put(field, text, name=tag)


def _as(name: str) -> Taker:
    return lambda record, _, text: record.filling.keep(name, text)


def _kind(record: _Record, _: str, text: str) -> None:
    record.kind = text.upper()


def _author(record: _Record, tag: str, text: str) -> None:
    record.filling.name(text, line=record.line, name=tag)


def _second_author(record: _Record, tag: str, text: str) -> None:
    record.filling.keep("Editor" if record.is_book else tag, text)


def _keyword(record: _Record, _: str, text: str) -> None:
    record.filling.keyword(text)


def _abstract(record: _Record, tag: str, text: str) -> None:
    record.filling.abstract(text, name=tag)


def _language(record: _Record, tag: str, text: str) -> None:
    record.filling.language(text, line=record.line, name=tag)


def _serial(record: _Record, tag: str, text: str) -> None:
    record.filling.serial(text, line=record.line, name=tag, book=record.is_book)


def _doi(record: _Record, _: str, text: str) -> None:
    record.filling.identify("doi", text, record.line)


def _pmcid(record: _Record, tag: str, text: str) -> None:
    if _PMCID.fullmatch(text):
        record.filling.identify("pmcid", text, record.line)
    else:
        record.filling.keep(tag, text)


def _address(record: _Record, tag: str, text: str) -> None:
    record.filling.address(text, name=tag)


def _id(record: _Record, tag: str, text: str) -> None:
    record.filling.id = text[:200]
    record.filling.keep(tag, text)


def _note(record: _Record, tag: str, text: str) -> None:
    if not text.startswith("References: "):  # Scopus lists what a report cites here
        record.filling.note(text, name=tag)


def _settle_kind(record: _Record) -> None:
    filling = record.filling
    source_type = KINDS.get(record.kind)
    if source_type is None:
        filling.keep("TY", record.kind)
        filling.remarks.note(filling.line, f"The type {record.kind[:20]!r} is not known; it was taken for an article.")
    elif source_type != "journal_article":
        filling.fields["source_type"] = source_type


def _settle_numbers(record: _Record) -> None:
    """The accession number is a PMID where the record says that it is PubMed's; a bare number says nothing."""
    filling, number = record.filling, record.seen.get("AN")
    database = {record.seen.get(tag, "").lower().split(" ")[0].strip(" .,;") for tag in ("DB", "DP")}
    for tag in ("DB", "DP"):
        if tag in record.seen and record.seen[tag] != "PubMed":
            filling.keep(tag, record.seen[tag])
    if not number:
        return
    if _NCT.fullmatch(number):
        filling.identify("nct", number, filling.line)
        if record.kind == "ELEC":
            filling.fields["source_type"] = "trial_registration"
    elif database & _PUBMED:
        filling.identify("pmid", number, filling.line)
    elif number.startswith("WOS:"):
        filling.mention("wos", number.removeprefix("WOS:"))
    else:
        filling.keep("AN", number)


def _settle_journal(record: _Record) -> None:
    filling, seen = record.filling, record.seen
    within = [(tag, seen[tag]) for tag in ("T2", "JF", "BT", "JO") if tag in seen]
    if record.is_chapter and within:
        filling.fields["book_title"] = within[0][1]
        within = within[1:]
    elif record.is_book and "T2" in seen:
        filling.keep("T2", seen["T2"])  # the title of a series
        within = within[1:]
    for within_tag, text in within:
        filling.put_journal("title", text, name=within_tag)
    for tag in ("J2", "JA", "JI", "J1", "J9"):
        if tag in seen:
            filling.put_journal("abbreviation", seen[tag], name=tag)


def _settle_date(record: _Record) -> None:
    """The fuller of the two dates where their years agree; where they do not, that of PY, and the other is kept."""
    filling, seen = record.filling, record.seen
    first, day = seen.get("PY") or seen.get("Y1"), seen.get("DA")
    year = first[:4] if first and first[:4].isdigit() else None
    if day and first and not (day[:4] == year or not any(each.isdigit() for each in day[:4])):
        filling.keep("DA", day)
        day = None
    if day:
        filling.issued(day, line=filling.line, year=year)
    elif first:
        filling.issued(first, line=filling.line)


def _settle_pages(record: _Record) -> None:
    filling, seen = record.filling, record.seen
    pages = "-".join(seen[tag] for tag in ("SP", "EP") if tag in seen)
    if pages.lower() in _UNPAGED:
        return
    if not pages and "C7" in seen:
        pages = seen["C7"]
    elif "C7" in seen:
        filling.keep("C7", seen["C7"])
    if pages:
        filling.put("pages", pages, name="SP")


_TAKERS: dict[str, Taker] = {
    "TY": _kind,
    **dict.fromkeys(("TI", "T1"), _into("title")),
    "VL": _into("volume"),
    "IS": _into("issue"),
    **dict.fromkeys(("AU", "A1"), _author),
    **dict.fromkeys(("A2", "ED"), _second_author),
    **dict.fromkeys(("AB", "N2"), _abstract),
    "KW": _keyword,
    "LA": _language,
    "SN": _serial,
    "DO": _doi,
    "C2": _pmcid,
    "UR": _address,
    "ID": _id,
    "N1": _note,
    **dict.fromkeys(("PB", "PU"), _as("PublisherName")),
    **dict.fromkeys(("CY", "PI"), _as("PublisherLocation")),
    "ET": _as("Edition"),
    **dict.fromkeys(
        ("AN", "DB", "DP", "T2", "JF", "BT", "JO", "J2", "JA", "JI", "J1", "J9", "PY", "Y1", "DA", "SP", "EP", "C7"),
        _hold,
    ),
}

_KEPT = frozenset({
    "A3", "A4", "A5", "AD", "AV", "C1", "C3", "C4", "C5", "C6", "C8", "CA", "CN", "CP", "CR", "CT", "FU", "FX",
    "H1", "H2", "L1", "L2", "L3", "L4", "LB", "LK", "M1", "M2", "M3", "NO", "NV", "OL", "OP", "PA", "PP", "RI",
    "RN", "RP", "SE", "ST", "T3", "TA", "TT", "U1", "U2", "U3", "U4", "U5", "VO", "WE", "WT", "WV", "Y2",
})  # fmt: skip
"""Tags of the specifications of 2001 and 2011 and of the dialects met, without a column: kept among the extras."""

_LEFT_OUT = frozenset({"ER"})
KNOWN = frozenset(_TAKERS) | _KEPT | _LEFT_OUT
