"""One text for one value: canonical JSON and its hash. Used wherever equality must survive storage."""

import hashlib
from datetime import UTC, date, datetime
from typing import Any

import msgspec


def canonical_json(value: Any) -> str:
    """JSON with sorted keys and no spaces; equal values give equal text on every machine."""
    return msgspec.json.encode(value, order="sorted").decode()


def sha256(text: str | bytes) -> str:
    """SHA-256 as 64 hex digits."""
    return hashlib.sha256(text.encode() if isinstance(text, str) else text).hexdigest()


def now() -> datetime:
    """The present, in UTC, to the millisecond: what both databases keep and both print alike."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def iso(moment: datetime | date) -> str:
    """ISO 8601, UTC written as ``Z``."""
    return (
        moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        if isinstance(moment, datetime)
        else str(moment)
    )
