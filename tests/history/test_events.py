"""Data revisions: numbered and chained in the order of commits, with the versions that held from when to when."""

import threading
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.database import Store
from app.history import queries
from app.history.chain import GENESIS
from app.history.events import Revision, latest, row_of
from app.models.history import VERSIONS, Change, DataRevision, StandingVersion
from app.models.study import Study
from tests.factories import a_citation, a_finding, a_revision, a_study, opened


def _seal(store: Store, revision: Revision) -> int | None:
    with store.writing() as session:
        return revision.seal(session)


def _noted(n: int) -> Revision:
    revision = a_revision(request_id=f"r{n}")
    revision.note("citation", n, op="edit", before={"title": None}, after={"title": f"T{n}"})
    return revision


def _versions(session: Session, kind: str) -> list[tuple[Any, ...]]:
    table = VERSIONS[kind]
    return [
        tuple(row) for row in session.execute(select(table.c.id, table.c.from_n, table.c.to_n).order_by(table.c.from_n))
    ]


def test_revisions_are_numbered_from_one_and_each_names_the_one_before(database_url: str) -> None:
    with opened(database_url) as store:
        numbers = [_seal(store, _noted(n)) for n in (1, 2, 3)]
        with store.reading() as session:
            hashes = session.execute(select(DataRevision.prev_hash, DataRevision.hash).order_by(DataRevision.n)).all()

            assert [1, 2, 3] == numbers
            assert GENESIS == hashes[0].prev_hash
            assert all(before.hash == after.prev_hash for before, after in pairwise(hashes))
            assert 3 == latest(session)
            assert [] == list(queries.broken_links(session))


def test_a_write_that_changed_nothing_leaves_no_revision(database_url: str) -> None:
    with opened(database_url) as store:
        sealed = _seal(store, a_revision())

        with store.reading() as session:
            assert (None, 0) == (sealed, latest(session))


def test_a_write_that_failed_takes_its_number_with_it(database_url: str) -> None:
    with opened(database_url) as store:
        with pytest.raises(ZeroDivisionError):
            _seal_and_fail(store)

        assert 1 == _seal(store, _noted(2))


def _seal_and_fail(store: Store) -> None:
    with store.writing() as session:
        _noted(1).seal(session)
        raise ZeroDivisionError


def test_writers_side_by_side_get_numbers_in_a_row_and_a_chain_that_holds(database_url: str) -> None:
    sealed: list[int | None] = []

    def write(worker: int) -> None:
        sealed.extend(_seal(store, _noted(worker * 100 + n + 1)) for n in range(8))

    with opened(database_url) as store:
        threads = [threading.Thread(target=write, args=(worker,)) for worker in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with store.reading() as session:
            assert list(range(1, 33)) == sorted(n or 0 for n in sealed)
            assert [] == list(queries.broken_links(session))


def test_a_version_holds_from_its_revision_to_the_next(vocabulary_url: str) -> None:
    with opened(vocabulary_url) as store:
        with store.writing() as session:
            study_id = a_study(session, revision := a_revision()).id
            first = revision.seal(session)
        second = _edit(store, study_id, "Another title")
        third = _edit(store, study_id, "A third title", op="status")

        with store.reading() as session:
            assert [(study_id, first, second), (study_id, second, third), (study_id, third, None)] == _versions(
                session, "study"
            )


def _edit(store: Store, study_id: int, title: str, op: str = "edit") -> int | None:
    with store.writing() as session:
        study = session.get_one(Study, study_id)
        before = row_of(study)
        study.title = title
        session.flush()
        revision = a_revision()
        revision.note("study", study_id, op=op, before=before, after=row_of(study))
        return revision.seal(session)


def test_what_is_added_and_changed_in_one_write_has_one_version(vocabulary_url: str) -> None:
    with opened(vocabulary_url) as store:
        with store.writing() as session:
            study = a_study(session, revision := a_revision(), status="draft")
            for status in ("submitted", "accepted"):
                study.status = status
                session.flush()
                revision.note("study", study.id, op="status", after=row_of(study))
            n = revision.seal(session)

        with store.reading() as session:
            assert [(study.id, n, None)] == _versions(session, "study")
            assert "accepted" == session.scalar(select(VERSIONS["study"].c.status))
            assert ["add", "status", "status"] == [row.op for row in queries.of_record(session, "study", study.id)]


def test_what_is_removed_has_no_version_from_then_on(vocabulary_url: str) -> None:
    with opened(vocabulary_url) as store:
        with store.writing() as session:
            finding = a_finding(session, revision := a_revision())
            first = revision.seal(session)
        with store.writing() as session:
            revision = a_revision()
            revision.note("finding", finding.id, op="remove", before=row_of(finding), after=row_of(finding))
            second = revision.seal(session)

        with store.reading() as session:
            assert [(finding.id, first, second)] == _versions(session, "finding")


def test_a_standing_holds_until_the_next_one(database_url: str) -> None:
    with opened(database_url) as store:
        with store.writing() as session:
            citation_id = a_citation(session, a_revision())
        for before, after in (("current", "corrected"), ("corrected", "retracted")):
            revision = a_revision()
            revision.note_standing(citation_id, before=before, after=after)
            _seal(store, revision)

        with store.reading() as session:
            spans = select(StandingVersion.standing, StandingVersion.from_n, StandingVersion.to_n).order_by("from_n")
            assert [("corrected", 1, 2), ("retracted", 2, None)] == [tuple(row) for row in session.execute(spans)]


def test_changes_are_read_in_order_in_pages_and_by_kind(database_url: str) -> None:
    with opened(database_url) as store:
        for n in (1, 2):
            revision = _noted(n)
            revision.note("study_note", n, op="remove", after={})
            _seal(store, revision)
        with store.reading() as session:
            pages = [
                queries.changes_after(session, n, position=p, limit=2) for n, p in ((0, 0), (1, 0), (1, 1), (2, 1))
            ]
            notes = queries.changes_after(
                session, 0, position=0, chosen=queries.Chosen(("study_note",), ("remove",)), limit=9
            )

            assert [[(1, 0), (1, 1)], [(1, 1), (2, 0)], [(2, 0), (2, 1)], []] == [
                [(row.n, row.position) for row in page] for page in pages
            ]
            assert [(1, 1), (2, 1)] == [(row.n, row.position) for row in notes]
            assert [4, 2, 0] == [queries.count_after(session, n) for n in (0, 1, 2)]
            assert [0, 2, 0] == [
                queries.last_touch(session, shown) for shown in ({}, {"citation": {1, 2}}, {"study": {1}})
            ]


def test_the_revision_before_a_moment_is_the_last_one_made_until_then(database_url: str) -> None:
    with opened(database_url) as store:
        for n in (1, 2):
            _seal(store, _noted(n))
        with store.writing() as session:
            at = {row.n: row.at for row in session.execute(select(DataRevision.n, DataRevision.at))}

            assert 0 == queries.revision_before(session, at[1])
            assert queries.revision_before(session, at[2]) <= 1


COLUMNS = [("data_revision", c.name) for c in DataRevision.__table__.columns]
COLUMNS += [("change", c.name) for c in Change.__table__.columns]


def _forge(session: Session, table: str, column: str) -> None:
    number = column in ("n", "position", "record_id")
    words = {"prev_hash": "'g' || substr(prev_hash, 2)", "hash": "'g' || substr(hash, 2)", "kind": "'citatioN'",
             "op": "'merge'", "at": "replace(at, 'T', ' ')", "request_id": "NULL"}  # fmt: skip
    value = f"{column} + 40" if number else words.get(column, f"coalesce({column}, '') || ' '")
    session.execute(text(f"UPDATE {table} SET {column} = {value} WHERE n = 2"))


@pytest.mark.parametrize(("table", "column"), COLUMNS)
def test_one_changed_value_in_the_history_is_found(database_url: str, table: str, column: str) -> None:
    with opened(database_url) as store:
        for n in (1, 2, 3):
            _seal(store, _noted(n))
        with store.writing() as session:
            _unseal(session, store)
            _forge(session, table, column)
        with store.reading() as session:
            assert list(queries.broken_links(session))


@pytest.mark.parametrize(
    "damage",
    ["DELETE FROM change WHERE n = 2", "DELETE FROM data_revision WHERE n = 2",
     "INSERT INTO change SELECT n, 7, kind, record_id, op, before, after FROM change WHERE n = 2",
     "UPDATE data_revision SET at = 'soon' WHERE n = 2", "UPDATE data_revision SET at = '' WHERE n = 2"],
)  # fmt: skip
def test_what_was_removed_added_or_garbled_is_found(database_url: str, damage: str) -> None:
    with opened(database_url) as store:
        for n in (1, 2, 3):
            _seal(store, _noted(n))
        with store.writing() as session:
            _unseal(session, store)
            session.execute(text(damage))
        with store.reading() as session:
            assert set(queries.broken_links(session)) & {2, 3}


def _unseal(session: Session, store: Store) -> None:
    """Take away what keeps the history from being rewritten, as somebody with the file in hand would."""
    if store.is_sqlite:
        for trigger in session.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
            session.execute(text(f"DROP TRIGGER {trigger}"))
        session.execute(text("PRAGMA defer_foreign_keys = ON"))
        session.execute(text("CREATE TABLE copied AS SELECT * FROM change"))
        session.execute(text("DROP TABLE change"))
        session.execute(text("ALTER TABLE copied RENAME TO change"))
    else:
        session.execute(text("DROP FUNCTION refuse_rewriting() CASCADE"))
        session.execute(text("ALTER TABLE change DROP CONSTRAINT fk_change_n"))
