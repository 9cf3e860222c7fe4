"""Text out of a file's bytes: which encoding it is in, found out before a line of it is read. Nothing here knows a format.

UTF-8 and UTF-16, with or without a mark, are read as they are. What is neither
is read as Windows-1252, which holds Latin-1, and that is always said. A file
that mixes encodings, or holds what no text holds, is refused by its line:
names turned into other letters would be found by nobody again.
"""

import codecs
import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from app.errors import UnreadableFile
from app.importing.files.opening import open_capped
from app.importing.files.remarks import Remarks

LONGEST_LINE = 2 << 20
"""Characters of one line before the file is refused; the longest real ones, lists of references, have a few ten thousand."""
PIECE = 1 << 16

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_FALLBACK = "cp1252"
_CONTROLS = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")


class Text:
    """A file as lines or pieces of text. ``given`` counts characters, as a measure of how far it was read."""

    def __init__(self, source: Path | bytes, *, max_bytes: int, remarks: Remarks) -> None:
        self._source = source
        self._max_bytes = max_bytes
        self._remarks = remarks
        self.given = 0

    def lines(self) -> Iterator[tuple[int, str]]:
        """Every line with its number and without its end. Raises :class:`UnreadableFile` where it is no text."""
        with self._open() as stream:
            number = 0
            while line := _read(lambda: stream.readline(LONGEST_LINE + 1), number):
                number += 1
                if len(line) > LONGEST_LINE:
                    raise UnreadableFile(
                        f"Line {number:,} is longer than {LONGEST_LINE:,} characters, longer than any record. "
                        "The file is damaged or hostile; export it again."
                    )
                self.given += len(line)
                yield number, self._clean(line.rstrip("\n"), number)

    def pieces(self) -> Iterator[str]:
        """The text in pieces of some thousand characters, for formats without lines."""
        with self._open() as stream:
            number = 1
            while piece := _read(lambda: stream.read(PIECE), number):
                self.given += len(piece)
                yield self._clean(piece, number)
                number += piece.count("\n")

    def _open(self) -> io.TextIOWrapper:
        with open_capped(self._source, max_bytes=self._max_bytes) as stream:
            name = self._examined(stream)
        return io.TextIOWrapper(open_capped(self._source, max_bytes=self._max_bytes), encoding=name, newline=None)

    def _examined(self, stream: BinaryIO) -> str:
        head = stream.read(PIECE)
        name = by_mark(head)
        if name and name != "utf-8-sig":
            return name
        if _is_utf8(head, stream):
            return "utf-8-sig"
        with open_capped(self._source, max_bytes=self._max_bytes) as again:
            self._say_fallback(*_first_foreign_line(again))
        return _FALLBACK

    def _say_fallback(self, number: int, line: bytes) -> None:
        shown = " ".join(_CONTROLS.sub("", line.decode(_FALLBACK)).split())[:80]
        self._remarks.say(
            f"The file is not UTF-8; it was read as Windows-1252. Line {number:,} then reads {shown!r}. "
            "If its letters are wrong, export the file again as UTF-8."
        )

    def _clean(self, text: str, number: int) -> str:
        if text.isprintable() or not _is_dirty(text):
            return text
        if "\0" in text:
            raise _not_text(number + text[: text.index("\0")].count("\n"))
        for found in _CONTROLS.finditer(text):
            at = number + text[: found.start()].count("\n")
            self._remarks.note(at, f"The control character U+{ord(found[0]):04X} was left out.")
        return _CONTROLS.sub("", text)


def by_mark(head: bytes) -> str | None:
    """The encoding that the first bytes tell: by a byte order mark, or by the empty halves of UTF-16 without one."""
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    return without_mark(head)


def without_mark(head: bytes) -> str | None:
    """UTF-16 by its empty halves, where the first bytes are no mark."""
    even, odd = head[0:200:2], head[1:200:2]
    if len(head) >= 4 and len(head) % 2 == 0:
        if odd.count(0) > len(odd) * 0.8 and not even.count(0):
            return "utf-16-le"
        if even.count(0) > len(even) * 0.8 and not odd.count(0):
            return "utf-16-be"
    return None


def head_as_utf8(head: bytes) -> bytes:
    """The first bytes of a file as UTF-8 without a mark, whatever encoding it says it is in."""
    name = by_mark(head)
    return head if name is None else head.decode(name, "ignore").encode("utf-8", "ignore")


def _is_dirty(text: str) -> bool:
    return "\0" in text or _CONTROLS.search(text) is not None


def _is_utf8(head: bytes, stream: BinaryIO) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    piece = head
    try:
        while piece:
            if b"\0" in piece:
                return False
            decoder.decode(piece)
            piece = stream.read(PIECE)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _first_foreign_line(stream: BinaryIO) -> tuple[int, bytes]:
    """The first line that is no UTF-8. Raises :class:`UnreadableFile` when other lines are, or when it is no text at all."""
    utf8: int | None = None
    foreign: tuple[int, bytes] | None = None
    number = 0
    while line := stream.readline(4 * LONGEST_LINE):
        number += 1
        if b"\0" in line:
            raise _not_text(number)
        if line.isascii():
            continue
        if _decodes(line, "utf-8"):
            utf8 = utf8 or number
        elif not _decodes(line, _FALLBACK):
            raise UnreadableFile(
                f"The file is neither UTF-8 nor Windows-1252 (line {number:,}). Export it again as UTF-8."
            )
        else:
            foreign = foreign or (number, line)
        if utf8 and foreign:
            raise UnreadableFile(
                f"The file mixes encodings: line {utf8:,} is UTF-8 and line {foreign[0]:,} is not. "
                "Export it again as UTF-8, all of it from one program."
            )
    if foreign is None:
        raise UnreadableFile("The file ends in the middle of a character. Fetch or export it again.")
    return foreign


def _decodes(line: bytes, name: str) -> bool:
    try:
        line.decode(name)
    except UnicodeDecodeError:
        return False
    return True


def _read(read: Callable[[], str], number: int) -> str:
    try:
        return read()
    except UnicodeDecodeError as error:
        raise UnreadableFile(
            f"The file is not in the encoding that it begins in (after line {number:,}: {error.reason}). "
            "Export it again as UTF-8."
        ) from error


def _not_text(number: int) -> UnreadableFile:
    return UnreadableFile(
        f"Line {number:,} holds a NUL character, so the file is damaged or no text at all. Export it again as UTF-8."
    )
