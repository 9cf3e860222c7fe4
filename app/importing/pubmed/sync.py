"""From PubMed into the store on demand: everything that a search finds, or a list of PMIDs.

Searches that are kept and run again are ``importing.living``; how the records
come is ``fetching``.
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress

from app.database import Store
from app.errors import Invalid
from app.importing.pubmed.client import EutilsClient
from app.importing.pubmed.fetching import fetch_wanted
from app.importing.pubmed.searching import find_all
from app.importing.report import ImportReport
from app.importing.resuming import ResumableRun, Wanted, open_resumable
from app.importing.run import Progress
from app.kit.identifiers import MalformedIdentifierError, parse_pmid

QUERY, PMIDS = "pubmed_query", "pubmed_ids"
"""The kinds of these runs."""


def import_query(
    store: Store, client: EutilsClient, query: str, *, actor: str, dry_run: bool = False, progress: Progress | None = None
) -> ImportReport:  # fmt: skip
    """Search PubMed and take in everything found; a run of the same query that was cut off is gone on with.

    The report keeps the number of hits, the query as PubMed understood it and
    what it left out of it. Raises :class:`SourceUnavailable` when nothing came,
    and its subclass when PubMed refuses the search.
    """
    return carry_out(run_of_query(store, query, actor=actor, dry_run=dry_run), client, progress)


def import_pmids(
    store: Store, client: EutilsClient, pmids: Iterable[str], *, actor: str, dry_run: bool = False,
    progress: Progress | None = None,
) -> ImportReport:  # fmt: skip
    """Take in the records with these PMIDs; a run of the same list that was cut off is gone on with.

    Raises :class:`Invalid` naming the first text that is no PMID, before
    anything is asked, and :class:`SourceUnavailable` when nothing came.
    """
    return carry_out(run_of_pmids(store, pmids, actor=actor, dry_run=dry_run), client, progress)


def run_of_query(store: Store, query: str, *, actor: str, dry_run: bool = False) -> ResumableRun:
    """A run of all that a search finds, not begun yet. Raises :class:`Invalid` for an empty one."""
    if not query.strip():
        raise Invalid("The query is empty; write what to search PubMed for.", field="query")
    return ResumableRun(store, actor=actor, kind=QUERY, asked_for=query, dry_run=dry_run)


def run_of_pmids(store: Store, pmids: Iterable[str], *, actor: str, dry_run: bool = False) -> ResumableRun:
    """A run of these PMIDs, not begun yet. Raises :class:`Invalid` naming the first text that is none."""
    asked = [_pmid(text) for text in pmids]
    if not asked:
        raise Invalid("No PMID was named; name at least one.", field="pmid")
    return ResumableRun(store, actor=actor, kind=PMIDS, asked_for=",".join(asked), dry_run=dry_run)


def carry_out(run: ResumableRun, client: EutilsClient, progress: Progress | None = None) -> ImportReport:
    """Begin the run, or go on with one of the same question; fetch, keep, and end it."""
    with open_resumable(run):
        if run.wanted is None:
            run.want([Wanted(place, pmid) for place, pmid in enumerate(_asked_for(run, client), 1)])
        return fetch_wanted(run, client, progress)


def _asked_for(run: ResumableRun, client: EutilsClient) -> Sequence[str]:
    if run.kind == PMIDS:
        return run.asked_for.split(",")
    answer = find_all(client, run.asked_for, asked=run.hold_on)
    run.report.hit_count, run.report.translation = answer.count, answer.translation
    run.report.warnings += answer.warnings
    return answer.pmids


def _pmid(text: str) -> str:
    with suppress(MalformedIdentifierError):
        return parse_pmid(text)
    raise Invalid(f"{text[:80]!r} is not a PMID. A PMID is a number of up to nine digits.", field="pmid")
