"""nbib and Web of Science's tagged text: PubMed's own fields under other names, and the records of a database beside it."""

from app.citations.draft import Author, CorrectionLink, Grant, MeshHeading, Qualifier
from tests.importing.files.reading_files import found

NBIB = """
PMID- 30000001
OWN - NLM
STAT- MEDLINE
LR  - 20240102
IS  - 1234-5678 (Electronic)
IS  - 1234-0000 (Linking)
VI  - 14
DP  - 2019 Jan 11
TI  - Kratom and sleep among people who use it regularly, a survey with a title
      over two lines.
PG  - 123-30
LID - 10.1000/kratom [doi]
AB  - People slept badly
      after stopping.
FAU - Smith, Kirsten Elin
AU  - Smith KE
AD  - One Institute, Kuala Lumpur.
AD  - Another Institute.
AUID- ORCID: https://orcid.org/0000-0002-1825-0097
FAU - Plato
AU  - Plato
CN  - The Kratom Group
LA  - eng
GR  - R01 DA000001/DA/NIDA NIH HHS/United States
PT  - Journal Article
DEP - 20190109
TA  - J Sleep
JT  - The journal of sleep
JID - 101285081
MH  - *Mitragyna/adverse effects
MH  - Sleep/*drug effects
OT  - kratom
COIS- None.
EIN - J Sleep. 2020;1:1. PMID: 31000001
CRDT- 2019/01/29 06:00
PHST- 2018/06/12 00:00 [received]
AID - 10.1000/kratom [doi]
AID - S1 [pii]
PMC - PMC123456
ZZZ - unheard of

PMID- 30000002
TI  - Another
"""


def test_a_record_of_pubmed_keeps_what_the_format_holds() -> None:
    read = found(NBIB)
    draft = read.records[0]

    assert ("nbib", "MEDLINE", "2019-01-11", "2019-01-09") == (
        draft.source, draft.indexing_status, draft.issued_on, draft.electronic_on,
    )  # fmt: skip
    assert [("pmid", "30000001"), ("pmcid", "PMC123456"), ("doi", "10.1000/kratom"), ("pii", "S1")] == read.ids()
    first = Author(
        family="Smith", given="Kirsten Elin", initials="KE", orcid="0000-0002-1825-0097",
        affiliations=("One Institute, Kuala Lumpur.", "Another Institute."),
    )  # fmt: skip
    assert (first, Author(family="Plato"), Author(collective="The Kratom Group")) == draft.authors
    mesh = (
        MeshHeading("Mitragyna", major=True, qualifiers=(Qualifier("adverse effects"),)),
        MeshHeading("Sleep", qualifiers=(Qualifier("drug effects", major=True),)),
    )
    assert mesh == draft.mesh_headings
    assert (Grant("R01 DA000001", "DA", "NIDA NIH HHS", "United States"),) == draft.grants
    assert (CorrectionLink("ErratumIn", "31000001", "J Sleep. 2020;1:1. PMID: 31000001"),) == draft.corrections
    assert "People slept badly after stopping." == draft.texts[0].text
    assert draft.journal is not None
    assert ("1234-0000", "1234-5678", "Electronic") == (
        draft.journal.issn_l, draft.journal.issn, draft.journal.issn_type,
    )  # fmt: skip
    assert ["2018/06/12 00:00 [received]"] == draft.extras["PHST"]
    assert ({"ZZZ": 1}, "Another") == (read.unknown, read.records[1].title)


def test_records_are_parted_by_their_pmid_where_the_empty_line_is_missing() -> None:
    read = found("PMID- 1\nTI  - One\nPMID- 2\nTI  - Two\n")

    assert ["One", "Two"] == [each.title for each in read.records]


SCIENCE = """FN Clarivate Analytics Web of Science
VR 1.0
PT J
AU Parkes-Loach, PS
   Law, CJ
AF Parkes-Loach, Pamela S.
   Law, Christopher J.
TI Interactions of kratom
   with sleep
SO BIOCHEMISTRY
LA English
DE kratom; sleep
ID MITRAGYNINE; IN-VITRO
AB A text.
CR ALLEN JP, 1986, P NATL ACAD SCI USA
   BARRICK D, 1994, BIOCHEMISTRY-US
NR 2
SN 0006-2960
JI Biochemistry
PD JUN 8
PY 2004
VL 43
IS 22
BP 7003
EP 7016
DI 10.1000/bi049798f
UT WOS:000221807500019
PM 15170338
DA 2019-03-18
ER

PT J
TI Without an end
QQ strange
EF
"""


def test_web_of_science_in_tagged_text() -> None:
    read = found(SCIENCE)
    draft = read.records[0]

    assert ("Interactions of kratom with sleep", "2004-06-08", "7003-7016") == (
        draft.title, draft.issued_on, draft.pages,
    )  # fmt: skip
    assert [("pmid", "15170338"), ("doi", "10.1000/bi049798f"), ("wos", "000221807500019")] == read.ids()
    assert ["Pamela S.", "Christopher J."] == [each.given for each in draft.authors]
    assert ["kratom", "sleep", "MITRAGYNINE", "IN-VITRO"] == [each.text for each in draft.keywords]
    assert "CR" not in draft.extras
    assert ({"QQ": 1}, 2) == (read.unknown, len(read.records))
