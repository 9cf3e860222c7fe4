"""Opening what people bring, packed or not, without ever inflating more than was allowed. Nothing here parses."""

import gzip
import io
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from app.errors import UnreadableFile

try:
    from isal import igzip, isal_zlib

    _open_gzip: Callable[..., Any] = igzip.GzipFile
    _BROKEN: tuple[Any, ...] = (EOFError, gzip.BadGzipFile, zlib.error, isal_zlib.error)
except ImportError:  # no wheel for this machine: the standard library takes two to three times as long, and is as right
    _open_gzip = gzip.GzipFile
    _BROKEN = (EOFError, gzip.BadGzipFile, zlib.error)

_GZIP_MAGIC = b"\x1f\x8b"
_OTHER_PACKERS = {b"PK\x03\x04": "ZIP", b"BZh": "bzip2", b"\xfd7zXZ\x00": "xz", b"7z\xbc\xaf\x27\x1c": "7-Zip"}


class _Capped(io.RawIOBase):
    """A byte stream that refuses to yield more than ``max_bytes``, and speaks plainly of broken packing."""

    def __init__(self, inner: BinaryIO, *, max_bytes: int, below: BinaryIO | None) -> None:
        self._inner = inner
        self._below = below
        self._max_bytes = max_bytes
        self._given = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]  # narrower than Buffer
        # One byte more than allowed is asked for, so that a file of exactly the cap passes.
        wanted = min(len(buffer), self._max_bytes - self._given + 1)
        try:
            data = self._inner.read(wanted)
        except _BROKEN as fault:
            raise UnreadableFile(_packing_message(fault, after=self._given)) from fault
        self._given += len(data)
        if self._given > self._max_bytes:
            message = (
                f"The file holds more than {self._max_bytes:,} bytes once unpacked, the most that is read. "
                "Split it into smaller files, or raise the limit if you trust its source."
            )
            raise UnreadableFile(message)
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._inner.close()
            if self._below is not None:
                self._below.close()
        super().close()


def _packing_message(fault: Exception, *, after: int) -> str:
    what = "ends before its gzip packing does" if isinstance(fault, EOFError) else "has broken gzip packing"
    return f"The file {what} ({fault}), after {after:,} unpacked bytes. Fetch it again; it did not arrive whole."


def open_capped(source: Path | bytes, *, max_bytes: int) -> BinaryIO:
    """Open a file or bytes for reading, unpacked if it begins with gzip's magic number, whatever its name says.

    At most ``max_bytes`` *unpacked* bytes are ever produced: the next byte
    raises, so a gzip bomb costs no more than one read. Reading raises
    UnreadableFile when the packing is broken, cut short, followed by garbage,
    or holds more than allowed; opening raises it when the path is not a
    readable file or the packing is of another kind.
    """
    raw = _open_raw(source)
    magic = raw.read(6)
    raw.seek(0)
    for signature, name in _OTHER_PACKERS.items():
        if magic.startswith(signature):
            raw.close()
            raise UnreadableFile(f"The file is packed with {name}. Unpack it, or pack it with gzip, and try again.")
    if not magic.startswith(_GZIP_MAGIC):
        return io.BufferedReader(_Capped(raw, max_bytes=max_bytes, below=None), 1 << 16)
    unpacked = _open_gzip(fileobj=raw, mode="rb")
    return io.BufferedReader(_Capped(unpacked, max_bytes=max_bytes, below=raw), 1 << 16)


def _open_raw(source: Path | bytes) -> BinaryIO:
    if isinstance(source, bytes):
        return io.BytesIO(source)
    try:
        return source.open("rb")
    except OSError as fault:
        message = f"{source.name} cannot be opened: {fault.strerror}. Check that it is a file and may be read."
        raise UnreadableFile(message) from fault
