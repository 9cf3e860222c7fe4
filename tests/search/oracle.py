"""What the starter corpus answers, worked out again in plain Python from its lines and from the vocabulary's files.

Nothing of ``app`` is used here: where this and the program differ, one of them is wrong.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

APP = Path(__file__).resolve().parents[2] / "app"
Asked = Mapping[str, tuple[str, ...]]
FINDING_FILTERS = {
    "outcome", "effect", "direction", "phase", "phase_not", "contrast", "basis", "basis_group", "substance",
    "substance_group", "review_level", "evidence",
}  # fmt: skip
STUDY_FILTERS = {"subject", "design", "design_not", "country", "outcome_all", "status"}


@dataclass(frozen=True)
class Finding:
    """A finding of the corpus with all that a filter may look at."""

    id: int
    body: dict[str, Any]
    substance: str
    report: "Report"


@dataclass(frozen=True)
class Report:
    """A report of the corpus."""

    id: int
    body: dict[str, Any]


@dataclass(frozen=True)
class Study:
    """A line of the corpus."""

    id: int
    body: dict[str, Any]
    reports: tuple[Report, ...]
    findings: tuple[Finding, ...]

    @property
    def year(self) -> int | None:
        return min((r.body["year"] for r in self.reports if r.body["year"]), default=None)

    @property
    def unit(self) -> tuple[object, str]:
        return (self.body["overlap_group"] or self.id, self.body["design"])


@cache
def corpus() -> tuple[Study, ...]:
    """The lines in file order, numbered as they come."""
    reports, findings = count(1), count(1)
    studies = []
    lines = (APP / "importing" / "starter_data" / "studies.jsonl").read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines, 1):
        body = json.loads(line)
        of_key = {each["key"]: Report(next(reports), each) for each in body["reports"]}
        taken = {each["key"]: each["substance"] for each in body["exposures"]}
        found = (
            Finding(next(findings), each, taken[each["exposure"]], of_key[each["report"]]) for each in body["findings"]
        )
        studies.append(Study(number, body, tuple(of_key.values()), tuple(found)))
    return tuple(studies)


@cache
def words() -> dict[str, Any]:
    return json.loads((APP / "vocabulary" / "data" / "vocabulary.json").read_text(encoding="utf-8"))


@cache
def outcomes() -> dict[str, dict[str, Any]]:
    lines = (APP / "vocabulary" / "data" / "outcomes.jsonl").read_text(encoding="utf-8").splitlines()
    return {each["id"]: each for each in map(json.loads, lines)}


def _of(name: str, value: str, attribute: str) -> Any:
    return next(each[attribute] for each in words()[name] if each["id"] == value)


def evidence(study: Study, finding: Finding) -> str:
    """Which class of evidence a finding is; no report of the corpus is retracted."""
    secondary = _of("designs", study.body["design"], "block") == "secondary"
    other = finding.substance in words()["substances"]["not_kratom"]
    if secondary or other or finding.body["basis"] == "detection_only":
        return "context"
    return "reason" if _of("bases", finding.body["basis"], "group") == "reason" else "effect"


def effect(finding: Finding) -> str:
    polarity = outcomes()[finding.body["outcome"]]["polarity"]
    return str(words()["effect_table"][finding.body["direction"]][str(polarity)])


def is_below(outcome: str | None, top: str) -> bool:
    while outcome is not None and outcome != top:
        outcome = outcomes()[outcome]["parent"]
    return outcome == top


def _is_about(finding: Finding, asked: str, narrower: bool) -> bool:
    named = words()["named_effects"].get(asked)
    if named:
        pair = [finding.body["outcome"], finding.body["direction"]]
        return pair in named["any_of"] and finding.body["contrast"] == named["contrast"]
    return is_below(finding.body["outcome"], asked) if narrower else finding.body["outcome"] == asked


def _open(values: tuple[str, ...], groups: Mapping[str, Any]) -> set[str]:
    return {each for value in values for each in groups.get(value, [value])}


def _grouped(name: str, attribute: str) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for each in words()[name]:
        groups.setdefault(each[attribute], []).append(each["id"])
    return groups


def finding_fits(study: Study, finding: Finding, asked: Asked) -> bool:
    """All finding filters, on this one finding."""
    body, narrower = finding.body, asked.get("narrower") != ("false",)
    bases, phases = _grouped("bases", "group"), words()["phase_groups"]
    substances = words()["substances"]
    wanted = asked.get("evidence", ("effect",))[0]
    checks = {
        "outcome": lambda v: any(_is_about(finding, each, narrower) for each in v),
        "effect": lambda v: effect(finding) in v,
        "direction": lambda v: body["direction"] in v,
        "phase": lambda v: body["phase"] in _open(v, phases),
        "phase_not": lambda v: body["phase"] not in _open(v, phases),
        "contrast": lambda v: body["contrast"] in v,
        "basis": lambda v: body["basis"] in _open(v, bases),
        "basis_group": lambda v: body["basis"] in _open(v, bases),
        "substance": lambda v: finding.substance in _open(v, substances),
        "substance_group": lambda v: finding.substance in _open(v, substances),
        "review_level": lambda v: "one_reader" in v,
        "status": lambda v: "submitted" in v,
        "has": lambda v: "quote" not in v or any(finding.report.body.get(each) for each in v),
    }
    fits = all(check(asked[name]) for name, check in checks.items() if asked.get(name))
    return fits and (wanted == "all" or evidence(study, finding) == wanted)


def study_fits(study: Study, asked: Asked) -> bool:
    """All study filters."""
    subjects = {name: members for name, members in words()["subjects"].items() if name != "single"}
    designs, body = _grouped("designs", "block"), study.body
    checks = {
        "subject": lambda v: body["subject"] in _open(v, subjects),
        "design": lambda v: body["design"] in _open(v, designs),
        "design_not": lambda v: body["design"] not in _open(v, designs),
        "country": lambda v: body["country"] in {each.upper() for each in v},
        "status": lambda v: "submitted" in v,
        "year_from": lambda v: study.year is not None and study.year >= int(v[0]),
        "year_to": lambda v: study.year is not None and study.year <= int(v[0]),
        "outcome_all": lambda v: all(
            any(finding_fits(study, f, {**asked, "outcome": (each,)}) for f in study.findings) for each in v
        ),
    }
    return all(check(asked[name]) for name, check in checks.items() if asked.get(name))


def report_fits(report: Report, asked: Asked) -> bool:
    """All report filters, on this one report; the corpus has no abstracts, and every report stands."""
    wanted = () if "quote" in asked.get("has", ()) else asked.get("has", ())
    has = not wanted or any(report.body.get(each) for each in wanted)
    return has and (not asked.get("standing") or "current" in asked["standing"])


def findings(asked: Asked) -> list[int]:
    return [
        finding.id
        for study in corpus()
        if study_fits(study, asked)
        for finding in study.findings
        if finding_fits(study, finding, asked) and report_fits(finding.report, asked)
    ]


def _about_findings(asked: Asked) -> set[str]:
    """The filters that a study needs a finding for; the widest class of evidence leaves none out."""
    return FINDING_FILTERS & {name for name in asked if (name, asked[name]) != ("evidence", ("all",))}


def _study_matches(study: Study, asked: Asked) -> bool:
    quoted = "quote" in asked.get("has", ())
    about_findings = _about_findings(asked) or quoted
    about_reports = asked.get("standing") or (asked.get("has") and not quoted)
    return (
        study_fits(study, asked)
        and (not about_findings or any(finding_fits(study, each, asked) for each in study.findings))
        and (not about_reports or any(report_fits(each, asked) for each in study.reports))
    )


def studies(asked: Asked) -> list[int]:
    return [study.id for study in corpus() if _study_matches(study, asked)]


def citations(asked: Asked) -> list[int]:
    """Finding and study filters mean reports of matching studies; report filters and years are the citation's own."""
    of_study = {
        name: values for name, values in asked.items() if name not in ("standing", "year_from", "year_to", "has")
    }
    if set(asked.get("has", ())) == {"quote"}:
        of_study["has"] = ("quote",)
    low, high = int(asked.get("year_from", ("0",))[0]), int(asked.get("year_to", ("9999",))[0])
    bounded = "year_from" in asked or "year_to" in asked
    through_studies = _about_findings(of_study) | (STUDY_FILTERS | {"has"}) & set(of_study)
    # A quote or something of the report: no study of the corpus has a quote, so the report decides.
    either = asked.get("has", ()) if "quote" in asked.get("has", ()) and len(set(asked["has"])) > 1 else ()
    return [
        report.id
        for study in corpus()
        if not through_studies or _study_matches(study, of_study)
        for report in study.reports
        if report_fits(report, asked)
        and (not either or any(report.body.get(each) for each in either))
        and (not bounded or low <= (report.body["year"] or -1) <= high)
    ]
