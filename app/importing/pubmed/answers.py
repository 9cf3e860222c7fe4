"""What an E-utilities answer is: whole data, or a fault that is found before anything is parsed; and ESearch's data.

Nothing here opens a connection, waits, or reads the articles in an EFetch answer.
"""

import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import IO

from lxml import etree

ARTICLE_ROOTS = frozenset({"PubmedArticleSet", "PubmedBookArticleSet", "MedlineCitationSet"})
SEARCH_ROOTS = frozenset({"eSearchResult"})

_HEAD_BYTES = 16 * 1024
_BLOCK_BYTES = 64 * 1024
_QUOTED_CHARACTERS = 200

_DIGITS = re.compile(r"[0-9]{1,18}")
_NAME = re.compile(rb"<([A-Za-z_][\w.-]*)")
_ERROR_ELEMENT = re.compile(rb"<ERROR>(.*?)(?:</ERROR>|\Z)", re.DOTALL | re.IGNORECASE)
_ERROR_MEMBER = re.compile(rb'"error"\s*:\s*"((?:[^"\\]|\\.)*)', re.DOTALL | re.IGNORECASE)
_BARE_ERROR = re.compile(rb"(Search Backend failed.*)\Z", re.DOTALL)
_MARKUP = re.compile(r"<[^>]*>?")

# Wordings seen in public trackers. Final ones are about the request itself and would come back for ever.
_FINAL = re.compile(
    r"id list is empty|id parameter is empty|out of range|out of acceptable range|cannot be larger than"
    r"|empty term|api key (?:is )?invalid|api key is not|invalid db name|invalid uid|history data",
    re.IGNORECASE,
)
_KEY_REFUSED = re.compile(r"api key", re.IGNORECASE)
# A 400 is the sender's fault, unless it relays a fault from behind NCBI's proxy.
_RELAYED = re.compile(
    r"proxy_stream|\b50[0234]\b|bad gateway|failed to connect|temporar|timed? ?out|backend failed|try again"
    r"|rate limit",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Fault:
    """Why an answer is of no use.

    ``reason`` finishes the sentence "the source could not be used: …".
    ``transient`` says whether asking again may help, ``everywhere`` whether
    every other request would meet the same, ``retry_after_s`` how long the
    source asked to be left alone.
    """

    reason: str
    transient: bool = True
    everywhere: bool = False
    retry_after_s: float | None = None


class FaultFound(Exception):
    """Carries a :class:`Fault` out of the reading of an answer; it never leaves this package."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.reason)
        self.fault = fault


@dataclass(frozen=True)
class SearchPage:
    """One page of an ESearch answer. ``warnings`` are sentences; ``count`` is the size of the whole result."""

    count: int
    pmids: tuple[str, ...]
    translation: str | None
    warnings: tuple[str, ...]


def inflated(chunks: Iterable[bytes], *, encoding: str, cap: int) -> Iterator[bytes]:
    """Yield the body behind its content encoding, never holding more than a block and never passing ``cap`` bytes.

    Raises :class:`FaultFound` for an encoding that was not asked for, a
    damaged or unfinished stream, and for a body larger than ``cap``: 292 kB
    of gzip can hold 300 MB.
    """
    if encoding not in {"", "identity", "gzip", "x-gzip"}:
        raise FaultFound(Fault(f"it sent the content encoding {_quoted(encoding)}, which was not asked for"))
    size = 0
    for block in _gunzipped(chunks) if encoding.endswith("gzip") else chunks:
        size += len(block)
        if size > cap:
            raise FaultFound(Fault(f"the answer is larger than {cap:,} bytes", transient=False))
        yield block


def _gunzipped(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Inflate gzip members one after another (RFC 1952 §2.2), a block at a time."""
    member = zlib.decompressobj(wbits=31)
    started = False
    for chunk in chunks:
        pending = chunk
        while pending:
            if member.eof:
                member = zlib.decompressobj(wbits=31)
            started = True
            try:
                yield member.decompress(pending, _BLOCK_BYTES)
            except zlib.error:
                raise FaultFound(Fault("the compressed answer is damaged")) from None
            pending = member.unconsumed_tail or member.unused_data
    if started and not member.eof:
        raise FaultFound(Fault("the compressed answer was cut off before its end"))


def status_fault(status: int, body: bytes, *, retry_after_s: float | None = None) -> Fault:
    """Say what an answer other than 200 means; ``body`` is its beginning.

    A 429's body is not quoted: without a key it shows the caller's address.
    """
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return Fault("it asks for fewer requests (429)", retry_after_s=retry_after_s)
    said = error_text(body)
    reason = f"it answered {status}{_phrase(status)}" + (f": {said}" if said else "")
    if status >= 500 or status == HTTPStatus.REQUEST_TIMEOUT:
        return Fault(reason, retry_after_s=retry_after_s)
    if 300 <= status < 400:
        return Fault(f"{reason}: the service is at another address", transient=False, everywhere=True)
    if status == HTTPStatus.BAD_REQUEST:
        shown = body.decode("utf-8", "replace")
        relayed = bool(_RELAYED.search(shown)) and not _FINAL.search(said or "")
        return Fault(reason, transient=relayed, everywhere=bool(_KEY_REFUSED.search(said or "")) and not relayed)
    refused = status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}
    return Fault(reason, transient=False, everywhere=refused)


def check_whole(body: IO[bytes], *, roots: frozenset[str]) -> None:
    """Read a 200 answer through once and raise :class:`FaultFound` unless it is one whole document of these roots.

    An error element anywhere is an error, however the document ends: in data
    its ``<`` would be escaped. The document is not parsed; the position is
    left at its beginning.
    """
    body.seek(0)
    head = body.read(_HEAD_BYTES)
    tail = _scan_for_error(body)
    if not head.strip():
        raise FaultFound(Fault("the answer is empty"))
    _check_beginning(head, roots)
    root = root_name(head) or ""
    ending = tail.rstrip()
    if not ending.endswith((f"</{root}>".encode(), f"<{root}/>".encode(), f"<{root} />".encode())):
        raise FaultFound(Fault("the answer was cut off before its end"))
    body.seek(0)


def _check_beginning(head: bytes, roots: frozenset[str]) -> None:
    said = error_text(head)
    root = root_name(head)
    if said is not None and root not in roots:
        raise FaultFound(_error_fault(said))
    if root is None:
        raise FaultFound(Fault(f"it sent something other than XML: {_quoted(head.decode('utf-8', 'replace'))}"))
    if root.lower() == "html":
        raise FaultFound(Fault("it sent an HTML page in place of data"))
    if root not in roots:
        raise FaultFound(Fault(f"it sent a document of another kind, <{root[:40]}>"))
    if b"<!ENTITY" in head:
        raise FaultFound(
            Fault("the answer declares entities of its own, which no answer of PubMed does", transient=False)
        )


def _scan_for_error(body: IO[bytes]) -> bytes:
    """Raise when an error element stands anywhere in the body; return the body's last bytes."""
    body.seek(0)
    kept = b""
    while block := body.read(_BLOCK_BYTES):
        window = kept + block
        at = window.find(b"<ERROR>")
        if at >= 0:
            said = error_text(window[at:] + body.read(_HEAD_BYTES))
            raise FaultFound(_error_fault(said or "an error without a text"))
        kept = window[-256:]
    return kept


def _error_fault(said: str) -> Fault:
    """Judge the error text of a 200 answer: retried, unless it is known to be about the request."""
    final = bool(_FINAL.search(said))
    return Fault(
        f"it reported an error: {said}", transient=not final, everywhere=final and bool(_KEY_REFUSED.search(said))
    )


def error_text(body: bytes) -> str | None:
    """Return what an error body says, in at most 200 characters and without markup.

    Known shapes: an ``<ERROR>`` element, even unclosed; an ``"error"`` member of JSON, even
    with a raw newline in it, which strict readers refuse; the bare words "Search Backend failed".
    """
    for pattern in (_ERROR_ELEMENT, _ERROR_MEMBER, _BARE_ERROR):
        if found := pattern.search(body):
            return _quoted(_MARKUP.sub(" ", found[1].decode("utf-8", "replace"))) or "an error without a text"
    return None


def root_name(head: bytes) -> str | None:
    """Return the name of the first element, past declaration, comments and DOCTYPE; ``None`` when it is not XML."""
    at = 3 if head.startswith(b"\xef\xbb\xbf") else 0
    while True:
        at += len(head[at:]) - len(head[at:].lstrip())
        for opening, closing in ((b"<?", b"?>"), (b"<!--", b"-->"), (b"<!", b">")):
            if head.startswith(opening, at):
                end = head.find(closing, at)
                if end < 0:
                    return None
                at = end + len(closing)
                break
        else:
            name = _NAME.match(head, at)
            return name[1].decode("ascii") if name else None


_WARNINGS = {
    "PhraseNotFound": "PubMed does not know the phrase “{}” and searched without it.",
    "FieldNotFound": "PubMed does not know the search field “{}” and searched without it.",
    "PhraseIgnored": "PubMed ignored the phrase “{}”.",
    "QuotedPhraseNotFound": "PubMed does not know the quoted phrase “{}” and did not search for it as a phrase.",
    "OutputMessage": "PubMed says: {}",
}


def read_search_page(document: bytes) -> SearchPage:
    """Read an ESearch answer (DTD esearch 20060628) that :func:`check_whole` let pass.

    PubMed drops unknown phrases and fields and answers a broader query; only
    ErrorList and WarningList tell, so each of their entries becomes a warning.

    Raises :class:`FaultFound` when the answer is not well-formed or holds no usable count or ids.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(document, parser)
    except etree.XMLSyntaxError:
        raise FaultFound(Fault("the answer is not well-formed XML")) from None
    count = _text(root.find("Count"))
    pmids = tuple(_text(element) for element in root.iterfind("IdList/Id"))
    if not all(_DIGITS.fullmatch(text) for text in (count, *pmids)):
        raise FaultFound(Fault("the answer holds no usable count and list of ids"))
    return SearchPage(
        count=int(count),
        pmids=pmids,
        translation=_text(root.find("QueryTranslation")) or None,
        warnings=tuple(_warnings(root)),
    )


def _warnings(root: etree._Element) -> Iterator[str]:
    for entry in (*root.iterfind("ErrorList/*"), *root.iterfind("WarningList/*")):
        if isinstance(entry.tag, str) and (text := _text(entry)):
            sentence = _WARNINGS.get(entry.tag, f"PubMed warns ({entry.tag}): {{}}").replace("{}", text)
            yield sentence if sentence.endswith((".", "!", "?")) else f"{sentence}."


def _text(element: etree._Element | None) -> str:
    return " ".join("".join(map(str, element.itertext())).split()) if element is not None else ""


def _quoted(text: str) -> str:
    """Return outside words as one line of bounded length, without control characters."""
    line = " ".join("".join(character if character.isprintable() else " " for character in text[:4000]).split())
    return line if len(line) <= _QUOTED_CHARACTERS else line[: _QUOTED_CHARACTERS - 1] + "…"


def _phrase(status: int) -> str:
    try:
        return f" {HTTPStatus(status).phrase}"
    except ValueError:
        return ""
