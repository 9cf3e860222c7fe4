"""Whether a large file arrived whole, found out before anything of it is kept. Nothing here reads records."""

import hashlib
import re
from pathlib import Path

from app.errors import UnreadableFile
from app.importing.files.opening import open_capped

_PIECE = 1 << 20
_PACKING_RATIO = 8
"""PubMed's files unpack to eight to twelve times their size."""
_MD5 = re.compile(r"\b[0-9a-f]{32}\b")


def is_large(path: Path, limit: int) -> bool:
    """Whether the file probably holds more than ``limit`` bytes once unpacked, judged by its size alone."""
    return path.stat().st_size * (_PACKING_RATIO if is_packed(path) else 1) > limit


def check_sum(path: Path) -> None:
    """Compare the file with NLM's ``.md5`` where one lies beside it: ``MD5(file)= hash`` or ``hash  file``.

    Raises :class:`UnreadableFile` when it does not fit, or says nothing of this file.
    """
    beside = path.with_name(path.name + ".md5")
    if not beside.is_file():
        return
    said = beside.read_bytes()[:_PIECE].decode("utf-8", "replace").lower().splitlines()
    named = [line for line in said if path.name.lower() in line] or said
    expected = next((found[0] for line in named if (found := _MD5.search(line.replace(path.name.lower(), " ")))), None)
    if expected is None:
        raise UnreadableFile(f"{beside.name} holds no MD5 checksum. Fetch it again, or remove it.")
    with path.open("rb") as file:
        own = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
    if own != expected:
        raise UnreadableFile(f"{path.name} does not fit its checksum in {beside.name}. Fetch both again.")


def check_whole(path: Path, *, max_bytes: int) -> int:
    """Unpack the file once for its packing's checksum; return how many bytes it holds.

    Raises :class:`UnreadableFile` when it does not fit. A file that is not packed has no checksum of its own.
    """
    if not is_packed(path):
        return path.stat().st_size
    with open_capped(path, max_bytes=max_bytes) as stream:
        held = 0
        while piece := stream.read(_PIECE):
            held += len(piece)
        return held


def is_packed(path: Path) -> bool:
    """Whether the file begins as gzip does."""
    with path.open("rb") as file:
        return file.read(2) == b"\x1f\x8b"
