"""What stands beside a backup: what it was made from and what is in it. Nothing here copies anything."""

from contextlib import suppress
from hashlib import file_digest
from pathlib import Path

import msgspec
from msgspec import Struct
from sqlalchemy import func, inspect, select, table, text
from sqlalchemy.orm import Session

from app.config import PROGRAM_VERSION
from app.errors import UnreadableFile
from app.history.events import head
from app.history.queries import broken_links
from app.kit.canonical import iso, now

SUFFIX = ".manifest.json"
_INDEX = "citation_index"


class Manifest(Struct, frozen=True, kw_only=True):
    """What a backup claims of itself; :func:`matching` proves it.

    ``tables`` counts rows, ``chain_hash`` is the hash of the last data
    revision, ``sha256`` that of the backup's file. ``database`` is sqlite or
    postgresql: a backup goes back into the kind that it came from.
    """

    form: int = 1
    made_at: str
    program: str
    database: str
    schema: str
    data_revision: int
    chain_hash: str | None
    tables: dict[str, int]
    bytes: int
    sha256: str


class Content(Struct, frozen=True, kw_only=True):
    """What a store holds at one moment."""

    schema: str
    data_revision: int
    chain_hash: str | None
    tables: dict[str, int]


def content_of(session: Session) -> Content:
    """Count what the snapshot of ``session`` holds. Raises :class:`UnreadableFile` when its history does not hold together."""
    broken = next(broken_links(session), None)
    if broken is not None:
        raise UnreadableFile(f"The history is broken at data revision {broken}; run: evidence verify-audit")
    newest = head(session)
    # The tables that are there, not those of this program: a store is backed up before it is migrated.
    names = [name for name in sorted(inspect(session.connection()).get_table_names()) if not name.startswith(_INDEX)]
    counts = {name: session.scalar(select(func.count()).select_from(table(name))) or 0 for name in names}
    schema: str = session.scalar(text("SELECT version_num FROM alembic_version")) or ""
    return Content(
        schema=schema, data_revision=newest.n, chain_hash=newest.hash if newest.n else None, tables=counts
    )  # fmt: skip


def describe(backup: Path, content: Content, *, database: str) -> Manifest:
    """The manifest of the finished file ``backup``."""
    return Manifest(
        made_at=iso(now()), program=PROGRAM_VERSION, database=database, schema=content.schema,
        data_revision=content.data_revision, chain_hash=content.chain_hash, tables=content.tables,
        bytes=backup.stat().st_size, sha256=_sha256(backup),
    )  # fmt: skip


def write(manifest: Manifest, backup: Path) -> Path:
    """Write ``manifest`` beside ``backup``; return where."""
    path = backup.with_name(backup.name + SUFFIX)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n")
    return path


def matching(backup: Path) -> Manifest:
    """The manifest beside ``backup``, which is found to be the file that it describes.

    Raises :class:`UnreadableFile` when either is missing, damaged or of
    another backup.
    """
    if not backup.is_file():
        raise UnreadableFile(f"There is no backup at {backup}.")
    path = backup.with_name(backup.name + SUFFIX)
    if not path.is_file():
        raise UnreadableFile(f"The manifest {path.name} is missing beside {backup}; a backup is only good with it.")
    with suppress(msgspec.MsgspecError):
        manifest = msgspec.json.decode(path.read_bytes(), type=Manifest)
        if manifest.form == 1 and manifest.sha256 == _sha256(backup):
            return manifest
        raise UnreadableFile(f"{backup} is not the file that {path.name} describes: it was damaged or exchanged.")
    raise UnreadableFile(f"The manifest {path} cannot be read.")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
