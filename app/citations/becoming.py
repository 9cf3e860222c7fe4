"""What a stored citation becomes when a record of it comes: what stays, what gives way. The store is not touched here.

A file fills what is empty. PubMed overrules a file, and each edition of PubMed
the one before it; but that PubMed is silent about what only a file gave takes
nothing away, however many editions come.
"""

from dataclasses import dataclass
from typing import Any

import msgspec

from app.citations.draft import CitationDraft, Identifier, Journal
from app.citations.matching import PUBMED, Key, Match
from app.citations.queries import Stored
from app.citations.rows import BOOKKEEPING, EMPTY, FIELDS, Prepared, prepare

OfFiles = frozenset[tuple[str, str]]
"""What only files gave: ``(field, "")``, or one part of a field that is united: an identifier, a name among the extras."""

_ALWAYS_SET = frozenset({"source", "source_type", "authors_complete", "identifiers"})
_UNITED = frozenset({"identifiers", "extras"})
_JOURNAL_PARTS = tuple(Journal.__struct_fields__)
_NOTHING: OfFiles = frozenset()


@dataclass(frozen=True, slots=True)
class Edit:
    """A stored citation, what it is to become, the fields in which the two differ, and what of it only files gave."""

    stored: Stored
    wanted: Prepared
    changed: tuple[str, ...]
    taken: frozenset[Key]
    of_files: OfFiles = _NOTHING


def edit_of(one: Match, here: Stored, of_files: OfFiles = _NOTHING) -> Edit:
    """What the record makes of the citation; ``of_files`` is what only files gave to one that PubMed has described before.

    What a person set stays. Sources other than PubMed have no editions, so none of them is right by being later.
    """
    draft = one.record.draft()
    kept = {name: getattr(here.draft, name) for name in here.person_set}
    if draft.source != PUBMED:
        kept = filled(here.draft, draft) | kept
        of_files = _NOTHING
    else:
        said = of_files if here.draft.source == PUBMED else _everything(here.draft)
        of_files = frozenset(place for place in said if _is_left(place, here, draft))
        kept = _left(of_files, here.draft, draft) | kept
    if kept:
        draft = msgspec.structs.replace(draft, **kept)
    taken = set(one.taken) | {
        (i.scheme, i.value) for i in here.identifiers if not i.identifies and (i.scheme, i.value) not in one.record.keys
    }
    wanted = prepare(draft) if kept else one.record
    return Edit(here, wanted, differences(here.draft, draft), frozenset(taken), of_files)


def differences(before: CitationDraft, after: CitationDraft) -> tuple[str, ...]:
    """Names of the fields in which two drafts differ, bookkeeping left out."""
    return tuple(name for name in FIELDS if getattr(before, name) != getattr(after, name))


def filled(here: CitationDraft, other: CitationDraft) -> dict[str, Any]:
    """The fields of ``here``, with those of ``other`` where they are empty.

    Identifiers are those of both; an incomplete list of authors gives way to a complete one.
    """
    fields = {name: getattr(here, name) for name in (*FIELDS, *BOOKKEEPING)}
    for name in FIELDS:
        if fields[name] == EMPTY[name] and name not in _ALWAYS_SET:
            fields[name] = getattr(other, name)
    fields["identifiers"] = tuple(dict.fromkeys((*here.identifiers, *other.identifiers)))
    if not here.authors_complete and other.authors_complete and other.authors:
        fields |= {"authors": other.authors, "authors_complete": True}
    if here.journal and other.journal:
        parts = {name: getattr(here.journal, name) or getattr(other.journal, name) for name in _JOURNAL_PARTS}
        fields["journal"] = Journal(**parts)
    fields["extras"] = other.extras | here.extras
    return fields


def _everything(draft: CitationDraft) -> OfFiles:
    fields = {
        (name, "")
        for name in FIELDS
        if name not in _ALWAYS_SET | _UNITED and getattr(draft, name) != EMPTY[name]
    }  # fmt: skip
    identifiers = {("identifiers", _name(each)) for each in draft.identifiers}
    return frozenset(fields | identifiers | {("extras", name) for name in draft.extras})


def _is_left(place: tuple[str, str], here: Stored, draft: CitationDraft) -> bool:
    """Whether it is still the file's alone: neither PubMed says anything there now, nor did a person set it."""
    field, part = place
    if field in here.person_set:
        return False
    if field == "identifiers":
        return all(_name(each) != part for each in draft.identifiers)
    if field == "extras":
        return part not in draft.extras
    return bool(getattr(draft, field) == EMPTY[field])


def _left(of_files: OfFiles, here: CitationDraft, draft: CitationDraft) -> dict[str, Any]:
    kept: dict[str, Any] = {name: getattr(here, name) for name, _ in of_files if name not in _UNITED}
    if "authors" in kept:
        kept["authors_complete"] = here.authors_complete
    own = tuple(each for each in here.identifiers if ("identifiers", _name(each)) in of_files)
    if own:
        kept["identifiers"] = (*draft.identifiers, *own)
    extras = {name: said for name, said in here.extras.items() if ("extras", name) in of_files}
    if extras:
        kept["extras"] = extras | draft.extras
    return kept


def _name(identifier: Identifier) -> str:
    return f"{identifier.scheme} {identifier.value}"
