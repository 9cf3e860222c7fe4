"""What indexers and authors added: MeSH, substances, keywords, publication types, data banks, grants, corrections.

Nothing here knows what a term means or whether a retraction holds.
"""

from typing import Any

from lxml import etree

from app.citations.draft import (
    Chemical,
    CorrectionLink,
    Grant,
    Identifier,
    Keyword,
    MeshHeading,
    Qualifier,
    Registration,
    Term,
)
from app.importing.pubmed.building import Building, texts_by_tag
from app.importing.pubmed.markup import text_of
from app.kit.identifiers import MalformedIdentifierError, parse_nct, parse_pmid

_GRANT = {"GrantID": "number", "Acronym": "acronym", "Agency": "agency", "Country": "country"}
_CORRECTION = {"RefSource": "source_text", "PMID": "pmid", "Note": "note"}


def read_publication_type(element: etree._Element, building: Building) -> None:
    """Read one publication type; ``Preprint`` also makes the record a preprint."""
    name = text_of(element)
    if name:
        building.append("publication_types", (Term(name, element.get("UI")),))
        if name == "Preprint":
            building.fields["source_type"] = "preprint"


def read_mesh_headings(element: etree._Element, building: Building) -> None:
    """Read the descriptors with their subheadings; a heading without a descriptor says nothing and is left out."""
    headings = []
    for child in element:
        if child.tag != "MeshHeading":
            building.miss(child)
            continue
        heading = _mesh_heading(child, building)
        if heading is not None:
            headings.append(heading)
    building.append("mesh_headings", tuple(headings))


def _mesh_heading(element: etree._Element, building: Building) -> MeshHeading | None:
    descriptor: etree._Element | None = None
    qualifiers: tuple[Qualifier, ...] = ()
    for child in element:
        tag = child.tag
        if tag == "QualifierName":
            name = text_of(child)
            if name:
                qualifiers += (Qualifier(name, child.get("UI"), child.get("MajorTopicYN") == "Y"),)
        elif tag == "DescriptorName":
            descriptor = child
        else:
            building.miss(child)
    name = text_of(descriptor) if descriptor is not None else None
    if descriptor is None or name is None:
        return None
    if descriptor.get("AutoHM") == "Y":
        building.keep("AutoHM", name)
    get = descriptor.get
    return MeshHeading(name, get("UI"), get("MajorTopicYN") == "Y", get("Type"), qualifiers)


def read_supplementary_concepts(element: etree._Element, building: Building) -> None:
    """Read the supplementary concepts with their type (Disease, Protocol, Organism …)."""
    terms = []
    for child in element:
        if child.tag != "SupplMeshName":
            building.miss(child)
            continue
        name = text_of(child)
        if name:
            terms.append(Term(name, child.get("UI"), child.get("Type")))
    building.append("supplementary_concepts", tuple(terms))


def read_keywords(element: etree._Element, building: Building) -> None:
    """Read one owner's keywords; NLM is the owner where none is named (the DTD's default). Empty ones are left out."""
    owner = element.get("Owner", "NLM")
    words = []
    for child in element:
        if child.tag != "Keyword":
            building.miss(child)
            continue
        text = text_of(child)
        if text:
            words.append(Keyword(text, owner, child.get("MajorTopicYN") == "Y"))
    building.append("keywords", tuple(words))


def read_chemicals(element: etree._Element, building: Building) -> None:
    """Read the substances; the registry number ``0`` is kept, it says that there is none."""
    chemicals = []
    for child in element:
        if child.tag == "Chemical":
            chemical = _chemical(child, building)
            if chemical is not None:
                chemicals.append(chemical)
        else:
            building.miss(child)
    building.append("chemicals", tuple(chemicals))


def _chemical(element: etree._Element, building: Building) -> Chemical | None:
    name = ui = number = None
    for child in element:
        tag = child.tag
        if tag == "RegistryNumber":
            number = text_of(child)
        elif tag == "NameOfSubstance":
            name, ui = text_of(child), child.get("UI")
        else:
            building.miss(child)
    return Chemical(name, ui, number) if name else None


def read_grants(element: etree._Element, building: Building) -> None:
    """Read the grants; a list that NLM cut short is noted as ``GrantList: incomplete``."""
    grants = []
    for child in element:
        if child.tag == "Grant":
            values = texts_by_tag(child, _GRANT, building)
            if any(values.values()):
                grants.append(Grant(**values))
        else:
            building.miss(child)
    building.append("grants", tuple(grants))
    note_incomplete(element, building)


def note_incomplete(element: etree._Element, building: Building) -> None:
    """Note under the list's name that the source calls it incomplete."""
    if element.get("CompleteYN") == "N":
        building.keep(str(element.tag), "incomplete")


def read_data_banks(element: etree._Element, building: Building) -> None:
    """Read accession numbers by bank; a trial's NCT number also becomes an identifier of the record."""
    note_incomplete(element, building)
    for child in element:
        if child.tag == "DataBank":
            _data_bank(child, building)
        else:
            building.miss(child)


def _data_bank(element: etree._Element, building: Building) -> None:
    bank, numbers = None, []
    for child in element:
        if child.tag == "DataBankName":
            bank = text_of(child)
        elif child.tag == "AccessionNumberList":
            numbers += [text for text in (_accession(number, building) for number in child) if text]
        else:
            building.miss(child)
    if bank and not numbers:
        building.keep("DataBankName", bank)
    building.append("registrations", tuple(Registration(bank or "", number) for number in numbers))
    building.late_identifiers.extend(_trial_numbers(numbers))


def _accession(element: etree._Element, building: Building) -> str | None:
    if element.tag == "AccessionNumber":
        return text_of(element)
    building.miss(element)
    return None


def _trial_numbers(numbers: list[str]) -> list[Identifier]:
    found = []
    for number in numbers:
        try:
            found.append(Identifier("nct", parse_nct(number)))
        except MalformedIdentifierError:
            continue  # not a trial's number; the registration keeps it as it is
    return found


def read_corrections(element: etree._Element, building: Building) -> None:
    """Read the ties to other records, whatever their kind (RefType), with or without a PMID.

    Before 2006 the kind was the element itself: ``<CommentIn>`` for ``RefType="CommentIn"``.
    """
    links = []
    for child in element:
        if not isinstance(child.tag, str):
            building.miss(child)
            continue
        kind = child.get("RefType", "") if child.tag == "CommentsCorrections" else child.tag
        values = texts_by_tag(child, _CORRECTION, building)
        if any(values.values()):
            links.append(CorrectionLink(kind, **_with_pmid_checked(values, building)))
    building.append("corrections", tuple(links))


def _with_pmid_checked(values: dict[str, Any], building: Building) -> dict[str, Any]:
    """A PMID that is none is kept apart, so that nothing is ever linked by it."""
    number = values.get("pmid")
    if number:
        try:
            values["pmid"] = parse_pmid(number)
        except MalformedIdentifierError:
            values["pmid"] = None
            building.keep("CommentsCorrections/PMID", number)
    return values
