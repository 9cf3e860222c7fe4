"""``/health`` and ``/metrics``: is it alive, is it ready, how is it doing. Outside ``/api/v1``, for machines that watch."""

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text

from app.api.asking import only, store_of
from app.config import PROGRAM_VERSION
from app.errors import EvidenceError
from app.history import events
from app.vocabulary.rows import loaded_version

router = APIRouter(tags=["health"])


@router.get("/health/live", dependencies=[only()])
async def get_live() -> dict[str, str]:
    """Answers as long as the process can answer at all; asks nothing of the database."""
    return {"status": "live", "version": PROGRAM_VERSION}


@router.get("/health/ready", dependencies=[only()])
def get_ready(request: Request) -> Any:
    """Answers 200 when the store can be read and holds the schema and vocabulary of this program, else 503 with the reason."""
    try:
        with store_of(request).reading() as session:
            schema = session.scalar(text("SELECT version_num FROM alembic_version"))
            vocabulary = loaded_version(session)
            revision = events.latest(session)
    except EvidenceError as error:
        return JSONResponse({"status": "not ready", "reason": error.message}, 503, {"Retry-After": "5"})
    ready = schema == request.app.state.schema and vocabulary is not None
    body = {
        "status": "ready" if ready else "not ready",
        "schema": schema,
        "vocabulary": vocabulary,
        "data_revision": revision,
    }
    if not ready:
        body["reason"] = "The database is not at this program's schema or has no vocabulary; run: evidence init."
    return JSONResponse(body, 200 if ready else 503, None if ready else {"Retry-After": "5"})


@router.get("/metrics", dependencies=[only()])
def get_metrics() -> Response:
    """Counters and durations in Prometheus' text format."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
