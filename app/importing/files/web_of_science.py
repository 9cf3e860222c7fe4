"""Web of Science's tagged text (``FN``, ``PT J`` …) into drafts. Its cited references are left out on purpose."""

import re
from collections.abc import Iterator

from app.citations.draft import CitationDraft
from app.importing.files.encodings import Text
from app.importing.files.filling import Filling, tidy
from app.importing.files.remarks import Remarks
from app.importing.files.tagged import Block, Value, web_of_science_blocks
from app.importing.pubmed.parser import Rejected

SOURCE = "web_of_science"

_FIELDS = {"TI": "title", "VL": "volume", "IS": "issue"}
_JOURNAL = {"SO": "title", "JI": "abbreviation", "J9": "abbreviation", "SN": "issn", "EI": "issn"}
_IDENTIFIERS = {"DI": "doi", "PM": "pmid"}
_BOOKS = {"B": "book", "S": "book"}
_HELD = frozenset({"AU", "AF", "PD", "PY", "BP", "EP", "AR", "PT"})
_AS = {"PU": "PublisherName", "PI": "PublisherLocation", "BE": "Editor"}
_KEPT = frozenset({
    "DT", "C1", "C3", "RP", "EM", "RI", "OI", "FU", "FX", "NR", "TC", "Z9", "U1", "U2", "PA", "PG", "WC", "SC",
    "GA", "DA", "CT", "CY", "CL", "SP", "HO", "BA", "BF", "CA", "GP", "SE", "BS", "D2", "EA", "EY", "PN", "SU",
    "SI", "MA", "OA", "HC", "HP", "WE", "LT", "MC", "DL", "CO",
})  # fmt: skip


def read(text: Text, remarks: Remarks) -> Iterator[CitationDraft | Rejected]:
    """A draft or a rejection for each record of the file, in its order."""
    for position, block in enumerate(web_of_science_blocks(text.lines(), remarks), 1):
        if not block.ended:
            remarks.note(block.line, "The record that begins here has no ER; it was ended where the next one begins.")
        yield _draft(block, position, remarks)


def _draft(block: Block, position: int, remarks: Remarks) -> CitationDraft | Rejected:
    filling = Filling(SOURCE, block.line, remarks)
    held: dict[str, Value] = {}
    for value in block.values:
        said = filling.receive(value.tag, "\n".join(value.lines), value.line)
        if said is None:
            continue
        if value.tag in _HELD:
            held[value.tag] = value
        else:
            _take(filling, value, said)
    one = {tag: tidy(" ".join(value.lines)) for tag, value in held.items()}
    if one.get("PT") in _BOOKS:
        filling.fields["source_type"] = _BOOKS[one["PT"]]
    _settle_authors(filling, held)
    if "PY" in one:
        filling.issued(one.get("PD", one["PY"]), line=filling.line, year=one["PY"])
    elif "PD" in one:
        filling.issued(one["PD"], line=filling.line)
    pages = "-".join(one[tag] for tag in ("BP", "EP") if tag in one) or one.get("AR")
    if pages:
        filling.put("pages", pages, name="AR")
    return filling.draft(position)


def _take(filling: Filling, value: Value, text: str) -> None:
    tag = value.tag
    if tag in _FIELDS:
        filling.put(_FIELDS[tag], text, name=tag)
    elif tag in _JOURNAL:
        filling.put_journal(_JOURNAL[tag], text, name=tag)
    elif tag in _IDENTIFIERS:
        filling.identify(_IDENTIFIERS[tag], text, value.line)
    elif tag in _AS:
        filling.keep(_AS[tag], text)
    elif tag in _KEPT:
        filling.keep(tag, text)
    else:
        _take_other(filling, value, text)


def _take_other(filling: Filling, value: Value, text: str) -> None:
    tag = value.tag
    if tag == "UT":
        number = text.removeprefix("WOS:")
        filling.id = f"WOS:{number}"[:80]
        filling.mention("wos", number)
    elif tag in {"DE", "ID"}:
        for each in re.split(r";\s*", text):
            filling.keyword(each)
    elif tag == "AB":
        filling.abstract(text, name=tag)
    elif tag == "LA":
        filling.language(text, line=value.line, name=tag)
    elif tag == "BN":
        filling.serial(text, line=value.line, name=tag, book=True)
    elif tag != "CR":
        filling.remarks.miss(tag, value.line)


def _settle_authors(filling: Filling, held: dict[str, Value]) -> None:
    """Full names where every author has one; a single word is a group in AU and in AF."""
    short, full = held.get("AU"), held.get("AF")
    chosen = full if full and (not short or len(full.lines) == len(short.lines)) else short
    if chosen:
        for each in chosen.lines:
            filling.name(each, line=chosen.line, name=chosen.tag)
