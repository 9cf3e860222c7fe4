"""Dumps of a PostgreSQL database by its own tools, from the very snapshot whose rows were counted. Nothing here reads a dump."""

import os
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import make_url, text

from app.backups.manifest import Content, content_of
from app.database import Store
from app.errors import StoreUnavailable, UnreadableFile

DATABASE = "postgresql"
_PLACES = "/usr/lib/postgresql"
_EMPTYING = ("DROP SCHEMA public CASCADE", "CREATE SCHEMA public")
_VARIABLES = {
    "host": "PGHOST",
    "port": "PGPORT",
    "username": "PGUSER",
    "password": "PGPASSWORD",
    "database": "PGDATABASE",
}


def dump(store: Store, to: Path) -> Content:
    """Dump the database into the new file ``to``; return what its snapshot holds.

    ``pg_restore`` reads the whole file once before it counts as made.
    """
    with store.reading() as session:
        snapshot: str = session.scalar(text("SELECT pg_export_snapshot()")) or ""
        content = content_of(session)
        _run(
            "pg_dump",
            store,
            f"--snapshot={snapshot}",
            "--format=custom",
            "--no-owner",
            "--no-privileges",
            f"--file={to}",
        )
    _run("pg_restore", store, f"--file={os.devnull}", str(to))
    return content


def load(backup: Path, store: Store, *, replace: bool) -> None:
    """Load a dump, with ``replace`` in place of everything that is there: one transaction, so it comes whole or not at all.

    ``pg_restore --clean`` would leave what only the present database has.
    """
    emptying = [f"--command={each}" for each in _EMPTYING] if replace else []
    with TemporaryDirectory() as folder:
        script = Path(folder) / "restore.sql"
        _run("pg_restore", store, "--no-owner", "--no-privileges", f"--file={script}", str(backup))
        _run("psql", store, "--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1",
             f"--output={os.devnull}", *emptying, f"--file={script}")  # fmt: skip


def _run(tool: str, store: Store, *arguments: str) -> None:
    # Addresses and passwords go by the environment: arguments are seen by everybody in the list of processes.
    done = subprocess.run(  # noqa: S603 - a tool of PostgreSQL, found by _find, and arguments of our own
        [_find(tool), *arguments], env=os.environ | _connection(store), capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = done.stderr.strip().splitlines()
        raise UnreadableFile(f"{tool} failed: {said[0] if said else done.returncode}. Nothing was changed.")


def _connection(store: Store) -> dict[str, str]:
    url = make_url(store.url)
    given = {variable: str(getattr(url, name)) for name, variable in _VARIABLES.items() if getattr(url, name)}
    host = url.query.get("host")
    quiet = {"PGOPTIONS": "-c client_min_messages=warning"}  # so that the first line that is said is the failure
    return given | quiet | ({"PGHOST": str(host)} if host else {})


def _find(tool: str) -> str:
    versions = sorted(Path(_PLACES).glob(f"*/bin/{tool}"), key=lambda path: int(path.parts[-3]), reverse=True)
    found = shutil.which(tool) or next(map(str, versions), None)
    if found is None:
        raise StoreUnavailable(
            f"{tool} is not installed here; install the client tools of PostgreSQL (postgresql-client)."
        )
    return found
