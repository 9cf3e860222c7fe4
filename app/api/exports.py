"""``/export``: the whole filtered set, streamed, with the same filters as every list."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from app.api.asking import documented, search_of, store_of
from app.errors import NotFound
from app.export import csv, ndjson
from app.findings.flat import FlatFinding
from app.history import events
from app.search import english
from app.search.pages import every_finding

router = APIRouter(prefix="/export", tags=["export"])

Writer = Callable[[Iterable[FlatFinding]], Iterator[bytes]]
FORMATS: dict[str, tuple[str, Writer]] = {
    "csv": ("text/csv; charset=utf-8", csv.findings),
    "ndjson": ("application/x-ndjson", ndjson.findings),
}


@router.get("/findings.{form}", openapi_extra=documented(paged=False, without=("sort",)))
def export_findings(form: str, request: Request) -> StreamingResponse:
    """All matching findings as ``csv`` or ``ndjson``, in the order of their ids. Columns: docs/export.md."""
    if form not in FORMATS:
        raise NotFound(f"Findings are not exported as {form[:20]!r}; there are {', '.join(FORMATS)}.")
    search = search_of(request)
    media_type, write = FORMATS[form]
    stack = ExitStack()
    session = stack.enter_context(store_of(request).reading())
    try:
        revision = events.latest(session)
        # The first rows are asked for here, so that a refusal is an answer and not a broken stream.
        rows = iter(every_finding(session, search))
        first = next(rows, None)
    except BaseException:
        stack.close()
        raise

    def body() -> Iterator[bytes]:
        with stack:
            yield from write([] if first is None else _again(first, rows))

    headers = {
        "Content-Disposition": f'attachment; filename="kratom-evidence-findings.{form}"',
        "X-Query": english.in_words(search).encode("ascii", "replace").decode(),
        "X-Data-Revision": str(revision),
    }
    return StreamingResponse(body(), media_type=media_type, headers=headers)


def _again(first: FlatFinding, rest: Iterable[FlatFinding]) -> Iterator[FlatFinding]:
    yield first
    yield from rest
