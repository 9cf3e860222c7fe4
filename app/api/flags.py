"""``/flags``: what people should look at again, and what came of it. Flags of work that is not public are not shown."""

from typing import Annotated, Any

from fastapi import Query, Request, Response
from pydantic import AfterValidator, Field
from sqlalchemy.orm import Session

from app.api import etags
from app.api.answers import Answer, one
from app.api.asking import Reading, chosen, only
from app.api.documented import FlagId, among, paging
from app.api.findings import refuse_hidden
from app.api.guarding import Door, Guarded
from app.api.paged import DEFAULT, Cursor, Limit, page_of
from app.api.preconditions import IfMatch, must_match
from app.api.seeing import refuse_unseen
from app.api.shapes import API, One, PageInfo, Shape, WholeMeta, moment_out
from app.api.writing import Write, Writing, written
from app.curation import flags
from app.curation.flags import Asked, Place
from app.errors import Invalid, NotFound
from app.findings import queries as findings
from app.history import events
from app.history.queries import last_touch
from app.kit.draft import INT32_MAX, Draft, Name, storable
from app.kit.paging import fingerprint, read_cursor, write_cursor
from app.kit.public_ids import CITATION, FINDING, FLAG, STUDY, number_of, public
from app.models.flag import FLAG_KINDS, FLAG_STATES, Flag
from app.search.pages import Page
from app.studies import queries as studies

router = Door(prefix="/flags", tags=["curation"], route_class=Guarded)
_RECORDS = {"finding": (FINDING, "findings"), "study": (STUDY, "studies"), "citation": (CITATION, "citations")}
_KIND_OF = {letter: kind for kind, (letter, _) in _RECORDS.items()}
_COPIED = ("kind", "record_kind", "reason", "note", "state", "created_by", "resolved_by", "resolution", "version")

RecordOf = Annotated[
    str | None, Query(description="the flags of this finding, study or citation", examples=["F44"], max_length=11)
]


class FlagEntry(Draft):
    """``record`` is the id of what is doubted: `F44`, `S7`, `R11`."""

    record: Name
    reason: Annotated[str, Field(min_length=1, max_length=flags.LONGEST), AfterValidator(storable)]


class FlagResolution(Draft):
    """What came of it; may be left out."""

    resolution: Annotated[str, Field(min_length=1, max_length=flags.LONGEST), AfterValidator(storable)] | None = None


class FlagOut(Shape):
    """A reason to look at ``record_id``; ``note`` tells, a line each with its day, what happened since it was raised."""

    id: str
    kind: str
    record_kind: str
    record_id: str
    record_url: str
    reason: str
    note: str | None
    state: str
    created_at: str
    created_by: str
    resolved_at: str | None
    resolved_by: str | None
    resolution: str | None
    version: int
    url: str


class FlagsOut(Shape):
    """The envelope of the list of flags."""

    data: list[FlagOut]
    page: PageInfo
    meta: WholeMeta


def flag_out(flag: Flag) -> dict[str, Any]:
    """A flag as it goes out."""
    letter, path = _RECORDS[flag.record_kind]
    record_id, flag_id = public(letter, flag.record_id), public(FLAG, flag.id)
    return {name: getattr(flag, name) for name in _COPIED} | {
        "id": flag_id,
        "record_id": record_id,
        "record_url": f"{API}/{path}/{record_id}",
        "created_at": moment_out(flag.created_at),
        "resolved_at": moment_out(flag.resolved_at),
        "url": f"{API}/flags/{flag_id}",
    }


@router.get(
    "",
    dependencies=[only("state", "kind", "record", "limit", "cursor")],
    response_model=FlagsOut,
    openapi_extra={
        "parameters": [
            among("state", FLAG_STATES, "open or resolved; both where none is named"),
            among("kind", FLAG_KINDS, "why it was raised; all where none is named"),
            *paging(),
        ]
    },
)
def list_flags(
    request: Request, session: Reading, record: RecordOf = None, limit: Limit = DEFAULT, cursor: Cursor = None
) -> Answer:
    """Flags on public records, newest first."""
    asked = Asked(
        chosen(request, "state", FLAG_STATES),
        chosen(request, "kind", FLAG_KINDS),
        record_named(record) if record else None,
    )
    mark = fingerprint("flags", asked)
    after = Place(_number(cursor, mark)) if cursor else None
    found = flags.page(session, asked, after=after, limit=limit + 1)
    following = write_cursor(mark, (found[limit - 1].id,)) if len(found) > limit else None
    page = Page((), flags.count(session, asked), following)
    meta = {"data_revision": events.latest(session)}
    return page_of(request, page, limit, data=[flag_out(flag) for flag in found[:limit]], meta=meta)


def record_named(record: str) -> tuple[str, int]:
    """The kind and number of a finding, study or citation by its public id. Raises :class:`Invalid` for anything else."""
    kind = _KIND_OF.get(record[:1])
    if kind is None:
        raise Invalid(
            f"{record[:40]!r} is not the id of a finding, study or citation, like F44, S7 or R11.", field="record"
        )
    return kind, number_of(record[:1], record)


def _number(cursor: str, mark: str) -> int:
    (number,) = read_cursor(cursor, mark, 1)
    return int(number) if isinstance(number, int) and abs(number) <= INT32_MAX else 0


@router.get("/{flag_id}", dependencies=[only()], response_model=One[FlagOut])
def get_flag(flag_id: FlagId, session: Reading) -> Answer:
    """One flag on a public record."""
    return _shown(session, flags.get_public(session, number_of(FLAG, flag_id)))


@router.post("", status_code=201, dependencies=[only()], response_model=One[FlagOut])
@written
def raise_flag(entry: FlagEntry, write: Writing) -> Response:
    """Say that somebody should look at a finding, a study or a citation again, and why. It changes nothing else."""
    record = record_named(entry.record)
    _refuse_hidden(write, record)
    flag = flags.raise_by_person(write.session, write.revision, record, reason=entry.reason)
    write.seal()
    answer = _shown(write.session, flag, status=201)
    answer.headers["Location"] = f"{API}/flags/{public(FLAG, flag.id)}"
    return answer


@router.post("/{flag_id}/resolve", dependencies=[only()], response_model=One[FlagOut])
@written
def resolve_flag(flag_id: FlagId, entry: FlagResolution, match: IfMatch, write: Writing) -> Response:
    """Close a flag, with what came of it. 409 when somebody closed it before."""
    number = number_of(FLAG, flag_id)
    write.hold("flag", number)
    raised = flags.get(write.session, number)
    try:
        _refuse_hidden(write, (raised.record_kind, raised.record_id))
    except NotFound:
        # As for one that never was: of which record it is a flag is not told either.
        raise NotFound(f"There is no flag {public(FLAG, number)}.") from None
    must_match(match, version=raised.version)
    flag = flags.resolve(write.session, write.revision, number, resolution=entry.resolution)
    write.seal()
    return _shown(write.session, flag)


def _refuse_hidden(write: Write, record: tuple[str, int]) -> None:
    """Raise :class:`NotFound` for a record that the writer may not see, :class:`Gone` for one that left."""
    kind, number = record
    if kind == "study":
        refuse_unseen(write.principal, studies.get(write.session, number).study)
    if kind == "finding":
        refuse_hidden(write.session, write.principal, findings.get(write.session, number))


def _shown(session: Session, flag: Flag, *, status: int = 200) -> Answer:
    tag = etags.tag(session, version=flag.version, revision=last_touch(session, {"flag": {flag.id}}))
    return one(flag_out(flag), revision=events.latest(session), headers=tag, status=status)
