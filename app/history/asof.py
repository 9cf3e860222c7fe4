"""Reading the store as it stood at an earlier data revision: what every table held then, so that no query has to change.

Studies, reports of studies, exposures, findings, quotes and standings have
versions and are given as they were, and so is the log itself. Citations have
none: which there were, their standing, what they were merged into and tied to and how far
they were screened is known from the log, but what they say is what they say today. Import runs count from
when they ended. Rules and vocabulary are today's. Tables that are not named
here (identifiers, texts, vocabulary …) are read as they are.

The text index holds the words of today, so words cannot be searched as of then.
"""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Engine, Table, func, select, text
from sqlalchemy.orm import Session

from app.database import Store
from app.errors import Invalid, UnknownValue
from app.history import events
from app.kit.canonical import iso, now
from app.kit.moments import read_moment
from app.models.base import Base
from app.models.history import VERSIONS, DataRevision

PARAMETER = "as_of"
NOTE = (
    "Studies, findings, quotes, the standing of citations and their screening are as they were then; which words mean what, "
    "and what counts, is by today's rules and vocabulary. What a citation says, its identifiers included, is what it says today."
)
_LONGEST_NUMBER = 9


class AsOf(Struct, frozen=True):
    """A state of the store. ``at`` is the moment seen: the one asked for, or that in which the data revision was made."""

    n: int
    at: datetime | None


@contextmanager
def reading(store: Store, asked: str | None = None) -> Iterator[Session]:
    """A session on the store as it is, or as it was at ``asked``: a data revision, a day (its end) or a moment, in UTC.

    Raises :class:`UnknownValue` for what is none of these, and
    :class:`Invalid` for what has not come yet: an answer as of then would be
    another one tomorrow.
    """
    if not asked:
        with store.reading() as session:
            yield session
        return
    with store.reading() as session:
        state, present = _state(session, asked), events.head(session)
        schema = "main" if store.is_sqlite else session.scalar(select(func.current_schema()))
    past = _Past(store, state, f'"{schema}"')
    with ExitStack() as open_while_read:
        session = open_while_read.enter_context(store.reading(engine=past.engine(present)))
        if past.present(session) != present:
            # Written to since; what is kept for that engine must not come of another present.
            open_while_read.close()
            session = open_while_read.enter_context(store.reading(engine=past.new_engine()))
        session.info[PARAMETER] = state
        yield session


class _Past:
    """How ``state`` is read, in the tables of ``schema``."""

    def __init__(self, store: Store, state: AsOf, schema: str) -> None:
        self._store, self._state, self._schema = store, state, schema

    def new_engine(self) -> Engine:
        """One of its own."""
        return self._store.shadowed(_shadows(self._state, self._schema, sqlite=self._store.is_sqlite))

    def engine(self, present: events.Head) -> Engine:
        """The same while nothing is written, and with it the sets that are kept for an engine (``search.holdings``).

        What citations say is what they say today, so each present has its own.
        """
        return self._store.kept_engine(self._state, present, self.new_engine)

    def present(self, session: Session) -> events.Head:
        """The newest data revision of the store, whatever ``session`` is told of."""
        newest = f"SELECT n, hash FROM {self._schema}.data_revision ORDER BY n DESC LIMIT 1"  # noqa: S608 - our own name
        row = session.execute(text(newest)).one_or_none()
        return events.Head(*row) if row else events.Head()


def told(session: Session) -> dict[str, Any]:
    """What an answer says of the state that it was read in; nothing where that is the present."""
    state: AsOf | None = session.info.get(PARAMETER)
    if state is None:
        return {}
    return {PARAMETER: {"data_revision": state.n, "at": iso(state.at) if state.at else None, "note": NOTE}}


def query(session: Session) -> str:
    """What an address needs behind it to be read in the same state: ``?as_of=3``, or nothing for the present."""
    state: AsOf | None = session.info.get(PARAMETER)
    return "" if state is None else f"?{PARAMETER}={state.n}"


def _state(session: Session, asked: str) -> AsOf:
    if asked.isascii() and asked.isdigit():
        return _revision(session, int(asked) if len(asked) <= _LONGEST_NUMBER else None, asked)
    try:
        moment = read_moment(asked, end_of_day=True)
    except ValueError:
        message = (
            f"{asked[:40]!r} is neither a data revision nor a date or moment like 2026-11-22 or 2026-11-22T08:30:00Z."
        )
        raise UnknownValue(message, field=PARAMETER) from None
    if moment >= now():
        latest = events.latest(session)
        raise Invalid(
            f"{asked[:40]} has not passed yet (in UTC). Ask as of a moment that has, or of data revision {latest}, the newest.",
            field=PARAMETER,
        )
    query = select(func.coalesce(func.max(DataRevision.n), 0)).where(DataRevision.at <= moment)
    return AsOf(session.scalar(query) or 0, moment)


def _revision(session: Session, n: int | None, asked: str) -> AsOf:
    latest = events.latest(session)
    if n is None or n > latest:
        raise Invalid(f"There is no data revision {asked[:40]} yet; the newest is {latest}.", field=PARAMETER)
    return AsOf(n, session.scalar(select(DataRevision.at).where(DataRevision.n == n)))


def _shadows(state: AsOf, schema: str, *, sqlite: bool) -> Mapping[str, str]:
    """Table → the SELECT that gives its rows as they were in ``state``."""
    n, at = state.n, iso(state.at) if state.at else ""
    ended = f"CASE WHEN to_n <= {n} THEN to_n END AS to_n"
    shadows = {}
    for name, table in VERSIONS.items():
        versions = f"{schema}.{table.name}"
        own = _columns(Base.metadata.tables[name])
        shadows[name] = f"SELECT {own} FROM {versions} WHERE {_held(n)}"  # noqa: S608 - our own names, numbers and dates
        shadows[table.name] = f"SELECT {own}, from_n, {ended} FROM {versions} WHERE from_n <= {n}"  # noqa: S608 - as above
    for name, condition in (
        ("data_revision", f"n <= {n}"), ("change", f"n <= {n}"), ("import_run", f"ended_at <= '{at}'"),
        ("standing_signal", f"noted_at <= '{at}'"),
    ):  # fmt: skip
        columns = _columns(Base.metadata.tables[name])
        shadows[name] = f"SELECT {columns} FROM {schema}.{name} WHERE {condition}"  # noqa: S608 - as above
    shadows["citation"] = _citations(n, schema, sqlite=sqlite)
    shadows["screening_result"] = _screening(n, schema, sqlite=sqlite)
    shadows["citation_tie"] = _ties(n, schema, sqlite=sqlite)
    shadows["citation_merge"] = _merges(at, schema)
    return shadows


def _citations(n: int, schema: str, *, sqlite: bool) -> str:
    """Citations that were there, with their standing and what they were merged into as it was."""
    logged = f"FROM {schema}.change WHERE kind = 'citation' AND record_id = c.id"
    merged_later = f"{logged} AND op = 'merge' AND n > {n}"
    number = "json_extract(before, '$.merged_into')" if sqlite else "(before::json ->> 'merged_into')::integer"
    standing = f"SELECT standing FROM {schema}.standing_version WHERE citation_id = c.id AND {_held(n)}"  # noqa: S608 - our own names, a number
    then = {
        "standing": f"coalesce(({standing}), 'current') AS standing",
        "merged_into": f"CASE WHEN EXISTS (SELECT 1 {merged_later}) THEN (SELECT {number} {merged_later} ORDER BY n LIMIT 1) "
        "ELSE c.merged_into END AS merged_into",
    }
    columns = ", ".join(then.get(each.name, f'c."{each.name}"') for each in Base.metadata.tables["citation"].columns)
    # A citation came with the first change that the log has of it.
    return f"SELECT {columns} FROM {schema}.citation AS c WHERE EXISTS (SELECT 1 {logged} AND n <= {n})"  # noqa: S608 - as above


def _screening(n: int, schema: str, *, sqlite: bool) -> str:
    """How records stood at each stage: the last that the log says of them, and nothing of what was settled later."""

    def told(name: str) -> str:
        return f"json_extract(after, '$.{name}')" if sqlite else f"(after::json ->> '{name}')"

    def last(name: str) -> str:
        return (
            f"SELECT {told(name)} FROM {schema}.change WHERE kind = 'screening_result' AND record_id = r.citation_id "  # noqa: S608 - our own names, a number
            f"AND {told('stage')} = r.stage AND n <= {n} ORDER BY n DESC, position DESC LIMIT 1"
        )

    then = {name: f"({last(name)}) AS {name}" for name in ("state", "reason")}
    columns = ", ".join(
        then.get(each.name, f"r.{each.name}") for each in Base.metadata.tables["screening_result"].columns
    )
    return f"SELECT * FROM (SELECT {columns} FROM {schema}.screening_result AS r) AS known WHERE state IS NOT NULL"  # noqa: S608 - as above


def _ties(n: int, schema: str, *, sqlite: bool) -> str:
    """Ties whose last change until then made them; what was taken back later is known from the log alone."""

    def told(name: str) -> str:
        return f"json_extract(c.after, '$.{name}')" if sqlite else f"(c.after::json ->> '{name}')"

    numbers = "CAST({} AS INTEGER) AS {}"
    columns = ["c.record_id AS id"] + [
        numbers.format(told(each.name), each.name) if each.name.endswith("_id") else f"{told(each.name)} AS {each.name}"
        for each in Base.metadata.tables["citation_tie"].columns
        if each.name != "id"
    ]
    later = (
        f"SELECT 1 FROM {schema}.change AS l WHERE l.kind = c.kind AND l.record_id = c.record_id AND l.n <= {n} "  # noqa: S608 - our own names, a number
        "AND (l.n > c.n OR (l.n = c.n AND l.position > c.position))"
    )
    made = f"c.kind = 'citation_tie' AND c.op = 'add' AND c.n <= {n}"
    return f"SELECT {', '.join(columns)} FROM {schema}.change AS c WHERE {made} AND NOT EXISTS ({later})"  # noqa: S608 - as above


def _merges(at: str, schema: str) -> str:
    """Merges made until then, those taken back later not yet taken back."""
    columns = ", ".join(
        f"CASE WHEN undone_at <= '{at}' THEN {each.name} END AS {each.name}"
        if each.name.startswith("undone_")
        else each.name
        for each in Base.metadata.tables["citation_merge"].columns
    )
    return f"SELECT {columns} FROM {schema}.citation_merge WHERE merged_at <= '{at}'"  # noqa: S608 - our own names, a date


def _held(n: int) -> str:
    return f"from_n <= {n} AND (to_n IS NULL OR to_n > {n})"


def _columns(table: Table) -> str:
    return ", ".join(f'"{column.name}"' for column in table.columns)
