"""A journal article: ``PubmedArticle`` or a bare ``MedlineCitation``, read into a building. Books are in ``book``."""

from typing import Any

from lxml import etree

from app.citations.draft import Identifier, Journal, TextPart
from app.importing.pubmed.building import Building, Reader, ignore, inside, into, into_extras, walk
from app.importing.pubmed.dates import (
    date_into,
    date_into_extras,
    read_article_date,
    read_history,
)
from app.importing.pubmed.indexing import (
    read_chemicals,
    read_corrections,
    read_data_banks,
    read_grants,
    read_keywords,
    read_mesh_headings,
    read_publication_type,
    read_supplementary_concepts,
)
from app.importing.pubmed.markup import text_of
from app.importing.pubmed.numbers import add_identifier, read_article_ids, read_pmid
from app.importing.pubmed.people import (
    read_authors,
    read_first_affiliation,
    read_investigators,
    read_name_subjects,
)

_JOURNAL = {"Title": "title", "ISOAbbreviation": "abbreviation"}
_MEDLINE_JOURNAL = {
    "Country": "country",
    "MedlineTA": "medline_abbreviation",
    "NlmUniqueID": "nlm_id",
    "ISSNLinking": "issn_l",
}


def read_title(element: etree._Element, building: Building) -> None:
    """Read the title; brackets around a translated one stay, they say that it is NLM's translation."""
    text = text_of(element)
    if text:
        building.fields["title"] = text


def read_abstract(element: etree._Element, building: Building) -> None:
    """Read the parts of the abstract in order, with label and NLM's category; empty parts are left out."""
    parts = []
    for child in element:
        if child.tag == "AbstractText":
            text = text_of(child)
            if text:
                parts.append(TextPart(text, "abstract", child.get("Label"), child.get("NlmCategory")))
        elif child.tag == "CopyrightInformation":
            building.fields["copyright"] = text_of(child)
        else:
            building.miss(child)
    building.append("texts", tuple(parts))


def read_other_abstract(element: etree._Element, building: Building) -> None:
    """Read an abstract in another language or by another maker; English where no language is named (the DTD's default)."""
    language, maker = element.get("Language", "eng"), element.get("Type")
    parts = []
    for child in element:
        if child.tag == "AbstractText":
            text = text_of(child)
            if text:
                part = TextPart(text, "other_abstract", child.get("Label"), child.get("NlmCategory"), language, maker)
                parts.append(part)
        elif child.tag == "CopyrightInformation":
            building.keep("OtherAbstract/CopyrightInformation", text_of(child))
        else:
            building.miss(child)
    building.append("texts", tuple(parts))


def read_language(element: etree._Element, building: Building) -> None:
    """Read one language as NLM codes it (``eng``, ``fre``)."""
    text = text_of(element)
    if text:
        building.append("languages", (text,))


def read_pages(element: etree._Element, building: Building) -> None:
    """Read the pages as printed: ``MedlinePgn`` (``311-9``) first, else start and end."""
    found: dict[Any, str | None] = {}
    for child in element:
        if child.tag in _PAGES:
            found[child.tag] = text_of(child)
        else:
            building.miss(child)
    span = "-".join(page for page in (found.get("StartPage"), found.get("EndPage")) if page)
    pages = found.get("MedlinePgn") or span
    if pages:
        building.fields["pages"] = pages


_PAGES = frozenset({"MedlinePgn", "StartPage", "EndPage"})


def read_noted(element: etree._Element, building: Building) -> None:
    """Keep a note or a foreign number with its owner: ``NASA:00012345``."""
    text = text_of(element)
    owner = element.get("Source") or element.get("Owner")
    building.keep(str(element.tag), f"{owner}:{text}" if owner and text else text)


def read_objects(element: etree._Element, building: Building) -> None:
    """Keep links to objects of other services as ``Type: name=value; …``."""
    for child in element:
        if child.tag != "Object":
            building.miss(child)
            continue
        values = "; ".join(f"{part.get('Name')}={text_of(part)}" for part in child if part.tag == "Param")
        building.keep("Object", f"{child.get('Type')}: {values}")


def _read_citation(element: etree._Element, building: Building) -> None:
    status = element.get("Status")
    if status:
        building.fields["indexing_status"] = status
    for name in ("Owner", "IndexingMethod", "VersionID", "VersionDate"):
        building.keep(name, element.get(name))
    walk(element, _CITATION, building)


def _read_article(element: etree._Element, building: Building) -> None:
    building.keep("PubModel", element.get("PubModel"))
    walk(element, _ARTICLE, building)


def _read_journal(element: etree._Element, building: Building) -> None:
    values = building.fields.setdefault("journal", {})
    for child in element:
        tag = child.tag
        if tag in _JOURNAL:
            values[_JOURNAL[tag]] = text_of(child)
        elif tag == "ISSN":
            values["issn"], values["issn_type"] = text_of(child), child.get("IssnType")
        elif tag == "JournalIssue":
            building.keep("CitedMedium", child.get("CitedMedium"))
            walk(child, _ISSUE, building)
        else:
            building.miss(child)


def _read_medline_journal(element: etree._Element, building: Building) -> None:
    values = building.fields.setdefault("journal", {})
    for child in element:
        field = _MEDLINE_JOURNAL.get(child.tag)
        if field is not None:
            values[field] = text_of(child)
        else:
            building.miss(child)


def _read_location(element: etree._Element, building: Building) -> None:
    """Read an electronic location; one that NLM marks as wrong is kept as ``doi_invalid``, never as the DOI."""
    scheme = element.get("EIdType", "")
    if element.get("ValidYN") == "N":
        text = text_of(element)
        if text:
            building.late_identifiers.append(Identifier(f"{scheme}_invalid", text))
        return
    add_identifier(building.late_identifiers, scheme, text_of(element))


_ISSUE: dict[Any, Reader] = {
    "Volume": into("volume"),
    "Issue": into("issue"),
    "PubDate": date_into("issued_on", "issued_raw"),
}

_ARTICLE: dict[Any, Reader] = {
    "Journal": _read_journal,
    "ArticleTitle": read_title,
    "Pagination": read_pages,
    "ELocationID": _read_location,
    "Abstract": read_abstract,
    "Affiliation": read_first_affiliation,
    "AuthorList": read_authors,
    "Language": read_language,
    "DataBankList": read_data_banks,
    "GrantList": read_grants,
    "PublicationTypeList": inside({"PublicationType": read_publication_type}),
    "VernacularTitle": into("original_title"),
    "ArticleDate": read_article_date,
}

_CITATION: dict[Any, Reader] = {
    "PMID": read_pmid,
    "DateCreated": date_into_extras("DateCreated"),
    "DateCompleted": date_into_extras("DateCompleted"),
    "DateRevised": date_into("revised_on"),
    "Article": _read_article,
    "MedlineJournalInfo": _read_medline_journal,
    "ChemicalList": read_chemicals,
    "SupplMeshList": read_supplementary_concepts,
    "CitationSubset": into_extras("CitationSubset"),
    "CommentsCorrectionsList": read_corrections,
    "CommentsCorrections": read_corrections,  # before 2006 the list itself had this name
    "DataBankList": read_data_banks,  # seen in edited records
    "GeneSymbolList": inside({"GeneSymbol": into_extras("GeneSymbol")}),
    "MeshHeadingList": read_mesh_headings,
    "NumberOfReferences": into_extras("NumberOfReferences"),
    "PersonalNameSubjectList": read_name_subjects,
    "OtherID": read_noted,
    "OtherAbstract": read_other_abstract,
    "KeywordList": read_keywords,
    "CoiStatement": into("interest_statement"),
    "SpaceFlightMission": into_extras("SpaceFlightMission"),
    "InvestigatorList": read_investigators,
    "GeneralNote": read_noted,
}

PUBMED_DATA: dict[Any, Reader] = {
    "History": read_history,
    "PublicationStatus": into("publication_status"),
    "ArticleIdList": read_article_ids,
    "ObjectList": read_objects,
    # Deliberately not stored: up to thousands of entries a record, with identifiers that are not the record's own.
    "ReferenceList": ignore,
}

_RECORD: dict[Any, Reader] = {"MedlineCitation": _read_citation, "PubmedData": inside(PUBMED_DATA)}


def read_article(element: etree._Element, building: Building) -> None:
    """Read a ``PubmedArticle``, or the ``MedlineCitation`` that stood alone before 2015."""
    if element.tag == "MedlineCitation":
        _read_citation(element, building)
    else:
        walk(element, _RECORD, building)
    journal = {name: value for name, value in building.fields.pop("journal", {}).items() if value}
    if journal:
        building.fields["journal"] = Journal(**journal)
