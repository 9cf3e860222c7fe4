"""Every filter, alone and with others, against an oracle that knows nothing of the program."""

from collections.abc import Callable
from itertools import chain
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from app.search import pages
from app.search.english import expanded, in_words
from app.search.filters import FILTERS, OTHER_PARAMETERS
from app.search.reading import read
from tests.search import oracle

Asked = dict[str, tuple[str, ...]]
OUTCOMES = (*oracle.outcomes(), *oracle.words()["named_effects"])
VALUES: dict[str, tuple[str, ...]] = {name: each.allowed for name, each in FILTERS.items() if each.allowed}
VALUES |= {
    "country": ("MY", "us", "th", "XX"),
    "outcome": OUTCOMES,
    "outcome_all": (
        "insomnia",
        "sleep",
        "anxiety",
        "opioid_withdrawal",
        "mental",
        "improved_sleep",
        "kratom_withdrawal",
    ),
    "narrower": ("true", "false"),
    "evidence": ("effect", "reason", "context", "all"),
    "has": ("quote", "doi", "pmid", "abstract"),
    "year_from": ("1975", "2008", "2015", "2020", "2022", "2025", "2026"),
    "year_to": ("1974", "1975", "2015", "2021", "2025"),
}
ONE_ONLY = {"narrower", "evidence", "year_from", "year_to"}
LISTS: dict[str, tuple[Callable[..., pages.Page], Callable[[Asked], list[int]]]] = {
    "findings": (pages.page_of_findings, oracle.findings),
    "studies": (pages.page_of_studies, oracle.studies),
    "citations": (pages.page_of_citations, oracle.citations),
}


def ids(session: Session, of: str, asked: Asked, *, limit: int = 100) -> list[int]:
    """Every id of a list, page by page; each page must give the same total."""
    search, found, cursor, totals = read(asked), [], None, set()
    while True:
        page = LISTS[of][0](session, search, cursor=cursor, limit=limit)
        found.extend(page.ids)
        totals.add(page.total)
        cursor = page.next
        if cursor is None:
            break
    assert {len(found)} == totals
    assert len(set(found)) == len(found)
    return found


def test_the_oracle_knows_every_filter() -> None:
    assert {*FILTERS, *OTHER_PARAMETERS} - {"q", "synonyms", "sort", "as_of"} == set(VALUES)


@pytest.mark.parametrize("name", [name for name in VALUES if name != "outcome"])
def test_each_value_of_a_filter_finds_what_it_says(session: Session, name: str) -> None:
    for value in VALUES[name]:
        asked: Asked = {name: (value,), "evidence": ("all",)} if name != "evidence" else {name: (value,)}
        for of, (_, expected) in LISTS.items():
            assert (of, value, expected(asked)) == (of, value, ids(session, of, asked))


@pytest.mark.parametrize("narrower", ["true", "false"])
def test_each_outcome_finds_what_it_says(session: Session, narrower: str) -> None:
    for value in OUTCOMES:
        asked: Asked = {"outcome": (value,), "narrower": (narrower,)}

        assert (value, oracle.findings(asked)) == (value, ids(session, "findings", asked))


@st.composite
def questions(draw: st.DrawFn) -> Asked:
    names = draw(st.lists(st.sampled_from(sorted(VALUES)), min_size=1, max_size=4, unique=True))
    return {
        name: tuple(draw(st.lists(st.sampled_from(VALUES[name]), min_size=1, max_size=1 if name in ONE_ONLY else 3, unique=True)))
        for name in names
    }  # fmt: skip


@settings(max_examples=60)
@given(asked=questions(), of=st.sampled_from(sorted(LISTS)))
def test_filters_together_hold_on_one_and_the_same_thing(session: Session, asked: Asked, of: str) -> None:
    assert LISTS[of][1](asked) == ids(session, of, asked)


@settings(max_examples=12)
@given(asked=questions())
def test_the_counts_of_a_list_are_those_of_its_rows(session: Session, asked: Asked) -> None:
    found = set(oracle.findings(asked))
    pairs = [(study, finding) for study in oracle.corpus() for finding in study.findings if finding.id in found]
    search = read(asked)
    counts = pages.count_findings(session, search)

    assert counts == pages.Counts(
        findings=len(found),
        studies=len({study.id for study, _ in pairs}),
        independent_units=len({study.unit for study, _ in pairs}),
        reports=len({finding.report.id for _, finding in pairs}),
    )
    assert {"one_reader": len(found), "two_readers": 0} == pages.count_review_levels(session, search)
    assert sorted(found) == [row.id for row in pages.every_finding(session, search)]
    assert len(oracle.studies(asked)) == pages.count_studies(session, search).studies
    assert len(oracle.citations(asked)) == pages.count_citations(session, search).reports


def test_the_classes_of_evidence_part_the_findings_without_a_rest(session: Session) -> None:
    classes = [ids(session, "findings", {"evidence": (each,)}) for each in ("effect", "reason", "context")]

    assert ids(session, "findings", {"evidence": ("all",)}) == sorted(chain.from_iterable(classes))
    assert all(row.evidence_class == "reason" for row in pages.every_finding(session, read({"evidence": ("reason",)})))


def test_what_is_said_of_a_row_is_what_its_filter_asks(session: Session) -> None:
    for row in list(pages.every_finding(session, read({"evidence": ("all",)})))[::4]:
        body: dict[str, Any] = {
            "effect": row.effect, "phase": row.phase, "basis_group": row.basis_group, "standing": row.standing,
            "substance_group": row.substance_group, "evidence": row.evidence_class, "design": row.design,
            "review_level": row.review_level, "subject": row.subject, "status": row.status,
        }  # fmt: skip
        search = read({name: (value,) for name, value in body.items()} | {"outcome": (str(row.outcome),)})

        assert row.id in {each.id for each in pages.every_finding(session, search)}


def test_outcome_all_needs_each_outcome_but_not_on_one_finding(session: Session) -> None:
    both: Asked = {"outcome_all": ("anxiety", "insomnia")}
    either: Asked = {"outcome": ("anxiety", "insomnia")}
    each = [set(ids(session, "studies", {"outcome": (one,)})) for one in both["outcome_all"]]

    assert each[0] & each[1] == set(ids(session, "studies", both))
    assert each[0] | each[1] == set(ids(session, "studies", either))
    assert each[0] & each[1]


def test_a_named_effect_is_of_taking_kratom_only(session: Session) -> None:
    rows = list(pages.every_finding(session, read({"outcome": ("improved_sleep",)})))

    assert rows
    assert {"taking"} == {row.contrast for row in rows}
    assert {"improved"} == {row.effect for row in rows}


def test_a_word_with_an_implied_direction_asks_for_that_direction(session: Session) -> None:
    told: dict[str, set[str]] = {}
    for outcome in oracle.outcomes().values():
        for synonym in outcome["synonyms"]:
            if synonym["implies"] and not synonym.get("ambiguous"):
                rows = pages.every_finding(session, read({"outcome": (synonym["text"],), "evidence": ("all",)}))
                told.setdefault(synonym["implies"], set()).update(str(row.direction) for row in rows)

    assert {"increased": {"increased"}, "decreased": {"decreased"}} == told


@settings(max_examples=60)
@given(asked=questions())
def test_the_question_in_english_names_everything_that_was_asked(asked: Asked) -> None:
    search = read(asked)
    said = in_words(search)
    for name, values in search.chosen.items():
        assert all(FILTERS[name].label(value) in said for value in values)
    for name in ("year_from", "year_to"):
        assert asked.get(name, ("",))[0] in said
    for meant in (*search.outcomes, *search.outcome_all):
        assert meant.label in said
    for value in search.has:
        assert value in said
    assert expanded(search)["outcomes"] or not (search.outcomes or search.outcome_all)
    assert said.endswith(".")
