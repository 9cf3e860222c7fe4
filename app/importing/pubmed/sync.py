"""From PubMed into the store on demand: everything that a search finds, or a list of PMIDs.

Searches that are kept and run again are ``importing.living``; how the records
come is ``fetching``.
"""

from collections.abc import Iterable
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


def import_query(
    store: Store, client: EutilsClient, query: str, *, actor: str, dry_run: bool = False, progress: Progress | None = None
) -> ImportReport:  # fmt: skip
    """Search PubMed and take in everything found; a run of the same query that was cut off is gone on with.

    The report keeps the number of hits, the query as PubMed understood it and
    what it left out of it. Raises :class:`SourceUnavailable` when nothing came,
    and its subclass when PubMed refuses the search.
    """
    if not query.strip():
        raise Invalid("The query is empty; write what to search PubMed for.", field="query")
    run = ResumableRun(store, actor=actor, kind="pubmed_query", asked_for=query, dry_run=dry_run)
    with open_resumable(run):
        if run.wanted is None:
            answer = find_all(client, query)
            run.report.hit_count, run.report.translation = answer.count, answer.translation
            run.report.warnings += answer.warnings
            run.want([Wanted(place, pmid) for place, pmid in enumerate(answer.pmids, 1)])
        return fetch_wanted(run, client, progress)


def import_pmids(
    store: Store, client: EutilsClient, pmids: Iterable[str], *, actor: str, dry_run: bool = False,
    progress: Progress | None = None,
) -> ImportReport:  # fmt: skip
    """Take in the records with these PMIDs; a run of the same list that was cut off is gone on with.

    Raises :class:`Invalid` naming the first text that is no PMID, before
    anything is asked, and :class:`SourceUnavailable` when nothing came.
    """
    asked = [_pmid(text) for text in pmids]
    if not asked:
        raise Invalid("No PMID was named; name at least one.", field="pmid")
    run = ResumableRun(store, actor=actor, kind="pubmed_ids", asked_for=",".join(asked), dry_run=dry_run)
    with open_resumable(run):
        if run.wanted is None:
            run.want([Wanted(place, pmid) for place, pmid in enumerate(asked, 1)])
        return fetch_wanted(run, client, progress)


def _pmid(text: str) -> str:
    with suppress(MalformedIdentifierError):
        return parse_pmid(text)
    raise Invalid(f"{text[:80]!r} is not a PMID. A PMID is a number of up to nine digits.", field="pmid")
