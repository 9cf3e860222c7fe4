import csv
import io
import json
import os
import resource
from pathlib import Path

import pytest

from app.export.columns import NAMES
from tests.cli.terminal import evidence, evidence_process

LIMIT = 65_536


def _small_files_only() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT, LIMIT))


def test_both_formats_hold_the_same_findings(starter_url: str, tmp_path: Path) -> None:
    for form in ("csv", "ndjson"):
        path = str(tmp_path / f"findings.{form}")
        ended = evidence(
            "export", "findings", "-o", path, "--format", form, "--evidence", "all", database_url=starter_url
        )

        assert (0, "") == (ended.code, ended.stdout)
        assert f"Wrote 196 findings to {path}. Findings: all (everything recorded, evidence or not).\n" == ended.stderr
    table = list(csv.DictReader(io.StringIO((tmp_path / "findings.csv").read_bytes().decode(), newline="")))
    objects = [json.loads(line) for line in (tmp_path / "findings.ndjson").read_text().splitlines()]

    assert list(NAMES) == list(table[0]) == list(objects[0])
    assert [row["id"] for row in table] == [each["id"] for each in objects]
    assert 196 == len(table)


def test_filters_hold_and_stdout_has_data_only(starter_url: str) -> None:
    asked = ["--outcome", "insomnia", "--phase", "withdrawal"]
    ended = evidence("export", "findings", "-o", "-", "--format", "ndjson", *asked, database_url=starter_url)
    rows = [json.loads(line) for line in ended.stdout.splitlines()]

    assert ({"insomnia"}, 5) == ({row["outcome"] for row in rows}, len(rows))


def test_a_full_disk_leaves_what_was_there(starter_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # What Python compiles would be cut short as well, and stay so for the tests that come after.
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    path = tmp_path / "findings.csv"
    path.write_text("of yesterday")
    ended = evidence_process(
        "export", "findings", "-o", str(path), "--evidence", "all", before=_small_files_only, database_url=starter_url
    )

    assert (1, "") == (ended.code, ended.stdout)
    assert f"{path} could not be written: File too large. What was there before is unchanged.\n" == ended.stderr
    assert {"findings.csv": "of yesterday"} == {each.name: each.read_text() for each in tmp_path.glob("*findings*")}


def test_a_folder_that_is_not_there_is_a_failure_in_one_sentence(starter_copy_url: str, tmp_path: Path) -> None:
    ended = evidence("export", "findings", "-o", str(tmp_path / "none" / "x.csv"), database_url=starter_copy_url)

    assert 1 == ended.code
    assert ["could not be written: No such file or directory"] == [
        line.partition(" ")[2].partition(".")[0] for line in ended.stderr.splitlines()
    ]


def test_a_device_is_written_to_and_not_replaced(starter_url: str) -> None:
    full = evidence("export", "findings", "-o", "/dev/full", database_url=starter_url)
    null = evidence("export", "findings", "-o", "/dev/null", database_url=starter_url)

    assert (1, 0) == (full.code, null.code)
    assert Path("/dev/null").is_char_device()
    assert "/dev/full could not be written: No space left on device.\n" == full.stderr


def test_a_full_disk_behind_standard_output_is_told_as_that(starter_url: str) -> None:
    for arguments in (["export", "findings", "-o", "-"], ["search"], ["search", "--json"]):
        with Path("/dev/full").open("wb") as full:
            ended = evidence_process(*arguments, stdout=full, database_url=starter_url)

        assert 1 == ended.code
        assert ["No space left on device"] == [
            part for part in ("No space left on device", "database") if part in ended.stderr
        ]


def test_a_reader_who_has_enough_ends_the_export_silently(starter_url: str) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    ended = evidence_process("export", "findings", "-o", "-", stdout=writer, database_url=starter_url)
    os.close(writer)

    assert (0, "") == (ended.code, ended.stderr)


@pytest.mark.parametrize("arguments", [["-o", "-", "--format", "xml"], [], ["-o", "-", "--effect", "good"]])
def test_a_wrong_use_says_what_is_allowed(starter_url: str, arguments: list[str]) -> None:
    ended = evidence("export", "findings", *arguments, database_url=starter_url)

    assert (2, "") == (ended.code, ended.stdout)
    assert any(word in ended.stderr for word in ("'csv', 'ndjson'", "--output", "improved, worsened"))
