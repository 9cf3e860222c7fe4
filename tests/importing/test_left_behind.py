"""What dead processes leave behind: sent files are swept once nobody will ask for them, and never under anybody's hands."""

import os
import time
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select, update

from app.database import Store
from app.importing import taking_up, uploads
from app.importing.uploads import Upload, UploadRun
from app.jobs import leases
from app.jobs.holders import holder
from app.kit.canonical import now
from app.models.imports import Job

GONE = holder().rpartition(":")[0] + ":999999999"
"""A process of this machine that is no more."""
TWO_DAYS = 2 * 24 * 3600


def _folder(var_dir: Path, name: str, *, age_s: float = 0) -> Path:
    folder = var_dir / uploads.FOLDER / name
    (folder / "0").mkdir(parents=True)
    (folder / "0" / "a.ris").write_text("TY  - JOUR\nTI  - Kratom\nER  - \n")
    os.utime(folder, (time.time() - age_s, time.time() - age_s))
    return folder


def _left(var_dir: Path) -> set[str]:
    return {folder.name for folder in (var_dir / uploads.FOLDER).iterdir()}


def _begun(store: Store, folder: Path, *, held_by: str) -> None:
    UploadRun(store, Upload(str(folder), ("a.ris",)), actor="ines").begin()
    with store.writing() as session:
        session.execute(update(Job).values(holder=held_by))


def test_folders_of_dead_processes_and_of_long_ago_are_swept_and_those_of_the_living_stay(
    store: Store, tmp_path: Path
) -> None:
    _folder(tmp_path, f"dead@{GONE}")
    _folder(tmp_path, f"being-filled@{holder()}")
    _folder(tmp_path, "of-another-machine@elsewhere:7")
    _folder(tmp_path, "forgotten@elsewhere:7", age_s=TWO_DAYS)
    taking_up.sweep(store, tmp_path)

    assert {f"being-filled@{holder()}", "of-another-machine@elsewhere:7"} == _left(tmp_path)


def test_a_folder_that_a_run_will_ask_for_again_is_never_swept(store: Store, tmp_path: Path) -> None:
    folder = _folder(tmp_path, f"cut-off@{GONE}")
    _begun(store, folder, held_by=GONE)
    taking_up.sweep(store, tmp_path)

    assert {folder.name} == _left(tmp_path)


def test_a_folder_of_a_long_run_under_way_is_never_swept(store: Store, tmp_path: Path) -> None:
    folder = _folder(tmp_path, f"long@{holder()}", age_s=TWO_DAYS)
    _begun(store, folder, held_by=holder())
    with store.writing() as session:
        session.execute(update(Job).values(created_at=now() - timedelta(days=2)))
    taking_up.sweep(store, tmp_path)

    assert {folder.name} == _left(tmp_path)


def test_a_run_that_nobody_took_up_within_a_day_is_let_go_with_its_files(store: Store, tmp_path: Path) -> None:
    _begun(store, _folder(tmp_path, f"late@{GONE}"), held_by=GONE)
    with store.writing() as session:
        session.execute(update(Job).values(created_at=now() - timedelta(days=2)))
    taking_up.sweep(store, tmp_path)
    with store.reading() as session:
        job = session.scalars(select(Job)).one()

    assert set() == _left(tmp_path)
    assert ("failed", "Not taken up again within 24 hours; what it waited for was let go.") == (job.state, job.failure)


def test_a_run_under_way_elsewhere_is_not_taken_up(store: Store, tmp_path: Path) -> None:
    _begun(store, _folder(tmp_path, "theirs@elsewhere:7"), held_by="elsewhere:7")

    assert [] == taking_up.cut_off(store, also_of_terminals=True)
    with store.reading() as session:
        assert ["elsewhere:7"] == [job.holder for job in leases.open_jobs(session, uploads.JOB)]
