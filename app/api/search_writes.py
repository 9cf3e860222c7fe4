"""``POST /searches`` and ``PATCH /searches/{id}``: editors keep, change, pause and go on with living searches."""

from typing import Annotated, Any, Literal

from fastapi import Response
from pydantic import Field, ValidationError

from app.api.asking import only
from app.api.guarding import Door, Guarded
from app.api.preconditions import IfMatch, must_match
from app.api.searches import SearchId, SearchOut, shown
from app.api.shapes import API, One
from app.api.writing import Writing, written
from app.errors import Invalid
from app.importing.living import searches
from app.importing.living.searches import SearchDraft
from app.kit.draft import Draft, Line
from app.kit.public_ids import SEARCH, public

router = Door(prefix="/searches", tags=["searches"], route_class=Guarded)


class SearchChanges(Draft):
    """Fields of a living search that are to be others; what is left out stays. ``state`` pauses it or goes on with it."""

    name: Line | None = None
    title: Line | None = None
    query: Annotated[str, Field(min_length=2, max_length=20_000)] | None = None
    state: Literal["active", "paused"] | None = None
    every_hours: int | None = None
    full_every_days: int | None = None
    overlap_days: int | None = None


@router.post("", status_code=201, dependencies=[only()], response_model=One[SearchOut])
@written
def add_search(search: SearchDraft, write: Writing) -> Response:
    """Keep a search of PubMed, to be run by ``evidence sync``. 409 when its name is taken."""
    kept = searches.record(write.session, write.revision, search)
    write.seal()
    answer = shown(write.session, kept, status=201)
    answer.headers["Location"] = f"{API}/searches/{public(SEARCH, kept.id)}"
    return answer


@router.patch("/{search_id}", dependencies=[only()], response_model=One[SearchOut])
@written
def edit_search(search_id: SearchId, changes: SearchChanges, match: IfMatch, write: Writing) -> Response:
    """Change, pause or go on with a search (JSON merge patch). With another query its next run is a full one."""
    search = searches.get_search(write.session, search_id)
    write.hold("search", search.id)
    write.session.refresh(search)
    sent = {name: value for name, value in changes.model_dump(exclude_unset=True).items() if value is not None}
    must_match(match, version=search.version, current={name: getattr(search, name) for name in sent}, sent=sent)
    _change(write, search, sent)
    write.seal()
    return shown(write.session, search)


def _change(write: Writing, search: Any, sent: dict[str, Any]) -> None:
    try:
        searches.change(write.session, write.revision, search, sent)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise Invalid(f"{field}: {first['msg']}.", field=field) from None
