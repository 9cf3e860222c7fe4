"""One run of a living search, and ``sync``: those that are due one after another, one run at a time wherever it is started.

The lease on the run's job keeps it single across processes, and across
machines on PostgreSQL; a run that was cut off is finished first. How records
come is ``pubmed.fetching``, which PMIDs are whose is ``members``.
"""

from collections.abc import Callable, Sequence

from sqlalchemy import update
from sqlalchemy.orm import Session

from app.database import Store
from app.errors import Conflict, SourceRefused, SourceUnavailable
from app.history import events
from app.importing.living import members, queries, searches
from app.importing.living.report import SearchReport, SyncReport
from app.importing.living.searches import Plan
from app.importing.pubmed.client import EutilsClient
from app.importing.pubmed.fetching import fetch_wanted
from app.importing.pubmed.searching import find_all
from app.importing.resuming import ResumableRun, open_resumable
from app.importing.run import Progress
from app.jobs import leases
from app.kit.public_ids import RUN, SEARCH, public
from app.models.imports import ImportRun
from app.models.searches import LivingSearch, SearchRun


class LivingRun(ResumableRun):
    """A run of a living search; what it found is settled in the same transaction as its end."""

    job_kind = "sync"

    def __init__(self, store: Store, plan: Plan, *, actor: str) -> None:
        super().__init__(store, actor=actor, kind="pubmed_query", asked_for=plan.asked_for, dry_run=False)
        self.plan = plan

    def look_up(self, client: EutilsClient) -> None:
        """Ask PubMed which records there are, and store what is wanted of them."""
        answer = find_all(client, self._asked_for, asked=self.hold_on)
        self.report.hit_count, self.report.translation = answer.count, answer.translation
        self.report.warnings += answer.warnings
        with self._store.reading() as session:
            is_full = self.plan.mode == "full"
            wanted = members.wanted_of(session, self.plan.search.id, answer.pmids, is_full=is_full)
        self.want(wanted)

    def _is_same(self, session: Session, run: ImportRun) -> bool:
        row = session.get(SearchRun, run.id)
        if row is None or row.search_id != self.plan.search.id:
            return False
        self.plan = Plan(self.plan.search, row.mode, row.since_on, self.plan.due_at)
        self._asked_for = run.asked_for
        return True

    def _begin(self, session: Session) -> None:
        super()._begin(session)
        if session.get(SearchRun, self._id) is None:
            search = self.plan.search
            row = SearchRun(
                run_id=self._id, search_id=search.id, mode=self.plan.mode, query=search.query, since_on=self.plan.since_on,
                hits=None, members_before=members.count(session, search.id), members_after=None, new=0, reappeared=0,
                vanished=0, retracted=0, corrected=0, reinstated=0, first_revision=events.latest(session),
            )  # fmt: skip
            session.add(row)
            session.flush()

    def _searched(self, session: Session) -> None:
        hits = update(SearchRun).where(SearchRun.run_id == self._id).values(hits=self.report.hit_count)
        session.execute(hits)

    def _ended(self, session: Session) -> None:
        if self.wanted is not None and self.report.state != "failed":
            self._settle(session)
        super()._ended(session)

    def _settle(self, session: Session) -> None:
        session.expire_all()
        row = session.get_one(SearchRun, self._id)
        found = members.settle(session, row.search_id, self._id, self.wanted or ())
        row.new, row.reappeared, row.vanished = len(found.new), len(found.reappeared), len(found.vanished)
        row.members_after = row.members_before + row.new + row.reappeared - row.vanished
        kinds = [one.kind for one in queries.standings(session, row)]
        row.retracted, row.corrected, row.reinstated = (
            kinds.count(kind) for kind in ("retracted", "corrected", "reinstated")
        )
        session.flush()


def run_search(
    store: Store, client: EutilsClient, plan: Plan, *, actor: str, progress: Progress | None = None
) -> SearchReport:  # fmt: skip
    """Run one search and report it, also when PubMed failed: then the report says why.

    Raises :class:`Conflict` when another run of a living search is under way.
    """
    run = LivingRun(store, plan, actor=actor)
    try:
        with open_resumable(run):
            if run.wanted is None:
                run.look_up(client)
            fetch_wanted(run, client, progress)
    except SourceUnavailable as error:
        return _reported(store, run, error)
    return _reported(store, run)


def sync(
    store: Store, client: EutilsClient, plans: Sequence[Plan], *, actor: str,
    progress: Callable[[LivingSearch], Progress] | None = None,
) -> SyncReport:  # fmt: skip
    """Finish a run that was cut off, then run these searches in turn.

    One that PubMed refuses does not keep the others from running; when PubMed
    does not answer at all, the rest waits. Raises :class:`Conflict` when
    another sync is under way.
    """
    report = SyncReport()
    with store.reading() as session:
        interrupted = _interrupted(session)
    ahead = [interrupted] if interrupted else []
    waiting = ahead + [plan for plan in plans if not interrupted or plan.search.id != interrupted.search.id]
    for place, plan in enumerate(waiting):
        told = progress(plan.search) if progress else None
        one = run_search(store, client, plan, actor=actor, progress=told)
        report.searches.append(one)
        if one.unavailable and not one.refused:
            report.not_run = [public(SEARCH, later.search.id) for later in waiting[place + 1 :]]
            break
    return report


def plans_for(session: Session, named: Sequence[str], *, due: bool, full: bool) -> list[Plan]:
    """How the searches named, or else all active ones, are to be run; with ``due`` those alone whose time has come.

    Raises :class:`NotFound` for a name that there is not, and :class:`Conflict` for one that is paused.
    """
    chosen = [searches.get_search(session, name) for name in dict.fromkeys(named)]
    for search in chosen:
        if search.state == "paused":
            raise Conflict(f"The living search {search.name} is paused; make it active before it is run.")
    if not named:
        chosen = [search for search in searches.all_searches(session) if search.state == "active"]
    plans = {search.id: searches.plan(session, search, full=full) for search in chosen}
    return [plan for plan in plans.values() if plan.is_due or not due]


def _interrupted(session: Session) -> Plan | None:
    """The search whose run was cut off, so that it is gone on with. Raises :class:`Conflict` when it is under way."""
    for job in leases.open_jobs(session, LivingRun.job_kind):
        row = session.get(SearchRun, job.payload["run_id"])
        if leases.is_under_way(job):
            since = f"{job.created_at:%Y-%m-%d %H:%M} UTC"
            raise Conflict(
                f"Another sync is under way: import run {public(RUN, job.payload['run_id'])}, by {job.holder} since {since}."
            )
        if row is not None:
            return Plan(session.get_one(LivingSearch, row.search_id), row.mode, row.since_on, None)
    return None


def _reported(store: Store, run: LivingRun, error: SourceUnavailable | None = None) -> SearchReport:
    if run.report.run_id is None:
        raise AssertionError("a living search always leaves a run")
    with store.reading() as session:
        report = queries.report_of(session, run.report.run_id)
    report.notices = run.report.notices
    report.unavailable, report.refused = error is not None, isinstance(error, SourceRefused)
    return report
