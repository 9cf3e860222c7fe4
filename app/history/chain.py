"""The hash chain over data revisions. Nothing here touches the database."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple

from app.kit.canonical import canonical_json, iso

GENESIS = "0" * 64
"""What the first data revision names as its predecessor."""


class ChangeRow(NamedTuple):
    """One change as stored: ``before`` and ``after`` are canonical text, and it is the text that is hashed."""

    kind: str
    record_id: int
    op: str
    before: str | None
    after: str | None


def link(prev_hash: str, head: Sequence[object], changes: Iterable[ChangeRow]) -> str:
    """SHA-256 over the predecessor's hash, the head ``(n, at, actor, reason, request_id)`` and each change in order."""
    digest = sha256(prev_hash.encode())
    printed = [iso(part) if isinstance(part, datetime) else part for part in head]
    digest.update(canonical_json(printed).encode())
    for change in changes:
        digest.update(b"\n")
        digest.update(canonical_json(change).encode())
    return digest.hexdigest()
