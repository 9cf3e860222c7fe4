"""What an export says about itself, in a file beside it: question, moment, counts, hash, licence. Nothing here reads a store."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from msgspec import json, to_builtins

from app.export.whole import NAMES, Whole
from app.kit.canonical import iso

ENDING = "meta.json"
LICENCE = (
    "Facts and bibliographic data belong to nobody. The project can license what is its own: the selection, the codes and "
    "the summaries in its own words; name Kratom Evidence and the data revision when you use them. Quotes (at most 300 "
    "characters each), titles and keywords are the words of the reports; MeSH is the National Library of Medicine's. "
    "Abstracts belong to their publishers and are not included."
)
"""What the project may license, and what it may not."""


class Sums:
    """Counts and hashes the bytes of an export while they pass."""

    def __init__(self) -> None:
        self._hash = sha256()
        self.size = 0

    def add(self, chunk: bytes) -> None:
        """Take these bytes into account."""
        self._hash.update(chunk)
        self.size += len(chunk)

    @property
    def sha256(self) -> str:
        """The hash of all bytes so far, in hexadecimal."""
        return self._hash.hexdigest()


def summed(chunks: Iterable[bytes]) -> Sums:
    """The sums of bytes that nobody keeps."""
    sums = Sums()
    for chunk in chunks:
        sums.add(chunk)
    return sums


def sidecar(
    wanted: Whole, sums: Sums, *, asked: Mapping[str, Sequence[str]], file: str, made_at: datetime
) -> dict[str, Any]:
    """The sidecar of a set that was written. The same store, question and program give the same hash at one data revision."""
    return {
        "file": file,
        "kind": wanted.kind,
        "format": wanted.form.name,
        "query": wanted.query,
        "filters": {name: list(values) for name, values in asked.items()},
        "made_at": iso(made_at),
        "data_revision": wanted.data_revision,
        "rows": len(wanted.ids),
        "counts": to_builtins(wanted.counts),
        "columns": list(NAMES[wanted.kind]) if wanted.form.table else None,
        "bytes": sums.size,
        "sha256": sums.sha256,
        "licence": LICENCE,
    }


def encoded(told: Mapping[str, Any]) -> bytes:
    """A sidecar as the bytes of a file, an entry a line."""
    return json.format(json.encode(told), indent=2) + b"\n"
