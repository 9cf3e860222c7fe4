"""``evidence backup`` and ``evidence restore``: checked copies of the whole store, and the way back."""

from pathlib import Path
from typing import Annotated, Any

import typer

from app.backups import copies
from app.backups.manifest import Manifest
from app.cli import preparing
from app.cli.endings import DONE
from app.cli.speaking import give, give_json
from app.config import load_settings


def backup(
    destination: Annotated[Path, typer.Argument(metavar="DEST", help="A new file, or a folder that is there.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> int:
    """Copy the whole store from one snapshot, beside running readers and writers, and check the copy."""
    with preparing.opened(load_settings()) as store:
        path, described = copies.take(store, destination)
    _tell(described, {"backup": str(path)}, f"Backup {path}", as_json=as_json)
    return DONE


def restore(
    source: Annotated[Path, typer.Argument(metavar="SRC", help="A backup with its manifest beside it.")],
    replace: Annotated[bool, typer.Option("--replace", help="Restore over the database that is there.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> int:
    """Make a backup the store. Stop the service first; an embedded database that is there is kept under another name."""
    with preparing.opened(load_settings()) as store:
        described, aside = copies.restore(source, store, replace=replace)
    kept = f"; what was there is kept as {aside}" if aside else ""
    what = {"restored": str(source), "aside": str(aside) if aside else None}
    _tell(described, what, f"Restored {source}{kept}", as_json=as_json)
    return DONE


def _tell(described: Manifest, what: dict[str, Any], sentence: str, *, as_json: bool) -> None:
    if as_json:
        give_json(what | {"manifest": described})
        return
    rows = sum(described.tables.values())
    give(
        f"{sentence}: schema {described.schema}, {described.data_revision} data revisions, {rows} rows in "
        f"{len(described.tables)} tables, {described.bytes} bytes, SHA-256 {described.sha256}. Checked."
    )
