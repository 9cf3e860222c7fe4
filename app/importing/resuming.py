"""Runs that outlive their process: the PMIDs asked for are stored first, each batch renews the lease, the next one goes on.

A run that ended without a word (kill -9, power cut) is taken up by whoever
asks the same question within a day, from the first PMID without a fate. A
holder that slept past its lease finds its batch refused (fencing token), so
two importers never write for one run. Nothing here asks PubMed.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from app.database import Store, pour
from app.errors import Conflict, EvidenceError, SourceUnavailable
from app.findings.flat import LEFT_THE_COUNTS
from app.importing.leased import LeasedRun, let_go_of_stale
from app.importing.report import MOST_TOLD, ImportReport, RejectedRecord
from app.jobs import leases, runs
from app.jobs.holders import holder
from app.kit.canonical import now
from app.models.history import Change, DataRevision
from app.models.imports import ImportRecord, ImportRun
from app.models.searches import ImportWanted

_WANTED = ("run_id", "position", "pmid", "origin")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A PMID that a run asks for, its place in the run from 1, and why it is asked for."""

    position: int
    pmid: str
    origin: str = "found"


class ResumableRun(LeasedRun):
    """A run with a lease on its job. ``wanted`` is None until PubMed has said, or the caller, what is asked for."""

    job_kind = "import"

    def __init__(self, store: Store, *, actor: str, kind: str, asked_for: str, dry_run: bool) -> None:
        super().__init__(store, actor=actor, kind=kind, asked_for=asked_for, dry_run=dry_run)
        self.wanted: list[Wanted] | None = None
        self.done: set[int] = set()
        """Positions that have their fate."""

    def want(self, wanted: Sequence[Wanted]) -> None:
        """Store what is asked for, with what the report says of the search so far, before anything of it is fetched."""
        self.wanted = list(wanted)
        if self.report.dry_run:
            return
        with self._store.writing() as session:
            self._hold_on(session)
            pour(session, "import_wanted", _WANTED, [(self._id, w.position, w.pmid, w.origin) for w in wanted])
            report = self.report
            told = {"hit_count": report.hit_count, "translation": report.translation, "warnings": report.warnings}
            session.execute(update(ImportRun).where(ImportRun.id == self._id).values(**told))
            self._searched(session)

    @property
    def left(self) -> list[Wanted]:
        """What has no fate yet."""
        return [wanted for wanted in self.wanted or () if wanted.position not in self.done]

    def give_back(self, reason: str) -> None:
        """End the run for now, so that the same question takes it up again."""
        if self._job is None:
            return
        with self._store.writing() as session:
            leases.release(session, *self._job)
            ended = {"state": "incomplete", "failure": reason, "ended_at": now()}
            session.execute(update(ImportRun).where(ImportRun.id == self._id).values(**ended))

    def _begin(self, session: Session) -> None:
        stale = let_go_of_stale(session, self.job_kind)
        session.execute(delete(ImportWanted).where(ImportWanted.run_id.in_(stale)))
        for job in leases.open_jobs(session, self.job_kind):
            run = session.get(ImportRun, job.payload["run_id"])
            if run is not None and self._is_same(session, run) and leases.take_over(session, job, holder=holder()):
                self._job = (job.id, job.token)
                self._go_on(session, run)
                return
        super()._begin(session)
        job = leases.begin(session, self.job_kind, {"run_id": self._id}, holder=holder())
        self._job = (job.id, job.token)

    def _is_same(self, session: Session, run: ImportRun) -> bool:  # noqa: ARG002 - a living search needs it
        return (run.kind, run.asked_for) == (self._kind, self._asked_for)

    def _go_on(self, session: Session, run: ImportRun) -> None:
        """Take up a run where it stood: its lists, its fates, what its report said."""
        again = {"state": "running", "failure": None, "ended_at": None, "holder": holder(), "actor": self._actor}
        session.execute(update(ImportRun).where(ImportRun.id == run.id).values(**again))
        self.report = recalled(session, run)
        self.report.retracted = _retracted(session, run)
        query = select(ImportWanted).where(ImportWanted.run_id == run.id).order_by(ImportWanted.position)
        self.wanted = [Wanted(row.position, row.pmid, row.origin) for row in session.scalars(query)] or None
        self.done = set(session.scalars(select(ImportRecord.position).where(ImportRecord.run_id == run.id)))
        self.report.notices.append(f"Went on with the run that had stopped after {len(self.done):,} records.")

    def _ended(self, session: Session) -> None:
        if self._job is not None:
            leases.finish(session, *self._job, failure=self.report.failure)
            session.execute(delete(ImportWanted).where(ImportWanted.run_id == self._id))

    def _searched(self, session: Session) -> None:
        """What else is to be written when the search was answered; nothing for an import."""

    @property
    def _id(self) -> int:
        if self.report.run_id is None:
            raise AssertionError("a run that leaves no trace has no number")
        return self.report.run_id


@contextmanager
def open_resumable(run: ResumableRun) -> Iterator[ResumableRun]:
    """Begin ``run`` or go on with one of the same question.

    When the source failed the run is over; ended by anything else, it is given back with its list of PMIDs.
    """
    run.begin()
    try:
        yield run
    except (SourceUnavailable, Conflict) as error:
        with suppress(EvidenceError):
            run.close(state="incomplete" if run.report.kept else "failed", failure=error.message)
        raise
    except BaseException as error:
        reason = error.message if isinstance(error, EvidenceError) else f"ended by {type(error).__name__}"
        with suppress(EvidenceError):
            run.give_back(f"{reason} Ask the same again to go on.")
        raise


def recalled(session: Session, run: ImportRun) -> ImportReport:
    """The report of a run as it was stored, with the records that need attention."""
    report = ImportReport(
        run_id=run.id, asked=run.asked, deleted=run.deleted, state=run.state, failure=run.failure,
        hit_count=run.hit_count, translation=run.translation, warnings=list(run.warnings),
        unknown_elements=dict(run.unknown_elements),
        added=run.added, changed=run.changed, unchanged=run.unchanged, repeated=run.repeated,
    )  # fmt: skip
    told = ("rejected", "not_returned", "changed")
    query = select(ImportRecord).where(ImportRecord.run_id == run.id, ImportRecord.fate.in_(told))
    for record in session.scalars(query.order_by(ImportRecord.position)):
        if record.fate == "rejected":
            report.rejected.append(RejectedRecord(record.position, record.line, record.source_id, record.reason or ""))
        elif record.fate == "not_returned":
            report.not_returned.append(record.source_id or "")
        elif len(report.changed_fields) < MOST_TOLD:
            report.changed_fields[record.source_id or f"R{record.citation_id}"] = list(record.changed_fields or ())
    return report


def _retracted(session: Session, run: ImportRun) -> int:
    """How many citations became retracted or withdrawn in the run so far, from the history."""
    of_run = (DataRevision.reason == runs.reason(run.id)) & (DataRevision.at >= run.started_at)
    became = (Change.kind == "citation") & (Change.op == "standing") & Change.after.in_(LEFT_THE_COUNTS)
    query = select(func.count()).select_from(Change).join(DataRevision, DataRevision.n == Change.n)
    return session.scalar(query.where(of_run, became)) or 0
