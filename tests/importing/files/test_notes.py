"""Numbers that programs put into notes for want of a field: the record's own where they stand alone, nobody's in a sentence."""

import pytest

from tests.importing.files.reading_files import found

NUMBERS = "PMID: 38277146\nPMCID: PMC10818224"
NOTED = {
    "RIS": "TY  - JOUR\nTI  - Kratom\nN1  - {}\nER  - \n",
    "BibTeX": "@article{{a, title = {{Kratom}}, note = {{{}}}}}",
    "EndNote XML": "<xml><records><record><titles><title>Kratom</title></titles><notes>{}</notes></record></records></xml>",
}


@pytest.mark.parametrize("name", NOTED)
@pytest.mark.parametrize("note", [NUMBERS, NUMBERS.replace("\n", "; "), f"read in May\n{NUMBERS}."])
def test_numbers_that_stand_alone_are_the_record_s(name: str, note: str) -> None:
    draft = found(NOTED[name].format(note)).one

    assert [("pmid", "38277146"), ("pmcid", "PMC10818224")] == [(each.scheme, each.value) for each in draft.identifiers]
    assert [] == [text for values in draft.extras.values() for text in values if "PM" in text]


def test_numbers_that_stand_alone_in_csl_are_the_record_s() -> None:
    read = found('[{"type": "article-journal", "title": "Kratom", "note": "PMID: 38277146\\nPMCID: PMC10818224"}]')

    assert ([("pmid", "38277146"), ("pmcid", "PMC10818224")], {}) == (read.ids(), read.one.extras)


@pytest.mark.parametrize("name", NOTED)
@pytest.mark.parametrize("note", ["Comment on PMID: 7", "PMID: 7 is what it answers", "PMID: unknown"])
def test_numbers_within_a_sentence_identify_nothing(name: str, note: str) -> None:
    read = found(NOTED[name].format(note))

    assert [] == read.ids()
    assert [note] in read.one.extras.values()


def test_a_number_in_a_note_does_not_stand_against_the_record_s_own() -> None:
    read = found("TY  - JOUR\nTI  - Kratom\nN1  - PMID: 7\nAN  - 38277146\nDB  - PubMed\nER  - \n")

    assert ([("pmid", "38277146")], {"N1": ["PMID: 7"]}) == (read.ids(), read.one.extras)
