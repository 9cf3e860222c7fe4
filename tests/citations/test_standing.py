import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.citations.draft import CitationDraft
from app.citations.standing import LINKS, NOTICES, deletion_signal, notice_signal, own_signals, worst
from app.database import Store
from app.kit.standings import STANDINGS
from tests.citations.drafts import a_citation, stored, take_in, tied, typed


def _standing(draft: CitationDraft) -> str:
    return worst(signal.standing for signal in own_signals(draft))


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("RetractionIn", "retracted"),
        ("RetractedandRepublishedIn", "retracted"),
        ("ExpressionOfConcernIn", "expression_of_concern"),
        ("UpdateIn", "superseded"),
        ("RepublishedIn", "superseded"),
        ("ErratumIn", "corrected"),
        ("CommentIn", "current"),
        ("Cites", "current"),
    ],
)
def test_a_tie_to_what_corrects_a_record_sets_its_standing(kind: str, expected: str) -> None:
    actual = _standing(a_citation("1", corrections=tied(kind, "2")))

    assert expected == actual


@pytest.mark.parametrize("kind", sorted(NOTICES))
def test_a_notice_is_not_itself_what_it_says_of_another(kind: str) -> None:
    assert "current" == _standing(a_citation("2", corrections=tied(kind, "1")))


@pytest.mark.parametrize(
    ("types", "expected"),
    [
        (("Journal Article", "Retracted Publication"), "retracted"),
        (("Retraction of Publication",), "current"),
        (("Published Erratum",), "current"),
        (("Expression of Concern",), "expression_of_concern"),
        (("Journal Article",), "current"),
    ],
)
def test_publication_types_speak_of_the_record_and_not_of_its_notice(types: tuple[str, ...], expected: str) -> None:
    assert expected == _standing(a_citation("1", publication_types=typed(*types)))


def test_a_published_expression_of_concern_about_another_paper_is_current() -> None:
    notice = a_citation(
        "2", publication_types=typed("Expression of Concern"), corrections=tied("ExpressionOfConcernFor", "1")
    )

    assert "current" == _standing(notice)


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("WITHDRAWN: Kratom and sleep.", "withdrawn"),
        ("RETRACTED: Kratom and sleep.", "retracted"),
        ("RETRACTED ARTICLE: Kratom and sleep.", "retracted"),
        ("[WITHDRAWN: Kratom und Schlaf].", "withdrawn"),
        ("Retracted: Kratom and sleep.", "retracted"),
        ("Retracted Article: Kratom and sleep.", "retracted"),
        ("[Retracted] Kratom and sleep.", "retracted"),
        ("[Retracted: Kratom und Schlaf].", "retracted"),
        ("[Withdrawn] Kratom and sleep.", "withdrawn"),
        ("Withdrawn Article: Kratom and sleep.", "withdrawn"),
        ("Retracted articles on kratom", "current"),
        ("Retracted. What became of it", "current"),
        ("RETRACTION: Kratom and sleep.", "current"),
        ("Withdrawn: how kratom users stop", "current"),
        ("Retraction of a kratom paper", "current"),
    ],
)
def test_a_publisher_may_say_it_in_the_title_alone(title: str, expected: str) -> None:
    assert expected == _standing(a_citation("1", title=title))


@given(st.lists(st.sampled_from(STANDINGS)))
def test_the_worst_standing_is_shown(standings: list[str]) -> None:
    actual = worst(standings)

    assert actual in {*standings, "current"}
    assert all(STANDINGS.index(actual) <= STANDINGS.index(standing) for standing in standings)


def test_a_signal_fits_its_column_however_long_the_source_speaks() -> None:
    long = own_signals(a_citation("1", corrections=tied("RetractionIn", text="x" * 1000)))

    assert all(
        len(signal.value) <= 255
        for signal in (*long, notice_signal("RetractionOf", "9" * 999), deletion_signal("9" * 999))
    )


def test_every_tie_and_notice_names_a_standing_that_is_stored() -> None:
    assert {*LINKS.values(), *NOTICES.values()} <= set(STANDINGS[:-1])


def test_a_retraction_that_only_a_file_tells_is_said_and_not_taken(store: Store) -> None:
    take_in(store, a_citation("1", publication_types=typed("Journal Article")), a_citation(doi="10.1/b", volume="3"))
    nbib = a_citation("1", source="nbib", publication_types=typed("Journal Article", "Retracted Publication"))
    ris = a_citation(doi="10.1/b", source="ris", title="Retracted: Kratom and sleep")

    outcomes = take_in(store, nbib, ris)

    assert [("unchanged", ("standing",)), ("unchanged", ("title", "standing"))] == [
        (outcome.fate, outcome.says_otherwise) for outcome in outcomes
    ]
    assert ["current", "current"] == [stored(store, number).standing for number in (1, 2)]


def test_a_file_that_is_silent_about_a_standing_or_brings_it_says_nothing_otherwise(store: Store) -> None:
    take_in(store, a_citation("1", corrections=tied("RetractionIn", "9")), a_citation(doi="10.1/b"))
    silent = a_citation("1", source="ris")
    milder = a_citation("1", source="nbib", corrections=tied("ErratumIn", "8"))
    bringing = a_citation(doi="10.1/b", source="nbib", corrections=tied("RetractionIn", "9"))

    outcomes = [take_in(store, draft)[0] for draft in (silent, milder, bringing)]

    assert [("unchanged", ()), ("unchanged", ()), ("changed", ())] == [
        (outcome.fate, outcome.says_otherwise) for outcome in outcomes
    ]
    assert "retracted" == stored(store, 2).standing
