"""From PubMed into the store: a search or a list of PMIDs, fetched in batches, every PMID asked for with its fate.

The conversation with PubMed is ``client``, the transactions are ``importing.run``.
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from app.citations.draft import CitationDraft
from app.citations.store import Outcome
from app.database import Store
from app.errors import Invalid, SourceUnavailable
from app.importing.files.reading import Batch, End, Fault, Refused, read_pieces
from app.importing.pubmed.client import EutilsClient, FetchedBatch
from app.importing.report import ImportReport
from app.importing.run import Fate, Progress, Run, fate_of, open_run
from app.kit.identifiers import MalformedIdentifierError, parse_pmid

_MOST_BYTES = 256 * 1024 * 1024
_NOT_KNOWN = (
    "PubMed sent no record for this PMID. Check the number; it may have been merged into another or taken back."
)


def import_query(
    store: Store, client: EutilsClient, query: str, *, actor: str, dry_run: bool = False, progress: Progress | None = None
) -> ImportReport:  # fmt: skip
    """Search PubMed and take in everything found.

    The report keeps the number of hits, the query as PubMed understood it and
    what it left out of it. Raises :class:`SourceUnavailable` when nothing came,
    and its subclass when PubMed refuses the search.
    """
    if not query.strip():
        raise Invalid("The query is empty; write what to search PubMed for.", field="query")
    with open_run(store, actor=actor, kind="pubmed_query", asked_for=query, dry_run=dry_run) as run:
        answer = client.search(query)
        run.report.hit_count, run.report.translation = answer.count, answer.translation
        run.report.warnings += answer.warnings
        return _fetch(run, client, answer.pmids, progress)


def import_pmids(
    store: Store, client: EutilsClient, pmids: Iterable[str], *, actor: str, dry_run: bool = False,
    progress: Progress | None = None,
) -> ImportReport:  # fmt: skip
    """Take in the records with these PMIDs.

    Raises :class:`Invalid` naming the first text that is no PMID, before
    anything is asked, and :class:`SourceUnavailable` when nothing came.
    """
    asked = [_pmid(text) for text in pmids]
    if not asked:
        raise Invalid("No PMID was named; name at least one.", field="pmid")
    with open_run(store, actor=actor, kind="pubmed_ids", asked_for=",".join(asked), dry_run=dry_run) as run:
        return _fetch(run, client, asked, progress)


@dataclass(slots=True)
class _Answer:
    """What one batch brought: records by PMID in the order they came, those refused, and why it brought nothing."""

    records: list[CitationDraft] = field(default_factory=list)
    refused: dict[str, Refused] = field(default_factory=dict)
    failure: str | None = None
    notices: list[str] = field(default_factory=list)


def _fetch(run: Run, client: EutilsClient, asked: Sequence[str], progress: Progress | None) -> ImportReport:
    places: dict[str, int] = {}
    repeated = []
    for position, pmid in enumerate(asked, 1):
        if pmid in places:
            repeated.append(Fate(position, "repeated", pmid))
        else:
            places[pmid] = position
    failure = _fetch_batches(run, client, places, progress, total=len(asked))
    if repeated:
        run.take([], lambda _: repeated)
    if failure and not (run.report.received or run.report.rejected):
        raise failure
    return run.close(state="incomplete" if failure else "complete", failure=failure.message if failure else None)


def _fetch_batches(
    run: Run, client: EutilsClient, places: dict[str, int], progress: Progress | None, *, total: int
) -> SourceUnavailable | None:
    """Take in batch after batch; return why any of it is missing. What was not fetched any more is named too."""
    waiting = dict(places)
    failure = None
    try:
        for fetched in client.fetch(list(places)):
            answer = _read(run, fetched)
            _take(run, fetched.asked, answer, places)
            for pmid in fetched.asked:
                waiting.pop(pmid, None)
            if answer.failure and failure is None:
                failure = SourceUnavailable(answer.failure)
            if progress:
                progress(run.report.asked, total)
    except SourceUnavailable as error:
        failure = error
        unasked = [Fate(place, "not_returned", pmid, reason=error.message) for pmid, place in waiting.items()]
        run.take([], lambda _: unasked)
    return failure


def _read(run: Run, fetched: FetchedBatch) -> _Answer:
    """Read an answer whole; one that cannot be read to its end counts as none, because a part would pass for the whole."""
    if fetched.body is None:
        return _Answer(failure=fetched.failure or "No answer came.")
    answer = _Answer()
    asked = set(fetched.asked)
    for piece in read_pieces(fetched.body.read(), size=1 << 30, max_bytes=_MOST_BYTES):
        if isinstance(piece, Fault):
            return _Answer(failure=f"PubMed's answer could not be read: {piece.message}")
        if isinstance(piece, End):
            for path, number in piece.unknown.items():
                run.report.unknown_elements[path] = run.report.unknown_elements.get(path, 0) + number
        else:
            _sort_in(answer, piece, asked)
    run.report.notices += answer.notices
    return answer


def _sort_in(answer: _Answer, batch: Batch, asked: set[str]) -> None:
    for record in batch.records:
        if record.pmid in asked:
            answer.records.append(record)
        else:
            answer.notices.append(f"PubMed sent record {record.pmid}, which was not asked for; it was left out.")
    for refused in batch.refused:
        if refused.id in asked:
            answer.refused[str(refused.id)] = refused
        else:
            answer.notices.append(f"PubMed sent a record that cannot be told apart: {refused.reason}")


def _take(run: Run, asked: Sequence[str], answer: _Answer, places: dict[str, int]) -> None:
    def fates_of(outcomes: list[Outcome]) -> list[Fate]:
        # Of several versions of one PMID the outcome that is not a repeat speaks for it.
        spoken = {o.source_id: o for o in sorted(outcomes, key=lambda o: o.fate != "repeated")}
        return [_fate(pmid, places[pmid], spoken.get(pmid), answer) for pmid in asked]

    run.take(answer.records, fates_of)


def _fate(pmid: str, place: int, outcome: Outcome | None, answer: _Answer) -> Fate:
    if outcome:
        return fate_of(outcome, place)
    if pmid in answer.refused:
        refused = answer.refused[pmid]
        return Fate(place, "rejected", pmid, line=refused.line, reason=refused.reason)
    return Fate(place, "not_returned", pmid, reason=answer.failure or _NOT_KNOWN)


def _pmid(text: str) -> str:
    with suppress(MalformedIdentifierError):
        return parse_pmid(text)
    raise Invalid(f"{text[:80]!r} is not a PMID. A PMID is a number of up to nine digits.", field="pmid")
