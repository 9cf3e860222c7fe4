"""What an export asks a store about citations, put into the words of its database. Rows are made of the answers in ``rows``.

Three statements for each batch, none of them with a subquery for each row.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import BigInteger, Select, Text, bindparam, case, cast, func, select
from sqlalchemy.orm import Session

from app.database import driver, is_snapshot
from app.export import rows
from app.export.moment import Moment
from app.export.references import LISTS, PLAIN, Batch
from app.export.rows import Question, Questions, in_batches
from app.history.events import LAST
from app.models.citation import Citation, CitationIdentifier
from app.models.study import Study, StudyReport
from app.search.spec import PUBLIC
from app.statements import Statement, among_numbers

_TABLE = Citation.__table__
_IDENTIFIER = CitationIdentifier.__table__


def _citations() -> Select[Any]:
    # Articles have no publisher, and their extras are long.
    extras = case((_TABLE.c.source_type != "journal_article", cast(_TABLE.c.extras, Text)))
    lists = (cast(_TABLE.c[name], Text) for name in LISTS)
    return select(*(_TABLE.c[name] for name in PLAIN), *lists, extras).order_by(_TABLE.c.id)


_ASKED: tuple[tuple[Any, Any], ...] = (
    (_citations(), _TABLE.c.id),
    (
        select(_IDENTIFIER.c.citation_id, _IDENTIFIER.c.scheme, _IDENTIFIER.c.value).order_by(
            _IDENTIFIER.c.citation_id, _IDENTIFIER.c.position
        ),
        _IDENTIFIER.c.citation_id,
    ),
    (
        select(StudyReport.citation_id, StudyReport.study_id)
        .join(Study, Study.id == StudyReport.study_id)
        .where(Study.status.in_(PUBLIC))
        .order_by(StudyReport.study_id),
        StudyReport.citation_id,
    ),
)


def _in_span(column: Any) -> Any:
    return column.between(bindparam("first", type_=BigInteger), bindparam("last", type_=BigInteger))


_OF_SPAN = tuple(Statement(asked.where(_in_span(number))) for asked, number in _ASKED)
_OF_EACH = tuple(Statement(asked.where(among_numbers(number, "ids"))) for asked, number in _ASKED)


def questions(session: Session) -> Questions:
    """What to ask the database of ``session``, about the state that it reads; the history's end is that of the present."""
    return Questions(
        _question(LAST.words(session, of_the_present=True)),
        _each(session, _OF_SPAN),
        _each(session, _OF_EACH),
        session.get_bind().dialect.name == "sqlite",
    )


def moment(session: Session) -> Moment | None:
    """The moment that ``session`` reads, for another process; None when it writes, for then that is nobody else's yet."""
    if not is_snapshot(session):
        return None
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        (file,) = connection.exec_driver_sql("SELECT file FROM pragma_database_list WHERE name = 'main'").one()
        return Moment(file, {}, "")
    _, server = connection.dialect.create_connect_args(connection.engine.url)
    # Types that SQLAlchemy made known to the driver cannot be sent, and none of them is read.
    server.pop("context", None)
    return Moment(None, server, str(session.scalar(select(func.pg_export_snapshot()))))


def _each(session: Session, statements: Iterable[Statement]) -> tuple[Question, Question, Question]:
    citations, identifiers, studies = (_question(each.words(session)) for each in statements)
    return citations, identifiers, studies


def _question(words: Any) -> Question:
    return Question(words.text, words.order, words.fixed)


def batches(session: Session, citation_ids: Iterable[int]) -> Iterator[Batch]:
    """The citations with these ids, which come in rising order; unknown ones are left out. Memory stays flat."""
    asked = questions(session)
    with driver(session.connection()) as its:
        for ids in in_batches(citation_ids, rows.AT_ONCE):
            yield rows.batch(its, asked, ids)
