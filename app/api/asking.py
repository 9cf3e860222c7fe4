"""What every route is given: the store, a snapshot to read, and the search that the parameters ask for.

A parameter that a route does not know, or takes once and is given twice, is
an error on every route: a filter that was silently ignored would answer
another question. So is a value with characters that no database can keep.
"""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from difflib import get_close_matches
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.concurrency import contextmanager_in_threadpool
from sqlalchemy.orm import Session

from app.api.guarding import principal_of
from app.database import Store
from app.errors import Forbidden, Gone, Invalid, NotFound, UnknownParameter, UnknownValue
from app.history import asof, events
from app.kit.draft import storable
from app.search import english, facet
from app.search.pages import Counts
from app.search.reading import PARAMETERS, read
from app.search.spec import Search

PAGING = ("cursor", "limit")
FACETS = "facets"
_ONCE = (*PAGING, "q", "since", "record", "author", "actor", "stage", asof.PARAMETER)
_MOST_VALUES = 100


def store_of(request: Request) -> Store:
    """The store that this application serves."""
    store: Store = request.app.state.store
    return store


async def reading(request: Request) -> AsyncIterator[Session]:
    """A session on one snapshot, so that a page, its total and its counts agree; as of the moment asked for, if one was."""
    async with _entered(request) as session:
        try:
            yield session
        except NotFound as error:
            state = asof.told(session).get(asof.PARAMETER)
            if state is None or isinstance(error, Gone):
                raise
            raise NotFound(f"{error.message} That is as of data revision {state['data_revision']}.") from error


@asynccontextmanager
async def _entered(request: Request) -> AsyncIterator[Session]:
    """A session that is opened and closed where nobody waits for it.

    Opening one on the present asks nothing, and the embedded database closes one in microseconds: both are done on the
    spot. Going to a thread and back for each took a tenth of what a page of 20 records takes.
    """
    if store_of(request).is_sqlite and asof.PARAMETER not in request.query_params:
        with session_of(request) as session:
            yield session
    else:
        async with contextmanager_in_threadpool(session_of(request)) as session:
            yield session


@contextmanager
def session_of(request: Request) -> Iterator[Session]:
    """The session of :func:`reading`, for routes that hold it for longer than they answer."""
    asked = [value for value in request.query_params.getlist(asof.PARAMETER) if value.strip()]
    if len(asked) > 1:
        raise Invalid(f"{asof.PARAMETER} is given {len(asked)} times; give it once.", field=asof.PARAMETER)
    with asof.reading(store_of(request), asked[0] if asked else None) as session:
        yield session


Reading = Annotated[Session, Depends(reading)]


def parameters_of(request: Request) -> dict[str, list[str]]:
    """The query string, repeated names gathered."""
    gathered: dict[str, list[str]] = {}
    for name, value in request.query_params.multi_items():
        gathered.setdefault(name, []).append(value)
    return gathered


def search_of(request: Request, *also: str, without: Sequence[str] = (), paged: bool = True) -> Search:
    """The search that the parameters ask for; ``also`` names those that the route reads itself, ``without`` those it refuses.

    Editors see unpublished work of everybody, curators their own beside what is
    public. Raises :class:`Forbidden` for anonymous readers who ask for it.
    """
    own = (*also, *PAGING) if paged else also
    parameters = parameters_of(request)
    refuse_others(parameters, [name for name in (*PARAMETERS, *own) if name not in without])
    search = read(parameters, also=own)
    if search.sees_only_public:
        return search
    principal = principal_of(request)
    if not principal.known:
        raise Forbidden(
            "Only submitted and accepted work is public; log in as its author or as an editor.", field="status"
        )
    return search if principal.is_editor else search.by(principal.name)


def refuse_others(parameters: dict[str, list[str]], known: Sequence[str], *, once: Sequence[str] = _ONCE) -> None:
    """Refuse a parameter that is not ``known``, one that is given too often, a blank name, and what cannot be stored."""
    for name, values in parameters.items():
        if name not in known:
            raise _unknown(name, known)
        if name in once and len(values) > 1:
            raise Invalid(f"{name} is given {len(values)} times; give it once.", field=name)
        if len(values) > _MOST_VALUES:
            raise Invalid(f"{name} is given {len(values)} times; at most {_MOST_VALUES} are read.", field=name)
        _check_storable(name, values)


def _check_storable(name: str, values: Sequence[str]) -> None:
    for value in values:
        try:
            storable(value)
        except ValueError as error:
            raise Invalid(f"The value of {name} {error}.", field=name) from None


def _unknown(name: str, known: Sequence[str]) -> UnknownParameter:
    shown = name[:100]
    near = get_close_matches(shown, known, n=1)
    hint = f" Did you mean {near[0]}?" if near else ""
    listed = f"Known: {', '.join(sorted(known))}." if known else "This address takes none."
    return UnknownParameter(
        f"There is no parameter {shown!r} here.{hint} {listed}", field=shown, choices=tuple(sorted(known))
    )


def only(*names: str, once: Sequence[str] = ()) -> Any:
    """A dependency that refuses every parameter but ``names``; a misspelt one must not be ignored.

    ``once`` names those that this route takes once and others take often.
    """

    # Asynchronous, because it waits for nothing: a plain function would borrow a thread.
    async def check(request: Request) -> None:
        refuse_others(parameters_of(request), names, once=(*_ONCE, *once))

    return Depends(check)


def chosen(request: Request, name: str, allowed: Sequence[str]) -> tuple[str, ...]:
    """The values of ``name``, each once, blank ones left out. Raises :class:`UnknownValue` for one that is not ``allowed``."""
    values = tuple(dict.fromkeys(value for value in request.query_params.getlist(name) if value.strip()))
    for value in values:
        if value not in allowed:
            message = f"{value[:100]!r} is not a value of {name}. Allowed: {', '.join(allowed)}."
            raise UnknownValue(message, field=name, choices=tuple(allowed))
    return values


def facets_of(request: Request, allowed: Sequence[str]) -> tuple[str, ...]:
    """The facets that ``facets=`` names. Raises :class:`UnknownValue` for one that is not ``allowed``."""
    return facet.read_names(request.query_params.getlist(FACETS), allowed)


def list_meta(session: Session, search: Search, *, of: str, counts: Counts, levels: dict[str, int]) -> dict[str, Any]:
    """What a list says about itself."""
    return {
        "query": english.in_words(search, of=of),
        "expanded": english.expanded(search),
        "counts": {name: getattr(counts, name) for name in counts.__struct_fields__},
        "by_review_level": levels,
        "data_revision": events.latest(session),
        **asof.told(session),
    }
