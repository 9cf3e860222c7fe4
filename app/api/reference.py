"""``/docs``, ``/docs/errors``, ``/openapi.json``: the reference, served whole from here; no other host is asked for anything."""

from collections.abc import Callable
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from fastapi.routing import APIRoute
from starlette.staticfiles import StaticFiles

from app.api import credentials, examples, kinds
from app.api.asking import only
from app.api.guarding import Door, Guarded

router = Door(include_in_schema=False, route_class=Guarded)
DESCRIPTION = """
Which studies, of which design, in whom, at which moment of use, report that an outcome got better, worse or did not
change, and where exactly does the paper say so?

* Filters mean the same on every list; a repeated parameter is OR, different ones hold together. All finding filters hold
  on one and the same finding, report filters on one and the same report.
* Counts name independent units beside studies, reports and findings; none of them may be added up over cells.
* Nothing here is medical advice. The starter corpus was read by one reader from abstracts; a second reader is awaited.
* Errors are `application/problem+json` and name the field, what was wrong and what is allowed: [all of them](/docs/errors).
"""
PROBLEM = {
    "title": "Problem",
    "type": "object",
    "description": "RFC 9457: what happened, where, and what to do.",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "enum": [f"{kinds.ADDRESS}#{name}" for name in kinds.KINDS]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "current_version": {"type": "integer"},
        "differences": {"type": "array", "items": {"type": "object"}},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "detail"],
                "properties": {
                    "field": {"type": "string"},
                    "detail": {"type": "string"},
                    "allowed": {"type": "array", "items": {"type": "string"}},
                    "position": {"type": "integer"},
                },
            },
        },
    },
}

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Kratom Evidence API</title>
<link rel="stylesheet" href="/docs/static/swagger-ui.css">
<link rel="icon" href="/docs/static/favicon.png">
</head>
<body>
<div id="swagger-ui"><noscript>The machine-readable reference is at <a href="/openapi.json">/openapi.json</a>.</noscript></div>
<script src="/docs/static/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
"""
_START = 'SwaggerUIBundle({url: "/openapi.json", dom_id: "#swagger-ui", deepLinking: true, validatorUrl: null});\n'
# Swagger UI writes styles into its elements; scripts still come from here only.
_POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'"


def named_after_function(route: APIRoute) -> str:
    """Operation ids are the names of the functions: ``list_findings``, ``get_study`` …"""
    return route.name


def install(app: FastAPI) -> None:
    """Serve the reference of ``app`` with the Swagger UI files of the package ``fastapi-offline``."""
    app.openapi = partial(_document, app, app.openapi)  # type: ignore[method-assign]  # the way that FastAPI documents
    app.include_router(router)
    static = Path(str(files("fastapi_offline") / "static"))
    app.mount("/docs/static", StaticFiles(directory=static), name="docs-static")


# The routes ask the request for the application: FastAPI remembers functions for ever, and with them what they enclose.


@router.get("/openapi.json", dependencies=[only()])
def openapi(request: Request) -> Response:
    """The description of the whole service, written once."""
    state = request.app.state
    if not hasattr(state, "description"):
        state.description = msgspec.json.encode(request.app.openapi())
    return Response(state.description, media_type="application/json")


@router.get("/docs")
async def docs() -> HTMLResponse:
    """The reference for people."""
    return HTMLResponse(_PAGE, headers={"Content-Security-Policy": _POLICY})


@router.get(kinds.ADDRESS)
async def errors() -> HTMLResponse:
    """Every kind of problem, with what to do."""
    return HTMLResponse(kinds.as_page())


@router.get("/docs/start.js")
async def start() -> HTMLResponse:
    """What starts the reference."""
    return HTMLResponse(_START, media_type="text/javascript")


@router.get("/")
async def home() -> RedirectResponse:
    """The reference is the first page."""
    return RedirectResponse("/docs", 307)


def _document(app: FastAPI, generate: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What ``app.openapi()`` answers, with problems and examples."""
    if app.openapi_schema is None:
        document = generate()
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        # FastAPI's own shape of a 422, which is not sent here.
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        schemas["Problem"] = PROBLEM
        examples.add(document)
        credentials.tell(document)
        app.openapi_schema = document
    return app.openapi_schema
