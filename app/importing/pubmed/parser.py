"""PubMed's XML into drafts: bytes in, one fate for each record out. Nothing here touches the database or the network.

The parts: ``feed`` cuts the bytes into elements, ``article`` and ``book`` read
them, ``people``, ``indexing``, ``dates``, ``numbers``, ``markup`` and
``formula`` read their parts, ``faults`` words what is wrong with a file. What
becomes of every element is told in ``docs/pubmed-parsing.md``.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import BinaryIO

import msgspec
from lxml import etree
from msgspec import Struct
from msgspec.structs import force_setattr

from app.citations.draft import CitationDraft
from app.importing.pubmed.article import read_article
from app.importing.pubmed.book import read_book
from app.importing.pubmed.building import Building
from app.importing.pubmed.feed import DELETIONS, RecordFeed, line_of
from app.importing.pubmed.markup import text_of
from app.importing.pubmed.numbers import settled_identifiers
from app.importing.pubmed.people import settle_first_affiliation
from app.kit.identifiers import MalformedIdentifierError, parse_pmid

_encode = msgspec.msgpack.Encoder().encode


class Rejected(Struct, frozen=True):
    """A record that cannot be stored: its place in the file (from 1), why, and what little is known of it."""

    position: int
    reason: str
    line: int | None = None
    id: str | None = None


class Deleted(Struct, frozen=True):
    """A PMID that PubMed withdrew (``DeleteCitation``, ``DeleteDocument``)."""

    pmid: str


@dataclass(slots=True)
class Tally:
    """What one file held. ``records`` counts drafts; ``unknown`` the elements nobody here knows, by path."""

    records: int = 0
    rejected: int = 0
    deleted: int = 0
    without_title: int = 0
    unknown: Counter[str] = field(default_factory=Counter)


def read_records(stream: BinaryIO, tally: Tally) -> Iterator[CitationDraft | Rejected | Deleted]:
    """Yield a draft, a rejection or a deletion for each record of the file, in its order, and count them in ``tally``.

    Several versions of one PMID are all yielded. Raises UnreadableFile when the
    file as a whole cannot be trusted (not XML, cut short, hostile, too large),
    after the records before the fault were yielded: the caller decides what
    becomes of those.
    """
    position = 0
    for element in RecordFeed(stream, tally.unknown):
        if element.tag in DELETIONS:
            yield from _deletions(element, tally, position=position + 1)
            continue
        position += 1
        record = _read_record(element, tally, position=position)
        if isinstance(record, Rejected):
            tally.rejected += 1
        else:
            tally.records += 1
            tally.without_title += record.title is None
        yield record


def _read_record(element: etree._Element, tally: Tally, *, position: int) -> CitationDraft | Rejected:
    building = Building(tally.unknown)
    if element.tag in {"PubmedBookArticle", "BookDocument"}:
        read_book(element, building)
    else:
        read_article(element, building)
    fields = building.fields
    number = fields.pop("pmid", None)
    if not number:
        return Rejected(position, "The record has no PMID.", line_of(element))
    try:
        pmid = parse_pmid(number)
    except MalformedIdentifierError:
        return Rejected(position, f"{number[:80]!r} is not a PMID.", line_of(element), number[:80])
    settle_first_affiliation(building)
    draft = CitationDraft(
        source="pubmed", identifiers=settled_identifiers(pmid, building), extras=building.extras, **fields
    )
    # Of what was read and not of the XML: decision 24. Nobody else has seen the draft yet, so it may still be told.
    force_setattr(draft, "payload_hash", sha256(_encode(draft)).hexdigest())
    return draft


def _deletions(element: etree._Element, tally: Tally, *, position: int) -> Iterator[Deleted | Rejected]:
    for child in element:
        if child.tag != "PMID":
            Building(tally.unknown).miss(child)
            continue
        number = text_of(child) or ""
        try:
            pmid = parse_pmid(number)
        except MalformedIdentifierError:
            tally.rejected += 1
            yield Rejected(position, f"{number[:80]!r} in {element.tag} is not a PMID.", line_of(child), number[:80])
            continue
        tally.deleted += 1
        yield Deleted(pmid)
