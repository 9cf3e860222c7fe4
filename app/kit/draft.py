"""The base and the field types of everything that a caller may send. Nothing here knows a word of the field."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from app.errors import Invalid

_ALLOWED_CONTROLS = frozenset("\t\n\r")
INT64_MAX = 2**63 - 1
INT32_MAX = 2**31 - 1


def storable(text: str) -> str:
    """Return ``text``; raise ``ValueError`` for characters that no database can keep or no page should show."""
    for character in text:
        if character == "\0" or (character < " " and character not in _ALLOWED_CONTROLS) or character == "\x7f":
            raise ValueError(f"holds the control character U+{ord(character):04X}; remove it")
        if "\ud800" <= character <= "\udfff":
            raise ValueError("holds half of a surrogate pair; send well-formed Unicode")
    return text


Text = Annotated[str, Field(min_length=1, max_length=10_000), AfterValidator(storable)]
Name = Annotated[str, Field(min_length=1, max_length=64), AfterValidator(storable)]
Line = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(storable)]
RecordId = Annotated[int, Field(ge=1, le=INT32_MAX, strict=True)]
Count = Annotated[int, Field(ge=0, le=INT32_MAX, strict=True)]
Number = Annotated[float, Field(allow_inf_nan=False, ge=-1e15, le=1e15)]


class Draft(BaseModel):
    """Something sent to be stored: frozen, and an unknown field is an error instead of a loss."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


MAY_LACK = ("draft", "suggested")
"""The statuses in which a record may be incomplete."""


def refuse_lacking(what: str, missing: Sequence[str], *, status: str) -> None:
    """Raise :class:`Invalid` where fields are ``missing`` that a study or finding of ``status`` needs."""
    if missing and status not in MAY_LACK:
        raise Invalid(f"A {status} {what} needs {', '.join(missing)}.", field=missing[0])
