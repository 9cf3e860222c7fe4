"""What is sent about findings: one, many over shared fields, or a change. What it comes to is in ``app.findings.entering``."""

from typing import Annotated, Any

from pydantic import Field, create_model, model_validator

from app.api.entries import Reference, patch_of
from app.api.study_entries import Comment
from app.findings.draft import FindingDraft
from app.findings.entering import ScoreChange
from app.findings.quotes import Location, QuoteDraft, QuotedText
from app.kit.draft import Draft, Line, Name
from app.kit.public_ids import CITATION, EXPOSURE

MOST_AT_ONCE = 200

_MOST_QUOTES = 20


class QuoteEntry(Draft):
    """Words copied from the report or the citation named; ``page`` is page, table or figure of what is not in the abstract."""

    text: QuotedText
    location: Location = "abstract"
    page: Line | None = None
    citation_id: Annotated[int, *Reference.to(CITATION)] | None = None

    def draft(self) -> QuoteDraft:
        """The same for the room."""
        return QuoteDraft(**self.model_dump())


_QUOTES: Any = (Annotated[list[QuoteEntry], Field(max_length=_MOST_QUOTES)] | None, None)
_SHORT: dict[str, Any] = {
    "report_id": (Annotated[int, *Reference.to(CITATION)] | None, None),
    "exposure_id": (Annotated[int, *Reference.to(EXPOSURE)] | None, None),
    "outcome": (
        Annotated[Name, Field(description="an outcome, or a named effect, which says the direction too")] | None,
        None,
    ),
    "score_change": (
        Annotated[ScoreChange, Field(description="which way the score went; the direction follows from higher_is")]
        | None,
        None,
    ),
    "looked_for_absent": (
        Annotated[bool, Field(description="asked about and did not occur: direction no_change, and no events")] | None,
        None,
    ),
}

FindingFields: Any = patch_of(
    FindingDraft, "FindingFields", without=("entered_as",), also={**_SHORT, "quotes": _QUOTES},
    doc="Fields of a finding. A draft may lack any; `missing` in the answer says which a submitted one needs.",
)  # fmt: skip
FindingChanges: Any = patch_of(
    FindingDraft, "FindingChanges", without=("entered_as",), also={**_SHORT, "comment": (Comment, None)},
    doc="Fields of a finding (JSON merge patch). What is left out stays, and `null` empties a field.",
)  # fmt: skip
OUTCOMES = "outcomes"


class _Many(FindingFields):  # type: ignore[misc]  # its base is made at run time
    """One finding; or many: ``findings``, or ``outcomes``, each over the fields of ``defaults``."""

    defaults: FindingFields | None = None
    findings: Annotated[list[FindingFields], Field(min_length=1, max_length=MOST_AT_ONCE)] | None = None
    outcomes: Annotated[list[Name], Field(min_length=1, max_length=MOST_AT_ONCE)] | None = None

    @model_validator(mode="after")
    def _one_or_many(self) -> "_Many":
        given = self.model_fields_set
        if not {"findings", "outcomes"} & given:
            if "defaults" in given:
                raise ValueError("defaults are for findings or outcomes; give one of these lists with them")
            return self
        if {"findings", "outcomes"} <= given:
            raise ValueError("outcomes or findings: give one of the two")
        beside = sorted(given - {"defaults", "findings", "outcomes"})
        if beside:
            raise ValueError(f"{beside[0]} stands beside the list; what holds for all of it belongs into defaults")
        return self


FindingsEntry: Any = create_model("FindingsEntry", __base__=_Many, __doc__=_Many.__doc__)


def listed(entry: Any) -> tuple[str | None, list[dict[str, Any]], dict[str, Any]]:
    """The name of the list, what stands in it as fields, and the defaults; no name for one finding by itself."""
    sent: dict[str, Any] = entry.model_dump(exclude_unset=True)
    if sent.get("findings") is not None:
        return "findings", sent["findings"], sent.get("defaults") or {}
    if sent.get(OUTCOMES) is not None:
        return OUTCOMES, [{"outcome": each} for each in sent[OUTCOMES]], sent.get("defaults") or {}
    return None, [sent], {}
