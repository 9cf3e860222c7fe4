"""What all pictures begin and end with: heading, question, legend, notes; and the addresses that marks lead to."""

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from msgspec import Struct

from app.synthesis.drawing.canvas import Canvas, Cells, width_of, wrapped

WIDE, NARROW = "wide", "narrow"
LAYOUTS = {WIDE: 1180.0, NARROW: 390.0}
"""Layout → width. Narrow is for telephones: 390 units on 390 px, so that 11 px stay 11 px."""


class Addresses(Protocol):
    """Where marks lead. The door that shows a picture knows its own addresses; ``asked`` replaces filters of the question."""

    def findings(self, *, outcome: str | None = None, group: str | None = None, **asked: str | None) -> str:
        """The list of findings of exactly this outcome, or of a whole outcome group."""

    def citations(self, **asked: str | None) -> str:
        """The list of citations."""

    def studies(self) -> str:
        """The list of studies."""

    def imports(self) -> str:
        """The list of import runs."""

    def study(self, study_id: int) -> str:
        """One study."""

    def data(self) -> str:
        """The data of this picture."""


class Sheet(Struct, frozen=True):
    """On what a picture is drawn: its layout, the question in words, and where its marks lead."""

    question: str
    to: Addresses
    layout: str = WIDE

    @property
    def narrow(self) -> bool:
        """Whether it is drawn for a telephone."""
        return self.layout == NARROW

    @property
    def width(self) -> float:
        """How wide it is."""
        return LAYOUTS[self.layout]

    @property
    def margin(self) -> float:
        """The space at its sides."""
        return 12 if self.narrow else 28

    @property
    def inner(self) -> float:
        """What is left between the margins."""
        return self.width - 2 * self.margin


def opened(name: str, sheet: Sheet, *, title: str, summary: Sequence[str], columns: Cells) -> tuple[Canvas, float]:
    """A canvas with heading, question and ``summary`` on it, and where the picture may begin.

    ``columns`` are the headings of its table in words.
    """
    told = [f"{title}. {sheet.question}", *summary, f"The same data as a table: {sheet.to.data()}."]
    canvas = Canvas(name, title=title, desc=" ".join(told), width=sheet.width, columns=columns)
    y = canvas.lines(sheet.margin, 38, wrapped(title, sheet.inner, size=21), "head", step=26)
    for text, look in ((sheet.question, "sub"), *((each, "quiet") for each in summary)):
        y = canvas.lines(sheet.margin, y, wrapped(text, sheet.inner, size=13, most=4), look, step=18)
    return canvas, y + 8


Sign = Callable[[float, float], None]


def legend(canvas: Canvas, sheet: Sheet, y: float, entries: Iterable[tuple[Sign, str]]) -> float:
    """Signs with their meanings, as many on a line as fit; where the next thing may begin."""
    x = sheet.margin
    for sign, meaning in entries:
        width = 30 + width_of(meaning, 12) + 14
        if x > sheet.margin and x + width - 14 > sheet.margin + sheet.inner:
            x, y = sheet.margin, y + 27
        sign(x + 12, y)
        canvas.text(x + 30, y + 4, meaning, "quiet")
        x += width
    return y + 27


def notes(canvas: Canvas, sheet: Sheet, y: float, texts: Iterable[str]) -> float:
    """Notes below the picture; its height."""
    for text in texts:
        y = canvas.lines(sheet.margin, y, wrapped(text, sheet.inner), "quiet", step=17) + 4
    return y + 8


def several(n: int, one: str, many: str | None = None) -> str:
    """``1 study``, ``2 studies``."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"
