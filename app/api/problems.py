"""Every failure as ``application/problem+json`` (RFC 9457): what happened, where, what to do. Traces stay inside."""

import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from app import errors
from app.api.guarding import methods_at
from app.api.kinds import ADDRESS

_STATUS: tuple[tuple[type[errors.EvidenceError], int], ...] = (
    (errors.Gone, 410),
    (errors.NotFound, 404),
    (errors.Stale, 412),
    (errors.SchemaMismatch, 503),
    (errors.Conflict, 409),
    (errors.UnreadableFile, 415),
    (errors.VersionMissing, 428),
    (errors.Invalid, 422),
    (errors.NotAuthenticated, 401),
    (errors.TooOften, 429),
    (errors.Forbidden, 403),
    (errors.SourceUnavailable, 503),
    (errors.StoreFull, 507),
    (errors.StoreUnavailable, 503),
)
_RETRY_AFTER_S = {
    errors.StoreBusy: 1,
    errors.Paused: 300,
    errors.StoreUnavailable: 5,
    errors.TooOften: 10,
    errors.SourceUnavailable: 60,
    errors.SchemaMismatch: 60,
}
_KINDS_OF_HTTP = {404: "NotFound", 405: "MethodNotAllowed", 413: "TooLarge", 414: "TooLong", 415: "UnsupportedBody"}
_DETAILS_OF_HTTP = {
    404: "Nothing is served at this address; see /docs for what is.",
    405: "This address does not take that method; see /docs.",
}
_MOST_PLACES = 100
_SLASHES = re.compile("/{2,}")
MEDIA_TYPE = "application/problem+json"

_MEANINGS = {
    400: "The host is not one that this service answers to",
    401: "No credential, or one that does not hold",
    403: "Not yours to see or do",
    404: "Not here",
    405: "The address does not take this method",
    409: "The state of the store does not allow it",
    410: "Was here and was retired",
    412: "Changed since it was read; names the current version and what differs",
    413: "The body is too large",
    415: "The body is of a media type that is not taken here",
    414: "The address is too long",
    422: "Cannot be right; names the field and what is allowed",
    428: "Does not say which version it is a change of",
    429: "Too often; see Retry-After",
    503: "Busy or unavailable; see Retry-After",
    507: "The disk is full",
}

_OF_READING = (400, 401, 403, 404, 405, 410, 414, 422, 429, 503)
OF_WRITING = (*_OF_READING, 409, 412, 413, 415, 428, 507)
"""What any write may be answered when it is not done."""

log = structlog.get_logger()


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """How OpenAPI tells of the problems that a route may answer with, those of reading where none is named."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": _MEANINGS[status], "content": content} for status in statuses or _OF_READING}


def problem(
    status: int,
    kind: str,
    detail: str,
    *,
    errors: Sequence[dict[str, Any]] = (),
    headers: Mapping[str, str] | None = None,
    more: Mapping[str, Any] | None = None,
) -> JSONResponse:
    """A problem document. ``kind`` is the last part of its ``type`` and is explained under that name in ``kinds``."""
    body: dict[str, Any] = {
        "type": f"{ADDRESS}#{kind}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    if errors:
        body["errors"] = list(errors)
    return JSONResponse({**body, **(more or {})}, status, headers, MEDIA_TYPE)


def status_of(error: errors.EvidenceError) -> int:
    """The status of a foreseen failure: that of the nearest family in the table."""
    return next(status for family, status in _STATUS if isinstance(error, family))


def answer_to(request: Request, error: Exception) -> Response:
    """The answer to any failure; one that nobody foresaw is logged with its trace and told without it."""
    if isinstance(error, errors.EvidenceError):
        return _foreseen(error)
    if isinstance(error, RequestValidationError):
        return _invalid(error)
    if isinstance(error, HTTPException):
        return _http(request, error)
    log.error("unforeseen failure", path=request.scope["path"], request_id=request_id_of(request), exc_info=error)
    return problem(
        500, "Unforeseen", "This is a defect of the service; it was logged with the request id of this answer."
    )


def request_id_of(request: Request) -> str | None:
    """The id under which the gate logs the request."""
    return getattr(request.state, "request_id", None)


def _foreseen(error: errors.EvidenceError) -> Response:
    status = status_of(error)
    headers = {}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    if status in (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS):
        named = (seconds for family, seconds in _RETRY_AFTER_S.items() if isinstance(error, family))
        headers["Retry-After"] = str(int(getattr(error, "retry_after_s", None) or next(named, 5)))
    more = {}
    if isinstance(error, errors.Stale) and error.current_version is not None:
        more = {"current_version": error.current_version, "differences": list(error.differences)}
    return problem(status, type(error).__name__, error.message, errors=_places(error), headers=headers, more=more)


def _places(error: errors.EvidenceError) -> list[dict[str, Any]]:
    if isinstance(error, errors.Invalid) and error.places:
        return [{"field": field, "detail": detail} for field, detail in error.places[:_MOST_PLACES]]
    if error.field is None:
        return []
    place: dict[str, Any] = {"field": error.field, "detail": error.message}
    choices = getattr(error, "choices", ())
    if choices:
        place["allowed"] = list(choices)
    if isinstance(error, errors.MalformedQuery):
        place["position"] = error.position
    return [place]


def _invalid(error: RequestValidationError) -> Response:
    places = [
        {"field": ".".join(str(part) for part in each["loc"][1:]) or str(each["loc"][0]), "detail": each["msg"]}
        for each in error.errors()[:_MOST_PLACES]
    ]
    first = places[0]
    return problem(422, "Invalid", f"{first['field']}: {first['detail']}", errors=places)


def _http(request: Request, error: HTTPException) -> Response:
    status = error.status_code
    headers = dict(error.headers or {})
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = _allowed(methods_at(request.app, request.scope["path"]))
        if request.method == "OPTIONS":
            # No CORS headers: another site's page gets no leave to read or write here.
            return Response(status_code=204, headers=headers)
    standard = error.detail == HTTPStatus(status).phrase
    if status == HTTPStatus.NOT_FOUND and standard and (plain := _with_single_slashes(request)):
        return RedirectResponse(plain, 308)
    detail = _DETAILS_OF_HTTP.get(status, error.detail) if standard else error.detail
    return problem(status, _KINDS_OF_HTTP.get(status, "Refused"), detail, headers=headers)


def _allowed(methods: set[str]) -> str:
    more = {"OPTIONS", "HEAD"} if "GET" in methods else {"OPTIONS"}
    return ", ".join(sorted(methods | more))


def _with_single_slashes(request: Request) -> str | None:
    """The same address without doubled and trailing slashes; None where it has none. Always a path of this service."""
    path = request.scope["path"]
    plain = _SLASHES.sub("/", path).rstrip("/")
    if plain == path or not plain or request.method != "GET":
        return None
    query = request.scope["query_string"].decode("latin-1")
    return quote(plain) + (f"?{query}" if query else "")


def install(app: FastAPI) -> None:
    """Let every failure leave ``app`` as a problem document."""
    for family in (errors.EvidenceError, RequestValidationError, HTTPException, Exception):
        app.add_exception_handler(family, answer_to)
