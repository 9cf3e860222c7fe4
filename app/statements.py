"""Statements that nearly every request asks: put into words once for each database, then handed to the driver as they are.

Finding a statement in SQLAlchemy's cache, binding it and wrapping its rows takes it 20 to 100 µs, the embedded
database 2 µs to answer; a write asks forty times. What is prepared reads columns, never mapped objects, and changes rows
without the session's knowing. A session on an earlier state (``shadows``) is asked in the usual way.
"""

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import (
    ARRAY,
    JSON,
    BigInteger,
    BindParameter,
    ColumnElement,
    Connection,
    Dialect,
    Text,
    TypeDecorator,
    bindparam,
    cast,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.functions import FunctionElement

from app.database import driver, shadowed

Process = Callable[[Any], Any]


class Words(NamedTuple):
    """A statement in the words of one database, with what turns values into those of the driver."""

    text: str
    order: Sequence[str] | None
    """The names of its parameters in their order; None where the driver takes them by name."""
    fixed: Mapping[str, Any]
    bind: Mapping[str, Process]


class _Rows(NamedTuple):
    """What rows are made, and what turns some of their values into ours."""

    row: Any
    read: Sequence[tuple[int, Process]]


class Statement:
    """One statement with parameters by name, for any number of sessions."""

    def __init__(self, statement: Any) -> None:
        self._statement = statement
        self._words: dict[str, Words] = {}
        self._rows: dict[str, _Rows] = {}

    def all(self, session: Session, **values: Any) -> list[Any]:
        """The rows, each a named tuple."""
        connection = _connection(session)
        if "shadows" in connection.get_execution_options():
            return list(session.execute(self._statement, values).all())
        words = self._in_words(connection)
        with driver(connection) as its:
            answer = its.execute(words.text, _bound(words, values))
            found = answer.fetchall()
        rows = self._rows.get(connection.dialect.name) or self._read_as(answer.description, connection.dialect)
        return [_made(rows, row) for row in found] if rows.read else [rows.row(*row) for row in found]

    def first(self, session: Session, **values: Any) -> Any | None:
        """The first row, or None."""
        return next(iter(self.all(session, **values)), None)

    def column(self, session: Session, **values: Any) -> list[Any]:
        """The first column of every row."""
        return [row[0] for row in self.all(session, **values)]

    def scalar(self, session: Session, **values: Any) -> Any | None:
        """The first column of the first row, or None."""
        row = self.first(session, **values)
        return None if row is None else row[0]

    def do(self, session: Session, **values: Any) -> int:
        """Change rows; how many."""
        connection = _connection(session)
        words = self._in_words(connection)
        with driver(connection) as its:
            return int(its.execute(words.text, _bound(words, values)).rowcount)

    def do_each(self, session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
        """Change rows once for each of ``rows``, its parameters by name."""
        connection = _connection(session)
        words = self._in_words(connection)
        with driver(connection) as its, closing(its.cursor()) as cursor:
            cursor.executemany(words.text, [_bound(words, each) for each in rows])

    def words(self, session: Session, *, of_the_present: bool = False) -> Words:
        """What the driver is told, for who asks without ``session``: about the state that it reads, or the present."""
        connection = _connection(session)
        words = self._in_words(connection)
        return words if of_the_present else words._replace(text=shadowed(connection, words.text))

    def _in_words(self, connection: Connection) -> Words:
        found = self._words.get(connection.dialect.name)
        if found is None:
            found = self._words[connection.dialect.name] = _in_words(self._statement, connection.dialect)
        return found

    def _read_as(self, description: Sequence[Any], dialect: Dialect) -> _Rows:
        """How rows are read. It can depend on the types of the driver, who names them with the first answer."""
        columns = list(self._statement.selected_columns)
        made = namedtuple("Row", [one.key or f"column_{place}" for place, one in enumerate(columns)])  # type: ignore[misc]  # known at run time
        read = [
            (place, one.type.dialect_impl(dialect).result_processor(dialect, said[1]))
            for place, (one, said) in enumerate(zip(columns, description, strict=True))
        ]
        found = self._rows[dialect.name] = _Rows(made, [(place, process) for place, process in read if process])
        return found


def _connection(session: Session) -> Connection:
    if session.autoflush:
        session.flush()
    return session.connection()


def _in_words(statement: Any, dialect: Dialect) -> Words:
    compiled = statement.compile(dialect=dialect)
    asked = [name for name, one in compiled.binds.items() if one.required]
    # A list that stands in the statement is written out, which SQLAlchemy does only once every parameter has a value.
    words = compiled.construct_expanded_state(dict.fromkeys(asked))
    own = {name: one.type.dialect_impl(dialect).bind_processor(dialect) for name, one in compiled.binds.items()}
    bind = {name: process for name, process in {**own, **words.processors}.items() if process}
    return Words(
        words.statement,
        words.positiontup if compiled.positional else None,
        {
            name: bind[name](value) if name in bind else value
            for name, value in words.parameters.items()
            if name not in asked
        },
        bind,
    )


def _bound(words: Words, values: Mapping[str, Any]) -> Any:
    bind = words.bind
    given = {**words.fixed, **{name: bind[name](each) if name in bind else each for name, each in values.items()}}
    return given if words.order is None else [given[name] for name in words.order]


def _made(rows: _Rows, row: Sequence[Any]) -> Any:
    cells = list(row)
    for place, process in rows.read:
        cells[place] = process(cells[place])
    return rows.row(*cells)


class _Numbers(TypeDecorator[Sequence[int]]):
    """Any number of numbers as one parameter."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else ARRAY(BigInteger))

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        return msgspec.json.encode(list(value)).decode() if dialect.name == "sqlite" else list(value)


def as_text(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """JSON as the text that it is: SQLAlchemy would read it into lists, only for structs to be made of these."""
    return cast(column, Text).label(column.key) if isinstance(column.type, JSON) else column


class _Each(FunctionElement[int]):
    inherit_cache = True


def among_numbers(asked: Any, name: str) -> Any:
    """That the column ``asked`` is one of the numbers given under ``name``, which are one parameter however many they are."""
    numbers: BindParameter[Any] = bindparam(name, type_=_Numbers)
    return asked.op("IN", is_comparison=True)(_Each(numbers))


@compiles(_Each, "sqlite")
def _on_sqlite(element: Any, compiler: Any, **options: Any) -> str:
    return f"(SELECT value FROM json_each({compiler.process(element.clauses, **options)}))"  # noqa: S608 - words of the compiler


@compiles(_Each, "postgresql")
def _on_postgres(element: Any, compiler: Any, **options: Any) -> str:
    return f"(SELECT unnest({compiler.process(element.clauses, **options)}))"
