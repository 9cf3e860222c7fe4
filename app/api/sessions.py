"""``/session`` and ``/me``: logging in and out of a browser, and who one is. Tokens are in ``tokens``.

An unknown name and a wrong password have the same answer after the same time,
and both count towards the limit of failed attempts. The limit is asked again
where passwords are tried one at a time: of many that are sent at once no more
are tried than of as many in a row.
"""

from functools import partial
from typing import Annotated, Any

from fastapi import Request, Response
from limits import RateLimitItemPerMinute
from msgspec import Struct
from pydantic import Field
from sqlalchemy.orm import Session

from app.accounts import credentials, people
from app.accounts.credentials import LOGIN_LASTS, form_secret
from app.accounts.principals import BY_LOGIN, Principal
from app.api.answers import Answer
from app.api.asking import only, store_of
from app.api.guarding import COOKIE, Door, Guarded, doorkeeper_of, principal_of
from app.api.rates import Rates
from app.api.shapes import Shape
from app.api.turns import Writers
from app.api.writing import Writing, written
from app.database import Store
from app.errors import NotAuthenticated
from app.kit.draft import Draft, Name

router = Door(tags=["accounts"], route_class=Guarded)

_MINUTES = 5
FAILED_LOGINS = {
    "pair": RateLimitItemPerMinute(10, _MINUTES),
    "address": RateLimitItemPerMinute(50, _MINUTES),
    "name": RateLimitItemPerMinute(100, _MINUTES),
}
"""In five minutes: of one name from one address; from one address; of one name, the most, or anybody could lock anybody out."""

Password = Annotated[str, Field(min_length=1, max_length=people.LONGEST_PASSWORD)]


class Verified(Struct, frozen=True):
    """Whose password was right, and which password that was: it may be another one when the turn to write comes."""

    account_id: int
    password_hash: str


class LoginDraft(Draft):
    """A name and its password."""

    model_config = Draft.model_config | {"str_strip_whitespace": False}

    name: Name
    password: Password


class MeOut(Shape):
    """Who one is; ``csrf_token`` goes into the header ``X-CSRF-Token`` of writes by log-in."""

    name: str
    role: str
    scope: str
    by: str | None
    csrf_token: str | None


class MeEnvelope(Shape):
    """The envelope of who one is."""

    data: MeOut


@router.post("/session", status_code=201, dependencies=[only()], response_model=MeEnvelope)
async def log_in(login: LoginDraft, request: Request) -> Response:
    """Log in with name and password; the cookie holds for 12 hours. 429 after ten failures in five minutes."""
    rates = rates_of(request)
    keys = _counted_by(login.name, rates.address_of(request.scope))
    _refuse_beyond(rates, keys)
    # Argon2 takes 64 MiB and a core for 50 ms: one at a time, in a thread of its own, and never in the write turn.
    found = await doorkeeper_of(request).try_password(partial(_tried, store_of(request), login, rates, keys))
    writers: Writers = request.app.state.writers
    principal, secret = await writers.run(partial(_opened, found))
    answer = Answer({"data": _me(principal, secret)}, 201)
    answer.set_cookie(
        COOKIE, secret, max_age=int(LOGIN_LASTS.total_seconds()), path="/", httponly=True, samesite="lax",
        secure=request.url.scheme == "https",
    )  # fmt: skip
    return answer


@router.delete("/session", status_code=204, dependencies=[only()], response_class=Response)
@written
def log_out(write: Writing) -> Response:
    """End this log-in; the cookie holds no more from now on, wherever it was copied to. A token is revoked under ``/tokens``."""
    if write.principal.by == BY_LOGIN and write.principal.credential_id is not None:
        credentials.end_login(write.session, write.principal.credential_id)
    answer = Response(status_code=204)
    answer.delete_cookie(COOKIE, path="/")
    return answer


@router.get("/me", dependencies=[only()], response_model=MeEnvelope)
async def get_me(request: Request) -> Answer:
    """Name, role and scope of whoever asks."""
    principal = principal_of(request)
    secret = request.cookies.get(COOKIE) if principal.by == BY_LOGIN else None
    return Answer({"data": _me(principal, secret)}, headers={"Cache-Control": "no-store"})


def rates_of(request: Request) -> Rates:
    """How often who has asked for what, as this application counts it."""
    rates: Rates = request.app.state.rates
    return rates


def _counted_by(name: str, address: str | None) -> dict[str, str]:
    """Under what a failure is counted; all that comes from the machine itself is one address and not counted as such."""
    keys = {"pair": f"pair:{name}@{address}", "name": f"name:{name}"}
    return keys if address is None else {**keys, "address": f"address:{address}"}


def _refuse_beyond(rates: Rates, keys: dict[str, str]) -> None:
    for kind, key in keys.items():
        rates.refuse_beyond(FAILED_LOGINS[kind], key)


def _tried(store: Store, login: LoginDraft, rates: Rates, keys: dict[str, str]) -> Verified:
    """Whose password it is. Only one is tried at a time, so that no other failure comes between asking and counting."""
    _refuse_beyond(rates, keys)
    with store.reading() as session:
        account = people.verified(session, login.name, login.password)
        if account is not None and account.password_hash is not None:
            return Verified(account.id, account.password_hash)
    for kind, key in keys.items():
        rates.count(FAILED_LOGINS[kind], key)
    raise _not_let_in()


def _opened(found: Verified, session: Session) -> tuple[Principal, str]:
    account = people.held_with(session, found.account_id, found.password_hash)
    if account is None:
        raise _not_let_in()
    principal = Principal(account.id, account.name, account.role, "admin", BY_LOGIN)
    return principal, credentials.open_login(session, account)


def _not_let_in() -> NotAuthenticated:
    return NotAuthenticated("The name or the password is wrong, or the account is disabled.")


def _me(principal: Principal, secret: str | None) -> dict[str, Any]:
    return {
        "name": principal.name, "role": principal.role, "scope": principal.scope, "by": principal.by,
        "csrf_token": form_secret(secret) if secret else None,
    }  # fmt: skip
