"""Runs whose process is gone do not say for ever that they are under way."""

import os
import subprocess
import sys

from sqlalchemy import select, update

from app.importing.run import open_run
from app.jobs import runs
from app.jobs.holders import holder
from app.models.imports import ImportRun
from tests.factories import opened


def test_a_run_whose_process_is_gone_is_ended_and_one_under_way_is_left(database_url: str) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    with opened(database_url) as store:
        for name in ("lost", "alive"):
            with open_run(store, actor="ada", kind="file", asked_for=name, dry_run=False):
                pass
        with store.writing() as session:
            session.execute(update(ImportRun).values(state="running"))
            lost = update(ImportRun).where(ImportRun.asked_for == "lost")
            session.execute(lost.values(holder=holder().replace(f":{os.getpid()}", f":{gone.pid}")))
        with store.writing() as session:
            ended = runs.end_abandoned(session)
        with store.reading() as session:
            states = dict(session.execute(select(ImportRun.asked_for, ImportRun.state)).all())

    assert 1 == ended
    assert {"lost": "incomplete", "alive": "running"} == states
