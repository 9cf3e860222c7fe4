"""What a claim's findings amount to: the published rules as functions of rows. Nothing here asks the database or makes words.

The rules are those of the vocabulary's ``claim_verdicts`` (decision 13). A
finding stands on a side by its direction; whether it may *decide* depends on
how much the claim says. *Existence* ("some people …") is settled by one report
in people. Everything else needs a comparison in people, and of the kind that
the claim itself names.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from app.findings.flat import SettledFinding
from app.synthesis.disagreement import Opposed, opposed
from app.vocabulary.words import vocabulary

Claim = Mapping[str, Any]

SUPPORTING, OPPOSING, UNDECIDED = "supporting", "opposing", "undecided"
_BOTH = (SUPPORTING, OPPOSING)
EXISTENCE = "existence"
_USUAL_TREATMENT = ("opioid_medication", "active_drug")
_COMPARATORS = {
    "C21": ("lower_dose", "not_reported"),
    "C22": ("other_kratom_product",),
    "C26": _USUAL_TREATMENT, "C27": _USUAL_TREATMENT, "C28": _USUAL_TREATMENT,
}  # fmt: skip
"""The kind of comparator that a claim's own words name: a dose, another product, usual treatment. Others may have any."""
_COMPANY = {"C30": ("counselling_or_therapy", "support_group", "stress_management")}
"""What must have gone with kratom: C30 is about kratom *together with* psychosocial help."""


class Weighed(Struct, frozen=True):
    """The verdict on one claim, the side on which each finding stands, and the findings that decided.

    A finding with mixed results stands on both sides. ``pairs`` is filled for
    the claim that people differ, which is met by findings that point both ways.
    """

    verdict: str
    supporting: tuple[SettledFinding, ...] = ()
    opposing: tuple[SettledFinding, ...] = ()
    undecided: tuple[SettledFinding, ...] = ()
    deciding: tuple[SettledFinding, ...] = ()
    pairs: tuple[Opposed, ...] = ()


def says_people_differ(claim: Claim) -> bool:
    """Whether a claim is about people and not about an outcome: that they respond differently (C20)."""
    return bool(claim["strength"] == EXISTENCE and claim["direction"] == "mixed")


def weigh(claim: Claim, rows: Sequence[SettledFinding]) -> Weighed:
    """The verdict on ``claim`` over its candidates ``rows``."""
    if claim["scope"] != "inside":
        return Weighed("outside_scope" if claim["scope"] == "outside" else "not_checkable")
    if says_people_differ(claim):
        return _differing(rows)
    stands = {row.id: sides_of(claim, row) for row in rows}

    def on(side: str) -> tuple[SettledFinding, ...]:
        return tuple(row for row in rows if side in stands[row.id])

    deciding = tuple(row for row in rows if may_decide(claim, row) and UNDECIDED not in stands[row.id])
    found = {side for row in deciding for side in stands[row.id]}
    verdict = _verdict(claim, found) if rows else "nothing_found"
    if verdict == "supported":
        # Where the other side undoes nothing, the verdict does not rest on it either.
        deciding = tuple(row for row in deciding if SUPPORTING in stands[row.id])
    return Weighed(verdict, on(SUPPORTING), on(OPPOSING), on(UNDECIDED), deciding)


def sides_of(claim: Claim, row: SettledFinding) -> tuple[str, ...]:
    """On which side of ``claim`` a finding stands.

    A claim whose direction is *unclear* says that something changes, not which
    way; one whose direction is *mixed* says that it does not reliably get worse.
    """
    if row.direction in (None, "unclear"):
        return (UNDECIDED,)
    if claim["direction"] == "mixed":
        return (OPPOSING,) if row.effect == "worsened" else (SUPPORTING,)
    if claim["direction"] == "unclear":
        return (OPPOSING,) if row.direction == "no_change" else (SUPPORTING,)
    if row.direction == "mixed":
        return _BOTH
    return (SUPPORTING,) if row.direction == claim["direction"] else (OPPOSING,)


def may_decide(claim: Claim, row: SettledFinding) -> bool:
    """Whether a finding can settle ``claim``: in people, and a comparison of the claim's kind where one is needed."""
    if row.side != "people":
        return False
    return claim["strength"] == EXISTENCE or (row.compared and _is_of_the_kind(claim, row))


def _is_of_the_kind(claim: Claim, row: SettledFinding) -> bool:
    comparators, company = _COMPARATORS.get(claim["id"]), _COMPANY.get(claim["id"])
    fits = comparators is None or (row.comparator or "not_reported") in comparators
    accompanied = company is None or bool(set(company) & set(row.co_interventions))
    return fits and accompanied and _is_of_the_effect(claim, row)


def _is_of_the_effect(claim: Claim, row: SettledFinding) -> bool:
    """That a finding is on the effect that is said to depend on something, and not on what it is said to depend on.

    C23 names sleep and tolerance: tolerance alone says nothing about sleep.
    """
    if claim["claim_type"] != "effect_modifier":
        return True
    words = vocabulary()
    return words.domain(row.outcome or "") == words.domain(claim["outcomes"][0])


def _verdict(claim: Claim, found: set[str]) -> str:
    if not found:
        return "not_tested"
    # Conflicting results are what a claim of unreliability says, and one case is all that existence needs.
    if claim["strength"] == EXISTENCE or claim["direction"] == "mixed":
        return "supported" if SUPPORTING in found else "contradicted"
    if found == set(_BOTH):
        return "mixed"
    return "supported" if SUPPORTING in found else "contradicted"


def _differing(rows: Sequence[SettledFinding]) -> Weighed:
    """Met by findings in people, on one outcome, phase and kind of substance, that point both ways."""
    people = [row for row in rows if row.side == "people"]
    pairs = tuple(opposed(people, ("outcome", "phase", "contrast", "substance_group")))
    if not pairs:
        return Weighed("not_tested" if people else "nothing_found")
    paired = {each for pair in pairs for each in pair.finding_ids}
    supporting = tuple(row for row in people if row.id in paired)
    return Weighed("supported", supporting=supporting, deciding=supporting, pairs=pairs)
