"""The shapes of the sections of an evidence answer, and the parameters that list the rows behind each of their numbers."""

from typing import Any

from app.api.shapes import outgoing, shape_of
from app.search.filters import FILTERS
from app.search.spec import Search
from app.synthesis.disagreement import Disagreement
from app.synthesis.evidence import Answer
from app.synthesis.moments import UseMoment
from app.synthesis.sections import SECTIONS
from app.synthesis.tables import CaseRow, DoseRow, FundingRow, SubstanceRow
from app.synthesis.tally import Asked
from app.synthesis.units import UnitLine

UseMomentOut = shape_of(UseMoment, "UseMomentOut")
UnitLineOut = shape_of(UnitLine, "UnitLineOut")
DisagreementOut = shape_of(Disagreement, "DisagreementOut")
SubstanceRowOut = shape_of(SubstanceRow, "SubstanceRowOut")
DoseRowOut = shape_of(DoseRow, "DoseRowOut")
FundingRowOut = shape_of(FundingRow, "FundingRowOut")
CaseRowOut = shape_of(CaseRow, "CaseRowOut")


def sections_out(answer: Answer, search: Search, asked: dict[str, list[str]]) -> dict[str, Any]:
    """The sections as they go out; ``asked`` are the parameters of the question, its outcome among them."""
    body: dict[str, Any] = {name: outgoing(getattr(answer.sections, name)) for name in SECTIONS}
    kept = {name: values for name, values in asked.items() if name != "sections" and any(values)}
    for row in body["by_substance"] or ():
        row["parameters"] = _narrowed(kept, row["parameters"], search)
    for moment in body["side_by_side"] or ():
        for column in moment["columns"]:
            # A named effect means taking, whatever else is asked: no list of it holds another contrast.
            listed = answer.meant.contrast in (None, column["contrast"])
            column["parameters"] = _narrowed(kept, column["parameters"], search) if listed else None
    return body


def _narrowed(kept: dict[str, list[str]], more: Asked, search: Search) -> dict[str, list[str]]:
    """The question with ``more`` set; who was asked about is cut down to one side, never widened to it."""
    subjects = FILTERS["subject"].opened(more["subject"])
    asked = FILTERS["subject"].opened(search.values("subject"))
    subject = [each for each in asked if each in subjects] or list(more["subject"])
    return kept | {name: list(values) for name, values in more.items()} | {"subject": subject}
