"""Which changes may be told with their text, and to whom. That something happened is told to everybody.

Everybody reads what was done to citations and to what is or was public, a
draft that was retired unseen not among it; authors read their own work
besides, editors all studies and findings, and who has an account the
proposals. A review is told with what was reviewed; what reviewers of citations
decided alone is told to nobody here: double screening is blind.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, exists, select, true
from sqlalchemy.orm import Session

from app.accounts.principals import Principal
from app.curation import flags
from app.models.curation import Review
from app.models.finding import Finding
from app.models.flag import Flag
from app.models.history import VERSIONS
from app.models.study import Study
from app.search.spec import PUBLIC

_OPEN_TO_ALL = ("citation", "citation_tie", "duplicate", "search", "difference")
_OPEN_TO_ACCOUNTS = ("proposal", "proposal_comment")
Holds = Callable[[type[Study] | type[Finding]], ColumnElement[bool]]


def readable(session: Session, rows: list[Row[Any]], principal: Principal) -> set[tuple[str, int]]:
    """The records among ``rows``, by kind and number, of which ``principal`` may read every version."""
    numbers: dict[str, set[int]] = {}
    for row in rows:
        numbers.setdefault(row.kind, set()).add(row.record_id)
    open_kinds = _OPEN_TO_ALL + (_OPEN_TO_ACCOUNTS if principal.known else ())
    found = {(kind, number) for kind in open_kinds for number in numbers.pop(kind, ())}
    found.update(("review", number) for number in session.scalars(_reviews(numbers.pop("review", set()), principal)))
    for kind, asked in numbers.items():
        query = _query(kind, asked, held_by(principal))
        if query is not None:
            found.update((kind, number) for number in session.scalars(query))
    return found


def _reviews(asked: set[int], principal: Principal) -> Select[int]:
    """A select of those among the reviews ``asked`` whose record ``principal`` may read."""
    holds = held_by(principal)
    studies = select(Study.id).where(holds(Study))
    findings = select(Finding.id).where(holds(Finding), Finding.study_id.in_(studies))
    of_study = (Review.kind == "study") & Review.record_id.in_(studies)
    of_finding = (Review.kind == "finding") & Review.record_id.in_(findings)
    readable = of_study | of_finding
    if principal.known:
        readable |= Review.kind == "proposal"
    return select(Review.id).where(Review.id.in_(asked), readable)


def held_by(principal: Principal) -> Holds:
    """The condition on a study or finding under which ``principal`` may read every version of it."""

    def holds(model: type[Study] | type[Finding]) -> ColumnElement[bool]:
        if principal.is_editor:
            return true()
        public = once_public(model)
        return public | (model.created_by == principal.name) if principal.known else public

    return holds


def once_public(model: type[Study] | type[Finding]) -> ColumnElement[bool]:
    """That everybody may read the record, or could before it was retired: one of its versions was public."""
    version = VERSIONS[model.__tablename__]
    seen = exists().where(version.c.id == model.id, version.c.status.in_(PUBLIC)).correlate(model)
    return model.status.in_(PUBLIC) | ((model.status == "retired") & seen)


def _query(kind: str, asked: set[int], holds: Holds) -> Select[int] | None:
    """A select of the ids among ``asked`` that may be read; None for a kind of which none may.

    Parts are looked up among their versions: of one that was taken away
    nothing else is left.
    """
    if kind == "study":
        return select(Study.id).where(Study.id.in_(asked), holds(Study))
    if kind == "finding":
        both = holds(Finding) & holds(Study)
        return select(Finding.id).join(Study, Study.id == Finding.study_id).where(Finding.id.in_(asked), both)
    if kind == "flag":
        return select(Flag.id).where(Flag.id.in_(asked), flags.is_public(once_public))
    if kind in ("study_report", "exposure"):
        part = VERSIONS[kind]
        return select(part.c.id).join(Study, Study.id == part.c.study_id).where(part.c.id.in_(asked), holds(Study))
    if kind == "quote":
        part = VERSIONS[kind]
        of_finding = select(part.c.id).join(Finding, Finding.id == part.c.finding_id)
        both = holds(Finding) & holds(Study)
        return of_finding.join(Study, Study.id == Finding.study_id).where(part.c.id.in_(asked), both)
    return None
