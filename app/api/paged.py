"""The parameters of a page, and the envelope of a list with the header that links the next page."""

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Query, Request

from app.api.answers import Answer
from app.api.documented import FEW_ROWS, MOST_ROWS
from app.search.pages import Page

Limit = Annotated[int, Query(ge=1, le=MOST_ROWS, include_in_schema=False)]
Cursor = Annotated[str | None, Query(max_length=1_000, include_in_schema=False)]
DEFAULT = FEW_ROWS


def page_of(request: Request, page: Page, limit: int, *, data: list[Any], meta: dict[str, Any]) -> Answer:
    """The envelope of a list; with ``Link: rel="next"`` (RFC 8288) where there is a next page."""
    headers = {}
    if page.next:
        query = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
        following = f"{request.scope['path']}?{urlencode([*query, ('cursor', page.next)])}"
        headers["Link"] = f'<{following}>; rel="next"'
    info = {"limit": limit, "next": page.next, "total": page.total}
    return Answer({"data": data, "page": info, "meta": meta}, headers=headers)
