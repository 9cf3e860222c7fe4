"""What a reviewer sends about a record. Nothing here touches the database."""

from typing import Annotated, Literal

from pydantic import AfterValidator, model_validator

from app.kit.draft import Draft, Text
from app.vocabulary.words import member_of

Stage = Literal["title_abstract", "full_text"]
Reason = Annotated[str, AfterValidator(member_of("exclusion_reason"))]


class DecisionDraft(Draft):
    """Include, exclude with a reason, or maybe. ``resolves``: an editor's word on a conflict of others."""

    stage: Stage
    decision: Literal["include", "exclude", "maybe"]
    reason: Reason | None = None
    note: Text | None = None
    resolves: bool = False
    create_study: bool = False
    """Also make the draft of a study when this includes the record by title and abstract; by full text it is always made."""

    @model_validator(mode="after")
    def _resolving_ends_a_conflict(self) -> "DecisionDraft":
        if self.resolves and self.decision == "maybe":
            raise ValueError("maybe resolves no conflict; include or exclude")
        return self

    @model_validator(mode="after")
    def _reason_belongs_to_exclusion(self) -> "DecisionDraft":
        if self.decision == "exclude" and self.reason is None:
            raise ValueError("an exclusion needs a reason")
        if self.decision != "exclude" and self.reason is not None:
            raise ValueError("only an exclusion has a reason; write a note")
        return self
