"""Every failure as ``application/problem+json`` (RFC 9457): what happened, where, what to do. Traces stay inside."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from app import errors

_STATUS: tuple[tuple[type[errors.EvidenceError], int], ...] = (
    (errors.Gone, 410),
    (errors.NotFound, 404),
    (errors.Stale, 412),
    (errors.SchemaMismatch, 503),
    (errors.Conflict, 409),
    (errors.UnreadableFile, 415),
    (errors.Invalid, 422),
    (errors.Forbidden, 403),
    (errors.SourceUnavailable, 503),
    (errors.StoreFull, 507),
    (errors.StoreUnavailable, 503),
)
_RETRY_AFTER_S = {
    errors.StoreBusy: 1,
    errors.StoreUnavailable: 5,
    errors.SourceUnavailable: 60,
    errors.SchemaMismatch: 60,
}
MEDIA_TYPE = "application/problem+json"

DOCUMENTED: dict[int | str, dict[str, Any]] = {
    status: {"description": meaning, "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
    for status, meaning in {
        403: "Not yours to see or do",
        404: "Not here",
        410: "Was here and was retired",
        422: "Cannot be right; names the field and what is allowed",
        503: "Busy or unavailable; see Retry-After",
    }.items()
}
"""What every route of the API may answer besides its own."""
SCHEMA = {
    "title": "Problem",
    "type": "object",
    "description": "RFC 9457: what happened, where, and what to do.",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {"type": "array", "items": {"type": "object", "required": ["field", "detail"]}},
    },
}

log = structlog.get_logger()


def problem(
    status: int, kind: str, detail: str, *, errors: Sequence[dict[str, Any]] = (), headers: dict[str, str] | None = None
) -> JSONResponse:
    """A problem document. ``kind`` is the last part of its ``type`` and is documented under that name."""
    body: dict[str, Any] = {
        "type": f"/docs/errors#{kind}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    if errors:
        body["errors"] = list(errors)
    return JSONResponse(body, status, headers, MEDIA_TYPE)


def status_of(error: errors.EvidenceError) -> int:
    """The status of a foreseen failure: that of the nearest family in the table."""
    return next(status for family, status in _STATUS if isinstance(error, family))


def _foreseen(_request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, errors.EvidenceError):
        return _unforeseen(_request, error)
    status = status_of(error)
    headers = {}
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        named = (seconds for family, seconds in _RETRY_AFTER_S.items() if isinstance(error, family))
        headers["Retry-After"] = str(int(getattr(error, "retry_after_s", None) or next(named, 5)))
    return problem(status, type(error).__name__, error.message, errors=_places(error), headers=headers)


def _places(error: errors.EvidenceError) -> list[dict[str, Any]]:
    if error.field is None:
        return []
    place: dict[str, Any] = {"field": error.field, "detail": error.message}
    if isinstance(error, errors.UnknownValue) and error.choices:
        place["allowed"] = list(error.choices)
    if isinstance(error, errors.MalformedQuery):
        place["position"] = error.position
    return [place]


def _invalid(_request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, RequestValidationError):
        return _unforeseen(_request, error)
    places = [
        {"field": ".".join(str(part) for part in each["loc"][1:]) or str(each["loc"][0]), "detail": each["msg"]}
        for each in error.errors()
    ]
    first = places[0]
    return problem(422, "Invalid", f"{first['field']}: {first['detail']}", errors=places)


def _http(_request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, HTTPException):
        return _unforeseen(_request, error)
    detail = error.detail
    if error.status_code == HTTPStatus.NOT_FOUND and detail == HTTPStatus.NOT_FOUND.phrase:
        detail = "Nothing is served at this address; see /docs for what is."
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        detail = "This address does not take that method; see /docs."
    return problem(error.status_code, "NotFound", detail, headers=dict(error.headers or {}))


def _unforeseen(request: Request, error: Exception) -> JSONResponse:
    log.error("unforeseen failure", path=request.url.path, exc_info=error)
    return problem(
        500, "Unforeseen", "This is a defect of the service; it was logged with the request id of this answer."
    )


def install(app: FastAPI) -> None:
    """Let every failure leave ``app`` as a problem document."""
    app.add_exception_handler(errors.EvidenceError, _foreseen)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unforeseen)
