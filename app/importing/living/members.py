"""What living searches have found: which PMIDs are theirs, and what a run changes about that. Nothing here asks PubMed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.database import pour
from app.importing.resuming import Wanted
from app.models.imports import ImportRecord
from app.models.searches import EVENTS, SearchMember

_COLUMNS = ("search_id", "pmid", "state", "first_run_id", "last_run_id")
_STATES = {"rejected": "rejected", "added": "held", "changed": "held", "unchanged": "held"}


@dataclass(slots=True)
class Found:
    """What a run found out about the members of its search, by PMID."""

    new: list[str] = field(default_factory=list)
    reappeared: list[str] = field(default_factory=list)
    vanished: list[str] = field(default_factory=list)


def count(session: Session, search_id: int) -> int:
    """How many PMIDs the search finds, as far as is known."""
    query = select(func.count()).where(SearchMember.search_id == search_id, SearchMember.state != "vanished")
    return session.scalar(query) or 0


def wanted_of(session: Session, search_id: int, found: Sequence[str], *, is_full: bool) -> list[Wanted]:
    """What a run asks for: what it found, what earlier runs did not get, and in a full run what it no longer finds.

    A record that vanished is asked for by its PMID, because it may have been
    retracted or taken back, which is what a reader must hear of.
    """
    here = set(found)
    query = select(SearchMember.pmid, SearchMember.state).where(SearchMember.search_id == search_id)
    states = {pmid: state for pmid, state in session.execute(query) if pmid not in here}
    lost = [pmid for pmid, state in states.items() if is_full and state != "vanished"]
    again = [pmid for pmid, state in states.items() if not is_full and state == "missing"]
    named = [("found", found), ("retried", sorted(again, key=int)), ("vanished", sorted(lost, key=int))]
    pmids = ((pmid, origin) for origin, pmids in named for pmid in pmids)
    return [Wanted(place, pmid, origin) for place, (pmid, origin) in enumerate(pmids, 1)]


def settle(session: Session, search_id: int, run_id: int, wanted: Iterable[Wanted]) -> Found:
    """Write down what the run found, from its list of PMIDs and their fates; return what is another now."""
    query = select(SearchMember.pmid, SearchMember.state).where(SearchMember.search_id == search_id)
    before: dict[str, str] = {pmid: state for pmid, state in session.execute(query)}  # noqa: C416 - rows are no mapping
    records = select(ImportRecord.source_id, ImportRecord.fate).where(ImportRecord.run_id == run_id)
    fates = {pmid: fate for pmid, fate in session.execute(records)}  # noqa: C416 - rows are no mapping
    found = Found()
    added, seen = [], []
    for one in wanted:
        state = "vanished" if one.origin == "vanished" else _STATES.get(fates.get(one.pmid, ""), "missing")
        if one.pmid not in before:
            found.new.append(one.pmid)
            added.append((search_id, one.pmid, state, run_id, run_id))
            continue
        if state == "vanished":
            found.vanished.append(one.pmid)
        elif before[one.pmid] == "vanished":
            found.reappeared.append(one.pmid)
        seen.append({"search": search_id, "pmid": one.pmid, "state": state, "run": run_id})
    pour(session, "search_member", _COLUMNS, added)
    _update(session, seen)
    told = [(run_id, pmid, kind) for kind in EVENTS for pmid in getattr(found, kind)]
    pour(session, "search_event", ("run_id", "pmid", "kind"), told)
    return found


def _update(session: Session, rows: Sequence[dict[str, object]]) -> None:
    of_this = "WHERE search_id = :search AND pmid = :pmid"
    found = [row for row in rows if row["state"] != "vanished"]
    gone = [row for row in rows if row["state"] == "vanished"]
    if found:
        session.execute(text(f"UPDATE search_member SET state = :state, last_run_id = :run {of_this}"), found)  # noqa: S608 - our own words
    if gone:
        session.execute(text(f"UPDATE search_member SET state = :state {of_this}"), gone)  # noqa: S608 - our own words
