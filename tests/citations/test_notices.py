"""Who says that a report does not stand, told once for both sides of a tie."""

from app.citations.draft import CorrectionLink
from app.citations.notices import Notice, in_words, notices_of
from app.database import Store
from tests.citations.drafts import a_citation, take_in, tied, typed


def _notices(store: Store, citation_id: int) -> tuple[Notice, ...]:
    with store.reading() as session:
        return notices_of(session, [citation_id]).get(citation_id, ())


def test_both_sides_of_a_tie_are_one_notice(store: Store) -> None:
    take_in(
        store,
        a_citation("1", corrections=tied("RetractionIn", "2")),
        a_citation("2", corrections=tied("RetractionOf", "1")),
    )

    (notice,) = _notices(store, 1)

    assert Notice("retracted", ("correction_link", "notice"), ("RetractionIn", "RetractionOf"), "2", 2) == notice
    assert " Notice: PMID 2, R2 (RetractionIn, RetractionOf)." == in_words([notice], "retracted")
    assert () == _notices(store, 2)


def test_every_reason_is_told_the_worst_first_and_by_its_place_where_it_has_one(store: Store) -> None:
    take_in(
        store,
        a_citation(
            "1", title="RETRACTED: Kratom", publication_types=typed("Retracted Publication"),
            corrections=(CorrectionLink("ErratumIn", None, "J Sleep 2020;1:2"), CorrectionLink("RetractionIn", "99")),
        ),
    )  # fmt: skip

    told = [(one.standing, one.kinds, one.pmid, one.citation_id, one.text) for one in _notices(store, 1)]

    assert [
        ("retracted", ("RetractionIn",), "99", None, None),
        ("retracted", ("title",), None, None, "RETRACTED:"),
        ("retracted", ("publication_type",), None, None, "Retracted Publication"),
        ("corrected", ("ErratumIn",), None, None, "J Sleep 2020;1:2"),
    ] == told


def test_a_notice_without_a_pmid_is_named_by_its_citation(store: Store) -> None:
    take_in(store, a_citation("1"), a_citation(doi="10.1000/n", corrections=tied("RetractionOf", "1")))

    assert [(None, 2)] == [(one.pmid, one.citation_id) for one in _notices(store, 1)]
