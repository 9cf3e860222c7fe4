"""How a request is held to the registry: who asks is found, and the permission checked, before the body is read.

Only the size of the request is looked at before (``gate``). Which permission a
route takes is in ``permissions``; what a write does then is in ``writing``.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import suppress
from functools import cached_property, partial
from hmac import compare_digest
from typing import Any, TypeVar
from urllib.parse import urlsplit

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.routing import APIRoute, iter_route_contexts
from sqlalchemy.orm import Session
from starlette.routing import Match, Mount
from starlette.types import Scope

from app.accounts import credentials, flags, principals
from app.accounts.credentials import USE_IS_NOTED_EVERY, form_secret
from app.accounts.principals import ANONYMOUS, BY_LOGIN, BY_TOKEN, Principal
from app.api import bodies, permissions
from app.api.glances import Glances
from app.api.permissions import ROUTES, Permission
from app.api.turns import Writers
from app.database import Store
from app.errors import EvidenceError, Forbidden, NotAuthenticated
from app.kit.canonical import now

Found = TypeVar("Found")
PREFIX = "/api/v1"
COOKIE = "evidence_session"
FORM_HEADER = "X-CSRF-Token"
SAFE_METHODS = frozenset(("GET", "HEAD", "OPTIONS"))
READERS = 2
"""Threads, and so database connections, that find out who asks; of their own, so that nobody waits behind slow questions."""
ALWAYS_WRITABLE = frozenset(("log_in", "log_out", "revoke_token", "set_flags"))
"""Writes that are taken while writing is switched off: or nobody could switch it on again."""


class Guarded(APIRoute):
    """A route that lets a request in as the registry says. Every router here is a :class:`Door` with ``route_class=Guarded``."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler behind its guard."""
        permission = permissions.permission_of(self.name)
        takes = bodies.taken_by(self)
        answer = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            bodies.refuse_large(request, takes)
            request.state.principal = await _admitted(request, permission, self.name)
            if request.method not in SAFE_METHODS:
                request = await bodies.checked(request, takes)
            return await answer(request)

        return guarded


class Door(APIRouter):
    """Routes below a few first words (``/studies``); of other addresses they are not asked, which took longer than a read.

    Without this each request is held to the pattern of every route before its own, 113 in all.
    """

    @cached_property
    def _words(self) -> frozenset[str]:
        return frozenset(_first_word(route.path) for route in self.routes if isinstance(route, APIRoute))

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Which route is asked for, if it may be one of these."""
        if _first_word(_path_below_root(scope).removeprefix(PREFIX)) not in self._words:
            return Match.NONE, {}
        return super().matches(scope)


def _path_below_root(scope: Scope) -> str:
    """The path as the routes know it: without where the service is mounted, if a proxy left that in."""
    path: str = scope["path"]
    root: str = scope.get("root_path", "")
    return path[len(root) :] if f"{path}/".startswith(f"{root}/") else path


def _first_word(path: str) -> str:
    return path[1:].partition("/")[0]


class Doorkeeper:
    """Finds out who asks; where that takes a thread, in threads of its own number. One for each application."""

    def __init__(self, store: Store, writers: Writers) -> None:
        self._store = store
        self._writers = writers
        self._glances = Glances(store)
        self._limiter = CapacityLimiter(READERS)
        self._trials = CapacityLimiter(1)
        self._noting: set[int] = set()
        self._tasks: set[asyncio.Future[None]] = set()

    async def ask(self, question: Callable[[Session], Principal]) -> Principal:
        """The answer of the database to ``question``.

        The embedded one is asked on the spot: a reader of it never waits, and two rows take less than going to a thread.
        """
        if self._store.is_sqlite:
            return self._glances.ask(question)
        return await to_thread.run_sync(self._read, question, limiter=self._limiter)

    async def try_password(self, trial: Callable[[], Found]) -> Found:
        """What came of trying a password, one trial at a time."""
        return await to_thread.run_sync(trial, limiter=self._trials)

    def note_use(self, principal: Principal) -> None:
        """Write down that a token was used, once in five minutes and beside the answer: nobody waits for that."""
        number, at = principal.credential_id, principal.used_at
        if principal.by != BY_TOKEN or number is None or number in self._noting:
            return
        if at is None or now() - at > USE_IS_NOTED_EVERY:
            self._noting.add(number)
            task = asyncio.ensure_future(self._note(number))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _note(self, token_id: int) -> None:
        try:
            # Where it cannot be written now it is written another time; the request has nothing to do with that.
            with suppress(EvidenceError):
                await self._writers.run(partial(_note_use, token_id))
        finally:
            self._noting.discard(token_id)

    async def close(self) -> None:
        """Wait for what is still to be noted."""
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._glances.close()

    def _read(self, question: Callable[[Session], Principal]) -> Principal:
        with self._store.reading() as session:
            return question(session)


def _note_use(token_id: int, session: Session) -> None:
    flags.refuse_while_on(session, flags.READ_ONLY)
    credentials.note_use(session, token_id)


async def _admitted(request: Request, permission: Permission, route: str) -> Principal:
    """Who asks. Raises :class:`NotAuthenticated` or :class:`Forbidden` when they may not."""
    if not permission.reads_credentials:
        return ANONYMOUS
    writes = request.method not in SAFE_METHODS
    token, cookie = _token(request), request.cookies.get(COOKIE)
    if token is None and cookie is None and not writes:
        principals.require(ANONYMOUS, role=permission.role, scope=permission.scope, to=f"to use {route}")
        return ANONYMOUS

    def read(session: Session) -> Principal:
        found = _found(session, token, cookie)
        principals.require(found, role=permission.role, scope=permission.scope, to=f"to use {route}")
        if writes and route not in ALWAYS_WRITABLE:
            flags.refuse_while_on(session, flags.READ_ONLY)
        return found

    doorkeeper = doorkeeper_of(request)
    principal = await doorkeeper.ask(read)
    if writes:
        _refuse_forged(request, principal, cookie)
    doorkeeper.note_use(principal)
    return principal


def _token(request: Request) -> str | None:
    """The token that is shown; a header that shows something else is an error, not nothing."""
    shown = request.headers.get("authorization")
    if shown is None:
        return None
    scheme, _, token = shown.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise NotAuthenticated("The header Authorization is not understood; write: Authorization: Bearer TOKEN.")
    return token.strip()[:1_000]


def _found(session: Session, token: str | None, cookie: str | None) -> Principal:
    if token is not None:
        return principals.of_token(session, token)
    if cookie is None:
        return ANONYMOUS
    try:
        return principals.of_login(session, cookie[:1_000])
    except NotAuthenticated:
        # A browser sends its cookie unasked and long after the log-in ended; whoever must be known is told so by `require`.
        return ANONYMOUS


def _refuse_forged(request: Request, principal: Principal, cookie: str | None) -> None:
    """Raise :class:`Forbidden` for a write that another site may have made a browser send (CSRF)."""
    origin = request.headers.get("origin")
    if origin is not None and _host_in(origin) != request.headers.get("host", "").lower():
        raise Forbidden("This write comes from a page of another site; only pages of this service may write.")
    if principal.by != BY_LOGIN or cookie is None:
        return
    shown = request.headers.get(FORM_HEADER, "")
    if not compare_digest(shown.encode(), form_secret(cookie).encode()):
        raise Forbidden(f"Send the header {FORM_HEADER} with the csrf_token of your log-in; GET /me gives it.")


def _host_in(origin: str) -> str | None:
    """The host that a page came from; None for what is no address."""
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return None


def doorkeeper_of(request: Request) -> Doorkeeper:
    """The doorkeeper of this application."""
    found: Doorkeeper = request.app.state.doorkeeper
    return found


def principal_of(request: Request) -> Principal:
    """Who asks, as the guard found."""
    found: Principal = request.state.principal
    return found


def addresses(app: FastAPI) -> dict[str, str]:
    """Method and path of every route of ``app`` by its name, in the order of the registry.

    Raises ``RuntimeError`` for a route that is not guarded, not in the
    registry, or shares its name; and for a name without a route.
    """
    found: dict[str, str] = {}
    for name, address in _routes(app):
        permissions.permission_of(name)
        if name in found:
            raise RuntimeError(f"Two routes are called {name!r}: {found[name]} and {address}.")
        found[name] = address
    gone = [name for name in ROUTES if name not in found]
    if gone:
        raise RuntimeError(f"The registry names routes that are not there: {', '.join(gone)}.")
    return {name: found[name] for name in ROUTES}


def methods_at(app: FastAPI, path: str) -> set[str]:
    """The methods of all routes at ``path``: a record that is read by one route may be changed by another."""
    found: set[str] = set()
    for context in iter_route_contexts(app.routes):
        pattern = getattr(context, "path_regex", None)
        if context.methods and pattern is not None and pattern.match(path):
            found |= context.methods
    return found


def _routes(app: FastAPI) -> Iterator[tuple[str, str]]:
    for context in iter_route_contexts(app.routes):
        route = context.original_route
        if isinstance(route, Mount):
            yield str(route.name), f"GET {route.path}/{{path}}"
        elif isinstance(route, Guarded):
            yield route.name, f"{' '.join(sorted(context.methods or ()))} {context.path}"
        else:
            raise RuntimeError(
                f"The route {context.path} is not guarded; make its router a Door with route_class=Guarded."
            )
