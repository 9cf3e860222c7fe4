"""What comes in about one bibliographic record, whatever its source. Nothing here touches the database.

Every importer ends in a :class:`CitationDraft`. The structs are msgspec's and
not pydantic's because two whole PubMed files go through here in seconds and
cross a process border as MessagePack (``docs/decisions``). Dates are partial
ISO dates, ``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``, and never hold an invented
day; what the source said stands beside them as ``*_raw``.
"""

from functools import lru_cache

from msgspec import Struct


class Identifier(Struct, frozen=True, omit_defaults=True, gc=False):
    """One identifier in its normal form.

    ``scheme`` is pmid, pmcid, doi, nct, isbn, url, or the source's own word (pii, mid …).
    """

    scheme: str
    value: str


class Name(Struct, frozen=True, omit_defaults=True, gc=False):
    """A person by ``family`` or a group by ``collective``."""

    family: str | None = None
    given: str | None = None
    initials: str | None = None
    suffix: str | None = None
    collective: str | None = None


class Author(Name, frozen=True, omit_defaults=True, gc=False):
    """One author in order. ``valid`` is False where NLM marks the name as since corrected."""

    orcid: str | None = None
    affiliations: tuple[str, ...] = ()
    identifiers: tuple[Identifier, ...] = ()
    equal_contribution: bool = False
    valid: bool = True


class TextPart(Struct, frozen=True, omit_defaults=True, gc=False):
    """One labelled part of an abstract.

    ``part`` is ``abstract`` or ``other_abstract`` (another language or another maker).
    """

    text: str
    part: str = "abstract"
    label: str | None = None
    category: str | None = None
    language: str | None = None
    maker: str | None = None


class Journal(Struct, frozen=True, omit_defaults=True, gc=False):
    """Where it appeared; ``issn`` is the printed ISSN of this record, ``issn_l`` the linking one."""

    title: str | None = None
    abbreviation: str | None = None
    medline_abbreviation: str | None = None
    issn: str | None = None
    issn_type: str | None = None
    issn_l: str | None = None
    nlm_id: str | None = None
    country: str | None = None


class Term(Struct, frozen=True, omit_defaults=True, gc=False):
    """A controlled term: its unique id (``ui``) stays, its name drifts.

    ``kind`` holds the source's type of supplementary concept.
    """

    name: str
    ui: str | None = None
    kind: str | None = None


class Qualifier(Struct, frozen=True, omit_defaults=True, gc=False):
    """A MeSH subheading."""

    name: str
    ui: str | None = None
    major: bool = False


class MeshHeading(Struct, frozen=True, omit_defaults=True, gc=False):
    """A MeSH descriptor with its subheadings; ``major`` marks the descriptor itself as a main point of the paper."""

    name: str
    ui: str | None = None
    major: bool = False
    kind: str | None = None
    qualifiers: tuple[Qualifier, ...] = ()


class Keyword(Struct, frozen=True, omit_defaults=True, gc=False):
    """A word given by authors (``NOTNLM``) or by an indexing agency, named as ``owner``."""

    text: str
    owner: str | None = None
    major: bool = False


class Chemical(Struct, frozen=True, omit_defaults=True, gc=False):
    """A substance indexed with its registry number (CAS, EC or UNII; ``0`` where there is none)."""

    name: str
    ui: str | None = None
    registry_number: str | None = None


class Grant(Struct, frozen=True, omit_defaults=True, gc=False):
    """Money acknowledged in the record."""

    number: str | None = None
    acronym: str | None = None
    agency: str | None = None
    country: str | None = None


class Registration(Struct, frozen=True, omit_defaults=True, gc=False):
    """A number in a data bank or trial registry (``ClinicalTrials.gov``, ``ISRCTN``, ``GENBANK`` …)."""

    bank: str
    number: str


class CorrectionLink(Struct, frozen=True, omit_defaults=True, gc=False):
    """A tie to another record, with NLM's RefType as ``kind`` (``RetractionIn`` …); ``pmid`` may be missing."""

    kind: str
    pmid: str | None = None
    source_text: str | None = None
    note: str | None = None


class CitationDraft(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Everything one source says about one record.

    ``version`` is PubMed's version of the PMID; ``revised_on`` its
    DateRevised; ``payload_hash`` the SHA-256 (hex) of the record, as read from
    PubMed and as received from others, by which an unchanged record is known.
    ``extras`` keeps what has no column of its own (gene symbols, notes, history
    dates …) by the source's name.
    """

    source: str
    source_type: str = "journal_article"
    identifiers: tuple[Identifier, ...] = ()
    version: int = 1
    title: str | None = None
    original_title: str | None = None
    book_title: str | None = None
    texts: tuple[TextPart, ...] = ()
    languages: tuple[str, ...] = ()
    journal: Journal | None = None
    volume: str | None = None
    issue: str | None = None
    pages: str | None = None
    authors: tuple[Author, ...] = ()
    authors_complete: bool = True
    investigators: tuple[Author, ...] = ()
    issued_on: str | None = None
    issued_raw: str | None = None
    electronic_on: str | None = None
    electronic_raw: str | None = None
    revised_on: str | None = None
    publication_types: tuple[Term, ...] = ()
    mesh_headings: tuple[MeshHeading, ...] = ()
    supplementary_concepts: tuple[Term, ...] = ()
    keywords: tuple[Keyword, ...] = ()
    chemicals: tuple[Chemical, ...] = ()
    grants: tuple[Grant, ...] = ()
    registrations: tuple[Registration, ...] = ()
    interest_statement: str | None = None
    copyright: str | None = None
    corrections: tuple[CorrectionLink, ...] = ()
    indexing_status: str | None = None
    publication_status: str | None = None
    extras: dict[str, list[str]] = {}
    citation_text: str | None = None
    payload_hash: str = ""

    def identifier(self, scheme: str) -> str | None:
        """The first identifier of ``scheme``; sources put the one to trust first."""
        return next((i.value for i in self.identifiers if i.scheme == scheme), None)

    @property
    def pmid(self) -> str | None:
        """The PubMed id, where the record has one."""
        return self.identifier("pmid")

    @property
    def year(self) -> int | None:
        """The year of the earliest date; one outside 1000 to 2999 is a slip of the source and stays in the date alone."""
        return _year_of(self.issued_on, self.electronic_on)


@lru_cache(maxsize=1 << 12)  # a file repeats its dates, and each record is asked twice
def _year_of(*dates: str | None) -> int | None:
    years = [int(date[:4]) for date in dates if date]
    return min((year for year in years if 1000 <= year <= 2999), default=None)
