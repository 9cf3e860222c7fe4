"""What becomes of findings, quotes and counts when the literature changes under them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.citations import edit, signals, store
from app.citations.draft import CitationDraft, TextPart
from app.citations.rows import prepare
from app.curation import consequences, flags
from app.database import Store
from app.findings import queries, quotes
from app.findings.quotes import QuoteDraft
from app.history.edits import rewrite
from app.history.events import Revision
from app.history.queries import broken_links
from app.models.finding import Finding, Quote
from app.models.flag import Flag
from app.models.history import Change
from tests.citations.drafts import a_citation, by_pmid, tied, typed
from tests.factories import a_finding, a_revision, a_study, opened

PMID = "70000001"
KEPT = a_citation(PMID, texts=(TextPart("Users slept badly."),), revised_on="2024-01-01")


@pytest.fixture
def kept(vocabulary_url: str) -> Iterator[Store]:
    """A report with a submitted finding, a draft and a rejected one; the first has a quote."""
    with opened(vocabulary_url) as store_:
        with _write(store_) as (session, revision):
            (report,) = store.add(session, revision, [KEPT])
            study = a_study(session, revision, reports=(report,))
            finding = a_finding(session, revision, study, report_id=report)
            quotes.record(session, revision, QuoteDraft(text="slept badly"), finding)
            for status in ("draft", "rejected"):
                a_finding(session, revision, study, report_id=report, status=status)
        yield store_


@contextmanager
def _write(store_: Store) -> Iterator[tuple[Session, Revision]]:
    with store_.writing() as session:
        revision = a_revision()
        yield session, revision
        consequences.follow(session, revision)
        revision.seal(session)


def _arrive(store_: Store, *drafts: CitationDraft) -> int | None:
    """Take records in as an import does; the number of the data revision, or None where nothing changed."""
    with store_.writing() as session:
        revision = a_revision()
        store.take_in(session, revision, [prepare(draft) for draft in drafts])
        consequences.follow(session, revision)
        return revision.seal(session)


def _later(day: str, **fields: Any) -> CitationDraft:
    return a_citation(PMID, **({"texts": KEPT.texts, "revised_on": f"2024-02-{day}"} | fields))


def _flags(store_: Store) -> list[tuple[str, int, str]]:
    with store_.reading() as session:
        rows = session.scalars(select(Flag).order_by(Flag.id)).all()
    return [(flag.kind, flag.record_id, flag.state) for flag in rows]


def _last_flag(store_: Store) -> Flag:
    with store_.reading() as session:
        return session.scalars(select(Flag).order_by(Flag.id.desc()).limit(1)).one()


def _counts(store_: Store) -> bool:
    with store_.reading() as session:
        return queries.get(session, 1).counts_as_evidence


NOTICE = a_citation("70000002", corrections=tied("RetractionOf", PMID))
RETRACTED = _later("01", publication_types=typed("Retracted Publication"), corrections=tied("RetractionIn", "70000002"))


@pytest.mark.parametrize("arriving", [RETRACTED, NOTICE])
def test_a_retraction_takes_findings_out_of_the_counts_and_asks_a_person_to_look(
    kept: Store, arriving: CitationDraft
) -> None:
    assert _counts(kept)

    n = _arrive(kept, arriving)

    flag = _last_flag(kept)
    assert not _counts(kept)
    assert [("report_left_counts", 1, "open"), ("report_left_counts", 2, "open")] == _flags(kept)
    assert "R1 was current and is now retracted. Notice: PMID 70000002" in flag.reason
    assert ("machine", None) == (flag.created_by, flag.note)
    with kept.reading() as session:
        assert {n} == set(session.scalars(select(Change.n).where(Change.kind == "flag")))
        assert [] == list(broken_links(session))


def test_a_study_is_flagged_when_a_report_is_retracted_that_no_finding_is_from(kept: Store) -> None:
    with _write(kept) as (session, revision):
        (other,) = store.add(session, revision, [a_citation("70000009")])
        for status in ("submitted", "retired"):
            study = a_study(session, revision, reports=(other,))
            study.status, study.retired_reason = status, "entered twice"
    retracted = {"publication_types": typed("Retracted Publication"), "revised_on": "2024-02-01"}
    _arrive(kept, a_citation("70000009", **retracted))

    flag = _last_flag(kept)
    assert [("report_left_counts", 2, "open")] == _flags(kept)
    assert "study" == flag.record_kind
    assert "is now retracted. No finding of the study is from it." in flag.reason
    _arrive(kept, a_citation("70000009", revised_on="2024-03-01"))
    assert "is now current. No finding of the study is from it." in (_last_flag(kept).note or "")


def test_a_finding_that_is_put_on_a_retracted_report_is_flagged(kept: Store) -> None:
    _arrive(kept, RETRACTED)
    with _write(kept) as (session, revision):
        (sound,) = store.add(session, revision, [a_citation("70000009")])
        study = a_study(session, revision, reports=(1, sound))
        added, moved = (a_finding(session, revision, study, report_id=report) for report in (1, sound))
    before = _flags(kept)[2:]
    for report in (1, sound):
        with _write(kept) as (session, revision):
            rewrite(session, revision, "finding", session.get_one(Finding, moved.id), {"report_id": report})

    flag = _last_flag(kept)
    assert [("report_left_counts", added.id, "open")] == before
    assert [*before, ("report_left_counts", moved.id, "open")] == _flags(kept)[2:]
    assert (
        "The finding is from R1 now, which is retracted. Notice: PMID 70000002 (RetractionIn). It is not counted."
        == flag.reason
    )
    assert f"The finding is from R{sound} now, which is current. It is counted." in (flag.note or "")


def test_signals_that_disagree_keep_a_retraction_until_the_last_is_gone(kept: Store) -> None:
    _arrive(kept, NOTICE, RETRACTED)
    _arrive(kept, _later("02"))
    still = _counts(kept)
    _arrive(kept, a_citation("70000002", revised_on="2024-03-01"))

    flag = _last_flag(kept)
    assert (False, True) == (still, _counts(kept))
    assert ["open", "open"] == [state for _, _, state in _flags(kept)]
    assert "was retracted and is now current" in (flag.note or "")
    assert "count again" in (flag.note or "")


def test_who_has_looked_at_a_retraction_is_told_anew_when_it_is_undone(kept: Store) -> None:
    _arrive(kept, RETRACTED)
    with _write(kept) as (session, revision):
        flags.resolve(session, revision, 1, resolution="left out of the review")
    _arrive(kept, _later("02"))

    assert [
        ("report_left_counts", 1, "resolved"),
        ("report_left_counts", 2, "open"),
        ("report_reinstated", 1, "open"),
    ] == _flags(kept)


def test_a_correction_asks_a_person_to_look_and_the_finding_still_counts(kept: Store) -> None:
    _arrive(kept, _later("01", corrections=tied("ErratumIn", "5")))
    _arrive(kept, _later("02", corrections=tied("ExpressionOfConcernIn", "6")))

    flag = _last_flag(kept)
    assert _counts(kept)
    assert [("report_doubted", 1, "open"), ("report_doubted", 2, "open")] == _flags(kept)
    assert "was corrected and is now expression of concern" in (flag.note or "")


def test_new_text_makes_a_quote_stale_and_brings_it_back_while_the_finding_counts(kept: Store) -> None:
    states = []
    for day, text in (("01", "Users slept well."), ("02", "In all, users slept badly.")):
        n = _arrive(kept, _later(day, texts=(TextPart(text),)))
        with kept.reading() as session:
            quote = session.scalars(select(Quote)).one()
            kinds = session.scalars(select(Change.kind).where(Change.n == n).order_by(Change.position)).all()
        states.append((quote.state, quote.starts_at, _counts(kept), list(kinds)))

    assert [
        ("stale", 6, True, ["citation", "quote", "flag"]),
        ("verified", 14, True, ["citation", "quote", "flag"]),
    ] == states
    assert [("quote_stale", 1, "open")] == _flags(kept)
    assert "again" in (_last_flag(kept).note or "")


def test_a_persons_edit_checks_quotes_as_an_import_does(kept: Store) -> None:
    with _write(kept) as (session, revision):
        edit.edit(session, revision, 1, {"texts": [{"text": "Nothing of it."}]}, actor="ada")

    assert [("quote_stale", 1, "open")] == _flags(kept)


def test_importing_again_what_is_known_flags_nothing(kept: Store) -> None:
    _arrive(kept, RETRACTED, NOTICE)
    before = _flags(kept)

    assert (None, before) == (_arrive(kept, RETRACTED, NOTICE, KEPT), _flags(kept))


def test_a_record_that_was_taken_back_before_it_came_comes_marked(kept: Store) -> None:
    with _write(kept) as (session, revision):
        known = signals.mark_deleted(session, revision, ["80000001", "80000001", PMID])
    _arrive(kept, a_citation("80000001"), a_citation("80000002"))
    taken_back = [by_pmid(kept, pmid).standing for pmid in (PMID, "80000001", "80000002")]
    _arrive(kept, a_citation("80000001", revised_on="2025-01-01"))

    assert 1 == known
    assert ["deleted_upstream", "deleted_upstream", "current"] == taken_back
    assert "current" == by_pmid(kept, "80000001").standing
    assert _counts(kept)


def test_a_notice_that_comes_after_the_record_said_so_is_told_in_the_history(kept: Store) -> None:
    _arrive(kept, RETRACTED)

    n = _arrive(kept, NOTICE)

    with kept.reading() as session:
        rows = session.execute(select(Change.kind, Change.record_id, Change.op).where(Change.n == n)).all()
    assert [("citation", by_pmid(kept, "70000002").id, "add"), ("citation", 1, "edit")] == [tuple(row) for row in rows]
