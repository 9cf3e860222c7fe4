"""``/health`` and ``/metrics``: is it alive, is it ready, how is it doing. Outside ``/api/v1``, for machines that watch."""

from fastapi import Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import Field
from sqlalchemy import text

from app.api.answers import Answer
from app.api.asking import only, store_of
from app.api.guarding import Door, Guarded
from app.api.shapes import Shape
from app.config import PROGRAM_VERSION
from app.errors import EvidenceError
from app.history import events
from app.vocabulary.rows import loaded_version

router = Door(tags=["health"], route_class=Guarded)


@router.get("/health/live", dependencies=[only()])
async def get_health_live() -> dict[str, str]:
    """Answers as long as the process can answer at all; asks nothing of the database."""
    return {"status": "live", "version": PROGRAM_VERSION}


class ReadyOut(Shape):
    """Whether the service can answer, and what it answers from."""

    status: str = Field(examples=["ready"])
    schema_: str | None = Field(alias="schema", examples=["2026_11_22_1305"])
    vocabulary: str | None
    data_revision: int


class NotReadyOut(Shape):
    """Why the service cannot answer now."""

    status: str = Field(examples=["not ready"])
    reason: str


@router.get(
    "/health/ready",
    dependencies=[only()],
    response_model=ReadyOut,
    responses={503: {"description": "Not ready; says why", "model": NotReadyOut}},
)
def get_health_ready(request: Request) -> Answer:
    """Answers 200 when the store can be read and holds the schema and vocabulary of this program, else 503 with the reason."""
    try:
        with store_of(request).reading() as session:
            schema = session.scalar(text("SELECT version_num FROM alembic_version"))
            vocabulary = loaded_version(session)
            revision = events.latest(session)
    except EvidenceError as error:
        return _not_ready(error.message)
    if schema != request.app.state.schema or vocabulary is None:
        return _not_ready("The database is not at this program's schema or has no vocabulary; run: evidence init.")
    return Answer({"status": "ready", "schema": schema, "vocabulary": vocabulary, "data_revision": revision})


def _not_ready(reason: str) -> Answer:
    return Answer({"status": "not ready", "reason": reason}, 503, {"Retry-After": "5"})


@router.get(
    "/metrics",
    dependencies=[only()],
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
def get_metrics() -> Response:
    """Counters and durations in Prometheus' text format."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
