"""What to tell people when a file is not PubMed's XML: what, where, what to do. Nothing here reads a stream."""

import re

from lxml import etree

from app.errors import UnreadableFile

_WEB_PAGE = re.compile(rb"\A[\s\xef\xbb\xbf]*(?:<\?xml[^>]*>\s*)?<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_NCBI_ERROR = re.compile(rb"<ERROR>([^<]{1,300})</ERROR>")
_CONTROL = re.compile(r"invalid Char value|out of allowed range|invalid xmlChar")


def refusal(head: bytes, what: str) -> UnreadableFile:
    """Name what the file really is where its first bytes tell, else say ``what``."""
    if not head.strip():
        return UnreadableFile("The file is empty. Fetch or export it again.")
    if _WEB_PAGE.match(head):
        return UnreadableFile("The file is a web page (line 1), not PubMed XML. Save the records themselves as XML.")
    error = _NCBI_ERROR.search(head)
    if error:
        said = error[1].decode("utf-8", "replace").strip()
        return UnreadableFile(
            f"The file holds an error message of NCBI instead of records: {said!r}. Ask PubMed again."
        )
    message = (
        f"The file {what} (line 1). Expected PubMed XML: a PubmedArticleSet, MedlineCitationSet or one PubmedArticle."
    )
    return UnreadableFile(message)


def syntax_refusal(fault: etree.XMLSyntaxError, head: bytes) -> UnreadableFile:
    """Put libxml2's complaint into words a person can act on, with its line."""
    said = re.sub(r"[,\s]*(?:line \d+, column \d+)?\s*\(<string>, line \d+\)\s*$", "", fault.msg or "").strip()
    line = fault.lineno or 1
    if "Start tag expected" in said or "Document is empty" in said or not head.strip():
        return refusal(head, "is not XML")
    if _WEB_PAGE.match(head):
        return refusal(head, said)
    return UnreadableFile(f"The file {_meaning(said)} at line {line} ({said}). {_advice(said)}")


def _meaning(said: str) -> str:
    if "Premature end" in said or "EndTag" in said or "no element found" in said:
        return "ends in the middle of a record or holds an undeclared entity"
    if "encoding" in said:
        return "is not in the encoding it declares"
    if _CONTROL.search(said):
        return "holds a control character, which XML forbids,"
    if "Excessive depth" in said:
        return "is nested deeper than any PubMed record"
    if "limit exceeded" in said:
        return "holds a text longer than any PubMed record"
    if "Extra content" in said:
        return "goes on after its end"
    return "is not well-formed XML"


def _advice(said: str) -> str:
    if "encoding" in said:
        return "Correct the encoding in its first line, or save it again as UTF-8."
    if _CONTROL.search(said):
        return "Remove the character at that line, or fetch the file again."
    return "Fetch it again from PubMed; records before that line were readable."
