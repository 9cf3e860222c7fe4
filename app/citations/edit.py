"""A person's edit of a citation: what a person set, no later sync overwrites. Who may edit is the door's to know."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.citations import differences, store
from app.citations.becoming import Edit
from app.citations.becoming import differences as changed_fields
from app.citations.draft import CitationDraft, Identifier
from app.citations.matching import find_owners
from app.citations.queries import Stored, get
from app.citations.rows import EMPTY, FIELDS, IDENTIFYING, TYPES, prepare
from app.errors import Conflict, Invalid, UnknownParameter
from app.history.events import Revision
from app.kit.canonical import canonical_json, iso, now, sha256
from app.kit.dates import is_partial_date
from app.kit.identifiers import (
    MalformedIdentifierError,
    parse_doi,
    parse_isbn,
    parse_nct,
    parse_pmcid,
    parse_pmid,
)

EDITABLE = tuple(name for name in FIELDS if name not in ("source", "indexing_status", "publication_status"))
"""Fields of the draft that a person may set; the rest is about the source and not about the paper."""

BY_HAND = "manual"
_DATES = ("issued_on", "electronic_on")

_PARSERS: dict[str, Callable[[str], str]] = {
    "pmid": parse_pmid, "pmcid": parse_pmcid, "doi": parse_doi, "isbn": parse_isbn, "nct": parse_nct,
}  # fmt: skip


def edit(
    session: Session, revision: Revision, citation_id: int, changes: Mapping[str, Any], *, actor: str
) -> tuple[str, ...]:
    """Read a citation and :func:`edit_stored`."""
    store.hold_matching(session)
    return edit_stored(session, revision, get(session, citation_id), changes, actor=actor)


def edit_stored(
    session: Session, revision: Revision, here: Stored, changes: Mapping[str, Any], *, actor: str
) -> tuple[str, ...]:
    """Set fields of a citation, in the shape of the draft as JSON; return the names of those that changed.

    ``None`` empties a field. Every field named is marked as set by ``actor``
    unless it already stood so. Raises :class:`UnknownParameter` for a field
    that cannot be set, :class:`Invalid` for a value that does not fit, and
    :class:`Conflict` when an identifier belongs to another citation.

    ``here`` was read after :func:`~app.citations.store.hold_matching`, or somebody else could have changed it since.
    """
    values = {name: _read(name, value) for name, value in changes.items()}
    draft = msgspec.structs.replace(here.draft, **values)
    _refuse_nameless(draft)
    changed = changed_fields(here.draft, draft)
    if not changed:
        return ()
    if "identifiers" in changed:
        _refuse_taken(session, draft, here.id)
    at = iso(now())
    marks = {**here.person_set, **{name: {"by": actor, "at": at} for name in changed}}
    _rewrite(session, revision, Edit(here, prepare(draft), changed, _mentioned(here)), marks, at)
    return changed


def give_back(session: Session, revision: Revision, citation_id: int, name: str, value: str) -> None:
    """Let the source's ``value`` (canonical JSON) stand in a field that a person had set; later syncs may change it again.

    Raises :class:`Conflict` when it is an identifier that belongs to another citation by now.
    """
    store.hold_matching(session)
    here = get(session, citation_id)
    draft = msgspec.structs.replace(here.draft, **{name: msgspec.json.decode(value, type=TYPES[name])})
    if name == "identifiers":
        _refuse_taken(session, draft, citation_id)
    marks = {field: mark for field, mark in here.person_set.items() if field != name}
    one = Edit(here, prepare(draft), changed_fields(here.draft, draft), _mentioned(here))
    _rewrite(session, revision, one, marks, iso(now()))


def _rewrite(session: Session, revision: Revision, one: Edit, marks: Mapping[str, Any], at: str) -> None:
    stamp = {"person_set": canonical_json(marks), "edited_at": at}
    store.rewrite(session, revision, [one], stamp=stamp)
    store.settle(session, revision, [one])
    differences.person_changed(session, revision, one.stored.id, one.wanted.draft())


def enter(session: Session, revision: Revision, values: Mapping[str, Any], *, actor: str) -> int:
    """Store a record that ``actor`` enters by hand; return its id. What is set here, no later sync overwrites.

    Raises as :func:`edit` does; :class:`Conflict` names the citation that has
    one of the identifiers, or all of the content, already.
    """
    store.hold_matching(session)
    read = {name: _read(name, value) for name, value in values.items() if value is not None}
    draft = CitationDraft(source=BY_HAND, payload_hash=sha256(canonical_json(read)), **read)
    _refuse_nameless(draft)
    _refuse_taken(session, draft, 0)
    (outcome,) = store.take_in(session, revision, [prepare(draft)])
    number = outcome.citation_id
    if outcome.fate != "added":
        raise Conflict(f"Citation R{number} is this very record already; change that one.")
    at = iso(now())
    marks = canonical_json({name: {"by": actor, "at": at} for name in read})
    session.execute(
        text("UPDATE citation SET person_set = :marks, synced_at = NULL WHERE id = :id"), {"marks": marks, "id": number}
    )
    return number


def _refuse_nameless(draft: CitationDraft) -> None:
    if not (draft.title or draft.book_title or draft.original_title or draft.citation_text):
        raise Invalid("A record needs a title, or at least its citation as one text.", field="title")


def _mentioned(here: Stored) -> frozenset[tuple[str, str]]:
    return frozenset((i.scheme, i.value) for i in here.identifiers if not i.identifies)


def _read(name: str, value: Any) -> Any:
    if name not in EDITABLE:
        raise UnknownParameter(f"The field {name!r} cannot be set. These can: {', '.join(EDITABLE)}.", field=name)
    if value is None:
        return EMPTY[name]
    if name in _DATES and not is_partial_date(value):
        raise Invalid(f"{str(value)[:40]!r} is no date; write YYYY, YYYY-MM or YYYY-MM-DD.", field=name)
    try:
        read = msgspec.convert(msgspec.to_builtins(value), TYPES[name])
    except msgspec.ValidationError as error:
        raise Invalid(f"The value of {name} does not fit: {error}.", field=name) from None
    return tuple(_normal(one) for one in read) if name == "identifiers" else read


def _normal(identifier: Identifier) -> Identifier:
    parse = _PARSERS.get(identifier.scheme)
    if parse is None:
        return identifier
    try:
        return Identifier(identifier.scheme, parse(identifier.value))
    except MalformedIdentifierError as error:
        raise Invalid(f"{error}; correct it or leave it out.", field="identifiers") from None


def _refuse_taken(session: Session, draft: CitationDraft, citation_id: int) -> None:
    keys = [(i.scheme, i.value) for i in draft.identifiers if i.scheme in IDENTIFYING]
    for (scheme, value), owner in find_owners(session, keys).items():
        if owner != citation_id:
            raise Conflict(
                f"{scheme.upper()} {value} belongs to citation R{owner}. Merge the two if they are one record, "
                "or leave the identifier out.",
                field="identifiers",
            )
