"""Who says that a citation does not stand as it was, and where the notice is. What follows from it is ``standing``."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.citations import standing
from app.citations.lookup import among
from app.citations.matching import find_owners
from app.models.citation import StandingSignal

_NUMBERED = re.compile(r"(?P<kind>\S+) (?:(?P<pmid>[0-9]{1,9})|R(?P<citation>[0-9]+))")


class Notice(Struct, frozen=True):
    """One notice on a citation.

    ``said_by`` names each signal that speaks of it: they can disagree, and any
    one of them counts. ``citation_id`` is there where the notice itself is
    stored; ``text`` is what the source says where it names no record.
    """

    standing: str
    said_by: tuple[str, ...]
    kinds: tuple[str, ...]
    pmid: str | None = None
    citation_id: int | None = None
    text: str | None = None


def notices_where_needed(
    session: Session, standings: Iterable[tuple[int | None, str]]
) -> dict[int, tuple[Notice, ...]]:
    """The notices on those of these citations that do not stand as they were; nothing is asked where all do."""
    return notices_of(session, {number for number, name in standings if number and name != standing.CURRENT})


def notices_of(session: Session, citation_ids: Iterable[int]) -> dict[int, tuple[Notice, ...]]:
    """Citation → its notices, the worst first; those of which nothing is said are left out."""
    asked = list(citation_ids)
    if not asked:
        return {}
    columns = (StandingSignal.citation_id, StandingSignal.signal, StandingSignal.value, StandingSignal.standing)
    rows = session.execute(select(*columns).where(among(session, StandingSignal.citation_id, asked)).order_by(*columns))
    gathered: defaultdict[int, dict[Notice, list[tuple[str, str]]]] = defaultdict(dict)
    for number, signal, value, name in rows:
        key, kind = _read(signal, value, name)
        gathered[number].setdefault(key, []).append((signal, kind))
    named = {("pmid", one.pmid) for of in gathered.values() for one in of if one.pmid}
    owners = {pmid: number for (_, pmid), number in find_owners(session, named).items()}
    return {number: _in_order(of, owners) for number, of in gathered.items()}


def _read(signal: str, value: str, name: str) -> tuple[Notice, str]:
    """A signal as a notice without its sayers, by which the two sides of one tie are known as one; and its kind."""
    if signal in ("publication_type", "title"):
        return Notice(name, (), (), text=value), signal
    if signal == standing.DELETE_NOTICE:
        return Notice(name, (), (), text=f"PubMed took PMID {value} back."), "DeleteCitation"
    found = _NUMBERED.fullmatch(value)
    if found is None:
        kind, _, text = value.partition(" ")
        return Notice(name, (), (), text=text), kind
    citation_id = int(found["citation"]) if found["citation"] else None
    return Notice(name, (), (), pmid=found["pmid"], citation_id=citation_id), found["kind"]


def _in_order(of: dict[Notice, list[tuple[str, str]]], owners: dict[str, int]) -> tuple[Notice, ...]:
    whole = [
        Notice(
            one.standing,
            tuple(dict.fromkeys(signal for signal, _ in said)),
            tuple(dict.fromkeys(kind for _, kind in said)),
            one.pmid,
            owners.get(one.pmid) if one.pmid else one.citation_id,
            one.text,
        )
        for one, said in of.items()
    ]
    # A notice that can be read comes before the bare statement that there is one.
    return tuple(
        sorted(whole, key=lambda one: (standing.rank(one.standing), one.pmid is None, one.pmid or "", one.text or ""))
    )


def in_words(notices: Sequence[Notice], name: str) -> str:
    """Where the notices of the standing ``name`` are, for people."""
    places = [_place(one) for one in notices if one.standing == name and (one.pmid or one.citation_id)]
    return f" Notice: {'; '.join(places)}." if places else ""


def _place(one: Notice) -> str:
    named = [f"PMID {one.pmid}"] if one.pmid else []
    named += [f"R{one.citation_id}"] if one.citation_id else []
    return f"{', '.join(named)} ({', '.join(one.kinds)})"
