"""What a request carries: its media type, and JSON that no database or page stumbles over. Checked once, for every route.

Fields are the routes' to know; here is what holds for all of them. The size is
looked at before anything else, the rest after the permission.
"""

import json
import re
from collections import Counter
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

import msgspec
from fastapi import Request
from fastapi.params import Form
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from app.errors import Invalid
from app.kit.draft import INT64_MAX

LARGEST_JSON = 2 * 1024 * 1024
DEEPEST = 24
_LONGEST_NAME = 100
_JSON, _MERGE_PATCH = "application/json", "application/merge-patch+json"
_UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


class Takes(msgspec.Struct, frozen=True):
    """The media types that a route takes, none where it takes no body; ``itself`` where it reads its body in its own way."""

    types: tuple[str, ...] = ()
    itself: bool = False


class ReadRequest(Request):
    """A request whose JSON was read and checked here, with the hash of what was sent."""

    content: Any = None

    async def json(self) -> Any:
        """What was read."""
        return self.content


def taken_by(route: APIRoute) -> Takes:
    """What ``route`` takes: JSON where it has a body, merge patches too where it changes something."""
    if route.body_field is None:
        return Takes(itself="requestBody" in (route.openapi_extra or {}))
    if isinstance(route.body_field.field_info, Form):
        return Takes(itself=True)
    return Takes((_MERGE_PATCH, _JSON) if "PATCH" in (route.methods or ()) else (_JSON,))


def refuse_large(request: Request, takes: Takes) -> None:
    """Refuse a document whose sender says that it is too large. Nobody is asked who they are for that."""
    length = request.headers.get("content-length", "")
    if not takes.itself and length.isascii() and length.isdigit() and int(length[:20]) > LARGEST_JSON:
        raise _too_large()


async def checked(request: Request, takes: Takes) -> Request:
    """The request with its body read, if it is for the house to read.

    Raises :class:`Invalid` naming the place of what cannot be stored, and
    answers 415 to a media type that the route does not take.
    """
    if takes.itself:
        return request
    body = await bounded(request)
    if not takes.types:
        if body.strip() not in (b"", b"{}"):
            raise Invalid("This address takes no body; leave it out.", field="body")
        return _read(request, body, None)
    check_type(request, takes.types)
    return _read(request, body, read_json(body))


def read_json(body: bytes) -> Any:
    """The value of a JSON text, every part of which can be stored. Raises :class:`Invalid` naming where not."""
    try:
        # Not msgspec: of a field that stands twice it keeps the last and says nothing, and at half of a surrogate pair it
        # stops without saying where. Python's own reader lets that through to be named. UTF-8 and nothing else (RFC 8259).
        content = json.loads(body.decode(), object_pairs_hook=_once)
        _check(content, ())
    except ValueError as error:
        raise Invalid(f"The body is not JSON: {error}.", field="body") from None
    except RecursionError:
        raise Invalid(f"The body is nested deeper than {DEEPEST} levels.", field="body") from None
    return content


def _read(request: Request, body: bytes, content: Any) -> ReadRequest:
    read = ReadRequest(request.scope, request.receive)
    # Starlette's own place for a body that was read; `request.body()` of the new one would wait for another.
    read._body = body
    read.content = content
    request.state.body_hash = sha256(body).hexdigest()
    return read


async def bounded(request: Request) -> bytes:
    """The whole body. Answers 413 where it is larger than any document."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > LARGEST_JSON:
            raise _too_large()
    return bytes(body)


def _too_large() -> HTTPException:
    return HTTPException(413, f"The body is larger than {LARGEST_JSON} bytes; send it in parts.")


def check_type(request: Request, allowed: Sequence[str]) -> None:
    """Answer 415 to a media type that is not ``allowed``."""
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given not in allowed:
        raise HTTPException(415, f"The body must be {' or '.join(allowed)}, not {given[:100] or 'without a type'!r}.")


def _check(value: Any, place: tuple[str | int, ...]) -> None:
    """Raise for a text with characters that cannot be kept, a number that no database holds, and too many levels."""
    if len(place) > DEEPEST:
        raise Invalid(f"{_path(place[:3])} is nested deeper than {DEEPEST} levels.", field=_path(place[:3]))
    if isinstance(value, dict):
        for name, each in value.items():
            _check_name(name, place)
            _check(each, (*place, name))
    elif isinstance(value, list):
        for number, each in enumerate(value):
            _check(each, (*place, number))
    else:
        _check_plain(value, place)


def _once(fields: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object. Raises :class:`Invalid` for a field that stands in it twice: readers would differ in which of them counts."""
    found = dict(fields)
    if len(found) < len(fields):
        names = Counter(name for name, _ in fields)
        twice = next(name for name, times in names.items() if times > 1)
        shown = twice if len(twice) <= _LONGEST_NAME and not _UNSTORABLE.search(twice) else "body"
        raise Invalid(f"{shown}: a field stands there twice; send each once.", field=shown)
    return found


def _check_name(name: str, place: tuple[str | int, ...]) -> None:
    if len(name) > _LONGEST_NAME or _UNSTORABLE.search(name):
        raise Invalid(
            f"{_path(place)} holds a field whose name cannot be; see /docs for those there are.", field=_path(place)
        )


def _check_plain(value: Any, place: tuple[str | int, ...]) -> None:
    found = _UNSTORABLE.search(value) if isinstance(value, str) else None
    if found:
        message = f"{_path(place)} holds the character U+{ord(found[0]):04X}, which cannot be kept; remove it."
        raise Invalid(message, field=_path(place))
    if isinstance(value, int | float) and not -INT64_MAX - 1 <= value <= INT64_MAX:
        raise Invalid(f"{_path(place)} is a number beyond those that are kept (64 bits).", field=_path(place))


def _path(place: Sequence[str | int]) -> str:
    return ".".join(str(part) for part in place) or "body"
