"""``/docs`` and ``/openapi.json``: the reference of the API, served whole from here; no other host is asked for anything."""

from importlib.resources import files
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.staticfiles import StaticFiles

from app.api.problems import SCHEMA

DESCRIPTION = """
Which studies, of which design, in whom, at which moment of use, report that an outcome got better, worse or did not
change, and where exactly does the paper say so?

* Filters mean the same on every list; a repeated parameter is OR, different ones hold together. All finding filters hold
  on one and the same finding, report filters on one and the same report.
* Counts name independent units beside studies, reports and findings; none of them may be added up over cells.
* Nothing here is medical advice. The starter corpus was read by one reader from abstracts; a second reader is awaited.
* Errors are `application/problem+json` and name the field, what was wrong and what is allowed.
"""

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


def install(app: FastAPI) -> None:
    """Serve the reference of ``app`` with the Swagger UI files of the package ``fastapi-offline``."""
    static = Path(str(files("fastapi_offline") / "static"))

    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        return HTMLResponse(_PAGE, headers={"Content-Security-Policy": "default-src 'self'; style-src 'self' 'unsafe-inline'; "
                                            "img-src 'self' data:; frame-ancestors 'none'"})  # fmt: skip

    @app.get("/docs/start.js", include_in_schema=False)
    async def start() -> HTMLResponse:
        return HTMLResponse(_START, media_type="text/javascript")

    @app.get("/", include_in_schema=False)
    async def home() -> RedirectResponse:
        return RedirectResponse("/docs", 307)

    _describe_problems(app)
    app.mount("/docs/static", StaticFiles(directory=static), name="docs-static")


def _describe_problems(app: FastAPI) -> None:
    """Add the schema of problem documents to the OpenAPI document, and drop FastAPI's own shape of a 422."""
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = generate()
            schemas = document.setdefault("components", {}).setdefault("schemas", {})
            for unused in ("HTTPValidationError", "ValidationError"):
                schemas.pop(unused, None)
            schemas["Problem"] = SCHEMA
        return generate()

    app.openapi = openapi  # type: ignore[method-assign]
