"""The shape of a claim as it is answered: verdict, sentence, and every finding on either side with its words."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from pydantic import Field

from app.api.evidence_shapes import LineOut, NeighbourOut, line_out
from app.api.shapes import API, CountsOut, Shape, fields_of, outgoing, shape_of
from app.findings.flat import SettledFinding
from app.kit.public_ids import FINDING, public
from app.synthesis.claim_words import Overstated
from app.synthesis.claims import ClaimAnswer
from app.synthesis.counting import SIDES
from app.synthesis.disagreement import Opposed
from app.synthesis.tally import Asked
from app.vocabulary.words import vocabulary

OverstatedOut = shape_of(Overstated, "OverstatedOut")
_ALWAYS = ("people", "animals")


class OpposedOut(Shape):
    """Findings alike in these axes that point both ways."""

    axes: dict[str, str]
    increased: list[str]
    decreased: list[str]


class SidesOut(Shape):
    """The findings on one side of a claim, people and animals apart; ``neither`` where there are any of the laboratory."""

    people: list[LineOut]
    animals: list[LineOut]
    neither: list[LineOut] = Field(default_factory=list)


class ClaimOut(Shape):
    """A claim and what the findings say to it.

    ``supporting``, ``opposing`` and ``undecided`` hold every candidate, mixed
    results on both sides; ``deciding`` names those on which the verdict rests.
    ``candidates`` splits the same findings by direction alone: ``agreeing``
    means the direction of the claim, ``other`` everything else.
    """

    id: str
    text: str
    scope: str
    strength: str
    claim_type: str
    sentences: list[int]
    population: str | None
    exposure: str | None
    comparator: str | None
    outcomes: list[str]
    direction: str | None
    phase: str | None
    contrast: str | None
    substance_group: str | None
    would_support: str | None
    would_contradict: str | None
    verdict: str = Field(examples=["supported"])
    verdict_label: str
    rule: str | None
    sentence: str
    overstated: OverstatedOut | None  # type: ignore[valid-type]  # made at run time
    supporting: SidesOut
    opposing: SidesOut
    undecided: SidesOut
    deciding: list[str]
    pairs: list[OpposedOut]
    nearest: list[NeighbourOut]  # type: ignore[valid-type]  # made at run time
    candidates: dict[str, dict[str, list[str]]]
    candidate_counts: CountsOut  # type: ignore[valid-type]  # made at run time
    parameters: dict[str, list[str]] | None
    findings_url: str | None
    url: str


_OF_THE_CLAIM = tuple(name for name in ClaimOut.model_fields if name in vocabulary().claims[0])
"""What the vocabulary says of a claim goes out as it is."""


def claim_out(answer: ClaimAnswer, at: Asked) -> dict[str, Any]:
    """A weighed claim as it goes out; ``at`` are the parameters that read a list in the same state of the store."""
    claim, weighed = answer.claim, answer.weighed
    asked = None if answer.asked is None else answer.asked | at
    verdict = vocabulary().axes["claim_verdict"][weighed.verdict]
    return {name: claim.get(name) for name in _OF_THE_CLAIM} | {
        "verdict": verdict.id,
        "verdict_label": verdict.label,
        "rule": verdict.definition,
        "sentence": answer.sentence,
        "overstated": outgoing(answer.overstated),
        **{side: _sides(getattr(weighed, side)) for side in ("supporting", "opposing", "undecided")},
        "deciding": _ids(weighed.deciding),
        "pairs": [_pair(pair) for pair in weighed.pairs],
        "nearest": outgoing(answer.nearest),
        "candidates": _candidates(answer),
        "candidate_counts": fields_of(answer.counts),
        "parameters": outgoing(asked),
        "findings_url": asked and f"{API}/findings?{urlencode(asked, doseq=True)}",
        "url": f"{API}/claims/{claim['id']}",
    }


def _ids(rows: Iterable[SettledFinding]) -> list[str]:
    return [public(FINDING, row.id) for row in rows]


def _sides(rows: Iterable[SettledFinding]) -> dict[str, list[dict[str, Any]]]:
    rows = list(rows)
    sides = {side: [line_out(row) for row in rows if row.side == side] for side in SIDES}
    return {side: lines for side, lines in sides.items() if lines or side in _ALWAYS}


def _candidates(answer: ClaimAnswer) -> dict[str, dict[str, list[str]]]:
    said = answer.claim["direction"]
    agreeing = [row for row in answer.rows if row.direction == said]
    other = [row for row in answer.rows if row.direction != said]
    return {
        stance: {side: _ids(row for row in rows if row.side == side) for side in _ALWAYS}
        for stance, rows in (("agreeing", agreeing), ("other", other))
    }


def _pair(pair: Opposed) -> dict[str, Any]:
    return {
        "axes": pair.axes,
        "increased": [public(FINDING, each) for each in pair.increased],
        "decreased": [public(FINDING, each) for each in pair.decreased],
    }
