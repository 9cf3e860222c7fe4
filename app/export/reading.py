"""Citations read for an export, a thousand at a time. What is made of them stands in ``references``.

Three statements for each thousand, none of them with a subquery for each row.
"""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Executable, Select, Text, and_, case, cast, select
from sqlalchemy.orm import Session

from app.citations.lookup import among
from app.export.references import LISTS, PLAIN, Batch
from app.models.citation import Citation, CitationIdentifier
from app.models.study import Study, StudyReport
from app.search.spec import PUBLIC

AT_ONCE = 1_000
_DENSE = 1.5
_TABLE = Citation.__table__
_IDENTIFIER = CitationIdentifier.__table__


def _query() -> Select[Any]:
    # Articles have no publisher, and their extras are long.
    extras = case((_TABLE.c.source_type != "journal_article", cast(_TABLE.c.extras, Text)))
    lists = (cast(_TABLE.c[name], Text) for name in LISTS)
    return select(*(_TABLE.c[name] for name in PLAIN), *lists, extras)


_QUERY = _query()
_IDENTIFIERS = select(_IDENTIFIER.c.citation_id, _IDENTIFIER.c.scheme, _IDENTIFIER.c.value).order_by(
    _IDENTIFIER.c.citation_id, _IDENTIFIER.c.position
)
_STUDIES = (
    select(StudyReport.citation_id, StudyReport.study_id)
    .join(Study, Study.id == StudyReport.study_id)
    .where(Study.status.in_(PUBLIC))
    .order_by(StudyReport.study_id)
)


def batches(session: Session, citation_ids: Iterable[int]) -> Iterator[Batch]:
    """The citations with these ids, which come in rising order; unknown ones are left out. Memory stays flat."""
    for ids in in_batches(citation_ids):
        rows = _plain_rows(session, _QUERY.where(_one_of(session, _TABLE.c.id, ids)).order_by(_TABLE.c.id))
        if len(rows) > len(ids):
            asked = set(ids)
            rows = [row for row in rows if row[0] in asked]
        identifiers = _plain_rows(session, _IDENTIFIERS.where(_one_of(session, _IDENTIFIER.c.citation_id, ids)))
        studies = _plain_rows(session, _STUDIES.where(_one_of(session, StudyReport.citation_id, ids)))
        yield Batch(rows, identifiers, studies)


def in_batches(ids: Iterable[int]) -> Iterator[list[int]]:
    """``ids``, :data:`AT_ONCE` at a time."""
    rest = iter(ids)
    while some := list(islice(rest, AT_ONCE)):
        yield some


def _plain_rows(session: Session, query: Executable) -> list[Any]:
    """The rows as the driver gives them: making each an object of SQLAlchemy's costs more than reading it."""
    result: Any = session.connection().execute(query)
    rows: list[Any] = result.cursor.fetchall()
    result.close()
    return rows


def _one_of(session: Session, column: Any, ids: list[int]) -> ColumnElement[bool]:
    """That ``column`` is one of ``ids``, or lies between them where most of what does is asked for: that reads twice as fast.

    What lies between and was not asked for, the caller leaves out.
    """
    dense = ids[-1] - ids[0] < _DENSE * len(ids)
    return and_(column >= ids[0], column <= ids[-1]) if dense else among(session, column, ids)
