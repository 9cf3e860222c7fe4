"""The parameters of a page and the header that links the next one."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import Query, Request, Response

from app.api.asking import FEW_ROWS, MOST_ROWS
from app.search.pages import Page

Limit = Annotated[int, Query(ge=1, le=MOST_ROWS, include_in_schema=False)]
Cursor = Annotated[str | None, Query(max_length=2_000, include_in_schema=False)]
DEFAULT = FEW_ROWS


def page_info(page: Page, limit: int, request: Request, response: Response) -> dict[str, object]:
    """The ``page`` part of the envelope; sets ``Link: rel="next"`` (RFC 8288) where there is a next page."""
    if page.next:
        query = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
        following = f"{request.url.path}?{urlencode([*query, ('cursor', page.next)])}"
        response.headers["Link"] = f'<{following}>; rel="next"'
    return {"limit": limit, "next": page.next, "total": page.total}
