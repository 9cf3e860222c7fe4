"""The columns of an export of findings: one frozen list for every format. Nothing here writes bytes.

The order is a promise: a new column goes to the end, none is renamed or moved.
``docs/export.md`` holds the same list as the data dictionary, and a test
compares the two.
"""

from collections.abc import Iterable, Iterator
from operator import attrgetter
from typing import Any

from msgspec import Struct

from app.kit.public_ids import CITATION, EXPOSURE, FINDING, STUDY, public

ADDRESS = "/api/v1/findings/"
"""Where a finding is read; the service's own address stands before it."""


class Column(Struct, frozen=True):
    """One column: its name, what a cell says, and the field of the flat finding that it is from.

    A cell of a column with ``letter`` is a public id (``S12``); one with
    ``prefix`` is an address that ends in the finding's id.
    """

    name: str
    meaning: str
    field: str = ""
    letter: str = ""
    prefix: str = ""

    @property
    def source(self) -> str:
        """The field of :class:`FlatFinding` behind the column."""
        return self.field or self.name


FINDINGS: tuple[Column, ...] = (
    Column("id", "the finding", letter=FINDING),
    Column("study_id", "the study that it belongs to", letter=STUDY),
    Column("report_id", "the citation that reports it", letter=CITATION),
    Column("pmid", "PubMed id of the report"),
    Column("doi", "DOI of the report"),
    Column("pmcid", "PubMed Central id of the report"),
    Column("year", "year of the report, to cite it by"),
    Column("study_year", "year of the study's earliest report, by which years are filtered"),
    Column("outcome", "what was observed: an outcome of the vocabulary"),
    Column("outcome_label", "the same in words"),
    Column("direction", "more or less of the outcome"),
    Column("effect", "better or worse, by direction and outcome; not a size"),
    Column("phase", "when, in relation to use"),
    Column("phase_basis", "whether the phase is stated or inferred"),
    Column("precipitated", "whether an antagonist brought withdrawal on"),
    Column("contrast", "what was set against what"),
    Column("comparator", "the other side of the comparison"),
    Column("basis", "how it is known"),
    Column("basis_group", "kind of knowledge"),
    Column("compared", "whether something was compared at all"),
    Column("evidence_class", "effect, reason or context; only effect counts as evidence"),
    Column("counts_as_evidence", "whether public counts include it"),
    Column("design", "how the study was made"),
    Column("design_rank", "place of the design among designs, 1 first"),
    Column("subject", "in whom"),
    Column("side", "people, animals or neither"),
    Column("exposure_id", "the exposure that it is about", letter=EXPOSURE),
    Column("exposure_substance", "what was taken: a substance of the vocabulary"),
    Column("substance_group", "kind of substance"),
    Column("substance_name", "the substance as reported"),
    Column("preparation", "in which form"),
    Column("product_label", "the product's name"),
    Column("dose", "dose as reported"),
    Column("route", "way of taking it"),
    Column("frequency", "how often"),
    Column("duration", "for how long"),
    Column("co_exposures", "list: other substances taken"),
    Column("co_interventions", "list: treatments given beside it"),
    Column("measure", "instrument or laboratory value"),
    Column("higher_is", "whether a higher value of the measure is better or worse"),
    Column("effect_measure", "kind of number in value"),
    Column("value", "the number reported"),
    Column("ci_low", "lower end of its confidence interval"),
    Column("ci_high", "upper end of its confidence interval"),
    Column("unit_of_value", "unit of value"),
    Column("p_value_text", "p as printed"),
    Column("n_events", "how many had the outcome"),
    Column("n_group", "of how many"),
    Column("n_exposed", "how many were exposed"),
    Column("adjusted_for", "what the analysis adjusted for"),
    Column("time_point", "when it was measured"),
    Column("severity", "how severe"),
    Column("dechallenge", "what happened when use ended"),
    Column("rechallenge", "what happened when use began again"),
    Column("alternative_explanation", "whether the report names another cause"),
    Column("intended_direction", "what users wanted to happen"),
    Column("summary", "the finding in one sentence, the reader's words"),
    Column("quote_text", "the report's words"),
    Column("quote_state", "whether those words were found in the text"),
    Column("quote_location", "where in the report they stand"),
    Column("reading", "explicit, inferred or uncertain"),
    Column("entered_as", "the named effect that was entered, if one was"),
    Column("status", "state of the finding's review"),
    Column("study_status", "state of the study's review"),
    Column("review_level", "how many readers checked it"),
    Column("read_depth", "how much of the report was read"),
    Column("standing", "whether the report still stands; retracted ones do not count"),
    Column("report_title", "title of the report"),
    Column("journal", "journal of the report"),
    Column("study_title", "what the study is called here"),
    Column("n_total", "size of the study"),
    Column("n_unit", "what was counted for it"),
    Column("country", "two-letter code"),
    Column("recruitment", "how participants were found"),
    Column("funder_classes", "list: kinds of funders"),
    Column("coi_classes", "list: kinds of declared interests"),
    Column("overlap_group", "studies with the same people or animals share one"),
    Column("overlap_status", "whether overlap was looked for and found"),
    Column("version", "the finding's version; it grows with every edit"),
    Column("url", "where to read it in this service", field="id", prefix=ADDRESS),
)
"""Every column, in its place."""

NAMES = tuple(column.name for column in FINDINGS)

_values = attrgetter(*(column.source for column in FINDINGS))
_PUBLIC = tuple((place, column.letter) for place, column in enumerate(FINDINGS) if column.letter)
_ADDRESSES = tuple((place, column.prefix) for place, column in enumerate(FINDINGS) if column.prefix)


def rows_of(findings: Iterable[Any]) -> Iterator[list[Any]]:
    """The cells of each flat finding in the order of :data:`FINDINGS`: text, numbers, booleans, lists of text, or None."""
    # Not named as ``FlatFinding``: the process that makes tables of citations has no use for all that this would load.
    # One C call fetches all fields of a row; only the few cells that differ from their field are touched again.
    for finding in findings:
        cells = list(_values(finding))
        for place, letter in _PUBLIC:
            if cells[place] is not None:
                cells[place] = public(letter, cells[place])
        for place, prefix in _ADDRESSES:
            cells[place] = prefix + public(FINDING, finding.id)
        yield cells
