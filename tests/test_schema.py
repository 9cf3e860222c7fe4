"""The schema: one way forward, the same rules on both databases, also those that Alembic does not compare."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.command import check, stamp, upgrade
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, Connection, inspect, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from app import schema
from app.backups.manifest import matching
from app.citations.draft import TextPart
from app.citations.words import notation_of
from app.cli import preparing
from app.config import PROJECT_DIR
from app.database import Store
from app.errors import SchemaMismatch
from app.models.finding import Quote
from app.models.tables import METADATA, ROOMS
from app.search.compiling import matching_citations
from app.search.language import parse
from tests.factories import a_citation, a_finding, a_revision, a_study, an_exposure, opened
from tests.search.asked import found_by


@pytest.fixture
def bare_url(database_url: str, tmp_path: Path) -> Iterator[str]:
    """A database without a single table."""
    if database_url.startswith("sqlite"):
        yield f"sqlite:///{tmp_path / 'bare.db'}"
        return
    with opened(database_url) as store, store.writing() as session:
        session.execute(text("DROP SCHEMA public CASCADE"))
        session.execute(text("CREATE SCHEMA public"))
    yield database_url


def _tables(store: Store) -> set[str]:
    with store.connection() as connection, connection.begin():
        return set(inspect(connection).get_table_names())


def test_the_migrations_form_one_line() -> None:
    scripts = ScriptDirectory.from_config(schema.configuration())
    line = list(scripts.walk_revisions())

    assert [schema.head()] == scripts.get_heads()
    assert all(not script.is_branch_point and not script.is_merge_point for script in line)
    assert sorted((script.revision for script in line), reverse=True) == [script.revision for script in line]


def test_the_tables_are_those_of_the_models(database_url: str) -> None:
    with opened(database_url) as store, store.connection() as connection, connection.begin():
        config = schema.configuration()
        config.attributes["connection"] = connection

        check(config)


def test_every_step_can_be_taken_by_itself(bare_url: str) -> None:
    steps = [step.revision for step in ScriptDirectory.from_config(schema.configuration()).walk_revisions()][::-1]
    with opened(bare_url) as store:
        for step in steps:
            with store.connection() as connection, connection.begin():
                config = schema.configuration()
                config.attributes["connection"] = connection
                upgrade(config, step)

        assert schema.head() == schema.current(store)
        assert set(METADATA.tables) <= _tables(store)
        assert not schema.migrate(store)


def test_a_store_of_the_first_schema_is_backed_up_then_gets_the_new_index(
    bare_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVIDENCE_VAR_DIR", str(tmp_path))
    told: list[str] = []
    with opened(bare_url) as store:
        with store.connection() as connection, connection.begin():
            config = schema.configuration()
            config.attributes["connection"] = connection
            upgrade(config, "2026_11_22_1305")
        with store.writing() as session:
            for number in (1, 2):
                session.execute(
                    text(
                        "INSERT INTO citation (id, source, source_type, title, authors_complete, source_version, payload_hash, "
                        "standing, created_at, version) VALUES (:id, 'pubmed', 'journal_article', :title, :yes, 1, :hash, "
                        "'current', '2026-11-22T13:00:00.000Z', 1)"
                    ),
                    {"id": number, "title": f"Kratom {number}", "yes": True, "hash": "0" * 64},
                )

        preparing.migrate(store, told.append)

        with store.reading() as session:
            assert {1, 2} == found_by(session, "kratom")
            assert {2} == found_by(session, '"kratom 2"[ti]')
        assert "Filled the text index with 2 citations." == told[-1]
        (backup,) = [path for path in (tmp_path / "backups").iterdir() if path.suffix in {".db", ".dump"}]
        assert told[0].startswith(f"Took a backup before migrating: {backup}")
        assert ("2026_11_22_1305", 2) == ((found := matching(backup)).schema, found.tables["citation"])
        assert not preparing.migrate(store, told.append)


def test_words_of_titles_are_marked_in_a_store_that_had_no_marks(database_url: str) -> None:
    with opened(database_url) as store:
        with store.writing() as session:
            revision = a_revision()
            number = a_citation(session, revision, title="Zaleplon in mice", texts=(TextPart("Asleep, in mice."),))
            if not store.is_sqlite:
                unmarked = "'zaleplon':1A 'in':2A,6B 'mice':3A,7B 'asleep':5B '·dp·2020'"
                session.execute(
                    text("UPDATE citation_index SET document = CAST(:unmarked AS tsvector)"), {"unmarked": unmarked}
                )
            revision.seal(session)
        with store.connection() as connection, connection.begin():
            config = schema.configuration()
            config.attributes["connection"] = connection
            stamp(config, "2026_11_22_1654")
            upgrade(config, "2026_11_22_1655")

        with store.reading() as session:
            notation = notation_of(session)
            found = {
                word: [number] == list(session.scalars(notation.ids(notation.phrase([word], ["title"]))))
                for word in ("zaleplon", "in", "mice", "asleep", "2020")
            }

    assert {"zaleplon": True, "in": True, "mice": True, "asleep": False, "2020": False} == found


def test_migrating_twice_does_nothing_the_second_time(bare_url: str) -> None:
    with opened(bare_url) as store:
        first = schema.migrate(store)
        second = schema.migrate(store)

        assert [True, False] == [first, second]
        assert schema.head() == schema.current(store)


def test_a_migration_that_fails_leaves_the_schema_as_it_was(bare_url: str) -> None:
    with opened(bare_url) as store:
        with store.writing() as session:
            session.execute(text("CREATE TABLE exposure (mine integer)"))
        with pytest.raises(DBAPIError):
            schema.migrate(store)

        assert {"exposure"} == _tables(store)


def test_a_database_of_a_newer_program_is_refused_and_left_alone(database_url: str) -> None:
    with opened(database_url) as store:
        with store.writing() as session:
            session.execute(text("UPDATE alembic_version SET version_num = '2999_01_01_0000'"))
        before = _tables(store)
        with pytest.raises(SchemaMismatch, match="newer than this program"):
            schema.migrate(store)

        assert ("2999_01_01_0000", before) == (schema.current(store), _tables(store))


def test_the_checks_in_the_database_are_those_of_the_models(database_url: str) -> None:
    with opened(database_url) as store, store.connection() as connection, connection.begin():
        found = {name: _checks(connection, name) for name in METADATA.tables}
        wanted = {
            name: {
                str(each.name): _plain(str(each.sqltext))
                for each in table.constraints
                if isinstance(each, CheckConstraint)
            }
            for name, table in METADATA.tables.items()
        }
        if not store.is_sqlite:  # PostgreSQL prints them in its own words
            found, wanted = ({name: dict.fromkeys(each) for name, each in side.items()} for side in (found, wanted))

    assert wanted == found


def _checks(connection: Connection, table: str) -> dict[str, str]:
    checks = inspect(connection).get_check_constraints(table)
    return {str(each["name"]): _plain(each["sqltext"]) for each in checks}


def _plain(sql: str) -> str:
    return re.sub(r"\s+", " ", sql).strip()


REFUSED = [
    "UPDATE outcome SET kind = 'other'",
    "UPDATE outcome SET parent = 'nowhere' WHERE id = 'insomnia'",
    "UPDATE citation SET standing = 'doubtful'",
    "UPDATE citation SET year = 12",
    "UPDATE citation SET merged_into = 999999",
    "UPDATE study SET status = 'done'",
    "UPDATE study SET status = 'retired'",
    "UPDATE study SET overlap_status = 'maybe'",
    "UPDATE study SET overlap_group = 'A', overlap_status = 'none_known'",
    "UPDATE study SET read_depth = 'half'",
    "UPDATE study SET n_total = -1",
    "UPDATE study SET design = 'guess'",
    "UPDATE study SET subject = 'ghost'",
    "UPDATE exposure SET substance = 'tea'",
    "UPDATE exposure SET substance = 'other'",
    "UPDATE exposure SET study_id = 999999",
    "UPDATE finding SET outcome = 'happiness_itself'",
    "UPDATE finding SET phase = 'tomorrow'",
    "UPDATE finding SET contrast = 'whatever'",
    "UPDATE finding SET basis = 'rumour'",
    "UPDATE finding SET direction = 'sideways'",
    "UPDATE finding SET phase_basis = 'felt'",
    "UPDATE finding SET reading = 'blind'",
    "UPDATE finding SET higher_is = 'more'",
    "UPDATE finding SET alternative_explanation = 'yes'",
    "UPDATE finding SET status = 'published'",
    "UPDATE finding SET status = 'retired'",
    "UPDATE finding SET n_events = -1",
    "UPDATE finding SET n_group = -1",
    "UPDATE finding SET n_events = 3, n_group = 2",
    "UPDATE finding SET ci_low = 2, ci_high = 1",
    *(f"UPDATE finding SET {name} = NULL" for name in
      ("report_id", "exposure_id", "outcome", "direction", "phase", "contrast", "basis", "summary")),
    "UPDATE quote SET state = 'fine'",
    "UPDATE quote SET text = ''",
    "UPDATE quote SET starts_at = 5, ends_at = 5",
    "UPDATE quote SET state = 'verified', text_position = NULL",
    "UPDATE change SET n = n",
    "DELETE FROM study",
    "DELETE FROM citation",
    "INSERT INTO study_report (study_id, citation_id, role, position) SELECT study_id, citation_id, role, 9 FROM study_report",
]  # fmt: skip


def test_what_cannot_be_true_is_refused_by_the_database_itself(vocabulary_url: str) -> None:
    with opened(vocabulary_url) as store:
        with store.writing() as session:
            _one_of_each(session)
        kept = [sql for sql in [*REFUSED, f"UPDATE quote SET text = '{'x' * 301}'"] if _is_accepted(store, sql)]

    assert [] == kept


def _is_accepted(store: Store, sql: str) -> bool:
    try:
        with store.writing() as session:
            session.execute(text(sql))
            session.flush()
    except DBAPIError:
        return False
    return True


def _one_of_each(session: Session) -> None:
    revision = a_revision()
    finding = a_finding(session, revision)
    quote: dict[str, Any] = {"finding_id": finding.id, "citation_id": finding.report_id, "text": "slept badly"}
    session.add(
        Quote(**quote, location="abstract", page=None, text_position=0, starts_at=0, ends_at=11, text_sha256="0" * 64,
              state="verified", seen_by_second_reader=False, created_at=finding.created_at, created_by="ada")
    )  # fmt: skip
    revision.seal(session)


def test_a_finding_cannot_name_the_report_or_exposure_of_another_study(vocabulary_url: str) -> None:
    with opened(vocabulary_url) as store:
        with store.writing() as session:
            revision = a_revision()
            mine = a_finding(session, revision)
            other = a_study(session, revision, reports=(a_citation(session, revision),))
            foreign = {"exposure_id": an_exposure(session, revision, other), "report_id": mine.report_id + 1}
            kept = mine.id
        for column, value in foreign.items():
            with pytest.raises(IntegrityError), store.writing() as session:
                session.execute(text(f"UPDATE finding SET {column} = {value} WHERE id = {kept}"))


@pytest.mark.parametrize("table", ["data_revision", "change"])
def test_history_cannot_be_rewritten(vocabulary_url: str, table: str) -> None:
    statements = [f"UPDATE {table} SET n = n", f"DELETE FROM {table}"]
    replaced = f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}"
    with opened(vocabulary_url) as store:
        with store.writing() as session:
            _one_of_each(session)
        statements.append(replaced if store.is_sqlite else f"TRUNCATE {table} CASCADE")
        accepted = [sql for sql in statements if _is_accepted(store, sql)]

    assert [] == accepted


def test_an_identifier_belongs_to_one_citation_but_may_be_mentioned_by_many(database_url: str) -> None:
    sql = "INSERT INTO citation_identifier (citation_id, scheme, value, position, identifies) VALUES ({}, 'pmid', '7', 0, {})"
    with opened(database_url) as store:
        with store.writing() as session:
            first, second, third = (a_citation(session, a_revision()) for _ in range(3))
            session.execute(text(sql.format(first, "TRUE")))
            session.execute(text(sql.format(second, "FALSE")))
            session.execute(text(sql.format(third, "FALSE")))

        with pytest.raises(IntegrityError), store.writing() as session:
            session.execute(text("UPDATE citation_identifier SET identifies = TRUE WHERE value = '7'"))


def test_the_words_of_a_citation_are_in_the_text_index(database_url: str) -> None:
    with opened(database_url) as store:
        with store.writing() as session:
            a_citation(session, a_revision(), title="Something else")
            sought = a_citation(session, a_revision(), title="Mitragynine and α-synuclein")

        with store.reading() as session:
            assert [sought] == list(session.scalars(matching_citations(session, parse("alpha-synuclein").tree)))


def test_every_module_of_tables_is_named() -> None:
    modules = {path.stem for path in (PROJECT_DIR / "app" / "models").glob("*.py")}

    assert modules - {"__init__", "base", "tables"} == {room.__name__.rpartition(".")[2] for room in ROOMS}
