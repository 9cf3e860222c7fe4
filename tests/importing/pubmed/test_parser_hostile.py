"""Files that are broken, foreign or hostile: refused in plain words, at bounded cost, after the records before the fault."""

import gzip
import re
import resource
import subprocess
import sys
from collections.abc import Iterator
from io import BytesIO, RawIOBase
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.citations.draft import CitationDraft
from app.errors import UnreadableFile
from app.importing.files.opening import open_capped
from app.importing.pubmed.feed import DELETIONS, RECORDS, SETS
from app.importing.pubmed.parser import Tally, read_records
from tests.importing.pubmed.records import FIXTURES, article, article_set, read

BOMB = (
    '<!DOCTYPE PubmedArticleSet [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>' + article_set(article("<ArticleTitle>&c;</ArticleTitle>"))
)
OUTSIDE = '<!DOCTYPE PubmedArticleSet [<!ENTITY x SYSTEM "file:///etc/hostname">]>' + article_set(article())
PARAMETER = '<!DOCTYPE PubmedArticleSet [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x.dtd">]>' + article_set(article())


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b" \n ", "is empty"),
        (b"PMID- 1\nTI  - A title", "is not XML"),
        (b'{"error":"API rate limit exceeded"}', "is not XML"),
        (b"<!DOCTYPE html>\n<html><body><p>Sorry<br></body></html>", "is a web page"),
        (b"<html><head/></html>", "is a web page"),
        (b"<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'/>", "is a web page"),
        (b"<eFetchResult><ERROR>ID list is empty!</ERROR></eFetchResult>", "'ID list is empty!'"),
        (b"<pmc-articleset><article/></pmc-articleset>", "begins with <pmc-articleset>"),
        (BOMB.encode(), "declares an entity"),
        (OUTSIDE.encode(), "declares an entity"),
        (PARAMETER.encode(), "declares an entity"),
        (b"<PubmedArticleSet>" + b"<a>" * 300, "nested deeper"),
        (article_set("<PubmedArticle><PMID></PubmedArticle>").encode(), "not well-formed XML at line 1"),
        (article_set(article()).encode() + b"trailing", "goes on after its end"),
        (article_set(article()).encode() + b"<PubmedArticleSet/>", "goes on after its end"),
        (article_set(article("\x0b")).encode(), "control character"),
        (article_set(article("\x00")).encode(), "control character"),
        (article_set(article("&#0;")).encode(), "control character"),
        (article_set(article("&nowhere;")).encode(), "undeclared entity"),
        (b"<?xml version='1.0' encoding='utf-8'?>" + article_set(article("caf\xe9")).encode("latin-1"), "encoding"),
        (b"<?xml version='1.0' encoding='us-ascii'?>" + article_set(article("é")).encode(), "encoding"),
        (b"<?xml version='1.0' encoding='x-none'?>" + article_set(article()).encode(), "encoding"),
        (article_set(article("x" * 10_500_000)).encode(), "a text longer than"),
        (
            b"<!--" + b"x" * 1_500_000 + b"-->" + article_set(article()).encode(),
            "no root element in its first megabyte",
        ),
    ],
)
def test_a_file_that_is_not_pubmeds_is_refused_in_plain_words(content: bytes, says: str) -> None:
    with pytest.raises(UnreadableFile) as refused:
        read(content)

    assert says in refused.value.message
    assert len(refused.value.message) < 500


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1", "windows-1252"])
def test_a_declared_encoding_is_honoured(encoding: str) -> None:
    declared = encoding.removesuffix("-sig")
    content = f"<?xml version='1.0' encoding='{declared}'?>" + article_set(article("<ArticleTitle>é</ArticleTitle>"))
    (draft,) = read(content.encode(encoding))

    assert "é" == getattr(draft, "title", None)


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD of 2006//EN" "http://127.0.0.1:9/pubmed_060101.dtd">',
        '<!DOCTYPE PubmedArticleSet SYSTEM "https://127.0.0.1:9/pubmed_250101.dtd">',
        "<!DOCTYPE PubmedArticleSet []>",
        "",
    ],
)
def test_a_doctype_of_any_year_or_none_is_accepted_and_never_fetched(doctype: str) -> None:
    assert 1 == len(read(doctype + article_set(article())))


def test_records_before_the_fault_come_first_and_the_fault_names_its_line() -> None:
    whole = article_set(*(f"\n{article()}" for _ in range(3)))
    cut = whole[: whole.rindex("<MedlineCitation>") + 30].encode()
    records = read_records(BytesIO(cut), Tally())

    assert isinstance(next(records), CitationDraft)
    assert isinstance(next(records), CitationDraft)
    with pytest.raises(UnreadableFile, match=r"ends in the middle of a record.* at line 4"):
        next(records)


def test_every_way_of_cutting_a_file_short_is_noticed() -> None:
    content = (FIXTURES / "modern.xml").read_bytes().rstrip()
    for length in range(0, len(content), 97):
        with pytest.raises(UnreadableFile):
            read(content[:length])


def test_a_packed_file_cut_short_or_too_large_is_refused_while_it_is_read() -> None:
    packed = gzip.compress(article_set(*(article() for _ in range(3000))).encode())
    with pytest.raises(UnreadableFile, match="ends before its gzip packing does"):
        list(read_records(open_capped(packed[:-9], max_bytes=1 << 20), Tally()))
    with pytest.raises(UnreadableFile, match="more than 100,000 bytes"):
        list(read_records(open_capped(packed, max_bytes=100_000), Tally()))
    with (
        pytest.raises(UnreadableFile, match="packing is broken or cut short"),
        gzip.open(BytesIO(packed[:-9])) as stream,
    ):
        list(read_records(stream, Tally()))  # type: ignore[arg-type]  # a GzipFile reads like any binary stream


class _Endless(RawIOBase):
    """A stream that begins with ``head`` and then repeats ``body`` ``times`` times; it never stands in memory whole."""

    def __init__(self, head: bytes, body: bytes, times: int) -> None:
        self._pieces: Iterator[bytes] = iter([head, *([body] * times)])

    def read(self, _size: int = -1) -> bytes:
        return next(self._pieces, b"")


@pytest.mark.parametrize("body", [b"<x/>", b"<x>t</x>"])
def test_a_flood_of_elements_inside_one_record_is_refused(body: bytes) -> None:
    stream = _Endless(b"<PubmedArticleSet><PubmedArticle>", body * 10_000, 200)
    with pytest.raises(UnreadableFile, match="larger than any record of PubMed"):
        list(read_records(stream, Tally()))  # type: ignore[arg-type]  # only read() is asked for


def test_one_record_that_never_ends_is_refused() -> None:
    text = b"<x>" + b"y" * 1_000_000 + b"</x>"
    with pytest.raises(UnreadableFile, match="larger than any record of PubMed"):
        list(read_records(_Endless(b"<PubmedArticleSet><PubmedArticle>", text, 80), Tally()))  # type: ignore[arg-type]  # only read() is asked for


FLOOD = """
import resource, sys
from io import BytesIO
from app.importing.pubmed.feed import DELETIONS, RECORDS, SETS
from app.importing.pubmed.parser import Tally, read_records
class Flood:
    def __init__(self): self.left = 100
    def read(self, size):
        self.left -= 1
        if self.left == 99: return b"<PubmedArticleSet>"
        return b"<x/>" * 10_000 if self.left > 0 else b"</PubmedArticleSet>" if self.left == 0 else b""
list(read_records(BytesIO(b"<PubmedArticle/>"), Tally()))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
tally = Tally()
list(read_records(Flood(), tally))
print(tally.unknown["x"], resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_a_million_empty_siblings_take_no_memory() -> None:
    answer = subprocess.run(  # a process of its own, because memory is measured at its peak
        [sys.executable, "-c", FLOOD], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[3]
    )
    counted, kilobytes = map(int, answer.stdout.split())

    assert 980_000 == counted
    assert kilobytes < 18_000, resource.getpagesize()


def test_invented_element_names_are_not_counted_apart_for_ever() -> None:
    tally = Tally()
    read(article_set(*(f"<x{number}/>" for number in range(2000))), tally)

    assert 501 == len(tally.unknown)
    assert 2000 == tally.unknown.total()


PIECES = (FIXTURES / "modern.xml").read_text(encoding="utf-8")


@given(st.data())
def test_whatever_is_cut_out_of_a_record_the_answer_is_a_record_a_rejection_or_a_refusal(data: st.DataObject) -> None:
    start = data.draw(st.integers(300, len(PIECES) - 2))
    end = data.draw(st.integers(start, min(start + 400, len(PIECES))))
    try:
        records = read(PIECES[:start] + PIECES[end:])
    except UnreadableFile:
        return
    else:
        assert len(records) <= 3


TAGS = sorted({*re.findall(r"<([A-Za-z]+)", PIECES), "MedlineDate", "FirstName", "Season"} - RECORDS - DELETIONS - SETS)
ELEMENTS = st.recursive(
    st.sampled_from(["", "text", " "]),
    lambda inner: st.builds(
        lambda tag, attribute, parts: f"<{tag}{attribute}>{''.join(parts)}</{tag}>",
        st.sampled_from(TAGS),
        st.sampled_from(
            ["", " Source='ORCID'", " EIdType='doi'", " CompleteYN='N'", " Version='x'", " Type='editors'"]
        ),
        st.lists(inner, max_size=4),
    ),
    max_leaves=12,
)


@given(ELEMENTS, ELEMENTS, ELEMENTS)
def test_elements_in_any_disorder_never_break_the_reading_of_a_file(first: str, second: str, third: str) -> None:
    book = f"<PubmedBookArticle><BookDocument>{first}{second}<Book>{third}</Book></BookDocument></PubmedBookArticle>"
    records = read(article_set(article(first, citation=second, data=third), book, article()))

    assert 3 == len(records)
    assert isinstance(records[2], CitationDraft)
