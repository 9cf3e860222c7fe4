"""One import run, from its first row to its last: the only code below the doors that commits.

Records of files come in by ``file_runs``, those of PubMed by ``pubmed.fetching``. It
commits per batch, because a bulk file must neither hold the write turn for
minutes nor start from nothing after a fault. A batch is one transaction: its
records, its data revision, the fate of each record and the counts of the run.
A run that was killed can be started again: what is stored already is found by
its identifiers and left as it is.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass

import msgspec
from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from app.citations import duplicates, index, signals
from app.citations import store as citations
from app.citations.draft import CitationDraft
from app.citations.rows import prepare
from app.citations.store import Outcome
from app.config import PROGRAM_VERSION
from app.curation import consequences
from app.database import Store, pour
from app.errors import EvidenceError, StoreUnavailable
from app.findings.flat import LEFT_THE_COUNTS
from app.history.events import Revision
from app.importing.report import MOST_TOLD, ImportReport, RejectedRecord
from app.jobs import runs
from app.jobs.holders import holder
from app.kit.canonical import iso, now
from app.models.imports import ImportRun

Progress = Callable[[int, int | None], None]
"""Called after each batch with how many records are done, and of how many where that is known."""

FEW = 1_000
"""Records that are compared with the others at the end of a run; where more wait, ``evidence duplicates find`` does it."""

_NAMED_IN_A_WARNING = 20
_RECORD_COLUMNS = ("run_id", "position", "source_id", "fate", "citation_id", "line", "reason", "changed_fields")
_COUNTS = ("asked", "added", "changed", "unchanged", "repeated", "rejected", "not_returned", "deleted")


@dataclass(slots=True)
class Fate:
    """The fate of one record and what is told of it; ``position`` counts from 1 through the whole run."""

    position: int
    fate: str
    source_id: str | None = None
    citation_id: int | None = None
    line: int | None = None
    reason: str | None = None
    changed_fields: tuple[str, ...] = ()


class Run:
    """A run that is under way. Open it with :func:`open_run`."""

    def __init__(self, store: Store, *, actor: str, kind: str, asked_for: str, dry_run: bool) -> None:
        self._store = store
        self._actor = actor
        self._kind = kind
        self._asked_for = asked_for
        self.report = ImportReport(dry_run=dry_run)
        self.on_begin: Callable[[Session, int], None] | None = None
        """Called with the number of the run in the transaction that begins it; what it raises undoes the beginning."""
        self.begun = False
        """Whether the run is written down, for everybody to see."""

    @property
    def kind(self) -> str:
        """What sort of run it is, as the table of runs says it."""
        return self._kind

    @property
    def asked_for(self) -> str:
        """What was asked for, as the table of runs says it."""
        return self._asked_for

    def begin(self) -> None:
        """Write down that the run began; a dry run leaves no trace."""
        if self.report.dry_run:
            return
        with self._store.writing() as session:
            runs.end_abandoned(session)
            self._begin(session)
            if self.on_begin and self.report.run_id:
                self.on_begin(session, self.report.run_id)
        self.begun = True

    def _begin(self, session: Session) -> None:
        zeros = dict.fromkeys(_COUNTS, 0)
        row = {
            "kind": self._kind, "asked_for": self._asked_for, "program_version": PROGRAM_VERSION, "actor": self._actor,
            "state": "running", "started_at": now(), "warnings": [], "unknown_elements": {}, "holder": holder(),
        }  # fmt: skip
        self.report.run_id = session.scalar(insert(ImportRun).values(**row, **zeros).returning(ImportRun.id))

    def _hold_on(self, session: Session) -> None:
        """Make sure, within a transaction, that the run may still write; ``resuming`` has runs that others may take up."""

    def _ended(self, session: Session) -> None:
        """Do what else belongs to the end, in the same transaction."""

    def take(
        self, drafts: Sequence[CitationDraft], fates_of: Callable[[list[Outcome]], list[Fate]], *,
        deleted: Sequence[str] = (), seen: set[int] | None = None,
    ) -> None:  # fmt: skip
        """Keep one batch: store the records, let ``fates_of`` turn their outcomes into fates, and commit both."""
        report = self.report
        records = [prepare(draft) for draft in drafts]
        if report.dry_run:
            with self._store.reading() as session:
                outcomes = citations.foresee(session, records, seen=seen)
            self._tell(outcomes, fates_of(outcomes), deleted, marked=0)
            return
        with self._store.writing() as session:
            self._hold_on(session)
            revision = Revision(actor=self._actor, reason=runs.reason(report.run_id))
            outcomes = citations.take_in(session, revision, records, seen=seen)
            marked = signals.mark_deleted(session, revision, deleted) if deleted else 0
            consequences.follow(session, revision)
            fates = fates_of(outcomes)
            self._write_fates(session, fates, deleted)
            revision.seal(session)
        self._tell(outcomes, fates, deleted, marked=marked)
        self._tell_standings(revision.standings)

    def expect_many(self, *, many: bool) -> None:
        """Tell the text index what is coming."""
        with self._store.writing() as session:
            index.expect_many(session, many=many)

    def close(self, *, state: str, failure: str | None = None) -> ImportReport:
        """Write down how the run ended and return its report."""
        report = self.report
        report.state, report.failure = state, failure
        if report.says_otherwise:
            report.warnings.append(_otherwise_in_words(report.says_otherwise))
        if not report.dry_run and report.added + report.changed:
            with suppress(StoreUnavailable):  # what was not compared now waits for the next pass
                self._look_for_duplicates()
        # A store that is full cannot keep how the run ended either; the report still says it.
        with suppress(StoreUnavailable) if failure else nullcontext():
            self._write_end(state, failure)
        return report

    def _look_for_duplicates(self) -> None:
        """Compare what came with what is there, where it is little; a bulk import must not wait for that."""
        with self._store.writing() as session:
            few = duplicates.waiting(session, most=FEW + 1) <= FEW
            found = duplicates.find(session, limit=FEW) if few else duplicates.Found()
        if not few:
            told = "Its records were not compared with the others for duplicates yet; run: evidence duplicates find"
        elif found.opened:
            told = f"{found.opened:,} pairs of records may be one; look at them: evidence duplicates list"
        else:
            return
        self.report.notices.append(told)

    def _write_end(self, state: str, failure: str | None) -> None:
        report = self.report
        if not report.dry_run:
            with self._store.writing() as session:
                session.execute(
                    text(
                        "UPDATE import_run SET state = :state, failure = :failure, ended_at = :at, warnings = :warnings, "
                        "unknown_elements = :unknown, translation = :translation, hit_count = :hits WHERE id = :id"
                    ),
                    {
                        "id": report.run_id, "state": state, "failure": failure, "at": iso(now()),
                        "warnings": msgspec.json.encode(report.warnings).decode(),
                        "unknown": msgspec.json.encode(report.unknown_elements).decode(),
                        "translation": report.translation, "hits": report.hit_count,
                    },
                )  # fmt: skip
                self._ended(session)

    def _write_fates(self, session: Session, fates: Sequence[Fate], deleted: Sequence[str]) -> None:
        rows = [
            (
                self.report.run_id, fate.position, fate.source_id, fate.fate, fate.citation_id, fate.line, fate.reason,
                msgspec.json.encode(fate.changed_fields).decode() if fate.changed_fields else None,
            )
            for fate in fates
        ]  # fmt: skip
        pour(session, "import_record", _RECORD_COLUMNS, rows)
        counts = dict.fromkeys(_COUNTS, 0) | {"asked": len(fates), "deleted": len(deleted)}
        for fate in fates:
            counts[fate.fate] += 1
        added = ", ".join(f"{name} = {name} + :{name}" for name in _COUNTS)
        session.execute(
            text(f"UPDATE import_run SET {added}, unknown_elements = :unknown WHERE id = :id"),  # noqa: S608 - our own names
            counts | {"id": self.report.run_id, "unknown": msgspec.json.encode(self.report.unknown_elements).decode()},
        )

    def _tell_standings(self, standings: Sequence[tuple[int, str | None, str]]) -> None:
        report = self.report
        for citation_id, before, after in standings:
            report.retracted += after in LEFT_THE_COUNTS
            change = f"Citation R{citation_id} was {before or 'current'} and is now {after.replace('_', ' ')}."
            left = " Findings from it leave the counts." if after in LEFT_THE_COUNTS else ""
            report.notices += [change + left] if len(report.notices) < MOST_TOLD else []

    def _tell(self, outcomes: Iterable[Outcome], fates: Sequence[Fate], deleted: Sequence[str], *, marked: int) -> None:
        report = self.report
        report.asked += len(fates)
        report.deleted += len(deleted)
        for fate in fates:
            if fate.fate == "rejected":
                report.rejected.append(RejectedRecord(fate.position, fate.line, fate.source_id, fate.reason or ""))
            elif fate.fate == "not_returned":
                report.not_returned.append(fate.source_id or "")
            else:
                setattr(report, fate.fate, getattr(report, fate.fate) + 1)
            if fate.changed_fields and len(report.changed_fields) < MOST_TOLD:
                report.changed_fields[fate.source_id or f"R{fate.citation_id}"] = list(fate.changed_fields)
        self._tell_otherwise(outcomes)
        told = [notice for outcome in outcomes for notice in outcome.notices]
        report.notices += told[: max(MOST_TOLD - len(report.notices), 0)]
        if marked:
            report.notices.append(f"PubMed took back {marked} records that are stored here; they stay, marked as such.")

    def _tell_otherwise(self, outcomes: Iterable[Outcome]) -> None:
        report = self.report
        for outcome in outcomes:
            if outcome.says_otherwise and len(report.says_otherwise) < MOST_TOLD:
                report.says_otherwise[f"R{outcome.citation_id}"] = list(outcome.says_otherwise)


@contextmanager
def open_run(store: Store, *, actor: str, kind: str, asked_for: str, dry_run: bool) -> Iterator[Run]:
    """Begin a run; whatever ends the block by an exception ends the run as incomplete or failed, as far as the store allows."""
    with opened(Run(store, actor=actor, kind=kind, asked_for=asked_for, dry_run=dry_run)) as run:
        yield run


@contextmanager
def opened(run: Run) -> Iterator[Run]:
    """Begin ``run`` and end it, as :func:`open_run` says."""
    run.begin()
    try:
        yield run
    except BaseException as error:
        reason = error.message if isinstance(error, EvidenceError) else f"ended by {type(error).__name__}"
        with suppress(EvidenceError):
            run.close(state="incomplete" if run.report.kept else "failed", failure=reason)
        raise


def fate_of(outcome: Outcome, position: int) -> Fate:
    """The fate of a record that was stored or known already."""
    return Fate(position, outcome.fate, outcome.source_id, outcome.citation_id, changed_fields=outcome.changed_fields)


def _otherwise_in_words(found: dict[str, list[str]]) -> str:
    """One sentence that is kept with the run; the report of the run itself names all."""
    named = "; ".join(f"{record}: {', '.join(fields)}" for record, fields in list(found.items())[:_NAMED_IN_A_WARNING])
    more = f"; and {len(found) - _NAMED_IN_A_WARNING:,} more" if len(found) > _NAMED_IN_A_WARNING else ""
    return f"{len(found):,} records say otherwise than what is kept, which stays: {named}{more}."
