"""A record in comparable words, field by field: once from Bio.Entrez's answer, once from our draft."""

from typing import Any

from app.citations.draft import Author, CitationDraft, Journal
from tests.importing.pubmed.oracles import bare, plain

Fields = dict[str, Any]
DATE = ("Year", "Season", "Month", "Day", "MedlineDate")


def _at(value: Any, name: str, default: str = "") -> str:
    return str((getattr(value, "attributes", None) or {}).get(name, default))


def _bare(*values: object) -> tuple[str, ...]:
    return tuple(bare(value) for value in values)


def _plain(*values: str | None) -> tuple[str, ...]:
    return tuple(plain(value) for value in values)


def _marked(value: Any, name: str) -> bool:
    return _at(value, name) == "Y"


def _their_person(one: Any) -> tuple[Any, ...]:
    places = one.get("AffiliationInfo", [])
    numbers = [*one.get("Identifier", []), *(number for place in places for number in place.get("Identifier", []))]
    parts = (one.get(part) for part in ("LastName", "ForeName", "Initials", "Suffix", "CollectiveName"))
    addresses = tuple(bare(place["Affiliation"]) for place in places)
    return _bare(*parts), addresses, _at(one, "ValidYN") != "N", _marked(one, "EqualContrib"), len(numbers)


def _our_person(one: Author) -> tuple[Any, ...]:
    parts = _plain(one.family, one.given, one.initials, one.suffix, one.collective)
    numbers = len(one.identifiers) + (one.orcid is not None)
    return parts, tuple(map(plain, one.affiliations)), one.valid, one.equal_contribution, numbers


def _their_people(lists: Any) -> list[tuple[Any, ...]]:
    if lists and isinstance(lists[0], list):
        lists = [one for people in lists if _at(people, "Type") != "editors" for one in people]
    return [_their_person(one) for one in lists]


def _their_date(date: Any, parts: tuple[str, ...] = DATE, joint: str = " ") -> str:
    return bare(joint.join(str(date[part]) for part in parts if part in date))


def _their_texts(abstract: Any, *more: str) -> list[tuple[str, ...]]:
    parts = abstract.get("AbstractText", [])
    return [(*_bare(part, _at(part, "Label"), _at(part, "NlmCategory")), *more) for part in parts]


def _their_mesh(heading: Any) -> tuple[Any, ...]:
    name = heading["DescriptorName"]
    qualifiers = [
        (*_bare(one, _at(one, "UI")), _marked(one, "MajorTopicYN")) for one in heading.get("QualifierName", [])
    ]
    return (*_bare(name, _at(name, "UI"), _at(name, "Type")), _marked(name, "MajorTopicYN"), qualifiers)


def their_words(answer: Any) -> Fields:
    """Return the fields of a record that Bio.Entrez read."""
    is_book = "BookDocument" in answer
    citation = answer["BookDocument"] if is_book else answer["MedlineCitation"]
    article = citation if is_book else citation["Article"]
    data = answer.get("PubmedBookData" if is_book else "PubmedData", {})
    book = citation.get("Book", {})
    return {
        **_their_core(citation, article, book),
        **_their_indexing(citation, article),
        **_their_remarks(citation, data),
        "isbns": [bare(number) for number in book.get("Isbn", [])],
    }


def _their_core(citation: Any, article: Any, book: Any) -> Fields:
    journal, medline = article.get("Journal", {}), citation.get("MedlineJournalInfo", {})
    issue = journal.get("JournalIssue", {})
    abstract = article.get("Abstract", {})
    others = [
        text
        for other in citation.get("OtherAbstract", [])
        for text in _their_texts(other, _at(other, "Language", "eng"), _at(other, "Type"))
    ]
    names = (journal.get("Title"), journal.get("ISOAbbreviation"), journal.get("ISSN"))
    medline_names = (medline.get(name) for name in ("MedlineTA", "NlmUniqueID", "ISSNLinking", "Country"))
    languages = article.get("Language", [])
    return {
        "pmid": _bare(citation["PMID"], _at(citation["PMID"], "Version", "1")),
        "title": bare(article.get("ArticleTitle") or book.get("BookTitle")),
        "book_title": bare(book.get("BookTitle")),
        "original_title": bare(article.get("VernacularTitle")),
        "texts": [*_their_texts(abstract, "", ""), *others],
        "copyright": bare(abstract.get("CopyrightInformation")),
        "languages": _bare(*([languages] if isinstance(languages, str) else languages)),
        "journal": _bare(*names, _at(journal.get("ISSN"), "IssnType"), *medline_names),
        "where": _bare(issue.get("Volume"), issue.get("Issue"), article.get("Pagination", {}).get("MedlinePgn")),
        "authors": _their_people(article.get("AuthorList", [])),
        "authors_complete": _at(article.get("AuthorList"), "CompleteYN") != "N",
        "investigators": _their_people(citation.get("InvestigatorList", [])),
        "issued": _their_date(issue.get("PubDate") or book.get("PubDate") or {}),
        "electronic": [_their_date(date) for date in article.get("ArticleDate", [])],
        "revised": _their_date(citation.get("DateRevised", {}), DATE[:1] + DATE[2:4], "-"),
    }


def _their_indexing(citation: Any, article: Any) -> Fields:
    types = article.get("PublicationTypeList", article.get("PublicationType", []))
    chemicals = ((one["NameOfSubstance"], one["RegistryNumber"]) for one in citation.get("ChemicalList", []))
    grant = ("GrantID", "Acronym", "Agency", "Country")
    corrections = citation.get("CommentsCorrectionsList", [])
    return {
        "publication_types": [_bare(one, _at(one, "UI")) for one in types],
        "mesh": [_their_mesh(heading) for heading in citation.get("MeshHeadingList", [])],
        "supplementary": [_bare(one, _at(one, "UI"), _at(one, "Type")) for one in citation.get("SupplMeshList", [])],
        "keywords": [
            (*_bare(word, _at(words, "Owner", "NLM")), _marked(word, "MajorTopicYN"))
            for words in citation.get("KeywordList", [])
            for word in words
        ],
        "chemicals": [_bare(name, _at(name, "UI"), number) for name, number in chemicals],
        "grants": [_bare(*(one.get(part) for part in grant)) for one in article.get("GrantList", [])],
        "registrations": [
            _bare(bank["DataBankName"], number)
            for bank in article.get("DataBankList", [])
            for number in bank.get("AccessionNumberList", [])
        ],
        "corrections": [
            _bare(_at(one, "RefType"), one.get("PMID"), one.get("RefSource"), one.get("Note")) for one in corrections
        ],
    }


def _their_remarks(citation: Any, data: Any) -> Fields:
    ids = [*citation.get("ArticleIdList", []), *data.get("ArticleIdList", [])]
    places = citation.get("Article", {}).get("ELocationID", [])
    return {
        "interest_statement": bare(citation.get("CoiStatement")),
        "status": _bare(_at(citation, "Status"), data.get("PublicationStatus")),
        "identifiers": {bare(one).lower() for one in (*ids, *places)} | {bare(citation["PMID"])},
        "genes": [bare(one) for one in citation.get("GeneSymbolList", [])],
        "other_ids": [bare(f"{_at(one, 'Source')}:{one}") for one in citation.get("OtherID", [])],
        "notes": [bare(f"{_at(one, 'Owner')}:{one}") for one in citation.get("GeneralNote", [])],
        "subsets": [bare(one) for one in citation.get("CitationSubset", [])],
        "flights": [bare(one) for one in citation.get("SpaceFlightMission", [])],
        "subjects": [
            ", ".join(_bare(*(one[part] for part in ("LastName", "ForeName") if part in one)))
            for one in citation.get("PersonalNameSubjectList", [])
        ],
        "history": [
            f"{_at(date, 'PubStatus')}:" + "-".join(date[part].zfill(2) for part in ("Year", "Month", "Day"))
            for date in data.get("History", [])
        ],
    }


def our_words(draft: CitationDraft) -> Fields:
    """Return the same fields of our draft."""
    return {**_our_core(draft), **_our_indexing(draft), **_our_remarks(draft)}


def _our_core(draft: CitationDraft) -> Fields:
    journal = draft.journal or Journal()
    names = (journal.title, journal.abbreviation, journal.issn, journal.issn_type)
    medline_names = (journal.medline_abbreviation, journal.nlm_id, journal.issn_l, journal.country)
    return {
        "pmid": (draft.pmid, str(draft.version)),
        "title": plain(draft.title),
        "book_title": plain(draft.book_title),
        "original_title": plain(draft.original_title),
        "texts": [_plain(one.text, one.label, one.category, one.language, one.maker) for one in draft.texts],
        "copyright": plain(draft.copyright),
        "languages": draft.languages,
        "journal": _plain(*names, *medline_names),
        "where": _plain(draft.volume, draft.issue, draft.pages),
        "authors": [_our_person(one) for one in draft.authors],
        "authors_complete": draft.authors_complete,
        "investigators": [_our_person(one) for one in draft.investigators],
        "issued": plain(draft.issued_raw),
        "electronic": [draft.electronic_raw] if draft.electronic_raw else [],
        "revised": draft.revised_on or "",
        "isbns": [one.value for one in draft.identifiers if "isbn" in one.scheme],
    }


def _our_indexing(draft: CitationDraft) -> Fields:
    return {
        "publication_types": [_plain(one.name, one.ui) for one in draft.publication_types],
        "mesh": [
            (
                *_plain(one.name, one.ui, one.kind),
                one.major,
                [(*_plain(sub.name, sub.ui), sub.major) for sub in one.qualifiers],
            )
            for one in draft.mesh_headings
        ],
        "supplementary": [_plain(one.name, one.ui, one.kind) for one in draft.supplementary_concepts],
        "keywords": [(*_plain(one.text, one.owner), one.major) for one in draft.keywords],
        "chemicals": [_plain(one.name, one.ui, one.registry_number) for one in draft.chemicals],
        "grants": [_plain(one.number, one.acronym, one.agency, one.country) for one in draft.grants],
        "registrations": [_plain(one.bank, one.number) for one in draft.registrations],
        "corrections": [_plain(one.kind, one.pmid, one.source_text, one.note) for one in draft.corrections],
    }


def _our_remarks(draft: CitationDraft) -> Fields:
    kept = draft.extras
    trials_and_books = {"nct", "isbn", "book_isbn"}
    return {
        "interest_statement": plain(draft.interest_statement),
        "status": _plain(draft.indexing_status, draft.publication_status),
        "identifiers": {plain(one.value).lower() for one in draft.identifiers if one.scheme not in trials_and_books},
        "genes": kept.get("GeneSymbol", []),
        "other_ids": [plain(one) for one in kept.get("OtherID", [])],
        "notes": [plain(one) for one in kept.get("GeneralNote", [])],
        "subsets": kept.get("CitationSubset", []),
        "flights": [plain(one) for one in kept.get("SpaceFlightMission", [])],
        "subjects": [plain(one) for one in kept.get("PersonalNameSubject", [])],
        "history": kept.get("History", []),
    }
