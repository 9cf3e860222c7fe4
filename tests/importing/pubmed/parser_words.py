"""A record in comparable words, field by field: once from pubmed_parser's answer, once from our draft."""

import re
from typing import Any

from app.citations.draft import CitationDraft, Journal
from app.kit.identifiers import MalformedIdentifierError, parse_orcid
from tests.importing.pubmed.oracles import plain

SAME_WORDS = (
    "title", "pages", "journal", "pmid", "publication_types", "chemical_list", "languages", "vernacular_title",
    "medline_ta", "nlm_unique_id", "issn_linking", "country", "pubdate", "abstract", "issue",
)  # fmt: skip


def their_words(answer: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of an article that pubmed_parser read; lists it joins are taken apart again."""
    author = ("lastname", "forename", "initials", "identifier", "affiliation")
    people = ([plain(one[part]) for part in author] for one in answer["authors"])
    return {name: plain(answer[name]) for name in SAME_WORDS} | {
        "doi": answer["doi"].lower(),
        "keywords": [plain(word) for word in answer["keywords"].split(";")],
        "mesh": _parts(answer["mesh_terms"]),
        "authors": [(*one[:3], _orcid(one[3]), one[4]) for one in people],
        "grants": [tuple(plain(one[name]) for name in GRANT) for one in answer["grant_ids"]],
    }


GRANT = ("grant_id", "grant_acronym", "agency", "country")


def our_words(draft: CitationDraft) -> dict[str, Any]:
    """Return the same fields of our draft."""
    journal = draft.journal or Journal()
    return {
        "title": plain(draft.title),
        "pages": plain(draft.pages),
        "journal": plain(journal.title),
        "pmid": draft.pmid,
        "publication_types": "; ".join(f"{one.ui or ''}:{one.name}" for one in draft.publication_types),
        "chemical_list": plain("; ".join(f"{one.ui or ''}:{one.name}" for one in draft.chemicals)),
        "languages": ";".join(draft.languages),
        "vernacular_title": plain(draft.original_title),
        "medline_ta": plain(journal.medline_abbreviation),
        "nlm_unique_id": journal.nlm_id or "",
        "issn_linking": journal.issn_l or "",
        "country": journal.country or "",
        "pubdate": draft.issued_on or "",
        "abstract": _abstract(draft),
        "issue": plain(f"{draft.volume}({draft.issue or ''})") if draft.volume else "",
        "doi": draft.identifier("doi") or "",
        "keywords": [plain(word) for one in draft.keywords for word in one.text.split(";")] or [""],
        "mesh": _parts("; ".join(_heading(one) for one in draft.mesh_headings)),
        "authors": [
            (*map(plain, (one.family, one.given, one.initials)), one.orcid or "", plain("".join(one.affiliations[:1])))
            for one in draft.authors
        ],
        "grants": [
            tuple(plain(part) for part in (one.number, one.acronym, one.agency, one.country)) for one in draft.grants
        ],
    }


def _abstract(draft: CitationDraft) -> str:
    """Return the abstract as pubmed_parser writes it: labels between the parts, where there are several."""
    parts = [one for one in draft.texts if one.part == "abstract"]
    if len(parts) < 2:
        return plain("".join(one.text for one in parts))
    labelled = (f"{'' if one.label == 'UNASSIGNED' else one.label or ''} {one.text}" for one in parts)
    return plain(" ".join(labelled))


def _heading(one: Any) -> str:
    qualifiers = "".join(f" / {sub.ui or ''}:{sub.name}{'*' if sub.major else ''}" for sub in one.qualifiers)
    return f"{one.ui or ''}:{one.name}{qualifiers}"


def _parts(text: str) -> list[str]:
    return [re.sub(r"\s*([:*])\s*", r"\1", plain(part)) for part in re.split(r"; | / ", text)]


def _orcid(text: str) -> str:
    try:
        return parse_orcid(text)
    except MalformedIdentifierError:
        return text
