"""What a write route is given: who writes, an open transaction, and the data revision that is to tell of it.

How to add one:

1. Name its permission in ``ROUTES`` (``permissions``), by the name of the function.
2. Write a plain function below ``@router.patch(…)`` **and** ``@written``, with a parameter ``write: Writing``, and for
   ``PATCH`` and transitions one ``match: IfMatch``. Its body is a :class:`~app.kit.draft.Draft` or a mapping.
3. In it: ``write.hold`` the record, read it, ``must_match`` (``preconditions``); call the room, giving it ``write.session`` and
   ``write.revision``; then ``write.seal()``; then build the answer from the store, as the ``GET`` of the record does.

``@written`` waits for the turn before it borrows a thread, looks again at who
asks, answers a repeat (``Idempotency-Key``) from what was kept, commits, and
only then lets the answer go. Whatever is raised undoes everything. The first
route made so is ``edit_citation`` in ``citation_writes``.
"""

from collections.abc import Awaitable, Callable
from functools import partial, wraps
from typing import Annotated, ParamSpec

from fastapi import Depends, Request, Response
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.accounts import flags, principals, repeats
from app.accounts.principals import Principal
from app.api.guarding import ALWAYS_WRITABLE, principal_of
from app.api.permissions import permission_of
from app.api.problems import request_id_of
from app.api.turns import Writers
from app.curation import consequences
from app.errors import Conflict, Invalid
from app.history.events import Revision

_KEY_HEADER = "Idempotency-Key"
_LONGEST_KEY = 255
_KEPT_HEADERS = ("etag", "location")

P = ParamSpec("P")


class Write:
    """One write under way. Usable inside a function below ``@written`` only."""

    session: Session

    def __init__(self, request: Request) -> None:
        self.request = request
        self.principal: Principal = principal_of(request)
        self.route: str = request.scope["route"].name
        reason = self.route.replace("_", " ")
        self.revision = Revision(actor=self.actor, reason=reason, request_id=request_id_of(request))
        self.keeps_answer = True
        """Set to False where the answer holds a secret; then a repeat is refused instead of answered."""

    @property
    def actor(self) -> str:
        """The name under which this write stands in the history."""
        return self.principal.name

    def because(self, reason: str) -> None:
        """Say in the history why; without it the name of the route stands there."""
        self.revision.reason = reason

    def hold(self, kind: str, number: int) -> None:
        """Let nobody else change this record before the commit. Call it before reading what is to be changed."""
        if self.session.get_bind().dialect.name == "postgresql":
            lock = text("SELECT pg_advisory_xact_lock(hashtext(:kind), :number)")
            self.session.execute(lock, {"kind": f"record:{kind}", "number": number})

    def seal(self) -> int | None:
        """Write the data revision; its number, or None when nothing was noted. Nothing may be noted afterwards.

        What the write did to citations is followed to quotes and findings first.
        """
        consequences.follow(self.session, self.revision)
        return self.revision.seal(self.session)


async def _write(request: Request) -> Write:
    return Write(request)


Writing = Annotated[Write, Depends(_write)]


def written(route: Callable[P, Response]) -> Callable[P, Awaitable[Response]]:
    """Run ``route`` as one write: in its turn, in one transaction, committed before the answer leaves."""

    @wraps(route)
    async def in_turn(*args: P.args, **given: P.kwargs) -> Response:
        write = next(each for each in given.values() if isinstance(each, Write))
        writers: Writers = write.request.app.state.writers
        repeat = repeat_of(write)
        return await writers.run(partial(_do, write, repeat, partial(route, *args, **given)))

    return in_turn


def _do(write: Write, repeat: repeats.Request | None, route: Callable[[], Response], session: Session) -> Response:
    write.session = session
    look_again(write)
    kept = repeats.first_or_answer(session, repeat) if repeat else None
    if kept is not None:
        return replayed(kept)
    answer = route()
    if not write.revision.sealed_whole:
        raise RuntimeError(f"{write.route} noted changes and did not seal them")
    if repeat and write.keeps_answer:
        repeats.keep(session, repeat, kept_as(answer))
    return answer


def look_again(write: Write) -> None:
    """Check once more, inside the transaction, what the guard checked: the turn may have been long in coming."""
    if write.principal.known:
        permission = permission_of(write.route)
        write.principal = principals.still(write.session, write.principal)
        principals.require(write.principal, role=permission.role, scope=permission.scope, to=f"to use {write.route}")
    if write.route not in ALWAYS_WRITABLE:
        flags.refuse_while_on(write.session, flags.READ_ONLY)


def replayed(kept: repeats.Kept) -> Response:
    """The answer of the first request again. Raises :class:`Conflict` where it was not kept, because it held a secret."""
    if not kept.status:
        raise Conflict("This was done before, and its answer held a secret that is shown once only.")
    headers = {**kept.headers, "Idempotency-Replayed": "true"}
    return Response(kept.body, kept.status, headers, media_type="application/json")


def repeat_of(write: Write) -> repeats.Request | None:
    """The request as one that may come again; None where it has no key. Raises :class:`Invalid` for a malformed one."""
    request, account_id = write.request, write.principal.account_id
    key = request.headers.get(_KEY_HEADER)
    if key is None or account_id is None or request.method != "POST":
        return None
    if not (0 < len(key) <= _LONGEST_KEY and key.isascii() and key.isprintable()):
        raise Invalid(f"An {_KEY_HEADER} has 1 to {_LONGEST_KEY} printable ASCII characters.", field=_KEY_HEADER)
    return repeats.Request(account_id, request.method, request.url.path[:500], key, request.state.body_hash)


def kept_as(answer: Response) -> repeats.Kept:
    """What of an answer is kept for a repeat."""
    headers = {name: answer.headers[name] for name in _KEPT_HEADERS if name in answer.headers}
    return repeats.Kept(answer.status_code, headers, bytes(answer.body).decode())
