"""What an empty cell of the matrix can honestly say, from what the store knows. "None exists" is never one of the answers.

Four kinds (evidence model, answers). More than one may hold; all are told, and
the cell shows the first of them in the order of :data:`KINDS`:

``abstract_only``
    a study of this design is known from less than its full text, which may
    hold the outcome.
``unread_waiting``
    records are stored that belong to no study yet; any of them may be of this
    design and about this outcome.
``not_searched``
    PubMed was never searched from here, or the last search ended incomplete,
    or a study of this design was read in full and nobody noted that its
    outcome group was looked for.
``none_found``
    none of the above: searched, all that came was read in full, this group was
    looked for in every study of the design.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import Struct, structs
from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session

from app.findings.flat import LEFT_THE_COUNTS, PUBLIC_STATUSES
from app.models.citation import Citation
from app.models.study import Study, StudyReport
from app.search.conditions import matching_citations, matching_studies
from app.search.filters import FILTERS
from app.search.spec import Search
from app.synthesis.evidence import collected

KINDS = {
    "abstract_only": "read in abstract only",
    "unread_waiting": "unread records waiting",
    "not_searched": "not searched",
    "none_found": "no study found so far",
}
FULL_TEXT = "full_text"


class ReadStudy(Struct, frozen=True):
    """How far one study was read, and for which outcome groups."""

    design: str
    read_depth: str
    looked_for: frozenset[str]


class Known(Struct, frozen=True):
    """What the store knows of the literature behind a question.

    ``searched`` is True when the last search of PubMed ended complete;
    ``unread`` counts stored records that belong to no study and whose standing
    lets them count.
    """

    searched: bool
    unread: int
    studies: tuple[ReadStudy, ...]

    def of_design(self, design: str) -> tuple[ReadStudy, ...]:
        """The studies of one design."""
        return tuple(study for study in self.studies if study.design == design)


def known(session: Session, search: Search) -> Known:
    """What is known of the studies and records to which the study and report filters of ``search`` point.

    Finding filters are left out on purpose: what was not found in a study
    cannot be asked which phase or substance it would have had.
    """
    levels = {name: each.level for name, each in FILTERS.items()}
    chosen = {name: values for name, values in search.chosen.items() if levels[name] != "finding"}
    asked = Search(chosen=chosen, q=search.q, year_from=search.year_from, year_to=search.year_to, has=search.report_has)
    of_reports = structs.replace(asked, chosen={n: v for n, v in chosen.items() if levels[n] == "citation"})
    last = collected(session).last_search
    return Known(
        searched=last is not None and last.complete,
        unread=_unread(session, of_reports),
        studies=tuple(_studies(session, asked)),
    )


def in_no_study(statuses: Sequence[str] | None = None) -> ColumnElement[bool]:
    """That a citation is the report of no study, or of none with these statuses."""
    reported = select(StudyReport.id).where(StudyReport.citation_id == Citation.id)
    if statuses is not None:
        reported = reported.join(Study, Study.id == StudyReport.study_id).where(Study.status.in_(statuses))
    return ~exists(reported.correlate(Citation))


def _unread(session: Session, asked: Search) -> int:
    query = select(func.count(Citation.id)).where(
        matching_citations(session, asked), in_no_study(PUBLIC_STATUSES), Citation.standing.not_in(LEFT_THE_COUNTS)
    )
    return session.scalar(query) or 0


def _studies(session: Session, asked: Search) -> Iterable[ReadStudy]:
    columns: tuple[Any, ...] = (Study.design, Study.read_depth, Study.outcome_groups_checked)
    for design, depth, checked in session.execute(select(*columns).where(matching_studies(session, asked))):
        yield ReadStudy(design, depth, frozenset(checked or ()))


def kinds_of_gap(what: Known, *, domain: str, design: str) -> tuple[str, ...]:
    """Everything that an empty cell of an outcome group has to say, the most telling first; never empty."""
    of_design = what.of_design(design)
    in_full = [study for study in of_design if study.read_depth == FULL_TEXT]
    found = {
        "abstract_only": len(in_full) < len(of_design),
        "unread_waiting": what.unread > 0,
        "not_searched": not what.searched or any(domain not in study.looked_for for study in in_full),
    }
    holding = tuple(kind for kind, holds in found.items() if holds)
    return holding or ("none_found",)
