"""What the local PubMed finds: scripted searches, words in its records, and both within ranges of days and of PMIDs.

Ranges behave as PubMed's: ``2020/01/01:2020/12/31[edat]`` (day of entry), ``[crdt]`` (of creation, the same here),
``[lr]`` (of the last revision) and ``1:9999[uid]``. Nothing here speaks HTTP.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

_LIMITED = re.compile(r"\((?P<query>.*)\) AND \((?P<limits>[^()]*\[(?:edat|crdt|lr|uid)\][^()]*)\)", re.DOTALL)
_RANGE = re.compile(r"(?P<first>[\d/]+):(?P<last>[\d/]+)\[(?P<field>edat|crdt|lr|uid)\]")


@dataclass(frozen=True)
class Found:
    """What a scripted search finds; ``count`` is what it announces, where that differs from what it lists."""

    pmids: Sequence[str]
    translation: str = ""
    errors: Mapping[str, Sequence[str]] = field(default_factory=dict)
    warnings: Mapping[str, Sequence[str]] = field(default_factory=dict)
    count: int | None = None


class Index:
    """``records`` and ``searches`` are the server's own; ``entered`` and ``revised`` are days such as ``2024/05/01`` by PMID."""

    def __init__(self, records: Mapping[str, str], searches: Mapping[str, Found]) -> None:
        self.entered: dict[str, str] = {}
        self.revised: dict[str, str] = {}
        self.day_of_others = "2020/01/01"
        self._records = records
        self._searches = searches

    def found(self, term: str) -> Found:
        """What a search finds now."""
        if term in self._searches:
            return self._searches[term]
        limited = _LIMITED.fullmatch(term)
        if limited is None:
            return self._matching(term)
        base = self.found(limited["query"])
        inside = self._inside(limited["limits"])
        translation = f"({base.translation}) AND ({limited['limits']})"
        return replace(base, pmids=[p for p in base.pmids if inside(p)], count=None, translation=translation)

    def _inside(self, limits: str) -> Callable[[str], bool]:
        choices = [[self._range(text) for text in each.split(" AND ")] for each in limits.split(" OR ")]
        return lambda pmid: any(all(holds(pmid) for holds in together) for together in choices)

    def _range(self, text: str) -> Callable[[str], bool]:
        found = _RANGE.fullmatch(text.strip())
        assert found, f"this PubMed does not know the range {text!r}"
        first, last = found["first"], found["last"]
        if found["field"] == "uid":
            return lambda pmid: int(first) <= int(pmid) <= int(last)
        revised = self.revised if found["field"] == "lr" else {}

        def holds(pmid: str) -> bool:
            return first <= revised.get(pmid, self.entered.get(pmid, self.day_of_others)) <= last

        return holds

    def _matching(self, term: str) -> Found:
        """Search the records for all words of the term, without regard to fields; unknown words are dropped, as PubMed does."""
        words = re.findall(r"[\w-]+", re.sub(r"\[[^\]]*\]|\b(?:AND|OR|NOT)\b", " ", term).lower())
        texts = {pmid: record.lower() for pmid, record in self._records.items()}
        known = [word for word in words if any(word in text for text in texts.values())]
        pmids = [pmid for pmid, text in texts.items() if known and all(word in text for word in known)]
        unknown = [word for word in words if word not in known]
        return Found(pmids, " AND ".join(f"{word}[All Fields]" for word in known), {"PhraseNotFound": unknown})
