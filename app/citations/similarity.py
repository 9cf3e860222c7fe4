"""How alike two records are, and why. Nothing here touches the database, and nothing here decides: a person does.

Points are given for what agrees and taken for what does not (``POINTS``); what
is missing on one side says nothing. Rules then set pairs aside that are alike
and never one record: parts of a series, replies, notices, updates. A preprint
and its article are offered as a link.
"""

import re
from collections.abc import Iterator
from itertools import product

from msgspec import Struct
from rapidfuzz import fuzz

from app.citations.titles import Title
from app.kit.tokens import fold

ENOUGH = 50
"""Points from which a pair is shown to a person."""
LIKE = 80
"""Per cent from which two titles are alike at all: below it different papers by one group score as high as slips do."""
SAME_TITLE, SHORT_TITLE, NO_TITLE = 60, 40, 25
"""The most points of a title; of one of fewer than three telling words ("Editorial"); and where a side has none."""

POINTS = {
    "author": (12, -20),
    "year": (8, -20),
    "journal": (8, -6),
    "volume": (5, -6),
    "page": (10, -10),
    "doi": (40, -20),
    "pmid": (0, -15),
    "abstract": (20, 0),
    "numbers": (0, -8),
}
"""What is given where a field agrees, and taken where it does not. Years one apart give half; two apart take eight."""

# 10.1101/gr.123 is a journal of Cold Spring Harbor, 10.1101/2022.07.01.22277154 and 10.1101/123456 are bioRxiv and medRxiv.
_PREPRINT_DOI = re.compile(
    r"10\.(?:1101/[0-9]|21203/rs\.|20944/preprints|31234/|31219/osf|26434/chemrxiv|48550/arxiv|2139/ssrn|22541/au\.|"
    r"36227/techrxiv|1590/scielopreprints|7287/peerj\.preprints)"
)
_UPDATES = frozenset(("UpdateIn", "UpdateOf"))
_OTHER_TIES = {
    "CommentOn": "comment", "CommentIn": "comment", "ErratumFor": "erratum", "ErratumIn": "erratum",
    "RetractionOf": "retraction", "RetractionIn": "retraction", "ExpressionOfConcernFor": "expression of concern",
    "ExpressionOfConcernIn": "expression of concern", "RepublishedFrom": "republication", "RepublishedIn": "republication",
    "CorrectedandRepublishedFrom": "republication", "CorrectedandRepublishedIn": "republication",
    "RetractedandRepublishedFrom": "republication", "RetractedandRepublishedIn": "republication",
    "OriginalReportIn": "summary", "SummaryForPatientsIn": "summary",
}  # fmt: skip
_SMALL_WORDS = frozenset(("of", "the", "and", "for", "in", "on", "de", "la", "et", "der", "und"))
_SHORTEST_BEGINNING = 40


class Likeness(Struct, frozen=True, gc=False):
    """What is compared of one citation, made ready once."""

    id: int
    titles: tuple[Title, ...]
    kinds: frozenset[str]
    author: str | None
    year: int | None
    journals: tuple[str, ...]
    volume: str | None
    page: str | None
    pmid: str | None
    dois: frozenset[str]
    abstracts: frozenset[str]
    is_preprint: bool
    ties: frozenset[tuple[str, str]]
    """Ties to other records as (RefType, PMID)."""


class Comparison(Struct, frozen=True):
    """What came of comparing two citations; ``block`` is the rule that sets the pair aside."""

    offer: str
    score: int
    title: int | None
    speaks_for: tuple[str, ...]
    speaks_against: tuple[str, ...]
    block: str | None


def is_preprint(types: frozenset[str], source_type: str, dois: frozenset[str]) -> bool:
    """Whether a record is a preprint: by its publication type, its source's word, or the prefix of a preprint server."""
    return "Preprint" in types or source_type == "preprint" or any(_PREPRINT_DOI.match(doi) for doi in dois)


def compare(first: Likeness, second: Likeness) -> Comparison | None:
    """Compare two citations; None where too little speaks for one record."""
    tied = _tie_between(first, second)
    alike = _titles_alike(first, second)
    one_is_preprint = first.is_preprint != second.is_preprint
    told = tied in _UPDATES and one_is_preprint
    if alike is not None and alike < LIKE and not (told or first.dois & second.dois):
        return None
    offer = "link" if one_is_preprint else "merge"
    weighed = [*_weigh_title(first, second, alike), *_weigh_fields(first, second, offer)]
    if first.kinds != second.kinds or tied:
        # A comment has its own author and page: what differs is no sign that it is about another paper.
        weighed = [(max(points, 0), sentence) for points, sentence in weighed]
    score = 100 if told else max(0, min(100, sum(points for points, _ in weighed)))
    if score < ENOUGH:
        return None
    pro = [sentence for points, sentence in weighed if points > 0]
    if told:
        pro.insert(0, "PubMed says that one is the update of the other")
    contra = tuple(sentence for points, sentence in weighed if points <= 0)
    return Comparison(offer, score, alike, tuple(pro), contra, _block(first, second, tied, offer))


def _titles_alike(first: Likeness, second: Likeness) -> int | None:
    """Per cent of likeness of the two closest titles; a long title that begins the other counts as 92."""
    best = -1.0
    for one, other in product(first.titles, second.titles):
        a, b = one.folded, other.folded
        alike = 100.0 if a == b else max(fuzz.ratio(a, b), fuzz.token_sort_ratio(a, b))
        short, long = sorted((a, b), key=len)
        if len(short) >= _SHORTEST_BEGINNING and long.startswith(short + " "):
            alike = max(alike, 92.0)
        best = max(best, alike)
    return int(best) if best >= 0 else None


def _weigh_title(first: Likeness, second: Likeness, alike: int | None) -> Iterator[tuple[int, str]]:
    if alike is None:
        yield NO_TITLE, "one has no title to compare"
        return
    telling = min(len(title.telling) for one in (first, second) for title in one.titles[:1])
    most = SAME_TITLE if telling > 2 else SHORT_TITLE
    points = round(most * max(0, 2 * alike - 100) / 100)
    yield points, "same title" if alike == 100 else f"titles {alike} % alike"
    only = [one.titles[0].numbers - other.titles[0].numbers for one, other in ((first, second), (second, first))]
    if bool(only[0]) != bool(only[1]):
        numbers = ", ".join(sorted(only[0] | only[1]))
        yield POINTS["numbers"][1], f"only one title has the number {numbers}"


def _weigh_fields(first: Likeness, second: Likeness, offer: str) -> Iterator[tuple[int, str]]:
    yield from _weighed("author", _same_name(first.author, second.author), "first author")
    yield from _weigh_years(first.year, second.year, offer)
    if first.abstracts & second.abstracts:
        yield POINTS["abstract"][0], "same abstract"
    if offer == "link":
        return  # another place, DOI and PMID are what makes it two
    yield from _weighed("journal", _same_journal(first.journals, second.journals), "journal")
    yield from _weighed("volume", _equal(first.volume, second.volume), "volume")
    yield from _weighed("page", _equal(first.page, second.page), "first page")
    if first.dois and second.dois:
        yield from _weighed("doi", bool(first.dois & second.dois), "DOI")
    if first.pmid and second.pmid and first.pmid != second.pmid:
        yield POINTS["pmid"][1], f"PubMed keeps them apart: PMID {first.pmid} and PMID {second.pmid}"


def _weighed(name: str, agree: bool | None, words: str) -> Iterator[tuple[int, str]]:
    if agree is not None:
        yield (POINTS[name][0], f"same {words}") if agree else (POINTS[name][1], f"another {words}")


def _weigh_years(first: int | None, second: int | None, offer: str) -> Iterator[tuple[int, str]]:
    if first is None or second is None:
        return
    gives, takes = POINTS["year"]
    apart = abs(first - second)
    near = (gives, gives // 2, gives // 2 if offer == "link" else -8)
    points = near[apart] if apart < len(near) else takes
    yield points, "same year" if not apart else f"{apart} year{'s' * (apart > 1)} apart: {first} and {second}"


def _equal(first: str | None, second: str | None) -> bool | None:
    return first == second if first and second else None


def _same_name(first: str | None, second: str | None) -> bool | None:
    if not first or not second:
        return None
    return first == second or f" {first}".endswith(f" {second}") or f" {second}".endswith(f" {first}")


def _same_journal(first: tuple[str, ...], second: tuple[str, ...]) -> bool | None:
    if not first or not second:
        return None
    return any(a == b or _shortens(a, b) or _shortens(b, a) for a, b in product(first, second))


def _shortens(short: str, long: str) -> bool:
    """Whether ``j psychoactive drugs`` is an abbreviation of ``journal of psychoactive drugs``."""
    words = [word for word in long.split() if word not in _SMALL_WORDS]
    parts = [word for word in short.split() if word not in _SMALL_WORDS]
    return len(parts) == len(words) and all(
        word.startswith(part) or (part[0] == word[0] and part[-1] == word[-1] and len(part) > 2)
        for part, word in zip(parts, words, strict=True)
    )


def _tie_between(first: Likeness, second: Likeness) -> str | None:
    for one, other in ((first, second), (second, first)):
        for kind, pmid in sorted(one.ties):
            if pmid == other.pmid and (kind in _UPDATES or kind in _OTHER_TIES):
                return kind
    return None


def _block(first: Likeness, second: Likeness, tied: str | None, offer: str) -> str | None:
    if tied in _OTHER_TIES:
        return f"PubMed ties them as {_OTHER_TIES[tied]} and original ({tied})"
    if tied in _UPDATES and offer == "merge":
        return f"PubMed says that one is the update of the other ({tied})"
    for one, other in ((first, second), (second, first)):
        if more := one.kinds - other.kinds:
            return f"only one is a {min(more)}" if min(more)[0] not in "aeiou" else f"only one is an {min(more)}"
    return _block_by_numbers(first, second)


def _block_by_numbers(first: Likeness, second: Likeness) -> str | None:
    """Titles in another language are not read for numbers: the first title of each is the one in use."""
    if not first.titles or not second.titles:
        return None
    one, other = first.titles[0], second.titles[0]
    if one.parts != other.parts:
        named = (", ".join(map(str, sorted(parts))) or "none" for parts in (one.parts, other.parts))
        return f"parts of a series: {' and '.join(named)}"
    ours, theirs = one.numbers - other.numbers, other.numbers - one.numbers
    if ours and theirs:
        return f"other numbers in the titles: {', '.join(sorted(ours))} and {', '.join(sorted(theirs))}"
    return None


def folded_journals(*names: str | None) -> tuple[str, ...]:
    """Names of one journal, folded, each once, without a leading article."""
    return tuple(dict.fromkeys(fold(name).removeprefix("the ") for name in names if name and fold(name)))
