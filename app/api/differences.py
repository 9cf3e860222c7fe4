"""``/differences``: fields of citations in which a person's edit and a later sync disagree, and what was decided."""

from collections.abc import Callable
from typing import Annotated, Any

import msgspec
from fastapi import Query, Request, Response
from sqlalchemy.orm import Session

from app.api import etags
from app.api.answers import Answer, one
from app.api.asking import Reading, chosen, only
from app.api.documented import DifferenceId, among, paging
from app.api.guarding import Door, Guarded
from app.api.paged import DEFAULT, Cursor, Limit, page_of
from app.api.preconditions import IfMatch, Match, must_match
from app.api.shapes import API, One, PageInfo, Shape, WholeMeta, moment_out
from app.api.writing import Write, Writing, written
from app.curation import differences
from app.curation.differences import STATES, Asked
from app.history import events
from app.history.events import Revision
from app.history.queries import last_touch
from app.kit.draft import INT32_MAX
from app.kit.paging import fingerprint, read_cursor, write_cursor
from app.kit.public_ids import CITATION, DIFFERENCE, RUN, number_of, public
from app.models.citation import FieldDifference
from app.search.pages import Page

router = Door(prefix="/differences", tags=["curation"], route_class=Guarded)

Decide = Callable[[Session, Revision, int], FieldDifference]
CitationOf = Annotated[
    str | None, Query(description="the differences of this citation", examples=["R11"], max_length=11)
]


class DifferenceOut(Shape):
    """``held`` is what a person set, ``offered`` what ``source`` says, both in the shape of a citation's ``record``."""

    id: str
    citation_id: str
    citation_url: str
    field: str
    held: Any
    offered: Any
    source: str
    run_id: str | None
    state: str
    noted_at: str
    decided_at: str | None
    decided_by: str | None
    version: int
    url: str


class DifferencesOut(Shape):
    """The envelope of the list of differences."""

    data: list[DifferenceOut]
    page: PageInfo
    meta: WholeMeta


def difference_out(difference: FieldDifference) -> dict[str, Any]:
    """A difference as it goes out."""
    difference_id, citation_id = public(DIFFERENCE, difference.id), public(CITATION, difference.citation_id)
    copied = ("field", "source", "state", "decided_by", "version")
    return {name: getattr(difference, name) for name in copied} | {
        "id": difference_id,
        "citation_id": citation_id,
        "citation_url": f"{API}/citations/{citation_id}",
        "held": msgspec.json.decode(difference.held),
        "offered": msgspec.json.decode(difference.offered),
        "run_id": public(RUN, difference.run_id) if difference.run_id else None,
        "noted_at": moment_out(difference.noted_at),
        "decided_at": moment_out(difference.decided_at),
        "url": f"{API}/differences/{difference_id}",
    }


@router.get(
    "",
    dependencies=[only("state", "citation", "limit", "cursor", once=("citation",))],
    response_model=DifferencesOut,
    openapi_extra={
        "parameters": [among("state", STATES, "what came of them; those that are open where none is named"), *paging()]
    },
)
def list_differences(
    request: Request, session: Reading, citation: CitationOf = None, limit: Limit = DEFAULT, cursor: Cursor = None
) -> Answer:
    """Differences between a person's edit and a later sync, newest first; those that wait for a decision by default."""
    number = number_of(CITATION, citation) if citation else None
    asked = Asked(chosen(request, "state", STATES) or ("open",), number)
    mark = fingerprint("differences", asked)
    after = _number(cursor, mark) if cursor else None
    found = differences.page(session, asked, after=after, limit=limit + 1)
    following = write_cursor(mark, (found[limit - 1].id,)) if len(found) > limit else None
    page = Page((), differences.count(session, asked), following)
    meta = {"data_revision": events.latest(session)}
    return page_of(request, page, limit, data=[difference_out(each) for each in found[:limit]], meta=meta)


def _number(cursor: str, mark: str) -> int:
    (number,) = read_cursor(cursor, mark, 1)
    return int(number) if isinstance(number, int) and abs(number) <= INT32_MAX else 0


@router.get("/{difference_id}", dependencies=[only()], response_model=One[DifferenceOut])
def get_difference(difference_id: DifferenceId, session: Reading) -> Answer:
    """One difference and what was decided."""
    return _shown(session, differences.get(session, number_of(DIFFERENCE, difference_id)))


@router.post("/{difference_id}/keep", dependencies=[only()], response_model=One[DifferenceOut])
@written
def keep_own_value(difference_id: DifferenceId, match: IfMatch, write: Writing) -> Response:
    """Let what the person set stand; the same offer is not shown again. 409 when it was settled before."""
    return _decided(difference_id, match, write, differences.keep)


@router.post("/{difference_id}/take", dependencies=[only()], response_model=One[DifferenceOut])
@written
def take_offered_value(difference_id: DifferenceId, match: IfMatch, write: Writing) -> Response:
    """Let what the source says stand; later syncs may change it again. 409 when it was settled before."""
    return _decided(difference_id, match, write, differences.take)


def _decided(difference_id: str, match: Match, write: Write, decide: Decide) -> Answer:
    number = number_of(DIFFERENCE, difference_id)
    held = differences.get(write.session, number)
    write.hold("citation", held.citation_id)
    write.session.refresh(held)
    must_match(match, version=held.version)
    difference = decide(write.session, write.revision, number)
    write.seal()
    return _shown(write.session, difference)


def _shown(session: Session, difference: FieldDifference) -> Answer:
    tag = etags.tag(session, version=difference.version, revision=last_touch(session, {"difference": {difference.id}}))
    return one(difference_out(difference), revision=events.latest(session), headers=tag)
