from app.citations import queries
from app.citations.queries import Place
from app.database import Store
from app.kit.identifiers import DOI, PMID
from app.search.compiling import matching_citations
from app.search.language import parse
from tests.citations.drafts import a_citation, take_in


def test_a_citation_is_found_by_pmid_and_by_doi(store: Store) -> None:
    (outcome,) = take_in(store, a_citation("1", doi="10.1/a"))

    with store.reading() as session:
        found = [queries.find_by_pmid(session, PMID("1")), queries.find_by_doi(session, DOI("10.1/a"))]
        missing = queries.find_by_pmid(session, PMID("2"))
    assert ([outcome.citation_id] * 2, None) == (found, missing)


def test_pages_follow_each_other_without_gap_or_repeat_newest_first_and_undated_last(store: Store) -> None:
    years = ["2020", "2024", None, "2022", "2024", None, "2020"]
    take_in(store, *[a_citation(str(pmid), issued_on=year) for pmid, year in enumerate(years, 1)])

    pages: list[list[int]] = []
    place = None
    with store.reading() as session:
        while ids := queries.page(session, after=place, limit=3):
            pages.append(ids)
            last = queries.get(session, ids[-1])
            place = Place(int(last.draft.issued_on) if last.draft.issued_on else None, last.id)
        total = queries.count(session)

    shown = [number for ids in pages for number in ids]
    assert [5, 2, 4, 7, 1, 6, 3] == [number - min(shown) + 1 for number in shown]
    assert 7 == total


def test_a_page_of_a_search_holds_only_what_matches(store: Store) -> None:
    take_in(store, a_citation("1", title="Kratom"), a_citation("2", title="Coffee"))

    with store.reading() as session:
        matching = matching_citations(session, parse("coffee").tree)
        ids = queries.page(session, matching=matching, limit=10)
        assert (1, ["2"]) == (
            queries.count(session, matching=matching),
            [queries.get(session, number).draft.pmid for number in ids],
        )


def test_many_citations_come_in_the_order_asked_and_unknown_ids_are_left_out(store: Store) -> None:
    first, second = (outcome.citation_id for outcome in take_in(store, a_citation("1"), a_citation("2")))

    with store.reading() as session:
        assert [second, first] == list(queries.stored(session, [second, 999, first]))
