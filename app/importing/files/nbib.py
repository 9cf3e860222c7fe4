"""nbib (PubMed's MEDLINE format) into drafts. What PubMed's XML has more of, this format does not hold.

A record from here never stands over the same one from PubMed itself.
"""

import re
from collections.abc import Callable, Iterator

import msgspec

from app.citations.draft import (
    Author,
    Chemical,
    CitationDraft,
    CorrectionLink,
    Grant,
    MeshHeading,
    Qualifier,
    Registration,
    Term,
    TextPart,
)
from app.importing.files.encodings import Text
from app.importing.files.filling import Filling
from app.importing.files.names import person
from app.importing.files.remarks import Remarks
from app.importing.files.tagged import Block, Value, nbib_blocks
from app.importing.pubmed.parser import Rejected
from app.kit.dates import date_from_words, partial_date
from app.kit.identifiers import MalformedIdentifierError, parse_orcid

SOURCE = "nbib"

_TIES = {
    "CIN": "CommentIn", "CON": "CommentOn", "EIN": "ErratumIn", "EFR": "ErratumFor", "RIN": "RetractionIn",
    "ROF": "RetractionOf", "ECI": "ExpressionOfConcernIn", "ECF": "ExpressionOfConcernFor", "UIN": "UpdateIn",
    "UOF": "UpdateOf", "RPI": "RepublishedIn", "RPF": "RepublishedFrom", "CRI": "CorrectedandRepublishedIn",
    "CRF": "CorrectedandRepublishedFrom", "RRI": "RetractedandRepublishedIn", "RRF": "RetractedandRepublishedFrom",
    "SPIN": "SummaryForPatientsIn", "ORI": "OriginalReportIn",
}  # fmt: skip
"""Tag → RefType of PubMed's XML."""

_MARKED = re.compile(r"(.*\S)\s*\[([a-zA-Z ]+)\]")
_SERIAL = re.compile(r"([0-9]{4}-[0-9]{3}[0-9X])\s*(?:\(([A-Za-z]+)\))?")
_TIED_PMID = re.compile(r"PMID: ?([0-9]+)")
_CHEMICAL = re.compile(r"(\S+) \((.+)\)")

Taker = Callable[["_Record", str, str], None]


class _Record:
    """A record's filling, with the author whose lines are being read."""

    def __init__(self, filling: Filling) -> None:
        self.filling = filling
        self.line = filling.line
        self.full: Author | None = None
        self.investigators: list[Author] = []
        self.lists: dict[str, dict[object, None]] = {}

    def add(self, field: str, value: object) -> None:
        """Add to a list of the draft, each value once."""
        self.lists.setdefault(field, {})[value] = None


def read(text: Text, remarks: Remarks) -> Iterator[CitationDraft | Rejected]:
    """A draft or a rejection for each record of the file, in its order."""
    for position, block in enumerate(nbib_blocks(text.lines(), remarks), 1):
        yield _draft(block, position, remarks)


def _draft(block: Block, position: int, remarks: Remarks) -> CitationDraft | Rejected:
    filling = Filling(SOURCE, block.line, remarks)
    record = _Record(filling)
    for value in block.values:
        _take(record, value)
    if record.investigators:
        filling.fields["investigators"] = tuple(record.investigators)
    for field, values in record.lists.items():
        filling.fields[field] = tuple(values)
    return filling.draft(position)


def _take(record: _Record, value: Value) -> None:
    filling = record.filling
    said = filling.receive(value.tag, "\n".join(value.lines), value.line)
    if said is None:
        return
    record.line = value.line
    if value.tag in _TAKERS:
        _TAKERS[value.tag](record, value.tag, said)
    elif value.tag in _TIES:
        found = _TIED_PMID.search(said)
        record.add("corrections", CorrectionLink(_TIES[value.tag], found[1] if found else None, said))
    elif value.tag in _KEPT:
        filling.keep(value.tag, said)
    else:
        filling.remarks.miss(value.tag, value.line)


def _into(field: str) -> Taker:
    return lambda record, tag, text: record.filling.put(field, text, name=tag)


def _into_journal(field: str) -> Taker:
    return lambda record, tag, text: record.filling.put_journal(field, text, name=tag)


def _as(name: str) -> Taker:
    return lambda record, _, text: record.filling.keep(name, text)


def _pmid(record: _Record, _: str, text: str) -> None:
    record.filling.id = text[:80]
    record.filling.identify("pmid", text, record.line)


def _pmcid(record: _Record, _: str, text: str) -> None:
    record.filling.identify("pmcid", text, record.line)


def _location(record: _Record, tag: str, text: str) -> None:
    found = _MARKED.fullmatch(text)
    scheme = found[2].strip().lower() if found else ""
    if not found:
        record.filling.keep(tag, text)
    elif scheme == "doi":
        record.filling.identify("doi", found[1], record.line)
    else:
        record.filling.mention(scheme, found[1])


def _full_author(record: _Record, tag: str, text: str) -> None:
    before = len(record.filling.authors)
    record.filling.name(text, line=record.line, name=tag)
    record.full = record.filling.authors[-1] if len(record.filling.authors) > before else None


def _author(record: _Record, tag: str, text: str) -> None:
    """The short form behind a full name says its initials; alone it is the name."""
    authors = record.filling.authors
    if record.full is None:
        record.filling.name(text, line=record.line, name=tag)
        return
    initials = text.removeprefix(record.full.family or "").strip().split(" ")[0]
    if record.full.family and initials.isalpha() and initials.isupper():
        authors[-1] = msgspec.structs.replace(record.full, initials=initials)
    elif record.full.collective:  # one name only: PubMed knows it as a person's
        authors[-1] = Author(family=record.full.collective)
    record.full = None


def _group(record: _Record, _: str, text: str) -> None:
    record.filling.authors.append(Author(collective=text))


def _affiliation(record: _Record, tag: str, text: str) -> None:
    authors = record.filling.authors
    if not authors:
        record.filling.keep(tag, text)
        return
    authors[-1] = msgspec.structs.replace(authors[-1], affiliations=(*authors[-1].affiliations, text))


def _orcid(record: _Record, tag: str, text: str) -> None:
    authors = record.filling.authors
    try:
        iri = parse_orcid(text.removeprefix("ORCID:").strip())
    except MalformedIdentifierError as error:
        record.filling.keep(tag, text)
        record.filling.remarks.note(record.line, f"{error}; it is kept among the extras.")
        return
    if authors:
        authors[-1] = msgspec.structs.replace(authors[-1], orcid=iri)
    else:
        record.filling.keep(tag, text)


def _investigator(record: _Record, _: str, text: str) -> None:
    found = person(text)
    if found:
        record.investigators.append(found)


def _language(record: _Record, _: str, text: str) -> None:
    record.add("languages", text)


def _type(record: _Record, _: str, text: str) -> None:
    record.add("publication_types", Term(text))
    if text == "Preprint":
        record.filling.fields["source_type"] = "preprint"


def _heading(record: _Record, _: str, text: str) -> None:
    """``Conservation of Natural Resources/*methods``: the asterisk stands before the part that is a main point."""
    name, *qualifiers = text.split("/")
    read = tuple(Qualifier(each.removeprefix("*"), major=each.startswith("*")) for each in qualifiers if each)
    record.add("mesh_headings", MeshHeading(name.removeprefix("*"), major=name.startswith("*"), qualifiers=read))


def _keyword(record: _Record, _: str, text: str) -> None:
    record.filling.keyword(text)


def _substance(record: _Record, _: str, text: str) -> None:
    found = _CHEMICAL.fullmatch(text)
    record.add("chemicals", Chemical(found[2], registry_number=found[1]) if found else Chemical(text))


def _concept(record: _Record, _: str, text: str) -> None:
    record.add("supplementary_concepts", Term(text))


def _grant(record: _Record, _: str, text: str) -> None:
    parts = text.split("/")
    read = Grant(*(part or None for part in parts)) if len(parts) == 4 else Grant(agency=text)
    record.add("grants", read)


def _registration(record: _Record, _: str, text: str) -> None:
    bank, slash, number = text.partition("/")
    if not slash:
        record.filling.keep("DataBankName", bank)
        return
    record.add("registrations", Registration(bank, number))
    if bank == "ClinicalTrials.gov":
        record.filling.identify("nct", number, record.line)


def _date(record: _Record, _: str, text: str) -> None:
    record.filling.fields.setdefault("issued_raw", text)
    if on := date_from_words(text):
        record.filling.fields.setdefault("issued_on", on)


def _electronic(record: _Record, _: str, text: str) -> None:
    on = partial_date(text[:4], text[4:6], text[6:8]) if text.isdigit() else date_from_words(text)
    record.filling.fields.setdefault("electronic_raw", text)
    if on:
        record.filling.fields.setdefault("electronic_on", on)


def _serial(record: _Record, tag: str, text: str) -> None:
    found = _SERIAL.fullmatch(text)
    journal = record.filling.journal
    if not found:
        record.filling.keep(tag, text)
    elif found[2] == "Linking":
        record.filling.put_journal("issn_l", found[1], name=tag)
    elif "issn" in journal and journal["issn"] != found[1]:
        record.filling.keep(tag, text)
    else:
        journal["issn"] = found[1]
        if found[2] in {"Print", "Electronic"}:
            journal["issn_type"] = found[2]


def _book(record: _Record, _: str, text: str) -> None:
    record.filling.fields.setdefault("book_title", text)
    record.filling.fields["source_type"] = "book"


def _isbn(record: _Record, _: str, text: str) -> None:
    record.filling.mention("book_isbn", text)


def _other_abstract(record: _Record, _: str, text: str) -> None:
    record.filling.texts.append(TextPart(text, "other_abstract"))


def _abstract(record: _Record, tag: str, text: str) -> None:
    record.filling.abstract(text, name=tag)


_TAKERS: dict[str, Taker] = {
    "PMID": _pmid, "PMC": _pmcid, "LID": _location, "AID": _location, "FAU": _full_author, "AU": _author, "CN": _group,
    "AD": _affiliation, "AUID": _orcid, "FIR": _investigator, "LA": _language, "PT": _type, "MH": _heading,
    "OT": _keyword, "RN": _substance, "NM": _concept, "GR": _grant, "SI": _registration, "DP": _date,
    "DEP": _electronic, "IS": _serial, "BTI": _book, "ISBN": _isbn, "OAB": _other_abstract, "AB": _abstract,
    "TI": _into("title"), "TT": _into("original_title"), "VI": _into("volume"), "IP": _into("issue"),
    "PG": _into("pages"), "COIS": _into("interest_statement"), "CI": _into("copyright"),
    "STAT": _into("indexing_status"), "PST": _into("publication_status"), "JT": _into_journal("title"),
    "TA": _into_journal("abbreviation"), "JID": _into_journal("nlm_id"), "PL": _into_journal("country"),
    "PB": _as("PublisherName"), "CTI": _as("CollectionTitle"), "EN": _as("Edition"), "FED": _as("Editor"),
}  # fmt: skip

_KEPT = frozenset({
    "OWN", "LR", "DA", "DCOM", "EDAT", "MHDA", "CRDT", "PHST", "SB", "SO", "PMCR", "MID", "OTO", "GN", "OID",
    "OCI", "RF", "GS", "PS", "FPS", "IR", "IRAD", "ED", "OABL", "SFM", "CTDT", "DRDT", "LM", "JIS", "PUBM", "DDIN",
    "DRIN", "PRIN", "PROF",
})  # fmt: skip
"""Tags of the format without a column: kept among the extras (dates of PubMed's own work, owners, short forms)."""
