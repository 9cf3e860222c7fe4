"""Recording findings, and reading them as flat rows."""

import pytest
from sqlalchemy.orm import Session

from app.errors import Invalid, NotFound
from app.findings import queries
from app.findings.flat import FlatFinding
from app.history.queries import of_record
from tests.factories import a_citation, a_finding, a_revision, a_study, an_exposure, opened


def test_a_finding_is_recorded_with_its_history(vocabulary_url: str) -> None:
    with opened(vocabulary_url) as store:
        with store.writing() as session:
            finding = a_finding(session, revision := a_revision(actor="grace"))
            n = revision.seal(session)
        with store.reading() as session:
            history = of_record(session, "finding", finding.id)
            row = queries.get(session, finding.id)

            assert [(n, "grace", "add", None)] == [(each.n, each.actor, each.op, each.before) for each in history]
            assert '"summary":"Some people who took kratom slept badly."' in history[0].after
            assert ("insomnia", "Insomnia", "worsened", "effect") == (
                row.outcome,
                row.outcome_label,
                row.effect,
                row.evidence_class,
            )
            assert row.counts_as_evidence


@pytest.mark.parametrize(
    "missing", ["report_id", "exposure_id", "outcome", "direction", "phase", "contrast", "basis", "summary"]
)
def test_only_a_draft_or_a_suggestion_may_miss_a_required_field(vocabulary_url: str, missing: str) -> None:
    with opened(vocabulary_url) as store:
        with store.writing() as session:
            study = a_study(session, a_revision())
            for status in ("draft", "suggested"):
                a_finding(
                    session,
                    a_revision(),
                    study,
                    status=status,
                    **{"report_id": None, "exposure_id": None, missing: None},
                )
        for status in ("submitted", "accepted"):
            with pytest.raises(Invalid, match=f"A {status} finding needs {missing}."), store.writing() as session:
                a_finding(session, a_revision(), status=status, **{missing: None})


def test_the_report_and_the_exposure_are_those_of_the_study(vocabulary_url: str) -> None:
    with opened(vocabulary_url) as store:
        with store.writing() as session:
            revision = a_revision()
            report = a_citation(session, revision)
            study, other = (
                a_study(session, revision, reports=(each,)) for each in (report, a_citation(session, revision))
            )
            mine, theirs = (an_exposure(session, revision, each) for each in (study, other))
        for fields in ({"report_id": report + 1, "exposure_id": mine}, {"report_id": report, "exposure_id": theirs},
                       {"report_id": 2**31 - 1, "exposure_id": mine}):  # fmt: skip
            with pytest.raises(Invalid, match=f"not one of study S{study.id}"), store.writing() as session:
                a_finding(session, a_revision(), study, **fields)


def _evidence(session: Session, finding_id: int) -> tuple[str, bool]:
    row: FlatFinding = queries.get(session, finding_id)
    return row.evidence_class, row.counts_as_evidence


def test_what_counts_as_evidence_is_public_of_kratom_and_not_retracted(vocabulary_url: str) -> None:
    with opened(vocabulary_url) as store:
        with store.writing() as session:
            revision = a_revision()
            kratom = a_finding(session, revision).id
            draft = a_finding(session, revision, status="draft").id
            motive = a_finding(session, revision, basis="motive_only").id
            detected = a_finding(session, revision, basis="detection_only").id
            review = a_finding(session, revision, a_study(session, revision, design="systematic_review")).id
            study = a_study(
                session, revision, reports=(report := a_citation(session, revision, title="RETRACTED: Sleep"),)
            )
            retracted = a_finding(session, revision, study, report_id=report).id
            other = a_finding(
                session, revision, study := a_study(session, revision, reports=(own := a_citation(session, revision),)),
                report_id=own, exposure_id=an_exposure(session, revision, study, substance="other", substance_name="tramadol"),
            ).id  # fmt: skip
            revision.seal(session)
        with store.reading() as session:
            assert ("effect", True) == _evidence(session, kratom)
            assert ("effect", False) == _evidence(session, draft)
            assert ("reason", False) == _evidence(session, motive)
            assert {("context", False)} == {_evidence(session, each) for each in (detected, review, retracted, other)}


def test_a_finding_that_does_not_exist_is_not_found(vocabulary_url: str) -> None:
    with opened(vocabulary_url) as store, store.reading() as session, pytest.raises(NotFound, match="F12"):
        queries.get(session, 12)
