"""A draft as the plain values that both drivers take, and back again. Nothing here touches the database.

A :class:`Prepared` record holds everything that can be known without the
store. Lists stand as JSON text in the shape of the draft; an empty list
is NULL.
"""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import fields

from app.citations.draft import CitationDraft, CorrectionLink, Identifier, Journal, TextPart
from app.citations.folded import Document, document
from app.citations.standing import Signal, own_signals

IDENTIFYING = frozenset({"pmid", "pmcid", "doi", "isbn", "url"})
"""Schemes of which one value means one record; trial numbers and a source's own words only mention."""

COLUMNS = (
    "source", "source_type", "title", "original_title", "book_title", "citation_text", "languages", "journal_title",
    "journal_abbreviation", "issn_l", "journal", "volume", "issue", "pages", "authors", "authors_complete",
    "investigators", "issued_on", "issued_raw", "electronic_on", "electronic_raw", "year", "publication_types",
    "mesh_headings", "supplementary_concepts", "keywords", "chemicals", "grants", "registrations",
    "interest_statement", "copyright", "extras", "indexing_status", "publication_status", "revised_on",
    "source_version", "payload_hash",
)  # fmt: skip
"""Columns of ``citation`` that follow from the draft alone, in the order of :attr:`Prepared.row`."""

IDENTIFIER_COLUMNS = ("citation_id", "scheme", "value", "position", "identifies")
TEXT_COLUMNS = ("citation_id", "position", "part", "label", "category", "language", "maker", "text", "sha256")
CORRECTION_COLUMNS = ("citation_id", "position", "kind", "pmid", "source_text", "note")

BOOKKEEPING = ("version", "revised_on", "payload_hash")
"""Fields by which a sync knows what it has; a difference in these alone is no change of the record."""
FIELDS = tuple(field.name for field in fields(CitationDraft) if field.name not in BOOKKEEPING)
TYPES = {field.name: field.type for field in fields(CitationDraft)}
EMPTY = {name: getattr(CitationDraft(source=""), name) for name in FIELDS}

_PLAIN = tuple(
    name for name in FIELDS if name in COLUMNS and TYPES[name] in (str, bool, str | None)
)  # fmt: skip
_JSON = tuple(name for name in FIELDS if name in COLUMNS and name not in _PLAIN)
_DECODE = {name: msgspec.json.Decoder(TYPES[name]).decode for name in _JSON}
"""Columns of JSON, each with what reads its text straight into the structs of the draft."""
_ABSTRACT = TextPart("").part
_LONGEST_LABEL = 64


class Prepared(Struct, frozen=True, gc=False):
    """One record, ready to be matched and stored.

    ``row`` follows :data:`COLUMNS`; the children stand without their citation's id.
    """

    row: tuple[str | int | bool | None, ...]
    identifiers: tuple[tuple[str, str, int, bool], ...]
    texts: tuple[tuple[int, str, str | None, str | None, str | None, str | None, str, str], ...]
    corrections: tuple[tuple[int, str, str | None, str | None, str | None], ...]
    signals: tuple[Signal, ...]
    document: Document

    @property
    def pmid(self) -> str | None:
        """The PubMed id, where the record has one."""
        for scheme, value, _, _ in self.identifiers:
            if scheme == "pmid":
                return value
        return None

    @property
    def source_id(self) -> str | None:
        """What its source calls the record: the identifier to trust most."""
        return self.identifiers[0][1] if self.identifiers else None

    @property
    def keys(self) -> list[tuple[str, str]]:
        """Its identifiers that should belong to it alone."""
        return [(scheme, value) for scheme, value, _, identifies in self.identifiers if identifies]

    @property
    def source(self) -> str:
        """Where it comes from."""
        return str(self.row[0])

    @property
    def payload_hash(self) -> str:
        """The hash by which the record is known when it comes again."""
        return str(self.row[-1])

    @property
    def edition(self) -> tuple[int, str]:
        """PubMed's version of the PMID, then DateRevised: what a later edition of the record has more of."""
        return int(self.row[-2] or 0), str(self.row[-3] or "")

    def draft(self) -> CitationDraft:
        """The draft that this record was made from."""
        return draft_of(
            dict(zip(COLUMNS, self.row, strict=True)),
            [Identifier(scheme, value) for scheme, value, _, _ in self.identifiers],
            self.texts,
            self.corrections,
        )


_NO_JOURNAL = Journal()
_encode = msgspec.json.Encoder().encode


def prepare(draft: CitationDraft) -> Prepared:
    """Turn a draft into the values that are stored."""
    return Prepared(
        _row(draft),
        _identifiers(draft),
        tuple(
            (place, t.part, t.label, t.category, t.language, t.maker, t.text, sha256(t.text.encode()).hexdigest())
            for place, t in enumerate(draft.texts)
        ),
        tuple(
            (place, c.kind[:_LONGEST_LABEL], c.pmid, c.source_text, c.note) for place, c in enumerate(draft.corrections)
        ),
        tuple(own_signals(draft)),
        document(draft),
    )


def draft_of(
    row: Mapping[str, Any], identifiers: Sequence[Identifier], texts: Sequence[Sequence[Any]],
    corrections: Sequence[Sequence[Any]],
) -> CitationDraft:  # fmt: skip
    """Give back the draft that was stored; JSON columns may come as text or already read.

    ``texts`` and ``corrections`` begin with the position and come in its order.
    """
    values: dict[str, Any] = {name: row[name] for name in _PLAIN if row[name] is not None}
    for name, decode in _DECODE.items():
        value = row[name]
        if value is not None:
            values[name] = decode(value) if isinstance(value, str) else msgspec.convert(value, TYPES[name])
    values |= {name: row[name] for name in ("revised_on", "payload_hash") if row[name] is not None}
    return CitationDraft(
        **values | {"authors_complete": bool(row["authors_complete"]), "version": row["source_version"]},
        identifiers=tuple(identifiers),
        texts=tuple(
            [
                # A default that is not the very same object would be written out where drafts are hashed and compared.
                TextPart(text, _ABSTRACT if part == _ABSTRACT else part, label, category, language, maker)
                for _, part, label, category, language, maker, text, *_ in texts
            ]
        ),
        corrections=tuple(
            [CorrectionLink(kind, pmid, source_text, note) for _, kind, pmid, source_text, note in corrections]
        ),
    )


def _row(draft: CitationDraft) -> tuple[str | int | bool | None, ...]:
    journal = draft.journal or _NO_JOURNAL
    return (
        draft.source, draft.source_type, draft.title, draft.original_title, draft.book_title, draft.citation_text,
        _json(draft.languages),
        journal.title, journal.abbreviation, journal.issn_l, _json(draft.journal),
        draft.volume, draft.issue, draft.pages, _json(draft.authors), draft.authors_complete,
        _json(draft.investigators), draft.issued_on, draft.issued_raw, draft.electronic_on, draft.electronic_raw,
        draft.year, _json(draft.publication_types), _json(draft.mesh_headings), _json(draft.supplementary_concepts),
        _json(draft.keywords), _json(draft.chemicals), _json(draft.grants), _json(draft.registrations),
        draft.interest_statement, draft.copyright, _json(draft.extras), draft.indexing_status,
        draft.publication_status, draft.revised_on, draft.version, draft.payload_hash,
    )  # fmt: skip


def _json(value: Any) -> str | None:
    return _encode(value).decode() if value else None


def _identifiers(draft: CitationDraft) -> tuple[tuple[str, str, int, bool], ...]:
    found = dict.fromkeys((i.scheme[:_LONGEST_LABEL], i.value) for i in draft.identifiers)
    return tuple((scheme, value, place, scheme in IDENTIFYING) for place, (scheme, value) in enumerate(found))
