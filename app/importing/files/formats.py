"""Which format a file is in, told from its first bytes and never from its name. Nothing here reads records."""

import re
from pathlib import Path

from app.errors import UnreadableFile
from app.importing.files.encodings import head_as_utf8
from app.importing.files.headings import looks_like_table
from app.importing.files.opening import open_capped

PUBMED_XML = "PubMed XML"

_HEAD = 1 << 16
_ROOT = re.compile(
    rb"<(PubmedArticleSet|PubmedArticle|PubmedBookArticleSet|PubmedBookArticle|MedlineCitationSet|MedlineCitation|"
    rb"BookDocumentSet|BookDocument)[\s/>]"
)
_OTHERS = (
    ("EndNote XML", re.compile(rb"\A\s*(?:<\?xml[^>]*>\s*)?<xml>\s*<records>", re.IGNORECASE)),
    ("CSL-JSON", re.compile(rb"\A\s*(?:\[|\{)")),
    ("nbib", re.compile(rb"^(?:PMID|OWN |STAT) *- ?\S", re.MULTILINE)),
    ("RIS", re.compile(rb"^\s*TY {1,2}- ", re.MULTILINE)),
    ("Web of Science", re.compile(rb"^(?:FN .*\r?\nVR |PT [A-Z]\r?$)", re.MULTILINE)),
    ("BibTeX", re.compile(rb"^\s*@[A-Za-z]+\s*[{(]", re.MULTILINE)),
)
TABLE = "CSV"
ENDNOTE_XML = "EndNote XML"
NAMES = (
    "PubMed XML (.xml, .xml.gz), nbib, RIS, BibTeX, CSL-JSON, EndNote XML, Web of Science text, and CSV with headings "
    "(name unusual ones with --columns)"
)


def recognise(source: Path | bytes, *, is_table: bool = False) -> str:
    """Name the format of a file. Raises :class:`UnreadableFile` when it cannot be read here, saying what can.

    ``is_table`` says that somebody named its columns: what is no other format is a table then.
    """
    name = source.name if isinstance(source, Path) else "The file"
    with open_capped(source, max_bytes=1 << 62) as stream:
        head = head_as_utf8(stream.read(_HEAD)).removeprefix(b"\xef\xbb\xbf")
    if not head.strip():
        raise UnreadableFile(f"{name} is empty. Fetch or export it again.")
    found = TABLE if looks_like_table(head.decode("utf-8", "replace")) else format_of(head)
    if found is None and is_table:
        found = TABLE
    if found is None:
        raise UnreadableFile(f"{name} is in no format known here. Files that can be imported: {NAMES}.")
    return found


def format_of(head: bytes) -> str | None:
    """The format that a file's first bytes, as UTF-8, are in."""
    name = next((name for name, pattern in _OTHERS if pattern.search(head)), None)
    if _ROOT.search(head) and name not in {"CSL-JSON"}:
        return PUBMED_XML
    if head.lstrip().startswith(b"<") and name != "EndNote XML":
        return PUBMED_XML  # any other XML is refused by the reader, which says what it found and where
    return name
