"""``/session`` and ``/me``: logging in and out of a browser, and who one is. Tokens are in ``tokens``.

An unknown name and a wrong password have the same answer after the same time,
and both count towards the limit of failed attempts.
"""

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from limits import RateLimitItemPerMinute
from pydantic import Field
from sqlalchemy.orm import Session

from app.accounts import credentials, people
from app.accounts.credentials import LOGIN_LASTS, form_secret
from app.accounts.principals import BY_LOGIN, Principal
from app.api.answers import Answer
from app.api.asking import only, store_of
from app.api.guarding import COOKIE, Guarded, doorkeeper_of, principal_of
from app.api.rates import Rates
from app.api.shapes import Shape
from app.api.turns import Writers
from app.api.writing import Writing, written
from app.database import Store
from app.errors import NotAuthenticated
from app.kit.draft import Draft, Name

router = APIRouter(tags=["accounts"], route_class=Guarded)

_MINUTES = 5
FAILED_LOGINS = {
    "pair": RateLimitItemPerMinute(10, _MINUTES),
    "address": RateLimitItemPerMinute(50, _MINUTES),
    "name": RateLimitItemPerMinute(100, _MINUTES),
}
"""In five minutes: of one name from one address; from one address; of one name, the most, or anybody could lock anybody out."""

Password = Annotated[str, Field(min_length=1, max_length=people.LONGEST_PASSWORD)]


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
    store, rates = store_of(request), rates_of(request)
    keys = _counted_by(login.name, rates.address_of(request.scope))
    for kind, key in keys.items():
        rates.refuse_beyond(FAILED_LOGINS[kind], key)
    # Argon2 takes 64 MiB and a core for 50 ms: few at a time, in threads of their own, and never in the write turn.
    principal = await doorkeeper_of(request).try_password(partial(_verified, store, login))
    if principal is None:
        for kind, key in keys.items():
            rates.count(FAILED_LOGINS[kind], key)
        raise NotAuthenticated("The name or the password is wrong, or the account is disabled.")
    writers: Writers = request.app.state.writers
    secret = await writers.run(partial(_opened, principal))
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


def _verified(store: Store, login: LoginDraft) -> Principal | None:
    with store.reading() as session:
        account = people.verified(session, login.name, login.password)
        return Principal(account.id, account.name, account.role, "admin", BY_LOGIN) if account else None


def _opened(principal: Principal, session: Session) -> str:
    return credentials.open_login(session, people.get(session, principal.name))


def _me(principal: Principal, secret: str | None) -> dict[str, Any]:
    return {
        "name": principal.name, "role": principal.role, "scope": principal.scope, "by": principal.by,
        "csrf_token": form_secret(secret) if secret else None,
    }  # fmt: skip
