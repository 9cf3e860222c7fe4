"""How well citations answer to a question of the text index: a number for each, the lower the better.

SQLite weighs by bm25, PostgreSQL by cover density, and both weigh a title above keywords and index
terms above an abstract. So both give an order, not the same one. What the numbers are asked for
stands in ``app.search``.
"""

from collections.abc import Iterable

import msgspec
from sqlalchemy import Float, Integer, Select, Text, bindparam, column, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from app.citations.index import FIELDS

_BM25 = {"title": 8.0, "keywords": 5.0, "terms": 4.0, "authors": 2.0, "tags": 0.0, "abstract": 1.0}
_WEIGHTS = ", ".join(str(_BM25[field]) for field in FIELDS)

# The + keeps SQLite from asking the index once for each id.
_SQLITE = text(
    f"SELECT rowid AS id, bm25(citation_index, {_WEIGHTS}) AS rank FROM citation_index "  # noqa: S608 - our own numbers
    "WHERE citation_index MATCH :question AND +rowid IN (SELECT value FROM json_each(:ids))"
)
# Weights in PostgreSQL's order: D (index terms, authors), C (keywords), B (abstract), A (title).
_POSTGRESQL = text(
    "SELECT citation_id AS id, -ts_rank_cd('{0.4, 0.6, 0.1, 1.0}', document, CAST(:question AS tsquery))::float8 AS rank "
    "FROM citation_index WHERE document @@ CAST(:question AS tsquery) AND citation_id IN (SELECT unnest(:ids))"
)


def ranked(session: Session, question: str, ids: Iterable[int]) -> Select[int, float]:
    """Select ``id`` and ``rank`` of those of ``ids`` that answer to ``question``; each number is worked out once."""
    listed = list(ids)
    if session.get_bind().dialect.name == "sqlite":
        asked = _SQLITE.bindparams(question=question, ids=msgspec.json.encode(listed).decode())
    else:
        asked = _POSTGRESQL.bindparams(bindparam("question", question, Text), bindparam("ids", listed, ARRAY(Integer)))
    rows = asked.columns(column("id", Integer), column("rank", Float)).cte("ranked").prefix_with("MATERIALIZED")
    return select(rows.c.id, rows.c.rank)
