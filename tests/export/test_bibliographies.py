"""RIS, BibTeX and CSL-JSON say what a reference is, each in its own words."""

from collections.abc import Callable
from typing import Any

import pytest

from app.export import bibtex, csl, particulars, ris
from app.export.particulars import Pages
from app.export.references import Person, Reference
from tests.export import reading_back
from tests.export.payloads import a_reference


def in_ris(reference: Reference) -> dict[str, list[str]]:
    return reading_back.ris(ris.record(reference))[0]


def in_bibtex(reference: Reference) -> dict[str, str]:
    return reading_back.bibtex(bibtex.entry(reference))[0]


def test_an_article_in_ris() -> None:
    expected = {
        "TY": ["JOUR"], "ID": ["R7"], "AU": ["Smith, Kirsten Elin", "Rogers, J. M."], "TI": ["Kratom and sleep: a survey"],
        "T2": ["The Journal of Sleep"], "J2": ["J Sleep"], "PY": ["2021"], "DA": ["2021/05/04/"], "VL": ["12"], "IS": ["3"],
        "SP": ["123"], "EP": ["130"], "SN": ["1234-5678"], "DO": ["10.1001/x.2023.53401"], "AN": ["38277146"],
        "DB": ["PubMed"], "C2": ["PMC10818224"], "UR": ["https://doi.org/10.1001/x.2023.53401"], "LA": ["eng"],
        "KW": ["Mitragyna", "sleep"],
    }  # fmt: skip
    reference = a_reference(mesh_headings=["*Mitragyna/adverse effects"], keywords=["sleep"])

    assert expected == in_ris(reference)
    assert ris.record(reference).endswith("ER  - \r\n\r\n")


def test_an_article_in_bibtex() -> None:
    expected = {
        "ENTRYTYPE": "article", "ID": "kratom-R7", "author": "Smith, Kirsten Elin and Rogers, J. M.",
        "title": "{Kratom and sleep: a survey}", "journal": "The Journal of Sleep", "year": "2021", "month": "may",
        "volume": "12", "number": "3", "pages": "123--130", "issn": "1234-5678", "doi": "10.1001/x.2023.53401",
        "pmid": "38277146", "pmcid": "PMC10818224", "url": "https://doi.org/10.1001/x.2023.53401", "language": "eng",
    }  # fmt: skip

    assert expected == in_bibtex(a_reference())


def test_an_article_in_csl() -> None:
    expected: dict[str, Any] = {
        "id": "R7", "type": "article-journal", "title": "Kratom and sleep: a survey", "volume": "12", "issue": "3",
        "author": [{"family": "Smith", "given": "Kirsten Elin"}, {"family": "Rogers", "given": "J. M."}],
        "issued": {"date-parts": [[2021, 5, 4]]}, "language": "en", "container-title": "The Journal of Sleep",
        "container-title-short": "J Sleep", "page": "123-130", "ISSN": "1234-5678", "DOI": "10.1001/x.2023.53401",
        "PMID": "38277146", "PMCID": "PMC10818224", "URL": "https://doi.org/10.1001/x.2023.53401",
    }  # fmt: skip

    assert expected == csl.item(a_reference())


@pytest.mark.parametrize(("source_type", "kinds"), [
    ("journal_article", ("JOUR", "article", "article-journal")), ("preprint", ("UNPB", "misc", "article")),
    ("conference_abstract", ("ABST", "article", "article-journal")), ("trial_registration", ("ELEC", "misc", "webpage")),
    ("thesis", ("THES", "phdthesis", "thesis")), ("agency_report", ("RPRT", "techreport", "report")),
    ("book", ("BOOK", "book", "book")), ("web_page", ("ELEC", "misc", "webpage")), ("other", ("GEN", "misc", "document")),
])  # fmt: skip
def test_every_kind_of_source_has_its_type(source_type: str, kinds: tuple[str, str, str]) -> None:
    reference = a_reference(source_type=source_type)
    found = in_ris(reference)["TY"][0], in_bibtex(reference)["ENTRYTYPE"], csl.item(reference)["type"]

    assert kinds == found


def test_a_chapter_stands_in_its_book() -> None:
    chapter = a_reference(
        source_type="book", book_title="LiverTox", editors=["Hoofnagle, Jay H", "Group"], publisher="NIDDK"
    )
    book = a_reference(source_type="book", title="LiverTox", book_title="LiverTox")

    assert (["CHAP"], ["LiverTox"], ["Hoofnagle, Jay H", "Group"]) == tuple(
        in_ris(chapter)[tag] for tag in ("TY", "T2", "A2")
    )
    assert ("incollection", "LiverTox", "NIDDK") == tuple(
        in_bibtex(chapter)[name] for name in ("ENTRYTYPE", "booktitle", "publisher")
    )
    assert ("chapter", "LiverTox") == (csl.item(chapter)["type"], csl.item(chapter)["container-title"])
    assert ["BOOK"] == in_ris(book)["TY"]


def test_a_group_is_one_name_whatever_words_are_in_it() -> None:
    reference = a_reference(authors=(Person(collective="Food and Drug Administration, Malaysia"),))

    assert ["Food and Drug Administration, Malaysia"] == in_ris(reference)["AU"]
    assert "{Food and Drug Administration, Malaysia}" == in_bibtex(reference)["author"]
    assert [{"literal": "Food and Drug Administration, Malaysia"}] == csl.item(reference)["author"]


def test_a_date_is_as_partial_as_it_is_known() -> None:
    month, year = a_reference(issued_on="2021-05"), a_reference(issued_on="2021")
    none = a_reference(issued_on=None, year=None)

    assert (["2021/05//"], ["2021///"]) == (in_ris(month)["DA"], in_ris(year)["DA"])
    assert ([[2021, 5]], [[2021]]) == tuple(csl.item(each)["issued"]["date-parts"] for each in (month, year))
    assert not {"PY", "DA", "year", "month", "issued"} & {*in_ris(none), *in_bibtex(none), *csl.item(none)}


@pytest.mark.parametrize("standing", ["retracted", "withdrawn", "expression_of_concern", "corrected", "superseded"])
def test_a_report_that_no_longer_stands_says_so_in_every_format(standing: str) -> None:
    reference = a_reference(standing=standing)
    (sentence,) = particulars.warnings_of(reference)
    before = particulars.WARNINGS.get(standing, "")

    assert {sentence} == {in_ris(reference)["N1"][0], in_bibtex(reference)["note"], csl.item(reference)["note"]}
    titles = in_ris(reference)["TI"][0], in_bibtex(reference)["title"].strip("{}"), csl.item(reference)["title"]
    assert {f"{before}Kratom and sleep: a survey"} == set(titles)


def test_an_unidentified_report_is_described_by_what_is_known_of_it() -> None:
    reference = Reference(
        id=3,
        source="starter",
        source_type="conference_abstract",
        citation_text="Poster, details not seen",
        authors_complete=False,
    )
    known = "Not identified in any index; known as: Poster, details not seen."

    assert ("[Conference abstract]", known) == (in_ris(reference)["TI"][0], in_ris(reference)["N1"][1])
    assert known in in_bibtex(reference)["annote"]
    assert known in csl.item(reference)["note"]


@pytest.mark.parametrize("write", [ris.record, bibtex.entry, lambda each: str(csl.item(each))])
def test_a_list_of_authors_that_is_not_complete_says_so(write: Callable[[Reference], str]) -> None:
    assert "The list of authors is not complete here." in write(a_reference(authors_complete=False))


@pytest.mark.parametrize(("given", "pages"), [
    ("123-30", ("123", "130")), ("266-274", ("266", "274")), ("e2353401", ("e2353401", None)), ("R206-14", ("R206", "R214")),
    ("S52-S53", ("S52", "S53")), ("2134-2145.e20", ("2134", "2145.e20")), ("7S-8S", ("7S", "8S")), ("111329", ("111329", None)),
    ("81-2, 121", ("81-2, 121", None)), ("44, 46", ("44, 46", None)), ("184", ("184", None)), ("NP602-NP608", ("NP602", "NP608")),
    ("130-123", ("130-123", None)), ("e313-e314", ("e313", "e314")), ("suppl", ("suppl", None)), ("9-12", ("9", "12")),
])  # fmt: skip
def test_the_last_page_is_written_in_full(given: str, pages: tuple[str, str | None]) -> None:
    assert Pages(*pages) == particulars.pages_of(a_reference(pages=given))


def test_an_empty_set_is_an_empty_file_that_can_be_read() -> None:
    assert (b"", b"", b"[\n]\n") == (b"".join(ris.records([])), b"".join(bibtex.entries([])), b"".join(csl.items([])))


def test_a_long_bibliography_comes_in_pieces() -> None:
    for write in (ris.records, bibtex.entries, csl.items):
        assert 4 <= len(list(write(a_reference(number) for number in range(2_000))))
