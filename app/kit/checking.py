"""Checking values against a draft, every fault by the path of its field. Nothing here knows a field."""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import ValidationError

from app.errors import Invalid
from app.kit.draft import Draft

MOST_PLACES = 100
_OWN_WORDS = "Value error, "

D = TypeVar("D", bound=Draft)


def checked(model: type[D], values: Mapping[str, Any]) -> D:
    """The draft that ``values`` make. Raises :class:`Invalid` with the path and the reason of every fault."""
    try:
        return model.model_validate(dict(values))
    except ValidationError as error:
        places = tuple(_place(model, each) for each in error.errors()[:MOST_PLACES])
        field, detail = places[0]
        raise Invalid(f"{field}: {detail}", field=field, places=places) from None


def _place(model: type[Draft], fault: Any) -> tuple[str, str]:
    detail = str(fault["msg"]).removeprefix(_OWN_WORDS)
    return ".".join(str(part) for part in fault["loc"]) or _named_in(model, detail), detail


def _named_in(model: type[Draft], detail: str) -> str:
    """The field that a rule over several fields speaks of first."""
    named = [(detail.find(name), -len(name), name) for name in model.model_fields if name in detail]
    return min(named)[2] if named else "body"
