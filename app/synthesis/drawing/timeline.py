"""The time line, drawn: a row for each design, a column for each year, a disc for the reports of that year."""

from collections.abc import Iterable
from functools import partial

from msgspec import Struct

from app.synthesis.drawing import marks
from app.synthesis.drawing.canvas import Box, Canvas, wrapped
from app.synthesis.drawing.sheet import Sheet, Sign, legend, notes, opened, several
from app.synthesis.plots.timeline import NO_STUDY, Moment, Timeline, TimelineRow

TITLE = "Time line: reports by year and design"
_COLUMNS = ("design", "year", "reports, by standing")
_LONGEST_GAP = 4
"""More empty years than this between two reports are drawn as a break in the axis."""
_MOST_COLUMNS = {False: 30, True: 18}
_NOTE = (
    "A report is counted in the year of its own publication, in the row of the design of its study; one that reports studies of "
    "two designs is in both rows and once in the total. Retracted and withdrawn reports are shown and left out of the evidence."
)


class _Column(Struct, frozen=True):
    """A stretch of years, both included; a break between two reports; or (all None) the years not known."""

    first: int | None = None
    last: int | None = None
    is_break: bool = False

    @property
    def label(self) -> str:
        """What stands above it."""
        if self.is_break:
            return "…"
        if self.first is None:
            return "not known"
        return str(self.first) if self.first == self.last else f"{self.first}–{(self.last or 0) % 100:02d}"

    def holds(self, year: int | None) -> bool:
        """Whether a report of ``year`` stands here."""
        if self.is_break or year is None or self.first is None:
            return not self.is_break and year is None and self.first is None
        return self.first <= year <= (self.last or 0)


def columns_of(found: Timeline, *, most: int) -> list[_Column]:
    """Columns for all years with reports: single years, or steps of 2, 5, 10 … years where these would be more than ``most``."""
    years = sorted({each.year for row in found.rows for each in row.moments if each.year is not None})
    columns: list[_Column] = []
    for step in (1, 2, 5, 10, 20, 50, 100):
        columns = list(_stretches(years, step))
        if len(columns) <= most:
            break
    return columns + ([_Column()] if found.year_unknown else [])


def _stretches(years: list[int], step: int) -> Iterable[_Column]:
    begun: int | None = None
    for year in years:
        start = year - year % step
        if begun is not None and start > begun + step * (_LONGEST_GAP + 1):
            yield _Column(begun + step, start - 1, is_break=True)
            begun = start - step
        while begun is None or begun < start:
            begun = start if begun is None else begun + step
            yield _Column(begun, begun + step - 1)


def draw(found: Timeline, sheet: Sheet) -> bytes:
    """The time line as SVG."""
    canvas, y = opened("timeline", sheet, title=TITLE, summary=_summary(found), columns=_COLUMNS)
    y = legend(canvas, sheet, y + 2, _legend(canvas))
    axis = _Axis(canvas, sheet, columns_of(found, most=_MOST_COLUMNS[sheet.narrow]), y)
    axis.head()
    for row in found.rows:
        axis.row(row)
    return canvas.finish(notes(canvas, sheet, axis.y + 22, [_NOTE]))


def _summary(found: Timeline) -> list[str]:
    marked = ", ".join(f"{each.replace('_', ' ')} {n:,}" for each, n in found.by_standing.items() if each != "current")
    unknown = f", {found.year_unknown:,} of them of unknown year" if found.year_unknown else ""
    return [
        f"{several(found.total, 'report')}{unknown}. {f'Marked: {marked}.' if marked else 'None has a mark against it.'}"
    ]


def _legend(canvas: Canvas) -> list[tuple[Sign, str]]:
    meanings = {
        "cross": "retracted or withdrawn", "alarm": "expression of concern", "square": "corrected or superseded",
        "dash": "taken back by PubMed",
    }  # fmt: skip
    discs: list[tuple[Sign, str]] = [(partial(_disc, canvas, 1, 9.0), "reports of a year, with their number")]
    return discs + [(partial(marks.standing, canvas, sign), text) for sign, text in meanings.items()]


def _disc(canvas: Canvas, n: int, r: float, x: float, y: float) -> None:
    canvas.circle(x, y, r, "tint o-better")
    canvas.text(x, y + 4, _short(n), "small mid num")


def _short(n: int) -> str:
    """``7``, ``431``, ``12k``."""
    return str(n) if n < 1_000 else f"{n // 1_000}k"


class _Axis:
    """The rows under their years; ``y`` is where the next row goes."""

    def __init__(self, canvas: Canvas, sheet: Sheet, columns: list[_Column], y: float) -> None:
        self.canvas = canvas
        self.sheet = sheet
        self.columns = columns
        self.y = y
        self.left = sheet.margin if sheet.narrow else sheet.margin + 250
        self.step = min((sheet.width - sheet.margin - self.left) / max(len(columns), 1), 64)

    def middle(self, place: int) -> float:
        """The middle of a column."""
        return self.left + (place + 0.5) * self.step

    def head(self) -> None:
        """The years, running upwards where they are too wide."""
        turned = self.step < 32
        height = 62 if turned else 34
        for place, column in enumerate(self.columns):
            x, y = self.middle(place), self.y + height - 8
            if turned and not column.is_break:
                self.canvas.text(x + 4, y, column.label, "small num", turned=True)
            else:
                words = column.label.split()
                self.canvas.lines(x, y - 13 * (len(words) - 1), words, "small mid num", step=13)
        self.y += height

    def row(self, row: TimelineRow) -> None:
        """One design."""
        canvas, sheet = self.canvas, self.sheet
        canvas.line(sheet.margin, self.y, sheet.margin + sheet.inner, self.y)
        room = sheet.inner if sheet.narrow else self.left - sheet.margin - 8
        lines = wrapped(f"{row.label} ({row.reports:,})", room, most=2)
        top = self.y + (16 if sheet.narrow else 30 - 8 * len(lines))
        canvas.lines(sheet.margin + 2, top, lines, "quiet" if row.design == NO_STUDY else "")
        self.y += 2 + 16 * len(lines) if sheet.narrow else 0
        for place, column in enumerate(self.columns):
            inside = [each for each in row.moments if column.holds(each.year)]
            if inside:
                self.moment(row, column, inside, self.middle(place))
        self.y += 40

    def moment(self, row: TimelineRow, column: _Column, inside: list[Moment], x: float) -> None:
        """The reports of one column, with the marks of those that are not simply current."""
        reports = sum(each.reports for each in inside)
        largest = self.step / 2 - 1
        r = min(6 + 1.6 * reports**0.5, largest, 16)
        _disc(self.canvas, reports, r, x, self.y + 18)
        standings: dict[str, int] = {}
        for each in inside:
            for standing, n in each.by_standing.items():
                standings[standing] = standings.get(standing, 0) + n
        signs = dict.fromkeys(marks.STANDINGS[each] for each in standings if each in marks.STANDINGS)
        for place, sign in enumerate(signs):
            marks.standing(self.canvas, sign, x + 9 * (place - (len(signs) - 1) / 2), self.y + 36)
        told = ", ".join(f"{each.replace('_', ' ')} {n}" for each, n in standings.items())
        when = "year not known" if column.first is None else column.label
        cells = (row.label, when, f"{several(reports, 'report')} ({told})")
        if column.first is None:
            # No filter asks for records without a year: a link would lead to a longer list than the mark says.
            self.canvas.tell(cells)
            return
        self.canvas.link(Box(x - self.step / 2 + 1, self.y + 1, self.step - 2, 38), self.behind(row, column), cells)

    def behind(self, row: TimelineRow, column: _Column) -> str:
        """The citations behind a disc; no filter asks for those without a study, so these lead to a longer list."""
        asked: dict[str, str | None] = {} if row.design == NO_STUDY else {"design": row.design}
        return self.sheet.to.citations(**asked, year_from=str(column.first), year_to=str(column.last))
