"""What ``doctor`` looks at, and ``serve`` before it starts: machine, folder, database. Nothing here changes anything."""

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.cli.preparing import is_there, newest_schema, opened, stored_schema
from app.config import Settings
from app.database import Store
from app.errors import EvidenceError

GOOD, WARNING, REFUSAL = "good", "warning", "refusal"

Version = tuple[int, int, int]
WAL_RESET_FIXED: tuple[Version, ...] = ((3, 44, 6), (3, 50, 7))
"""Releases of older lines with the fix; every version from 3.51.3 has it (https://www.sqlite.org/wal.html)."""
_OLDEST_POSTGRES = 13
_OVER_A_NETWORK = (
    "nfs", "nfs4", "cifs", "smb3", "smbfs", "smb2", "afs", "ceph", "lustre", "ncpfs", "davfs", "fuse.sshfs",
    "fuse.rclone", "fuse.s3fs", "fuse.glusterfs", "fuse.davfs2", "fuse.ceph", "fuse.gcsfuse", "fuse.curlftpfs",
)  # fmt: skip
_SHARED_BY_A_HOST = ("9p", "virtiofs", "vboxsf", "fuse.vmhgfs-fuse", "fuse.grpcfuse", "drvfs")
_LITTLE, _TOO_LITTLE = 1_000_000_000, 100_000_000
_MOUNTS = Path("/proc/self/mountinfo")


class Check(Struct, frozen=True):
    """One thing looked at: ``good``, a ``warning``, or a ``refusal`` (the program cannot work so), with what to do."""

    name: str
    state: str
    text: str


def quick_checks(settings: Settings) -> Iterator[Check]:
    """What can be looked at in a moment, without opening the database."""
    yield _writable(settings.var_dir)
    path = _database_file(settings)
    if path:
        yield _sqlite_version(sqlite3.sqlite_version_info)
        yield _file_system(path.parent)
    yield _disk(path.parent if path else settings.var_dir)


def database_checks(settings: Settings) -> Iterator[Check]:
    """What only the database itself can tell; reads all of it."""
    try:
        with opened(settings, readers=1) as store:
            if not is_there(store):
                yield Check("schema", WARNING, f"There is no database at {store.path} yet; run: evidence init")
                return
            yield from _inside(store)
    except EvidenceError as error:
        yield Check("database", REFUSAL, error.message)
    except DBAPIError as error:
        reason = str(error.orig).strip().partition("\n")[0]
        yield Check("database", REFUSAL, f"The database cannot be read: {reason}.")


def _inside(store: Store) -> Iterator[Check]:
    with store.reading() as session:
        if store.is_sqlite:
            yield _integrity(
                [str(row[0]) for row in session.execute(text("PRAGMA quick_check(10)"))],
                len(session.execute(text("PRAGMA foreign_key_check")).fetchall()),
            )
        else:
            yield _postgres_version(str(session.scalar(text("SHOW server_version"))))
        yield _schema(stored_schema(session))


def _database_file(settings: Settings) -> Path | None:
    url = settings.store_url
    return Path(url.removeprefix("sqlite:///")) if url.startswith("sqlite") else None


def _existing(folder: Path) -> Path:
    """``folder``, or what exists above it."""
    folder = folder.absolute()
    return next(each for each in (folder, *folder.parents) if each.exists())


def _writable(folder: Path) -> Check:
    here = _existing(folder)
    try:
        with tempfile.TemporaryFile(dir=here):
            return Check("folder", GOOD, f"{folder} can be written.")
    except OSError as error:
        return Check(
            "folder",
            REFUSAL,
            f"{folder} cannot be written ({error.strerror}): mend its permissions or set EVIDENCE_VAR_DIR.",
        )


def has_wal_reset_bug(version: Version) -> bool:
    """Whether this SQLite can damage a database when a checkpoint meets a writer."""
    if version >= (3, 51, 3) or version < (3, 7, 0):
        return False
    return not any(version[:2] == fixed[:2] and version >= fixed for fixed in WAL_RESET_FIXED)


def _sqlite_version(version: tuple[int, ...]) -> Check:
    major, minor, patch = version[:3]
    name = f"SQLite {major}.{minor}.{patch}"
    if not has_wal_reset_bug((major, minor, patch)):
        return Check("sqlite", GOOD, f"{name} is free of the WAL-reset bug.")
    return Check(
        "sqlite",
        WARNING,
        f"{name} has the WAL-reset bug (3.7.0 to 3.51.2; fixed in 3.51.3, 3.50.7 and 3.44.6). This program works round it: "
        "writes and checkpoints take turns under a lock file. Let no other program write to the database.",
    )


def _file_system(folder: Path) -> Check:
    kind = file_system_of(_existing(folder), _MOUNTS.read_text() if _MOUNTS.exists() else "")
    if kind in _OVER_A_NETWORK:
        return Check(
            "file system",
            REFUSAL,
            f"{folder} is on {kind}, a network file system, where locks and shared memory cannot be relied on: the database "
            "would be damaged. Put it on a local disk, or use PostgreSQL.",
        )
    if kind in _SHARED_BY_A_HOST:
        words = f"{folder} is on {kind}, shared by a host: only one machine may use the database there."
        return Check("file system", WARNING, words)
    return Check("file system", GOOD, f"{folder} is on {kind or 'a file system that this machine does not name'}.")


def file_system_of(folder: Path, mounts: str) -> str | None:
    """The kind of file system that ``folder`` is on, by the text of ``/proc/self/mountinfo``; None where that is silent."""
    found: tuple[int, str | None] = (-1, None)
    for line in mounts.splitlines():
        mount, _, rest = line.partition(" - ")
        # Spaces in a mount point are written as octal escapes.
        point = mount.split(" ")[4].encode().decode("unicode_escape")
        if folder.resolve().is_relative_to(point) and len(Path(point).parts) >= found[0]:
            found = (len(Path(point).parts), rest.split(" ")[0])
    return found[1]


def _disk(folder: Path) -> Check:
    free = shutil.disk_usage(_existing(folder)).free
    state = REFUSAL if free < _TOO_LITTLE else WARNING if free < _LITTLE else GOOD
    advice = "" if state == GOOD else "; free some: the database cannot grow without"
    return Check("disk", state, f"{free / 1e9:.1f} GB are free at {folder}{advice}.")


def _integrity(said: list[str], broken: int) -> Check:
    if said == ["ok"] and not broken:
        return Check("integrity", GOOD, "The database is whole, and every reference leads somewhere.")
    what = f"{broken} references lead nowhere" if said == ["ok"] else "; ".join(said)
    return Check("integrity", REFUSAL, f"The database is damaged: {what}. Stop all writers and restore a backup.")


def _postgres_version(version: str) -> Check:
    major = int(version.partition(".")[0])
    if major >= _OLDEST_POSTGRES:
        return Check("postgresql", GOOD, f"PostgreSQL {version} answers.")
    return Check("postgresql", WARNING, f"PostgreSQL {version} answers, but nobody tests below {_OLDEST_POSTGRES}.")


def _schema(found: str | None) -> Check:
    head = newest_schema()
    if found == head:
        return Check("schema", GOOD, f"The schema is {head}, as this program needs it.")
    if found is None:
        return Check("schema", WARNING, "The database is empty; run: evidence init")
    if found > head:
        return Check(
            "schema", REFUSAL, f"The schema is {found}, newer than this program knows ({head}): update the program."
        )
    return Check("schema", WARNING, f"The schema is {found}, this program needs {head}; run: evidence migrate")
