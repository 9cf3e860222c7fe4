"""``If-Match``: which version of a record a change is a change of. Only the part of the ``ETag`` before the dot is compared."""

import re
from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from fastapi import Depends, Header

from app.api.shapes import outgoing
from app.errors import Stale, VersionMissing

_TAG = re.compile(r'"(?:0*)([0-9]{1,10})(?:\.[0-9]{1,19})?"')
_MOST_DIFFERENCES = 50


class Match(msgspec.Struct, frozen=True):
    """The versions that a change may be a change of."""

    versions: frozenset[int]


async def _match(
    if_match: Annotated[
        str | None,
        Header(
            description='the `ETag` of the record as it was read, `"3.17"`', json_schema_extra={"examples": ['"1.1"']}
        ),
    ] = None,
) -> Match:
    if if_match is None or if_match.strip() in ("", "*"):
        raise VersionMissing(
            "Say which version this is a change of: send the ETag of the record as you read it as If-Match.",
            field="If-Match",
        )
    return Match(frozenset(int(version) for version in _TAG.findall(if_match[:1_000])))


IfMatch = Annotated[Match, Depends(_match)]
"""Raises :class:`VersionMissing` where the header is missing. ``*`` counts as missing: it would overwrite whatever is there."""


def must_match(
    match: Match, *, version: int, current: Mapping[str, Any] | None = None, sent: Mapping[str, Any] | None = None
) -> None:
    """Raise :class:`Stale` unless the record is at a version that the sender knows.

    ``current`` and ``sent`` are the fields as stored and as sent, by name:
    where they differ the answer shows both, so that nobody has to ask again.
    """
    if version in match.versions:
        return
    held, asked = outgoing(msgspec.to_builtins(current or {})), outgoing(msgspec.to_builtins(sent or {}))
    differences: list[dict[str, object]] = [
        {"field": name, "current": held.get(name), "sent": value}
        for name, value in asked.items()
        if held.get(name) != value
    ]
    raise Stale(
        f"Somebody changed this since you read it; it is at version {version} now. Read it again and apply your change there.",
        current_version=version,
        differences=tuple(differences[:_MOST_DIFFERENCES]),
    )
