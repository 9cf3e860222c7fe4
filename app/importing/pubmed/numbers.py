"""The record's own identifiers in order of trust: PMID, then PubMed's list, then the article's electronic locations.

Nothing here looks into a reference list, whose identifiers are those of other papers.
"""

from collections.abc import Callable

from lxml import etree

from app.citations.draft import Identifier
from app.importing.pubmed.building import Building
from app.importing.pubmed.markup import text_of
from app.kit.identifiers import MalformedIdentifierError, parse_doi, parse_isbn, parse_nct, parse_pmcid

_PARSERS: dict[str, tuple[str, Callable[[str], str]]] = {
    "doi": ("doi", parse_doi),
    "pmc": ("pmcid", parse_pmcid),
    "nct": ("nct", parse_nct),
    "isbn": ("isbn", parse_isbn),
}


def read_pmid(element: etree._Element, building: Building) -> None:
    """Read the record's PMID and its version. It is checked when the record is whole, so that it can be rejected."""
    if "pmid" not in building.fields:
        building.fields["pmid"] = text_of(element) or ""
        version = element.get("Version", "1")
        if version.isascii() and version.isdigit() and 0 < len(version) < 10:
            building.fields["version"] = int(version)
        else:
            building.keep("PMIDVersion", version)


def read_article_ids(element: etree._Element, building: Building) -> None:
    """Read PubMed's list of the record's identifiers; its repetition of the PMID is checked when the record is whole."""
    for child in element:
        if child.tag == "ArticleId":
            add_identifier(building.identifiers, child.get("IdType", "pubmed"), text_of(child))
        else:
            building.miss(child)


def add_identifier(identifiers: list[Identifier], scheme: str, text: str | None) -> None:
    """Add one identifier in its normal form, or as ``doi_malformed`` (``pmcid_malformed`` …) as it came."""
    if not text:
        return
    if scheme not in _PARSERS:
        identifiers.append(Identifier(scheme or "unnamed", text))
        return
    name, parse = _PARSERS[scheme]
    try:
        identifiers.append(Identifier(name, parse(text)))
    except MalformedIdentifierError:
        identifiers.append(Identifier(f"{name}_malformed", text))


def settled_identifiers(pmid: str, building: Building) -> tuple[Identifier, ...]:
    """Return the PMID first, then each other identifier once.

    ``ArticleId[pubmed]`` repeats the PMID; one that differs is kept as ``pubmed`` and not believed.
    """
    repeated = Identifier("pubmed", pmid)
    ordered = dict.fromkeys((Identifier("pmid", pmid), *building.identifiers, *building.late_identifiers))
    ordered.pop(repeated, None)
    return tuple(ordered)
