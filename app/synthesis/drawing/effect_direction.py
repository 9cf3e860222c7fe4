"""The effect-direction plot, drawn: a panel for each side and phase, a row for each unit, a column for each outcome group.

A unit has a row for each species and each group of substances; its row, its
sign test and their places in the table in words all name both.
"""

from itertools import groupby

from app.synthesis.contrast import TAKING
from app.synthesis.drawing import marks
from app.synthesis.drawing.canvas import Box, Canvas, Cells, fitted, wrapped
from app.synthesis.drawing.sheet import Sheet, Sign, legend, notes, opened, several
from app.synthesis.phrases import group_name
from app.synthesis.plots.effect_direction import (
    BANDS,
    COMPARED,
    UNCONTROLLED,
    Arrow,
    DomainTest,
    EffectDirection,
    Panel,
    UnitRow,
)
from app.synthesis.plots.sign_test import FEWEST
from app.vocabulary.words import vocabulary

TITLE = "Effect direction: which way findings point"
_COLUMNS = ("unit", "who, when, outcome group", "direction")
MOST_ROWS = 400
"""Rows drawn at most; the data holds all, and the picture says how many it leaves out."""
_SIDES = {"people": "People", "animals": "Animals", "neither": "Neither people nor animals"}
_WAYS = {"up": "better", "down": "worse", "sideways": "no difference or mixed"}
_BANDS = {
    "compared": "filled: compared",
    "counted": "striped: only counted",
    "uncontrolled": "hollow: cases, or felt by users",
}
_SAMPLES = {"large": "more than 300", "medium": "50 to 300", "small": "fewer than 50", "unknown": "sample not reported"}
_NOTE = (
    "One arrow is one independent unit in one outcome group and phase, with one kind of product: kratom, isolated alkaloids and "
    "7-OH products are never put together. When it was taken: up is better, down is worse, and "
    "sideways is no difference, mixed results, or less than 70 % of the outcomes going the same way. Arrows say direction; "
    "they say nothing about how large or how certain an effect is. Method: Boon & Thomson 2021, doi:10.1002/jrsm.1458."
)
_TEST_NOTE = (
    "The sign test is exact, binomial and two-sided. It takes compared units that point up or down, within one phase, one "
    f"species and one kind of product, and is left out below {FEWEST} of them. Cases, felt effects and counts take no part."
)


def draw(found: EffectDirection, sheet: Sheet) -> bytes:
    """The plot as SVG."""
    canvas, y = opened("effect-direction", sheet, title=TITLE, summary=_summary(found), columns=_COLUMNS)
    y = legend(canvas, sheet, y + 4, _legend(canvas))
    table = _Table(canvas, sheet, found, y)
    for panel in found.panels:
        table.panel(panel)
    for each in found.listed:
        canvas.tell((f"without an arrow: {each.label}", "listed in the data", several(each.counts.findings, "finding")))
    return canvas.finish(notes(canvas, sheet, table.y + 16, _notes(found, table.left_out)))


def _summary(found: EffectDirection) -> list[str]:
    totals = found.totals
    if not totals.findings:
        return ["No finding has an arrow."]
    units = f"{several(totals.independent_units, 'independent unit')} with {several(totals.findings, 'finding')}"
    return [f"{units} of {several(totals.studies, 'study', 'studies')}."]


def _notes(found: EffectDirection, left_out: int) -> list[str]:
    listed = [f"{each.label.capitalize()}: {several(each.counts.findings, 'finding')}." for each in found.listed]
    return [
        *([f"{several(left_out, 'further row')} not drawn; the data has all of them."] if left_out else []),
        *(["Without an arrow, and listed in the data:", *listed] if listed else []),
        _NOTE,
        _TEST_NOTE,
    ]


def _legend(canvas: Canvas) -> list[tuple[Sign, str]]:
    def sign(direction: str, band: str, size: str) -> Sign:
        return lambda x, y: marks.arrow(canvas, direction, band, size, (x, y))

    ways = [(sign(way, COMPARED, "medium"), text) for way, text in _WAYS.items()]
    bands = [(sign("down", band, "medium"), text) for band, text in _BANDS.items()]
    sizes = [(sign("up", COMPARED, size), text) for size, text in _SAMPLES.items()]
    return [*ways, *bands, *sizes]


class _Table:
    """The panels one below the other; ``y`` is where the next thing goes."""

    def __init__(self, canvas: Canvas, sheet: Sheet, found: EffectDirection, y: float) -> None:
        self.canvas = canvas
        self.sheet = sheet
        self.found = found
        self.y = y
        self.drawn = 0
        self.left_out = 0
        self.left = sheet.margin if sheet.narrow else sheet.margin + 420
        room = sheet.width - sheet.margin - self.left
        self.step = min(room / max(len(found.domains), 1), 104)

    def middle(self, domain: str) -> float:
        """The middle of the column of ``domain``."""
        return self.left + (self.found.domains.index(domain) + 0.5) * self.step

    def panel(self, panel: Panel) -> None:
        """One side in one phase."""
        rows = panel.rows[: max(MOST_ROWS - self.drawn, 0)]
        self.drawn += len(rows)
        self.left_out += len(panel.rows) - len(rows)
        if not rows:
            return
        box = Box(self.sheet.margin, self.y, self.sheet.inner, 30)
        self.canvas.rect(box, "panel", round_=3)
        heading = f"{_SIDES[panel.side]}: {panel.phase_label}"
        self.canvas.text(box.x + 8, box.y + 20, fitted(heading, box.w - 16, 14), "strong sub")
        self.y += 36
        self.columns()
        for band in BANDS:
            inside = [row for row in rows if row.band == band]
            if inside:
                self.band(band, inside, panel)
        self.y += 24

    def columns(self) -> None:
        """The outcome groups; on a telephone they run upwards."""
        size = 100.0 if self.sheet.narrow else self.step - 6
        labels = {each: wrapped(text, size, size=11, most=4) for each, text in self.found.domain_labels.items()}
        deepest = max(len(lines) for lines in labels.values())
        if self.sheet.narrow:
            for each, lines in labels.items():
                for place, line in enumerate(lines):
                    x = self.middle(each) + 4 - 6.5 * (len(lines) - 1) + 13 * place
                    self.canvas.text(x, self.y + 100, line, "small", turned=True)
            self.y += 108
            return
        for each, lines in labels.items():
            y = self.y + 12 + 13 * (deepest - len(lines))
            self.canvas.lines(self.middle(each), y, lines, "small mid", step=13)
        self.y += 13 * deepest + 8

    def band(self, band: str, rows: list[UnitRow], panel: Panel) -> None:
        """The units of one band; that of cases and felt effects is framed and has its caption inside."""
        start = self.y
        texts = [BANDS[band]] + ([f"Hollow arrows: {self.found.caption}."] if band == UNCONTROLLED else [])
        for place, text in enumerate(texts):
            look = "small strong" if place == 0 else "small quiet"
            for line in wrapped(text, self.sheet.inner - 16, size=11):
                self.canvas.text(self.sheet.margin + 8, self.y + 15, line, look)
                self.y += 15
        self.y += 6
        for row in rows:
            self.row(row, panel)
        if band == COMPARED:
            self.tests(panel)
        if band == UNCONTROLLED:
            self.canvas.rect(
                Box(self.sheet.margin, start, self.sheet.inner, self.y - start), "open o-quiet dash", round_=5
            )
        self.y += 8

    def row(self, row: UnitRow, panel: Panel) -> None:
        """A unit: what it is, and its arrows."""
        canvas, sheet = self.canvas, self.sheet
        canvas.line(sheet.margin + 8, self.y, sheet.margin + sheet.inner - 8, self.y)
        room = sheet.inner - 16 if sheet.narrow else self.left - sheet.margin - 20
        title = wrapped(row.label, room, most=2)
        below = canvas.lines(sheet.margin + 8, self.y + 15, title, step=15)
        canvas.text(sheet.margin + 8, below - 1, fitted(_identity(row), room, 11), "small quiet")
        more = 15 * (len(title) - 1)
        self.y += 34 + more if sheet.narrow else more / 2
        for arrow in row.arrows:
            x = self.middle(arrow.domain)
            marks.arrow(canvas, arrow.direction, row.band, arrow.size, (x, self.y + 18))
            box = Box(x - self.step / 2 + 1, self.y + 2, self.step - 2, 32)
            canvas.link(box, self.behind(row, panel, arrow), _told(row, panel, arrow))
        self.y += 36 if sheet.narrow else 36 + more / 2

    def behind(self, row: UnitRow, panel: Panel, arrow: Arrow) -> str:
        """The study behind an arrow; where several studies are one unit, the findings of its kind and group."""
        if len(arrow.study_ids) == 1:
            return self.sheet.to.study(arrow.study_ids[0])
        return self.sheet.to.findings(
            group=arrow.domain,
            phase=panel.phase,
            contrast=TAKING,
            design=row.design,
            subject=row.subject,
            **({"substance_group": row.substance_group} if row.substance_group else {}),
        )

    def tests(self, panel: Panel) -> None:
        """The sign test of each outcome group below its arrows."""
        for _, tests in groupby(panel.tests, key=lambda test: (test.subject, test.substance_group)):
            self.tests_of_kind(panel, list(tests))

    def tests_of_kind(self, panel: Panel, tests: list[DomainTest]) -> None:
        """The sign tests of one species and substance group."""
        canvas, sheet = self.canvas, self.sheet
        canvas.line(sheet.margin + 8, self.y, sheet.margin + sheet.inner - 8, self.y)
        room = sheet.inner - 16 if sheet.narrow else self.left - sheet.margin - 20
        told_of = fitted(f"Sign test, {_kind(tests[0])}: up, down; p", room, 11)
        canvas.text(sheet.margin + 8, self.y + 16, told_of, "small quiet")
        self.y += 16 if sheet.narrow else 0
        for test in tests:
            x = self.middle(test.domain)
            canvas.text(x, self.y + 14, f"{test.test.up}, {test.test.down}", "small mid num")
            canvas.text(x, self.y + 27, _p(test), "small quiet mid num")
            told = f"{test.test.up} up, {test.test.down} down, {test.sideways} sideways: {_p(test)}"
            canvas.tell((f"sign test of compared units, {_kind(test)}", _where(panel, test.domain), told))
        self.y += 36


def _p(test: DomainTest) -> str:
    p = test.test.p
    if p is None:
        return f"under {FEWEST}"
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


def _identity(row: UnitRow) -> str:
    studies = ", ".join(f"S{each}" for each in row.study_ids)
    year = f", {row.year}" if row.year else ""
    return f"{studies}, {_kind(row)}, {vocabulary().label('design', row.design)}{year}"


def _kind(of: UnitRow | DomainTest) -> str:
    """The species and the group of substances: *mouse, 7-OH products*."""
    return f"{vocabulary().label('subject', of.subject)}, {group_name(of.substance_group)}"


def _where(panel: Panel, domain: str) -> str:
    return f"{_SIDES[panel.side].lower()}, {panel.phase_label}, {vocabulary().outcomes[domain].label}"


def _told(row: UnitRow, panel: Panel, arrow: Arrow) -> Cells:
    outcomes = f"outcomes better {arrow.up}, worse {arrow.down}, neither {arrow.sideways}"
    sample = f"n = {arrow.n:,} {arrow.n_unit or ''}".rstrip() if arrow.n is not None else "sample not reported"
    ids = ", ".join(f"F{each}" for each in arrow.finding_ids[:12]) + (" …" if len(arrow.finding_ids) > 12 else "")
    told = f"{_WAYS[arrow.direction]}. {BANDS[row.band]}; {outcomes}; {sample}; {ids}"
    return (f"{row.label} ({_identity(row)})", _where(panel, arrow.domain), told)
