"""What to offer when nothing was found: the same question with one condition let go. Neighbours are never an answer."""

from collections.abc import Iterator

from msgspec import Struct
from sqlalchemy.orm import Session

from app.findings.flat import SettledFinding
from app.search.pages import every_finding
from app.search.spec import Search
from app.synthesis.counting import split
from app.synthesis.phrases import counted, heading
from app.vocabulary import resolve
from app.vocabulary.resolve import Meant
from app.vocabulary.words import vocabulary

_SYNDROME = {"in_opioid_withdrawal": "opioid_withdrawal", "kratom_cessation": "kratom_withdrawal"}
"""The outcome that stands for a whole moment: a withdrawal scale may contain the item that was asked for."""


_MOST_PARTS = 4


class Neighbour(Struct, frozen=True):
    """What was let go, what it then says, and the findings there."""

    relax: str
    text: str
    finding_ids: tuple[int, ...]


def neighbours(session: Session, meant: Meant, search: Search, contrasts: tuple[str, ...]) -> list[Neighbour]:
    """The nearest findings to an empty question, most useful first: other outcome, moment, subject, contrast.

    Where people were not excluded, neighbours are in people if there are any.
    """
    found: list[Neighbour] = []
    seen: set[int] = set()
    for relax, relaxed in _relaxations(meant, search, contrasts):
        rows = _in_people_first(session, relaxed)
        fresh = [row for row in rows if row.id not in seen]
        if not fresh or any(each.relax == relax for each in found):
            continue
        seen.update(row.id for row in fresh)
        found.append(Neighbour(relax, _text(fresh), tuple(row.id for row in fresh)))
    return found


def _relaxations(meant: Meant, search: Search, contrasts: tuple[str, ...]) -> Iterator[tuple[str, Search]]:
    exact = search.about(meant).asking(contrast=contrasts)
    for wider in _wider(meant, search):
        yield "outcome", exact.about(resolve.outcome(wider))
    if search.values("phase"):
        yield "phase", exact.asking(phase=())
    if search.values("subject"):
        yield "subject", exact.asking(subject=())
    if search.values("substance") or search.values("substance_group"):
        yield "substance", exact.asking(substance=(), substance_group=())
    yield "contrast", exact.asking(phase=(), contrast=())


def _wider(meant: Meant, search: Search) -> Iterator[str]:
    yield from (_SYNDROME[phase] for phase in search.values("phase") if phase in _SYNDROME)
    known = vocabulary().outcomes.get(meant.id)
    while known and known.parent:
        yield known.parent
        known = vocabulary().outcomes[known.parent]


def _in_people_first(session: Session, search: Search) -> list[SettledFinding]:
    rows = list(every_finding(session, search))
    people = [row for row in rows if row.side == "people"]
    return people or rows


def _text(rows: list[SettledFinding]) -> str:
    """What is there, one part for each outcome, moment, substance group and contrast: none of these is ever one row."""
    groups = split(rows, lambda row: heading(row.outcome_label.lower(), row))
    parts = [f"{named}: {counted(len({row.study_id for row in there}), 'study')}" for named, there in groups.items()]
    more = len(parts) - _MOST_PARTS
    return "; ".join(parts[:_MOST_PARTS]) + (f"; and {more} more" if more > 0 else "")
