"""Who is asking, and what they may: an account by a token or a log-in, or nobody in particular. Nothing here knows HTTP.

An account is read for every request, never remembered: a role taken away, an
account disabled and a token revoked count from the next request on.
"""

from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from app.errors import Forbidden, NotAuthenticated
from app.kit.canonical import now, sha256
from app.models.account import ROLES, SCOPES, Account, LoginSession, Token
from app.statements import Statement

BY_TOKEN, BY_LOGIN = "token", "login"
NOBODY = "anonymous"
EVERYBODY = (NOBODY, *ROLES)


class Principal(Struct, frozen=True):
    """Who asks: an account with its role, and the scope of the credential shown (a log-in has all that the role has)."""

    account_id: int | None = None
    name: str = NOBODY
    role: str = NOBODY
    scope: str = "read"
    by: str | None = None
    credential_id: int | None = None
    used_at: datetime | None = None
    """When the token was last noted as used."""

    @property
    def known(self) -> bool:
        """False for anonymous readers."""
        return self.account_id is not None

    def has(self, *, role: str, scope: str) -> bool:
        """Whether both the role and the scope reach so far."""
        return EVERYBODY.index(self.role) >= EVERYBODY.index(role) and SCOPES.index(self.scope) >= SCOPES.index(scope)

    @property
    def is_editor(self) -> bool:
        """Whether this is an editor or an administrator, by whatever credential."""
        return self.has(role="editor", scope="read")


ANONYMOUS = Principal()


def of_token(session: Session, secret: str) -> Principal:
    """Whose token this is. Raises :class:`NotAuthenticated` saying why it does not hold (any more)."""
    found = _BY_SECRET.first(session, hash=sha256(secret))
    if found is None:
        raise NotAuthenticated("This token is not known here; create one with: evidence token create, or POST /tokens.")
    if found.revoked_at is not None:
        raise NotAuthenticated("This token was revoked; use another one.")
    return _principal(found, "token", by=BY_TOKEN, scope=found.scope, used_at=found.last_used_at)


def of_login(session: Session, secret: str) -> Principal:
    """Whose log-in this is. Raises :class:`NotAuthenticated` when it ended."""
    found = _BY_COOKIE.first(session, hash=sha256(secret))
    if found is None or found.ended_at is not None:
        raise NotAuthenticated("You are logged out; log in again.")
    return _principal(found, "log-in", by=BY_LOGIN, scope=SCOPES[-1])


def still(session: Session, principal: Principal) -> Principal:
    """The same principal as it is now, read again inside a write: somebody may have waited long for the turn.

    Raises :class:`NotAuthenticated` when the credential no longer holds.
    """
    query = _TOKEN_AGAIN if principal.by == BY_TOKEN else _LOGIN_AGAIN
    found = query.first(session, id=principal.credential_id)
    if found is None or found.over_at is not None:
        raise NotAuthenticated("This credential was ended while the request waited; nothing was done.")
    return _principal(found, "credential", by=principal.by or BY_TOKEN, scope=getattr(found, "scope", principal.scope))


def require(principal: Principal, *, role: str, scope: str, to: str) -> None:
    """Raise when ``principal`` may not: :class:`NotAuthenticated` for anonymous readers, else :class:`Forbidden` naming why.

    ``to`` says what is to be done, for the message.
    """
    if principal.has(role=role, scope=scope):
        return
    if not principal.known:
        raise NotAuthenticated(f"Log in, or send a token (Authorization: Bearer …), {to}.")
    if not principal.has(role=role, scope=principal.scope):
        raise Forbidden(f"The role {principal.role} is not enough {to}; it takes the role {role}.")
    raise Forbidden(f"The scope {principal.scope} of this token is not enough {to}; it takes the scope {scope}.")


def _joined(model: Any, *columns: Any) -> Any:
    account = (Account.id.label("account_id"), Account.name, Account.role, Account.disabled_at)
    query = select(model.id, model.expires_at, *columns, *account)
    return query.join_from(model, Account, Account.id == model.account_id)


def _principal(found: Any, kind: str, *, by: str, scope: str, used_at: datetime | None = None) -> Principal:
    if found.expires_at <= now():
        raise NotAuthenticated(f"This {kind} expired on {found.expires_at:%Y-%m-%d}; get a new one.")
    if found.disabled_at is not None:
        raise NotAuthenticated("This account is disabled; ask an administrator.")
    return Principal(found.account_id, found.name, found.role, scope, by, found.id, used_at)


# Every request asks one of the first two, every write one of the others.
_BY_SECRET = Statement(
    _joined(Token, Token.scope, Token.last_used_at, Token.revoked_at).where(Token.hash == bindparam("hash"))
)
_BY_COOKIE = Statement(_joined(LoginSession, LoginSession.ended_at).where(LoginSession.hash == bindparam("hash")))
_TOKEN_AGAIN = Statement(
    _joined(Token, Token.revoked_at.label("over_at"), Token.scope).where(Token.id == bindparam("id"))
)
_LOGIN_AGAIN = Statement(
    _joined(LoginSession, LoginSession.ended_at.label("over_at")).where(LoginSession.id == bindparam("id"))
)
