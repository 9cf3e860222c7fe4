"""``/admin/flags``: the operator's switches, read for every request that they concern."""

from typing import Annotated, Any

import msgspec
from fastapi import Response
from pydantic import Field

from app.accounts import flags
from app.api.answers import Answer
from app.api.asking import Reading, only
from app.api.guarding import Door, Guarded
from app.api.shapes import Shape
from app.api.writing import Writing, written
from app.kit.draft import Draft, Line
from app.models.account import FLAGS

router = Door(prefix="/admin", tags=["accounts"], route_class=Guarded)


class FlagsDraft(Draft):
    """Which switches to turn; ``reason`` is told to everybody who is turned away, and is needed to turn one on.

    A switch that is left out stays as it is.
    """

    # A factory, so that the reference shows no default: what is left out is not off. Null would say neither.
    read_only: Annotated[bool, Field(strict=True, default_factory=bool)]
    no_imports: Annotated[bool, Field(strict=True, default_factory=bool)]
    reason: Line | None = None


class FlagOut(Shape):
    """A switch; ``set_by`` and ``set_at`` are null while nobody has touched it."""

    name: str
    is_on: bool
    reason: str | None
    set_by: str | None
    set_at: str | None


class FlagsOut(Shape):
    """The envelope of all switches."""

    data: list[FlagOut]


@router.get("/flags", dependencies=[only()], response_model=FlagsOut)
def get_flags(session: Reading) -> Answer:
    """All switches with their reasons."""
    return _shown(flags.every(session))


@router.patch("/flags", dependencies=[only()], response_model=FlagsOut)
@written
def set_flags(draft: FlagsDraft, write: Writing) -> Response:
    """Turn switches on, with a reason, or off. It needs no ``If-Match``: what is sent says it whole."""
    for name in draft.model_fields_set & set(FLAGS):
        flags.switch(write.session, name, on=getattr(draft, name), reason=draft.reason, by=write.actor)
    return _shown(flags.every(write.session))


def _shown(found: list[flags.Flag]) -> Answer:
    data: list[dict[str, Any]] = [msgspec.structs.asdict(flag) for flag in found]
    return Answer({"data": data}, headers={"Cache-Control": "no-store"})
