"""Every PMID that a search finds, however many: what is more than PubMed lists is split until each part is listed whole.

ESearch lists 9,998 of a result and keeps silent about the rest. So a larger
one is asked for by ranges of the day of entry, halved until they fit, and a
day that is still too large by ranges of PMIDs (the field ``[uid]``). Nothing
here fetches a record.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from app.errors import SourceRefused, SourceUnavailable
from app.importing.pubmed.client import HIGHEST_COUNT, EutilsClient, SearchAnswer

MOST_HITS = 200_000
"""A search that finds more is refused: fetched at NCBI's pace it would take hours, and no person screens it."""

_FIRST_DAY = date(1960, 1, 1)
_HIGHEST_PMID = 999_999_999
_READINGS = 2


@dataclass(frozen=True, slots=True)
class Days:
    """Records that PubMed entered from one day to another; the outermost days stand for all before and after them."""

    first: date
    last: date
    newest: date

    @property
    def text(self) -> str:
        """The range as PubMed reads it."""
        first = "1800/01/01" if self.first == _FIRST_DAY else f"{self.first:%Y/%m/%d}"
        last = "3000/12/31" if self.last == self.newest else f"{self.last:%Y/%m/%d}"
        return f"{first}:{last}[edat]"

    def halves(self) -> "tuple[Part, ...]":
        """Two smaller ranges; of a single day two ranges of PMIDs."""
        if self.first == self.last:
            return Numbers(self.text, 1, _HIGHEST_PMID).halves()
        middle = self.first + (self.last - self.first) // 2
        return replace(self, last=middle), replace(self, first=middle + timedelta(days=1))


@dataclass(frozen=True, slots=True)
class Numbers:
    """Records of one day with PMIDs in a range."""

    day: str
    first: int
    last: int

    @property
    def text(self) -> str:
        """The range as PubMed reads it."""
        return f"{self.day} AND {self.first}:{self.last}[uid]"

    def halves(self) -> "tuple[Part, ...]":
        """Two smaller ranges; none of a single PMID."""
        if self.first == self.last:
            return ()
        middle = (self.first + self.last) // 2
        return replace(self, last=middle), replace(self, first=middle + 1)


Part = Days | Numbers


def find_all(client: EutilsClient, query: str, *, asked: Callable[[], None] = lambda: None) -> SearchAnswer:
    """Return all PMIDs that PubMed finds for the query, with its translation and warnings of the query as it was given.

    ``asked`` is called after each answer: splitting a large result takes long.
    A split result counts when its parts together are as many as PubMed
    announced for the whole, before or after they were read. Raises
    :class:`SourceRefused` with the count when there are more than
    :data:`MOST_HITS` or the query cannot be split, and
    :class:`SourceUnavailable` when no whole answer came.
    """
    whole = client.look_up(query)
    for _ in range(_READINGS):
        if whole.count <= HIGHEST_COUNT:
            return whole
        if whole.count > MOST_HITS:
            raise SourceRefused(_too_many(client, whole.count))
        pmids = dict.fromkeys(pmid for part in _parts(client, query, whole, asked) for pmid in part.pmids)
        announced = whole.count
        if len(pmids) != announced:
            whole = client.look_up(query)
        if len(pmids) in {announced, whole.count}:
            return replace(whole, pmids=tuple(pmids), count=len(pmids))
    raise SourceUnavailable(
        f"{client.host} announced {whole.count:,} PMIDs for the search and listed {len(pmids):,} in parts. "
        "A part must not pass for the whole, so none is used; try again later."
    )


def _parts(client: EutilsClient, query: str, whole: SearchAnswer, asked: Callable[[], None]) -> Iterator[SearchAnswer]:
    newest = datetime.now(UTC).date() + timedelta(days=2)
    waiting: list[Part] = [*reversed(Days(_FIRST_DAY, newest, newest).halves())]
    known = set(whole.warnings)
    while waiting:
        part = waiting.pop()
        answer = client.look_up(f"({query}) AND ({part.text})")
        asked()
        new = [warning for warning in answer.warnings if warning not in known]
        if any(part_of in warning for warning in new for part_of in ("edat", "uid")):
            raise SourceRefused(f"{_too_many(client, whole.count)} It could not be split: {new[0]}")
        if answer.count <= HIGHEST_COUNT:
            yield answer
            continue
        halves = part.halves()
        if not halves or answer.count > whole.count * 2:
            raise SourceRefused(f"{_too_many(client, whole.count)} It could not be split at {part.text}.")
        waiting += reversed(halves)


def _too_many(client: EutilsClient, count: int) -> str:
    return (
        f"{client.host} finds {count:,} records for this search; at most {MOST_HITS:,} are taken, and {HIGHEST_COUNT:,} "
        "listed at once. Narrow it, for example by entry date: (…) AND 2020/01/01:2020/12/31[edat]."
    )
