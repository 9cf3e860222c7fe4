"""From parameters to a search: nothing is ignored, nothing breaks."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from app.errors import AmbiguousWord, EvidenceError, Invalid, MalformedQuery, UnknownParameter, UnknownValue
from app.search import pages
from app.search.english import in_words
from app.search.filters import FILTERS
from app.search.reading import PARAMETERS, read
from tests.factories import a_finding, a_revision, a_study, opened

NASTY = ("", " ", "\0", "\ud800", "'", '"', "%", "*", "a*", "; DROP TABLE study", "α-synuclein", "TP53/MDM2", "don't", "NaN",
         "-1", "99999999999999999999", "２０２１", "20211", "0002021", "000002021999999999999999", "1e3", "x" * 1_001, "🙂" * 50,
         "AND OR NOT", "(((", "kratom" * 30, "true", "human", "insomnia", "withdrawal", "poor sleep", "\t\n", "{}", "{0.x}",
         "\u202e", "NULL")  # fmt: skip


def test_an_unknown_parameter_is_named_with_those_that_exist() -> None:
    with pytest.raises(UnknownParameter) as refused:
        read({"outcom": ("insomnia",)})

    assert "outcom" == refused.value.field
    assert "Did you mean outcome?" in refused.value.message
    assert all(name in refused.value.message for name in PARAMETERS)


def test_a_parameter_of_the_caller_is_left_to_the_caller() -> None:
    assert read({"limit": ("5",), "format": ("csv",)}, also=("limit", "format")) == read({})


@pytest.mark.parametrize(
    "name", [name for name, each in FILTERS.items() if each.allowed] + ["evidence", "has", "sort", "narrower"]
)
def test_an_unknown_value_is_named_with_the_allowed_ones(name: str) -> None:
    with pytest.raises(UnknownValue) as refused:
        read({name: ("nonsense",)})

    assert name == refused.value.field
    assert refused.value.choices
    assert all(choice in refused.value.message for choice in refused.value.choices)


@pytest.mark.parametrize(
    "year", ["20", "20211", "0002021", "000002021999999999999999", "２０２１", "2021.0", "0999", "3000", "-202"]
)
def test_a_year_has_four_digits(year: str) -> None:
    for name in ("year_from", "year_to"):
        with pytest.raises(UnknownValue, match="four digits"):
            read({name: (year,)})


@pytest.mark.parametrize("name", ["q", "evidence", "sort", "year_from", "narrower"])
def test_what_can_be_asked_once_is_not_asked_twice(name: str) -> None:
    values = {"q": "a", "evidence": "all", "sort": "year", "year_from": "2020", "narrower": "true"}
    with pytest.raises(Invalid, match="give it once"):
        read({name: (values[name], values[name])})


def test_too_much_is_refused_with_its_measure() -> None:
    with pytest.raises(Invalid, match="101 times"):
        read({"country": ("MY",) * 101})
    with pytest.raises(Invalid, match="1001 characters"):
        read({"outcome": ("x" * 1_001,)})
    with pytest.raises(Invalid, match="2001 characters"):
        read({"q": ("x" * 2_001,)})


def test_an_ambiguous_word_is_asked_back() -> None:
    with pytest.raises(AmbiguousWord) as refused:
        read({"outcome": ("Cravings",)})

    assert {"opioid_craving", "kratom_craving"} == set(refused.value.choices)


def test_a_parameter_without_a_value_asks_nothing() -> None:
    assert read({}) == read({"phase": ("",), "q": (" ",), "year_from": ("",), "narrower": ("",), "has": ()})


def test_a_group_wins_over_a_value_of_the_same_name() -> None:
    subject = FILTERS["subject"]

    assert {"human", "human_neonate"} == set(subject.opened(("human",)))
    assert ("human",) == subject.opened(("adult_human",))


def test_what_is_asked_of_studies_is_the_same_whatever_the_words_and_the_order() -> None:
    one = read({"q": ("kratom",), "outcome": ("sleep quality",), "sort": ("-year",), "synonyms": ("true",)})
    other = read({"q": ("liver patients",), "outcome": ("sleep quality",), "has": ("doi",), "year_from": ("1999",)})

    assert one.without_reports() == other.without_reports()
    assert 1 == len({one.without_reports(), other.without_reports()})
    assert 2 == len({one, other})


def test_what_is_missing_is_said_in_english() -> None:
    search = read({"phase_not": ("active_use",), "has": ("doi", "pmid"), "country": ("my",), "q": ("trunc*",),
                   "year_from": ("2020",), "year_to": ("2021",)})  # fmt: skip

    assert (
        "Studies: not while taking kratom; in MY; with doi or pmid; matching “trunc…”; first reported 2020 to 2021."
        == in_words(search, of="studies")
    )


@settings(max_examples=150)
@given(st.dictionaries(
    st.sampled_from(PARAMETERS) | st.text(max_size=12), st.lists(st.sampled_from(NASTY) | st.text(max_size=30), max_size=2),
    max_size=3,
))  # fmt: skip
def test_nasty_values_are_answered_or_refused_and_never_break(
    session: Session, parameters: dict[str, list[str]]
) -> None:
    try:
        search = read(parameters)
        for page_of in (pages.page_of_findings, pages.page_of_studies, pages.page_of_citations):
            page = page_of(session, search, cursor=None, limit=3)
            assert page.total >= len(page.ids)
        assert in_words(search)
    except EvidenceError:
        return


@pytest.mark.parametrize("name", PARAMETERS)
def test_every_nasty_value_of_every_parameter_is_answered_or_refused(session: Session, name: str) -> None:
    for value in NASTY:
        try:
            search = read({name: (value,)})
        except EvidenceError:
            continue
        for page_of in (pages.page_of_findings, pages.page_of_citations):
            with suppress(MalformedQuery):
                page_of(session, search, cursor=None, limit=1)


def test_work_that_waits_is_seen_only_when_its_status_is_asked_for(vocabulary_url: str) -> None:
    with opened(vocabulary_url) as store:
        with store.writing() as session:
            revision = a_revision()
            study = a_study(session, revision, status="accepted")
            public = [a_finding(session, revision, a_study(session, revision)).id]
            draft = a_finding(session, revision, study, status="draft", phase=None, direction=None, contrast=None).id
            hidden = a_study(session, revision, status="draft", design=None).id
        with store.reading() as session:
            assert public == _findings(session)
            assert [draft] == _findings(session, status="draft")
            assert [draft] == _findings(session, status="draft", phase_not="active_use")
            assert [] == _findings(session, status="draft", phase="active_use")
            assert hidden not in pages.page_of_studies(session, read({}), cursor=None, limit=9).ids
            assert (hidden,) == pages.page_of_studies(session, read({"status": ("draft",)}), cursor=None, limit=9).ids
            assert (hidden,) == pages.page_of_studies(
                session, read({"status": ("draft",), "design_not": ("case_report",)}), cursor=None, limit=9
            ).ids
            assert 1 == pages.count_citations(session, read({})).findings
            assert (
                1 == pages.page_of_citations(session, read({"status": ("accepted",)}), cursor=None, limit=9).total - 1
            )


def _findings(session: Session, **asked: str) -> list[int]:
    search = read({name: (value,) for name, value in asked.items()})
    return list(pages.page_of_findings(session, search, cursor=None, limit=9).ids)


def test_two_readers_means_that_study_and_finding_were_accepted(vocabulary_url: str) -> None:
    with opened(vocabulary_url) as store:
        with store.writing() as session:
            revision = a_revision()
            for study_status in ("submitted", "accepted"):
                for status in ("submitted", "accepted"):
                    a_finding(session, revision, a_study(session, revision, status=study_status), status=status)
        with store.reading() as session:
            assert [4] == _findings(session, review_level="two_readers")
            assert [1, 2, 3] == _findings(session, review_level="one_reader")
            assert {"one_reader": 3, "two_readers": 1} == pages.count_review_levels(session, read({}))
