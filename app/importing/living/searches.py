"""The living searches themselves: those that come with the program, how one is recorded and changed, and which is due how.

Nothing here asks PubMed; a run is ``running``, what runs found is ``queries``.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.errors import Conflict, NotFound
from app.history.events import Revision, row_of
from app.kit.canonical import now
from app.kit.draft import Draft, Line, storable
from app.kit.public_ids import SEARCH, number_of, public
from app.models.imports import ImportRun
from app.models.searches import LivingSearch, SearchRun

KIND = "search"
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_EARLY = 0.95
"""A search is due a little before its time: a timer that ticks every hour is never late by an hour for a second."""


def _named(text: str) -> str:
    if len(text) > 80 or not _NAME.fullmatch(text) or text.isdigit():
        raise ValueError("use lower-case letters, digits and single hyphens, such as kratom-sleep; at most 80")
    return text


class SearchDraft(Draft):
    """A living search as somebody wants it."""

    name: Annotated[str, AfterValidator(_named)]
    title: Annotated[Line, Field(max_length=300)]
    query: Annotated[str, Field(min_length=2, max_length=20_000), AfterValidator(storable)]
    state: Literal["active", "paused"] = "active"
    every_hours: Annotated[int, Field(ge=1, le=24 * 366)] = 24
    full_every_days: Annotated[int, Field(ge=1, le=366)] = 28
    overlap_days: Annotated[int, Field(ge=1, le=60)] = 7


DEFAULTS = (
    SearchDraft(
        name="kratom",
        title="Kratom: Mitragyna, its names and misspellings, mitragynine and 7-hydroxymitragynine",
        query=(
            '("Mitragyna"[Mesh] OR kratom[tiab] OR krathom[tiab] OR ketum[tiab] OR "mitragyna speciosa"[tiab] '
            'OR "mitragynia speciosa"[tiab] OR "mitragynine speciosa"[tiab] OR mitragynine[tiab] OR mitragynine[nm] '
            "OR 7-hydroxymitragynine[tiab] OR 7-hydroxymitragynine[nm])"
        ),
    ),
    SearchDraft(
        name="opioid-withdrawal-sleep",
        title="Sleep in opioid withdrawal",
        query="opioid withdrawal AND (sleep OR insomnia)",
        every_hours=7 * 24,
        full_every_days=84,
    ),
    SearchDraft(
        name="kratom-sleep-anxiety",
        title="Kratom with sleep, insomnia or anxiety (a narrow alert)",
        query="kratom AND (sleep OR insomnia OR anxiety)",
    ),
)
"""The searches that ``init`` brings. They belong to the store from then on: a later version of the program changes none."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How a search is to be run: in full, or for what was entered or revised since a day."""

    search: LivingSearch
    mode: str
    since_on: str | None
    due_at: datetime | None
    """When it is to run again; None when it never ran."""
    full_due_at: datetime | None = None

    @property
    def is_due(self) -> bool:
        """Whether its time has come."""
        return self.due_at is None or self.due_at <= now()

    @property
    def asked_for(self) -> str:
        """The text that PubMed is asked."""
        if self.since_on is None:
            return self.search.query
        since = self.since_on.replace("-", "/")
        limits = " OR ".join(f"{since}:3000/12/31[{field}]" for field in ("edat", "crdt", "lr"))
        return f"({self.search.query}) AND ({limits})"


def install(session: Session) -> int:
    """Record the searches that come with the program where they are not there yet; return how many were missing."""
    here = set(session.scalars(select(LivingSearch.name)))
    missing = [draft for draft in DEFAULTS if draft.name not in here]
    for draft in missing:
        session.add(_row(draft, actor="kratom-evidence"))
    session.flush()
    return len(missing)


def is_installed(session: Session) -> bool:
    """Whether nothing is missing of what :func:`install` brings."""
    return {draft.name for draft in DEFAULTS} <= set(session.scalars(select(LivingSearch.name)))


def record(session: Session, revision: Revision, draft: SearchDraft) -> LivingSearch:
    """Keep a new search. Raises :class:`Conflict` when its name is taken."""
    search = _row(draft, actor=revision.actor)
    _flush(session, search)
    revision.note(KIND, search.id, op="add", after=row_of(search))
    return search


def change(session: Session, revision: Revision, search: LivingSearch, changes: Mapping[str, Any]) -> bool:
    """Change fields of a search; True when any is another now.

    With another query the next run is a full one. Raises :class:`Conflict`
    when the new name is taken.
    """
    wanted = SearchDraft.model_validate({**_draft_of(search), **changes}).model_dump()
    changed = {name: value for name, value in wanted.items() if getattr(search, name) != value}
    if not changed:
        return False
    before = {name: getattr(search, name) for name in changed}
    for name, value in changed.items():
        setattr(search, name, value)
    search.edited_at, search.version = now(), search.version + 1
    _flush(session, search)
    revision.note(KIND, search.id, op="edit", before=before, after=changed)
    return True


def get_search(session: Session, named: str) -> LivingSearch:
    """The search with this public id or name. Raises :class:`NotFound` naming those that there are."""
    column = LivingSearch.name == named
    if re.fullmatch(f"{SEARCH}[0-9]+", named):
        column = LivingSearch.id == number_of(SEARCH, named)
    search = session.scalars(select(LivingSearch).where(column)).one_or_none()
    if search is None:
        names = ", ".join(f"{public(SEARCH, row.id)} {row.name}" for row in all_searches(session))
        raise NotFound(f"There is no living search {named[:80]!r}. There are: {names or 'none'}.")
    return search


def all_searches(session: Session) -> list[LivingSearch]:
    """Every search, in the order of ids."""
    return list(session.scalars(select(LivingSearch).order_by(LivingSearch.id)))


def plan(session: Session, search: LivingSearch, *, full: bool = False) -> Plan:
    """How the search is to be run next.

    In full at first, when the query was changed, when ``full_every_days`` have
    passed, and when it is wished; otherwise from the day of the last run that
    was answered whole, less the overlap.
    """
    query = (
        select(ImportRun.started_at, SearchRun.mode)
        .join(SearchRun, SearchRun.run_id == ImportRun.id)
        .where(SearchRun.search_id == search.id, SearchRun.query == search.query, SearchRun.members_after.is_not(None))
        .order_by(ImportRun.id.desc())
    )
    last = session.execute(query.limit(1)).one_or_none()
    last_full = session.execute(query.where(SearchRun.mode == "full").limit(1)).one_or_none()
    if last is None or last_full is None:
        return Plan(search, "full", None, None)
    full_at = last_full.started_at + timedelta(days=search.full_every_days * _EARLY)
    due_at = min(last.started_at + timedelta(hours=search.every_hours * _EARLY), full_at)
    if full or full_at <= now():
        return Plan(search, "full", None, due_at, full_at)
    since = last.started_at.date() - timedelta(days=search.overlap_days)
    return Plan(search, "incremental", since.isoformat(), due_at, full_at)


def _draft_of(search: LivingSearch) -> dict[str, Any]:
    return {name: getattr(search, name) for name in SearchDraft.model_fields}


def _row(draft: SearchDraft, *, actor: str) -> LivingSearch:
    return LivingSearch(**draft.model_dump(), created_at=now(), created_by=actor, edited_at=None, version=1)


def _flush(session: Session, search: LivingSearch) -> None:
    try:
        with session.begin_nested():
            session.add(search)
            session.flush()
    except IntegrityError as error:
        raise Conflict(f"There is a living search named {search.name!r} already; choose another name.") from error
