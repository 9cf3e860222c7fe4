"""The PRISMA 2020 flow, drawn: boxes from identification to inclusion, and beside each what left there and why."""

from msgspec import Struct

from app.synthesis.drawing.canvas import Box, Canvas, wrapped
from app.synthesis.drawing.sheet import Sheet, notes, opened, several
from app.synthesis.plots.prisma import Flow
from app.vocabulary.words import vocabulary

TITLE = "Flow of records, reports and studies"
_COLUMNS = ("stage", "box", "records, reports and studies")
_NOTE = (
    "Drawn from the log at this moment, after PRISMA 2020 (Page et al., BMJ 2021;372:n71). Every record that was identified is "
    "in exactly one place, and the numbers re-add. Identification is of the whole store; the filters act after it."
)


class Step(Struct, frozen=True):
    """A box: its heading, its lines with their numbers, and where it leads."""

    heading: str
    lines: tuple[tuple[str, int | None], ...]
    href: str


class Stage(Struct, frozen=True):
    """A box of the flow and, where something leaves it, the box beside it."""

    phase: str
    main: Step
    aside: Step | None = None


def draw(found: Flow, sheet: Sheet) -> bytes:
    """The flow as SVG."""
    canvas, y = opened("prisma", sheet, title=TITLE, summary=_summary(found), columns=_COLUMNS)
    stages = _stages(found, sheet)
    column = _Column(canvas, sheet, y + 6)
    for stage in stages:
        column.stage(stage, last=stage is stages[-1])
    return canvas.finish(notes(canvas, sheet, column.y + 34, [*_searches(found), _NOTE]))


def _summary(found: Flow) -> list[str]:
    included = f"{several(found.included.studies, 'study', 'studies')} in {several(found.reports_included, 'report')}"
    records = f"{found.identified.total:,} records identified, {found.records:,} stored, {found.considered:,} within the question"
    return [f"{records}; {included} included."]


def _searches(found: Flow) -> list[str]:
    last = found.last_search
    if last is None:
        return ["PubMed was never searched from here."]
    state = "" if last.complete else " It ended incomplete."
    return [f"Last search of PubMed: {last.at.date()}, “{last.query}”, {last.hits or 0:,} hits.{state}"]


def _stages(found: Flow, sheet: Sheet) -> list[Stage]:
    def records(heading: str, line: str, n: int) -> Step:
        return Step(heading, ((line, n),), sheet.to.citations())

    outside = records("Outside the question", "records that the filters leave out", found.outside_filters)
    excluded = records("Excluded by screening", "records", found.screening.excluded)
    within = records("Records within the question", "records", found.considered)
    return [
        Stage(
            "Identification", Step("Records identified", _sources(found), sheet.to.imports()), _removed(found, sheet)
        ),
        Stage("Screening", records("Records stored", "records", found.records), outside),
        Stage("Screening", within, _waiting(found, sheet)),
        Stage("Screening", _screened(found, sheet), excluded),
        Stage("Included", _included(found, sheet)),
    ]


def _sources(found: Flow) -> tuple[tuple[str, int | None], ...]:
    identified = found.identified
    runs = [
        (
            f"{each.label} ({several(each.runs, 'run')}{f', {each.unfinished} not complete' if each.unfinished else ''})",
            each.asked,
        )
        for each in identified.runs
    ]
    return (*runs, ("starter corpus", identified.from_starter), ("entered by hand", identified.by_hand),
            ("in all", identified.total))  # fmt: skip


def _removed(found: Flow, sheet: Sheet) -> Step:
    removed = found.removed
    lines = (
        ("stored already", removed.known_already), ("merged into another record", removed.merged),
        ("rejected as unreadable or without identity", removed.rejected), ("not returned by the source", removed.not_returned),
        ("in all", removed.total),
    )  # fmt: skip
    return Step("Removed before screening", lines, sheet.to.imports())


def _screened(found: Flow, sheet: Sheet) -> Step:
    line = (
        "records"
        if found.screening.recorded
        else "no decision is recorded yet: what is included was chosen without one"
    )
    return Step("Records screened", ((line, found.screening.screened),), sheet.to.citations())


def _waiting(found: Flow, sheet: Sheet) -> Step:
    lines = (("in no study yet: unread", found.in_no_study), ("in studies that are not public", found.in_drafts))
    return Step("Not included so far", lines, sheet.to.citations())


def _included(found: Flow, sheet: Sheet) -> Step:
    words = vocabulary()
    depths = tuple((words.label("read_depth", depth), n) for depth, n in found.studies_by_read_depth.items())
    lines = (
        ("reports", found.reports_included), ("studies", found.included.studies),
        ("independent units", found.included.independent_units), ("findings counted", found.included.findings),
    )  # fmt: skip
    secondary = (("of the studies: reviews and comments, never evidence", found.secondary),) if found.secondary else ()
    return Step("Included", (*lines, *secondary, *((f"studies: {text}", n) for text, n in depths)), sheet.to.studies())


class _Column:
    """The boxes one below the other; ``y`` is where the next goes."""

    def __init__(self, canvas: Canvas, sheet: Sheet, y: float) -> None:
        self.canvas = canvas
        self.sheet = sheet
        self.y = y
        self._phase = ""
        self._left = sheet.margin + (0 if sheet.narrow else 40)
        self._main = sheet.inner if sheet.narrow else 470.0
        self._gap = 60.0

    def stage(self, stage: Stage, *, last: bool) -> None:
        """A box, what leaves beside it (on a telephone below it, indented), and the arrow to the next."""
        if stage.phase != self._phase:
            self._phase = stage.phase
            self._name(stage.phase)
        top = self.y
        bottom = self._box(stage.main, Box(self._left, top, self._main, 0))
        middle = self._left + 40
        if stage.aside and self.sheet.narrow:
            indent = 64.0
            box = Box(self._left + indent, bottom + 14, self._main - indent, 0)
            self._arrow(middle, bottom + 34, self._left + indent, bottom + 34)
            self.y = self._box(stage.aside, box)
        elif stage.aside:
            x = self._left + self._main
            self._arrow(x, top + 17, x + self._gap, top + 17)
            right = Box(x + self._gap, top, self.sheet.width - self.sheet.margin - x - self._gap, 0)
            self.y = max(bottom, self._box(stage.aside, right))
        else:
            self.y = bottom
        if not last:
            self._arrow(middle, bottom, middle, self.y + 28)
            self.y += 28

    def _name(self, phase: str) -> None:
        if self.sheet.narrow:
            return
        self.canvas.text(self.sheet.margin + 14, self.y + 112, phase, "strong quiet", turned=True)

    def _box(self, step: Step, box: Box) -> float:
        """A box with its lines; where it ends."""
        inner = box.w - 24
        texts = [(wrapped(text, inner - 64), n) for text, n in step.lines]
        height = 34 + sum(16 * len(lines) + 3 for lines, _ in texts) + 6
        box = box._replace(h=height)
        self.canvas.rect(box, "frame", round_=5)
        self.canvas.text(box.x + 12, box.y + 22, step.heading, "strong sub")
        y = box.y + 43
        for lines, n in texts:
            if n is not None:
                self.canvas.text(
                    box.x + box.w - 12, y, f"{n:,}", "strong end num" if lines == ["in all"] else "end num"
                )
            y = self.canvas.lines(box.x + 12, y, lines, "quiet") + 3
        told = "; ".join(text if n is None else f"{text} {n:,}" for text, n in step.lines)
        self.canvas.link(box, step.href, (self._phase, step.heading, told))
        return box.y + height

    def _arrow(self, x1: float, y1: float, x2: float, y2: float) -> None:
        self.canvas.line(x1, y1, x2, y2, look="open o-quiet")
        head = f"M{x2} {y2}l-7 -4v8z" if y1 == y2 else f"M{x2} {y2}l-4 -7h8z"
        self.canvas.path(head, "quiet")
