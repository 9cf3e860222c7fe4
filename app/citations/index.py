"""The text index of citations: the same words in both databases.

SQLite holds the words in a contentless FTS5 table, PostgreSQL as weighted
vectors. What is indexed of a citation is ``folded``; nothing here reads a
question, that is ``words``.
"""

from collections.abc import Iterable, Sequence
from functools import cache

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.citations.folded import GAP, MOST_POSITIONS, SIGN, Document
from app.database import pour

FIELDS = ("title", "keywords", "terms", "authors", "tags", "abstract")
"""The columns of the FTS5 table. The longest text stands last: beyond the limits below nothing else is cut."""

ZONES = {"title": "A", "abstract": "B", "keywords": "C", "terms": "D", "authors": "D"}
"""Field of words → its weight in PostgreSQL's vectors; words of authors and titles are there once more, marked."""
AUTHOR = f"{SIGN}au{SIGN}"
TITLE = f"{SIGN}ti{SIGN}"

_MANY_ROWS = 500
_MANY = (("automerge", 0), ("crisismerge", 64), ("hashsize", 8 << 20))
_DAILY = (("automerge", 4), ("crisismerge", 16), ("hashsize", 1 << 20))


def write(session: Session, documents: Iterable[tuple[int, Sequence[str]]]) -> None:
    """Index citations that are not indexed yet; ids rise, which is what FTS5 takes fastest."""
    if _is_sqlite(session):
        pour(session, "citation_index", ("rowid", *FIELDS), [(number, *fields) for number, fields in documents])
    else:
        rows = [(number, vector(fields)) for number, fields in documents]
        if len(rows) >= _MANY_ROWS:
            # The index sorts new words in when its waiting list is full; a longer list takes half the time.
            session.execute(text("SET LOCAL gin_pending_list_limit = '32MB'; SET LOCAL work_mem = '64MB'"))
        pour(session, "citation_index", ("citation_id", "document"), rows)


def remove(session: Session, documents: Iterable[tuple[int, Sequence[str]]]) -> None:
    """Take citations out of the index. A contentless table must be told what it holds: ``documents`` as they were written."""
    if _is_sqlite(session):
        columns = ("citation_index", "rowid", *FIELDS)
        pour(session, "citation_index", columns, [("delete", number, *fields) for number, fields in documents])
        return
    numbers = [{"id": number} for number, _ in documents]
    if numbers:
        session.execute(text("DELETE FROM citation_index WHERE citation_id = :id"), numbers)


def expect_many(session: Session, *, many: bool) -> None:
    """Prepare the index for tens of thousands of new citations, or for daily work again.

    While many come, FTS5 gathers a batch in memory and merges nothing until
    later, which takes a quarter off. That setting is stored in the database; an
    import that was killed leaves it behind, which costs speed and no truth, and
    the next one puts it back. PostgreSQL is told per batch, and afterwards sorts
    in what waits and looks at the tables anew, or it would plan for empty ones.
    """
    if _is_sqlite(session):
        for name, value in _MANY if many else _DAILY:
            session.execute(
                text("INSERT INTO citation_index (citation_index, rank) VALUES (:name, :value)"),
                {"name": name, "value": value},
            )
    elif not many:
        session.execute(text("SELECT gin_clean_pending_list('ix_citation_index_document')"))
        session.execute(text("ANALYZE citation, citation_identifier, citation_correction, citation_index"))


def vector(fields: Sequence[str]) -> str:
    """The words as PostgreSQL's ``tsvector`` literal: ``'kratom':1A,7B``, one position free between fields.

    Names need no position. There are four weights for five fields, so terms
    and authors share one, and the words of authors stand there once more,
    marked, for questions about authors alone. So do the words of titles, without
    a place: a weight is looked up in the record, a marked word in the index alone.
    """
    own = Document(*fields)
    places: dict[str, str] = {}
    start = 1
    for field, weight in ZONES.items():
        found = getattr(own, field).split()
        where = _places(weight)[start : start + len(found)]
        _stand(places, found, where)
        if field == "authors":
            _stand(places, [AUTHOR + word for word in found], where)
        start += len(found) + 1
    places.pop(GAP, None)
    places.pop(AUTHOR + GAP, None)
    spelled = [f"'{word}':{place}" for word, place in places.items()]
    of_title = [f"'{TITLE}{word}'" for word in dict.fromkeys(own.title.split()) if word != GAP]
    return " ".join([*spelled, *of_title, *(f"'{each}'" for each in own.tags.split())])


def _stand(places: dict[str, str], found: Sequence[str], where: Sequence[str]) -> None:
    for word, place in zip(found, where, strict=True):
        if word in places:
            places[word] += "," + place
        else:
            places[word] = place


@cache
def _places(weight: str) -> list[str]:
    """Every position with its weight, written once and not 20 million times."""
    return [f"{position}{weight}" for position in range(MOST_POSITIONS + len(ZONES) + 1)]


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"
