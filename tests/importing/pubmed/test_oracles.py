"""All real records at hand, field by field, against two readers by other people; every difference has its reason.

A reason is a rule about the record, not a list of exceptions, and its number of
records is exact: a new kind of difference fails, and so does one that goes away.
"""

from collections import Counter
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from lxml import etree

from app.citations.draft import CitationDraft
from app.errors import UnreadableFile
from app.importing.files.opening import open_capped
from app.importing.pubmed.parser import Tally, read_records
from tests.importing.pubmed import entrez_words, oracles, parser_words

pytestmark = pytest.mark.shared

DOCS = Path(__file__).parents[3] / "docs" / "pubmed-parsing.md"
FORMULA = "{http://www.w3.org/1998/Math/MathML}math"


class Reason(NamedTuple):
    """Why a field may differ, when it does so, and in how many records it did."""

    field: str
    why: str
    holds: Callable[[etree._Element, Any, Any], bool]
    records: int


def _has(path: str) -> Callable[[etree._Element, Any, Any], bool]:
    return lambda record, _ours, _theirs: record.find(path) is not None


def _only_lacks_empty_keywords(_record: etree._Element, ours: Any, theirs: Any) -> bool:
    return bool(ours == [word for word in theirs if word[0]])


def _only_lacks_controls(_record: etree._Element, ours: Any, theirs: Any) -> bool:
    return bool(ours == "".join(character for character in theirs if not "\x7f" <= character <= "\x9f"))


def _only_lacks_zeros(_record: etree._Element, ours: Any, theirs: Any) -> bool:
    return bool(ours == [date.replace("-00", "") for date in theirs])


def _only_lacks_the_version(_record: etree._Element, ours: Any, theirs: Any) -> bool:
    return bool({number.split(".")[0] for number in theirs - ours} <= ours < theirs | ours)


def _is_the_same_day(_record: etree._Element, ours: Any, theirs: Any) -> bool:
    return bool(ours == "-".join(part.zfill(2) for part in theirs.split("-")))


def _has_nested_markup(path: str) -> Callable[[etree._Element, Any, Any], bool]:
    def holds(record: etree._Element, _ours: Any, _theirs: Any) -> bool:
        return any(len(child) for text in record.iter(path) for child in text)

    return holds


def _has_old_addresses(record: etree._Element, ours: Any, theirs: Any) -> bool:
    rest_agrees = [one[:4] for one in ours] == [one[:4] for one in theirs]
    return rest_agrees and any(a.getparent().tag in {"Author", "Article"} for a in record.iter("Affiliation"))


def _ends_with_a_pii(record: etree._Element, _ours: Any, theirs: Any) -> bool:
    return theirs == "" and record.findall(".//ELocationID")[-1].get("EIdType") == "pii"


ENTREZ = [
    Reason("keywords", "Bio.Entrez keeps empty keywords", _only_lacks_empty_keywords, 3),
    Reason("texts", "Bio.Entrez keeps a formula's layout", _has(f".//{FORMULA}"), 2),
    Reason("title", "Bio.Entrez keeps control characters", _only_lacks_controls, 1),
    Reason("identifiers", "Bio.Entrez keeps the version of a PMCID", _only_lacks_the_version, 1),
    Reason("history", "Bio.Entrez keeps month and day 0", _only_lacks_zeros, 4),
    Reason(
        "authors", "Bio.Entrez gives a book's authors with the book", _has(".//Book/AuthorList[@Type='authors']"), 1
    ),
    Reason("revised", "Bio.Entrez keeps dates without leading zeros", _is_the_same_day, 1),
]

PUBMED_PARSER = [
    Reason("title", "pubmed_parser loses markup inside markup", _has_nested_markup("ArticleTitle"), 3),
    Reason("abstract", "pubmed_parser loses markup inside markup", _has_nested_markup("AbstractText"), 5),
    Reason("authors", "pubmed_parser does not read addresses of before 2015", _has_old_addresses, 115),
    Reason("authors", "pubmed_parser does not read given names of before 2003", _has(".//Author/FirstName"), 1),
    Reason("doi", "pubmed_parser lets a pii hide the DOI", _ends_with_a_pii, 14),
]


class Pair(NamedTuple):
    record: etree._Element
    draft: CitationDraft


@lru_cache(maxsize=1)
def _pairs(shared: Path) -> list[Pair]:
    pairs = []
    for path in oracles.files(shared):
        pairs += [Pair(*pair) for pair in zip(oracles.elements(path), oracles.drafts(path), strict=True)]
    return pairs


def _differences(rows: list[tuple[Pair, dict[str, Any], dict[str, Any]]], reasons: list[Reason]) -> Counter[str]:
    """Count what differs by its reason; what has none is named by its field and record."""
    found: Counter[str] = Counter()
    for pair, ours, theirs in rows:
        assert ours.keys() == theirs.keys()
        for field in ours:
            if ours[field] == theirs[field]:
                continue
            known = [
                f"{field}: {reason.why}"
                for reason in reasons
                if reason.field == field and reason.holds(pair.record, ours[field], theirs[field])
            ]
            found[known[0] if known else f"{field} of {pair.draft.pmid}: {ours[field]!r} != {theirs[field]!r}"] += 1
    return found


def _expected(reasons: list[Reason]) -> dict[str, int]:
    return {f"{reason.field}: {reason.why}": reason.records for reason in reasons}


def test_every_record_at_hand_says_what_bio_entrez_reads_in_it(shared_files: Path) -> None:
    pairs = [pair for pair in _pairs(shared_files) if not oracles.has_old_shape(pair.record)]
    pairs.sort(key=lambda pair: pair.record.tag != "PubmedArticle")  # Bio.Entrez gives books apart
    answers = oracles.read_with_entrez([pair.record for pair in pairs])
    rows = [
        (pair, entrez_words.our_words(pair.draft), entrez_words.their_words(answer))
        for pair, answer in zip(pairs, answers, strict=True)
    ]

    assert 955 == len(rows)
    assert _expected(ENTREZ) == _differences(rows, ENTREZ)


def test_every_article_at_hand_says_what_pubmed_parser_reads_in_it(shared_files: Path) -> None:
    pairs = [pair for pair in _pairs(shared_files) if pair.record.tag == "PubmedArticle"]
    answers = oracles.read_with_pubmed_parser([pair.record for pair in pairs])
    rows = [
        (pair, parser_words.our_words(pair.draft), parser_words.their_words(answer))
        for pair, answer in zip(pairs, answers, strict=True)
    ]

    assert 1067 == len(rows)
    assert _expected(PUBMED_PARSER) == _differences(rows, PUBMED_PARSER)


def test_no_element_of_the_records_at_hand_is_unknown_and_few_lack_a_title(shared_files: Path) -> None:
    tally = oracles.tally(shared_files)

    assert not tally.unknown
    assert (1072, 0, 7, 7) == (tally.records, tally.rejected, tally.deleted, tally.without_title)


def test_recorded_answers_of_the_service_are_read_without_a_rest_or_refused_in_plain_words(shared_files: Path) -> None:
    outcomes: Counter[str] = Counter()
    for path in sorted((shared_files / "data" / "eutils").glob("efetch_*.xml")):
        counted = Tally()
        try:
            records = list(read_records(open_capped(path, max_bytes=1 << 30), counted))
        except UnreadableFile as refused:
            outcomes[refused.message] += 1
        else:
            outcomes["records"] += len(records)
        assert not counted.unknown

    foreign = [message for message in outcomes if "which is no set of PubMed records" in message]
    errors = [message for message in outcomes if "an error message of NCBI" in message]
    assert (3, 1, 5) == (len(foreign), len(errors), len(outcomes))
    assert 27 == outcomes["records"]


def test_the_documentation_gives_every_reason_for_a_difference() -> None:
    text = " ".join(DOCS.read_text(encoding="utf-8").split())

    assert [] == [reason.why for reason in ENTREZ + PUBMED_PARSER if reason.why not in text]
