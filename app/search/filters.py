"""The filters: each holds its values, its SQL and its English in one place. Contract: the same on every list, plot and export."""

from collections.abc import Callable, Iterable
from typing import Any

from msgspec import Struct
from sqlalchemy import ColumnElement, and_, exists, false, func, or_, true

from app.models.citation import Citation, CitationIdentifier, CitationText
from app.models.finding import Finding, Quote
from app.models.study import Exposure, Study
from app.search.spec import PUBLIC
from app.vocabulary.words import vocabulary

Condition = ColumnElement[bool]


class Filter(Struct, frozen=True):
    """One filter. ``level`` says on what it must hold: one finding, one report, or the study.

    ``axis`` names the vocabulary that allows its values; ``values`` stands in
    for it where there is none. ``sql`` makes the condition of opened values,
    ``english`` the words for one value.
    """

    name: str
    level: str
    doc: str
    sql: Callable[[tuple[str, ...]], Condition]
    english: str = "{}"
    axis: str | None = None
    values: tuple[str, ...] = ()
    groups_only: bool = False

    @property
    def allowed(self) -> tuple[str, ...]:
        """Every value that may be asked for: groups first, then single ones. Empty means free text."""
        groups = tuple(vocabulary().groups.get(self.axis or "", {}))
        if self.groups_only:
            return groups
        singles = vocabulary().ids(self.axis) if self.axis else self.values
        return tuple(dict.fromkeys((*groups, *singles)))

    def opened(self, asked: Iterable[str]) -> tuple[str, ...]:
        """The single values behind ``asked``; a group wins over a value of the same name."""
        groups = vocabulary().groups.get(self.axis or "", {})
        return tuple(dict.fromkeys(each for value in asked for each in groups.get(value, (value,))))

    def condition(self, asked: tuple[str, ...]) -> Condition:
        """The SQL for the values asked."""
        return self.sql(self.opened(asked))

    def in_words(self, asked: tuple[str, ...]) -> str:
        """The English for the values asked."""
        return self.english.format(" or ".join(self.label(value) for value in asked))

    def label(self, value: str) -> str:
        """What readers see for ``value``, single or a group."""
        if self.axis and value in vocabulary().axes[self.axis] and value not in vocabulary().groups.get(self.axis, {}):
            return vocabulary().label(self.axis, value)
        return _GROUP_LABELS.get(value, value.replace("_", " "))


_GROUP_LABELS = {
    "human": "people", "adult_human": "adults", "animal": "animals", "during_use": "during use",
    "withdrawal": "in any withdrawal", "isolated_alkaloid": "isolated alkaloids", "7oh_product": "7-OH products",
    "not_kratom": "substances other than kratom",
}  # fmt: skip


def _effect(values: tuple[str, ...]) -> Condition:
    words = vocabulary()
    pairs: dict[str, list[str]] = {}
    for outcome in words.outcomes:
        for direction in words.ids("direction"):
            if words.effect(direction, outcome) in values:
                pairs.setdefault(direction, []).append(outcome)
    return or_(false(), *(and_(Finding.direction == d, Finding.outcome.in_(found)) for d, found in pairs.items()))


def _country(values: tuple[str, ...]) -> Condition:
    return Study.country.in_([value.upper() for value in values])


def _review_level(values: tuple[str, ...]) -> Condition:
    both = and_(Finding.status == "accepted", Study.status == "accepted")
    wanted = {"two_readers": both, "one_reader": ~both}
    return or_(false(), *(wanted[value] for value in values))


def _status(values: tuple[str, ...]) -> Condition:
    return and_(Finding.status.in_(values), Study.status.in_({*values, *PUBLIC}))


def _has_identifier(scheme: str) -> Condition:
    return exists().where(CitationIdentifier.citation_id == Citation.id, CitationIdentifier.scheme == scheme)


def has(value: str) -> Condition:
    """That a report (or, for ``quote``, a finding) has what ``value`` names."""
    if value == "quote":
        return exists().where(Quote.finding_id == Finding.id)
    if value == "abstract":
        return exists().where(CitationText.citation_id == Citation.id, CitationText.part == "abstract")
    return _has_identifier(value)


_entered_design = func.coalesce(Study.design, "")
"""A draft may lack its design, which then is none of those left out."""

FILTERS: dict[str, Filter] = {
    each.name: each
    for each in (
        Filter("effect", "finding", "better or worse", _effect, "effect: {}", axis="effect"),
        Filter("direction", "finding", "more or less of the outcome", Finding.direction.in_, "direction: {}", "direction"),
        Filter("phase", "finding", "when, in relation to use", Finding.phase.in_, "{}", axis="phase"),
        Filter("phase_not", "finding", "any other time", func.coalesce(Finding.phase, "").not_in, "not {}", axis="phase"),
        Filter("contrast", "finding", "what was set against what", Finding.contrast.in_, "contrast: {}", "contrast"),
        Filter("basis", "finding", "how it is known", Finding.basis.in_, "known as: {}", axis="basis"),
        Filter("basis_group", "finding", "kind of knowledge", Finding.basis.in_, "known as: {}", "basis", (), True),
        Filter("substance", "finding", "what was taken", Exposure.substance.in_, "{}", axis="substance"),
        Filter("substance_group", "finding", "kind of substance", Exposure.substance.in_, "{}", "substance", (), True),
        Filter("review_level", "finding", "how many readers", _review_level, "{}", axis="review_level"),
        Filter("status", "finding", "state of review", _status, "status {}", axis="status"),
        Filter("subject", "study", "in whom", Study.subject.in_, "in {}", axis="subject"),
        Filter("design", "study", "how the study was made", Study.design.in_, "design: {}", axis="design"),
        Filter("design_not", "study", "any other design", _entered_design.not_in, "not design: {}", axis="design"),
        Filter("country", "study", "two-letter country code", _country, "in {}"),
        Filter("standing", "citation", "standing of the report", Citation.standing.in_, "report {}", axis="standing"),
    )
}  # fmt: skip
"""Every filter with values of its own, by name. ``outcome``, ``q``, years, ``evidence`` and ``has`` stand in ``reading``."""

OTHER_PARAMETERS = {
    "q": "a search text as in PubMed: words, \"phrases\", trunc*, AND OR NOT, (parentheses), [tags]",
    "synonyms": "true finds the synonyms of words in q too; meta.expanded names them either way",
    "outcome": "an outcome, group, named effect or synonym; narrower ones are included",
    "outcome_all": "studies with a matching finding for each outcome named",
    "narrower": "false leaves out the outcomes below the one named",
    "evidence": "effect (default), reason, context or all",
    "has": "quote, doi, pmid or abstract",
    "year_from": "earliest report in or after this year",
    "year_to": "earliest report in or before this year",
    "as_of": "everything as it stood at a data revision, at the end of a day, or at a moment (UTC); not with q",
    "sort": "relevance, year, n, design or changed; a leading - reverses",
}  # fmt: skip


def evidence_class(asked: str) -> Condition:
    """What kind of evidence a finding is: ``context`` before ``reason`` before ``effect``, as in ``app.findings.flat``."""
    if asked == "all":
        return true()
    words = vocabulary()
    context = or_(
        _entered_design.in_(words.groups["design"]["secondary"]),
        func.coalesce(Finding.basis, "") == "detection_only",
        func.coalesce(Exposure.substance, "").in_(words.groups["substance"]["not_kratom"]),
        func.coalesce(Citation.standing, "current").in_(("retracted", "withdrawn")),
    )
    reason = func.coalesce(Finding.basis, "").in_(words.groups["basis"]["reason"])
    return {"context": context, "reason": and_(reason, ~context), "effect": and_(~reason, ~context)}[asked]


def outcome_condition(meant: Iterable[Any]) -> Condition:
    """That a finding is about one of the outcomes meant, in the direction that the word implied."""
    alternatives: list[Condition] = []
    for each in meant:
        directed = [and_(Finding.outcome == o, Finding.direction == d) for o, d in each.pairs if d is not None]
        free = [o for o, d in each.pairs if d is None]
        one = or_(false(), *directed, Finding.outcome.in_(free))
        alternatives.append(and_(one, Finding.contrast == each.contrast) if each.contrast else one)
    return or_(false(), *alternatives)
