"""Which format a file is in, told from its first bytes and never from its name. Nothing here reads records."""

import re
from pathlib import Path

from app.errors import UnreadableFile
from app.importing.files.opening import open_capped

PUBMED_XML = "PubMed XML"

_HEAD = 1 << 16
_ROOT = re.compile(
    rb"<(PubmedArticleSet|PubmedArticle|PubmedBookArticleSet|PubmedBookArticle|MedlineCitationSet|MedlineCitation|"
    rb"BookDocumentSet|BookDocument)[\s/>]"
)
_OTHERS = (
    ("EndNote XML", re.compile(rb"\A\s*(?:<\?xml[^>]*>\s*)?<xml>\s*<records>", re.IGNORECASE)),
    ("nbib", re.compile(rb"\A\s*PMID- ?[0-9]", re.MULTILINE)),
    ("RIS", re.compile(rb"^\s*TY {1,2}- ", re.MULTILINE)),
    ("BibTeX", re.compile(rb"^\s*@[A-Za-z]+\s*[{(]", re.MULTILINE)),
    ("CSL-JSON", re.compile(rb"\A\s*\[?\s*\{")),
)


def recognise(path: Path) -> str:
    """Name the format of a file. Raises :class:`UnreadableFile` when it cannot be read here, saying what it looks like."""
    with open_capped(path, max_bytes=1 << 62) as stream:
        head = stream.read(_HEAD).removeprefix(b"\xef\xbb\xbf")
    if _ROOT.search(head) or (head.lstrip().startswith(b"<") and not _is_other(head)):
        # Any other XML is refused by the reader, which says what it found and where.
        return PUBMED_XML
    if not head.strip():
        raise UnreadableFile(f"{path.name} is empty. Fetch or export it again.")
    name = _is_other(head)
    if name:
        raise UnreadableFile(
            f"{path.name} looks like {name}, which cannot be imported yet. "
            "Export the same records from PubMed as XML, or import them by their PMIDs."
        )
    raise UnreadableFile(
        f"{path.name} is in no format known here. Files that can be imported: PubMed XML (.xml, .xml.gz)."
    )


def _is_other(head: bytes) -> str | None:
    return next((name for name, pattern in _OTHERS if pattern.search(head)), None)
