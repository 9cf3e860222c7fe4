"""The evidence matrix: outcome × design, independent units by effect in each cell, and what an empty cell means.

Counts are unions: a unit may stand in several cells and under several effects
of one cell, so rows and columns do not add up. One block of rows holds one
contrast; two are never merged.
"""

from collections.abc import Iterable, Sequence

from msgspec import Struct
from sqlalchemy.orm import Session

from app.findings.flat import SettledFinding
from app.search.filters import FILTERS
from app.search.pages import Counts, every_finding
from app.search.spec import Search
from app.synthesis.contrast import contrasts_of
from app.synthesis.counting import count, split
from app.synthesis.plots.gaps import FULL_TEXT, KINDS, Known, kinds_of_gap, known
from app.vocabulary.words import vocabulary

_LEFT_OUT = "secondary"
_LABORATORY = "laboratory"
Gaps = dict[tuple[str, str], tuple[str, ...]]


class MatrixCell(Struct, frozen=True):
    """One outcome in one design. ``gap`` is the kind shown in an empty cell, ``gaps`` all that hold; both empty otherwise.

    ``by_effect`` counts units and is no partition of ``units``. ``phases`` and
    ``substance_groups`` say over what the cell reaches.
    """

    design: str
    units: int
    by_effect: dict[str, int]
    studies: int
    findings: int
    finding_ids: tuple[int, ...]
    study_ids: tuple[int, ...]
    phases: tuple[str, ...]
    substance_groups: tuple[str, ...]
    gap: str | None
    gaps: tuple[str, ...]


class MatrixRow(Struct, frozen=True):
    """One outcome, its own findings only; narrower outcomes have rows of their own, ``depth`` below it in the tree."""

    outcome: str
    label: str
    depth: int
    units: int
    cells: tuple[MatrixCell, ...]


class MatrixGroup(Struct, frozen=True):
    """An outcome group under one contrast: the union of its rows for each design, in the order of the columns."""

    contrast: str
    contrast_label: str
    domain: str
    label: str
    units: int
    units_by_design: tuple[int, ...]
    rows: tuple[MatrixRow, ...]


class MatrixColumn(Struct, frozen=True):
    """A design, how many studies of it the study and report filters leave, and how many of them were read in full."""

    design: str
    label: str
    studies: int
    read_in_full: int


class Apart(Struct, frozen=True):
    """Findings of the same question under a contrast that the picture does not show."""

    contrast: str
    label: str
    counts: Counts


class Matrix(Struct, frozen=True):
    """The whole picture. ``totals`` are unions over everything drawn."""

    contrasts: tuple[str, ...]
    columns: tuple[MatrixColumn, ...]
    groups: tuple[MatrixGroup, ...]
    totals: Counts
    apart: tuple[Apart, ...]
    gap_kinds: dict[str, str]
    cells_by_gap: dict[str, int]
    searched: bool
    unread_records: int


def matrix(session: Session, search: Search) -> Matrix:
    """The matrix of everything that ``search`` finds, with the state of reading behind its gaps."""
    rows = list(every_finding(session, search.holding_outcome_all().asking(contrast=())))
    return matrix_of(rows, known(session, search), search)


def matrix_of(rows: Sequence[SettledFinding], what: Known, search: Search) -> Matrix:
    """The matrix of ``rows``, all contrasts among them; ``what`` is what the store knows beside them."""
    contrasts = contrasts_of(search)
    shown = [row for row in rows if row.contrast in contrasts]
    columns = _columns(shown, what, search)
    tops = [each.id for each in vocabulary().outcomes.values() if each.parent is None]
    # By design in the order of the columns: cells are made in it.
    gaps = {
        (top, column.design): kinds_of_gap(what, domain=top, design=column.design) for top in tops for column in columns
    }
    groups = tuple(
        group
        for contrast in _blocks(contrasts, shown)
        for group in _groups(contrast, [row for row in shown if row.contrast == contrast], columns, gaps, search)
    )
    cells = [cell for group in groups for row in group.rows for cell in row.cells]
    return Matrix(
        contrasts=contrasts,
        columns=columns,
        groups=groups,
        totals=count(shown),
        apart=tuple(_apart([row for row in rows if row.contrast not in contrasts])),
        gap_kinds=KINDS,
        cells_by_gap={kind: sum(cell.gap == kind for cell in cells) for kind in KINDS},
        searched=what.searched,
        unread_records=what.unread,
    )


def _blocks(contrasts: tuple[str, ...], shown: Sequence[SettledFinding]) -> tuple[str, ...]:
    """One contrast is drawn even when empty; of several only those with findings."""
    found = {row.contrast for row in shown}
    return tuple(each for each in contrasts if each in found) or contrasts[:1]


def _columns(shown: Sequence[SettledFinding], what: Known, search: Search) -> tuple[MatrixColumn, ...]:
    """In the published order: the designs asked for, else every one that could answer; and each with a finding."""
    words = vocabulary()
    wanted = set(_designs_asked(search)) | {row.design for row in shown}
    return tuple(
        MatrixColumn(
            design=each,
            label=words.label("design", each),
            studies=len(of_design := what.of_design(each)),
            read_in_full=sum(study.read_depth == FULL_TEXT for study in of_design),
        )
        for each in words.ids("design")
        if each in wanted
    )


def _designs_asked(search: Search) -> Iterable[str]:
    """The designs that the question leaves: secondary literature is no gap, nor is a laboratory where people were asked for."""
    words = vocabulary()
    opened = {name: FILTERS[name].opened(search.values(name)) for name in ("design", "design_not", "subject")}
    in_people = {words.attribute("subject", each, "side") == "people" for each in opened["subject"]} or {True, False}
    for each in words.ids("design"):
        block = words.attribute("design", each, "block")
        fits = block != _LEFT_OUT and (block == "other" or (block != _LABORATORY) in in_people)
        if each in opened["design"] or (fits and not opened["design"] and each not in opened["design_not"]):
            yield each


def _groups(
    contrast: str, rows: Sequence[SettledFinding], columns: tuple[MatrixColumn, ...], gaps: Gaps, search: Search
) -> Iterable[MatrixGroup]:
    words = vocabulary()
    by_outcome = split(rows, lambda row: row.outcome)
    outcomes = _outcomes(search, by_outcome)
    for domain in dict.fromkeys(words.domain(each) for each in outcomes):
        members = [each for each in outcomes if words.domain(each) == domain]
        inside = [row for each in members for row in by_outcome.get(each, ())]
        by_design = split(inside, lambda row: row.design)
        yield MatrixGroup(
            contrast=contrast,
            contrast_label=words.label("contrast", contrast),
            domain=domain,
            label=words.outcomes[domain].label,
            units=len({row.unit for row in inside}),
            units_by_design=tuple(len({row.unit for row in by_design.get(each.design, ())}) for each in columns),
            rows=tuple(_row(each, by_outcome.get(each, []), gaps) for each in members),
        )


def _outcomes(search: Search, found: Iterable[str | None]) -> list[str]:
    """The outcomes asked for; else every core outcome and each with a finding. In the order of the tree."""
    words = vocabulary()
    asked = {each for meant in (*search.outcomes, *search.outcome_all) for each in meant.outcomes}
    wanted = asked or {each.id for each in words.outcomes.values() if each.kind == "core"}
    wanted = wanted | {each for each in found if each is not None}
    tops = [each.id for each in words.outcomes.values() if each.parent is None]
    ordered = [each for top in tops for each in _below(top)]
    return [each for each in ordered if each in wanted and (words.outcomes[each].parent or each in found)]


def _below(outcome: str) -> list[str]:
    """An outcome and all below it, each parent directly before its children."""
    children = [each.id for each in vocabulary().outcomes.values() if each.parent == outcome]
    return [outcome, *(each for child in children for each in _below(child))]


def _row(outcome: str, rows: Sequence[SettledFinding], gaps: Gaps) -> MatrixRow:
    by_design = split(rows, lambda row: row.design)
    top = vocabulary().domain(outcome)
    own = {design: kinds for (domain, design), kinds in gaps.items() if domain == top}
    return MatrixRow(
        outcome=outcome,
        label=vocabulary().outcomes[outcome].label,
        depth=_depth(outcome),
        units=len({row.unit for row in rows}),
        cells=tuple(_cell(design, by_design.get(design, []), kinds) for design, kinds in own.items()),
    )


def _depth(outcome: str) -> int:
    """How many outcomes stand between ``outcome`` and its group."""
    parent = vocabulary().outcomes[outcome].parent
    return 0 if parent is None or vocabulary().outcomes[parent].parent is None else 1 + _depth(parent)


def _cell(design: str, rows: Sequence[SettledFinding], kinds: tuple[str, ...]) -> MatrixCell:
    words = vocabulary()
    gaps = () if rows else kinds
    by_effect = split(rows, lambda row: row.effect)
    groups = {row.substance_group for row in rows}
    return MatrixCell(
        design=design,
        units=len({row.unit for row in rows}),
        by_effect={
            each: len({row.unit for row in by_effect[each]}) for each in words.ids("effect") if each in by_effect
        },
        studies=len({row.study_id for row in rows}),
        findings=len(rows),
        finding_ids=tuple(row.id for row in rows),
        study_ids=tuple(dict.fromkeys(row.study_id for row in rows)),
        phases=tuple(each for each in words.ids("phase") if any(row.phase == each for row in rows)),
        substance_groups=tuple(each for each in words.groups["substance"] if each in groups),
        gap=gaps[0] if gaps else None,
        gaps=gaps,
    )


def _apart(rows: Sequence[SettledFinding]) -> Iterable[Apart]:
    groups = split(rows, lambda row: row.contrast)
    words = vocabulary()
    for contrast in words.ids("contrast"):
        if contrast in groups:
            yield Apart(contrast, words.label("contrast", contrast), count(groups[contrast]))
