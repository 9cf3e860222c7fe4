"""The flow re-adds: on the starter corpus, after imports of every fate, and under any filter."""

from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.database import Store
from app.importing.file_runs import import_file
from app.models.citation import Citation
from app.search.reading import read
from app.synthesis.plots.prisma import Flow, flow
from tests.factories import a_citation, a_revision, a_study, opened
from tests.importing.articles import WITHOUT_PMID, a_file, an_article

FILTERS = [
    {}, {"q": "sleep"}, {"outcome": "insomnia"}, {"design": "case_report"}, {"year_from": "2020"}, {"evidence": "all"},
    {"q": "no such word anywhere"}, {"subject": "animal"},
]  # fmt: skip


def flow_of(store: Store, **asked: str) -> Flow:
    with store.reading() as session:
        return flow(session, read({name: (value,) for name, value in asked.items()}))


@pytest.mark.parametrize("asked", FILTERS, ids=str)
def test_the_flow_of_the_starter_corpus_re_adds(session: Session, asked: dict[str, str]) -> None:
    found = flow(session, read({name: (value,) for name, value in asked.items()}))

    assert found.adds_up
    assert (88, 88, 0, 88) == (
        found.identified.from_starter, found.identified.total, found.removed.total, found.records,
    )  # fmt: skip


def test_the_starter_corpus_is_wholly_included_and_nothing_was_screened(session: Session) -> None:
    found = flow(session, read({}))

    assert (88, 80, 0, 0) == (found.reports_included, found.included.studies, found.in_no_study, found.in_drafts)
    assert (False, 0) == (found.screening.recorded, found.screening.screened)
    assert 80 == sum(found.studies_by_read_depth.values())
    assert found.last_search is None


def test_the_flow_re_adds_after_imports_with_every_fate_that_a_file_can_bring(
    starter_copy_url: str, tmp_path: Path
) -> None:
    known = "40839514"  # a report of the starter corpus
    first = a_file(tmp_path, an_article("1"), WITHOUT_PMID, an_article("2"), an_article("1", version=2), name="a.xml")
    again = a_file(tmp_path, an_article("1", version=2), an_article("3"), an_article(known), name="b.xml")
    with opened(starter_copy_url) as store:
        for path in (first, again):
            import_file(store, [path], actor="ada", max_bytes=1 << 20)
        found = flow_of(store)
        with store.reading() as session:
            stored = session.scalar(select(func.count(Citation.id)).where(Citation.merged_into.is_(None)))
        filtered = [flow_of(store, **asked) for asked in FILTERS]

    (runs,) = found.identified.runs
    assert ("file", 2, 0, 7) == (runs.kind, runs.runs, runs.unfinished, runs.asked)
    assert 7 == sum(runs.fates.values())
    assert (3, 1, 0) == (runs.fates["added"], runs.fates["rejected"], found.identified.by_hand)
    assert (95, 4, 91) == (found.identified.total, found.removed.total, found.records)
    assert stored == found.records
    assert (3, 88) == (found.in_no_study, found.reports_included)
    assert all(each.adds_up for each in filtered)


def test_drafts_and_entries_by_hand_have_their_place(starter_copy_url: str) -> None:
    with opened(starter_copy_url) as store:
        with store.writing() as session:
            revision = a_revision()
            a_study(session, revision, status="draft")
            a_study(session, revision)
            a_citation(session, revision)
            revision.seal(session)
        found = flow_of(store)

    assert found.adds_up
    assert (3, 91, 1, 1, 89, 81) == (
        found.identified.by_hand, found.records, found.in_no_study, found.in_drafts, found.reports_included,
        found.included.studies,
    )  # fmt: skip
