"""The starter corpus: all of it or nothing, once, and as one data revision."""

import json
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.database import Store
from app.errors import Invalid
from app.history.events import latest
from app.history.queries import broken_links
from app.importing import starter
from app.models.citation import Citation, CitationIdentifier
from app.models.finding import Finding
from app.models.history import VERSIONS, Change
from app.models.study import Exposure, Study, StudyReport
from tests.factories import a_finding, a_revision, opened

LINE: dict[str, Any] = json.loads(starter.CORPUS.read_text(encoding="utf-8").splitlines()[0])
TABLES = (Study, Citation, StudyReport, Exposure, Finding)


def _counts(session: Session) -> list[int]:
    return [session.scalar(select(func.count()).select_from(table)) or 0 for table in TABLES]


def _statuses(session: Session) -> set[str]:
    return set(session.scalars(select(Study.status).union(select(Finding.status))))


def test_the_corpus_is_there_whole_as_one_revision(starter_url: str) -> None:
    with opened(starter_url) as store, store.reading() as session:
        unidentified = select(func.count()).where(Citation.id.not_in(select(CitationIdentifier.citation_id)))

        assert [80, 88, 88, 118, 196] == _counts(session)
        assert 22 == session.scalar(unidentified)
        assert {"submitted"} == _statuses(session)
        assert 1 == latest(session)
        assert [] == list(broken_links(session))
        assert 80 + 88 + 88 + 118 + 196 == session.scalar(select(func.count()).select_from(Change))
        assert 196 == session.scalar(select(func.count()).select_from(VERSIONS["finding"]))


def test_numbers_follow_the_order_of_the_file(starter_url: str) -> None:
    lines = [json.loads(line) for line in starter.CORPUS.read_text(encoding="utf-8").splitlines()]
    with opened(starter_url) as store, store.reading() as session:
        titles = list(session.scalars(select(Study.title).order_by(Study.id)))
        summaries = list(session.scalars(select(Finding.summary).order_by(Finding.id)))

        assert [line["title"] for line in lines] == titles
        assert [finding["summary"] for line in lines for finding in line["findings"]] == summaries


def test_loading_says_how_much(vocabulary_url: str) -> None:
    with opened(vocabulary_url) as store, store.writing() as session:
        loaded = starter.load(session)

    assert (
        starter.Loaded(studies=80, reports=88, unidentified=22, exposures=118, findings=196, state="loaded") == loaded
    )


def test_a_store_with_a_study_is_left_alone(vocabulary_url: str) -> None:
    with opened(vocabulary_url) as store:
        with store.writing() as session:
            a_finding(session, a_revision())
            before = _counts(session)
        with store.writing() as session:
            loaded = starter.load(session)
            assert ("not_empty", before) == (loaded.state, _counts(session))


def _broken(**changes: Any) -> str:
    return json.dumps({**LINE, **changes})


def _with(part: str, **changes: Any) -> str:
    return _broken(**{part: [{**LINE[part][0], **changes}, *LINE[part][1:]]})


def _without(part: str, name: str) -> str:
    return _broken(**{part: [{key: value for key, value in LINE[part][0].items() if key != name}, *LINE[part][1:]]})


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ("{", "the line"),
        ("[]", "the line"),
        ("null", "the line"),
        (_broken(design="guess"), "design"),
        (_broken(subject=None), "subject"),
        (_broken(colour="red"), "colour"),
        (_broken(n_total=-1), "n_total"),
        (_broken(reports=[]), "reports"),
        (_broken(overlap_group="A", overlap_status="none_known"), "overlap_group"),
        (_with("reports", pmid="abc"), "reports.0.pmid"),
        (_with("reports", role="star"), "reports.0.role"),
        (_with("exposures", substance="tea"), "exposures.0.substance"),
        (_with("exposures", substance="other"), "substance_name"),
        (_with("exposures", key="other key"), "the exposure 'e"),
        (_with("findings", outcome="happiness_itself"), "findings.0.outcome"),
        (_with("findings", outcome="sleep"), "findings.0.outcome"),
        (_with("findings", direction="sideways"), "findings.0.direction"),
        (_with("findings", report="K99"), "the report 'K99'"),
        (_with("findings", exposure="e99"), "the exposure 'e99'"),
        (_with("findings", summary="bad \0 byte"), "findings.0.summary"),
        (_with("findings", n_events=3, n_group=2), "n_events"),
        (_without("findings", "report"), "findings.0.report"),
        (_without("reports", "key"), "reports.0.key"),
        (_broken(reports=[*LINE["reports"], LINE["reports"][0]]), "same key"),
        (_broken(exposures=[*LINE["exposures"], LINE["exposures"][0]]), "same key"),
    ],
)
def test_a_broken_line_is_named_by_its_number_and_field(line: str, place: str) -> None:
    with pytest.raises(Invalid) as refused:
        starter.parse([json.dumps(LINE), "", line])

    assert refused.value.message.startswith("Line 3 of the starter corpus: ")
    assert place in refused.value.message


@pytest.mark.parametrize("line", [_with("findings", report="K99"), _without("findings", "summary"), "{"])
def test_a_broken_line_leaves_nothing_behind(vocabulary_url: str, line: str) -> None:
    with opened(vocabulary_url) as store:
        with pytest.raises(Invalid):
            _load(store, [json.dumps(LINE), line])
        with store.reading() as session:
            assert ([0, 0, 0, 0, 0], 0) == (_counts(session), latest(session))


def _load(store: Store, lines: list[str]) -> None:
    with store.writing() as session:
        starter.load(session, lines)
