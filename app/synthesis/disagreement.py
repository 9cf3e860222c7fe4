"""Findings on the same question that point opposite ways, and what differs between them. Nothing here says which is right.

Opposite is *increased* against *decreased*: no difference found is no
opposite of anything. People and animals are never set against one another.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import Struct

from app.findings.flat import FlatFinding
from app.synthesis.counting import split


class Opposed(Struct, frozen=True):
    """One question, by the axes that it was asked on, and the findings that point either way."""

    axes: dict[str, str]
    increased: tuple[int, ...]
    decreased: tuple[int, ...]

    @property
    def finding_ids(self) -> tuple[int, ...]:
        """Every finding on either side."""
        return (*self.increased, *self.decreased)


def opposed(rows: Sequence[FlatFinding], axes: tuple[str, ...]) -> Iterable[Opposed]:
    """Where findings alike in ``axes`` point both ways, in the order of first appearance."""
    groups: dict[tuple[Any, ...], list[FlatFinding]] = split(rows, lambda row: tuple(getattr(row, a) for a in axes))
    for key, inside in groups.items():
        more, less = (tuple(row.id for row in inside if row.direction == way) for way in ("increased", "decreased"))
        if more and less:
            yield Opposed(dict(zip(axes, key, strict=True)), more, less)
