"""Two independent readers of the same files, and a draft's content in their words. Nothing here judges a difference."""

import contextlib
import gzip
import html
import re
import tempfile
import unicodedata
import warnings
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from lxml import etree

from app.citations.draft import CitationDraft
from app.importing.files.opening import open_capped
from app.importing.pubmed.parser import Tally, read_records

ENTREZ_DTD = (
    b'<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD" '
    b'"https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_250101.dtd">\n'
)
OLD_SHAPES = {
    "Affiliation": {"Article", "Author", "Investigator"},
    "FirstName": {"Author"},
    "CommentIn": {"CommentsCorrections"},
}
TAG = re.compile(r"</?(?:mml:)?[A-Za-z][^<>]*>")


def files(shared: Path) -> list[Path]:
    """Return every PubMed file at hand, in a fixed order."""
    return sorted((shared / "data" / "pubmed").rglob("*.xml.gz"))


def drafts(path: Path) -> list[CitationDraft]:
    """Read a file with our own parser."""
    records = read_records(open_capped(path, max_bytes=1 << 30), Tally())
    return [record for record in records if isinstance(record, CitationDraft)]


def tally(shared: Path) -> Tally:
    """Read every file and return what was counted."""
    counted = Tally()
    for path in files(shared):
        list(read_records(open_capped(path, max_bytes=1 << 30), counted))
    return counted


def elements(path: Path) -> list[etree._Element]:
    """Return the record elements of a file, in its order; a bare MedlineCitation gets the shell of today."""
    with gzip.open(path) as stream:
        root = etree.parse(stream).getroot()
    found = []
    for child in root:
        if child.tag in {"PubmedArticle", "PubmedBookArticle"}:
            found.append(child)
        elif child.tag == "MedlineCitation":
            shell = etree.Element("PubmedArticle")
            shell.append(child)
            found.append(shell)
    return found


def as_file(records: list[etree._Element]) -> bytes:
    """Write records as one file of today's shape."""
    body = b"".join(etree.tostring(record, encoding="utf-8", with_tail=False) for record in records)
    return b"<PubmedArticleSet>" + body + b"</PubmedArticleSet>"


def read_with_pubmed_parser(records: list[etree._Element]) -> list[dict[str, Any]]:
    """Read articles with pubmed_parser 0.5.1, which takes a path and knows no books."""
    with quiet():
        import pubmed_parser  # noqa: PLC0415 - importing it warns, which the suite would take for an error

        with tempfile.NamedTemporaryFile(suffix=".xml.gz") as file:
            file.write(gzip.compress(as_file(records), 1))
            file.flush()
            return list(
                pubmed_parser.parse_medline_xml(
                    file.name, year_info_only=False, author_list=True, parse_downto_mesh_subterms=True
                )
            )


def read_with_entrez(records: list[etree._Element]) -> list[dict[str, Any]]:
    """Read records with Bio.Entrez, which reads by the DTD that ships with it and refuses shapes of older ones."""
    with quiet():
        from Bio import Entrez  # noqa: PLC0415 - importing it warns, which the suite would take for an error

        answer = Entrez.read(BytesIO(ENTREZ_DTD + as_file(records)), validate=False, escape=True)
    return [*answer["PubmedArticle"], *answer["PubmedBookArticle"]]


def has_old_shape(record: etree._Element) -> bool:
    """Say whether the record has elements that today's DTD does not know where they stand."""
    return any(
        element.getparent().tag in parents for tag, parents in OLD_SHAPES.items() for element in record.iter(tag)
    )


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Contain the warnings of other people's code."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def plain(text: str | None) -> str:
    """Return text without raised characters or layout, so that readers can be compared by what it says."""
    return " ".join("".join(map(_base, text or "")).split())


def bare(text: object) -> str:
    """Return what Bio.Entrez hands over, tags and character references and all, in plain words."""
    return plain(html.unescape(TAG.sub("", str(text if text is not None else ""))))


def _base(character: str) -> str:
    decomposition = unicodedata.decomposition(character)
    if decomposition.startswith(("<super>", "<sub>")):
        return unicodedata.normalize("NFKD", character).replace("−", "-")
    return "-" if character in "−–" else character
