"""What people and sources do to a collection, through the rooms that do it; each is one write with its data revision."""

from collections.abc import Callable
from random import Random
from typing import Any

from sqlalchemy import select

from app.citations import edit, signals
from app.history.events import row_of
from app.kit.canonical import now
from app.models.citation import CitationCorrection
from app.models.finding import Finding, Quote
from app.models.study import Exposure, Study, StudyReport
from app.studies.record import add_report
from tests.api.serving import Writable, change, retire, retract
from tests.factories import a_citation, a_finding, a_study

Deed = Callable[[Writable, Random], None]
PMIDS = ("33868054", "40839514", "38277146")


def _some(writable: Writable, model: Any, random: Random) -> int:
    with writable.store.reading() as session:
        return random.choice(session.scalars(select(model.id).order_by(model.id)).all())


def edit_study(writable: Writable, random: Random) -> None:
    group = random.choice((None, "one cohort"))
    fields = {"n_total": random.randrange(1_000), "overlap_group": group,
              "overlap_status": "suspected" if group else "none_known", "funder_classes": ["industry"]}  # fmt: skip
    change(writable, "study", f"S{_some(writable, Study, random)}", **fields)


def edit_finding(writable: Writable, random: Random) -> None:
    fields = {
        "direction": random.choice(("increased", "decreased", "no_change")),
        "summary": f"Said {random.random()}.",
    }
    change(writable, "finding", f"F{_some(writable, Finding, random)}", version=random.randrange(2, 99), **fields)


def decide(writable: Writable, random: Random) -> None:
    kind, model = random.choice((("study", Study), ("finding", Finding)))
    status = random.choice(("accepted", "submitted", "draft", "rejected"))
    change(writable, kind, f"{kind[0].upper()}{_some(writable, model, random)}", op="status", status=status)


def retire_something(writable: Writable, random: Random) -> None:
    kind, model = random.choice((("study", Study), ("finding", Finding)))
    retire(writable, kind, f"{kind[0].upper()}{_some(writable, model, random)}")


def merge_studies(writable: Writable, random: Random) -> None:
    one, other = _some(writable, Study, random), _some(writable, Study, random)
    if one != other:
        fields = {"status": "retired", "retired_reason": "the same study", "merged_into": other}
        change(writable, "study", f"S{one}", op="merge", **fields)


def add_study(writable: Writable, random: Random) -> None:
    with writable.write() as (session, revision):
        title = f"A survey of {random.randrange(99)} people"
        a_finding(session, revision, a_study(session, revision, title=title), outcome="insomnia")


def add_an_earlier_report(writable: Writable, random: Random) -> None:
    number = _some(writable, Study, random)
    with writable.write() as (session, revision):
        report = a_citation(session, revision, issued_on=str(random.randrange(1950, 2000)))
        add_report(session, revision, session.get_one(Study, number), report, role="conference_abstract", position=9)


def take_a_report_away(writable: Writable, random: Random) -> None:
    with writable.write() as (session, revision):
        used = select(Finding.report_id).where(Finding.report_id.is_not(None))
        free = session.scalars(
            select(StudyReport).where(StudyReport.citation_id.not_in(used)).order_by(StudyReport.id)
        ).all()
        if free:
            report = random.choice(free)
            row = row_of(report)
            session.delete(report)
            session.flush()
            revision.note("study_report", report.id, op="remove", before=row, after=row)


def quote(writable: Writable, random: Random) -> None:
    number = _some(writable, Finding, random)
    with writable.write() as (session, revision):
        finding = session.get_one(Finding, number)
        place = {"finding_id": number, "citation_id": finding.report_id, "location": "table", "page": "3"}
        how = {"state": "not_checkable", "seen_by_second_reader": False, "created_by": "ada", "created_at": now()}
        added = Quote(**place, **how, text=f"{random.random()}")
        session.add(added)
        session.flush()
        revision.note("quote", added.id, op="add", after=row_of(added))


def unquote(writable: Writable, random: Random) -> None:
    with writable.write() as (session, revision):
        quotes = session.scalars(select(Quote).order_by(Quote.id)).all()
        if quotes:
            gone = random.choice(quotes)
            row = row_of(gone)
            session.delete(gone)
            session.flush()
            revision.note("quote", gone.id, op="remove", before=row, after=row)


def correct_an_exposure(writable: Writable, random: Random) -> None:
    number = _some(writable, Exposure, random)
    with writable.write() as (session, revision):
        exposure = session.get_one(Exposure, number)
        before = row_of(exposure)
        exposure.substance = random.choice(("kratom_leaf", "mitragynine"))
        exposure.co_exposures = ["alcohol"]
        session.flush()
        revision.note("exposure", number, op="edit", before=before, after=row_of(exposure))


def retract_a_report(writable: Writable, random: Random) -> None:
    retract(writable, random.choice(PMIDS))


def take_the_retractions_back(writable: Writable, _random: Random) -> None:
    with writable.write() as (session, revision):
        notices = select(CitationCorrection.citation_id).where(CitationCorrection.kind == "RetractionOf").distinct()
        for number in session.scalars(notices).all():
            edit.edit(session, revision, number, {"corrections": None}, actor="ada")


def take_a_record_back(writable: Writable, random: Random) -> None:
    with writable.write() as (session, revision):
        signals.mark_deleted(session, revision, [random.choice(PMIDS)])


DEEDS: tuple[Deed, ...] = (
    edit_study, edit_finding, decide, retire_something, merge_studies, add_study, add_an_earlier_report, take_a_report_away,
    quote, unquote, correct_an_exposure, retract_a_report, take_the_retractions_back, take_a_record_back,
)  # fmt: skip
