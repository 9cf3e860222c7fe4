"""What a curator writes in short, made into the fields of a finding. Nothing here touches the database.

``score_change`` says which way a score went, and the direction of the outcome
follows from what a higher score means. ``looked_for_absent`` is one tick for
what was asked about and did not occur. Both say a direction, as a named effect
does; two that disagree are refused.
"""

from collections.abc import Mapping
from typing import Any, Literal

from app.errors import Invalid
from app.findings.draft import FindingDraft
from app.kit.checking import checked
from app.kit.patches import merged
from app.vocabulary.words import vocabulary

ScoreChange = Literal["went_up", "went_down", "no_change"]
SHORT = ("score_change", "looked_for_absent")
_WAYS = ("direction", *SHORT)
ABSENT = "no_change"
_NO_EVIDENCE = "reason"


def read(patch: Mapping[str, Any], *, held: Mapping[str, Any]) -> FindingDraft:
    """The finding that a merge patch makes of the fields ``held``. Raises :class:`Invalid` naming every field at fault."""
    values = merged(dict(held), {name: value for name, value in patch.items() if name not in SHORT})
    if "outcome" in patch or says_direction(patch):
        values.pop("entered_as", None)
    if "direction" not in patch and says_direction(patch):
        values.pop("direction", None)
    if patch.get("looked_for_absent"):
        values |= _absent(values)
    if patch.get("score_change"):
        values["direction"] = _of_score(values, patch["score_change"])
    return checked(FindingDraft, values)


def over(defaults: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of one of many findings: ``own`` over ``defaults``. Who says a direction in any way has it from nobody else."""
    below = {name: value for name, value in defaults.items() if not (says_direction(own) and name in _WAYS)}
    found: dict[str, Any] = merged(below, dict(own))
    return found


def says_direction(fields: Mapping[str, Any]) -> bool:
    """Whether the fields say a direction, as such, in short, or as a named effect."""
    named = fields.get("outcome") in vocabulary().named_effects
    return named or any(fields.get(name) for name in _WAYS)


def _absent(values: Mapping[str, Any]) -> dict[str, Any]:
    """Direction ``no_change``, which without a comparison reads "looked for, absent"; of a known group none had it."""
    basis, words = values.get("basis"), vocabulary()
    if basis and (
        words.attribute("basis", basis, "compared") or words.attribute("basis", basis, "group") == _NO_EVIDENCE
    ):
        raise Invalid(
            f"looked_for_absent is said of what was asked about without a comparison; {basis} is not. "
            "Write the direction instead.",
            field="basis",
        )
    if values.get("direction") not in (None, ABSENT):
        raise Invalid(
            f"What was looked for and absent has no other direction than {ABSENT}; leave it out.", field="direction"
        )
    if values.get("n_events"):
        raise Invalid("What was looked for and absent has no events; leave n_events out.", field="n_events")
    return {"direction": ABSENT} | ({"n_events": 0} if values.get("n_group") else {})


def _of_score(values: Mapping[str, Any], change: str) -> str:
    direction = ABSENT if change == "no_change" else _towards(values, change)
    if values.get("direction") not in (None, direction):
        raise Invalid(
            f"The score {change.replace('_', ' ')}, so {values.get('outcome')} is {direction} and not "
            f"{values['direction']}; leave direction out, or correct score_change or higher_is.",
            field="direction",
        )
    return direction


def _towards(values: Mapping[str, Any], change: str) -> str:
    words, outcome, higher = vocabulary(), values.get("outcome"), values.get("higher_is")
    if outcome in words.named_effects:
        outcome = words.named_effects[outcome].stores[0]
    if higher not in ("better", "worse"):
        raise Invalid("Say whether a higher score is better or worse: higher_is.", field="higher_is")
    known = words.outcomes.get(outcome or "")
    if known is None:
        raise Invalid("Name the outcome that the score measures.", field="outcome")
    if not known.polarity:
        raise Invalid(
            f"More of {known.id} is neither better nor worse, so write the direction itself.", field="score_change"
        )
    improved = (change == "went_up") == (higher == "better")
    return "increased" if improved == (known.polarity > 0) else "decreased"
