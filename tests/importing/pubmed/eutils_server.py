"""A local E-utilities: PubMed's ESearch and EFetch as recorded answers show them, with faults on demand.

It is a real HTTP server on the loopback, in threads. In tests::

    with EutilsServer(records) as server:
        server.script(rate_limited(retry_after="1"), None)   # first request: fault; second: as usual
        ...
        assert server.log[0].params["db"] == "pubmed"

By hand: ``python -m tests.importing.pubmed.eutils_server --port 8080 --records FILE_OR_FOLDER``.
Nothing here imports the program.
"""

import argparse
import gzip
import json
import sys
import threading
import time
import urllib.parse
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from xml.sax.saxutils import escape

from lxml import etree

from tests.importing.pubmed.eutils_index import Found, Index

HIGHEST_START = 9_998
MOST_IDS = 9_999
XML = "text/xml; charset=UTF-8"
JSON = "application/json"
HTML = "text/html; charset=UTF-8"

_SEARCH_DOCTYPE = (
    '<!DOCTYPE eSearchResult PUBLIC "-//NLM//DTD esearch 20060628//EN" '
    '"https://eutils.ncbi.nlm.nih.gov/eutils/dtd/20060628/esearch.dtd">\n'
)
_ARTICLES_DOCTYPE = (
    '<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle, 1st January 2025//EN" '
    '"https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_250101.dtd">\n'
)
_DECLARATION = '<?xml version="1.0" encoding="UTF-8" ?>\n'


@dataclass(frozen=True)
class Request:
    """One request as it arrived; ``at`` is ``time.monotonic()`` when its headers were read."""

    at: float
    method: str
    endpoint: str
    query: str
    params: dict[str, str]
    headers: dict[str, str]

    @property
    def ids(self) -> list[str]:
        return [text.strip() for text in self.params.get("id", "").split(",") if text.strip()]


@dataclass(frozen=True)
class Answer:
    body: bytes
    status: int = 200
    content_type: str = XML
    headers: Mapping[str, str] = field(default_factory=dict)


class Exchange:
    """One request being answered: what a fault has in its hands."""

    def __init__(self, handler: BaseHTTPRequestHandler, server: "EutilsServer", request: Request) -> None:
        self.handler = handler
        self.server = server
        self.request = request

    def usual(self, ids: Iterable[str] | None = None) -> Answer:
        """The answer without a fault, for other ids if given."""
        params = self.request.params if ids is None else {**self.request.params, "id": ",".join(ids)}
        return self.server.answer(replace(self.request, params=params))

    def start(self, answer: Answer, *, length: int | None) -> None:
        """Send status and headers; without a length the end of the connection ends the body."""
        self.handler.send_response(answer.status)
        headers = {
            "Content-Type": answer.content_type,
            "X-RateLimit-Limit": "3",
            "Connection": "close",
            **answer.headers,
        }
        if length is not None:
            headers["Content-Length"] = str(length)
        for name, text in headers.items():
            self.handler.send_header(name, text)
        self.handler.end_headers()

    def write(self, data: bytes) -> None:
        self.handler.wfile.write(data)
        self.handler.wfile.flush()

    def send(self, answer: Answer) -> None:
        """Send a whole answer, compressed when the client can take it."""
        if "gzip" in self.request.headers.get("accept-encoding", "") and "Content-Encoding" not in answer.headers:
            headers = {**answer.headers, "Content-Encoding": "gzip"}
            answer = Answer(gzip.compress(answer.body, 1), answer.status, answer.content_type, headers)
        self.start(answer, length=len(answer.body))
        self.write(answer.body)

    def wait(self, seconds: float) -> None:
        """Sleep, at most until the server ends."""
        self.server.ending.wait(seconds)


Fault = Callable[[Exchange], None]


def answering(body: bytes | str, *, status: int = 200, content_type: str = XML, **headers: str) -> Fault:
    """The given body, whatever was asked."""
    data = body.encode() if isinstance(body, str) else body
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return lambda exchange: exchange.send(Answer(data, status, content_type, named))


def rate_limited(retry_after: str | None = None) -> Fault:
    """429 with NCBI's JSON body, which shows the key or the caller's address."""

    def fault(exchange: Exchange) -> None:
        shown = exchange.request.params.get("api_key", exchange.handler.client_address[0])
        body = json.dumps({"error": "API rate limit exceeded", "api-key": shown, "count": "5", "limit": "3"})
        headers = {} if retry_after is None else {"Retry-After": retry_after}
        exchange.send(Answer(body.encode(), 429, JSON, headers))

    return fault


def server_error(status: int = 500) -> Fault:
    return answering("upstream connect error", status=status, content_type="text/plain")


def html_page(status: int = 200) -> Fault:
    page = "<!DOCTYPE html>\n<html><head><title>NCBI/eutils202 - WWW Error 500 Diagnostic</title></head><body></body></html>"
    return answering(page, status=status, content_type=HTML)


def error_element(text: str, *, status: int = 200, root: str = "eFetchResult") -> Fault:
    return answering(f"{_DECLARATION}<{root}>\n\t<ERROR>{text}</ERROR>\n</{root}>\n", status=status)


def json_error(text: str = "error forwarding request", *, status: int = 200) -> Fault:
    return answering(json.dumps({"error": text}), status=status, content_type=JSON)


def key_refused() -> Fault:
    """400 as for an unknown key: the body repeats the key."""

    def fault(exchange: Exchange) -> None:
        key = exchange.request.params.get("api_key", "")
        body = {"error": f"API key invalid: {key}", "api-key": key, "type": "api-key"}
        exchange.send(Answer(json.dumps(body).encode(), 400, JSON))

    return fault


def json_with_raw_newline() -> Fault:
    """ESearch's JSON for a ``retstart`` above the ceiling: strict readers refuse the newline in the string."""
    return answering(
        '{"header":{"type":"esearch","version":"0.3"},"esearchresult":{"ERROR":"Search Backend failed: Exception:\n'
        "'retstart' cannot be larger than 9998. For PubMed, ESearch can only retrieve the first 9,999 records.\"}}",
        content_type=JSON,
    )


def backend_failed() -> Fault:
    return answering("Search Backend failed: Database is not supported: pubmed", content_type="text/plain")


def relayed_502() -> Fault:
    """A transient fault inside a 400, cut before the error element is closed."""
    return answering(
        "<eFetchResult>\n<ERROR>proxy_stream() failed: <html><head><title>502 Bad Gateway</title></head>"
        "<body>Failed to connect to PubOne service",
        status=400,
    )


def empty() -> Fault:
    return answering(b"")


def short(keep: int) -> Fault:
    """Well-formed XML with fewer records than asked."""
    return lambda exchange: exchange.send(exchange.usual(exchange.request.ids[:keep]))


def reordered() -> Fault:
    return lambda exchange: exchange.send(exchange.usual(exchange.request.ids[::-1]))


def duplicated() -> Fault:
    return lambda exchange: exchange.send(exchange.usual([*exchange.request.ids, *exchange.request.ids]))


def truncated(part: float = 0.5) -> Fault:
    """The beginning of the document as a complete HTTP answer."""

    def fault(exchange: Exchange) -> None:
        usual = exchange.usual()
        whole = usual.body.rstrip()
        exchange.send(Answer(whole[: int(len(whole) * part)]))

    return fault


def cut(part: float = 0.5, *, announced: bool = True, compressed: bool = False) -> Fault:
    """The connection ends inside the body; without an announced length HTTP itself does not show it."""

    def fault(exchange: Exchange) -> None:
        usual = exchange.usual()
        body = gzip.compress(usual.body) if compressed else usual.body
        headers = {"Content-Encoding": "gzip"} if compressed else {}
        exchange.start(Answer(b"", headers=headers), length=len(body) if announced else None)
        exchange.write(body[: int(len(body) * part)])

    return fault


def hung_up() -> Fault:
    """The connection ends before a single byte."""
    return lambda _: None


def stalled(seconds: float = 60.0) -> Fault:
    """Headers and half the body, then silence."""

    def fault(exchange: Exchange) -> None:
        body = exchange.usual().body
        exchange.start(Answer(b""), length=len(body))
        exchange.write(body[: len(body) // 2])
        exchange.wait(seconds)

    return fault


def dripping(every: float = 0.05, *, headers: bool = False) -> Fault:
    """A byte at a time for ever, in the body or already in the headers."""

    def fault(exchange: Exchange) -> None:
        if headers:
            exchange.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        else:
            exchange.start(Answer(b""), length=10**9)
        while not exchange.server.ending.is_set():
            exchange.write(b"a")
            exchange.wait(every)

    return fault


def gzip_bomb(size: int) -> Fault:
    return answering(gzip.compress(b"<PubmedArticleSet>" + b" " * size, 9), Content_Encoding="gzip")


def huge(size: int) -> Fault:
    """A body that large, uncompressed and without an announced length."""

    def fault(exchange: Exchange) -> None:
        exchange.start(Answer(b""), length=None)
        exchange.write(b"<PubmedArticleSet>")
        for _ in range(size // 65536):
            exchange.write(b" " * 65536)

    return fault


class EutilsServer:
    """The server. ``records`` maps PMIDs to the XML of one PubmedArticle each; ``limit`` answers 429 above that rate."""

    def __init__(self, records: Mapping[str, str] | None = None, *, port: int = 0, limit: int | None = None) -> None:
        self.records = dict(records or {})
        self.searches: dict[str, Found] = {}
        self.index = Index(self.records, self.searches)
        self.poisoned: set[str] = set()
        """PMIDs that spoil every answer they would be in, as a defect in one record can."""
        self.limit = limit
        self.log: list[Request] = []
        self.ending = threading.Event()
        self._faults: deque[Fault | None] = deque()
        self._always: Fault | None = None
        self._lock = threading.Lock()
        self._http = _Listener(("127.0.0.1", port), _handler_for(self))
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02})

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}/entrez/eutils/"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ending.set()
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()

    def script(self, *faults: Fault | None) -> None:
        """What the next requests meet, in order; ``None`` is the usual answer, as for all after them."""
        self._faults.extend(faults)

    def always(self, fault: Fault | None) -> None:
        """What every request meets once the script is used up."""
        self._always = fault

    def forget(self) -> None:
        """Answer as usual from now on."""
        self._faults.clear()
        self._always = None

    def take(self, request: Request) -> Fault | None:
        """Log a request and return the fault it meets."""
        with self._lock:
            self.log.append(request)
            recent = sum(1 for earlier in self.log if request.at - earlier.at < 1.0)
            if self.limit is not None and recent > self.limit:
                return rate_limited()
            if self.poisoned & set(request.ids):
                return html_page()
            return self._faults.popleft() if self._faults else self._always

    def answer(self, request: Request) -> Answer:
        """The usual answer of the endpoint asked."""
        if request.method == "GET" and len(request.query) > 4_000:
            return Answer(b"<html><head><title>Submitted URI too large!</title></head></html>", 414, HTML)
        if request.endpoint == "esearch.fcgi":
            return self._search(request.params)
        if request.endpoint == "efetch.fcgi":
            return self._fetch(request)
        return Answer(b"<html><head><title>Not Found</title></head></html>", 404, HTML)

    def _fetch(self, request: Request) -> Answer:
        if "id" not in request.params:
            return Answer(b"<eFetchResult>\n\t<ERROR>Supplied id parameter is empty.</ERROR>\n</eFetchResult>\n")
        known = [self.records[pmid] for pmid in request.ids if pmid in self.records]
        if not any(pmid.strip("0").isdigit() for pmid in request.ids):
            text = (
                "<eFetchResult>\n  <ERROR>ID list is empty! Possibly it has no correct IDs.</ERROR>\n</eFetchResult>\n"
            )
            return Answer(text.encode(), 400)
        text = "".join(f"{record}\n" for record in known)
        return Answer(f"{_DECLARATION}{_ARTICLES_DOCTYPE}<PubmedArticleSet>\n{text}</PubmedArticleSet>".encode())

    def _search(self, params: Mapping[str, str]) -> Answer:
        start, most = int(params.get("retstart", "0")), int(params.get("retmax", "20"))
        if not params.get("term"):
            return _search_error("Empty term and query_key - nothing todo")
        if start > HIGHEST_START:
            return _search_error(
                "Search Backend failed: Exception:\n'retstart' cannot be larger than 9998. For PubMed, ESearch can "
                "only retrieve the first 9,999 records matching the query."
            )
        found = self.index.found(params["term"])
        warnings = dict(found.warnings)
        if most > MOST_IDS:
            most = MOST_IDS
            warnings["OutputMessage"] = ["Restrictions achieved. start and count adjusted to 0, 9999"]
        listed = found.pmids[start : min(start + most, MOST_IDS)]
        count = len(found.pmids) if found.count is None else found.count
        ids = "".join(f"\t<Id>{pmid}</Id>\n" for pmid in listed)
        body = (
            f"{_DECLARATION}{_SEARCH_DOCTYPE}<eSearchResult><Count>{count}</Count><RetMax>{len(listed)}</RetMax>"
            f"<RetStart>{start}</RetStart><IdList>\n{ids}</IdList><TranslationSet/>"
            f"<QueryTranslation>{escape(found.translation)}</QueryTranslation>"
            f"{_listed('ErrorList', found.errors)}{_listed('WarningList', warnings)}</eSearchResult>\n"
        )
        return Answer(body.encode())


def _search_error(text: str) -> Answer:
    return Answer(
        f"{_DECLARATION}{_SEARCH_DOCTYPE}<eSearchResult><ERROR>{escape(text)}</ERROR></eSearchResult>\n".encode()
    )


def _listed(name: str, entries: Mapping[str, Sequence[str]]) -> str:
    inner = "".join(f"<{tag}>{escape(text)}</{tag}>" for tag, texts in entries.items() for text in texts)
    return f"<{name}>{inner}</{name}>" if inner else ""


class _Listener(ThreadingHTTPServer):
    daemon_threads = False
    block_on_close = True
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is what many faults are about; anything else is shown."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


def _handler_for(server: EutilsServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 10
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            self._respond(b"")

        def do_POST(self) -> None:
            at = time.monotonic()
            self._respond(self.rfile.read(int(self.headers.get("Content-Length", "0"))), at)

        def _respond(self, form: bytes, at: float | None = None) -> None:
            path = urllib.parse.urlsplit(self.path)
            pairs = urllib.parse.parse_qsl(path.query) + urllib.parse.parse_qsl(form.decode("ascii", "replace"))
            headers = {name.lower(): text for name, text in self.headers.items()}
            request = Request(
                at or time.monotonic(), self.command, path.path.rsplit("/", 1)[-1], path.query, dict(pairs), headers
            )
            self.close_connection = True
            exchange = Exchange(self, server, request)
            fault = server.take(request)
            (fault or (lambda exchange: exchange.send(exchange.usual())))(exchange)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the library's
            """The log is kept as data, see ``EutilsServer.log``."""

    return Handler


def a_record(pmid: str, *, title: str = "Kratom and sleep", version: int = 1) -> str:
    """The smallest article with what every reader needs."""
    return (
        f'<PubmedArticle><MedlineCitation Status="MEDLINE" Owner="NLM"><PMID Version="{version}">{pmid}</PMID>'
        '<Article PubModel="Print"><Journal><JournalIssue CitedMedium="Print"><PubDate><Year>2024</Year></PubDate>'
        f"</JournalIssue></Journal><ArticleTitle>{escape(title)}</ArticleTitle></Article></MedlineCitation>"
        f'<PubmedData><ArticleIdList><ArticleId IdType="pubmed">{pmid}</ArticleId></ArticleIdList></PubmedData>'
        "</PubmedArticle>"
    )


def records_in(path: Path) -> dict[str, str]:
    """Read every article of PubMed XML files, gzipped or not, as they stand there."""
    files = sorted(path.glob("**/*.xml*")) if path.is_dir() else [path]
    return {pmid: record for file in files for pmid, record in _articles(file)}


def _articles(file: Path) -> Iterator[tuple[str, str]]:
    data = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, recover=True)
    root = etree.fromstring(data, parser)
    for article in () if root is None else root.iter("PubmedArticle", "PubmedBookArticle"):
        pmid = article.findtext("MedlineCitation/PMID") or article.findtext("BookDocument/PMID")
        if pmid:
            yield pmid, etree.tostring(article, encoding="unicode", with_tail=False)


def main() -> None:
    """Serve records until interrupted."""
    parser = argparse.ArgumentParser(description="A local E-utilities that serves given PubMed records.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--records", type=Path, required=True, help="PubMed XML: a file or a folder of them")
    parser.add_argument("--limit", type=int, default=3, help="requests per second before 429 (NCBI: 3)")
    chosen = parser.parse_args()
    with EutilsServer(records_in(chosen.records), port=chosen.port, limit=chosen.limit) as server:
        sys.stdout.write(f"{len(server.records)} records at {server.base_url}\n")
        sys.stdout.flush()
        with suppress(KeyboardInterrupt):
            threading.Event().wait()


if __name__ == "__main__":
    main()
