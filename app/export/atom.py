"""Atom feeds (RFC 4287) as bytes. What is news, and where it is read, the door says; nothing here reads a store.

Addresses are absolute paths without a host, which a reader resolves against
the address of the feed: behind a proxy the service does not know its own name.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

from lxml import etree
from msgspec import Struct

from app.kit.canonical import iso

MEDIA_TYPE = "application/atom+xml; charset=utf-8"
NAME = "Kratom Evidence"
_ATOM = "http://www.w3.org/2005/Atom"
_OURS = UUID("5d0c5d7e-6a0b-5f6c-9d0f-6b7261746f6d")
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_NO_CHARACTER = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold, not even escaped."""


class Link(Struct, frozen=True):
    """Where something is: ``rel`` says how it belongs to the entry or feed."""

    rel: str
    href: str
    media_type: str = "application/json"


class Entry(Struct, frozen=True):
    """One piece of news. ``key`` names it within its store, for ever; it comes again with a later ``updated`` when it changed."""

    key: str
    title: str
    updated: datetime
    links: tuple[Link, ...]
    summary: str
    author: str | None = None
    published: datetime | None = None
    categories: tuple[str, ...] = ()


class Feed(Struct, frozen=True):
    """A feed, newest entry first. ``store`` is what makes this store another than the next: the hash its history began with."""

    store: str
    key: str
    title: str
    links: tuple[Link, ...]
    entries: Sequence[Entry]
    rights: str


def written(feed: Feed) -> bytes:
    """The document."""
    names: dict[Any, str] = {None: _ATOM}
    root = etree.Element(f"{{{_ATOM}}}feed", nsmap=names)
    _text(root, "id", _id(feed.store, feed.key))
    _text(root, "title", feed.title)
    _text(root, "updated", iso(max((entry.updated for entry in feed.entries), default=_NEVER)))
    _author(root, NAME)
    _links(root, feed.links)
    _text(root, "rights", feed.rights)
    for entry in feed.entries:
        _entry(root, feed.store, entry)
    document: bytes = etree.tostring(root, xml_declaration=True, encoding="utf-8", pretty_print=True)
    return document


def _entry(root: etree._Element, store: str, entry: Entry) -> None:
    element = etree.SubElement(root, f"{{{_ATOM}}}entry")
    _text(element, "id", _id(store, entry.key))
    _text(element, "title", entry.title)
    _text(element, "updated", iso(entry.updated))
    if entry.published:
        _text(element, "published", iso(entry.published))
    if entry.author:
        _author(element, entry.author)
    _links(element, entry.links)
    for term in entry.categories:
        etree.SubElement(element, f"{{{_ATOM}}}category", term=_clean(term))
    _text(element, "summary", entry.summary)


def _id(store: str, key: str) -> str:
    """The same name for the same thing in the same store, whatever the host is called; another one in every other store."""
    return f"urn:uuid:{uuid5(_OURS, f'{store}/{key}')}"


def _links(parent: etree._Element, links: Sequence[Link]) -> None:
    for link in links:
        etree.SubElement(parent, f"{{{_ATOM}}}link", rel=link.rel, href=_clean(link.href), type=link.media_type)


def _author(parent: etree._Element, name: str) -> None:
    _text(etree.SubElement(parent, f"{{{_ATOM}}}author"), "name", name)


def _text(parent: etree._Element, name: str, text: str) -> None:
    etree.SubElement(parent, f"{{{_ATOM}}}{name}").text = _clean(text)


def _clean(text: str) -> str:
    return _NO_CHARACTER.sub("\ufffd", text)
