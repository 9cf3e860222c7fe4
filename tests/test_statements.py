"""Prepared statements answer as the session does, on both databases and in earlier states."""

from typing import Any

import pytest
from sqlalchemy import bindparam, func, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.database import Store
from app.history import asof
from app.history.events import row_of
from app.models import screening  # noqa: F401 - an earlier state names its tables
from app.models.finding import Finding
from app.models.history import VERSIONS, DataRevision
from app.models.study import Study, StudyReport
from app.statements import Statement, among_numbers
from tests.factories import a_finding, a_revision, a_study, opened

COLUMNS = (Study.id, Study.title, Study.population_contexts, Study.created_at, Study.n_total, Study.edited_at)
SOME = select(*COLUMNS, func.count(StudyReport.id).label("reports")).outerjoin(StudyReport).group_by(Study.id)


def _entered(store: Store, **changes: Any) -> int:
    with store.writing() as session:
        revision = a_revision()
        study = a_study(session, revision, **changes)
        revision.seal(session)
        return study.id


def test_rows_are_those_of_the_session_with_lists_moments_and_nothing_at_all(vocabulary_url: str) -> None:
    asked = SOME.where(Study.status.in_(("submitted", "accepted")), Study.n_total > bindparam("more")).order_by(
        Study.id
    )
    statement = Statement(asked)
    with opened(vocabulary_url) as store:
        for number in range(3):
            _entered(store, n_total=number, population_contexts=("chronic_pain",) if number else ())
        with store.reading() as session:
            expected = [row._asdict() for row in session.execute(asked, {"more": 0})]

            assert expected == [row._asdict() for row in statement.all(session, more=0)]
            assert 2 == len(expected) == len(statement.column(session, more=0))
            assert (expected[0]["id"], expected[0]["title"]) == statement.first(session, more=0)[:2]
            assert ([], None, None) == (
                statement.all(session, more=9), statement.first(session, more=9), statement.scalar(session, more=9)
            )  # fmt: skip


def test_decimal_numbers_are_read_as_the_session_reads_them(vocabulary_url: str) -> None:
    asked = select(Finding.value, Finding.ci_low, Finding.precipitated)
    with opened(vocabulary_url) as store:
        with store.writing() as session:
            revision = a_revision()
            a_finding(session, revision, value=1.5, effect_measure="OR")
            revision.seal(session)
        with store.reading() as session:
            assert (
                [tuple(row) for row in session.execute(asked)] == Statement(asked).all(session) == [(1.5, None, False)]
            )


@pytest.mark.parametrize("number", [0, 1, 3, 3_000])
def test_any_number_of_numbers_is_one_parameter(vocabulary_url: str, number: int) -> None:
    asked = select(Study.id).where(among_numbers(Study.id, "numbers")).order_by(Study.id)
    with opened(vocabulary_url) as store:
        there = [_entered(store) for _ in range(3)]
        wanted = [*there[:number], *range(10_000, 10_000 + number)]
        with store.reading() as session:
            assert there[:number] == Statement(asked).column(session, numbers=wanted)
            assert there[:number] == list(session.scalars(asked, {"numbers": wanted}))


def test_a_session_that_writes_asks_of_what_it_has_not_sent_yet(vocabulary_url: str) -> None:
    titles = Statement(select(Study.title).order_by(Study.id))
    with opened(vocabulary_url) as store:
        number = _entered(store)
        with store.writing() as session:
            session.get_one(Study, number).title = "another"

            assert ["another"] == titles.column(session)


def test_rows_are_changed_one_by_one_and_many_at_once(vocabulary_url: str) -> None:
    renamed = Statement(update(Study).where(Study.id == bindparam("number")).values(title=bindparam("words")))
    every = Statement(text("UPDATE study SET title = :words WHERE id = :number"))
    with opened(vocabulary_url) as store:
        numbers = [_entered(store), _entered(store)]
        with store.writing() as session:
            assert (1, 0) == (
                renamed.do(session, number=numbers[0], words="x"),
                renamed.do(session, number=0, words="y"),
            )
            assert ["x"] == _titles(session, numbers[:1])
            every.do_each(session, [{"number": each, "words": f"n{each}"} for each in numbers])

            assert [f"n{each}" for each in numbers] == _titles(session, numbers)


def _titles(session: Session, numbers: list[int]) -> list[str]:
    return list(session.scalars(select(Study.title).where(Study.id.in_(numbers)).order_by(Study.id)))


def test_in_an_earlier_state_what_held_then_is_read(vocabulary_url: str) -> None:
    titles = Statement(select(Study.title).where(Study.id == bindparam("number")))
    spans = Statement(select(VERSIONS["study"].c.to_n))
    with opened(vocabulary_url) as store:
        number = _entered(store, title="as it was")
        with store.writing() as session:
            revision = a_revision()
            study = session.get_one(Study, number)
            study.title = "as it is"
            session.flush()
            revision.note("study", number, op="edit", before={}, after=row_of(study))
            n = revision.seal(session) or 0
        with asof.reading(store, str(n - 1)) as session:
            assert (["as it was"], [None]) == (titles.column(session, number=number), spans.column(session))
        with store.reading() as session:
            assert ["as it is"] == titles.column(session, number=number)


def test_what_the_database_refuses_is_refused_under_its_usual_name(vocabulary_url: str) -> None:
    again = Statement(DataRevision.__table__.insert().values({"n": bindparam("number"), "at": bindparam("at")}))
    with opened(vocabulary_url) as store, pytest.raises(IntegrityError), store.writing() as session:
        again.do(session, number=1, at=None)
