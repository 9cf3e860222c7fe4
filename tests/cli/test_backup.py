"""``backup``, ``restore`` and ``verify-audit`` as an operator uses them."""

import json
from pathlib import Path

from sqlalchemy import text

from app.database import Store
from tests.cli.terminal import evidence
from tests.factories import opened


def test_a_backup_is_taken_and_restored_from_the_terminal(starter_copy_url: str, tmp_path: Path) -> None:
    taken = evidence("backup", str(tmp_path / "mine"), "--json", database_url=starter_copy_url)
    refused = evidence("restore", str(tmp_path / "mine"), database_url=starter_copy_url)
    restored = evidence("restore", str(tmp_path / "mine"), "--replace", "--json", database_url=starter_copy_url)

    assert (0, 1, 0) == (taken.code, refused.code, restored.code), restored.stderr
    assert "--replace" in refused.stderr
    assert json.loads(taken.stdout)["manifest"] == json.loads(restored.stdout)["manifest"]
    assert 0 == evidence("search", "kratom", database_url=starter_copy_url).code


def test_a_damaged_backup_ends_with_one_and_a_reason(starter_copy_url: str, tmp_path: Path) -> None:
    evidence("backup", str(tmp_path / "mine"), database_url=starter_copy_url)
    (tmp_path / "mine").write_bytes(b"no database")
    ended = evidence("restore", str(tmp_path / "mine"), "--replace", database_url=starter_copy_url)

    assert (1, True) == (ended.code, "damaged or exchanged" in ended.stderr)


def test_a_sound_history_is_said_to_be_so(starter_copy_url: str) -> None:
    ended = evidence("verify-audit", "--json", database_url=starter_copy_url)
    told = json.loads(ended.stdout)

    assert (0, True, [], {}) == (ended.code, told["sound"], told["broken"], told["unexplained"])
    assert 0 == evidence("verify-audit", "--expect", told["chain_hash"], database_url=starter_copy_url).code
    assert 1 == evidence("verify-audit", "--expect", "0" * 64, database_url=starter_copy_url).code


def test_one_flipped_letter_and_a_record_without_history_are_found(starter_copy_url: str) -> None:
    with opened(starter_copy_url) as store:
        _tamper(store)
    ended = evidence("verify-audit", "--json", database_url=starter_copy_url)
    told = json.loads(ended.stdout)

    assert (1, False, [1], [1]) == (ended.code, told["sound"], told["broken"], told["unexplained"]["study"])


def _tamper(store: Store) -> None:
    with store.connection() as connection, connection.begin():
        if store.is_sqlite:
            connection.exec_driver_sql("DROP TRIGGER change_no_update")
        else:
            connection.exec_driver_sql("ALTER TABLE change DISABLE TRIGGER change_append_only")
        connection.execute(text("UPDATE change SET record_id = 999999 WHERE kind = 'study' AND record_id = 1"))
