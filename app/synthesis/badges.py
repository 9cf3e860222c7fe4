"""Badges: a few derived sentences per phase, side and substance group. No score, no tick, no cross."""

from collections.abc import Sequence

from msgspec import Struct

from app.findings.flat import SettledFinding
from app.search.pages import Counts
from app.synthesis import comparison, phrases
from app.synthesis.counting import SIDES, checked_twice, count, read_depths, split
from app.vocabulary.words import vocabulary


class Badge(Struct, frozen=True):
    """What the rows of one contrast, phase, side and substance group say together, and which rows these are."""

    contrast: str
    phase: str
    side: str
    substance_group: str
    text: str
    sentences: tuple[str, ...]
    counts: Counts
    finding_ids: tuple[int, ...]
    study_ids: tuple[int, ...]


def badges(outcome: str, rows: Sequence[SettledFinding]) -> list[Badge]:
    """The badges of ``rows`` in the order of the vocabulary; ``outcome`` is the label of what was asked."""
    groups = split(rows, lambda row: (row.contrast, row.phase, row.side, row.substance_group))
    return [_badge(outcome, groups[key], rows) for key in sorted(groups, key=_place)]


def _place(key: tuple[str | None, ...]) -> tuple[int, ...]:
    words = vocabulary()
    contrast, phase, side, group = key
    groups = tuple(words.groups["substance"])
    # What a draft does not say yet stands last.
    orders = ((words.ids("contrast"), contrast), (words.ids("phase"), phase), (SIDES, side), (groups, group))
    return tuple(order.index(value) if value in order else len(order) for order, value in orders)


def _badge(outcome: str, rows: list[SettledFinding], everything: Sequence[SettledFinding]) -> Badge:
    first = rows[0]
    sentences = tuple(s for s in (_found(outcome, rows), _apart(rows, everything), _readings(rows), _state(rows)) if s)
    return Badge(
        contrast=first.contrast or "",
        phase=first.phase or "",
        side=first.side,
        substance_group=first.substance_group or "",
        text=" ".join(sentences),
        sentences=sentences,
        counts=count(rows),
        finding_ids=tuple(row.id for row in rows),
        study_ids=tuple(dict.fromkeys(row.study_id for row in rows)),
    )


def _found(outcome: str, rows: list[SettledFinding]) -> str:
    several = len({row.outcome for row in rows}) > 1 or rows[0].outcome_label != outcome
    clauses = "; ".join(phrases.evidence_clauses(rows, name_outcome=several))
    best = comparison.best_comparison(rows)
    compared = f"best comparison made: {comparison.in_words(best)}" if best else "no comparison found"
    drugs = f" ({phrases.other_drugs(rows)})" if rows[0].side == "people" else ""
    return f"{phrases.heading(outcome, rows[0])}: {clauses}{drugs}; {compared}."


def _apart(rows: list[SettledFinding], everything: Sequence[SettledFinding]) -> str:
    """Where the other substance groups of the same question stand: leaf and concentrated 7-OH are never one row."""
    first = rows[0]
    alike = [
        row for row in everything if (row.contrast, row.phase, row.side) == (first.contrast, first.phase, first.side)
    ]
    others = split(alike, lambda row: row.substance_group)
    sentences = []
    for group in vocabulary().groups["substance"]:
        if group in (first.substance_group, "not_kratom"):
            continue
        studies = len({row.study_id for row in others.get(group, ())})
        if studies:
            sentences.append(f"{phrases.group_name(group)} listed apart: {phrases.counted(studies, 'study')}.")
        elif group == "7oh_product" and first.substance_group == "kratom" and first.side == "people":
            sentences.append("7-OH products listed apart.")
    return " ".join(sentences)


def _readings(rows: list[SettledFinding]) -> str:
    uncertain = sum(row.reading == "uncertain" for row in rows)
    if not uncertain:
        return ""
    verb = "is an uncertain reading" if uncertain == 1 else "are uncertain readings"
    return f"{uncertain} of {len(rows)} {'finding' if len(rows) == 1 else 'findings'} {verb} of the text."


def _state(rows: list[SettledFinding]) -> str:
    studies = len({row.study_id for row in rows})
    return phrases.reading_state(twice=checked_twice(rows), studies=studies, depths=read_depths(rows))
