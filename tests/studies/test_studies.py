"""Studies, their reports and what was taken in them."""

from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import text

from app.citations.draft import Identifier
from app.errors import Gone, NotFound
from app.history.queries import of_record
from app.studies import queries
from app.studies.draft import ExposureDraft, StudyDraft
from tests.factories import a_citation, a_revision, a_study, an_exposure, opened

STUDY = {"title": "t", "design": "case_report", "subject": "human", "read_depth": "abstract"}


@pytest.mark.parametrize(
    "sent",
    [
        {"title": " "}, {"design": "rct"}, {"subject": "people"}, {"read_depth": "half"}, {"n_total": -1}, {"n_total": 2**31},
        {"country": "x" * 65}, {"overlap_group": "x" * 65, "overlap_status": "suspected"}, {"overlap_group": "A"},
        {"period_start": "2021-13"}, {"period_start": "2021", "period_end": "2020-12"},
        {"period_start": "2021-12-31", "period_end": "2021-12-01"}, {"period_start": "22"},
        {"outcome_groups_checked": ("insomnia",)}, {"outcome_groups_checked": ("\0",)}, {"registrations": ("",)},
        {"funder_classes": ("rich",)}, {"population_contexts": ("tired",)}, {"notes": "\0"},
        {"version": 3}, {"status": "accepted"},
    ],
)  # fmt: skip
def test_a_study_that_cannot_be_right_is_refused(sent: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        StudyDraft(**(STUDY | sent))


@pytest.mark.parametrize("period", [("2021", "2021"), ("2021-03", "2021"), ("2021-12", "2022-01"), ("2021", None)])
def test_a_period_may_be_as_vague_as_its_source(period: tuple[str, str | None]) -> None:
    draft = StudyDraft(**STUDY, period_start=period[0], period_end=period[1], outcome_groups_checked=("sleep",))

    assert period == (draft.period_start, draft.period_end)


@pytest.mark.parametrize("sent", [{"substance": "other"}, {"substance": "tea"}, {"substance": "kratom_leaf", "route": "\0"},
                                  {"substance": "kratom_leaf", "co_interventions": ("yoga",)}])  # fmt: skip
def test_an_exposure_that_cannot_be_right_is_refused(sent: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ExposureDraft(**sent)


def test_a_study_comes_with_its_reports_in_order_and_its_earliest_year(vocabulary_url: str) -> None:
    with opened(vocabulary_url) as store:
        with store.writing() as session:
            revision = a_revision()
            late = a_citation(session, revision, issued_on="2024")
            early = a_citation(session, revision, issued_on="2019-02", identifiers=(Identifier("doi", "10.1000/a"),))
            none = a_citation(session, revision, issued_on=None, identifiers=())
            study = a_study(session, revision, reports=(late, early, none))
            taken = an_exposure(session, revision, study, co_exposures=("tramadol",))
            n = revision.seal(session)
        with store.reading() as session:
            whole = queries.get(session, study.id)

            assert [late, early, none] == [report.citation_id for report in whole.reports]
            assert [True, True, False] == [report.identified for report in whole.reports]
            assert {"doi": ["10.1000/a"]} == whole.reports[1].identifiers
            assert 2019 == whole.year
            assert [(taken, ["tramadol"])] == [(each.id, each.co_exposures) for each in whole.exposures]
            assert [(n, "add")] == [(each.n, each.op) for each in of_record(session, "study", study.id)]


def test_a_study_that_is_not_there_is_not_found_and_a_retired_one_is_gone(vocabulary_url: str) -> None:
    with opened(vocabulary_url) as store:
        with store.writing() as session:
            study = a_study(session, a_revision())
            session.execute(text("UPDATE study SET status = 'retired', retired_reason = 'entered twice'"))
        with store.reading() as session:
            with pytest.raises(Gone, match="entered twice"):
                queries.get(session, study.id)
            with pytest.raises(NotFound, match="S99"):
                queries.get(session, 99)
            assert [] == queries.many(session, (99, 2**31 - 1))


def test_studies_come_in_the_order_asked_for(vocabulary_url: str) -> None:
    with opened(vocabulary_url) as store:
        with store.writing() as session:
            ids = [a_study(session, a_revision()).id for _ in range(3)]
        with store.reading() as session:
            assert ids[::-1] == [whole.study.id for whole in queries.many(session, ids[::-1])]
