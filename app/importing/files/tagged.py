"""Records made of tagged lines, cut out of a file whatever its dialect. Nothing here knows what a tag means.

A record is weighed while it is cut, since a few kB of gzip unpack to millions of lines.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from app.errors import UnreadableFile
from app.importing.files.filling import MOST_VALUES
from app.importing.files.remarks import Remarks

LONGEST_RECORD = 8 << 20
"""Characters of one record before its file is refused; its reader has rejected it long before, by its longest value."""
MOST_LINES = 100_000
"""Lines of one record before its file is refused; five thousand authors with their addresses have some fifty thousand."""


@dataclass(slots=True)
class Value:
    """One tag with its lines; ``line`` is the number of the first."""

    tag: str
    lines: list[str]
    line: int


@dataclass(slots=True)
class Block:
    """One record as it stands in the file; ``ended`` says whether its end was marked."""

    line: int
    values: list[Value] = field(default_factory=list)
    ended: bool = False
    is_loose: bool = False
    _lines: int = 0
    _size: int = 0

    def take(self, tag: str, text: str, line: int) -> None:
        """Begin a value. One beyond the most is kept, so that the record is rejected for it; those after it are not."""
        self._weigh(text)
        if len(self.values) <= MOST_VALUES:
            self.values.append(Value(tag, [text], line))

    def go_on(self, text: str) -> None:
        """Add a line to the value begun last."""
        text = text.strip()
        if self.values and text:
            self._weigh(text)
            self.values[-1].lines.append(text)

    def _weigh(self, text: str) -> None:
        self._lines += 1
        self._size += len(text)
        if self._lines > MOST_LINES or self._size > LONGEST_RECORD:
            raise UnreadableFile(
                f"The record that begins at line {self.line:,} has more than {MOST_LINES:,} lines or "
                f"{LONGEST_RECORD:,} characters. The file is damaged or hostile; export it again."
            )


_RIS_TAG = re.compile(r"([A-Z][A-Z0-9])(  -|  ?- | -$)(.*)")
_RIS_BEGIN = re.compile(r"\s*TY( {1,2})- ?(.*)")
_NUMBERED = re.compile(r"\s*(?:[0-9]+\.)?\s*")
_LONG_TEXTS = frozenset({"AB", "N2", "N1"})


class _Cutting:
    """RIS being cut: a record goes from TY to ER; what stands outside of records is told once."""

    def __init__(self, known: frozenset[str], remarks: Remarks) -> None:
        self._known = known
        self._remarks = remarks
        self.block: Block | None = None
        self._one_space = False
        self._outside = 0
        self._first_outside = 0

    def take(self, line: int, text: str) -> Block | None:
        """Go on by one line; return the record that it ended."""
        begin = _RIS_BEGIN.fullmatch(text)
        if begin:
            before, self.block = self.block, Block(line)
            self._one_space = begin[1] == " "
            self.block.take("TY", begin[2], line)
            return before
        found = self._tag_of(text)
        if found is None:
            self._untagged(line, text)
        elif found[0] == "ER":
            return self._end()
        else:
            if self.block is None:
                self.block = Block(line, is_loose=True)
            self.block.take(*found, line)
        return None

    def _end(self) -> Block | None:
        ended, self.block = self.block, None
        if ended:
            ended.ended = True
        return ended

    def _tag_of(self, text: str) -> tuple[str, str] | None:
        """The tag and value of a line. One space before the dash is a tag where TY has it too, or outside of long texts."""
        found = _RIS_TAG.match(text)
        if not found:
            return None
        tag, dash, value = found.groups()
        if not dash.startswith("  ") and not self._one_space:
            inside = self.block.values[-1].tag if self.block else ""
            if tag not in self._known or inside in _LONG_TEXTS:
                return None
        return tag, value.strip()

    def _untagged(self, line: int, text: str) -> None:
        if self.block is not None:
            self.block.go_on(text)
        elif not _NUMBERED.fullmatch(text):  # numbers that some programs put there say nothing
            self._first_outside = self._first_outside or line
            self._outside += 1

    def tell(self) -> None:
        """Tell what stood outside."""
        if self._outside:
            what = f"{self._outside:,} lines from here on stand outside of any record; they were left out."
            self._remarks.note(self._first_outside, what)


def ris_blocks(lines: Iterable[tuple[int, str]], known: frozenset[str], remarks: Remarks) -> Iterator[Block]:
    """Cut RIS into records: also with one space in its tags, without ER, with values over several lines, with headers between.

    Tagged lines without a TY before them are a block too, a ``is_loose`` one.
    """
    cutting = _Cutting(known, remarks)
    for line, text in lines:
        ended = cutting.take(line, text)
        if ended:
            yield ended
    if cutting.block:
        yield cutting.block
    cutting.tell()


_NBIB_TAG = re.compile(r"([A-Z]{2,4}) *- ?(.*)")


def nbib_blocks(lines: Iterable[tuple[int, str]], remarks: Remarks) -> Iterator[Block]:
    """Cut nbib (MEDLINE) into records: one ends at an empty line or where the next PMID begins."""
    block: Block | None = None
    for line, text in lines:
        if not text.strip():
            if block:
                yield block
            block = None
            continue
        found = None if text[0].isspace() else _NBIB_TAG.fullmatch(text)
        if found is None:
            _go_on(block, line, text, remarks)
            continue
        if block and found[1] == "PMID":
            yield block
            block = None
        block = block or Block(line)
        block.take(found[1], found[2].strip(), line)
    if block:
        yield block


_WOS_TAG = re.compile(r"([A-Z][A-Z0-9])(?: (.*))?")
_WOS_OUTSIDE = frozenset({"FN", "VR", "EF"})


def web_of_science_blocks(lines: Iterable[tuple[int, str]], remarks: Remarks) -> Iterator[Block]:
    """Cut Web of Science's tagged text into records: from PT to ER, further lines of a value indented."""
    block: Block | None = None
    for line, text in lines:
        found = _WOS_TAG.fullmatch(text)
        if found is None:
            _go_on(block, line, text, remarks)
            continue
        tag, value = found[1], (found[2] or "").strip()
        if block and tag in {"PT", "ER"}:
            block.ended = tag == "ER"
            yield block
            block = None
        if tag != "ER" and tag not in _WOS_OUTSIDE:
            block = block or Block(line)
            block.take(tag, value, line)
    if block:
        yield block


def _go_on(block: Block | None, line: int, text: str, remarks: Remarks) -> None:
    if block:
        block.go_on(text)
    elif text.strip():
        remarks.note(line, f"{text.strip()[:40]!r} stands outside of any record; it was left out.")
