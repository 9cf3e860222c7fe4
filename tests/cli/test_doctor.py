import json
import shutil
from collections import namedtuple
from pathlib import Path

import pytest

from app.cli import examining
from app.cli.examining import GOOD, REFUSAL, WARNING, file_system_of, has_wal_reset_bug, quick_checks
from app.config import Settings
from tests.cli.terminal import evidence

SECRETS = {"ncbi_api_key": "key-0123456789", "secret_key": "salt+and/pepper"}
MOUNTS = """\
22 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw
40 22 0:50 / /data rw - nfs4 server:/export rw
41 22 0:51 / /data/local\\040disk rw - xfs /dev/sdb rw
"""
Usage = namedtuple("Usage", "total used free")


def test_a_ready_database_is_good_on_either_kind(starter_url: str) -> None:
    ended = evidence("doctor", "--json", database_url=starter_url)
    document = json.loads(ended.stdout)

    assert (0, "", False) == (ended.code, ended.stderr, document["refused"])
    assert {"folder", "disk", "schema"} <= {each["name"] for each in document["checks"] if each["state"] == GOOD}


def test_secrets_are_never_shown(tmp_path: Path) -> None:
    url = "postgresql+psycopg://curator:pa%20ss-word@127.0.0.1:1/evidence"
    for arguments in (["doctor"], ["doctor", "--json"], ["init"], ["search"]):
        ended = evidence(*arguments, database_url=url, **SECRETS)
        everything = ended.stdout + ended.stderr

        assert 1 == ended.code
        assert not [secret for secret in (*SECRETS.values(), "pa%20ss-word", "pa ss-word") if secret in everything]
        assert "Traceback" not in everything
    assert "EVIDENCE_NCBI_API_KEY = set\n" in evidence("doctor", database_url=url, **SECRETS).stdout


def test_a_setting_that_cannot_be_used_is_named_without_its_value() -> None:
    doctor = evidence("doctor", database_url="mysql://root:hunter22@db/x")
    search = evidence("search", database_url="mysql://root:hunter22@db/x")

    assert (1, 2) == (doctor.code, search.code)
    assert "The setting EVIDENCE_DATABASE_URL cannot be used" in doctor.stdout
    assert "hunter22" not in doctor.stdout + search.stderr


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "evidence.db"
    path.write_bytes(b"no database " * 1000)
    ended = evidence("doctor", database_url=f"sqlite:///{path}")

    assert 1 == ended.code
    assert "refusal  database: The database cannot be read: file is not a database." in ended.stdout


def test_doctor_makes_no_database(tmp_path: Path) -> None:
    ended = evidence("doctor", database_url=f"sqlite:///{tmp_path}/evidence.db")

    assert 0 == ended.code
    assert "run: evidence init" in ended.stdout
    assert [] == list(tmp_path.glob("evidence.db"))


@pytest.mark.parametrize(
    ("version", "has_it"),
    [
        ((3, 40, 1), True), ((3, 51, 2), True), ((3, 51, 3), False), ((3, 52, 0), False), ((3, 50, 6), True),
        ((3, 50, 7), False), ((3, 44, 5), True), ((3, 44, 6), False), ((3, 45, 0), True), ((3, 6, 23), False),
    ],
)  # fmt: skip
def test_the_wal_reset_bug_is_known_by_version(version: tuple[int, int, int], has_it: bool) -> None:
    assert has_it == has_wal_reset_bug(version)


@pytest.mark.parametrize(
    ("folder", "kind"),
    [("/srv/db", "ext4"), ("/data/db", "nfs4"), ("/data/local disk/db", "xfs"), ("/database", "ext4")],
)
def test_the_file_system_is_that_of_the_deepest_mount(folder: str, kind: str) -> None:
    assert kind == file_system_of(Path(folder), MOUNTS)


def test_a_network_file_system_is_refused_for_sqlite_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text("40 22 0:50 / / rw - nfs4 server:/export rw\n")
    monkeypatch.setattr(examining, "_MOUNTS", mounts)
    sqlite = {each.name: each.state for each in quick_checks(Settings(var_dir=tmp_path))}
    postgres = {each.name: each.state for each in quick_checks(Settings(database_url="postgresql+psycopg://h/db"))}

    assert REFUSAL == sqlite["file system"]
    assert "file system" not in postgres


@pytest.mark.parametrize(("free", "state"), [(5e9, GOOD), (5e8, WARNING), (5e7, REFUSAL)])
def test_little_space_warns_and_too_little_refuses(
    free: float, state: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(1e10, 0, free))
    states = {each.name: each.state for each in quick_checks(Settings(var_dir=tmp_path))}

    assert state == states["disk"]
