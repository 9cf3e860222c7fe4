"""Taking away a part that was entered wrongly: a quote, a report of a study, an exposure. The history keeps what it was.

Records are never taken away: they are retired (``lifecycle``). Of what is
settled a removal is a proposal, as every change is. Open proposals of which it
leaves nothing are superseded in the same write.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from fastapi import Response

from app.api import held
from app.api.asking import only
from app.api.documented import CitationId, ExposureId, FindingId, QuoteId, StudyId
from app.api.findings import shown as finding_shown
from app.api.guarding import Door, Guarded
from app.api.preconditions import IfMatch
from app.api.proposing import PROPOSED, proposed
from app.api.quotes import quote_out
from app.api.shapes import FindingOut, One, WholeStudyOut
from app.api.studies import shown as study_shown
from app.api.writing import Write, Writing, written
from app.curation import applying, proposals
from app.findings import queries as findings
from app.findings import quotes
from app.kit.public_ids import CITATION, EXPOSURE, QUOTE, number_of
from app.models.finding import Finding
from app.models.study import Study
from app.studies import edit

router = Door(route_class=Guarded)


@router.delete(
    "/findings/{finding_id}/quotes/{quote_id}",
    tags=["findings"],
    dependencies=[only()],
    response_model=One[FindingOut],  # type: ignore[valid-type]  # made at run time
    responses=PROPOSED,
)
@written
def remove_quote(finding_id: FindingId, quote_id: QuoteId, match: IfMatch, write: Writing) -> Response:
    """Take a quote off a finding. `If-Match` is the `ETag` of the finding. 409 for the last one of an accepted finding."""
    finding = held.finding(write, finding_id, match)
    number = number_of(QUOTE, quote_id)
    quotes.get(write.session, finding, number)

    def shown() -> Response:
        kept = [quote_out(each) for each in findings.quotes_of(write.session, finding.id)]
        return finding_shown(write.session, write.principal, finding.id, quotes=kept)

    return _removed(write, finding, {applying.REMOVE_QUOTE: {"quote_id": number}}, shown, gone=quote_id)


@router.delete(
    "/studies/{study_id}/reports/{citation_id}",
    tags=["studies"],
    dependencies=[only()],
    response_model=One[WholeStudyOut],
    responses=PROPOSED,
)
@written
def remove_report(study_id: StudyId, citation_id: CitationId, match: IfMatch, write: Writing) -> Response:
    """Untie a citation from a study; the citation stays. 409 while a finding is from this report, or where it is the last."""
    study, number = held.study(write, study_id, match), number_of(CITATION, citation_id)
    edit.get_report(write.session, study, number)
    change = {applying.REMOVE_REPORT: {"citation_id": number}}
    return _removed(write, study, change, partial(_study_shown, write, study), gone=citation_id)


@router.delete(
    "/studies/{study_id}/exposures/{exposure_id}",
    tags=["studies"],
    dependencies=[only()],
    response_model=One[WholeStudyOut],
    responses=PROPOSED,
)
@written
def remove_exposure(study_id: StudyId, exposure_id: ExposureId, match: IfMatch, write: Writing) -> Response:
    """Take an exposure off a study. 409 while a finding is about it; `If-Match` is the `ETag` of the study."""
    study, number = held.study(write, study_id, match), number_of(EXPOSURE, exposure_id)
    edit.get_exposure(write.session, study, number)
    change = {applying.REMOVE_EXPOSURE: {"exposure_id": number}}
    return _removed(write, study, change, partial(_study_shown, write, study), gone=exposure_id)


def _removed(
    write: Write, record: Study | Finding, change: dict[str, Any], shown: Callable[[], Response], *, gone: str
) -> Response:
    """Take the part away, or propose to, and answer with what is ``shown`` of the record then. ``gone`` is the part's id."""
    if not held.is_changed_by(write, record):
        return proposed(write, record, change, comment=None) or shown()
    applying.apply(write.session, write.revision, record, change)
    because = f"{gone} was taken away by {write.actor}, who could do so without a proposal."
    proposals.supersede(write.session, write.revision, record, change, because=because)
    write.seal()
    return shown()


def _study_shown(write: Write, study: Study) -> Response:
    return study_shown(write.session, write.principal, study.id)
