"""PubMed's bytes cut into record elements, one at a time, in bounded memory. Nothing here knows what a record says.

The parser is fed piece by piece and emptied in between, because PubMed's files
inflate to hundreds of megabytes. It never loads a DTD, resolves an entity or
goes to the network; what only a hostile file would hold is refused by name.
"""

import gzip
import zlib
from collections import Counter
from collections.abc import Iterator
from typing import Any, BinaryIO

from lxml import etree

from app.errors import UnreadableFile
from app.importing.files import encodings
from app.importing.pubmed.faults import refusal, syntax_refusal

RECORDS = frozenset({"PubmedArticle", "PubmedBookArticle", "MedlineCitation", "BookDocument"})
DELETIONS = frozenset({"DeleteCitation", "DeleteDocument"})
SETS = frozenset({"PubmedArticleSet", "MedlineCitationSet", "PubmedBookArticleSet", "BookDocumentSet"})
_KNOWN = RECORDS | DELETIONS

PIECE = 1 << 16
MOST_PROLOG = 1 << 20
MOST_TAGS = 400_000
"""Tags, open and close, in one record before it is refused. The most PubMed ever listed, 15,000 people, make 180,000."""
MOST_BYTES = 48 << 20
"""Bytes of one record before it is refused; whole records of PubMed stay under 10 MB."""
MOST_UNKNOWN = 500
"""Different unknown paths that are counted apart; further ones are counted together as ``…``."""

_SAFE: dict[str, Any] = {"resolve_entities": False, "no_network": True, "load_dtd": False, "huge_tree": False}
# Not ``collect_ids=False``: in libxml2 that flag also makes the parser ask for the external DTD.

_BROKEN_PACKING = (EOFError, gzip.BadGzipFile, zlib.error)


def count_unknown(unknown: Counter[str], path: str) -> None:
    """Count an element nobody here knows, without letting a hostile file invent names for ever."""
    unknown[path if path in unknown or len(unknown) < MOST_UNKNOWN else "…"] += 1


def line_of(element: etree._Element) -> int | None:
    """Return the line of the element's start tag."""
    line: int | None = getattr(element, "sourceline", None)  # a property the stubs of lxml leave without a type
    return line


class RecordFeed:
    """One pass over one file. Iterate once: complete record and deletion elements come in file order."""

    def __init__(self, stream: BinaryIO, unknown: Counter[str]) -> None:
        self._stream = stream
        self._unknown = unknown
        self._encoding: str | None = None  # where neither a mark nor the declaration may say it
        self._root: Any = None  # an element; Any because the stubs of lxml know no slices
        self._moved = False  # whether the last piece ended a child of the root
        self._tags = 0
        self._bytes = 0

    def __iter__(self) -> Iterator[etree._Element]:
        """Yield each element while it is whole; it is emptied when the next one is asked for.

        Raises UnreadableFile at a fault, after the records before it were yielded.
        """
        head = self._read_prolog()
        parser = etree.XMLPullParser(
            events=("start", "end"), tag=(*_KNOWN, *SETS), remove_comments=True, remove_pis=True,
            encoding=self._encoding, **_SAFE,
        )  # fmt: skip
        piece = head
        while True:
            self._moved = False
            fault = _feed(parser, piece) if piece else _close(parser)
            yield from self._finished(parser)
            if fault is not None:
                raise syntax_refusal(fault, head)
            if not piece:
                break
            self._let_go_earlier_siblings()
            self._weigh(piece)
            piece = self._read()
        self._count_last_child()

    def _read(self) -> bytes:
        try:
            return self._stream.read(PIECE)
        except _BROKEN_PACKING as fault:
            message = f"The file's packing is broken or cut short ({fault}). Fetch it again; it did not arrive whole."
            raise UnreadableFile(message) from fault

    def _read_prolog(self) -> bytes:
        """Read up to the root's start tag with a parser of its own, so that nothing is built before the root is known."""
        head, piece = b"", self._read()
        unmarked = encodings.without_mark(piece)
        self._encoding = unmarked and unmarked.replace("16-", "16")  # as libxml2 writes it
        parser = etree.XMLPullParser(events=("start",), encoding=self._encoding, **_SAFE)
        while len(head) <= MOST_PROLOG:
            fault = _feed(parser, piece) if piece else _close(parser)
            head += piece
            root: Any = next((element for _, element in parser.read_events()), None)
            if root is not None:
                _check_root(root, head)
                return head
            if fault is not None:
                raise syntax_refusal(fault, head)
            if not piece:
                break
            piece = self._read()
        raise refusal(head, "has no root element in its first megabyte")

    def _finished(self, parser: etree.XMLPullParser) -> Iterator[etree._Element]:
        events: Iterator[tuple[str, Any]] = parser.read_events()
        for event, element in events:
            if self._root is None:
                self._root = element
            if event == "end" and self._is_record(element):
                yield element
                element.clear(keep_tail=True)
                self._moved = True

    def _is_record(self, element: etree._Element) -> bool:
        if element.tag not in _KNOWN:
            return False
        root = self._root
        return element is root or (root is not None and root.tag in SETS and element.getparent() is root)

    def _let_go_earlier_siblings(self) -> None:
        """Drop all children of the root but the last: the parser may still be writing to that one and its tail."""
        root = self._root
        if root is None or root.tag not in SETS:
            return
        done = len(root) - 1
        if done > 0:
            for child in root[:done]:
                self._count_stranger(child)
            del root[:done]
            self._moved = True

    def _count_last_child(self) -> None:
        if self._root is not None and self._root.tag in SETS and len(self._root):
            self._count_stranger(self._root[-1])

    def _count_stranger(self, child: etree._Element) -> None:
        if child.tag not in _KNOWN:
            count_unknown(self._unknown, child.tag if isinstance(child.tag, str) else str(child.text))

    def _weigh(self, piece: bytes) -> None:
        """Sum what came since a child of the root last ended; the rest of a piece after such an end is not counted."""
        if self._moved:
            self._tags = self._bytes = 0
            return
        self._bytes += len(piece)
        self._tags += piece.count(b"<")
        if self._tags > MOST_TAGS or self._bytes > MOST_BYTES:
            root = self._root
            line = "1" if root is None else line_of(root[-1] if len(root) else root)
            message = (
                f"The record at line {line} is larger than any record of PubMed: more than {MOST_TAGS:,} tags "
                f"or {MOST_BYTES >> 20} MB. The file is damaged or hostile; fetch it again from PubMed."
            )
            raise UnreadableFile(message)


def _feed(parser: etree.XMLPullParser, piece: bytes) -> etree.XMLSyntaxError | None:
    """Feed one piece and hand back the fault instead of raising it, because the records before it come first."""
    try:
        parser.feed(piece)
    except etree.XMLSyntaxError as fault:
        return fault
    return None


def _close(parser: etree.XMLPullParser) -> etree.XMLSyntaxError | None:
    try:
        parser.close()
    except etree.XMLSyntaxError as fault:
        return fault
    return None


def _check_root(root: Any, head: bytes) -> None:
    if root.tag not in SETS | RECORDS:
        name = etree.QName(root).localname[:60]
        raise refusal(head, f"begins with <{name}>, which is no set of PubMed records")
    dtd = root.getroottree().docinfo.internalDTD
    if dtd is not None and any(True for _ in dtd.iterentities()):
        message = (
            f"The file declares an entity before line {root.sourceline}, which PubMed's files never do and which is "
            "a known way to attack a reader. Fetch the file again from PubMed."
        )
        raise UnreadableFile(message)
