"""How answers leave: plain data that is already right, written as JSON without another check; and records that moved.

The shapes document the answers, and tests hold the answers to them. Checking
every field again on every answer would cost a third of the time.
"""

from typing import Any

import msgspec
from fastapi.responses import JSONResponse, Response

from app.api.shapes import API, Shape
from app.kit.public_ids import public


class Answer(Response):
    """JSON of plain data, dates as text."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """The bytes of ``content``."""
        return msgspec.json.encode(content)


class MovedOut(Shape):
    """Where a record went that was merged into another."""

    merged_into: str
    url: str


MOVED: dict[int | str, dict[str, Any]] = {301: {"description": "Was merged into another record", "model": MovedOut}}


def one(data: Any, *, revision: int, headers: dict[str, str] | None = None, status: int = 200, **meta: Any) -> Answer:
    """The envelope of one thing, read at data revision ``revision``."""
    return Answer({"data": data, "meta": {"data_revision": revision, **meta}}, status, headers)


def whole(data: list[Any], *, revision: int, **meta: Any) -> Answer:
    """The envelope of a list that has one page."""
    page = {"limit": len(data), "next": None, "total": len(data)}
    return Answer({"data": data, "page": page, "meta": {"data_revision": revision, **meta}})


def moved(path: str, letter: str, number: int, *, part: str = "", version: int | None = None) -> JSONResponse:
    """301 to the record that this one was merged into, or to ``part`` of it; the body names the record too.

    With ``version`` the answer is tagged, so that who takes the merge back can say which state was seen.
    """
    merged_into = public(letter, number)
    address = f"{API}/{path}/{merged_into}{part}"
    headers = {"Location": address} | ({"ETag": f'"{version}.0"'} if version is not None else {})
    return JSONResponse({"merged_into": merged_into, "url": address}, 301, headers)
