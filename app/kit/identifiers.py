"""Identifiers of the literature, parsed once at the border. Nothing here looks anything up.

Every ``parse_*`` accepts the spellings seen in real exports, returns the one
normal form that is stored, and raises :class:`MalformedIdentifierError` otherwise.
"""

import re
from typing import NewType

PMID = NewType("PMID", str)
PMCID = NewType("PMCID", str)
DOI = NewType("DOI", str)
NCT = NewType("NCT", str)
ISBN = NewType("ISBN", str)
ORCID = NewType("ORCID", str)

_PMID = re.compile(r"(?:pmid[:\s]*)?([1-9][0-9]{0,8})(?:\.[0-9]+)?", re.IGNORECASE)
_PMCID = re.compile(r"(?:pmcid[:\s]*)?(?:pmc)?([1-9][0-9]{0,9})(?:\.[0-9]+)?", re.IGNORECASE)
_DOI = re.compile(r"10\.[0-9]{4,9}(?:\.[0-9]+)*/\S+")
_DOI_PREFIX = re.compile(r"^(?:doi\s*[:=]\s*|doi\s+|(?:https?://)?(?:dx\.|www\.)?doi\.org/)+", re.IGNORECASE)
_NCT = re.compile(r"NCT[0-9]{8}", re.IGNORECASE)
_ORCID = re.compile(
    r"(?:https?://(?:www\.)?orcid\.org/)?([0-9]{4})-?([0-9]{4})-?([0-9]{4})-?([0-9]{3}[0-9X])/?", re.IGNORECASE
)


class MalformedIdentifierError(ValueError):
    """The text is not an identifier of the scheme asked for."""

    def __init__(self, scheme: str, text: str) -> None:
        super().__init__(f"{text[:80]!r} is not a {scheme}")
        self.scheme = scheme
        self.text = text


def parse_pmid(text: str) -> PMID:
    """Return the bare number of a PubMed id, its version left out. ``PMID: 123.2`` → ``123``."""
    match = _PMID.fullmatch(text.strip())
    if not match:
        raise MalformedIdentifierError("PMID", text)
    return PMID(match[1])


def parse_pmcid(text: str) -> PMCID:
    """Return a PubMed Central id with its prefix. ``pmc10818224.1`` → ``PMC10818224``."""
    match = _PMCID.fullmatch(text.strip())
    if not match:
        raise MalformedIdentifierError("PMCID", text)
    return PMCID(f"PMC{match[1]}")


def parse_doi(text: str) -> DOI:
    """Return a DOI in lower case without its resolver; DOIs compare case-insensitively (DOI Handbook 2.4)."""
    bare = _DOI_PREFIX.sub("", text.strip()).strip()
    if not _DOI.fullmatch(bare):
        raise MalformedIdentifierError("DOI", text)
    return DOI(bare.lower())


def parse_nct(text: str) -> NCT:
    """Return a ClinicalTrials.gov number in capitals."""
    bare = text.strip()
    if not _NCT.fullmatch(bare):
        raise MalformedIdentifierError("NCT number", text)
    return NCT(bare.upper())


def parse_isbn(text: str) -> ISBN:
    """Return an ISBN-10 or ISBN-13 without hyphens, its check digit verified (ISO 2108)."""
    bare = re.sub(r"[\s-]", "", text).upper().removeprefix("ISBN").lstrip(":")
    if re.fullmatch(r"[0-9]{13}", bare):
        valid = sum(int(d) * (3 if i % 2 else 1) for i, d in enumerate(bare)) % 10 == 0
    elif re.fullmatch(r"[0-9]{9}[0-9X]", bare):
        valid = sum((10 - i) * (10 if d == "X" else int(d)) for i, d in enumerate(bare)) % 11 == 0
    else:
        valid = False
    if not valid:
        raise MalformedIdentifierError("ISBN", text)
    return ISBN(bare)


def parse_orcid(text: str) -> ORCID:
    """Return an ORCID iD as four hyphenated groups, from a URL or digits; its check character must fit (ISO 7064)."""
    match = _ORCID.fullmatch(text.strip())
    if not match:
        raise MalformedIdentifierError("ORCID iD", text)
    digits = "".join(match.groups()).upper()
    total = 0
    for digit in digits[:-1]:
        total = (total + int(digit)) * 2
    if "0123456789X"[(12 - total % 11) % 11] != digits[-1]:
        raise MalformedIdentifierError("ORCID iD", text)
    return ORCID("-".join(digits[i : i + 4] for i in (0, 4, 8, 12)))
