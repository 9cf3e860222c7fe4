"""The PRISMA 2020 flow from the live log: what was identified, what left and why, what is included. Nothing is estimated.

Page et al. 2021 (BMJ 372:n71). Identification is of the whole store, because
an import run has no outcome; the filters act on the records behind it.
Everything re-adds, step by step (:meth:`Flow.adds_up`). Screening counts
the records on which reviewers came to an end; where none was decided yet the
flow says so instead of counting reading as screening.
"""

from msgspec import Struct
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from app.findings.flat import PUBLIC_STATUSES
from app.jobs.runs import LastSearch, last_search
from app.models.citation import Citation
from app.models.history import Change, DataRevision
from app.models.imports import FATES, ImportRun
from app.models.study import Study
from app.screening import queue
from app.search.conditions import matching_citations, matching_studies
from app.search.pages import Counts, count_studies
from app.search.spec import Search
from app.synthesis.plots.gaps import in_no_study
from app.vocabulary.words import vocabulary

KINDS = {
    "pubmed_query": "searches of PubMed", "pubmed_ids": "lists of PubMed ids", "file": "files", "starter": "starter data",
}  # fmt: skip
_STARTER = "starter corpus"


class Runs(Struct, frozen=True):
    """The import runs of one kind: how many, and the fates of their records, which add up to ``asked``."""

    kind: str
    label: str
    runs: int
    unfinished: int
    asked: int
    fates: dict[str, int]


class Identified(Struct, frozen=True):
    """Where records came from: import runs, the starter corpus, and entries by hand, which no run accounts for."""

    runs: tuple[Runs, ...]
    from_runs: int
    from_starter: int
    by_hand: int
    total: int


class Removed(Struct, frozen=True):
    """What left before anybody read it, and why."""

    known_already: int
    rejected: int
    not_returned: int
    merged: int
    total: int


class Screening(Struct, frozen=True):
    """Records settled by title and abstract, and why they left at either stage. ``recorded`` is False while none is."""

    recorded: bool
    screened: int
    excluded: int
    in_conflict: int = 0
    excluded_by_full_text: int = 0
    reasons: dict[str, dict[str, int]] = {}


class Flow(Struct, frozen=True):
    """The whole flow. ``considered`` is what the filters leave of ``records``; it parts into the three that follow it.

    ``in_no_study`` waits unread, ``in_drafts`` belongs only to studies that
    are not public, ``reports_included`` are the reports of the studies counted
    in ``included``, whose own ``reports`` are those with matching findings.
    ``secondary`` of the studies are reviews and comments, never evidence.
    """

    identified: Identified
    removed: Removed
    records: int
    outside_filters: int
    considered: int
    screening: Screening
    in_no_study: int
    in_drafts: int
    reports_included: int
    included: Counts
    secondary: int
    studies_by_read_depth: dict[str, int]
    last_search: LastSearch | None

    @property
    def adds_up(self) -> bool:
        """Whether no record was lost on the way."""
        runs = all(each.asked == sum(each.fates.values()) for each in self.identified.runs)
        stored = self.identified.total - self.removed.total == self.records
        asked = self.records == self.outside_filters + self.considered
        return (
            runs and stored and asked and self.considered == self.in_no_study + self.in_drafts + self.reports_included
        )


def flow(session: Session, search: Search) -> Flow:
    """The flow up to this moment, under the filters of ``search``."""
    identified = _identified(session)
    considered = matching_citations(session, search)
    records = _count(session, Citation.merged_into.is_(None))
    asked = _count(session, considered)
    unread, public = in_no_study(), ~in_no_study(PUBLIC_STATUSES)
    return Flow(
        identified=identified,
        removed=_removed(session, identified),
        records=records,
        outside_filters=records - asked,
        considered=asked,
        screening=_screening(session, considered),
        in_no_study=_count(session, considered, unread),
        in_drafts=_count(session, considered, ~unread, ~public),
        reports_included=_count(session, considered, public),
        included=count_studies(session, search),
        secondary=_secondary(session, search),
        studies_by_read_depth=_read_depths(session, search),
        last_search=last_search(session),
    )


def _screening(session: Session, considered: ColumnElement[bool]) -> Screening:
    found = queue.counts(session, considered)
    return Screening(
        recorded=bool(found.states),
        screened=found.screened,
        excluded=found.in_state("title_abstract", "excluded"),
        in_conflict=found.in_state("title_abstract", "conflict") + found.in_state("full_text", "conflict"),
        excluded_by_full_text=found.in_state("full_text", "excluded"),
        reasons=found.reasons,
    )


def _count(session: Session, *conditions: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count(Citation.id)).where(*conditions)) or 0


def _identified(session: Session) -> Identified:
    runs = tuple(_runs(session))
    from_runs = sum(each.asked for each in runs)
    added = sum(each.fates["added"] for each in runs)
    starter = _added_by_starter(session)
    by_hand = _count(session) - added - starter
    return Identified(runs, from_runs, starter, by_hand, from_runs + starter + by_hand)


def _runs(session: Session) -> list[Runs]:
    sums = [func.sum(getattr(ImportRun, name)) for name in ("asked", *FATES)]
    query = select(ImportRun.kind, func.count(), *sums).group_by(ImportRun.kind)
    running = select(ImportRun.kind, func.count()).where(ImportRun.state != "complete").group_by(ImportRun.kind)
    unfinished = {kind: n for kind, n in session.execute(running)}  # noqa: C416 - rows are not a mapping for the type checker
    found = {row[0]: row for row in session.execute(query)}
    return [
        Runs(kind, label, found[kind][1], unfinished.get(kind, 0), int(found[kind][2]), _fates(found[kind][3:]))
        for kind, label in KINDS.items()
        if kind in found
    ]


def _fates(sums: tuple[int, ...]) -> dict[str, int]:
    return {name: int(n) for name, n in zip(FATES, sums, strict=True)}


def _added_by_starter(session: Session) -> int:
    """Citations that the log says came with the starter corpus, which is no import run."""
    query = (
        select(func.count())
        .select_from(Change)
        .join(DataRevision, DataRevision.n == Change.n)
        .where(Change.kind == "citation", Change.op == "add", DataRevision.reason == _STARTER)
    )
    return session.scalar(query) or 0


def _removed(session: Session, identified: Identified) -> Removed:
    fates = {name: sum(each.fates[name] for each in identified.runs) for name in FATES}
    known = fates["changed"] + fates["unchanged"] + fates["repeated"]
    merged = _count(session, Citation.merged_into.is_not(None))
    total = known + fates["rejected"] + fates["not_returned"] + merged
    return Removed(known, fates["rejected"], fates["not_returned"], merged, total)


def _secondary(session: Session, search: Search) -> int:
    designs = vocabulary().groups["design"]["secondary"]
    return (
        session.scalar(select(func.count(Study.id)).where(matching_studies(session, search), Study.design.in_(designs)))
        or 0
    )


def _read_depths(session: Session, search: Search) -> dict[str, int]:
    query = select(Study.read_depth, func.count()).where(matching_studies(session, search)).group_by(Study.read_depth)
    found = {depth: n for depth, n in session.execute(query)}  # noqa: C416 - rows are not a mapping for the type checker
    return {depth: found[depth] for depth in vocabulary().ids("read_depth") if depth in found}
