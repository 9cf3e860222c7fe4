"""Studies that may share their people or animals with another, offered to whoever enters it. Nothing here ties them."""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

from msgspec import Struct
from sqlalchemy import Row, String, bindparam, cast, func, or_, select
from sqlalchemy.orm import Session

from app.models.citation import Citation
from app.models.study import Study, StudyReport
from app.statements import Statement

MOST = 5
_MOST_CANDIDATES = 500
_SHARED_AUTHORS = 2
_ENOUGH = 2
_COLUMNS = (
    Study.id,
    Study.title,
    Study.n_total,
    Study.country,
    Study.period_start,
    Study.period_end,
    Study.registrations,
)
_REPORTS_OF = Statement(select(StudyReport.citation_id).where(StudyReport.study_id == bindparam("study")))
_PUBLIC = ("submitted", "accepted")


class Suggestion(Struct, frozen=True):
    """A study whose sample may be the same, and what the two have in common."""

    study_id: int
    title: str
    because: tuple[str, ...]


def suggestions(session: Session, study: Study, *, author: str) -> tuple[Suggestion, ...]:
    """Public studies, and drafts of ``author``, that may share the sample of ``study``; the likeliest first, few.

    One report or registration in common is enough; else it takes two of: the
    number of participants, the country, the time of recruitment, two authors.
    """
    candidates = _candidates(session, study, author)
    if not candidates:
        return ()
    citations = _citations_of(session, [study.id, *(row.id for row in candidates)])
    names = _authors_of(session, {each for some in citations.values() for each in some})
    people = {number: _together(some, names) for number, some in citations.items()}
    found = []
    for row in candidates:
        because = _in_common(study, row)
        if citations.get(study.id, set()) & citations.get(row.id, set()):
            because = ("report", *because)
        if len(people.get(study.id, set()) & people.get(row.id, set())) >= _SHARED_AUTHORS:
            because = (*because, "authors")
        if {"report", "registrations"} & set(because) or len(because) >= _ENOUGH:
            found.append(Suggestion(row.id, row.title, because))
    return tuple(islice(sorted(found, key=lambda each: (-len(each.because), each.study_id)), MOST))


def _candidates(session: Session, study: Study, author: str) -> Sequence[Row[Any]]:
    alike = [Study.n_total == study.n_total] if study.n_total else []
    if study.country:
        alike.append(func.lower(Study.country) == study.country.lower())
    if study.registrations:
        alike.append(cast(Study.registrations, String) != "[]")
    own = _REPORTS_OF.column(session, study=study.id)
    if own:
        alike.append(Study.id.in_(select(StudyReport.study_id).where(StudyReport.citation_id.in_(own))))
    if not alike:
        return ()
    seen = or_(Study.status.in_(_PUBLIC), (Study.created_by == author) & (Study.status == "draft"))
    query = select(*_COLUMNS).where(Study.id != study.id, seen, or_(*alike))
    if study.overlap_group:
        query = query.where(or_(Study.overlap_group.is_(None), Study.overlap_group != study.overlap_group))
    return session.execute(query.order_by(Study.id).limit(_MOST_CANDIDATES)).all()


def _in_common(study: Study, row: Row[Any]) -> tuple[str, ...]:
    shared = {
        "registrations": bool(_folded(study.registrations) & _folded(row.registrations)),
        "n_total": study.n_total is not None and study.n_total > 0 and study.n_total == row.n_total,
        "country": study.country is not None and study.country.lower() == (row.country or "").lower(),
        "period": _overlapping(study, row),
    }
    return tuple(name for name, holds in shared.items() if holds)


def _folded(registrations: Iterable[Any]) -> set[str]:
    return {str(each).strip().lower() for each in registrations}


def _overlapping(study: Study, row: Row[Any]) -> bool:
    """Whether the times of recruitment touch; a year stands for all of it, and a time that is not said for none."""
    starts = (study.period_start or study.period_end, row.period_start or row.period_end)
    ends = (study.period_end or study.period_start, row.period_end or row.period_start)
    if not (starts[0] and starts[1] and ends[0] and ends[1]):
        return False
    return _not_after(starts[0], ends[1]) and _not_after(starts[1], ends[0])


def _not_after(start: str, end: str) -> bool:
    known = min(len(start), len(end))
    return start[:known] <= end[:known]


def _citations_of(session: Session, study_ids: Sequence[int]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = {}
    query = select(StudyReport.study_id, StudyReport.citation_id).where(StudyReport.study_id.in_(study_ids))
    for study_id, citation_id in session.execute(query):
        found.setdefault(study_id, set()).add(citation_id)
    return found


def _authors_of(session: Session, citation_ids: set[int]) -> dict[int, set[str]]:
    query = select(Citation.id, Citation.authors).where(Citation.id.in_(citation_ids))
    return {number: set(_names(authors or ())) for number, authors in session.execute(query)}


def _names(authors: Iterable[dict[str, Any]]) -> Iterable[str]:
    for each in authors:
        initials = each.get("initials") or (each.get("given") or "")[:1]
        if each.get("family") and initials:
            yield f"{each['family']} {initials[:1]}".casefold()


def _together(citation_ids: Iterable[int], names: dict[int, set[str]]) -> set[str]:
    return {name for each in citation_ids for name in names.get(each, ())}
