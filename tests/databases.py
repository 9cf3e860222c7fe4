"""Databases for tests, cheaply: a template is made once per run, and every test gets a copy of its own.

Nothing here says what a test may do with its copy.
"""

import itertools
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from app.database import Store
from app.importing import starter
from app.importing.living import searches
from app.schema import migrate
from app.vocabulary import rows
from tests import postgres


def _fill(store: Store, template: str) -> None:
    migrate(store)
    with store.writing() as session:
        if template in {"vocabulary", "starter"}:
            rows.load(session)
        if template == "starter":
            starter.load(session)
            searches.install(session)


class Databases:
    """What a test run has: templates ``empty``, ``vocabulary`` and ``starter`` on SQLite and PostgreSQL, and copies of them.

    ``run`` is a folder that the workers of the run share; ``worker`` names this one.
    """

    def __init__(self, run: Path, *, worker: str, owner: int) -> None:
        self._run = run
        self._worker = worker
        self._owner = owner
        self._numbers = itertools.count()

    def copy(self, kind: str, template: str) -> str:
        """The URL of a new database like ``template``, for one test; :meth:`drop` removes it."""
        self._make_once(kind, template)
        return self._copied(kind, template, f"{self._worker}_{next(self._numbers)}")

    def shared(self, kind: str, template: str) -> str:
        """The URL of one copy of ``template`` that every test of the run reads and none writes."""
        self._make_once(kind, template)
        name = f"shared_{template}"
        self._once(f"{kind}-{name}", lambda: self._copied(kind, template, name))
        return self._url(kind, name)

    def drop(self, url: str) -> None:
        """Remove a database that :meth:`copy` made, whoever still holds a connection to it."""
        if url.startswith("sqlite"):
            path = Path(url.removeprefix("sqlite:///"))
            for file in path.parent.glob(f"{path.name}*"):
                file.unlink()
        else:
            name = url.partition("@/")[2].partition("?")[0]
            self._server().run("DROP DATABASE IF EXISTS {name} WITH (FORCE)", name=name)

    def _copied(self, kind: str, template: str, name: str) -> str:
        if kind == "sqlite":
            shutil.copyfile(self._run / f"template_{template}.db", self._run / f"{name}.db")
        else:
            self._server().run("CREATE DATABASE {name} TEMPLATE {model}", name=name, model=f"template_{template}")
        return self._url(kind, name)

    def _make_once(self, kind: str, template: str) -> None:
        self._once(f"{kind}-template-{template}", lambda: self._make(kind, template))

    def _make(self, kind: str, template: str) -> None:
        name = f"template_{template}"
        self.drop(self._url(kind, name))  # what an attempt left that failed, so that the next shows the same cause
        if kind == "postgresql":
            self._server().run("CREATE DATABASE {name}", name=name)
        store = Store(self._url(kind, name))
        try:
            _fill(store, template)
        finally:
            store.close()

    def _once(self, what: str, make: Callable[[], object]) -> None:
        done = self._run / f"{what}.done"
        if done.exists():
            return
        with postgres.locked(self._run / f"{what}.lock"):
            if not done.exists():
                make()
                done.touch()

    def _url(self, kind: str, name: str) -> str:
        if kind == "sqlite":
            return f"sqlite:///{self._run / name}.db"
        return self._server().url(name)

    def _server(self) -> postgres.Server:
        return postgres.server_of(self._run, owner=self._owner)


def worker_name() -> str:
    """Which of the parallel workers this is; ``main`` when there is one only."""
    return os.environ.get("PYTEST_XDIST_WORKER", "main")
