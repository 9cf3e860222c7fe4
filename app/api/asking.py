"""What every route is given: the store, a snapshot to read, and the search that the parameters ask for."""

from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import Depends, Request
from sqlalchemy.orm import Session

from app.database import Store
from app.errors import Forbidden, UnknownParameter
from app.history import events
from app.search import english
from app.search.filters import FILTERS, OTHER_PARAMETERS
from app.search.pages import Counts
from app.search.reading import PARAMETERS, read
from app.search.spec import Search

MOST_ROWS = 100
FEW_ROWS = 20
PAGING = ("cursor", "limit")


def store_of(request: Request) -> Store:
    """The store that this application serves."""
    store: Store = request.app.state.store
    return store


def reading(request: Request) -> Iterator[Session]:
    """A session on one snapshot, so that a page, its total and its counts agree."""
    with store_of(request).reading() as session:
        yield session


Reading = Annotated[Session, Depends(reading)]


def parameters_of(request: Request) -> dict[str, list[str]]:
    """The query string, repeated names gathered."""
    gathered: dict[str, list[str]] = {}
    for name, value in request.query_params.multi_items():
        gathered.setdefault(name, []).append(value)
    return gathered


def search_of(request: Request, *also: str) -> Search:
    """The search that the parameters ask for; ``also`` names those that the route reads itself.

    Raises :class:`Forbidden` when unpublished work is asked for: drafts and
    suggestions are seen by their authors and by editors only.
    """
    search = read(parameters_of(request), also=(*PAGING, *also))
    if not search.sees_only_public:
        raise Forbidden(
            "Only submitted and accepted work is public; log in as its author or as an editor.", field="status"
        )
    return search


def only(*names: str) -> Any:
    """A dependency that refuses every parameter but ``names``; a misspelt one must not be ignored."""

    def check(request: Request) -> None:
        for name in request.query_params:
            if name not in names:
                known = f"Known: {', '.join(names)}." if names else "This address takes none."
                raise UnknownParameter(f"There is no parameter {name[:100]!r} here. {known}", field=name[:100])

    return Depends(check)


def list_meta(session: Session, search: Search, *, of: str, counts: Counts, levels: dict[str, int]) -> dict[str, Any]:
    """What a list says about itself."""
    return {
        "query": english.in_words(search, of=of),
        "expanded": english.expanded(search),
        "counts": {name: getattr(counts, name) for name in counts.__struct_fields__},
        "by_review_level": levels,
        "data_revision": events.latest(session),
    }


def documented(
    *, paged: bool = True, also: dict[str, str] | None = None, without: tuple[str, ...] = ()
) -> dict[str, Any]:
    """The OpenAPI parameters of a route that takes the filters, made from the filters themselves."""
    described = {name: doc for name, doc in OTHER_PARAMETERS.items() if name not in without}
    parameters = [_parameter(name, doc) for name, doc in (described | (also or {})).items()]
    for name in PARAMETERS:
        if name in FILTERS and name not in without:
            allowed = FILTERS[name].allowed
            items = {"type": "string", "enum": list(allowed)} if allowed else {"type": "string"}
            schema = {"type": "array", "items": items}
            parameters.append(_parameter(name, FILTERS[name].doc, schema=schema))
    if paged:
        limits = {"type": "integer", "minimum": 1, "maximum": MOST_ROWS, "default": FEW_ROWS}
        parameters.append(_parameter("limit", "rows on a page", schema=limits))
        parameters.append(_parameter("cursor", "where the page before ended"))
    return {"parameters": parameters}


def _parameter(name: str, doc: str, *, schema: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"name": name, "in": "query", "description": doc, "schema": schema or {"type": "string"}}
