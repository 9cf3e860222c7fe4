"""Runs and their leases: one holder writes, its successor finds everything, and a lease that ended is noticed."""

import asyncio
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from app.api.importing import Importers
from app.config import Settings
from app.database import Store
from app.errors import Conflict
from app.importing import taking_up, uploads
from app.importing.leased import TAKEN_UP_WITHIN
from app.importing.uploads import Upload, UploadRun
from app.kit.canonical import now
from app.models.citation import Citation
from app.models.imports import ImportRun, Job

RIS = "TY  - JOUR\nTI  - Kratom and sleep\nDO  - 10.1000/1\nER  - \n"


@pytest.fixture
def upload(tmp_path: Path) -> Upload:
    upload = Upload(str(tmp_path / uploads.FOLDER / "one"), ("a.ris",))
    upload.paths[0].parent.mkdir(parents=True)
    upload.paths[0].write_text(RIS)
    return upload


def _time_out(store: Store, by: timedelta = timedelta(seconds=1)) -> None:
    with store.writing() as session:
        session.execute(update(Job).values(leased_until=now() - by))


def _taken_over(store: Store) -> UploadRun:
    _time_out(store)
    (run,) = taking_up.cut_off(store)
    assert isinstance(run, UploadRun)
    return run


def _citations(store: Store) -> int:
    with store.reading() as session:
        return session.scalar(select(func.count(Citation.id))) or 0


def _carried_out(run: UploadRun) -> str:
    return taking_up.carry_out(run, lambda: pytest.fail("files ask nobody"), lambda _done, _of: None).state


def test_of_two_that_took_an_upload_over_the_later_one_keeps_it(store: Store, upload: Upload) -> None:
    UploadRun(store, upload, actor="ines").begin()
    first, second = _taken_over(store), _taken_over(store)

    with pytest.raises(Conflict, match="lost to another"):
        _carried_out(first)
    assert (0, True) == (_citations(store), upload.paths[0].exists())
    assert ("complete", 1) == (_carried_out(second), _citations(store))
    assert not Path(upload.folder).exists()


def test_an_import_of_which_nobody_can_tell_is_taken_up_when_its_lease_has_ended(
    store: Store, upload: Upload, tmp_path: Path
) -> None:
    UploadRun(store, upload, actor="ines").begin()
    with store.writing() as session:
        session.execute(update(Job).values(holder="another-machine:7"))
    importers = Importers(store, Settings(var_dir=tmp_path))
    importers.look_again_s = 0.02
    importers.go_on()
    time.sleep(0.1)
    before = _citations(store)
    _time_out(store)
    _wait_until(lambda: _citations(store) == 1)
    asyncio.run(importers.close())

    assert 0 == before


def test_a_run_that_nobody_took_up_for_a_day_is_ended(store: Store, upload: Upload, tmp_path: Path) -> None:
    UploadRun(store, upload, actor="ines").begin()
    with store.writing() as session:
        session.execute(update(Job).values(created_at=now() - TAKEN_UP_WITHIN, holder="another-machine:7"))
        session.execute(update(ImportRun).values(holder="another-machine:7"))
    _time_out(store)
    taking_up.sweep(store, tmp_path)
    with store.reading() as session:
        ended = session.scalars(select(ImportRun)).one()

    assert ("incomplete", True) == (ended.state, "Not taken up again" in str(ended.failure))


def _wait_until(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.02)
