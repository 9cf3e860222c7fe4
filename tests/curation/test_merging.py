"""Merging two citations on a person's word, and undoing it: everything moves, everything comes back."""

import threading
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.citations import duplicates, edit, merging, queries
from app.citations import store as citations
from app.citations.draft import CitationDraft, Identifier, TextPart
from app.citations.rows import prepare
from app.citations.words import notation_of
from app.curation import consequences
from app.curation import merging as decisions
from app.database import Store
from app.errors import Conflict, Invalid, UnknownValue
from app.history.events import Revision, latest
from app.history.queries import broken_links
from app.models.citation import Citation
from app.models.finding import Finding, Quote
from app.models.flag import Flag
from app.models.history import VERSIONS, Change
from app.models.study import StudyReport
from tests.factories import a_citation, a_finding, a_revision, a_study

RECORD_TABLES = ("citation_identifier", "citation_text", "citation_correction", "standing_signal")
MOVING_TABLES = ("study_report", "finding", "quote")
DOI = Identifier("doi", "10.1000/starter")


@pytest.fixture
def store(vocabulary_url: str) -> Iterator[Store]:
    with closing(Store(vocabulary_url)) as store:
        yield store


def _unidentified(session: Session, revision: Revision, **more: Any) -> int:
    return a_citation(session, revision, **({"identifiers": (), "source": "starter"} | more))


def _merge(store: Store, gone: int, kept: int, **how: Any) -> None:
    with store.writing() as session:
        revision = a_revision()
        decisions.merge(session, revision, gone, kept, **how)
        revision.seal(session)


def _unmerge(store: Store, gone: int) -> None:
    with store.writing() as session:
        revision = a_revision(actor="ben")
        decisions.unmerge(session, revision, gone)
        revision.seal(session)


def _rows(session: Session, table: str) -> list[tuple[Any, ...]]:
    rows = session.execute(text(f"SELECT * FROM {table}")).mappings()
    return sorted(tuple(value for name, value in row.items() if name != "version") for row in rows)


def _everything(store: Store) -> dict[str, Any]:
    """All that a merge may touch, but for versions, which only grow."""
    with store.reading() as session:
        found: dict[str, Any] = {name: _rows(session, name) for name in (*RECORD_TABLES, *MOVING_TABLES, "citation")}
        words = notation_of(session)
        found["index"] = sorted(session.scalars(words.ids(words.phrase(("kratom",)))))
    return found


def _read(store: Store, citation_id: int) -> queries.Stored:
    with store.reading() as session:
        return queries.get(session, citation_id)


def _two_with_evidence(store: Store) -> tuple[int, int, int]:
    """An unidentified report of a study with a finding and a quote, PubMed's record of it, and the finding."""
    with store.writing() as session:
        revision = a_revision()
        gone = _unidentified(session, revision, texts=(TextPart("Some slept badly on kratom."),))
        kept = a_citation(session, revision)
        study = a_study(session, revision, reports=(gone,))
        finding = a_finding(session, revision, study, report_id=gone)
        session.add(
            Quote(finding_id=finding.id, citation_id=gone, text="slept badly", location="abstract", page=None,
                  text_position=0, starts_at=5, ends_at=16, text_sha256="0" * 64, state="verified",
                  seen_by_second_reader=False, created_at=finding.created_at, created_by="ada")
        )  # fmt: skip
        revision.seal(session)
    return gone, kept, finding.id


def test_studies_and_findings_go_over_to_the_citation_that_stays(store: Store) -> None:
    gone, kept, finding_id = _two_with_evidence(store)
    _merge(store, gone, kept)
    with store.reading() as session:
        finding = session.get_one(Finding, finding_id)
        reports = session.execute(select(StudyReport.study_id, StudyReport.citation_id)).all()

    assert kept == _read(store, gone).merged_into
    assert kept == finding.report_id
    assert [(finding.study_id, kept)] == [tuple(report) for report in reports]


def test_a_quote_stays_with_the_text_it_was_found_in(store: Store) -> None:
    gone, kept, _ = _two_with_evidence(store)
    _merge(store, gone, kept)
    with store.reading() as session:
        quote = session.scalars(select(Quote)).one()

    assert (gone, "verified") == (quote.citation_id, quote.state)


def test_the_quotes_of_a_merged_record_follow_its_own_text_and_no_other(store: Store) -> None:
    gone, kept, _ = _two_with_evidence(store)
    _merge(store, gone, kept)
    states = []
    for number, words in ((kept, "Nothing of it."), (gone, "None of it."), (gone, "They slept badly.")):
        with store.writing() as session:
            revision = a_revision()
            edit.edit(session, revision, number, {"texts": [{"text": words}]}, actor="ada")
            consequences.follow(session, revision)
            revision.seal(session)
            states.append(session.scalars(select(Quote.state)).one())
    with store.writing() as session:
        revision = a_revision(actor="ben")
        decisions.unmerge(session, revision, gone)
        consequences.follow(session, revision)
        revision.seal(session)
        states.append(session.scalars(select(Quote.state)).one())

    assert ["verified", "stale", "verified", "verified"] == states


def test_a_finding_that_a_merge_puts_on_a_retracted_report_is_flagged(store: Store) -> None:
    gone, _, finding_id = _two_with_evidence(store)
    with store.writing() as session:
        kept = a_citation(session, a_revision(), title="RETRACTED: Kratom and sleep")
    for decide in (decisions.merge, decisions.unmerge):
        with store.writing() as session:
            revision = a_revision()
            decide(session, revision, *((gone, kept) if decide is decisions.merge else (gone,)))
            consequences.follow(session, revision)
            revision.seal(session)
    with store.reading() as session:
        flag = session.scalars(select(Flag)).one()

    assert ("report_left_counts", "finding", finding_id) == (flag.kind, flag.record_kind, flag.record_id)
    assert f"The finding is from R{kept} now, which is retracted. It is not counted." == flag.reason
    assert f"from R{gone} now, which is current. It is counted." in (flag.note or "")


def test_undoing_a_merge_gives_everything_back(store: Store) -> None:
    gone, kept, _ = _two_with_evidence(store)
    before = _everything(store)
    _merge(store, gone, kept)
    during = _everything(store)
    _unmerge(store, gone)

    assert before != during
    assert before == _everything(store)


def test_what_was_synced_in_between_is_kept_when_a_merge_is_undone(store: Store) -> None:
    pmid = (Identifier("pmid", "72000000"),)
    with store.writing() as session:
        gone = a_citation(session, a_revision(), identifiers=pmid, source="pubmed", title="An old title")
        kept = _unidentified(session, a_revision())
    _merge(store, gone, kept)
    with store.writing() as session:
        later = CitationDraft(source="pubmed", identifiers=pmid, title="A mended title", revised_on="2030-01-01")
        (outcome,) = citations.take_in(session, a_revision(), [prepare(later)])
    _unmerge(store, gone)

    assert ("changed", gone) == (outcome.fate, outcome.citation_id)
    assert "A mended title" == _read(store, gone).draft.title


def test_a_merge_is_one_data_revision_and_undoing_it_another(store: Store) -> None:
    gone, kept, finding_id = _two_with_evidence(store)
    with store.reading() as session:
        start = latest(session)
    _merge(store, gone, kept)
    _unmerge(store, gone)
    with store.reading() as session:
        noted = session.execute(
            select(Change.n, Change.kind, Change.record_id, Change.op).where(Change.n > start)
        ).all()
        broken = list(broken_links(session))

    assert {start + 1, start + 2} == {row.n for row in noted}
    assert {(gone, "merge")} == {(row.record_id, row.op) for row in noted if row.kind == "citation"}
    assert [(finding_id, "edit")] * 2 == [(row.record_id, row.op) for row in noted if row.kind == "finding"]
    assert {"add", "remove"} == {row.op for row in noted if row.kind == "study_report"}
    assert [] == broken


def test_earlier_versions_say_which_report_a_finding_named_then(store: Store) -> None:
    gone, kept, _ = _two_with_evidence(store)
    _merge(store, gone, kept)
    _unmerge(store, gone)
    table = VERSIONS["finding"]
    with store.reading() as session:
        named = list(session.scalars(select(table.c.report_id).order_by(table.c.from_n)))
        open_ones = session.scalar(text("SELECT count(*) FROM study_report_version WHERE to_n IS NULL"))

    assert [gone, kept, gone] == named
    assert 1 == open_ones


def test_the_pmid_and_doi_of_a_merged_citation_lead_to_the_one_that_stays(store: Store) -> None:
    with store.writing() as session:
        pmid = Identifier("pmid", "70000001")
        gone = a_citation(session, a_revision(), identifiers=(pmid, DOI))
        kept = a_citation(session, a_revision(), identifiers=())
    _merge(store, gone, kept)
    with store.reading() as session:
        found = (queries.find_by_pmid(session, "70000001"), queries.find_by_doi(session, DOI.value))

    assert (kept, kept) == found


def test_two_pmids_are_merged_only_by_somebody_who_knows(store: Store) -> None:
    with store.writing() as session:
        gone, kept = (a_citation(session, a_revision()) for _ in range(2))

    with pytest.raises(Conflict, match="PubMed keeps the two apart"):
        _merge(store, gone, kept)
    _merge(store, gone, kept, confirmed=("different_pmids",))

    assert kept == _read(store, gone).merged_into


def test_two_reports_of_one_study_become_one_only_when_that_is_confirmed(store: Store) -> None:
    with store.writing() as session:
        revision = a_revision()
        gone, kept = _unidentified(session, revision), a_citation(session, revision)
        study = a_study(session, revision, reports=(gone, kept))
        finding = a_finding(session, revision, study, report_id=gone)
        revision.seal(session)
    before = _everything(store)

    with pytest.raises(Conflict, match=f"two reports of S{study.id}"):
        _merge(store, gone, kept)
    assert before == _everything(store)
    _merge(store, gone, kept, confirmed=("same_study",))
    with store.reading() as session:
        reported = list(session.scalars(select(StudyReport.citation_id)))
        named = session.get_one(Finding, finding.id).report_id
    _unmerge(store, gone)

    assert ([kept], kept) == (reported, named)
    assert before == _everything(store)


def test_what_can_be_confirmed_is_named(store: Store) -> None:
    with store.writing() as session:
        gone, kept = _unidentified(session, a_revision()), a_citation(session, a_revision())

    with pytest.raises(UnknownValue, match="different_pmids, same_study, blocked"):
        _merge(store, gone, kept, confirmed=("all",))


def test_a_citation_is_not_merged_into_itself(store: Store) -> None:
    with store.writing() as session:
        one = a_citation(session, a_revision())

    with pytest.raises(Invalid, match="into itself"):
        _merge(store, one, one)


def test_a_chain_of_merges_leads_to_its_end_and_is_undone_last_first(store: Store) -> None:
    first, second, _ = _two_with_evidence(store)
    with store.writing() as session:
        third = _unidentified(session, a_revision())
    states = [_everything(store)]
    _merge(store, first, second)
    states.append(_everything(store))
    _merge(store, second, third)
    led = (_read(store, first).merged_into, _read(store, second).merged_into)

    with pytest.raises(Conflict, match=f"unmerge R{second} first"):
        _unmerge(store, first)
    _unmerge(store, second)
    assert states[1] == _everything(store)
    _unmerge(store, first)

    assert (third, third) == led
    assert states[0] == _everything(store)


def test_merges_cannot_go_round_in_a_circle(store: Store) -> None:
    with store.writing() as session:
        first, second = _unidentified(session, a_revision()), _unidentified(session, a_revision())
    _merge(store, first, second)

    with pytest.raises(Conflict, match=f"R{first} was merged into R{second} already"):
        _merge(store, second, first)


def test_two_merges_into_one_citation_are_undone_in_either_order(store: Store) -> None:
    with store.writing() as session:
        revision = a_revision()
        one, two = _unidentified(session, revision), _unidentified(session, revision)
        kept = a_citation(session, revision)
        study = a_study(session, revision, reports=(one, two))
        for report in (one, two):
            a_finding(session, revision, study, report_id=report)
        revision.seal(session)
    before = _everything(store)
    for order in ((one, two), (two, one)):
        _merge(store, one, kept)
        _merge(store, two, kept, confirmed=("same_study",))
        for gone in order:
            _unmerge(store, gone)

        assert before == _everything(store)


def test_a_finding_recorded_after_the_merge_stays_with_the_citation_it_names(store: Store) -> None:
    gone, kept, finding_id = _two_with_evidence(store)
    _merge(store, gone, kept)
    with store.writing() as session:
        study_id = session.get_one(Finding, finding_id).study_id
        study = session.get_one(type(a_study(session, a_revision(), reports=())), study_id)
        later = a_finding(session, a_revision(), study, report_id=kept)
    _unmerge(store, gone)
    with store.reading() as session:
        named = [session.get_one(Finding, each).report_id for each in (finding_id, later.id)]
        reports = set(session.scalars(select(StudyReport.citation_id).where(StudyReport.study_id == study_id)))

    assert [gone, kept] == named
    assert {gone, kept} == reports


def test_a_retraction_of_the_merged_record_shows_on_the_one_that_stays(store: Store) -> None:
    with store.writing() as session:
        revision = a_revision()
        gone = a_citation(session, revision, identifiers=(DOI,), title="RETRACTED: Kratom and sleep")
        kept = a_citation(session, revision)
        revision.seal(session)
    standings = [_read(store, kept).standing]
    _merge(store, gone, kept)
    standings.append(_read(store, kept).standing)
    _unmerge(store, gone)

    assert ["current", "retracted", "current"] == [*standings, _read(store, kept).standing]


def test_a_record_of_another_pmid_does_not_vanish_in_a_merged_citation(store: Store) -> None:
    with store.writing() as session:
        gone, kept = a_citation(session, a_revision(), identifiers=(DOI,)), a_citation(session, a_revision())
    _merge(store, gone, kept)
    with store.writing() as session:
        other = CitationDraft(source="pubmed", identifiers=(Identifier("pmid", "71000000"), DOI), title="Another")
        (outcome,) = citations.take_in(session, a_revision(), [prepare(other)])

    assert "added" == outcome.fate
    assert outcome.citation_id not in (gone, kept)


def test_an_unidentified_record_that_comes_again_stays_behind_the_one_it_was_merged_into(store: Store) -> None:
    talk = CitationDraft(source="ris", title="A talk", volume="7", payload_hash="3" * 64)
    with store.writing() as session:
        revision = a_revision()
        gone = citations.add(session, revision, [talk])[0]
        kept = a_citation(session, revision, identifiers=(DOI,), source="csv")
        revision.seal(session)
    _merge(store, gone, kept)
    with store.writing() as session:
        before = latest(session)
        revision = a_revision()
        (outcome,) = citations.take_in(session, revision, [prepare(talk)])
        revision.seal(session)

        assert ("unchanged", gone, before) == (outcome.fate, outcome.citation_id, latest(session))
        assert queries.get(session, kept).draft.volume is None


def test_a_pair_that_a_rule_set_aside_is_merged_only_by_somebody_who_knows(store: Store) -> None:
    with store.writing() as session:
        first = _unidentified(session, a_revision(), title="Alkaloids of Mitragyna speciosa, Part I")
        second = _unidentified(session, a_revision(), title="Alkaloids of Mitragyna speciosa, Part II")
        duplicates.find(session)

    with pytest.raises(Conflict, match="parts of a series"):
        _merge(store, first, second)
    _merge(store, first, second, confirmed=("blocked",))
    with store.reading() as session:
        pair = duplicates.pair_of(session, first, second)
        assert pair
        assert "merged" == pair.state
    _unmerge(store, first)
    with store.reading() as session:
        pair = duplicates.pair_of(session, first, second)
        assert pair
        assert "open" == pair.state


def test_the_one_with_a_pmid_stays_where_nobody_says_which(store: Store) -> None:
    with store.writing() as session:
        title = "Kratom withdrawal in a neonate, a case report"
        first = _unidentified(session, a_revision(), title=title)
        second = a_citation(session, a_revision(), title=title)
        duplicates.find(session)
        pair = duplicates.pair_of(session, first, second)
        assert pair
        decisions.merge_pair(session, a_revision(), pair)

    assert (second, None) == (_read(store, first).merged_into, _read(store, second).merged_into)


@pytest.mark.parametrize("crossed", [False, True], ids=["the same merge twice", "each into the other"])
def test_of_racing_merges_exactly_one_has_an_effect(store: Store, crossed: bool) -> None:
    first, second, _ = _two_with_evidence(store)
    ways = [(first, second), (second, first) if crossed else (first, second)]
    ended: list[str] = []
    together = threading.Barrier(len(ways))

    def race(gone: int, kept: int) -> None:
        together.wait()
        try:
            _merge(store, gone, kept)
            ended.append("merged")
        except Conflict:
            ended.append("refused")

    threads = [threading.Thread(target=race, args=way) for way in ways]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.reading() as session:
        gone = list(session.scalars(select(Citation.id).where(Citation.merged_into.is_not(None))))
        (winner,) = session.scalars(select(Finding.report_id)).all()
        merges = merging.merged_into(session, winner or 0)

    assert ["merged", "refused"] == sorted(ended)
    assert [merge.gone_id for merge in merges] == gone
    assert 1 == len(gone)
