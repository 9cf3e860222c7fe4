"""Flat findings written down one by one, for rules that need no database; and the database that keeps such findings."""

from itertools import count
from typing import Any

from app.findings.flat import FlatFinding
from app.vocabulary.words import vocabulary

_numbers = count(1)


def a_row(**changes: Any) -> FlatFinding:
    """A finding of a study of its own: worse anxiety while taking kratom, compared, in 100 people."""
    number = next(_numbers)
    fields: dict[str, Any] = dict.fromkeys(FlatFinding.__struct_fields__)
    fields |= {
        "id": number, "study_id": number, "report_id": number, "outcome": "anxiety", "direction": "increased",
        "phase": "active_use", "contrast": "taking", "basis": "observational_comparison", "design": "cross_sectional_analytic",
        "subject": "human",
        "exposure_substance": "kratom_leaf", "standing": "current", "status": "submitted", "study_status": "submitted",
        "review_level": "one_reader", "evidence_class": "effect", "read_depth": "abstract", "study_title": f"Study {number}",
        "study_year": 2020, "n_total": 100, "precipitated": False, "version": 1, "overlap_status": "none_known",
        **{name: [] for name in ("co_exposures", "co_interventions", "funder_classes", "coi_classes")},
    }  # fmt: skip
    fields |= changes
    words = vocabulary()
    derived = {
        "outcome_label": words.outcomes[fields["outcome"]].label,
        "effect": words.effect(fields["direction"], fields["outcome"]),
        "basis_group": words.attribute("basis", fields["basis"], "group"),
        "compared": bool(words.attribute("basis", fields["basis"], "compared")),
        "side": words.attribute("subject", fields["subject"], "side"),
        "substance_group": words.substance_group_of[fields["exposure_substance"]],
    }
    return FlatFinding(**(fields | derived | changes))
