"""``POST`` and ``PATCH`` on ``/citations``: entering a record by hand, and setting fields of one. Reading is in ``citations``."""

from typing import Any

import msgspec
from fastapi import Response

from app.api.answers import MOVED
from app.api.asking import only
from app.api.citations import WholeCitationOut, shown
from app.api.documented import CitationId
from app.api.entries import changes_of
from app.api.guarding import Door, Guarded
from app.api.preconditions import IfMatch, must_match
from app.api.shapes import API, One
from app.api.writing import Writing, written
from app.citations import edit, queries
from app.citations.draft import CitationDraft
from app.citations.store import hold_matching
from app.errors import Conflict
from app.kit.patches import merged
from app.kit.public_ids import CITATION, number_of, public

router = Door(prefix="/citations", tags=["citations"], route_class=Guarded)

CitationChanges: Any = changes_of(
    CitationDraft, "CitationChanges", only=edit.EDITABLE,
    doc="Fields of a record that a person may set. What is left out stays; `null` empties a field; lists are sent whole.",
)  # fmt: skip


@router.post("", status_code=201, dependencies=[only()], response_model=One[WholeCitationOut])
@written
def add_citation(entry: CitationChanges, write: Writing) -> Response:
    """Enter a record by hand, with a title or a citation text. 409 names the record that has one of its identifiers already."""
    number = edit.enter(write.session, write.revision, _sent(entry), actor=write.actor)
    write.seal()
    answer = shown(write.session, number, status=201)
    answer.headers["Location"] = f"{API}/citations/{public(CITATION, number)}"
    return answer


@router.patch("/{citation_id}", dependencies=[only()], response_model=One[WholeCitationOut], responses=MOVED)
@written
def edit_citation(citation_id: CitationId, changes: CitationChanges, match: IfMatch, write: Writing) -> Response:
    """Set fields of a record (JSON merge patch). What a person set, no later import overwrites."""
    number = number_of(CITATION, citation_id)
    write.hold("citation", number)
    hold_matching(write.session)
    here = queries.get(write.session, number)
    if here.merged_into:
        raise Conflict(f"{citation_id} was merged into {public(CITATION, here.merged_into)}; change that one.")
    held, sent = msgspec.to_builtins(here.draft), _sent(changes)
    must_match(match, version=here.version, current=held, sent=sent)
    wanted = {name: merged(held.get(name), value) for name, value in sent.items()}
    edit.edit_stored(write.session, write.revision, here, wanted, actor=write.actor)
    write.seal()
    return shown(write.session, number)


def _sent(changes: Any) -> dict[str, Any]:
    """The fields that were sent, those that are to be emptied too."""
    fields: dict[str, Any] = changes.model_dump(exclude_unset=True)
    return fields
