"""Facets: what is counted is what a search with the parameters of the value finds, and a facet ignores its own filter."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from app.citations.draft import CorrectionLink, Identifier, Journal, Term, TextPart
from app.errors import UnknownValue
from app.history.events import Revision, row_of
from app.models.finding import Finding
from app.models.study import Study
from app.search import citation_facets, facets, pages
from app.search.facet import MOST_VALUES, Facet, Value, most_frequent, read_names
from app.search.reading import read, with_narrower
from tests.conftest import DATABASES
from tests.databases import Databases
from tests.factories import a_citation, a_finding, a_revision, a_study, opened

Asked = dict[str, tuple[str, ...]]
LISTS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "findings": (pages.page_of_findings, facets.NAMES),
    "studies": (pages.page_of_studies, facets.NAMES),
    "citations": (pages.page_of_citations, citation_facets.NAMES),
}
FILTERS: dict[str, list[tuple[str, ...]]] = {
    "outcome": [("insomnia",), ("sleep",), ("opioid", "anxiety")], "narrower": [("false",)],
    "outcome_all": [("sleep", "mental"), ("opioid",)],
    "phase": [("active_use",), ("withdrawal",), ("active_use", "kratom_cessation")], "phase_not": [("active_use",)],
    "effect": [("worsened",), ("improved", "unclear")], "contrast": [("taking",)], "basis_group": [("felt",)],
    "subject": [("human",), ("animal",)], "design_not": [("secondary",)], "country": [("US",), ("my", "th")],
    "evidence": [("all",), ("context",)], "has": [("doi",), ("quote",), ("quote", "abstract"), ("pmid", "abstract")],
    "standing": [("current",), ("retracted", "corrected")], "review_level": [("two_readers",)], "status": [("accepted",)],
    "year_from": [("2015",)], "year_to": [("2021",)],
    "q": [("kratom",), ("sleep",), ("withdrawal kratom",), ("ketum AND eng[la]",), ('"Case Reports"[pt]',),
          ('kratom AND Review[pt] AND ("Case Reports"[pt] OR sleep)',)],
    "synonyms": [("true",)],
}  # fmt: skip


@pytest.fixture(scope="module", params=DATABASES)
def session(request: pytest.FixtureRequest, databases: Databases) -> Iterator[Session]:
    """The starter corpus with what it lacks: accepted work, a retracted report, records without a study."""
    url = databases.copy(request.param, "starter")
    with opened(url) as store:
        with store.writing() as writing:
            _add_what_is_rare(writing)
        with store.reading() as reading:
            yield reading
    databases.drop(url)


def _add_what_is_rare(session: Session) -> None:
    revision = a_revision()
    for number in range(1, 60, 3):
        for record in (session.get(Study, number), session.get(Finding, number * 3)):
            if record is not None:
                before = {"status": record.status}
                record.status = "accepted"
                session.flush()
                kind = "study" if isinstance(record, Study) else "finding"
                revision.note(kind, record.id, op="status", before=before, after=row_of(record))
    for pmid in ("33868054", "38277146"):
        a_citation(session, revision, source="pubmed", corrections=(CorrectionLink("RetractionOf", pmid),))
    for year in (None, "1987", "2015-02", "2015-03"):
        texts = (TextPart("People took kratom and slept."),) if year else ()
        doi = (Identifier("doi", f"10.1000/{year}"),)
        a_citation(session, revision, issued_on=year, texts=texts, identifiers=doi)
    _add_what_is_indexed(session, revision)
    a_finding(session, revision, a_study(session, revision, status="accepted"), status="accepted")
    of_two_moments = a_study(session, revision)
    a_finding(session, revision, of_two_moments, outcome="insomnia")
    a_finding(session, revision, of_two_moments, outcome="tremor", phase="kratom_cessation", contrast="stopping")
    revision.seal(session)


def _add_what_is_indexed(session: Session, revision: Revision) -> None:
    journals = (
        Journal(title="Sleep & Breath (Basel)", issn="1520-9512"),
        Journal(title='"Sleep"', abbreviation="Sleep"),
    )
    for number in range(8):
        a_citation(
            session,
            revision,
            title="Kratom and sleep" if number % 2 else "Kratom",
            publication_types=tuple(Term(name) for name in ("Case Reports", "Review", "Journal Article")[number % 3 :]),
            languages=("eng", "tha")[: 1 + number % 2],
            journal=journals[number % 2],
        )


def _facets(session: Session, of: str, asked: Asked, *names: str) -> dict[str, Facet]:
    search = read(asked)
    if of == "citations":
        return citation_facets.facets(session, search, names)
    return facets.facets(session, facets.Asking(of, search, narrower=with_narrower(asked)), names)


def _total(session: Session, of: str, asked: Asked) -> int:
    return int(LISTS[of][0](session, read(asked), cursor=None, limit=1).total)


@st.composite
def questions(draw: st.DrawFn) -> Asked:
    names = draw(st.lists(st.sampled_from(sorted(FILTERS)), max_size=3, unique=True))
    return {name: draw(st.sampled_from(FILTERS[name])) for name in names}


@pytest.mark.parametrize("of", LISTS)
@settings(max_examples=40)
@given(data=st.data())
def test_a_value_counts_what_a_search_with_its_parameters_finds(session: Session, of: str, data: st.DataObject) -> None:
    asked, name = data.draw(questions()), data.draw(st.sampled_from(LISTS[of][1]))
    facet = _facets(session, of, asked, name)[name]
    told = facet.values
    for value in (
        data.draw(st.lists(st.sampled_from(told), max_size=4, unique_by=lambda each: each.value)) if told else []
    ):
        others = {each: values for each, values in asked.items() if each not in facet.replaces}
        chosen = {each: tuple(values) for each, values in value.parameters.items()}

        assert (value.value, value.count) == (value.value, _total(session, of, others | chosen))


@pytest.mark.parametrize("of", LISTS)
def test_every_value_of_every_facet_counts_what_it_finds(session: Session, of: str) -> None:
    for name, facet in _facets(session, of, {}, *LISTS[of][1]).items():
        assert facet.values
        for value in facet.values[:6]:
            chosen = {each: tuple(values) for each, values in value.parameters.items()}

            assert (name, value.value, value.count) == (name, value.value, _total(session, of, chosen))


@pytest.mark.parametrize("of", ["findings", "studies"])
def test_a_value_beside_outcome_all_counts_what_it_finds(session: Session, of: str) -> None:
    asked: Asked = {"outcome": ("sleep",), "outcome_all": ("insomnia", "tremor")}

    for name in ("phase", "contrast", "basis_group", "substance", "status"):
        for value in _facets(session, of, asked, name)[name].values:
            chosen = {each: tuple(values) for each, values in value.parameters.items()}

            assert (name, value.value, value.count) == (name, value.value, _total(session, of, asked | chosen))


def test_a_country_in_small_letters_is_the_same_country(session: Session) -> None:
    (chosen,) = (
        value
        for value in _facets(session, "studies", {"country": ("my",)}, "country")["country"].values
        if value.selected
    )

    assert ("MY", _total(session, "studies", {"country": ("MY",)})) == (chosen.value, chosen.count)


def test_values_that_no_row_has_are_not_told_unless_they_are_chosen(session: Session) -> None:
    free = _facets(session, "citations", {}, "standing")["standing"]
    chosen = _facets(session, "citations", {"standing": ("withdrawn",)}, "standing")["standing"]

    assert ["current", "retracted"] == [value.value for value in free.values]
    assert [("withdrawn", 0)] == [(value.value, value.count) for value in chosen.values if value.selected]


def test_a_facet_ignores_its_own_filter_and_says_what_is_chosen(session: Session) -> None:
    free = _facets(session, "findings", {"subject": ("human",)}, "phase")["phase"]
    held = _facets(session, "findings", {"subject": ("human",), "phase": ("active_use",)}, "phase")["phase"]
    group = _facets(session, "findings", {"phase": ("withdrawal",)}, "phase")["phase"]

    assert {v.value: v.count for v in free.values} == {v.value: v.count for v in held.values}
    assert ["active_use"] == [value.value for value in held.values if value.selected]
    assert {"withdrawal", "kratom_cessation"} <= {value.value for value in group.values if value.selected}


def test_a_name_takes_the_place_of_those_under_its_tag_and_leaves_the_rest_as_it_was_written(session: Session) -> None:
    asked = {"q": ("ketum AND Review[pt] AND eng[la]",), "synonyms": ("true",)}
    values = {
        value.value: value
        for value in _facets(session, "citations", asked, "publication_type")["publication_type"].values
    }

    assert {"Review"} == {name for name, value in values.items() if value.selected}
    assert {"q": ['ketum AND eng[la] AND "Case Reports"[pt]']} == values["Case Reports"].parameters
    assert ["English", "Thai"] == [v.label for v in _facets(session, "citations", {}, "language")["language"].values]


def test_years_stand_newest_first_and_spans_hold_ten_of_them(session: Session) -> None:
    found = _facets(session, "citations", {"year_from": ("2010",), "year_to": ("2019",)}, "year", "decade")
    years, decades = found["year"].values, found["decade"].values

    assert [value.value for value in years] == sorted((value.value for value in years), reverse=True)
    assert ["2010-2019"] == [value.value for value in decades if value.selected]
    assert {"year_from": ["1970"], "year_to": ["1979"]} == decades[-1].parameters
    assert sum(value.count for value in years) == sum(value.count for value in decades)


def test_frequent_values_come_first_and_the_rest_is_counted_but_for_what_is_chosen() -> None:
    values = [Value(str(n), str(n), count=n, selected=n == 3, parameters={}) for n in range(MOST_VALUES + 20)]
    facet = most_frequent(("journal",), values)
    counts = [value.count for value in facet.values]

    assert [*range(MOST_VALUES + 19, 19, -1), 3] == counts
    assert len(values) - 1 == len(counts) + facet.more


def test_names_are_joined_by_commas_or_repeated_and_unknown_ones_are_refused() -> None:
    assert ("phase", "year", "subject") == read_names(["phase, year", "subject,phase,"], facets.NAMES)
    with pytest.raises(UnknownValue, match="'colour' is not a facet here") as refused:
        read_names(["phase,colour"], facets.NAMES)

    assert facets.NAMES == refused.value.choices
