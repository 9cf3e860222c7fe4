"""The vocabulary in memory, read once from the files shipped beside this module. Nothing here touches the database.

The files validate the data, are served by the API, and carry a version; a new
word is a new line in a file and never a change of code.
"""

from collections.abc import Callable, Iterable
from functools import cache, cached_property
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct

from app.kit.canonical import sha256

_FOLDER = Path(__file__).parent / "data"


class Synonym(Struct, frozen=True):
    """What a reader may call an outcome; ``implies`` is the direction that the words already say."""

    text: str
    implies: str | None = None
    ambiguous: bool = False


class OutcomeWord(Struct, frozen=True):
    """An outcome as the vocabulary defines it; ``polarity`` says what more of it means (1 good, -1 bad, 0 neither)."""

    id: str
    label: str
    parent: str | None
    kind: str
    definition: str | None
    synonyms: tuple[Synonym, ...]
    search_also: tuple[str, ...]
    codes: tuple[dict[str, Any], ...]
    polarity: int | None


class Value(NamedTuple):
    """One allowed value of an axis, with what else the vocabulary says of it."""

    id: str
    label: str
    definition: str | None
    attributes: dict[str, Any]


class NamedEffect(Struct, frozen=True):
    """A versioned list of (outcome, direction) that readers know by one name; ``stores`` is what a finding written so becomes."""

    label: str
    contrast: str
    any_of: tuple[tuple[str, str], ...]
    stores: tuple[str, str]


AXES = {
    "phase": "phases", "contrast": "contrasts", "direction": "directions", "effect": "effects", "basis": "bases",
    "design": "designs", "preparation": "preparations", "comparator": "comparators", "recruitment": "recruitment",
    "funder_class": "funder_and_interest_classes", "coi_class": "funder_and_interest_classes",
    "population_context": "population_contexts", "report_role": "report_roles", "source_type": "source_types",
    "reading": "reading", "read_depth": "read_depths", "exclusion_reason": "exclusion_reasons",
    "overlap_status": "overlap_status", "claim_verdict": "claim_verdicts", "phase_basis": "phase_basis",
    "severity": "severity", "effect_measure": "effect_measures", "n_unit": "n_units",
    "assay_confirmed": "assay_confirmed", "claim_scope": "claim_scopes", "claim_type": "claim_types",
    "claim_strength": "claim_strengths", "status": "statuses", "review_level": "review_levels",
    "standing": "standings", "quote_state": "quote_states", "quote_location": "quote_locations",
    "screening_decision": "screening_decisions", "screening_stage": "screening_stages",
    "co_intervention": "co_interventions",
}  # fmt: skip
"""Axis → its name in ``vocabulary.json``. Subjects and substances are groups of values there, and stand apart below."""


class Vocabulary:
    """Every agreed word and what follows from it."""

    def __init__(
        self, enumerations: dict[str, Any], outcomes: tuple[OutcomeWord, ...], claims: tuple[Any, ...], sha: str
    ):
        self.enumerations = enumerations
        self.version: str = enumerations["version"]
        self.sha256 = sha
        self.outcomes = {outcome.id: outcome for outcome in outcomes}
        self.claims = claims
        self.named_effects = {
            name: msgspec.convert(body, NamedEffect) for name, body in enumerations["named_effects"].items()
        }

    @cached_property
    def axes(self) -> dict[str, dict[str, Value]]:
        """Axis → id → value, in the order of the files."""
        axes = {axis: _values(self.enumerations[key]) for axis, key in AXES.items()}
        axes["subject"] = {
            each: Value(each, each.replace("_", " "), None, {"side": self._side(each)})
            for each in self.enumerations["subjects"]["single"]
        }
        axes["substance"] = {
            each: Value(each, each.replace("_", " "), None, {"group": group})
            for group, members in self.enumerations["substances"].items()
            for each in members
        }
        return axes

    def ids(self, axis: str) -> tuple[str, ...]:
        """The allowed values of ``axis``."""
        return tuple(self.axes[axis])

    def label(self, axis: str, value: str | None) -> str:
        """What readers see for ``value``."""
        known = self.axes[axis].get(value or "")
        return known.label if known else "not reported"

    @cached_property
    def groups(self) -> dict[str, dict[str, tuple[str, ...]]]:
        """Axis → group → members, for the axes that may be asked by group."""
        subjects = {k: tuple(v) for k, v in self.enumerations["subjects"].items() if k != "single"}
        return {
            "phase": {k: tuple(v) for k, v in self.enumerations["phase_groups"].items()},
            "subject": subjects,
            "substance": {k: tuple(v) for k, v in self.enumerations["substances"].items()},
            "basis": _grouped(self.axes["basis"].values(), "group"),
            "design": _grouped(self.axes["design"].values(), "block"),
        }

    @cached_property
    def substance_group_of(self) -> dict[str, str]:
        """Substance → its group; leaf and concentrated products are never one row."""
        return {each: group for group, members in self.groups["substance"].items() for each in members}

    def attribute(self, axis: str, value: str | None, name: str) -> Any:
        """What the vocabulary says of ``value`` under ``name``; None where it says nothing."""
        known = self.axes[axis].get(value or "")
        return known.attributes.get(name) if known else None

    @cached_property
    def substance_names(self) -> tuple[tuple[str, ...], ...]:
        """What substances are called in titles and abstracts, misspellings included: one group of names for each."""
        lines = (_FOLDER / "substance_names.jsonl").read_bytes().splitlines()
        return tuple(tuple(msgspec.json.decode(line)["names"]) for line in lines if line.strip())

    @cached_property
    def _children(self) -> dict[str, list[str]]:
        children: dict[str, list[str]] = {}
        for outcome in self.outcomes.values():
            if outcome.parent:
                children.setdefault(outcome.parent, []).append(outcome.id)
        return children

    def narrower(self, outcome_id: str) -> tuple[str, ...]:
        """``outcome_id`` and everything below it in the tree."""
        found = [outcome_id]
        for each in found:
            found.extend(self._children.get(each, ()))
        return tuple(found)

    def domain(self, outcome_id: str) -> str:
        """The group at the top of the tree above ``outcome_id``."""
        parent = self.outcomes[outcome_id].parent
        return outcome_id if parent is None else self.domain(parent)

    def effect(self, direction: str | None, outcome_id: str | None) -> str:
        """Better or worse: direction × polarity by the published table. Not an effect size."""
        polarity = self.outcomes[outcome_id].polarity if outcome_id in self.outcomes else None
        return str(self.enumerations["effect_table"][direction or "unclear"][str(polarity or 0)])

    def _side(self, subject: str) -> str:
        subjects = self.enumerations["subjects"]
        if subject in subjects["human"]:
            return "people"
        return "animals" if subject in subjects["animal"] else "neither"


def _values(entries: Iterable[Any]) -> dict[str, Value]:
    values = {}
    for entry in entries:
        body = {"id": entry, "label": entry.replace("_", " ")} if isinstance(entry, str) else dict(entry)
        each = body.pop("id")
        values[each] = Value(each, body.pop("label"), body.pop("definition", None) or None, body)
    return values


def _grouped(values: Iterable[Value], attribute: str) -> dict[str, tuple[str, ...]]:
    grouped: dict[str, tuple[str, ...]] = {}
    for value in values:
        name = value.attributes[attribute]
        grouped[name] = (*grouped.get(name, ()), value.id)
    return grouped


@cache
def vocabulary() -> Vocabulary:
    """The vocabulary that this program ships."""
    names = ("vocabulary.json", "outcomes.jsonl", "claims.jsonl")
    enumerations, outcomes, claims = ((_FOLDER / name).read_bytes() for name in names)
    return Vocabulary(
        msgspec.json.decode(enumerations),
        tuple(msgspec.json.decode(line, type=OutcomeWord) for line in outcomes.splitlines() if line.strip()),
        tuple(msgspec.json.decode(line) for line in claims.splitlines() if line.strip()),
        sha256(b"\n".join((enumerations, outcomes, claims))),
    )


def member_of(axis: str) -> Callable[[str], str]:
    """A check for drafts: the value unchanged, or a ``ValueError`` that names the allowed ones."""

    def check(value: str) -> str:
        allowed = vocabulary().axes[axis]
        if value not in allowed:
            raise ValueError(f"{value!r} is not a {axis}; use one of: {', '.join(allowed)}")
        return value

    return check
