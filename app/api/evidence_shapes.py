"""The shape of an evidence answer: counts, badges and the ids of every row behind them."""

from typing import Any

from msgspec import Struct
from pydantic import Field

from app.api.section_shapes import (
    CaseRowOut,
    DisagreementOut,
    DoseRowOut,
    FundingRowOut,
    SubstanceRowOut,
    UnitLineOut,
    UseMomentOut,
)
from app.api.shapes import API, CountsOut, Shape, fields_of, finding_out, moment_out, outgoing, shape_of
from app.findings.flat import SettledFinding
from app.jobs.runs import LastSearch
from app.kit.public_ids import CITATION, FINDING, STUDY, public
from app.synthesis.badges import Badge
from app.synthesis.comparison import Comparison, in_words
from app.synthesis.counting import Sample
from app.synthesis.evidence import Answer
from app.synthesis.nearest import Neighbour
from app.vocabulary.words import vocabulary

BadgeOut = shape_of(Badge, "BadgeOut")
ComparisonOut = shape_of(Comparison, "ComparisonOut", text=(str, ...))
LastSearchOut = shape_of(LastSearch, "LastSearchOut", at=(str, ...))
NeighbourOut = shape_of(Neighbour, "NeighbourOut")
SampleOut = shape_of(Sample, "SampleOut", note=(str, ...))


class CellOut(Shape):
    """What stands behind one combination of axes."""

    effect: str
    direction: str
    design: str
    phase: str
    subject: str
    substance_group: str
    findings: int
    studies: int
    independent_units: int
    reports: int


class PhaseNotReportedOut(Shape):
    """The same question where the report does not say when."""

    findings: int
    studies: int
    independent_units: int
    reports: int
    finding_ids: list[str]


class OutcomeOut(Shape):
    """The outcome asked about: what it includes, and neighbours that are not counted in."""

    id: str
    label: str
    definition: str | None
    included: list[list[str | None]]
    search_also: list[str]


class ApartOut(Shape):
    """Findings under another contrast, beside the answer and never inside it."""

    contrast: str
    label: str
    findings: int
    studies: int
    independent_units: int
    reports: int
    finding_ids: list[str]
    badges: list[BadgeOut]  # type: ignore[valid-type]  # made at run time


class CollectionOut(Shape):
    """What the answer rests on; ``last_search`` is null where PubMed was never searched from here."""

    records: int
    screened: int
    studies: int
    read: int
    read_in_abstract_only: int
    studies_by_read_depth: dict[str, int]
    last_search: LastSearchOut | None  # type: ignore[valid-type]  # made at run time


class LineOut(Shape):
    """One finding as a line to read: what it says, how it is known, where it stands."""

    finding_id: str
    study_id: str
    report_id: str | None
    summary: str | None
    direction: str | None
    effect: str
    phase: str | None
    contrast: str | None
    basis: str | None
    compared: bool
    comparator: str | None
    design: str
    subject: str
    substance_group: str | None
    n_events: int | None
    n_group: int | None
    reading: str | None
    quote_text: str | None
    quote_state: str | None
    quote_location: str | None
    standing: str
    review_level: str
    read_depth: str | None
    year: int | None
    pmid: str | None
    doi: str | None
    url: str


class EvidenceOut(Shape):
    """The answer to one question about one outcome. Totals are unions over cells, never their sums.

    Sections that ``sections`` left out are null. ``parameters`` in them are
    those of ``/findings`` that list the rows behind a number; where drafts are
    asked for, the list has those too whose study has no design yet, which no number counts.
    """

    outcome: OutcomeOut
    question: str
    contrasts: list[str]
    empty: bool
    empty_text: str | None
    set_aside: list[str]
    set_aside_text: str | None
    badges: list[BadgeOut]  # type: ignore[valid-type]  # made at run time
    totals: CountsOut  # type: ignore[valid-type]  # made at run time
    by_side: dict[str, CountsOut]  # type: ignore[valid-type]  # made at run time
    by_basis_group: dict[str, CountsOut]  # type: ignore[valid-type]  # made at run time
    cells: list[CellOut]
    best_comparison: ComparisonOut | None  # type: ignore[valid-type]  # made at run time
    apart: list[ApartOut]
    phase_not_reported: PhaseNotReportedOut
    review: dict[str, int] = Field(examples=[{"two_readers": 0, "of_studies": 2}])
    read_depth: dict[str, int]
    largest_sample: SampleOut | None  # type: ignore[valid-type]  # made at run time
    collection: CollectionOut
    nearest: list[NeighbourOut]  # type: ignore[valid-type]  # made at run time
    side_by_side: list[UseMomentOut] | None  # type: ignore[valid-type]  # made at run time
    units: list[UnitLineOut] | None  # type: ignore[valid-type]  # made at run time
    disagreements: list[DisagreementOut] | None  # type: ignore[valid-type]  # made at run time
    by_substance: list[SubstanceRowOut] | None  # type: ignore[valid-type]  # made at run time
    doses: list[DoseRowOut] | None  # type: ignore[valid-type]  # made at run time
    funding: list[FundingRowOut] | None  # type: ignore[valid-type]  # made at run time
    cases: list[CaseRowOut] | None  # type: ignore[valid-type]  # made at run time
    lines: list[LineOut]
    findings: list[str]
    studies: list[str]
    reports: list[str]


def evidence_out(answer: Answer, sections: dict[str, Any]) -> dict[str, Any]:
    """An answer as it goes out, with its ``sections`` in their outgoing form."""
    rows = answer.rows
    known = vocabulary().outcomes.get(answer.meant.id)
    collection = fields_of(answer.collection)
    if answer.collection.last_search:
        collection["last_search"]["at"] = moment_out(answer.collection.last_search.at)
    return {
        "outcome": {
            "id": answer.meant.id,
            "label": answer.meant.label,
            "definition": known.definition if known else None,
            "included": [list(pair) for pair in answer.meant.pairs],
            "search_also": list(answer.meant.search_also),
        },
        **{
            name: outgoing(getattr(answer, name))
            for name in ("totals", "by_side", "by_basis_group", "badges", "nearest")
        },
        **{name: outgoing(getattr(answer, name)) for name in ("question", "contrasts", "empty_text", "read_depth")},
        "empty": not rows,
        "set_aside": [public(FINDING, each) for each in answer.set_aside],
        "set_aside_text": answer.set_aside_text,
        "cells": [_flat_counts(cell) for cell in answer.cells],
        "best_comparison": _comparison(answer),
        "apart": [_flat_counts(apart) for apart in answer.apart],
        "phase_not_reported": outgoing(answer.phase_not_reported)
        | {"finding_ids": [public(FINDING, each) for each in answer.phase_not_reported_ids]},
        "review": {"two_readers": answer.checked_twice, "of_studies": answer.totals.studies},
        "largest_sample": _sample(answer),
        "collection": collection,
        **sections,
        "lines": [line_out(row) for row in rows],
        "findings": [public(FINDING, row.id) for row in rows],
        "studies": [public(STUDY, each) for each in sorted({row.study_id for row in rows})],
        "reports": [public(CITATION, each) for each in sorted({row.report_id for row in rows if row.report_id})],
    }


def _flat_counts(value: Struct) -> dict[str, Any]:
    body = fields_of(value)
    counts = body.pop("counts")
    return {**body, **counts}


def _comparison(answer: Answer) -> dict[str, Any] | None:
    if answer.best_comparison is None:
        return None
    return fields_of(answer.best_comparison) | {"text": in_words(answer.best_comparison)}


def _sample(answer: Answer) -> dict[str, Any] | None:
    if answer.largest_sample is None:
        return None
    return fields_of(answer.largest_sample) | {"note": "the largest single sample; samples are never added up"}


def line_out(row: SettledFinding) -> dict[str, Any]:
    """One finding as a line."""
    body = finding_out(row)
    return {name: body[name] for name in LineOut.model_fields if name in body} | {
        "finding_id": body["id"],
        "url": f"{API}/findings/{body['id']}",
    }
