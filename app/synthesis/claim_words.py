"""The sentence on a claim, and where the claim's own words are stronger than its evidence. Derived from rows; no advice.

Uncompared findings are worded "reported" or "felt", never "increased", and a
comparison without a difference reads "no difference found", never "no effect".
"""

import re
from collections.abc import Sequence

from msgspec import Struct

from app.findings.flat import SettledFinding
from app.synthesis import phrases
from app.synthesis.counting import split
from app.synthesis.phrases import counted
from app.synthesis.verdicts import EXISTENCE, Claim, Weighed, says_people_differ
from app.vocabulary.words import vocabulary


class Overstated(Struct, frozen=True):
    """What a claim says beyond its evidence: the words, where a few of them say it, and why they are too strong."""

    words: str | None
    text: str


_COMPARING = re.compile(r"\b(?:safer|gentler|work better) than\b", re.IGNORECASE)
_STUDIES = re.compile(r"\b(?:studies|research) suggests?\b", re.IGNORECASE)
_HEDGED = re.compile(r"\b(?:some|can|may|possible|differ|has)\b", re.IGNORECASE)
"""Words that say no more than that something happens to somebody, or may."""
_LEADS = {
    "outside_scope": "Beyond this collection: the literature that could settle this is not collected here.",
    "not_checkable": "Not checkable as worded: a judgement, not something that a study can show.",
}
_OTHER_WAY = {
    "supported": "On the other side", "contradicted": "On the other side", "mixed": "The other way",
    "not_tested": "Pointing the other way",
}  # fmt: skip
_KNOWN = {
    "perceived_effect": "felt by users", "descriptive_self_report": "reported by users",
    "surveillance": "counted", "chart_review": "counted",
}  # fmt: skip
"""How an uncompared finding is known; cases are simply reported."""


def sentence(claim: Claim, weighed: Weighed, rows: Sequence[SettledFinding], *, empty: str) -> str:
    """What the findings say to ``claim``; ``empty`` is the honest empty answer for a claim on which nothing was found."""
    if weighed.verdict in _LEADS:
        return _LEADS[weighed.verdict]
    if weighed.verdict == "nothing_found":
        return empty
    if says_people_differ(claim):
        return _differing(weighed)
    for_, against = (weighed.supporting, weighed.opposing)
    if weighed.verdict == "contradicted":
        for_, against = against, for_
    parts = [f"{_lead(claim, weighed)}: {told(for_)}."] if for_ else [f"{_lead(claim, weighed)}."]
    parts += [f"{_OTHER_WAY[weighed.verdict]}: {told(against)}."] if against else []
    parts += [f"Without a clear direction: {told(weighed.undecided)}."] if weighed.undecided else []
    return " ".join([*parts, *_doubts(rows)])


def _lead(claim: Claim, weighed: Weighed) -> str:
    compared = any(row.compared and row.side == "people" for row in (*weighed.supporting, *weighed.opposing))
    leads = {
        "supported": "Supported" if claim["strength"] != EXISTENCE else "Supported, as something that happens to some",
        "contradicted": "Contradicted",
        "mixed": "Evidence on both sides",
        "not_tested": _untested(claim, compared=compared),
    }
    return leads[weighed.verdict]


def _untested(claim: Claim, *, compared: bool) -> str:
    if claim["strength"] == EXISTENCE:
        return "Not reported in people so far"
    if claim["strength"] == "comparative":
        return "Never compared with usual treatment in people"
    return "Not compared in people in the way that the claim says" if compared else "Never compared in people"


def told(rows: Sequence[SettledFinding]) -> str:
    """How ``rows`` know it, people before animals, in units: ``reported in 2 cases, other drugs not reported in either``."""
    people = [row for row in rows if row.side == "people"]
    clauses = [_clause(inside) for inside in split(people, _kind).values()]
    for side, where in (("animals", "in animals"), ("neither", "in the laboratory")):
        inside = [row for row in rows if row.side == side]
        clauses += [_seen(alike, where) for alike in split(inside, lambda row: row.direction == "no_change").values()]
    return "; ".join(clauses)


def _seen(rows: Sequence[SettledFinding], where: str) -> str:
    seen = "no difference found" if rows[0].direction == "no_change" else "seen"
    return f"{seen} {where} in {counted(len({row.unit for row in rows}), 'study')}"


def _kind(row: SettledFinding) -> tuple[str | None, str | None, str, str | None]:
    """Rows that one clause may say together: only a comparison has a direction that may be said, and absence is told apart."""
    direction = row.direction if row.compared or row.direction == "no_change" else None
    return (row.basis_group, row.basis if row.basis_group == "felt" else None, row.design, direction)


def _clause(rows: Sequence[SettledFinding]) -> str:
    row, units = rows[0], len({row.unit for row in rows})
    if row.compared:
        return f"compared: {'; '.join(phrases.evidence_clauses(rows, name_outcome=True))}"
    is_case = row.design == "case_report"
    where = counted(units, "case") if is_case else phrases.design_of(row, units)
    how = "looked for, absent" if row.direction == "no_change" else _KNOWN.get(row.basis or "", "reported")
    drugs = f", {phrases.other_drugs(rows)}" if is_case or row.basis_group == "case" else ""
    return f"{how} in {where}{drugs}"


def _doubts(rows: Sequence[SettledFinding]) -> list[str]:
    uncertain = sum(row.reading == "uncertain" for row in rows)
    if not uncertain:
        return []
    verb = "is an uncertain reading" if uncertain == 1 else "are uncertain readings"
    return [f"{uncertain} of {counted(len(rows), 'finding')} {verb} of the text."]


def _differing(weighed: Weighed) -> str:
    if not weighed.pairs:
        return "Not met so far: no two findings in people, on one outcome and moment, point both ways."
    words = vocabulary()
    named = [
        f"{words.outcomes[pair.axes['outcome']].label.lower()} {words.label('phase', pair.axes['phase'])} "
        f"(more: {counted(len(pair.increased), 'finding')}, less: {counted(len(pair.decreased), 'finding')})"
        for pair in weighed.pairs
    ]
    return f"Supported: findings in people point both ways on {'; '.join(named)}."


def overstated(claim: Claim, weighed: Weighed) -> Overstated | None:
    """Where the words of ``claim`` are stronger than what was found; None where they are not, or no study could say."""
    if claim["scope"] != "inside":
        return None
    if weighed.verdict == "supported":
        return _overstated_though_supported(claim, weighed)
    for pattern, why in ((_COMPARING, _NOT_COMPARED), (_STUDIES, _NOT_STUDIED)):
        said = pattern.search(claim["text"])
        if said:
            return Overstated(said.group(), why.get(weighed.verdict, why[""]))
    if claim["strength"] != EXISTENCE and _HEDGED.search(claim["text"]) and weighed.verdict != "contradicted":
        return None
    return Overstated(None, (_NOT_REPORTED if claim["strength"] == EXISTENCE else _AS_A_FACT)[weighed.verdict])


_BOTH_WAYS = {
    "mixed": "Comparisons in people point both ways.",
    "contradicted": "Comparisons in people point the other way.",
}
_NOT_COMPARED = _BOTH_WAYS | {"": "The two have to be compared to say so; no such comparison in people is recorded."}
_NOT_STUDIED = _BOTH_WAYS | {
    "": "No comparison in people is recorded.",
    "nothing_found": "No study that says so was found so far.",
}
_AS_A_FACT = _BOTH_WAYS | {
    "not_tested": "Said as a fact; no comparison in people that could show it is recorded.",
    "nothing_found": "Said as a fact; no study was found so far.",
}
_NOT_REPORTED = {
    "not_tested": "Said as something that happens; it is not reported in people so far.",
    "nothing_found": "Said as something that happens; no study was found so far.",
    "contradicted": "Said as something that happens; what is recorded in people is its absence or the opposite.",
}


def _overstated_though_supported(claim: Claim, weighed: Weighed) -> Overstated | None:
    said = _STUDIES.search(claim["text"])
    if said and len({row.unit for row in weighed.deciding}) < 2:
        return Overstated(said.group(), "A single comparison in people stands behind it.")
    uncompared = not any(row.compared for row in weighed.deciding)
    if claim["strength"] == EXISTENCE and uncompared and not _HEDGED.search(claim["text"]):
        return Overstated(
            None, "Said of kratom in general; recorded are reports of some people, compared with nothing."
        )
    return None
