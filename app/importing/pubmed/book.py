"""A chapter or a whole book of the NCBI Bookshelf: ``PubmedBookArticle``, read into a building. Articles are in ``article``."""

from typing import Any

from lxml import etree

from app.citations.draft import Author
from app.importing.pubmed.article import (
    PUBMED_DATA,
    read_abstract,
    read_language,
    read_pages,
    read_title,
)
from app.importing.pubmed.building import Building, Reader, ignore, inside, into, into_extras, walk
from app.importing.pubmed.dates import date_into, date_into_extras
from app.importing.pubmed.indexing import read_grants, read_keywords, read_publication_type
from app.importing.pubmed.markup import text_of
from app.importing.pubmed.numbers import add_identifier, read_article_ids, read_pmid
from app.importing.pubmed.people import listed_name, read_authors, read_investigators, read_people


def _read_authors_of_chapter(element: etree._Element, building: Building) -> None:
    if element.get("Type") == "editors":
        _keep_names("Editor", read_people(element, building, tag="Author"), building)
    else:
        read_authors(element, building)


def _read_people_of_book(element: etree._Element, building: Building) -> None:
    """Editors are kept by name; authors of the whole book wait until it is known whether the chapter has its own."""
    people = read_people(element, building, tag="Author")
    if element.get("Type") == "editors":
        _keep_names("Editor", people, building)
    else:
        building.append("book_authors", people)


def _keep_names(name: str, people: tuple[Author, ...], building: Building) -> None:
    for person in people:
        parts = {"family": person.family, "given": person.given, "initials": person.initials}
        building.keep(name, listed_name(parts | {"suffix": person.suffix, "collective": person.collective}))


def _read_location_label(element: etree._Element, building: Building) -> None:
    kind = element.get("Type")
    text = text_of(element)
    building.keep("LocationLabel", f"{kind} {text}" if kind and text else text)


def _read_section(element: etree._Element, building: Building) -> None:
    """Keep the table of contents, one line a section (``2 Diagnosis``), those inside others after them."""
    label = title = None
    inner = []
    for child in element:
        if child.tag == "LocationLabel":
            label = text_of(child)
        elif child.tag == "SectionTitle":
            title = text_of(child)
        elif child.tag == "Section":
            inner.append(child)
        else:
            building.miss(child)
    building.keep("Section", " ".join(part for part in (label, title) if part))
    for section in inner:
        _read_section(section, building)


def _read_items(element: etree._Element, building: Building) -> None:
    kind = element.get("ListType")
    for child in element:
        text = text_of(child)
        if child.tag != "Item":
            building.miss(child)
        elif text:
            building.keep("ItemList", f"{kind}:{text}" if kind else text)


def _read_isbn(element: etree._Element, building: Building) -> None:
    _add_book_identifier("isbn", text_of(element), building)


def _read_book_location(element: etree._Element, building: Building) -> None:
    if element.get("ValidYN") != "N":
        _add_book_identifier(element.get("EIdType", ""), text_of(element), building)


def _add_book_identifier(scheme: str, text: str | None, building: Building) -> None:
    """Identifiers of the whole book wait until it is known whether this record is the book or a chapter of it."""
    add_identifier(building.fields.setdefault("book_identifiers", []), scheme, text)


_BOOK: dict[Any, Reader] = {
    "Publisher": inside(
        {
            "PublisherName": into_extras("PublisherName"),
            "PublisherLocation": into_extras("PublisherLocation"),
        }
    ),
    "BookTitle": into("book_title"),
    "PubDate": date_into("issued_on", "issued_raw"),
    "BeginningDate": date_into_extras("BeginningDate"),
    "EndingDate": date_into_extras("EndingDate"),
    "AuthorList": _read_people_of_book,
    "InvestigatorList": read_investigators,
    "Volume": into("volume"),
    "VolumeTitle": into_extras("VolumeTitle"),
    "Edition": into_extras("Edition"),
    "CollectionTitle": into_extras("CollectionTitle"),
    "Isbn": _read_isbn,
    "ELocationID": _read_book_location,
    "Medium": into_extras("Medium"),
    "ReportNumber": into_extras("ReportNumber"),
}

_DOCUMENT: dict[Any, Reader] = {
    "PMID": read_pmid,
    "ArticleIdList": read_article_ids,
    "Book": inside(_BOOK),
    "LocationLabel": _read_location_label,
    "ArticleTitle": read_title,
    "VernacularTitle": into("original_title"),
    "Pagination": read_pages,
    "Language": read_language,
    "AuthorList": _read_authors_of_chapter,
    "InvestigatorList": read_investigators,
    "PublicationType": read_publication_type,
    "Abstract": read_abstract,
    "Sections": inside({"Section": _read_section}),
    "KeywordList": read_keywords,
    "ContributionDate": date_into_extras("ContributionDate"),
    "DateRevised": date_into("revised_on"),
    "GrantList": read_grants,
    "ItemList": _read_items,
    "ReferenceList": ignore,  # as for articles
}

_RECORD: dict[Any, Reader] = {"BookDocument": inside(_DOCUMENT), "PubmedBookData": inside(PUBMED_DATA)}


def read_book(element: etree._Element, building: Building) -> None:
    """Read a ``PubmedBookArticle`` or a bare ``BookDocument``.

    A record without its own title is the whole book: it takes the book's
    title, authors and numbers. A chapter keeps the book's as ``book_isbn``,
    ``book_doi`` and ``BookAuthor``, because they would tie it to its sisters.
    """
    if element.tag == "BookDocument":
        walk(element, _DOCUMENT, building)
    else:
        walk(element, _RECORD, building)
    fields = building.fields
    fields["source_type"] = "book"
    is_chapter = "title" in fields
    book_title = fields.get("book_title")
    if book_title:
        fields.setdefault("title", book_title)
    _settle_book_authors(building)
    for identifier in fields.pop("book_identifiers", []):
        scheme = f"book_{identifier.scheme}" if is_chapter else identifier.scheme
        add_identifier(building.late_identifiers, scheme, identifier.value)


def _settle_book_authors(building: Building) -> None:
    people: tuple[Author, ...] = building.fields.pop("book_authors", ())
    if people and not building.fields.get("authors"):
        building.fields["authors"] = people
    else:
        _keep_names("BookAuthor", people, building)
