"""PubMed's bytes cut into record elements, one at a time, in bounded memory. Nothing here knows what a record says.

The parser is fed piece by piece and emptied in between, because PubMed's files
inflate to gigabytes. It never loads a DTD, resolves an entity or goes to the
network; what only a hostile file would hold is refused by name.
"""

import gzip
import re
import zlib
from collections import Counter
from collections.abc import Iterator
from typing import BinaryIO, NoReturn

from lxml import etree

from app.errors import UnreadableFile

RECORDS = frozenset({"PubmedArticle", "PubmedBookArticle", "MedlineCitation", "BookDocument"})
DELETIONS = frozenset({"DeleteCitation", "DeleteDocument"})
SETS = frozenset({"PubmedArticleSet", "MedlineCitationSet", "PubmedBookArticleSet", "BookDocumentSet"})

PIECE = 1 << 16
MOST_ELEMENTS = 300_000
"""Elements in one record before it is taken for an attack: 15,000 investigators, the most PubMed ever listed, make 90,000."""
MOST_BYTES = 48 << 20
"""Bytes of one record before it is taken for an attack: the largest seen are under 10 MB."""
MOST_PROLOG = 1 << 20
MOST_UNKNOWN = 500
"""Different unknown paths that are counted apart; the rest are counted together as ``…``."""

_WEB_PAGE = re.compile(rb"\A[\s\xef\xbb\xbf]*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_BROKEN_PACKING = (EOFError, gzip.BadGzipFile, zlib.error)


def read_elements(stream: BinaryIO, unknown: Counter[str]) -> Iterator[etree._Element]:
    """Yield every complete record or deletion element in file order; each is emptied when the next is asked for.

    Other children of the root are counted in ``unknown`` and let go. Raises
    UnreadableFile at the fault, when all records before it have been yielded.
    """
    head, root_name = _read_prolog(stream)
    parser = etree.XMLPullParser(events=("end",), tag=(*RECORDS, *DELETIONS), **_options())
    weight = _Weight()
    root: etree._Element | None = None
    for piece in _pieces(stream, head):
        fault = _feed(parser, piece)
        done = False
        for _, element in parser.read_events():
            parent = element.getparent()
            if parent is None or (parent.getparent() is None and parent.tag in SETS):
                yield element
                element.clear(keep_tail=True)
                root, done = parent, True
        if fault is not None:
            _refuse(fault)
        if root is None:
            root = _root_of(parser)
        done = _let_go(root, unknown) or done
        weight.add(piece, done=done, root_name=root_name)
    ...


def _options() -> dict[str, bool]:
    return {}
