"""The evidence matrix, drawn: a tinted cell holds units by effect, a plain one says why it is empty."""

from functools import partial

from msgspec import Struct

from app.synthesis.drawing import marks
from app.synthesis.drawing.canvas import Box, Canvas, fitted, wrapped
from app.synthesis.drawing.sheet import Sheet, legend, notes, opened, several
from app.synthesis.plots.gaps import KINDS
from app.synthesis.plots.matrix import Matrix, MatrixCell, MatrixColumn, MatrixGroup, MatrixRow

TITLE = "Evidence matrix: outcome by design"
_COLUMNS = ("outcome", "design", "independent units by effect")
_LINE = 15.0
_NOTE = (
    "Numbers are independent units: people or animals whose reports overlap count once. A unit may stand in several cells "
    "and under several effects of one cell, so nothing here may be added up. A cell gathers moments of use and substances; "
    "the filters phase and substance_group part them."
)


class _Grid(Struct, frozen=True):
    """Where columns stand on the canvas: those drawn, with their places in the data."""

    canvas: Canvas
    sheet: Sheet
    left: float
    step: float
    columns: tuple[tuple[int, MatrixColumn], ...]

    def middle(self, place: int) -> float:
        """The middle of the column at ``place``."""
        return self.left + (place + 0.5) * self.step


def draw(found: Matrix, sheet: Sheet) -> bytes:
    """The matrix as SVG."""
    canvas, y = opened("matrix", sheet, title=TITLE, summary=_summary(found), columns=_COLUMNS)
    y = legend(canvas, sheet, y, [(partial(marks.effect, canvas, each), text) for each, text in marks.EFFECTS.items()])
    y = legend(
        canvas, sheet, y - 2, [(partial(marks.gap, canvas, kind), text) for kind, text in found.gap_kinds.items()]
    )
    grid = _grid(found, canvas, sheet)
    y = _header(grid, y)
    several_contrasts = len({group.contrast for group in found.groups}) > 1
    for group in found.groups:
        y = _group(grid, group, y, before=f"{group.contrast_label}: " if several_contrasts else "")
    return canvas.finish(notes(canvas, sheet, y + 24, _notes(found, grid)))


def _summary(found: Matrix) -> list[str]:
    totals = found.totals
    gaps = "; ".join(f"{text} {found.cells_by_gap[kind]:,}" for kind, text in found.gap_kinds.items())
    found_in = f"{several(totals.findings, 'finding')} of {several(totals.studies, 'study', 'studies')}"
    return [f"{found_in}, which are {several(totals.independent_units, 'independent unit')}. Empty cells: {gaps}."]


def _notes(found: Matrix, grid: _Grid) -> list[str]:
    apart = "; ".join(f"{each.label}: {several(each.counts.findings, 'finding')}" for each in found.apart)
    searched = "PubMed was searched from here" if found.searched else "PubMed was never searched to the end from here"
    drawn = {place for place, _ in grid.columns}
    left = ", ".join(each.label for place, each in enumerate(found.columns) if place not in drawn)
    return [
        _NOTE,
        *([f"Not in this picture, because the contrast is another: {apart}."] if apart else []),
        *([f"No study stored of these designs, left out here for want of space: {left}."] if left else []),
        f"{searched}; {several(found.unread_records, 'stored record')} unread.",
    ]


def _grid(found: Matrix, canvas: Canvas, sheet: Sheet) -> _Grid:
    """On a telephone designs without a study have no column."""
    all_of_them = tuple(enumerate(found.columns))
    columns = tuple((place, each) for place, each in all_of_them if each.studies or not sheet.narrow) or all_of_them
    left = sheet.margin if sheet.narrow else sheet.margin + 272
    room = sheet.width - sheet.margin - left
    return _Grid(canvas, sheet, left, min(room / max(len(columns), 1), 64), columns)


def _header(grid: _Grid, y: float) -> float:
    """Designs, running upwards, and how many studies of each there are."""
    height = 160.0
    for place, (_, column) in enumerate(grid.columns):
        lines = wrapped(column.label, height - 8, size=11, most=2)
        x = grid.middle(place) + 4 - 6 * (len(lines) - 1)
        for each in lines:
            grid.canvas.text(x, y + height - 6, each, "small", turned=True)
            x += 12
        grid.canvas.text(grid.middle(place), y + height + 12, str(column.studies), "small quiet mid num")
    if not grid.sheet.narrow:
        grid.canvas.text(grid.left - 8, y + height + 12, "studies stored", "small quiet end")
    return y + height + 22


def _group(grid: _Grid, group: MatrixGroup, y: float, *, before: str) -> float:
    """An outcome group: its heading with unions, then its outcomes."""
    canvas, sheet = grid.canvas, grid.sheet
    canvas.rect(Box(sheet.margin, y, sheet.inner, 24), "panel", round_=3)
    room = sheet.inner - 12 if sheet.narrow else grid.left - sheet.margin - 12
    canvas.text(sheet.margin + 8, y + 16, fitted(f"{before}{group.label}", room, 13), "strong")
    for place, (index, _) in enumerate(grid.columns if not sheet.narrow else ()):
        units = group.units_by_design[index]
        if units:
            canvas.text(grid.middle(place), y + 16, str(units), "strong mid num")
    y += 24
    for row in group.rows:
        y = _row(grid, group, row, y)
    return y + 8


def _row(grid: _Grid, group: MatrixGroup, row: MatrixRow, y: float) -> float:
    canvas, sheet = grid.canvas, grid.sheet
    indent = sheet.margin + 8 + 14 * row.depth
    labelled = sheet.inner if sheet.narrow else grid.left - sheet.margin
    most = max((len(row.cells[index].by_effect) for index, _ in grid.columns), default=1)
    height = max(_LINE * most + 8, 23)
    middle = y + 15 if sheet.narrow else y + height / 2 + 4
    canvas.text(indent, middle, fitted(row.label, sheet.margin + labelled - indent - 6))
    canvas.link(
        Box(sheet.margin, middle - 14, labelled, 20),
        sheet.to.findings(outcome=row.outcome, contrast=group.contrast),
        (row.label, group.contrast_label, _row_told(row)),
    )
    y += 20 if sheet.narrow else 0
    for place, (index, column) in enumerate(grid.columns):
        box = Box(grid.left + place * grid.step + 1, y + 1, grid.step - 2, height - 2)
        cell = row.cells[index]
        _cell(canvas, cell, box)
        if cell.units:
            href = sheet.to.findings(outcome=row.outcome, design=column.design, contrast=group.contrast)
            canvas.link(box, href, (row.label, column.label, _told(cell)))
    canvas.line(sheet.margin, y + height, sheet.margin + sheet.inner, y + height)
    return y + height


def _row_told(row: MatrixRow) -> str:
    """What a row says as a whole, its gaps by kind included: the eye sees these, an ear must be told."""
    gaps: dict[str, int] = {}
    for cell in row.cells:
        if cell.gap:
            gaps[cell.gap] = gaps.get(cell.gap, 0) + 1
    told = "; ".join(f"{KINDS[kind]} in {several(n, 'design')}" for kind, n in gaps.items())
    return f"{several(row.units, 'independent unit')}. {told}"


def _told(cell: MatrixCell) -> str:
    effects = ", ".join(f"{marks.EFFECTS[each]} {n}" for each, n in cell.by_effect.items())
    ids = ", ".join(f"F{each}" for each in cell.finding_ids[:12]) + (" …" if len(cell.finding_ids) > 12 else "")
    return f"{several(cell.units, 'unit')} ({effects}); {ids}"


def _cell(canvas: Canvas, cell: MatrixCell, box: Box) -> None:
    middle = box.x + box.w / 2
    if cell.gap:
        marks.gap(canvas, cell.gap, middle, box.y + box.h / 2)
        return
    canvas.rect(box, "tint", round_=3)
    y = box.y + box.h / 2 - _LINE * (len(cell.by_effect) - 1) / 2
    for effect, units in cell.by_effect.items():
        marks.effect(canvas, effect, middle - 6, y)
        canvas.text(middle + 1.5, y + 4, str(units), "num small")
        y += _LINE
