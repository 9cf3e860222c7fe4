"""The words of a badge, clause by clause, each derived from rows. Direction is always said; a cause never is.

Rows without a comparison are worded "reported", "occurred", "felt" or "looked
for, absent", never "increased": without a comparison nobody can know what
would have happened otherwise. ``no_change`` reads "no difference found", never
"no effect" (evidence model, axes).
"""

from collections.abc import Sequence

from app.findings.flat import FlatFinding
from app.synthesis.counting import split
from app.vocabulary.words import vocabulary

_PLURALS = {
    "study of another design": "studies of another design", "study": "studies", "series": "series",
    "survey of users": "surveys of users", "survey or sample": "surveys or samples",
    "commentary or letter": "commentaries or letters", "analysis": "analyses",
}  # fmt: skip
_CONTRAST = {
    "resuming": ", on taking it again", "dose_or_product": ", more against less or one product against another",
    "other_treatment": ", under another treatment", "none": ", no contrast of taking it",
}  # fmt: skip
"""Taking, stopping and before birth are said by the phase."""
_COUNTABLE = {
    "interviews": "interview study", "surveillance": "surveillance study", "other": "study of another design",
}  # fmt: skip
_SUBSTANCE = {"kratom": "kratom", "isolated_alkaloid": "an isolated alkaloid", "7oh_product": "a 7-OH product"}
_GROUP_NAME = {
    "kratom": "Kratom", "isolated_alkaloid": "Isolated alkaloids", "7oh_product": "7-OH products",
    "not_kratom": "Other substances",
}  # fmt: skip
_COMPARED = {
    "increased": "increased{gloss}", "decreased": "decreased{gloss}", "no_change": "no difference found",
    "mixed": "mixed results", "unclear": "compared, direction unclear,",
}  # fmt: skip
_FELT = {
    "increased": "felt to be higher{gloss}", "decreased": "felt to be lower{gloss}",
    "no_change": "felt to be no different", "mixed": "felt differently by different users",
    "unclear": "rated by users, direction unclear,",
}  # fmt: skip
_REPORTED = {
    "increased": "reported by users", "decreased": "reported by users as lower{gloss}",
    "no_change": "looked for, absent", "mixed": "reported by some users and not by others",
    "unclear": "reported by users, direction unclear,",
}  # fmt: skip
_CASE = {
    "increased": "occurred", "decreased": "reported as lower{gloss}", "no_change": "looked for, absent",
    "mixed": "differed between cases", "unclear": "reported, direction unclear,",
}  # fmt: skip
_COUNTED = {
    "increased": "recorded", "decreased": "recorded as lower{gloss}", "no_change": "looked for, absent",
    "mixed": "recorded with mixed results", "unclear": "recorded, direction unclear,",
}  # fmt: skip
_MORE_OF_A_GOOD = {"reported by users": "reported by users as higher{gloss}", "occurred": "reported as higher{gloss}",
                   "recorded": "recorded as higher{gloss}"}  # fmt: skip
"""A symptom occurs; more of something good can only be reported as higher."""
_REASON = dict.fromkeys(_COMPARED, "only named as a reason for use or concluded without data")
_BY_GROUP = {"compared": _COMPARED, "case": _CASE, "counted": _COUNTED, "reason": _REASON}
_ORDER = ("compared", "felt", "case", "counted", "reason", None)


def heading(outcome: str, row: FlatFinding) -> str:
    """``Insomnia while taking kratom, people``: outcome, moment and who, with the substance named where it is another."""
    when = vocabulary().label("phase", row.phase)
    substance = _SUBSTANCE.get(row.substance_group or "", "another substance")
    if "kratom" in when and row.substance_group != "kratom" and "use disorder" not in when:
        when = when.replace("kratom", substance)
    elif row.substance_group != "kratom":
        when = f"{when}, {group_name(row.substance_group).lower()}"
    return f"{outcome} {when}, {who(row)}{_CONTRAST.get(row.contrast or '', '')}"


def who(row: FlatFinding) -> str:
    """``people``, ``animals``, or that it was neither; a draft may not say yet in whom."""
    return "neither people nor animals" if row.side == "neither" else row.side or "subject not entered"


def group_name(substance_group: str | None) -> str:
    """What readers see for a substance group."""
    return _GROUP_NAME.get(substance_group or "", "Substance not entered")


def evidence_clauses(rows: Sequence[FlatFinding], *, name_outcome: bool) -> list[str]:
    """One clause for each way in which one outcome was found to go, best known first."""
    groups = split(rows, lambda row: (row.outcome, row.basis_group, _wording(row), row.design))
    ordered = sorted(groups, key=lambda key: _ORDER.index(key[1]) if key[1] in _ORDER else len(_ORDER))
    return [_clause(groups[key], name_outcome=name_outcome) for key in ordered]


def _wording(row: FlatFinding) -> str:
    table = _BY_GROUP.get(row.basis_group or "", {})
    if row.basis_group == "felt":
        table = _FELT if row.basis == "perceived_effect" else _REPORTED
    phrase = table.get(row.direction or "unclear", "reported")
    if row.effect == "improved":
        phrase = _MORE_OF_A_GOOD.get(phrase, phrase)
    return phrase.format(gloss={"improved": " (better)", "worsened": " (worse)"}.get(row.effect, ""))


def _clause(rows: Sequence[FlatFinding], *, name_outcome: bool) -> str:
    units = len({row.unit for row in rows})
    studies = len({row.study_id for row in rows})
    design = design_of(rows[0], units)
    overlap = f" ({studies} studies with overlapping samples)" if studies > units else ""
    outcome = f"{rows[0].outcome_label.lower()}: " if name_outcome else ""
    return f"{outcome}{_wording(rows[0])} in {design}{overlap}{_numbers(rows)}"


def design_of(row: FlatFinding, units: int) -> str:
    """How many of which design; that a study has a comparison group says nothing about a finding that was not compared."""
    if row.design is None:
        return f"{counted(units, 'study')}, design not entered"
    label = vocabulary().label("design", row.design)
    if row.compared or "comparison group" not in label:
        return counted(units, label)
    return f"{counted(units, label.partition(' with')[0])}, not compared for this outcome"


def counted(n: int, noun: str) -> str:
    """``2 case reports``, ``1 case series``, ``1 interview study``."""
    noun = _COUNTABLE.get(noun, noun)
    if n == 1 or noun.endswith("series"):
        return f"{n} {noun}"
    for singular, plural in _PLURALS.items():
        if noun.endswith(singular):
            return f"{n} {noun.removesuffix(singular)}{plural}"
    head, comma, tail = noun.partition(",")
    first, space, rest = head.partition(" with")
    return f"{n} {_plural(first)}{space}{rest}{comma}{tail}"


def _plural(noun: str) -> str:
    for singular, plural in _PLURALS.items():
        if noun.endswith(singular):
            return noun.removesuffix(singular) + plural
    return noun + ("" if noun.endswith("s") else "s")


def _numbers(rows: Sequence[FlatFinding]) -> str:
    """What a single finding says of its numbers; of several only the largest sample, since samples are never added up."""
    sizes = [row.n_group for row in rows if row.n_group]
    if len(rows) > 1:
        return f" (largest n = {max(sizes)})" if sizes else ""
    row = rows[0]
    parts = []
    if row.n_events is not None and row.n_group is not None:
        parts.append(f"{row.n_events} of {row.n_group}")
    elif row.effect_measure == "percent" and row.value is not None:
        parts.append(f"{row.value:g}%")
    if row.n_group and row.n_events is None:
        parts.append(f"n = {row.n_group}")
    return f" ({', '.join(parts)})" if parts else ""


def other_drugs(rows: Sequence[FlatFinding]) -> str:
    """What the studies say of other drugs taken; not reported is not the same as none."""
    named = {row.study_id for row in rows if set(row.co_exposures) - {"none_stated"}}
    studies = list(dict.fromkeys(row.study_id for row in rows))
    none_stated = {row.study_id for row in rows if "none_stated" in row.co_exposures} - named
    silent = len(studies) - len(named) - len(none_stated)
    if silent == len(studies):
        return "other drugs not reported" + {1: "", 2: " in either"}.get(silent, f" in any of {silent} studies")
    if len(none_stated) == len(studies):
        return "other drugs stated to be none"
    listed = ", ".join(dict.fromkeys(d for row in rows for d in row.co_exposures if d != "none_stated"))
    if len(named) == len(studies):
        return f"other drugs named: {listed}"
    parts = [f"named in {len(named)} of {len(studies)} studies: {listed}"] if named else []
    parts += [f"none in {len(none_stated)}"] if none_stated else []
    parts += [f"not reported in {silent}"] if silent else []
    return f"other drugs {', '.join(parts)}"


_DEPTH = {
    "full_text": "read in full", "abstract": "read in abstract", "abstract_part": "read in part of the abstract",
    "secondary_source": "known through another source", "citation_only": "known by reference only",
}  # fmt: skip


def reading_state(*, twice: int, studies: int, depths: dict[str, int]) -> str:
    """``0 of 2 studies checked by a second reader; 2 read in abstract.``"""
    noun = "study" if studies == 1 else "studies"
    told = [f"{n} {_DEPTH[depth]}" for depth, n in depths.items()]
    untold = studies - sum(depths.values())
    read = ", ".join([*told, *([f"{untold} not said how"] if untold else [])])
    return f"{twice} of {studies} {noun} checked by a second reader; {read}."
