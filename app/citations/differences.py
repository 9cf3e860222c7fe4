"""Where a later sync disagrees with what a person set: noted as it comes, kept until somebody decides. Nothing here decides."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from app.citations.draft import CitationDraft
from app.citations.lookup import among
from app.citations.queries import Stored
from app.citations.rows import EMPTY
from app.history.events import Revision, row_of
from app.jobs.runs import run_of
from app.kit.canonical import canonical_json, now
from app.models.citation import FieldDifference
from app.statements import Statement

_NUMBER_OPEN = Statement(
    select(FieldDifference.id)
    .where(FieldDifference.citation_id == bindparam("number"), FieldDifference.state == "open")
    .limit(1)
)
Place = tuple[int, str]
"""A citation and one of its fields."""


class Offer(NamedTuple):
    """What a source says now of a field that a person set; both values are canonical JSON."""

    place: Place
    held: str
    offered: str
    source: str


def offers(here: Stored, draft: CitationDraft) -> Iterable[Offer]:
    """What a record of PubMed says of the fields that a person set; where it is not the citation's source it may be silent.

    Other sources only fill what is empty, so they offer nothing against a person.
    """
    for name in here.person_set:
        offered = getattr(draft, name)
        if draft.source == here.draft.source or offered != EMPTY[name]:
            held = getattr(here.draft, name)
            yield Offer((here.id, name), canonical_json(held), canonical_json(offered), draft.source)


def note(session: Session, revision: Revision, noted: Sequence[Offer]) -> None:
    """Note offers that differ from what is held, one open difference a field; one that agrees settles it.

    What was offered before and kept out by a person is not offered again.
    """
    if not noted:
        return
    opened, refused = _known(session, {offer.place[0] for offer in noted})
    for offer in noted:
        held = opened.get(offer.place)
        if held is not None:
            renew(session, revision, held, held=offer.held, offered=offer.offered, source=offer.source)
        elif offer.held != offer.offered and refused.get(offer.place) != offer.offered:
            _add(session, revision, offer)


def person_changed(session: Session, revision: Revision, citation_id: int, draft: CitationDraft) -> None:
    """Follow a person's edit in the open differences of the citation: what they hold is what the person says now."""
    if _NUMBER_OPEN.scalar(session, number=citation_id) is None:
        return
    opened, _ = _known(session, {citation_id})
    for (_, name), difference in opened.items():
        renew(session, revision, difference, held=canonical_json(getattr(draft, name)))


def renew(session: Session, revision: Revision, difference: FieldDifference, **fields: Any) -> None:
    """Bring an open difference up to date; it is settled where both sides agree now."""
    said = {name: value for name, value in fields.items() if getattr(difference, name) != value}
    if not said:
        return
    if fields.get("held", difference.held) == fields.get("offered", difference.offered):
        said["state"] = "agreed"
    elif "offered" in said:
        said |= {"run_id": run_of(revision.reason), "noted_at": now()}
    change(session, revision, difference, **said)


def change(session: Session, revision: Revision, difference: FieldDifference, **fields: Any) -> None:
    """Set fields of a difference and note it in the history."""
    before = {name: getattr(difference, name) for name in fields}
    for name, value in fields.items():
        setattr(difference, name, value)
    session.flush()
    op = "status" if "state" in fields else "edit"
    revision.note("difference", difference.id, op=op, before=before, after=fields)


def _known(session: Session, numbers: set[int]) -> tuple[dict[Place, FieldDifference], dict[Place, str]]:
    """The open differences of these citations, and for each field what a person last kept out."""
    states = FieldDifference.state.in_(("open", "kept"))
    query = select(FieldDifference).where(among(session, FieldDifference.citation_id, numbers), states)
    opened: dict[Place, FieldDifference] = {}
    refused: dict[Place, str] = {}
    for one in session.scalars(query.order_by(FieldDifference.id)):
        place = (one.citation_id, one.field)
        if one.state == "open":
            opened[place] = one
        else:
            refused[place] = one.offered
    return opened, refused


def _add(session: Session, revision: Revision, offer: Offer) -> None:
    citation_id, field = offer.place
    difference = FieldDifference(
        citation_id=citation_id, field=field, held=offer.held, offered=offer.offered, source=offer.source,
        run_id=run_of(revision.reason), state="open", noted_at=now(), version=1,
    )  # fmt: skip
    session.add(difference)
    session.flush()
    kept = {name: value for name, value in row_of(difference).items() if name != "id"}
    revision.note("difference", difference.id, op="add", after=kept)
