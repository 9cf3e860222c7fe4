"""Entity tags: ``"<version>.<data revision of anything shown>"``. ``If-None-Match`` compares all of it.

A record shows more than itself: a finding the year and identifiers of its
study's reports, a study its findings with their quotes. A tag that missed one
of them would answer 304 to somebody who holds yesterday's numbers. An answer
as of an earlier state shows some of today's words beside it, which no number
tells of; it is tagged by its content (``cache``).
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.citations import ties
from app.findings.flat import PUBLIC_STATUSES, FlatFinding
from app.history import asof
from app.history.queries import last_touch, last_touch_below
from app.models.citation import Citation
from app.models.study import StudyReport
from app.studies.queries import WholeStudy

Tag = dict[str, str]


def tag(session: Session, *, version: int, revision: int) -> Tag:
    """The header; none where the session is on an earlier state."""
    return {} if asof.told(session) else {"ETag": f'"{version}.{revision}"'}


def of_finding(session: Session, row: FlatFinding) -> Tag:
    """The tag of a finding: with its quotes, its exposure, and its study with the reports."""
    reports = session.scalars(select(StudyReport.citation_id).where(StudyReport.study_id == row.study_id))
    shown = {"finding": {row.id}, "study": {row.study_id}, "exposure": {row.exposure_id or 0}, "citation": set(reports)}
    touched = (
        last_touch(session, shown),
        last_touch_below(session, "quote", "finding_id", (row.id,)),
        last_touch_below(session, "study_report", "study_id", (row.study_id,)),
    )
    return tag(session, version=row.version, revision=max(touched))


def of_study(session: Session, whole: WholeStudy, findings: list[FlatFinding]) -> Tag:
    """The tag of a study: with its reports, its exposures, and its public findings with their quotes."""
    own = (whole.study.id,)
    touched = (
        last_touch(session, {"study": {*own}, "citation": {report.citation_id for report in whole.reports}}),
        last_touch_below(session, "study_report", "study_id", own),
        last_touch_below(session, "exposure", "study_id", own),
        last_touch_below(session, "finding", "study_id", own, statuses=PUBLIC_STATUSES),
        last_touch_below(session, "quote", "finding_id", [row.id for row in findings]),
    )
    return tag(session, version=whole.study.version, revision=max(touched))


def of_citation(session: Session, citation_id: int, version: int) -> Tag:
    """The tag of a citation: with the studies that it reports, of any status, because one that is retired leaves it.

    With what was merged into it and what is tied to it, too; undoing either gives it another version.
    """
    studies = session.scalars(select(StudyReport.study_id).where(StudyReport.citation_id == citation_id))
    merged = session.scalars(select(Citation.id).where(Citation.merged_into == citation_id))
    tied = ties.of(session, citation_id)
    shown = {citation_id, *merged, *(tie.from_id for tie in tied), *(tie.to_id for tie in tied)}
    touched = (
        last_touch(session, {"citation": shown, "study": set(studies)}),
        last_touch_below(session, "study_report", "citation_id", (citation_id,)),
    )
    return tag(session, version=version, revision=max(touched))
