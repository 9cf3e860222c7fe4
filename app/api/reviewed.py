"""The last review of a record, for whoever may read it: what a second person decided and said. Its history has them all."""

from typing import Any

from sqlalchemy.orm import Session

from app.api.shapes import moment_out
from app.curation import reviews


def review_of(session: Session, kind: str, number: int) -> dict[str, Any]:
    """``review`` of an answer's ``meta``; null while nobody has decided."""
    last = reviews.last_of(session, kind, number)
    return {"review": last and {**last._asdict(), "at": moment_out(last.at)}}
