"""Asks NCBI's E-utilities: which PMIDs a search finds, and the XML of given PMIDs; through every fault known of them.

Nothing here reads articles, compares what came with what was asked, or touches the database.
The rules are NCBI's (https://www.ncbi.nlm.nih.gov/books/NBK25497/ and NBK25499).
"""

import email.utils
import functools
import itertools
import logging
import random
import ssl
import threading
import time
import urllib.parse
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import SpooledTemporaryFile
from types import TracebackType
from typing import IO, Self, TypeVar

import httpx

from app import errors
from app.importing.pubmed import answers
from app.importing.pubmed.answers import Fault, FaultFound, SearchPage
from app.importing.pubmed.connection import Line, count_addresses, is_loopback, is_proxied
from app.importing.pubmed.pacing import NoTurn, Pace, Pacing

_log = logging.getLogger(__name__)
_T = TypeVar("_T")

HIGHEST_COUNT = 9_998
"""The largest PubMed result that can be read to its end: ESearch refuses a ``retstart`` above 9,998."""

_STATUS_BODY_BYTES = 64 * 1024
_SPOOL_BYTES = 2 * 1024 * 1024
_CONNECT_S = 3.0
_FIRST_CONNECT_S = 2.0
_FIRST_ATTEMPTS = 2
_FIRST_BACKOFF_S = 0.5
"""Until the service was heard once, "no network" is the likely fault: 2 × 2 s and 0.5 s, said within 5 s."""
_DAY_S = 86_400.0
_READINGS_OF_A_SEARCH = 2
_PARKED_IN_A_ROW = 3


@dataclass(frozen=True)
class ClientOptions:
    """Whom to ask and how long to try. Times are seconds, sizes bytes.

    ``timeout_s`` bounds one silence, ``deadline_s`` one request with all its
    ``attempts`` and waits. ``max_body_bytes`` counts after inflation; 200
    records are mostly 1–5 MB. The default page is the whole of what ESearch
    lists: the pages of an index that moves between them do not fit together.
    """

    base_url: str
    tool: str
    email: str | None
    api_key: str | None = field(repr=False)
    pacing_file: Path
    timeout_s: float = 30.0
    deadline_s: float = 180.0
    attempts: int = 5
    backoff_s: float = 1.0
    max_backoff_s: float = 20.0
    max_body_bytes: int = 64 * 1024 * 1024
    batch_size: int = 200
    page_size: int = HIGHEST_COUNT


@dataclass(frozen=True)
class SearchAnswer:
    """What a search found. ``translation`` is the query as PubMed understood it, ``warnings`` what it left out of it."""

    pmids: tuple[str, ...]
    count: int
    translation: str | None
    warnings: tuple[str, ...]

    @property
    def is_whole(self) -> bool:
        """Whether every record that was announced is listed."""
        return len(self.pmids) == self.count


@dataclass(frozen=True)
class FetchedBatch:
    """The answer to one batch of PMIDs: a whole document in ``body``, or the ``failure`` that parks the batch.

    A whole document can still hold fewer records than asked, other versions,
    and any order.
    """

    asked: tuple[str, ...]
    body: IO[bytes] | None
    failure: str | None


class _GivenUp(Exception):
    """One request failed for good; ``fault`` is the last one met, ``said`` a sentence about it."""

    def __init__(self, fault: Fault, said: str) -> None:
        super().__init__(said)
        self.fault = fault
        self.said = said


class EutilsClient:
    """Speaks to one E-utilities service, paced with all other clients of this machine. Threads may share it."""

    def __init__(self, options: ClientOptions, *, pace: Pacing | None = None) -> None:
        """``pace`` stands in for NCBI's own where the service is not NCBI's."""
        self._options = options
        self._url = _service_url(options.base_url)
        self.host = self._url.netloc.decode("ascii")
        self._pace = pace or Pace.of_ncbi(options.pacing_file, with_key=bool(options.api_key))
        self._stop = threading.Event()
        self._lines: set[Line] = set()
        self._reached = False
        # Connections are not kept: batches are seconds apart, and one that died meanwhile looks like a fault.
        self._http = httpx.Client(
            headers={"User-Agent": "kratom-evidence", "Accept-Encoding": "gzip"},
            limits=httpx.Limits(max_keepalive_connections=0),
            trust_env=not is_loopback(self._url.host),
            verify=_certificates(),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Cut what is under way and give everything back."""
        self.cancel()
        self._http.close()

    def cancel(self) -> None:
        """End every wait and every read of this client now, from any thread; it answers nothing afterwards."""
        self._stop.set()
        for line in list(self._lines):
            line.cut()

    def look_up(self, query: str) -> SearchAnswer:
        """Return all PMIDs that PubMed finds for the query, which is sent unchanged, in PubMed's order.

        Of more than :data:`HIGHEST_COUNT` only the count comes back and no
        PMID: PubMed would list the first of them and keep silent about the
        rest. Raises :class:`~app.errors.SourceRefused` when the query is
        refused, and :class:`~app.errors.SourceUnavailable` when no whole
        answer came, also when fewer ids are listed than announced.
        """
        answer = self._read_search(query)
        for _ in range(_READINGS_OF_A_SEARCH - 1):
            if answer.is_whole or answer.count > HIGHEST_COUNT:
                break
            answer = self._read_search(query)
        if not answer.is_whole and answer.count <= HIGHEST_COUNT:
            raise errors.SourceUnavailable(
                f"{self.host} announced {answer.count:,} PMIDs for the search and listed {len(answer.pmids):,}. "
                "A part must not pass for the whole, so none is used; try again later."
            )
        return answer

    def _read_search(self, query: str) -> SearchAnswer:
        pages: list[SearchPage] = []
        pmids: dict[str, None] = {}
        while not pages or (pages[-1].pmids and len(pmids) < pages[-1].count <= HIGHEST_COUNT):
            fields = {"term": query, "retstart": str(len(pmids)), "retmax": str(self._options.page_size)}
            try:
                pages.append(self._ask("esearch.fcgi", fields, _read_page))
            except _GivenUp as given_up:
                raise self._error(given_up) from None
            pmids.update(dict.fromkeys(pages[-1].pmids))
        warnings = tuple(dict.fromkeys(warning for page in pages for warning in page.warnings))
        listed = tuple(pmids) if pages[-1].count <= HIGHEST_COUNT else ()
        return SearchAnswer(listed, pages[-1].count, pages[0].translation, warnings)

    @property
    def batch_size(self) -> int:
        """How many PMIDs are asked for at once unless the caller says otherwise."""
        return self._options.batch_size

    def fetch(self, pmids: Sequence[str], *, at_once: int | None = None) -> Generator[FetchedBatch, None, None]:
        """Yield the PubMed XML of the PMIDs, batch by batch; a batch that cannot be had is yielded with its failure.

        A body is open until the next batch is asked for, then closed here.
        After three failures in a row each batch is tried once, until one
        succeeds: an outage of hours is not waited out batch by batch.

        Raises :class:`~app.errors.SourceUnavailable` when the service was
        never reached or the client was cancelled, and
        :class:`~app.errors.SourceRefused` when it would refuse every batch.
        """
        parked = 0
        size = at_once or self.batch_size
        for start in range(0, len(pmids), size):
            batch = tuple(pmids[start : start + size])
            attempts = 1 if parked >= _PARKED_IN_A_ROW else self._options.attempts
            try:
                body = self._ask("efetch.fcgi", {"id": ",".join(batch)}, _keep_articles, attempts=attempts)
            except _GivenUp as given_up:
                if given_up.fault.everywhere:
                    raise self._error(given_up) from None
                parked += 1
                yield FetchedBatch(batch, None, f"{len(batch)} PMIDs ({batch[0]} … {batch[-1]}): {given_up.said}")
            else:
                parked = 0
                with body:
                    yield FetchedBatch(batch, body, None)

    def _ask(
        self, endpoint: str, fields: Mapping[str, str], read: Callable[[IO[bytes]], _T], *, attempts: int | None = None
    ) -> _T:
        """Post one request until its answer reads well; ``read`` owns the body and raises :class:`FaultFound`."""
        deadline = time.monotonic() + self._options.deadline_s
        allowed = attempts or self._options.attempts
        for attempt in itertools.count(1):
            outcome = self._try_once(endpoint, fields, read, deadline=deadline)
            if not isinstance(outcome, Fault):
                return outcome
            if self._stop.is_set():
                outcome = Fault("the request was called off", everywhere=True)
                raise _GivenUp(outcome, f"{self.host} was not asked to the end: the request was called off.")
            wait = self._wait_before_retry(outcome, attempt, allowed)
            said = f"{self.host} ({endpoint}, attempt {attempt}): {self._redacted(outcome.reason)}."
            if wait is None or time.monotonic() + wait >= deadline:
                raise _GivenUp(outcome, said)
            _log.warning("%s Asking again in %.1f s.", said, wait)
            self._stop.wait(wait)
        raise AssertionError("counting never ends")

    def _wait_before_retry(self, fault: Fault, attempt: int, allowed: int) -> float | None:
        """Return seconds to wait, or ``None`` to give up: exponential, half of it random, never below Retry-After."""
        longest = min(self._options.backoff_s * 2.0 ** (attempt - 1), self._options.max_backoff_s)
        if fault.everywhere:
            allowed, longest = min(allowed, _FIRST_ATTEMPTS), min(longest, _FIRST_BACKOFF_S)
        if not fault.transient or attempt >= allowed:
            return None
        backoff = longest * random.uniform(0.5, 1.0)  # noqa: S311 - it spreads retries and guards nothing
        return backoff if fault.retry_after_s is None else max(backoff, fault.retry_after_s + 0.1 * backoff)

    def _error(self, given_up: _GivenUp) -> errors.SourceUnavailable:
        fault = given_up.fault
        if not fault.transient:
            return errors.SourceRefused(
                f"{given_up.said} Asking again will not help; check the query and the settings."
            )
        advice = "Check the network connection and try again" if fault.everywhere else "Try again later"
        if self._stop.is_set():
            advice = "Start it again"
        return errors.SourceUnavailable(f"{given_up.said} {advice}.", retry_after_s=fault.retry_after_s)

    def _redacted(self, text: str) -> str:
        for secret in {self._options.api_key or "", urllib.parse.quote_plus(self._options.api_key or "")} - {""}:
            text = text.replace(secret, "[key]")
        return text

    def _try_once(
        self, endpoint: str, fields: Mapping[str, str], read: Callable[[IO[bytes]], _T], *, deadline: float
    ) -> _T | Fault:
        line = Line(self._pace, deadline=deadline, stop=self._stop)
        self._lines.add(line)
        try:
            if self._stop.is_set():
                return Fault("the request was called off")
            timeout = self._timeout(deadline)
            with line, self._post(endpoint, fields, timeout, line) as response, ExitStack() as unless_kept:
                self._reached = True
                kept = read(unless_kept.enter_context(self._received(response)))
                unless_kept.pop_all()
                return kept
        except FaultFound as found:
            return found.fault
        except NoTurn as missed:
            return Fault(str(missed))
        except httpx.HTTPError as error:
            return self._connection_fault(error, line)
        finally:
            self._lines.discard(line)

    def _post(
        self, endpoint: str, fields: Mapping[str, str], timeout: httpx.Timeout, line: Line
    ) -> AbstractContextManager[httpx.Response]:
        """Open the exchange. Everything goes into the body of a POST: URLs are logged, and long ones get a 414."""
        options = self._options
        identity = {"tool": options.tool, "email": options.email, "api_key": options.api_key}
        data = {"db": "pubmed", "retmode": "xml", **fields, **{name: text for name, text in identity.items() if text}}
        url = self._url.copy_with(path=self._url.path.rstrip("/") + "/" + endpoint)
        return self._http.stream("POST", url, data=data, timeout=timeout, extensions={"trace": line.trace})

    def _timeout(self, deadline: float) -> httpx.Timeout:
        """Look the host up and share out the time to connect: a dead IPv6 address must leave time for IPv4.

        Raises :class:`FaultFound` when the host has no address; the time the looking up took is part of the bound.
        """
        started = time.monotonic()
        left = deadline - started
        total = min(left, _CONNECT_S if self._reached else _FIRST_CONNECT_S)
        url, addresses = self._url, 1
        if not is_proxied(url.scheme, url.host):
            addresses = count_addresses(url.host, url.port or 443, within_s=total)
        if not addresses:
            raise FaultFound(Fault("the name of the service could not be looked up", everywhere=not self._reached))
        connect = (total - (time.monotonic() - started)) / addresses
        return httpx.Timeout(max(min(self._options.timeout_s, left), 0.01), connect=max(connect, 0.05))

    def _received(self, response: httpx.Response) -> IO[bytes]:
        """Spool a 200 answer under the size cap; the caller closes what is returned.

        Raises :class:`FaultFound` for any other status, and for a body that is too large or ends early.
        """
        encoding = response.headers.get("Content-Encoding", "").strip().lower()
        if response.status_code != 200:
            start = _beginning(response, encoding)
            waiting = _retry_after(response.headers.get("Retry-After", ""))
            raise FaultFound(answers.status_fault(response.status_code, start, retry_after_s=waiting))
        with ExitStack() as unless_whole:
            body = unless_whole.enter_context(SpooledTemporaryFile(max_size=_SPOOL_BYTES))
            blocks = answers.inflated(response.iter_raw(), encoding=encoding, cap=self._options.max_body_bytes)
            try:
                body.writelines(blocks)
            except OSError as error:
                raise errors.StoreFull(
                    f"There is no room to spool an answer of {self.host} ({error.strerror})."
                ) from error
            unless_whole.pop_all()
            return body

    def _connection_fault(self, error: httpx.HTTPError, line: Line) -> Fault:
        """Say what went wrong below HTTP; the library's error itself is let go, it holds the whole request."""
        if line.was_cut:
            return Fault(f"no whole answer came within {self._options.deadline_s:g} s")
        if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
            reason = str(error) or "no answer to the call"
            return Fault(f"no connection ({reason})", everywhere=not self._reached)
        if isinstance(error, httpx.TimeoutException):
            return Fault(f"it was silent for {self._options.timeout_s:g} s")
        return Fault(f"the connection broke ({type(error).__name__})")


@functools.cache
def _certificates() -> ssl.SSLContext:
    """Load the trusted certificates once; it takes 50 ms."""
    return httpx.create_ssl_context()


def _service_url(text: str) -> httpx.URL:
    with suppress(httpx.InvalidURL):
        url = httpx.URL(text)
        if url.scheme in {"http", "https"} and url.host and not (url.userinfo or url.query):
            return url
    raise errors.UnusableSetting(
        "The address of the E-utilities must look like https://eutils.ncbi.nlm.nih.gov/entrez/eutils/, "
        "with no name or password before the host and no query after the path.",
        field="EVIDENCE_EUTILS_URL",
    )


def _beginning(response: httpx.Response, encoding: str) -> bytes:
    """Return the first part of an error answer, as much of it as came."""
    start = bytearray()
    with suppress(FaultFound, httpx.HTTPError):
        for block in answers.inflated(response.iter_raw(), encoding=encoding, cap=_STATUS_BODY_BYTES):
            start += block
    return bytes(start)


def _retry_after(text: str) -> float | None:
    """Read both forms of Retry-After (RFC 9110 §10.2.3), seconds or a date; anything else is no wish at all."""
    if text.strip().isascii() and text.strip().isdigit():
        return min(float(text), _DAY_S)
    with suppress(ValueError, OverflowError):
        return max(email.utils.parsedate_to_datetime(text).timestamp() - time.time(), 0.0)
    return None


def _read_page(body: IO[bytes]) -> SearchPage:
    with body:
        answers.check_whole(body, roots=answers.SEARCH_ROOTS)
        return answers.read_search_page(body.read())


def _keep_articles(body: IO[bytes]) -> IO[bytes]:
    answers.check_whole(body, roots=answers.ARTICLE_ROOTS)
    return body
