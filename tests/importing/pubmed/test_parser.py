"""Whole records: every element of a modern, an old and a book record ends where the draft has a place for it."""

from app.citations.draft import (
    Author,
    Chemical,
    CitationDraft,
    CorrectionLink,
    Grant,
    Identifier,
    Journal,
    Keyword,
    MeshHeading,
    Qualifier,
    Registration,
    Term,
    TextPart,
)
from app.importing.pubmed.parser import Deleted, Rejected, Tally
from tests.importing.pubmed.records import article, article_set, draft_of, fixture, read, without_hash

MODERN = CitationDraft(
    source="pubmed",
    identifiers=(
        Identifier("pmid", "990000001"),
        Identifier("pmcid", "PMC9900001"),
        Identifier("doi", "10.5555/first(31)1<1:ai>2.0.co;2-x"),
        Identifier("pii", "7/leaf_1/a1"),
        Identifier("mid", "NIHMS000001"),
        Identifier("doi_malformed", "not a doi"),
        Identifier("doi", "10.5555/second.1"),
        Identifier("doi_invalid", "10.5555/wrong"),
        Identifier("nct", "NCT99999999"),
    ),
    version=2,
    title="Mitragyna fictiva at 10⁻³ g in CO₂ <a tale> & more.",
    original_title="La feuille inventée.",
    texts=(
        TextPart("To invent a leaf.", label="AIM", category="OBJECTIVE"),
        TextPart("It had 5-HT1A and bold veins.", label="RESULTS", category="RESULTS"),
        TextPart("No label here."),
        TextPart("Inventer une feuille.", "other_abstract", label="BUT", language="fre", maker="Publisher"),
    ),
    languages=("eng", "fre"),
    journal=Journal(
        title="Annals of Imaginary Leaves",
        abbreviation="Ann Imag Leaves",
        medline_abbreviation="Ann Imag Leaves",
        issn="0000-0019",
        issn_type="Electronic",
        issn_l="0000-0027",
        nlm_id="000000001",
        country="Nowhere",
    ),
    volume="7",
    issue="Suppl 1",
    pages="311-9",
    authors=(
        Author(
            "Leafwright",
            "Ada B",
            "AB",
            "Jr",
            orcid="0000-0002-1825-0097",
            affiliations=("Institute of Nowhere.", "School of Thin Air."),
            identifiers=(Identifier("affiliation 1 ROR", "https://ror.org/000000000"),),
            equal_contribution=True,
        ),
        Author("Mononym", orcid="0000-0002-1825-0097", valid=False),
        Author(
            "Wrong",
            initials="W",
            identifiers=(Identifier("orcid_malformed", "0000-0002-1825-0098"), Identifier("ISNI", "0000")),
        ),
        Author(collective="Leaf Study Group"),
    ),
    authors_complete=False,
    investigators=(Author("Helper", "Hal", "H"),),
    issued_on="2031-02-09",
    issued_raw="2031 Feb 9",
    electronic_on="2031-01-30",
    electronic_raw="2031 01 30",
    revised_on="2031-05-06",
    publication_types=(Term("Journal Article", "D016428"), Term("Retracted Publication", "D016441")),
    mesh_headings=(
        MeshHeading("Leaves", "D000002", qualifiers=(Qualifier("chemistry", "Q000001", major=True),)),
        MeshHeading("Nowhere", "D000003", major=True, kind="Geographic"),
    ),
    supplementary_concepts=(Term("Mitragyna fictiva", "C000001", "Organism"),),
    keywords=(
        Keyword("leaf", "NOTNLM"),
        Keyword("sleep", "NOTNLM", major=True),
        Keyword("tale", "NLM"),
    ),
    chemicals=(Chemical("Fictional Alkaloids", "D000001", "0"),),
    grants=(
        Grant("X00 IM000001", "IM", "Imaginary Fund", "Nowhere"),
        Grant(agency="Other Fund"),
    ),
    registrations=(
        Registration("ClinicalTrials.gov", "NCT99999999"),
        Registration("ClinicalTrials.gov", "NTC99999998"),
    ),
    interest_statement="AB owns the tree.",
    copyright="© 2031 Nobody.",
    corrections=(
        CorrectionLink("RetractionIn", "990000002", "Ann Imag Leaves. 2032;8:1", "for cause"),
        CorrectionLink("Cites", None, "J Fict. 2000;1:1"),
    ),
    indexing_status="MEDLINE",
    publication_status="ppublish",
    extras={
        "Owner": ["NLM"],
        "IndexingMethod": ["Curated"],
        "VersionID": ["2"],
        "VersionDate": ["2031/02/03"],
        "DateCompleted": ["2031-03-04"],
        "PubModel": ["Print-Electronic"],
        "CitedMedium": ["Internet"],
        "DataBankName": ["figshare"],
        "GrantList": ["incomplete"],
        "CitationSubset": ["IM"],
        "GeneSymbol": ["leaF"],
        "NumberOfReferences": ["12"],
        "PersonalNameSubject": ["Gardener, Old"],
        "OtherID": ["NASA:00000001"],
        "SpaceFlightMission": ["Flight Nowhere"],
        "GeneralNote": ["KIE:a note"],
        "History": ["received:2030-11-02", "entrez:2031-02-01"],
        "Object": ["keyword: value=leaf"],
    },
)

OLD = CitationDraft(
    source="pubmed",
    identifiers=(Identifier("pmid", "990000011"),),
    title="[A translated tale].",
    original_title="Ein Märchen.",
    languages=("ger",),
    journal=Journal(title="Old Tales", medline_abbreviation="Old Tales"),
    pages="1184; author reply 1184",
    authors=(
        Author("Elder", "Ann Bee", "AB", affiliations=("Department of Yore.",)),
        Author("Young", "Cy", affiliations=("Elsewhere.",)),
    ),
    issued_on="1993-12",
    issued_raw="1993 Dec 23-30",
    publication_types=(Term("Journal Article"),),
    registrations=(Registration("GENBANK", "X00001"),),
    corrections=(CorrectionLink("CommentIn", "990000012", "Old Tales. 1994;2:2"),),
    indexing_status="Completed",
    extras={"Owner": ["NASA"], "DateCreated": ["1994-01-02"]},
)

CHAPTER = CitationDraft(
    source="pubmed",
    source_type="book",
    identifiers=(
        Identifier("pmid", "990000021"),
        Identifier("bookaccession", "NBK000001"),
        Identifier("book_isbn", "1859962521"),
        Identifier("book_isbn_malformed", "123"),
    ),
    title="Veins",
    book_title="Leaves of Nowhere",
    texts=(TextPart("Veins are drawn.", label="Summary"),),
    languages=("eng",),
    authors=(Author("Chapter", initials="C"),),
    issued_on="2029",
    issued_raw="2029",
    revised_on="2029-01-02",
    publication_types=(Term("Review", "D016454"),),
    publication_status="ppublish",
    extras={
        "PublisherName": ["Nowhere Press"],
        "PublisherLocation": ["Nowhere"],
        "BeginningDate": ["2027-05"],
        "EndingDate": ["2029"],
        "Editor": ["Binder, Bo"],
        "Edition": ["2nd"],
        "Medium": ["Internet"],
        "LocationLabel": ["chapter 3"],
        "Section": ["1 Green", "Dark green", "Red"],
        "ContributionDate": ["2028-04-05"],
        "ItemList": ["Synonyms:Ribs"],
        "History": ["pubmed:2029-03-04"],
        "BookAuthor": ["Whole, W"],
    },
)

BOOK = CitationDraft(
    source="pubmed",
    source_type="book",
    identifiers=(
        Identifier("pmid", "990000022"),
        Identifier("bookaccession", "NBK000002"),
        Identifier("isbn", "1859962521"),
    ),
    title="A Tree",
    book_title="A Tree",
    texts=(TextPart("A tree."),),
    languages=("eng",),
    authors=(Author("Whole", initials="W"),),
    issued_on="2001",
    issued_raw="2001",
    extras={"PublisherName": ["Nowhere Press"]},
)


def test_every_element_of_a_modern_record_finds_its_place() -> None:
    tally = Tally()
    records = [without_hash(record) for record in fixture("modern.xml", tally)]

    assert [MODERN, Deleted("990000008"), Deleted("990000009")] == records
    assert {"PubmedArticle/MedlineCitation/NewThing": 1} == tally.unknown
    assert (1, 0, 2, 0) == (tally.records, tally.rejected, tally.deleted, tally.without_title)


def test_a_record_of_2006_in_latin_1_reads_like_one_of_today() -> None:
    tally = Tally()

    assert [OLD] == [without_hash(record) for record in fixture("old.xml", tally)]
    assert not tally.unknown


def test_a_chapter_keeps_its_own_authors_and_a_whole_book_has_the_books() -> None:
    tally = Tally()
    records = [without_hash(record) for record in fixture("books.xml", tally)]

    assert [CHAPTER, BOOK, Deleted("990000023")] == records
    assert not tally.unknown


def test_a_bare_article_is_a_file_of_one_record() -> None:
    (draft,) = read(article("<ArticleTitle>Alone</ArticleTitle>"))

    assert isinstance(draft, CitationDraft)
    assert "Alone" == draft.title


def test_records_without_a_usable_pmid_are_rejected_with_place_line_and_reason() -> None:
    tally = Tally()
    records = read(
        "<PubmedArticleSet>\n"
        + "\n".join(
            [
                article(pmid=""),
                article(pmid="<PMID>PMC12</PMID>"),
                article(pmid="<PMID/>"),
                "<PubmedArticle/>",
                article(),
            ]
        )
        + "</PubmedArticleSet>",
        tally,
    )

    expected = [
        Rejected(1, "The record has no PMID.", 2),
        Rejected(2, "'PMC12' is not a PMID.", 3, "PMC12"),
        Rejected(3, "The record has no PMID.", 4),
        Rejected(4, "The record has no PMID.", 5),
    ]
    assert expected == records[:4]
    assert (1, 4, 1) == (tally.records, tally.rejected, tally.without_title)


def test_a_deletion_that_names_no_pmid_is_rejected_and_the_others_hold() -> None:
    records = read(article_set("<DeleteCitation><PMID>1</PMID><PMID>x</PMID><Odd/></DeleteCitation>"))

    assert [Deleted("1"), Rejected(1, "'x' in DeleteCitation is not a PMID.", 1, "x")] == records


def test_all_versions_of_a_pmid_in_one_file_are_handed_over() -> None:
    versions = (article(pmid=f'<PMID Version="{number}">7</PMID>') for number in (1, 3, 2))

    assert [1, 3, 2] == [draft.version for draft in read(article_set(*versions)) if isinstance(draft, CitationDraft)]


def test_a_records_hash_changes_with_the_record_and_with_nothing_else() -> None:
    first, again, changed = read(
        article_set(article(), "\n", article(), article("<ArticleTitle>New</ArticleTitle>")).encode()
    )

    assert isinstance(first, CitationDraft)
    assert isinstance(again, CitationDraft)
    assert isinstance(changed, CitationDraft)
    assert first.payload_hash == again.payload_hash != changed.payload_hash
    assert 64 == len(first.payload_hash)


def test_neither_layout_nor_encoding_nor_a_reference_list_changes_a_records_hash() -> None:
    title = "<ArticleTitle>Ätherische Öle</ArticleTitle>"
    plain = article_set(article(title))
    laid_out = plain.replace("><", ">\n  <!-- laid out --><")
    utf_16 = ('<?xml version="1.0" encoding="UTF-16"?>' + plain).encode("utf-16")
    citing = article_set(article(title, data="<ReferenceList><Reference/></ReferenceList>"))
    hashes = set()
    for content in (plain, laid_out, utf_16, citing):
        (draft,) = read(content)
        assert isinstance(draft, CitationDraft)
        hashes.add(draft.payload_hash)

    assert 1 == len(hashes)


def test_identifiers_of_cited_papers_are_never_the_records_own() -> None:
    cited = (
        "<ReferenceList><Reference><ArticleIdList><ArticleId IdType='pubmed'>5</ArticleId>"
        "<ArticleId IdType='doi'>10.5555/cited</ArticleId></ArticleIdList></Reference></ReferenceList>"
    )

    assert (Identifier("pmid", "990000100"),) == draft_of(data=cited).identifiers


def test_a_pmid_in_the_id_list_that_differs_is_kept_and_not_believed() -> None:
    draft = draft_of(data="<ArticleIdList><ArticleId IdType='pubmed'>5</ArticleId></ArticleIdList>")

    assert (Identifier("pmid", "990000100"), Identifier("pubmed", "5")) == draft.identifiers


def test_a_preprint_is_known_by_its_publication_type() -> None:
    types = "<PublicationTypeList><PublicationType UI='D000076942'>Preprint</PublicationType></PublicationTypeList>"

    assert "preprint" == draft_of(types).source_type


def test_a_correction_that_names_no_real_pmid_is_kept_without_a_link() -> None:
    link = (
        "<CommentsCorrectionsList><CommentsCorrections RefType='ErratumIn'><RefSource>J. 1;1</RefSource>"
        "<PMID>none</PMID></CommentsCorrections></CommentsCorrectionsList>"
    )
    draft = draft_of(citation=link)

    assert (CorrectionLink("ErratumIn", None, "J. 1;1"),) == draft.corrections
    assert {"CommentsCorrections/PMID": ["none"]} == draft.extras
