"""What the text index holds of a citation: its words by field, its names as tokens, within the limits of both databases."""

from msgspec.structs import replace

from app.citations import folded, index
from app.citations.draft import Author, Chemical, Identifier, Journal, Keyword, MeshHeading, Qualifier, Term
from app.citations.names import names
from app.database import Store
from tests.citations.drafts import a_citation, abstract, take_in, typed
from tests.search.asked import found_by


def test_everything_that_readers_search_is_in_its_field() -> None:
    draft = replace(
        a_citation("1", title="Kratom", original_title="Kräuter", book_title="Plants", texts=abstract("It helps.", "Or not.")),
        mesh_headings=(MeshHeading("Mitragyna", qualifiers=(Qualifier("adverse effects"),)),),
        keywords=(Keyword("7-OH"),), chemicals=(Chemical("Mitragynine"),), supplementary_concepts=(Term("Rare Disease"),),
        publication_types=typed("Case Reports"), authors=(Author(family="Smith", initials="KE"), Author(collective="The Group")),
        identifiers=(Identifier("pmid", "1"),), journal=Journal("Sleep Medicine", issn="1389-9457"), languages=("eng",),
        issued_on="2021-05", electronic_on="2020-12-30",
    )  # fmt: skip

    expected = (
        "kratom ¦ krauter ¦ plants",
        "7 oh",
        "mitragyna ¦ adverse effects ¦ mitragynine ¦ rare disease ¦ case reports",
        "smith ke ¦ the group",
        (
            "·mh·mitragyna ·mh·mitragyna·adverse·effects ·pt·case·reports ·nm·mitragynine ·nm·rare·disease ·la·eng ·la·english "
            "·ta·sleep·medicine ·ta·1389·9457 ·dp·2020"
        ),
        "it helps ¦ or not",
    )
    assert expected == folded.document(draft)


def test_a_heading_is_a_major_topic_when_it_or_a_subheading_is() -> None:
    headings = (
        MeshHeading("Sleep", major=True),
        MeshHeading("Mitragyna", qualifiers=(Qualifier("toxicity", major=True), Qualifier("chemistry"))),
        MeshHeading("Humans"),
    )
    draft = a_citation("1", mesh_headings=headings)

    expected = {"Sleep", "Mitragyna", "Mitragyna/toxicity"}
    assert expected == set(names(draft, "majr"))


def test_a_vector_leaves_a_gap_between_texts_and_between_fields() -> None:
    document = index.Document("a ¦ a", "k", "t", "au thor ¦ b", "·dp·2020", "b ¦ a")

    expected = (
        "'a':1A,3A,7B 'b':5B,16D 'k':9C 't':11D 'au':13D 'thor':14D '·au·au':13D '·au·thor':14D '·au·b':16D "
        "'·ti·a' '·dp·2020'"
    )
    assert expected == index.vector(document)


def test_what_no_index_can_hold_is_left_out_of_both(database_url: str) -> None:
    many = " ".join(f"w{number}" for number in range(17_000))
    parts = abstract("x" * 3000, "repeat after", many, "漢" * 900)
    draft = a_citation(
        "600003", title="repeat " * 400 + "end here", texts=parts, publication_types=typed("Case Reports")
    )
    store = Store(database_url)
    (one,) = take_in(store, draft)
    with store.reading() as session:
        found = [
            found_by(session, asked)
            for asked in (
                "repeat",
                '"end here"',
                "w15000",
                "case reports[pt]",
                '"repeat end"',
                "w16999",
                "xxx*",
                "漢漢*",
            )
        ]

    assert [{one.citation_id}] * 4 + [set()] * 4 == found
    store.close()


def test_a_title_of_nothing_but_long_foreign_words_can_be_held(database_url: str) -> None:
    words = ["漢" * 80 + chr(0x4E00 + number) * 17 for number in range(2_000)]
    store = Store(database_url)
    (one,) = take_in(store, a_citation("600005", title=" ".join(words)))
    with store.reading() as session:
        found = [found_by(session, asked) for asked in (f"{words[0]}[ti]", f"{words[500]}[ti]", f"{words[-1]}[ti]")]

    assert [{one.citation_id}, {one.citation_id}, set()] == found
    store.close()


def test_a_name_too_long_for_a_token_is_found_by_its_words(database_url: str) -> None:
    store = Store(database_url)
    long = "extraordinarily " * 30 + "long name"
    (one,) = take_in(store, a_citation("600004", publication_types=typed(long)))
    with store.reading() as session:
        assert {one.citation_id} == found_by(session, '"long name"')
        assert set() == found_by(session, f'"{long}"[pt]')
    store.close()
