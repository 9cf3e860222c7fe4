"""Which findings speak to a claim of the article. Candidates and their sides; nothing here judges the claim.

Candidates are findings with evidence=effect and the claim's outcomes (with
narrower), phase and contrast and, where it names one, substance group. A claim
outside the scope of the collection has none: what is not collected cannot
speak.
"""

from typing import Any

from msgspec import Struct
from sqlalchemy.orm import Session

from app.findings.flat import FlatFinding
from app.search.pages import Counts, every_finding
from app.search.spec import Search
from app.synthesis.counting import count
from app.vocabulary import resolve


class Candidates(Struct, frozen=True):
    """Finding ids by people or animals: those in the claim's direction, and every other, unclear and no difference included."""

    agreeing: dict[str, list[int]]
    other: dict[str, list[int]]
    counts: Counts


def candidates(session: Session, claim: dict[str, Any]) -> Candidates:
    """The findings that speak to ``claim``, a line of the vocabulary's claims."""
    rows = _rows(session, claim)
    agreeing = [row for row in rows if row.direction == claim["direction"]]
    other = [row for row in rows if row.direction != claim["direction"]]
    return Candidates(_by_side(agreeing), _by_side(other), count(rows))


def _rows(session: Session, claim: dict[str, Any]) -> list[FlatFinding]:
    if claim["scope"] != "inside" or not claim["outcomes"]:
        return []
    named = ("phase", "contrast", "substance_group")
    chosen: dict[str, tuple[str, ...]] = {name: (claim[name],) for name in named if claim[name]}
    outcomes = tuple(resolve.outcome(outcome) for outcome in claim["outcomes"])
    return list(every_finding(session, Search(chosen=chosen, outcomes=outcomes)))


def _by_side(rows: list[FlatFinding]) -> dict[str, list[int]]:
    return {side: [row.id for row in rows if row.side == side] for side in ("people", "animals")}
