"""Tokens and log-ins: making them, ending them, listing them. A secret leaves here once and only its SHA-256 is kept."""

import secrets
from datetime import timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from app.errors import Invalid, NotFound, UnknownValue
from app.kit.canonical import now, sha256
from app.models.account import SCOPES, Account, LoginSession, Token

BEGINNING = "ke_"
"""So that scanners of leaked secrets, and people, know what it is."""
LONGEST_DAYS = 366
LOGIN_LASTS = timedelta(hours=12)
USE_IS_NOTED_EVERY = timedelta(minutes=5)
_RANDOM_BYTES = 32
_SHOWN = 10


def create_token(session: Session, account: Account, *, scope: str, days: int, label: str = "") -> tuple[Token, str]:
    """A new token and its secret, which cannot be shown again.

    Raises :class:`Invalid` for a scope that is not there or a life that is too
    long. What the scope allows beyond the account's role has no effect.
    """
    if scope not in SCOPES:
        message = f"{scope[:40]!r} is not a scope. Allowed: {', '.join(SCOPES)}."
        raise UnknownValue(message, field="scope", choices=SCOPES)
    if not 1 <= days <= LONGEST_DAYS:
        raise Invalid(f"A token lives 1 to {LONGEST_DAYS} days, not {days}.", field="days")
    secret = BEGINNING + secrets.token_urlsafe(_RANDOM_BYTES)
    at = now()
    token = Token(account_id=account.id, label=label, beginning=secret[:_SHOWN], hash=sha256(secret), scope=scope,
                  created_at=at, expires_at=at + timedelta(days=days), revoked_at=None, last_used_at=None)  # fmt: skip
    session.add(token)
    session.flush()
    return token, secret


def tokens_of(session: Session, account_id: int | None = None) -> list[tuple[Token, str]]:
    """The tokens of one account, or of all, each with the name of its account; revoked and expired ones too."""
    query = select(Token, Account.name).join(Account, Account.id == Token.account_id).order_by(Token.id)
    if account_id is not None:
        query = query.where(Token.account_id == account_id)
    return [(row[0], row[1]) for row in session.execute(query)]


def revoke(session: Session, token_id: int, *, account_id: int | None = None) -> None:
    """End a token, from the next request on; a second time changes nothing.

    With ``account_id`` a token of another account is :class:`NotFound`, as one
    that never was.
    """
    token = session.get(Token, token_id)
    if token is None or account_id not in (None, token.account_id):
        raise NotFound(f"There is no token {token_id} here; GET /tokens lists them.")
    token.revoked_at = token.revoked_at or now()
    session.flush()


def find_token(session: Session, beginning: str) -> Token:
    """The one token that begins so. Raises :class:`NotFound` when none or several do."""
    wanted = beginning[:_SHOWN]
    found = session.scalars(select(Token).where(Token.beginning == wanted)).all() if len(wanted) == _SHOWN else []
    if len(found) != 1:
        raise NotFound(f"{len(found)} tokens begin with {wanted!r}; give the id or the whole token.")
    return found[0]


def note_use(session: Session, token_id: int) -> None:
    """Write down that the token was used just now, unless that was done in the last five minutes."""
    at = now()
    stale = or_(Token.last_used_at.is_(None), Token.last_used_at < at - USE_IS_NOTED_EVERY)
    session.execute(update(Token).where(Token.id == token_id, stale).values(last_used_at=at))


def open_login(session: Session, account: Account) -> str:
    """Log the account in; the secret for its cookie."""
    secret = secrets.token_urlsafe(_RANDOM_BYTES)
    at = now()
    session.add(LoginSession(account_id=account.id, hash=sha256(secret), created_at=at, expires_at=at + LOGIN_LASTS,
                             ended_at=None))  # fmt: skip
    session.flush()
    return secret


def end_login(session: Session, login_id: int) -> None:
    """Log out."""
    session.execute(update(LoginSession).where(LoginSession.id == login_id).values(ended_at=now()))


def form_secret(secret: str) -> str:
    """What a page of this service sends back with a write, to show that it is one (CSRF): follows from the cookie's secret."""
    return sha256(f"form:{secret}")[:43]
