"""Entity tags: ``"<version>.<data revision of anything shown>"``. ``If-None-Match`` compares all of it.

A record shows more than itself: a finding the year and identifiers of its
study's reports, a study its findings with their quotes. A tag that missed one
of them would answer 304 to somebody who holds yesterday's numbers. An answer
as of an earlier state shows some of today's words beside it, which no number
tells of; it is tagged by its content (``cache``).
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from app.citations import ties
from app.citations.notices import Notice
from app.findings.flat import PUBLIC_STATUSES, FlatFinding
from app.history import asof
from app.history.queries import last_touch, last_touch_below
from app.models.citation import Citation
from app.models.study import StudyReport
from app.statements import Statement
from app.studies.queries import WholeStudy

Tag = dict[str, str]
_STUDIES_OF = Statement(select(StudyReport.study_id).where(StudyReport.citation_id == bindparam("id")))
_REPORTS_OF = Statement(select(StudyReport.citation_id).where(StudyReport.study_id == bindparam("id")))
_MERGED_INTO = Statement(select(Citation.id).where(Citation.merged_into == bindparam("id")))


def tag(session: Session, *, version: int, revision: int) -> Tag:
    """The header; none where the session is on an earlier state."""
    return {} if asof.told(session) else {"ETag": f'"{version}.{revision}"'}


def notices_in(notices: Mapping[int, Sequence[Notice]]) -> set[int]:
    """The citations that are shown as notices: one that comes, or is merged, is named by its id from then on."""
    return {one.citation_id for of in notices.values() for one in of if one.citation_id}


def of_finding(session: Session, row: FlatFinding, *, also: set[int]) -> Tag:
    """The tag of a finding: with its quotes, its exposure, its study with the reports, and the citations ``also`` named."""
    reports = _REPORTS_OF.column(session, id=row.study_id)
    shown = {
        "finding": {row.id},
        "study": {row.study_id},
        "exposure": {row.exposure_id or 0},
        "citation": {*reports, *also},
    }
    touched = (
        last_touch(session, shown),
        last_touch_below(session, "quote", "finding_id", (row.id,)),
        last_touch_below(session, "study_report", "study_id", (row.study_id,)),
    )
    return tag(session, version=row.version, revision=max(touched))


def of_study(
    session: Session,
    whole: WholeStudy,
    findings: list[FlatFinding],
    *,
    also: set[int],
    statuses: tuple[str, ...] = PUBLIC_STATUSES,
) -> Tag:
    """The tag of a study: with its reports, exposures, findings of ``statuses`` and their quotes, and the citations ``also``."""
    own = (whole.study.id,)
    citations = {report.citation_id for report in whole.reports} | also
    touched = (
        last_touch(session, {"study": {*own}, "citation": citations}),
        last_touch_below(session, "study_report", "study_id", own),
        last_touch_below(session, "exposure", "study_id", own),
        last_touch_below(session, "finding", "study_id", own, statuses=statuses),
        last_touch_below(session, "quote", "finding_id", [row.id for row in findings]),
    )
    return tag(session, version=whole.study.version, revision=max(touched))


def of_citation(session: Session, citation_id: int, version: int, *, also: set[int]) -> Tag:
    """The tag of a citation: with the studies that it reports, of any status, because one that is retired leaves it.

    With what was merged into it and what is tied to it, too (undoing either gives it another version), and with ``also``.
    """
    studies = _STUDIES_OF.column(session, id=citation_id)
    merged = _MERGED_INTO.column(session, id=citation_id)
    tied = ties.of(session, citation_id)
    shown = {citation_id, *merged, *(tie.from_id for tie in tied), *(tie.to_id for tie in tied)}
    touched = (
        last_touch(session, {"citation": shown | also, "study": set(studies)}),
        last_touch_below(session, "study_report", "citation_id", (citation_id,)),
    )
    return tag(session, version=version, revision=max(touched))
