"""Filling the text index anew from the stored citations, where its form is not this program's. Nothing here reads a question."""

from collections.abc import Callable, Iterator

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from app.citations import index
from app.citations.folded import document
from app.citations.queries import stored
from app.models.citation import Citation, TextIndex

FORM = 1
"""Grows whenever the same citation would be indexed otherwise: other fields, other tokens, another folding."""

_AT_ONCE = 1_000


def is_current(session: Session) -> bool:
    """Whether the index has the form that this program writes and asks."""
    return session.scalar(select(TextIndex.form)) == FORM


def fill(session: Session, tell: Callable[[str], None]) -> int:
    """Index every citation anew, as part of the caller's transaction; return how many there were.

    What is in the index is thrown away unread, because a contentless table can
    only give up words that are known.
    """
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("INSERT INTO citation_index (citation_index) VALUES ('delete-all')"))
    else:
        session.execute(text("TRUNCATE citation_index"))
    filled = 0
    for numbers in _batches(session):
        drafts = stored(session, numbers)
        index.write(session, [(number, document(drafts[number].draft)) for number in numbers])
        filled += len(numbers)
        if filled % (50 * _AT_ONCE) == 0:
            tell(f"Indexed {filled} citations anew.")
    session.execute(update(TextIndex).values(form=FORM))
    return filled


def _batches(session: Session) -> Iterator[list[int]]:
    last = 0
    while numbers := list(
        session.scalars(select(Citation.id).where(Citation.id > last).order_by(Citation.id).limit(_AT_ONCE))
    ):
        yield numbers
        last = numbers[-1]
