"""A sheet to draw on. It escapes everything by being a tree, never text, and gives assistive technology two things to read.

What a screen reader meets (ARIA 1.2; SVG-AAM 1.0):

* the drawing, one ``role="img"`` group named by ``<title>`` and described by
  ``<desc>``. The children of an image are presentational, so no link may
  stand in it;
* behind it a table in words (``role="table"``): a row for every mark, in
  reading order, with a link to what is behind it whose name says in full what
  the mark shows. It is the text of the picture; the eye sees only the focus
  ring of its links.

``<metadata>`` is read aloud by nothing and is not used.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple
from xml.etree import ElementTree as Tree

from app.synthesis.drawing.style import CSS

SVG = "http://www.w3.org/2000/svg"
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TURNS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Marks that reorder text on the line; one in a title would turn the rest of a label around."""
_WIDTH_OF_CHARACTER = 0.56
"""Of the font size: a little more than the mean of Arial and Liberation Sans, measured over the vocabulary's labels."""


Cells = tuple[str, str, str]
"""A row of the table in words: what it is about, under which heading, and what is shown there."""


class Box(NamedTuple):
    """A rectangle."""

    x: float
    y: float
    w: float
    h: float


def plain(text: str) -> str:
    """``text`` without what XML cannot hold or what reorders a line."""
    return _TURNS.sub("", _NOT_XML.sub("\ufffd", text))


def width_of(text: str, size: float = 12) -> float:
    """About how wide ``text`` will be; no font is measured here. Wide scripts count twice."""
    wide = sum(character >= "\u1100" for character in text)
    return (len(text) + wide) * size * _WIDTH_OF_CHARACTER


def fitted(text: str, width: float, size: float = 12) -> str:
    """``text``, or as much of it as fits into ``width``, with an ellipsis."""
    text = " ".join(plain(text).split())
    if width_of(text, size) <= width:
        return text
    while text and width_of(text, size) > width - size:
        text = text[:-1]
    return text.rstrip() + "…"


def wrapped(text: str, width: float, *, size: float = 12, most: int = 9) -> list[str]:
    """``text`` as at most ``most`` lines that fit into ``width``; the last is cut where there is more."""
    lines: list[str] = []
    for word in plain(text).split():
        if lines and width_of(f"{lines[-1]} {word}", size) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    if len(lines) > most:
        lines = [*lines[: most - 1], " ".join(lines[most - 1 :])]
    return [fitted(line, width, size) for line in lines]


class Canvas:
    """A picture while it is drawn. ``name`` makes its ids unique on a page that holds several."""

    def __init__(self, name: str, *, title: str, desc: str, width: float, columns: Cells) -> None:
        self.width = width
        self._name = name
        self._root = Tree.Element("svg", {"xmlns": SVG, "class": "ke", "lang": "en", "role": "group"})
        self._title = plain(title)
        Tree.SubElement(self._root, "title", id=f"{name}-title").text = self._title
        Tree.SubElement(self._root, "desc", id=f"{name}-desc").text = plain(desc)
        Tree.SubElement(self._root, "style").text = CSS
        self._add_patterns()
        self._paper = Tree.SubElement(self._root, "rect", {"class": "paper"})
        drawing = {"role": "img", "aria-labelledby": f"{name}-title", "aria-describedby": f"{name}-desc"}
        self._drawing = Tree.SubElement(self._root, "g", drawing)
        told = {"role": "table", "aria-label": "What each mark shows, linked to what is behind it"}
        self._table = Tree.Element("g", told)
        head = Tree.SubElement(self._table, "g", {"role": "row"})
        for column in columns:
            Tree.SubElement(head, "g", {"role": "columnheader", "aria-label": column})

    def _add_patterns(self) -> None:
        """Stripes for what was counted, in the colours of the directions: readable without colour."""
        defs = Tree.SubElement(self._root, "defs")
        for way in ("better", "worse", "even"):
            size = {"width": "4", "height": "4", "patternUnits": "userSpaceOnUse", "patternTransform": "rotate(45)"}
            pattern = Tree.SubElement(defs, "pattern", {"id": f"{self._name}-{way}", **size})
            Tree.SubElement(pattern, "rect", {"class": "paper", "width": "4", "height": "4"})
            Tree.SubElement(pattern, "rect", {"class": way, "width": "1.8", "height": "4"})

    def striped(self, way: str) -> str:
        """The fill that stripes a shape in the colour of ``way``."""
        return f"url(#{self._name}-{way})"

    def rect(self, box: Box, look: str, *, round_: float = 0) -> None:
        """A rectangle."""
        attributes = _numbers(x=box.x, y=box.y, width=box.w, height=box.h) | ({"rx": _n(round_)} if round_ else {})
        Tree.SubElement(self._drawing, "rect", {"class": look, **attributes})

    def path(self, d: str, look: str, *, fill: str | None = None) -> None:
        """A shape."""
        more = {"fill": fill} if fill else {}
        Tree.SubElement(self._drawing, "path", {"class": look, "d": d, **more})

    def line(self, x1: float, y1: float, x2: float, y2: float, *, look: str = "rule") -> None:
        """A straight line."""
        self.path(f"M{_n(x1)} {_n(y1)}L{_n(x2)} {_n(y2)}", look)

    def circle(self, x: float, y: float, r: float, look: str) -> None:
        """A disc."""
        Tree.SubElement(self._drawing, "circle", {"class": look, **_numbers(cx=x, cy=y, r=r)})

    def text(self, x: float, y: float, text: str, look: str = "", *, turned: bool = False) -> None:
        """One line of text; ``turned`` runs it upwards."""
        attributes = _numbers(x=x, y=y) | ({"class": look} if look else {})
        if turned:
            attributes["transform"] = f"rotate(-90 {_n(x)} {_n(y)})"
        Tree.SubElement(self._drawing, "text", attributes).text = plain(text)

    def lines(self, x: float, y: float, lines: Iterable[str], look: str = "", *, step: float = 16) -> float:
        """Lines of text below one another; the place of the next."""
        for line in lines:
            self.text(x, y, line, look)
            y += step
        return y

    def tell(self, cells: Cells) -> Tree.Element:
        """A row of the table in words, for what is drawn and leads nowhere; its last cell."""
        row = Tree.SubElement(self._table, "g", {"role": "row"})
        Tree.SubElement(row, "g", {"role": "rowheader", "aria-label": plain(cells[0])})
        for each in cells[1:]:
            cell = Tree.SubElement(row, "g", {"role": "cell", "aria-label": plain(each)})
        return cell

    def link(self, box: Box, href: str, cells: Cells) -> None:
        """A place that leads to what is behind a mark; ``cells`` say in full what the mark shows."""
        anchor = Tree.SubElement(self.tell(cells), "a", {"href": href})
        Tree.SubElement(anchor, "title").text = plain(
            ": ".join((", ".join(each for each in cells[:2] if each), cells[2]))
        )
        attributes = {"class": "hit", **_numbers(x=box.x, y=box.y, width=box.w, height=box.h), "rx": "3"}
        Tree.SubElement(anchor, "rect", attributes)

    def finish(self, height: float) -> bytes:
        """The picture, ``height`` high."""
        size = _numbers(width=self.width, height=height)
        self._root.set("viewBox", f"0 0 {size['width']} {size['height']}")
        for element in (self._root, self._paper):
            for name, value in size.items():
                element.set(name, value)
        self._root.set("aria-labelledby", f"{self._name}-title")
        self._root.append(self._table)
        picture: bytes = Tree.tostring(self._root, encoding="utf-8", xml_declaration=True)
        return picture


def _n(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")


def _numbers(**values: float) -> dict[str, str]:
    return {name: _n(value) for name, value in values.items()}
