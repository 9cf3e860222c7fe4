"""``/export``: the whole filtered set, streamed, with the same filters as every list.

A slow reader holds a database connection for as long as it reads, so exports
have connections of their own number (:data:`AT_ONCE`) and further ones are
asked to come back.
"""

import threading
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from itertools import chain
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from app.api.asking import parameters_of, search_of, session_of
from app.api.documented import documented, in_path
from app.api.guarding import Door, Guarded
from app.errors import NotFound, StoreBusy
from app.export.formats import BY_ENDING, FORMATS, Format
from app.export.sidecar import ENDING, encoded, sidecar, summed
from app.export.whole import Whole, whole, written
from app.kit.canonical import now
from app.kit.collecting import few_collections
from app.search.spec import Search

router = Door(prefix="/export", tags=["export"], route_class=Guarded)

AT_ONCE = 3
_LONGEST_QUERY = 1_000
_NOT_IN_ORDER = ("sort",)

Form = Annotated[str, in_path("csv", "the format", enum=list(BY_ENDING))]


class Turns:
    """How many exports may run at the same time."""

    def __init__(self, number: int = AT_ONCE) -> None:
        self._free = threading.BoundedSemaphore(number)

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Hold a turn. Raises :class:`StoreBusy` when none is free: a download may last for minutes, so nobody waits."""
        if not self._free.acquire(blocking=False):
            raise StoreBusy(f"{AT_ONCE} exports are being read already; try again shortly.")
        try:
            yield
        finally:
            self._free.release()


class Download(StreamingResponse):
    """A streamed answer that gives back what it holds however it ends, also when the reader goes away before it begins."""

    def __init__(self, content: Iterable[bytes], *, held: ExitStack, media_type: str, headers: dict[str, str]) -> None:
        super().__init__(content, media_type=media_type, headers=headers)
        self._held = held

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            await run_in_threadpool(self._held.close)


_FILES: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            each.media_type: {
                "schema": {"type": "array" if each.media_type.endswith("json") and each.bibliography else "string"}
            }
            for each in FORMATS
        }
    }
}
_SIDECAR: dict[int | str, dict[str, Any]] = {200: {"content": {"application/json": {"schema": {"type": "object"}}}}}
_FILTERS = documented(paged=False, without=_NOT_IN_ORDER)


# Before the files themselves: their ``{form}`` would take ``csv.meta.json`` too.
@router.get("/findings.{form}.meta.json", response_class=Response, responses=_SIDECAR, openapi_extra=_FILTERS)
def describe_findings_export(form: Form, request: Request) -> Response:
    """What ``/export/findings.{form}`` with the same filters says about itself: question, counts, licence, SHA-256."""
    return _described(request, "findings", form)


@router.get("/studies.{form}.meta.json", response_class=Response, responses=_SIDECAR, openapi_extra=_FILTERS)
def describe_studies_export(form: Form, request: Request) -> Response:
    """What ``/export/studies.{form}`` with the same filters says about itself: question, counts, licence, SHA-256."""
    return _described(request, "studies", form)


@router.get("/citations.{form}.meta.json", response_class=Response, responses=_SIDECAR, openapi_extra=_FILTERS)
def describe_citations_export(form: Form, request: Request) -> Response:
    """What ``/export/citations.{form}`` with the same filters says about itself: question, counts, licence, SHA-256."""
    return _described(request, "citations", form)


@router.get("/findings.{form}", response_class=Response, responses=_FILES, openapi_extra=_FILTERS)
def export_findings(form: Form, request: Request) -> Response:
    """All matching findings as a table, or their reports once each as a bibliography. The columns are in ``docs/export.md``.

    ``X-Total`` says how many rows there are: fewer mean that the transfer
    was broken off. ``X-Query`` and ``X-Data-Revision`` say of what and when,
    ``Link`` where the sidecar with the SHA-256 is.
    """
    return _streamed(request, "findings", form)


@router.get("/studies.{form}", response_class=Response, responses=_FILES, openapi_extra=_FILTERS)
def export_studies(form: Form, request: Request) -> Response:
    """All matching studies as a table, or their reports once each as a bibliography. Headers as for findings."""
    return _streamed(request, "studies", form)


@router.get("/citations.{form}", response_class=Response, responses=_FILES, openapi_extra=_FILTERS)
def export_citations(form: Form, request: Request) -> Response:
    """All matching citations as a table or a bibliography, without abstracts. Headers as for findings."""
    return _streamed(request, "citations", form)


def _streamed(request: Request, kind: str, ending: str) -> Response:
    form, search = _asked(request, kind, ending)
    with ExitStack() as held:
        held.enter_context(request.app.state.exports.taken())
        session = held.enter_context(session_of(request))
        wanted = whole(session, kind, form, search)
        headers = _headers(request, wanted)
        if request.state.bodiless:
            return Response(media_type=form.media_type, headers=headers)
        held.enter_context(few_collections())
        # Closed before the session is: what makes it may hold a process, and would until somebody collects garbage.
        body = _begun(held.enter_context(closing(written(session, wanted))))
        return Download(body, held=held.pop_all(), media_type=form.media_type, headers=headers)


def _described(request: Request, kind: str, ending: str) -> Response:
    form, search = _asked(request, kind, ending)
    with request.app.state.exports.taken(), session_of(request) as session, few_collections():
        wanted = whole(session, kind, form, search)
        sums = summed(written(session, wanted))
    told = sidecar(wanted, sums, asked=parameters_of(request), file=_file(wanted), made_at=now())
    return Response(encoded(told), media_type="application/json")


def _asked(request: Request, kind: str, ending: str) -> tuple[Format, Search]:
    if ending not in BY_ENDING:
        raise NotFound(f"{kind.capitalize()} are not exported as {ending[:20]!r}; there are {', '.join(BY_ENDING)}.")
    return BY_ENDING[ending], search_of(request, without=_NOT_IN_ORDER, paged=False)


def _headers(request: Request, wanted: Whole) -> dict[str, str]:
    counts = ", ".join(f"{name}={getattr(wanted.counts, name)}" for name in wanted.counts.__struct_fields__)
    query = quote(request.url.query, safe="=&%+,:;@/?!*'()~")
    beside = f"{request.url.path}.{ENDING}{'?' if query else ''}{query}"
    return {
        "Content-Disposition": f'attachment; filename="{_file(wanted)}"',
        "X-Query": in_header(wanted.query),
        "X-Data-Revision": str(wanted.data_revision),
        "X-Total": str(len(wanted.ids)),
        "X-Counts": counts,
        "Link": f'<{beside}>; rel="describedby"; type="application/json"',
    }


def _file(wanted: Whole) -> str:
    return f"kratom-evidence-{wanted.kind}.{wanted.form.ending}"


def _begun(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """``chunks``, the first of which is made at once, so that a refusal is an answer and not a broken stream."""
    first = next(chunks, b"")
    return chain([first], chunks)


def in_header(text: str) -> str:
    """``text`` as the value of a header: printable ASCII on one line, cut where it is too long."""
    plain = "".join(character if " " <= character <= "~" else "?" for character in " ".join(text.split()))
    return plain[:_LONGEST_QUERY]
