"""Fetching the PMIDs of a run in batches, every PMID with its fate; what did not come is asked for again before it is named.

The conversation with PubMed is ``client``, the transactions are
``importing.run``, what outlives the process ``importing.resuming``.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field

from app.citations.draft import CitationDraft
from app.citations.store import Outcome
from app.errors import SourceUnavailable
from app.importing.files.reading import Batch, End, Fault, Refused, read_pieces
from app.importing.pubmed.client import EutilsClient, FetchedBatch
from app.importing.report import ImportReport
from app.importing.resuming import ResumableRun, Wanted
from app.importing.run import Fate, Progress, fate_of

_MOST_BYTES = 256 * 1024 * 1024
_ROUNDS = 4
_SMALLER = 5
"""Each round asks for a fifth as many at once, down to one: a record that spoils every answer costs its neighbours nothing."""
_NOT_KNOWN = (
    "PubMed sent no record for this PMID. Check the number; it may have been merged into another or taken back."
)


@dataclass(slots=True)
class _Answer:
    """What one batch brought: records by PMID in the order they came, those refused, and why it brought nothing."""

    records: list[CitationDraft] = field(default_factory=list)
    refused: dict[str, Refused] = field(default_factory=dict)
    failure: str | None = None
    notices: list[str] = field(default_factory=list)


def fetch_wanted(run: ResumableRun, client: EutilsClient, progress: Progress | None) -> ImportReport:
    """Fetch what the run wants and has not, and end the run.

    What an answer lacked and what could not be had is asked for again, in
    smaller batches, while rounds bring anything. Raises
    :class:`SourceUnavailable` when nothing came at all.
    """
    fetching = _Fetching(run, client, progress)
    fetching.fetch()
    failure = fetching.failure
    if failure and not (run.report.received or run.report.rejected):
        raise failure
    return run.close(state="incomplete" if failure else "complete", failure=failure.message if failure else None)


class _Fetching:
    """The PMIDs that still wait for their fate, and why the last attempt at each brought none."""

    def __init__(self, run: ResumableRun, client: EutilsClient, progress: Progress | None) -> None:
        self.failure: SourceUnavailable | None = None
        self._run = run
        self._client = client
        self._progress = progress
        self._places, self._repeated = _sorted_out(run.wanted or (), run.done)
        self._reasons: dict[str, str] = {}

    def fetch(self) -> None:
        size = self._client.batch_size
        for number in itertools.count(1):
            came = self._fetch_once(list(self._places), size)
            done = not self._places or (size == 1 and number >= _ROUNDS)
            if self.failure or done or not (came or (size > 1 and self._is_answering())):
                break
            size = max(size // _SMALLER, 1)
        self._name_what_is_missing()

    def _is_answering(self) -> bool:
        """Whether a single record comes where whole batches failed: one of them may spoil all, or PubMed is down."""
        failed = [pmid for pmid in self._places if pmid in self._reasons]
        return len(failed) > 1 and self._fetch_once([failed[0], failed[-1]], 1)

    def _fetch_once(self, pmids: list[str], size: int) -> bool:
        """Ask for these; whether any came."""
        before = len(self._places)
        try:
            for fetched in self._client.fetch(pmids, at_once=size):
                answer = _read(self._run, fetched)
                self._take(fetched.asked, answer)
                if self._progress:
                    self._progress(self._run.report.asked, len(self._run.wanted or ()))
        except SourceUnavailable as error:
            self.failure = error
        return len(self._places) < before

    def _take(self, asked: Sequence[str], answer: _Answer) -> None:
        def fates_of(outcomes: list[Outcome]) -> list[Fate]:
            # Of several versions of one PMID the outcome that is not a repeat speaks for it.
            spoken = {o.source_id: o for o in sorted(outcomes, key=lambda o: o.fate != "repeated")}
            fates = (_fate(pmid, self._places[pmid], spoken.get(pmid), answer) for pmid in asked)
            return [fate for fate in fates if fate]

        if answer.records or answer.refused:
            self._run.take(answer.records, fates_of)
        else:
            self._run.hold_on()
        came = {record.pmid for record in answer.records} | answer.refused.keys()
        for pmid in asked:
            self._reasons.pop(pmid, None)
            if pmid in came:
                del self._places[pmid]
            elif answer.failure:
                self._reasons[pmid] = answer.failure

    def _name_what_is_missing(self) -> None:
        """Give what never came its fate, and the repeats theirs; the first reason that is not "unknown" ends the run in part."""
        why = self.failure.message if self.failure else _NOT_KNOWN
        missing = [
            Fate(place, "not_returned", pmid, reason=self._reasons.get(pmid, why))
            for pmid, place in self._places.items()
        ]
        if self._reasons and self.failure is None:
            self.failure = SourceUnavailable(next(iter(self._reasons.values())))
        if missing or self._repeated:
            self._run.take([], lambda _: [*missing, *self._repeated])


def _sorted_out(wanted: Sequence[Wanted], done: set[int]) -> tuple[dict[str, int], list[Fate]]:
    """Places of the PMIDs without a fate, and the fates of those asked for a second time."""
    places: dict[str, int] = {}
    repeated = []
    for one in wanted:
        if one.pmid not in places:
            places[one.pmid] = one.position
        elif one.position not in done:
            repeated.append(Fate(one.position, "repeated", one.pmid))
    return {pmid: place for pmid, place in places.items() if place not in done}, repeated


def _read(run: ResumableRun, fetched: FetchedBatch) -> _Answer:
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


def _fate(pmid: str, place: int, outcome: Outcome | None, answer: _Answer) -> Fate | None:
    if outcome:
        return fate_of(outcome, place)
    if pmid in answer.refused:
        refused = answer.refused[pmid]
        return Fate(place, "rejected", pmid, line=refused.line, reason=refused.reason)
    return None
