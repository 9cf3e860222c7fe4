"""Asking the text index as a reader would, in one line."""

from sqlalchemy.orm import Session

from app.search.compiling import matching_citations
from app.search.language import parse


def found_by(session: Session, text: str) -> set[int]:
    """The ids of the citations that ``text`` finds."""
    return set(session.scalars(matching_citations(session, parse(text).tree)))
