"""A record while it is being read: what is known so far, and what nobody here knows. Nothing here is PubMed's content.

Readers walk an element's children once and look each tag up in a table, which
took half the time of asking for fields one by one; a miss is an unknown element.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from lxml import etree

from app.citations.draft import Identifier
from app.importing.pubmed.feed import count_unknown
from app.importing.pubmed.markup import text_of

Reader = Callable[[etree._Element, "Building"], None]


class Building:
    """The draft's fields by name, its identifiers in order of trust, and everything without a column."""

    __slots__ = ("extras", "fields", "identifiers", "late_identifiers", "unknown")

    def __init__(self, unknown: Counter[str]) -> None:
        self.fields: dict[str, Any] = {}
        self.identifiers: list[Identifier] = []
        self.late_identifiers: list[Identifier] = []
        self.extras: dict[str, list[str]] = {}
        self.unknown = unknown

    def keep(self, name: str, value: str | None) -> None:
        """Keep a value that has no column under the source's own name."""
        if value:
            self.extras.setdefault(name, []).append(value)

    def append(self, field: str, values: tuple[Any, ...]) -> None:
        """Add to a list of the draft; a field can come in several lists (keywords of several owners)."""
        if values:
            self.fields[field] = self.fields.get(field, ()) + values

    def miss(self, element: etree._Element) -> None:
        """Count an element that no table knows, by its path from the record down."""
        if not isinstance(element.tag, str):
            count_unknown(self.unknown, str(element.text))
            return
        path = [element.tag, *(above.tag for above in element.iterancestors() if isinstance(above.tag, str))]
        names = [tag for tag in path if not tag.endswith("Set")]
        count_unknown(self.unknown, "/".join(reversed(names))[:300])


def walk(element: etree._Element, readers: Mapping[Any, Reader], building: Building) -> None:
    """Hand each child to the reader of its tag; a tag without one is counted as unknown."""
    for child in element:
        reader = readers.get(child.tag)
        if reader is None:
            building.miss(child)
        else:
            reader(child, building)


def texts_by_tag(element: etree._Element, fields: Mapping[Any, str], building: Building) -> dict[str, Any]:
    """Return the texts of the children under the names ``fields`` gives their tags."""
    values: dict[str, Any] = {}
    for child in element:
        field = fields.get(child.tag)
        if field is None:
            building.miss(child)
        else:
            values[field] = text_of(child)
    return values


def into(field: str) -> Reader:
    """Make a reader that puts the element's text into a field of the draft; the first non-empty one stays."""

    def read(element: etree._Element, building: Building) -> None:
        text = text_of(element)
        if text:
            building.fields.setdefault(field, text)

    return read


def into_extras(name: str) -> Reader:
    """Make a reader that keeps the element's text under ``name``."""

    def read(element: etree._Element, building: Building) -> None:
        building.keep(name, text_of(element))

    return read


def inside(readers: Mapping[Any, Reader]) -> Reader:
    """Make a reader of an element that only wraps others."""

    def read(element: etree._Element, building: Building) -> None:
        walk(element, readers, building)

    return read


def ignore(_element: etree._Element, _building: Building) -> None:
    """Read nothing, on purpose; the table that names this says why."""
