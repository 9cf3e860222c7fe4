from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from app.database import Store
from app.errors import UnreadableFile
from app.history.queries import broken_links
from app.importing import file_runs
from app.importing.file_runs import import_file
from app.importing.report import ImportReport, RejectedRecord
from app.models.citation import Citation
from app.models.history import DataRevision
from app.models.imports import ImportRecord, ImportRun
from tests.citations.drafts import by_pmid, revisions
from tests.importing.articles import WITHOUT_PMID, a_deletion, a_file, an_article
from tests.search.asked import found_by


def take_in(store: Store, *paths: Path, **options: Any) -> ImportReport:
    return import_file(store, paths, actor="ada", max_bytes=1 << 30, **options)


def count(store: Store, table: type[Any]) -> int:
    with store.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def last_run(store: Store) -> ImportRun:
    with store.reading() as session:
        return session.scalars(select(ImportRun).order_by(ImportRun.id.desc()).limit(1)).one()


def test_a_file_is_taken_in_and_every_record_has_its_fate(store: Store, tmp_path: Path) -> None:
    path = a_file(tmp_path, an_article("1"), WITHOUT_PMID, an_article("2"), an_article("1", version=2))

    report = take_in(store, path)

    assert (4, 2, 1, 1) == (report.asked, report.added, report.repeated, len(report.rejected))
    assert (True, "complete", 3) == (report.adds_up, report.state, report.exit_code)
    assert [RejectedRecord(2, 4, None, "The record has no PMID.")] == report.rejected
    with store.reading() as session:
        fates = session.execute(select(ImportRecord.position, ImportRecord.fate).order_by(ImportRecord.position)).all()
    assert [(1, "repeated"), (2, "rejected"), (3, "added"), (4, "added")] == [tuple(row) for row in fates]


def test_importing_a_file_again_changes_nothing_and_writes_no_data_revision(store: Store, tmp_path: Path) -> None:
    path = a_file(
        tmp_path, *[an_article(str(pmid), doi=f"10.1000/{pmid}", ties=(("ErratumFor", "3"),)) for pmid in range(1, 40)]
    )
    take_in(store, path)
    before = revisions(store), count(store, Citation)

    for _ in range(5):
        report = take_in(store, path)
        assert (39, 0) == (report.unchanged, report.exit_code)

    assert before == (revisions(store), count(store, Citation))


def test_a_later_file_updates_and_an_older_one_does_not(store: Store, tmp_path: Path) -> None:
    old = a_file(tmp_path, an_article("1", revised="2024-01-01", title="Old"), name="old.xml")
    new = a_file(tmp_path, an_article("1", revised="2024-02-01", title="New"), name="new.xml")

    reports = [take_in(store, path) for path in (old, new, old)]

    assert [(1, 0, 0), (0, 1, 0), (0, 0, 1)] == [(r.added, r.changed, r.unchanged) for r in reports]
    assert ({"1": ["title"]}, "New") == (reports[1].changed_fields, by_pmid(store, "1").draft.title)


def test_deletion_notices_mark_what_is_stored_and_are_counted_apart(store: Store, tmp_path: Path) -> None:
    take_in(store, a_file(tmp_path, an_article("1"), an_article("2")))

    report = take_in(store, a_file(tmp_path, a_deletion("1", "99"), name="update.xml"))

    assert (0, 2, "complete", 0) == (report.asked, report.deleted, report.state, report.exit_code)
    assert ["deleted_upstream", "current"] == [by_pmid(store, pmid).standing for pmid in ("1", "2")]


def test_a_deletion_notice_for_what_is_not_stored_yet_marks_it_when_it_comes_until_a_later_edition(
    store: Store, tmp_path: Path
) -> None:
    take_in(store, a_file(tmp_path, a_deletion("1"), name="update.xml"))
    standings = []
    for year in (2020, 2020, 2021):
        take_in(store, a_file(tmp_path, an_article("1", revised=f"{year}-01-01"), name=f"{year}.xml"))
        standings.append(by_pmid(store, "1").standing)

    assert ["deleted_upstream", "deleted_upstream", "current"] == standings


def test_a_small_file_that_is_cut_short_leaves_nothing_but_its_run(store: Store, tmp_path: Path) -> None:
    path = a_file(tmp_path, an_article("1"), an_article("2"), cut=60)

    with pytest.raises(UnreadableFile, match="Nothing of it was kept"):
        take_in(store, path)

    assert (0, 0, "failed") == (count(store, Citation), revisions(store), last_run(store).state)


@pytest.mark.parametrize("name", ["broken.xml", "broken.xml.gz"])
def test_a_bulk_file_that_breaks_midway_is_incomplete_and_says_what_was_kept(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(file_runs, "SMALL", 10_000)
    records = [an_article(str(pmid)) for pmid in range(1, 5001)]
    path = a_file(tmp_path, *records, "<PubmedArticle><Oops", name=name)

    report = take_in(store, path)

    assert ("incomplete", 3, 5000, True) == (report.state, report.exit_code, report.added, report.adds_up)
    assert "5,000 citations" in (report.failure or "")
    assert 5000 == count(store, Citation)
    ended = last_run(store)
    assert ("incomplete", 5000, report.failure) == (ended.state, ended.added, ended.failure)


def test_a_bulk_file_whose_packing_is_cut_is_refused_before_anything_is_kept(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_runs, "SMALL", 10_000)
    path = a_file(tmp_path, *[an_article(str(pmid)) for pmid in range(1, 5001)], name="cut.xml.gz", cut=100)

    with pytest.raises(UnreadableFile, match="packing"):
        take_in(store, path)

    assert 0 == count(store, Citation)


def test_a_file_that_does_not_fit_its_checksum_is_refused(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_runs, "SMALL", 10)
    path = a_file(tmp_path, an_article("1"))
    path.with_name("records.xml.md5").write_text(f"MD5(records.xml)= {'0' * 32}\n")

    with pytest.raises(UnreadableFile, match="checksum"):
        take_in(store, path)

    assert 0 == count(store, Citation)


def test_a_repeat_in_a_later_batch_of_a_bulk_file_is_still_a_repeat(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_runs, "SMALL", 10_000)
    path = a_file(
        tmp_path, *[an_article(str(pmid)) for pmid in range(1, 4001)], an_article("7", version=2, title="Two")
    )

    reports = [take_in(store, path) for _ in range(2)]

    assert [(4000, 0, 1), (0, 4000, 1)] == [(r.added, r.unchanged, r.repeated) for r in reports]
    assert "Two" == by_pmid(store, "7").draft.title


def test_of_several_files_the_readable_ones_are_kept_and_the_others_named(store: Store, tmp_path: Path) -> None:
    good = a_file(tmp_path, an_article("1"), WITHOUT_PMID, name="good.xml")
    bad = a_file(tmp_path, an_article("2"), name="bad.xml", cut=60)

    report = take_in(store, bad, good)

    assert ("incomplete", 1, 3) == (report.state, report.added, report.exit_code)
    assert "bad.xml" in (report.failure or "")
    assert report.rejected[0].reason.startswith("good.xml: ")


def test_a_dry_run_tells_the_fates_and_leaves_no_trace(store: Store, tmp_path: Path) -> None:
    take_in(store, a_file(tmp_path, an_article("1")))
    runs = count(store, ImportRun)

    report = take_in(store, a_file(tmp_path, an_article("1"), an_article("2"), name="more.xml"), dry_run=True)

    assert (1, 1, None) == (report.added, report.unchanged, report.run_id)
    assert (runs, 1, 1) == (count(store, ImportRun), count(store, Citation), revisions(store))


@pytest.mark.sqlite
def test_a_dry_run_of_a_bulk_file_tells_the_fates_too(
    sqlite_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_runs, "SMALL", 10_000)
    take_in(sqlite_store, a_file(tmp_path, an_article("2400"), name="one.xml"))

    report = take_in(sqlite_store, a_file(tmp_path, *[an_article(str(n)) for n in range(1, 2501)]), dry_run=True)

    assert (2499, 1, 0, 1) == (report.added, report.unchanged, report.repeated, count(sqlite_store, Citation))


def test_an_import_shows_how_far_it_is(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_runs, "SMALL", 10_000)
    seen: list[tuple[int, int | None]] = []

    take_in(
        store, a_file(tmp_path, *[an_article(str(n)) for n in range(1, 2501)]), progress=lambda *at: seen.append(at)
    )

    assert [(1000, None), (2000, None), (2500, None)] == seen


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"<!DOCTYPE html><html><body>Sorry</body></html>", "web page"),
        (b"<eFetchResult><ERROR>Search Backend failed</ERROR></eFetchResult>", "Search Backend failed"),
        (b"Dear colleague,\nplease find the list attached.\n", "no format known here"),
    ],
)
def test_what_cannot_be_imported_is_refused_by_what_it_is(
    store: Store, tmp_path: Path, content: bytes, said: str
) -> None:
    path = tmp_path / "anything.txt"
    path.write_bytes(content)

    with pytest.raises(UnreadableFile, match=said):
        take_in(store, path)

    assert 0 == count(store, DataRevision)


def test_a_file_that_is_not_there_is_named(store: Store, tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=r"missing\.xml"):
        take_in(store, tmp_path / "missing.xml")


def test_an_imported_record_can_be_searched_and_its_history_holds(store: Store, tmp_path: Path) -> None:
    take_in(store, a_file(tmp_path, an_article("1", abstract="Insomnia after stopping."), an_article("2")))

    with store.reading() as session:
        assert {by_pmid(store, "1").id} == found_by(session, '"insomnia after"')
        assert [] == list(broken_links(session))


_steps = st.lists(
    st.tuples(st.integers(1, 6), st.integers(1, 3), st.sampled_from(["One", "Two", "Three"]))
    | st.none()
    | st.just("deleted"),
    max_size=8,
)


@pytest.mark.sqlite
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(files=st.lists(_steps, min_size=1, max_size=3))
def test_fates_always_add_up_and_the_latest_version_stands(
    sqlite_store: Store, tmp_path: Path, files: list[list[Any]]
) -> None:
    base = (count(sqlite_store, ImportRun) + 1) * 10
    held: dict[int, int] = {}
    for steps in files:
        records = [_written(base, step) for step in steps]
        report = take_in(sqlite_store, a_file(tmp_path, *records))
        latest = {step[0]: 0 for step in steps if isinstance(step, tuple)}
        for step in steps:
            if isinstance(step, tuple):
                latest[step[0]] = max(latest[step[0]], step[1])
        assert report.adds_up
        assert sum(step != "deleted" for step in steps) == report.asked
        assert len(set(latest) - set(held)) == report.added
        held = {pmid: max(held.get(pmid, 0), latest.get(pmid, 0)) for pmid in {*held, *latest}}
        assert held == {pmid: by_pmid(sqlite_store, f"{base}{pmid}").draft.version for pmid in held}


def _written(base: int, step: Any) -> str:
    if step is None:
        return WITHOUT_PMID
    if step == "deleted":
        return a_deletion(f"{base}1")
    return an_article(f"{base}{step[0]}", version=step[1], title=step[2])
