"""Entity tags: ``"<version>.<data revision of anything shown>"``. ``If-None-Match`` compares all of it."""

from fastapi import Response
from sqlalchemy.orm import Session

from app.history import queries


def tag(response: Response, *, version: int, revision: int) -> None:
    """Set the entity tag of one record."""
    response.headers["ETag"] = f'"{version}.{revision}"'


def tag_record(session: Session, response: Response, *, version: int, shown: dict[str, set[int]]) -> int:
    """Set the tag of a record that shows the records ``shown`` (kind → numbers); return the data revision in it."""
    revision = queries.last_touch(session, shown)
    tag(response, version=version, revision=revision)
    return revision
