"""What may be sent about a struct of the rooms, as a model that bounds every text, list and number and knows no other field.

``shapes`` does the same for what goes out.
"""

from functools import cache
from types import UnionType
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from msgspec import NODEFAULT, Struct, structs
from pydantic import BeforeValidator, Field, WithJsonSchema, create_model

from app.errors import NotFound
from app.kit.draft import Count, Draft, Name, Text
from app.kit.public_ids import number_of

_MOST_IN_A_LIST = 5_000
_MOST_NAMES = 200


@cache
def entry_of(struct: type[Struct]) -> type[Draft]:
    """The model of what may be sent for ``struct``, with the same fields and defaults."""
    fields: dict[str, Any] = {}
    for field in structs.fields(struct):
        default = ... if field.default is NODEFAULT and field.default_factory is NODEFAULT else _default(field)
        fields[field.name] = (bounded(field.type), default)
    return create_model(f"{struct.__name__}Entry", __base__=Draft, __doc__=struct.__doc__, **fields)


def changes_of(struct: type[Struct], name: str, *, doc: str, only: tuple[str, ...]) -> type[Draft]:
    """The model of a merge patch on ``struct``: fields ``only``, every one may be left out, and ``null`` empties it."""
    fields: dict[str, Any] = {
        field.name: (bounded(field.type) | None, None) for field in structs.fields(struct) if field.name in only
    }
    return create_model(name, __base__=Draft, __doc__=doc, **fields)


def patch_of(
    draft: type[Draft], name: str, *, doc: str, without: tuple[str, ...] = (), also: dict[str, Any] | None = None
) -> type[Draft]:
    """The model of a merge patch on ``draft``: every field may be left out, ``null`` empties it; ``also`` adds or replaces."""
    hints = get_type_hints(draft, include_extras=True)
    fields = {each: (hints[each] | None, None) for each in draft.model_fields if each not in without}
    return create_model(name, __base__=Draft, __doc__=doc, **(fields | (also or {})))


class Reference:
    """The public id of a record in what is sent: checked, and made the store's number."""

    def __init__(self, letter: str) -> None:
        self.letter = letter

    def __call__(self, value: Any) -> int:
        """The number in ``value``. Raises ``ValueError`` for anything but a public id with this letter."""
        try:
            return number_of(self.letter, value if isinstance(value, str) else str(value)[:40])
        except NotFound as error:
            raise ValueError(error.message) from None

    @classmethod
    def to(cls, letter: str) -> tuple[Any, ...]:
        """What a field that holds such an id is annotated with."""
        schema = {"type": "string", "pattern": f"^{letter}[1-9][0-9]{{0,9}}$", "examples": [f"{letter}12"]}
        return BeforeValidator(cls(letter)), WithJsonSchema(schema)


def sent_fields(changes: Any) -> dict[str, Any]:
    """The fields that were sent, those that are to be emptied too."""
    fields: dict[str, Any] = changes.model_dump(exclude_unset=True)
    return fields


def bounded(annotation: Any) -> Any:
    """The type of what may be sent where ``annotation`` is stored."""
    plain = {str: Text, int: Count, bool: bool}
    if annotation in plain:
        return plain[annotation]
    if isinstance(annotation, type) and issubclass(annotation, Struct):
        return entry_of(annotation)
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (tuple, list):
        return Annotated[list[bounded(arguments[0])], Field(max_length=_MOST_IN_A_LIST)]  # type: ignore[misc]  # computed at run time
    if origin is dict:
        return Annotated[dict[Name, bounded(arguments[1])], Field(max_length=_MOST_NAMES)]  # type: ignore[misc]  # as above
    if origin is UnionType or type(None) in arguments:
        (inner,) = (each for each in arguments if each is not type(None))
        return bounded(inner) | None
    raise TypeError(f"There is no bounded form of {annotation!r}")


def _default(field: structs.FieldInfo) -> Any:
    value = field.default if field.default is not NODEFAULT else field.default_factory()
    return list(value) if isinstance(value, tuple) else value
