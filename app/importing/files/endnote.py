"""EndNote XML into drafts, record by record. No DTD is loaded, no entity resolved, nothing fetched."""

from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

from lxml import etree

from app.citations.draft import CitationDraft
from app.errors import UnreadableFile
from app.importing.files.filling import Filling, tidy
from app.importing.files.remarks import Remarks
from app.importing.pubmed.feed import line_of
from app.importing.pubmed.parser import Rejected

SOURCE = "endnote_xml"
PIECE = 1 << 16
LONGEST_RECORD = 8 << 20
MOST_TAGS = 200_000

KINDS = {
    **dict.fromkeys(
        ("Journal Article", "Electronic Article", "Magazine Article", "Newspaper Article"), "journal_article"
    ),
    **dict.fromkeys(("Book", "Book Section", "Edited Book", "Electronic Book", "Electronic Book Section"), "book"),
    **dict.fromkeys(("Conference Paper", "Conference Proceedings"), "conference_abstract"),
    **dict.fromkeys(("Web Page", "Blog", "Online Multimedia"), "web_page"),
    **dict.fromkeys(("Report", "Government Document"), "agency_report"),
    "Thesis": "thesis",
    "Unpublished Work": "preprint",
}
"""EndNote's reference type → source type."""

_SAFE: dict[str, Any] = {"resolve_entities": False, "no_network": True, "load_dtd": False, "huge_tree": False}
_KEPT = frozenset({
    "access-date", "auth-address", "custom1", "custom3", "custom4", "custom5", "custom6", "custom7", "label", "language-name",
    "orig-pub", "num-vols", "rec-number", "database", "source-app", "research-notes", "section", "secondary-isbn", "work-type",
    "remote-database-name", "remote-database-provider", "short-title", "tertiary-title", "translated-title", "caption",
    "reprint-edition", "call-num", "reviewed-item", "related-urls", "pdf-urls", "tertiary-authors", "subsidiary-authors",
    "translated-authors", "electronic-resource-num",
})  # fmt: skip
_WRAPPERS = frozenset(
    {"titles", "contributors", "periodical", "dates", "keywords", "urls", "pub-dates", "foreign-keys"}
)

Taker = Callable[["_Record", str, str], None]


class _Record:
    """A record with what has to be seen together."""

    def __init__(self, filling: Filling, kind: str) -> None:
        self.filling = filling
        self.kind = kind
        self.line = filling.line
        self.seen: dict[str, str] = {}

    @property
    def is_chapter(self) -> bool:
        return "Section" in self.kind


def read(stream: BinaryIO, remarks: Remarks) -> Iterator[CitationDraft | Rejected]:
    """A draft or a rejection for each record; raises :class:`UnreadableFile` at a fault, after the records before it."""
    for position, element in enumerate(_records(stream), 1):
        yield _draft(element, position, remarks)


def _records(stream: BinaryIO) -> Iterator[etree._Element]:
    parser = etree.XMLPullParser(events=("end",), tag="record", remove_comments=True, remove_pis=True, **_SAFE)
    weight = tags = 0
    while True:
        piece = stream.read(PIECE)
        fault = _fed(parser, piece)
        weight, tags = weight + len(piece), tags + piece.count(b"<")
        events: Iterator[tuple[str, Any]] = parser.read_events()
        for _, element in events:
            _refuse_entities(element)
            yield element
            _let_go(element)
            weight = tags = 0
        if fault:
            at = f"at line {fault.lineno or 1}"
            raise UnreadableFile(f"The file is broken or cut short {at} ({fault.msg}). Export it from EndNote again.")
        if weight > LONGEST_RECORD or tags > MOST_TAGS:
            raise UnreadableFile(
                "A record is larger than any of EndNote. The file is damaged or hostile; export it again."
            )
        if not piece:
            return


def _fed(parser: etree.XMLPullParser, piece: bytes) -> etree.XMLSyntaxError | None:
    try:
        if piece:
            parser.feed(piece)
        else:
            parser.close()
    except etree.XMLSyntaxError as fault:
        return fault
    return None


def _refuse_entities(element: Any) -> None:
    dtd = element.getroottree().docinfo.internalDTD
    if dtd is not None and any(True for _ in dtd.iterentities()):
        raise UnreadableFile(
            "The file declares an entity, a known way to attack a reader. Export it from EndNote again."
        )


def _let_go(element: Any) -> None:
    element.clear(keep_tail=False)
    above = element.getparent()
    while above is not None and element.getprevious() is not None:
        del above[0]


def _text(element: etree._Element) -> str:
    return tidy("".join(str(part) for part in element.itertext()))


def _draft(element: etree._Element, position: int, remarks: Remarks) -> CitationDraft | Rejected:
    filling = Filling(SOURCE, line_of(element) or 0, remarks)
    kind = element.find("ref-type")
    record = _Record(filling, str(kind.get("name", "")) if kind is not None else "")
    filling.receive("ref-type", record.kind, filling.line)
    _walk(record, element)
    _settle(record)
    return filling.draft(position)


def _walk(record: _Record, element: etree._Element) -> None:
    filling = record.filling
    for child in element:
        name = str(child.tag)
        record.line = line_of(child) or record.line
        if name in _WRAPPERS:
            _walk(record, child)
            continue
        raw = "".join(str(part) for part in child.itertext())
        said = filling.receive(name, raw, record.line)
        if said is None or name == "ref-type":
            continue
        if name in _LISTS:
            for each in child:
                _LISTS[name](record, name, _text(each))
        elif name in _TAKERS:
            _TAKERS[name](record, name, raw if name == "notes" else said)
        elif name in _KEPT:
            filling.keep(name, said)
        else:
            filling.remarks.miss(name, record.line)


def _hold(record: _Record, name: str, text: str) -> None:
    if record.seen.setdefault(name, text) != text:
        record.filling.keep(name, text)


def _into(field: str) -> Taker:
    return lambda record, name, text: record.filling.put(field, text, name=name)


def _as(extra: str) -> Taker:
    return lambda record, _, text: record.filling.keep(extra, text)


def _author(record: _Record, name: str, text: str) -> None:
    if text:
        record.filling.name(text, line=record.line, name=name)


def _second_author(record: _Record, name: str, text: str) -> None:
    record.filling.keep("Editor" if "Book" in record.kind else name, text)


def _number(record: _Record, _: str, text: str) -> None:
    record.filling.identify("doi", text, record.line)


def _serial(record: _Record, name: str, text: str) -> None:
    book = any(each in record.kind for each in ("Book", "Report", "Thesis"))
    record.filling.serial(text, line=record.line, name=name, book=book)


def _custom2(record: _Record, name: str, text: str) -> None:
    if text.upper().startswith("PMC"):
        record.filling.identify("pmcid", text, record.line)
    else:
        record.filling.keep(name, text)


def _address(record: _Record, name: str, text: str) -> None:
    if text:
        record.filling.address(text, name=name)


def _keyword(record: _Record, _: str, text: str) -> None:
    record.filling.keyword(text)


_TAKERS: dict[str, Taker] = {
    "title": _into("title"), "volume": _into("volume"), "number": _into("issue"), "pages": _into("pages"),
    "electronic-resource-num": _number, "isbn": _serial, "custom2": _custom2, "publisher": _as("PublisherName"),
    "pub-location": _as("PublisherLocation"), "edition": _as("Edition"),
    "abstract": lambda record, name, text: record.filling.abstract(text, name=name),
    "notes": lambda record, name, text: record.filling.note(text, name=name),
    "language": lambda record, name, text: record.filling.language(text, line=record.line, name=name),
    **dict.fromkeys(("secondary-title", "full-title", "abbr-1", "alt-title", "year", "date", "accession-num"), _hold),
    "remote-database-name": _hold, "remote-database-provider": _hold, "key": _as("key"), "keyword": _keyword,
}  # fmt: skip
_LISTS: dict[str, Taker] = {
    "authors": _author, "secondary-authors": _second_author, "related-urls": _address, "web-urls": _address,
}  # fmt: skip


def _settle(record: _Record) -> None:
    filling, seen = record.filling, record.seen
    _settle_kind(record)
    within = [(name, seen[name]) for name in ("secondary-title", "full-title") if name in seen]
    if record.is_chapter and within:
        filling.fields["book_title"] = within.pop(0)[1]
    for own, text in within:
        filling.put_journal("title", text, name=own)
    for name in ("abbr-1", "alt-title"):
        if name in seen:
            filling.put_journal("abbreviation", seen[name], name=name)
    _settle_numbers(record)
    date = seen.get("date") or seen.get("year")
    if date:
        filling.issued(date, line=filling.line, year=seen.get("year", "")[:4] or None)


def _settle_kind(record: _Record) -> None:
    filling = record.filling
    source_type = KINDS.get(record.kind)
    if source_type is None:
        filling.keep("ref-type", record.kind or "none")
        filling.remarks.note(filling.line, f"The type {record.kind[:40]!r} is not known; it was taken for an article.")
    elif source_type != "journal_article":
        filling.fields["source_type"] = source_type


def _settle_numbers(record: _Record) -> None:
    filling, seen = record.filling, record.seen
    provider = " ".join(seen.get(f"remote-database-{each}", "") for each in ("name", "provider")).lower()
    for name in ("remote-database-name", "remote-database-provider"):
        if name in seen:
            filling.keep(name, seen[name])
    if number := seen.get("accession-num"):
        if any(each in provider.split() for each in ("pubmed", "nlm", "medline", "ncbi")):
            filling.identify("pmid", number, filling.line)
        elif number.startswith("WOS:"):
            filling.mention("wos", number.removeprefix("WOS:"))
        else:
            filling.keep("accession-num", number)
