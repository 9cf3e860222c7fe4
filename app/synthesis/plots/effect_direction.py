"""The effect-direction plot: one arrow per independent unit, substance group, outcome domain and phase. Never significance.

Thomson & Thomas 2013 (Research Synthesis Methods 4:95), revised by Boon &
Thomson 2021 (12:29), as SWiM reporting (BMJ 2020;368:l6890) allows where
effects cannot be pooled. Only *taking* is drawn. Three bands that share one
picture: ``compared``; ``counted`` (surveillance, charts), which nothing was
compared with; and ``uncontrolled`` (case reports and series, felt effects).
Leaf and concentrated 7-OH are never one row. The sign test is made over
compared units alone, within one species, substance group and phase.
"""

from collections.abc import Iterable, Sequence

from msgspec import Struct, structs
from sqlalchemy.orm import Session

from app.findings.flat import SettledFinding
from app.search.pages import Counts, every_finding
from app.search.spec import Search
from app.synthesis.contrast import TAKING, contrasts_of
from app.synthesis.counting import SIDES, count, split
from app.synthesis.plots.arrows import direction_of, size_of
from app.synthesis.plots.sign_test import SignTest, sign_test
from app.vocabulary.words import vocabulary

CAPTION = "people who stopped because of problems are missing from these samples"
"""Beside the hollow arrows (evidence model, answers): benefits come from self-selected users, harms from cases."""
COMPARED, COUNTED, UNCONTROLLED = "compared", "counted", "uncontrolled"
BANDS = {
    COMPARED: "Compared with something",
    COUNTED: "Counted in surveillance or records, compared with nothing",
    UNCONTROLLED: "Case reports and what users felt",
}
_CASES = ("case_report", "case_series")
_LISTED = {
    "unfinished": "drafts that do not say yet what was seen when, or against what",
    "motive": "reasons for use and bare conclusions",
    "secondary": "reviews and other secondary literature",
    "retracted": "reports that were retracted or withdrawn",
    "context": "only detected, or about another substance",
    "other_contrast": "another contrast than taking it",
    "no_direction": "direction unclear, or an outcome that is neither good nor bad",
}


class Arrow(Struct, frozen=True):
    """One unit's direction in one domain.

    ``up``, ``down`` and ``sideways`` count the outcomes that went so. ``n`` is
    the largest single sample behind it, None where no report gives one.
    """

    domain: str
    direction: str
    size: str
    n: int | None
    n_unit: str | None
    up: int
    down: int
    sideways: int
    finding_ids: tuple[int, ...]
    study_ids: tuple[int, ...]


class UnitRow(Struct, frozen=True):
    """One independent unit with its arrows under one substance group; ``band`` says how the arrows are drawn.

    A unit that was given leaf and 7-OH, or rats and mice, has a row for each:
    ``substance_group`` is None where no substance was entered.
    """

    label: str
    design: str
    year: int | None
    band: str
    subject: str
    substance_group: str | None
    study_ids: tuple[int, ...]
    arrows: tuple[Arrow, ...]


class DomainTest(Struct, frozen=True):
    """The sign test of one domain over compared units of one species and substance group; ``sideways`` took no part in it."""

    domain: str
    subject: str
    substance_group: str | None
    sideways: int
    test: SignTest


class Panel(Struct, frozen=True):
    """One side (people or animals) in one phase: never put together with another."""

    side: str
    phase: str
    phase_label: str
    rows: tuple[UnitRow, ...]
    tests: tuple[DomainTest, ...]


class Listed(Struct, frozen=True):
    """Findings that have no arrow, and why."""

    reason: str
    label: str
    counts: Counts
    finding_ids: tuple[int, ...]


class EffectDirection(Struct, frozen=True):
    """The whole picture; ``totals`` counts what the arrows stand on."""

    domains: tuple[str, ...]
    domain_labels: dict[str, str]
    panels: tuple[Panel, ...]
    listed: tuple[Listed, ...]
    totals: Counts
    caption: str
    bands: dict[str, str]


def effect_direction(session: Session, search: Search) -> EffectDirection:
    """The plot of everything that ``search`` finds under *taking*; what is no evidence of effect is listed below."""
    wide = structs.replace(search.holding_outcome_all().asking(contrast=()), evidence="all")
    rows = [row for row in every_finding(session, wide) if search.evidence in ("all", "effect", row.evidence_class)]
    return effect_direction_of(rows, drawn=search.evidence in ("all", "effect") and TAKING in _asked(search))


def _asked(search: Search) -> tuple[str, ...]:
    """*Taking* is drawn unless a contrast was asked for and it was another."""
    return contrasts_of(search) if search.values("contrast") else (TAKING,)


def effect_direction_of(rows: Sequence[SettledFinding], *, drawn: bool = True) -> EffectDirection:
    """The plot of ``rows``, evidence or not; with ``drawn`` False everything is listed and nothing drawn."""
    reasons = split(rows, _reason_to_list)
    arrows = reasons.pop(None, [])
    panels = tuple(_panels(arrows)) if drawn else ()
    found = {arrow.domain for panel in panels for row in panel.rows for arrow in row.arrows}
    words = vocabulary()
    domains = tuple(each.id for each in words.outcomes.values() if each.id in found)
    return EffectDirection(
        domains=domains,
        domain_labels={each: words.outcomes[each].label for each in domains},
        panels=panels,
        listed=tuple(_listed(reasons)),
        totals=count(arrows if drawn else ()),
        caption=CAPTION,
        bands=BANDS,
    )


def _reason_to_list(row: SettledFinding) -> str | None:
    """Why a finding has no part in any arrow; None when it has."""
    words = vocabulary()
    tests = {
        "unfinished": None in (row.outcome, row.direction, row.phase, row.contrast),
        "retracted": row.standing in ("retracted", "withdrawn"),
        "secondary": words.attribute("design", row.design, "block") == "secondary",
        "context": row.evidence_class == "context",
        "motive": row.evidence_class == "reason",
        "other_contrast": row.contrast != TAKING,
        "no_direction": row.effect in ("unclear", "not_applicable"),
    }
    return next((reason for reason, holds in tests.items() if holds), None)


def _listed(reasons: dict[str, list[SettledFinding]]) -> Iterable[Listed]:
    for reason, label in _LISTED.items():
        rows = reasons.get(reason)
        if rows:
            yield Listed(reason, label, count(rows), tuple(row.id for row in rows))


def band_of(row: SettledFinding) -> str:
    """How a finding is drawn: filled, striped or hollow."""
    if row.design in _CASES or row.basis_group in ("case", "felt"):
        return UNCONTROLLED
    return COMPARED if row.compared else COUNTED


def _panels(rows: Sequence[SettledFinding]) -> Iterable[Panel]:
    words = vocabulary()
    panels = split(rows, lambda row: (row.side, row.phase))
    for side, phase in sorted(panels, key=lambda key: (SIDES.index(key[0]), words.ids("phase").index(key[1]))):
        units = split(panels[side, phase], lambda row: (band_of(row), row.unit, *_kind(row)))
        found = sorted((_unit(band, rows) for (band, *_), rows in units.items()), key=_place)
        yield Panel(side, phase, words.label("phase", phase), tuple(found), tuple(_tests(found)))


def _kind(of: SettledFinding | UnitRow) -> tuple[str, str]:
    """What is never put together: one species, and one group of substances."""
    return of.subject, of.substance_group or ""


def _place(unit: UnitRow) -> tuple[object, ...]:
    """Where a row stands in its panel: what is tested together stands together."""
    words = vocabulary()
    return (
        tuple(BANDS).index(unit.band),
        _place_of_kind(_kind(unit)),
        words.ids("design").index(unit.design),
        unit.year or 9999,
        unit.study_ids,
    )


def _place_of_kind(kind: tuple[str, str]) -> tuple[int, int]:
    subject, group = kind
    return vocabulary().ids("subject").index(subject), (*vocabulary().groups["substance"], "").index(group)


def _unit(band: str, rows: Sequence[SettledFinding]) -> UnitRow:
    by_domain = split(rows, lambda row: vocabulary().domain(row.outcome or ""))
    years = [row.study_year for row in rows if row.study_year]
    return UnitRow(
        label=rows[0].study_title,
        design=rows[0].design,
        year=min(years, default=None),
        band=band,
        subject=rows[0].subject,
        substance_group=rows[0].substance_group,
        study_ids=tuple(sorted({row.study_id for row in rows})),
        arrows=tuple(_arrow(domain, inside) for domain, inside in by_domain.items()),
    )


def _arrow(domain: str, rows: Sequence[SettledFinding]) -> Arrow:
    outcomes = split(rows, lambda row: row.outcome)
    votes = [direction_of([row.effect for row in inside]).direction for inside in outcomes.values()]
    vote = direction_of(votes)
    sized = [(n, row.n_unit) for row in rows if (n := row.n_group or row.n_total)]
    n, n_unit = max(sized, key=lambda pair: pair[0]) if sized else (None, None)
    return Arrow(
        domain=domain,
        direction=vote.direction,
        size=size_of(n),
        n=n,
        n_unit=n_unit,
        up=vote.up,
        down=vote.down,
        sideways=vote.sideways,
        finding_ids=tuple(row.id for row in rows),
        study_ids=tuple(sorted({row.study_id for row in rows})),
    )


def _tests(units: Sequence[UnitRow]) -> Iterable[DomainTest]:
    """A test for each species, substance group and domain, in the order of the rows."""
    votes: dict[tuple[str, str | None, str], list[str]] = {}
    for unit in units:
        for arrow in unit.arrows if unit.band == COMPARED else ():
            votes.setdefault((unit.subject, unit.substance_group, arrow.domain), []).append(arrow.direction)
    for (subject, group, domain), ways in votes.items():
        test = sign_test(ways.count("up"), ways.count("down"))
        yield DomainTest(domain, subject, group, ways.count("sideways"), test)
