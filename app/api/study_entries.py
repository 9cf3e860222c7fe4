"""What is sent about studies, their reports and exposures. Who may send it, and what becomes of it, is in ``study_writes``."""

from typing import Annotated, Any

from pydantic import Field, model_validator

from app.api.entries import Reference, patch_of
from app.kit.draft import Draft, Text
from app.kit.identifiers import parse_pmid
from app.kit.public_ids import CITATION
from app.studies.draft import ExposureDraft, Role, StudyDraft

FIRST_ROLE = "primary_main"
_FEW = Field(max_length=50)


class ReportEntry(Draft):
    """A report of a study: a stored citation, by its id or its PMID."""

    citation_id: Annotated[int, *Reference.to(CITATION)] | None = None
    pmid: Annotated[str, Field(max_length=20, examples=["33868054"])] | None = None
    role: Role = FIRST_ROLE

    @model_validator(mode="after")
    def _names_one_citation(self) -> "ReportEntry":
        if (self.citation_id is None) == (self.pmid is None):
            raise ValueError("citation_id or pmid: give one of the two")
        if self.pmid is not None:
            parse_pmid(self.pmid)
        return self


class StudyEntry(StudyDraft):
    """A study, if wanted with its reports and what was taken in it."""

    reports: Annotated[tuple[ReportEntry, ...], _FEW] = ()
    exposures: Annotated[tuple[ExposureDraft, ...], _FEW] = ()


Comment = Annotated[Text | None, Field(description="why; it stands in the history, and with a proposal")]
StudyChanges: Any = patch_of(
    StudyDraft, "StudyChanges", also={"comment": (Comment, None)},
    doc="Fields of a study (JSON merge patch). What is left out stays, `null` empties a field, lists are sent whole.",
)  # fmt: skip
ExposureChanges: Any = patch_of(
    ExposureDraft, "ExposureChanges", also={"comment": (Comment, None)},
    doc="Fields of an exposure (JSON merge patch). What is left out stays, `null` empties a field, lists are sent whole.",
)  # fmt: skip
