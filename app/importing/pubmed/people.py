"""Authors, investigators and the people a paper is about. Nothing here decides who is the same person."""

from collections.abc import Callable
from typing import Any

from lxml import etree

from app.citations.draft import Author, Identifier
from app.importing.pubmed.building import Building, texts_by_tag
from app.importing.pubmed.markup import text_of
from app.kit.identifiers import MalformedIdentifierError, parse_orcid

_NAME_PARTS = {
    "LastName": "family",
    "ForeName": "given",
    "FirstName": "given",  # until 2002
    "MiddleName": "middle",  # until 2002
    "Initials": "initials",
    "Suffix": "suffix",
    "CollectiveName": "collective",
}


def read_authors(element: etree._Element, building: Building) -> None:
    """Read an author list in its order; ``CompleteYN="N"`` says that NLM left some out."""
    building.append("authors", read_people(element, building, tag="Author"))
    if element.get("CompleteYN") == "N":
        building.fields["authors_complete"] = False


def read_investigators(element: etree._Element, building: Building) -> None:
    """Read those who collected data for a group author; they are not authors (PubMed help, *Investigator*)."""
    building.append("investigators", read_people(element, building, tag="Investigator"))


def read_people(element: etree._Element, building: Building, *, tag: str) -> tuple[Author, ...]:
    """Return the people of one list; an entry without any name is left out."""
    people = []
    for child in element:
        if child.tag == tag:
            person = _person(child, building)
            if person is not None:
                people.append(person)
        else:
            building.miss(child)
    return tuple(people)


def read_first_affiliation(element: etree._Element, building: Building) -> None:
    """Keep the address that stood beside the author list until 2002, which is that of the first author.

    It becomes the first author's when the record is whole (``settle_first_affiliation``).
    """
    building.keep("Affiliation", text_of(element))


def settle_first_affiliation(building: Building) -> None:
    """Give the first author the old-style address of the record, unless that author has one already."""
    authors: tuple[Author, ...] = building.fields.get("authors", ())
    addresses = building.extras.get("Affiliation")
    if not addresses or not authors or authors[0].affiliations:
        return
    first = authors[0]
    settled = Author(
        first.family,
        first.given,
        first.initials,
        first.suffix,
        first.collective,
        first.orcid,
        tuple(addresses),
        first.identifiers,
        first.equal_contribution,
        first.valid,
    )
    building.fields["authors"] = (settled, *authors[1:])
    del building.extras["Affiliation"]


def read_name_subjects(element: etree._Element, building: Building) -> None:
    """Keep the people a paper is about as ``Family, Given``."""
    for child in element:
        if child.tag == "PersonalNameSubject":
            building.keep("PersonalNameSubject", listed_name(texts_by_tag(child, _NAME_PARTS, building)))
        else:
            building.miss(child)


def listed_name(parts: dict[str, Any]) -> str:
    """Return a name as lists write it: ``Family, Given, Suffix``, or the group's name."""
    given = parts.get("given") or parts.get("initials")
    return ", ".join(part for part in (parts.get("family"), given, parts.get("suffix")) if part) or (
        parts.get("collective") or ""
    )


def _person(element: etree._Element, building: Building) -> Author | None:
    values: dict[str, Any] = {}
    for child in element:
        tag = child.tag
        field = _NAME_PARTS.get(tag)
        if field is not None:
            values[field] = text_of(child)
            continue
        reader = _PERSON_READERS.get(tag)
        if reader is None:
            building.miss(child)
        else:
            reader(child, values, building)
    if "middle" in values:
        values["given"] = " ".join(part for part in (values.get("given"), values.pop("middle")) if part)
    if not (values.get("family") or values.get("collective") or values.get("given")):
        return None
    if element.get("ValidYN") == "N":
        values["valid"] = False
    if element.get("EqualContrib") == "Y":
        values["equal_contribution"] = True
    return Author(**values)


def _affiliation_info(element: etree._Element, values: dict[str, Any], building: Building) -> None:
    for child in element:
        if child.tag == "Affiliation":
            _affiliation(child, values, building)
        elif child.tag == "Identifier":
            number = len(values.get("affiliations", ()))
            _add_identifier(values, f"affiliation {number} {child.get('Source', '')}".strip(), text_of(child))
        else:
            building.miss(child)


def _affiliation(element: etree._Element, values: dict[str, Any], _building: Building) -> None:
    text = text_of(element)
    if text:
        values["affiliations"] = (*values.get("affiliations", ()), text)


def _identifier(element: etree._Element, values: dict[str, Any], _building: Building) -> None:
    """Normalise an ORCID from its three shapes; a wrong one, or a second one, is kept as it came."""
    source, text = element.get("Source", ""), text_of(element)
    if source != "ORCID" or not text:
        _add_identifier(values, source or "unnamed", text)
        return
    try:
        orcid = parse_orcid(text)
    except MalformedIdentifierError:
        _add_identifier(values, "orcid_malformed", text)
        return
    if values.setdefault("orcid", orcid) != orcid:
        _add_identifier(values, "orcid", orcid)


def _add_identifier(values: dict[str, Any], scheme: str, text: str | None) -> None:
    if text:
        values["identifiers"] = (*values.get("identifiers", ()), Identifier(scheme, text))


_PERSON_READERS: dict[Any, Callable[[etree._Element, dict[str, Any], Building], None]] = {
    "AffiliationInfo": _affiliation_info,
    "Affiliation": _affiliation,  # until 2014, directly below the author
    "Identifier": _identifier,
}
