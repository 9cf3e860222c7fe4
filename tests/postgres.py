"""One PostgreSQL for a test run, from the binaries of this machine: whoever asks first starts it, the run ends it.

Nothing here knows the project's schema. No TCP, no fsync, and never as root: PostgreSQL refuses that.
"""

import fcntl
import json
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

# The server's parent: ends it and its folder when process $3, the run, is gone, even by kill -9.
_GUARD = """(
"$1" -D "$2/data" >"$2/log" 2>&1 & server=$!
while { [ -d "/proc/$3" ] || ps -p "$3"; } && kill -0 $server; do sleep 0.5; done >/dev/null 2>&1
kill -INT $server 2>/dev/null; wait $server; rm -rf "$2"
) &"""
_CONFIGURATION = """
listen_addresses = ''
unix_socket_directories = '{folder}'
fsync = off
full_page_writes = off
autovacuum = off
max_connections = 200
"""


class NotHere(Exception):
    """PostgreSQL cannot be started on this machine; the message says why."""


class Server:
    """A running PostgreSQL, reached through a socket in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://evidence@/{database}?host={self.folder}"

    def run(self, statement: str, **names: str) -> None:
        """Run one statement beside every transaction, with ``{name}`` in it quoted as an identifier."""
        query = sql.SQL(statement).format(**{key: sql.Identifier(value) for key, value in names.items()})
        with psycopg.connect(host=str(self.folder), user="evidence", dbname="postgres", autocommit=True) as connection:
            connection.execute(query)

    def stop(self) -> None:
        """Stop the server by its process id and wait for it; its guard removes the folder."""
        note = self.folder / "data" / "postmaster.pid"
        if note.exists():
            os.kill(int(note.read_text().split()[0]), signal.SIGINT)
        for _ in range(200):
            if not note.exists():
                break
            time.sleep(0.05)
        shutil.rmtree(self.folder, ignore_errors=True)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold ``path`` as a lock among the workers of a run."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def server_of(run: Path, *, owner: int) -> Server:
    """The server of this run, started by the first caller; it ends with process ``owner``. Raises NotHere when it cannot."""
    note = run / "postgres.json"
    with locked(run / "postgres.lock"):
        if not note.exists():
            try:
                note.write_text(json.dumps({"folder": str(_start(owner))}))
            except (NotHere, OSError, subprocess.SubprocessError) as error:
                note.write_text(json.dumps({"why_not": str(error)}))
    found = json.loads(note.read_text())
    if "why_not" in found:
        raise NotHere(found["why_not"])
    return Server(Path(found["folder"]))


def stop_server_of(run: Path) -> None:
    """Stop the server of this run, if one was started."""
    note = run / "postgres.json"
    folder = json.loads(note.read_text()).get("folder") if note.exists() else None
    if folder:
        Server(Path(folder)).stop()


def _start(owner: int) -> Path:
    binaries = _binaries()
    # A socket's path may have 107 characters at most, so not under pytest's long folders.
    folder = Path(tempfile.mkdtemp(prefix="evidence-pg-", dir="/tmp"))  # mkdtemp makes it private
    identity = _identity(folder)
    initdb = [
        str(binaries / "initdb"),
        "-D",
        str(folder / "data"),
        "-U",
        "evidence",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--no-sync",
    ]
    made = subprocess.run([*initdb, "--locale=C.UTF-8"], check=False, capture_output=True, text=True, **identity)
    if made.returncode:
        shutil.rmtree(folder, ignore_errors=True)
        raise NotHere(f"initdb failed: {made.stderr.strip()[-300:]}")
    with (folder / "data" / "postgresql.conf").open("a") as file:
        file.write(_CONFIGURATION.format(folder=folder))
    guard = ["/bin/sh", "-c", _GUARD, "guard", str(binaries / "postgres"), str(folder), str(owner)]
    null = subprocess.DEVNULL
    subprocess.run(guard, check=True, start_new_session=True, stdin=null, stdout=null, stderr=null, **identity)
    _wait_for(folder)
    return folder


def _binaries() -> Path:
    on_path = shutil.which("postgres")
    packaged = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[4]))
    for found in [*reversed(packaged), *([Path(on_path).resolve()] if on_path else [])]:
        if (found.parent / "initdb").exists():
            return found.parent
    raise NotHere("no PostgreSQL binaries (initdb, postgres) on this machine; on Debian: apt install postgresql")


def _identity(folder: Path) -> dict[str, Any]:
    """How to start a process as somebody who is not root; ``folder`` becomes theirs."""
    if os.geteuid() != 0:
        return {"cwd": folder}
    users = sorted((user for user in pwd.getpwall() if user.pw_uid), key=lambda user: user.pw_name != "nobody")
    if not users:
        raise NotHere("PostgreSQL refuses to run as root, and /etc/passwd names nobody else")
    os.chown(folder, users[0].pw_uid, users[0].pw_gid)
    return {"user": users[0].pw_uid, "group": users[0].pw_gid, "extra_groups": (), "cwd": folder}


def _wait_for(folder: Path) -> None:
    for _ in range(300):
        try:
            psycopg.connect(host=str(folder), user="evidence", dbname="postgres").close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    raise NotHere(f"PostgreSQL did not start within 15 s: {(folder / 'log').read_text()[-300:]}")
