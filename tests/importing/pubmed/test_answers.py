import gzip
import io
import json
import random
from pathlib import Path

import pytest

from app.importing.pubmed.answers import (
    ARTICLE_ROOTS,
    SEARCH_ROOTS,
    Fault,
    FaultFound,
    SearchPage,
    check_whole,
    error_text,
    inflated,
    read_search_page,
    root_name,
    status_fault,
)

WHOLE = b"""<?xml version="1.0" ?>
<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle, 1st January 2019//EN" "https://dtd.nlm.nih.gov/x.dtd">
<PubmedArticleSet><PubmedArticle>...</PubmedArticle></PubmedArticleSet>
"""

SEARCH = """<?xml version="1.0" encoding="UTF-8" ?>
<!DOCTYPE eSearchResult PUBLIC "-//NLM//DTD esearch 20060628//EN" "https://eutils.ncbi.nlm.nih.gov/eutils/dtd/x.dtd">
<eSearchResult><Count>264</Count><RetMax>2</RetMax><RetStart>0</RetStart><IdList>
<Id>30153686</Id>
<Id>29915538</Id>
</IdList><TranslationSet/><QueryTranslation>J[au]  AND
 x</QueryTranslation>{}</eSearchResult>"""


def fault_in(body: bytes, *, roots: frozenset[str] = ARTICLE_ROOTS) -> Fault | None:
    try:
        check_whole(io.BytesIO(body), roots=roots)
    except FaultFound as found:
        return found.fault
    return None


# Whole or not


@pytest.mark.parametrize(
    "body",
    [
        WHOLE,
        WHOLE.rstrip(),
        b"\xef\xbb\xbf" + WHOLE,
        b"\n\n<!-- cached -->" + WHOLE.partition(b"?>")[2],
        b"<PubmedArticleSet></PubmedArticleSet>",
        b"<PubmedArticleSet/>",
        b"<PubmedBookArticleSet>...</PubmedBookArticleSet>",
        b"<MedlineCitationSet>...</MedlineCitationSet>",
        b'<PubmedArticleSet><AbstractText>&lt;ERROR&gt; Search Backend failed, "error": "1"</AbstractText></PubmedArticleSet>',
    ],
)
def test_a_whole_document_passes_and_is_left_at_its_beginning(body: bytes) -> None:
    file = io.BytesIO(body)
    check_whole(file, roots=ARTICLE_ROOTS)

    assert 0 == file.tell()


@pytest.mark.parametrize("length", range(0, len(WHOLE.rstrip()), 7))
def test_no_beginning_of_a_document_passes_for_the_whole(length: int) -> None:
    fault = fault_in(WHOLE[:length])

    assert fault is not None
    assert fault.transient


@pytest.mark.parametrize(
    ("body", "reason", "transient"),
    [
        (b"", "the answer is empty", True),
        (b"<html><body>busy</body></html>", "it sent an HTML page in place of data", True),
        (b"<!doctype HTML>\n<HTML></HTML>", "it sent an HTML page in place of data", True),
        (b"<GBSet></GBSet>", "it sent a document of another kind, <GBSet>", True),
        (b"30049270", "it sent something other than XML: 30049270", True),
        (b"<!-- never ends", "it sent something other than XML: <!-- never ends", True),
        (b'{"error":"error forwarding request"}', "it reported an error: error forwarding request", True),
        (b"<a><ERROR>Unable to obtain query #1</ERROR></a>", "it reported an error: Unable to obtain query #1", True),
        (b"<eFetchResult><ERROR></ERROR></eFetchResult>", "it reported an error: an error without a text", True),
        (b"<a><ERROR>Id parameter is empty.</ERROR></a>", "it reported an error: Id parameter is empty.", False),
        (b"Search Backend failed: no pubmed", "it reported an error: Search Backend failed: no pubmed", True),
        (b"<PubmedArticleSet>" + b" " * 200_000 + b"<ERROR>late</ERROR></PubmedArticleSet>", "it reported an error: late", True),
        (b"<PubmedArticleSet>" + b" " * 65514 + b"<ERROR>split</ERROR></PubmedArticleSet>", "it reported an error: split", True),
    ],
)  # fmt: skip
def test_a_body_without_data_is_known_by_its_shape(body: bytes, reason: str, transient: bool) -> None:
    assert Fault(reason, transient=transient) == fault_in(body)


def test_an_answer_to_a_search_is_not_an_answer_to_a_fetch() -> None:
    assert None is fault_in(SEARCH.encode(), roots=SEARCH_ROOTS)
    assert None is not fault_in(SEARCH.encode(), roots=ARTICLE_ROOTS)


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"<a>", "a"),
        (b'<?xml version="1.0"?><?xml-stylesheet x?><!-- > --><!DOCTYPE b PUBLIC "c" "d">\n<b x="1">', "b"),
        (b"", None),
        (b"plain", None),
        (b"<1>", None),
        (b"<?" * 5000, None),
        (b"<!-->" * 3000, None),
    ],
)
def test_the_first_element_is_found_past_what_precedes_it(head: bytes, name: str | None) -> None:
    assert name == root_name(head)


# What a status means


@pytest.mark.parametrize(
    ("status", "body", "transient", "everywhere"),
    [
        (429, b'{"error":"API rate limit exceeded","api-key":"157.131.198.215","count":"5","limit":"3"}', True, False),
        (500, b"<html></html>", True, False),
        (502, b"", True, False),
        (408, b"", True, False),
        (400, b"<ERROR>proxy_stream(): <html><h1>502 Bad Gateway</h1>", True, False),
        (400, b"<ERROR>Failed to connect to PubOne service</ERROR>", True, False),
        (400, b"<ERROR>ID list is empty! Possibly it has no correct IDs.</ERROR>", False, False),
        (400, b"<ERROR>Cannot retrieve history data: OUT OF RANGE.</ERROR>", False, False),
        (400, b'{"error":"API key invalid","api-key":"abc","type":"invalid"}', False, True),
        (400, b"", False, False),
        (403, b"", False, True),
        (404, b"", False, True),
        (414, b"", False, False),
        (301, b"", False, True),
        (299, b"", False, False),
    ],
)
def test_a_status_is_judged_with_its_body(status: int, body: bytes, transient: bool, everywhere: bool) -> None:
    fault = status_fault(status, body)

    assert (transient, everywhere) == (fault.transient, fault.everywhere)


def test_the_callers_address_in_a_429_is_not_repeated() -> None:
    fault = status_fault(429, b'{"error":"API rate limit exceeded","api-key":"157.131.198.215"}', retry_after_s=2)

    assert Fault("it asks for fewer requests (429)", retry_after_s=2) == fault


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"<eFetchResult>\n\t<ERROR>cut of", "cut of"),
        (b"<ERROR><html><title>502</title>relayed</html></ERROR>", "502 relayed"),
        (b'{"result":{"ERROR":"Backend failed:\n\'retstart\' cannot"}}', "Backend failed: 'retstart' cannot"),
        (b'{"error":"x\xff\x00\x1b[31my"}', "x� [31my"),
        (b"<ERROR>" + b"long " * 1000 + b"</ERROR>", "long " * 39 + "long…"),
        (b"<eSearchResult><ErrorList><FieldNotFound>x</FieldNotFound></ErrorList></eSearchResult>", None),
        (WHOLE, None),
    ],
)  # fmt: skip
def test_the_text_of_an_error_is_one_short_plain_line(body: bytes, text: str | None) -> None:
    assert text == error_text(body)


# Inflation


@pytest.mark.parametrize("size", [1, 7, 64, 100_000])
def test_compressed_bodies_come_out_as_they_went_in(size: int) -> None:
    text = random.Random(1).randbytes(1_000) + b"abcdefgh" * 50_000  # noqa: S311 - test data
    packed = gzip.compress(text[:300_000]) + gzip.compress(text[300_000:])
    chunks = [packed[at : at + size] for at in range(0, len(packed), size)]

    assert text == b"".join(inflated(chunks, encoding="gzip", cap=len(text)))


@pytest.mark.parametrize("encoding", ["", "identity"])
def test_plain_bodies_pass_under_the_same_cap(encoding: str) -> None:
    assert b"abcd" == b"".join(inflated([b"ab", b"cd"], encoding=encoding, cap=4))
    with pytest.raises(FaultFound, match="larger than 3 bytes"):
        list(inflated([b"ab", b"cd"], encoding=encoding, cap=3))


@pytest.mark.parametrize("cut", [1, 8, 9, 500])
def test_an_unfinished_compressed_body_is_a_fault(cut: int) -> None:
    packed = gzip.compress(random.Random(2).randbytes(2_000))  # noqa: S311 - test data

    with pytest.raises(FaultFound, match="cut off"):
        list(inflated([packed[:-cut]], encoding="gzip", cap=10_000))


# Search answers


def test_a_search_page_is_read_with_its_count_ids_and_translation() -> None:
    page = read_search_page(SEARCH.format("").encode())

    assert SearchPage(264, ("30153686", "29915538"), "J[au] AND x", ()) == page


def test_every_entry_of_the_lists_becomes_a_sentence() -> None:
    lists = (
        "<ErrorList><PhraseNotFound>a</PhraseNotFound><PhraseNotFound>b {}</PhraseNotFound></ErrorList>"
        "<WarningList><OutputMessage>No items found</OutputMessage><NewKind>c</NewKind></WarningList>"
    )
    page = read_search_page(SEARCH.replace("{}", lists).encode())

    assert (
        "PubMed does not know the phrase “a” and searched without it.",
        "PubMed does not know the phrase “b {}” and searched without it.",
        "PubMed says: No items found.",
        "PubMed warns (NewKind): c.",
    ) == page.warnings


@pytest.mark.parametrize(
    "document",
    [
        b"<eSearchResult><Count>1</eSearchResult>",
        b"<eSearchResult></eSearchResult>",
        b"<eSearchResult><Count>-1</Count></eSearchResult>",
        b"<eSearchResult><Count>1</Count><IdList><Id>PMC12</Id></IdList></eSearchResult>",
        b"<eSearchResult><Count>" + b"9" * 5_000 + b"</Count></eSearchResult>",
        b"\xff\xfe",
    ],
)
def test_an_unusable_search_page_is_a_fault(document: bytes) -> None:
    with pytest.raises(FaultFound):
        read_search_page(document)


# Recorded and quoted answers


@pytest.mark.shared
def test_recorded_answers_are_whole_or_known_faults(shared_files: Path) -> None:
    folder = shared_files / "data" / "eutils"
    entries = json.loads((folder / "INDEX.json").read_text())
    judged = {
        entry["file"]: fault_in((folder / entry["file"]).read_bytes(), roots=ARTICLE_ROOTS | SEARCH_ROOTS)
        for entry in entries
        if entry["params"].get("db") == "pubmed" or entry["status"] is None
    }
    faults = {name: fault.reason for name, fault in judged.items() if fault}

    assert {
        "efetch_200_c2cab520.txt": "the answer is empty",
        "efetch_200_d56ce97e.xml": "it reported an error: Supplied id parameter is empty.",
        "efetch_200_f937315f.txt": faults["efetch_200_f937315f.txt"],
        "esummary_None_80e6d6df.xml": "it sent an HTML page in place of data",
        "esummary_None_cc6f65f5.json": faults["esummary_None_cc6f65f5.json"],
    } == faults
    assert faults["efetch_200_f937315f.txt"].startswith("it sent something other than XML: PMID- 27899646 OWN - NLM")
    assert faults["esummary_None_cc6f65f5.json"].startswith("it sent something other than XML: {")
    assert len(judged) > 35


@pytest.mark.shared
def test_recorded_searches_list_as_many_ids_as_they_announce(shared_files: Path) -> None:
    for path in sorted((shared_files / "data" / "eutils").glob("esearch_200_*.xml")):
        page = read_search_page(path.read_bytes())

        assert page.count == len(set(page.pmids)), path.name
        assert page.translation, path.name


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "transient"),
    [
        ("esearch_429_rate_limit.json", True),
        ("efetch_400_out_of_range.xml", False),
        ("efetch_400_id_list_empty.xml", False),
    ],
)
def test_quoted_refusals_are_judged(shared_files: Path, name: str, transient: bool) -> None:
    body = (shared_files / "data" / "eutils" / "quoted" / name).read_bytes()

    assert transient == status_fault(int(name.split("_")[1]), body).transient


@pytest.mark.shared
def test_quoted_answers_are_judged(shared_files: Path) -> None:
    folder = shared_files / "data" / "eutils" / "quoted"
    ceiling = fault_in((folder / "esearch_200_retstart9999_invalid_json.txt").read_bytes(), roots=SEARCH_ROOTS)
    page = read_search_page((folder / "esearch_200_phrase_not_found.xml").read_bytes())

    assert ceiling is not None
    assert not ceiling.transient
    assert None is fault_in((folder / "efetch_200_unknown_pmid_empty_set.xml").read_bytes())
    assert ("PubMed does not know the phrase “Charles-rawlins” and searched without it.",) == page.warnings
