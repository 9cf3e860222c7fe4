"""Accounts: adding, changing, disabling, and telling whether a password is right. They are never deleted."""

import re
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.errors import Conflict, Invalid, NotFound, UnknownValue
from app.kit.canonical import now
from app.models.account import ROLES, Account, LoginSession

SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 1_000
_NAME = re.compile(r"[a-z][a-z0-9._-]{1,39}")
_RESERVED = frozenset(("anonymous", "evidence", "importer", "pubmed", "starter", "sync", "system"))
"""Names under which this program itself writes, or which would mislead in a history."""


def add(session: Session, name: str, *, role: str, password: str | None) -> Account:
    """Add an account; without a password it can be used by tokens only.

    Raises :class:`Invalid` for a name or password that will not do,
    :class:`Conflict` for a name that is taken.
    """
    if not _NAME.fullmatch(name) or name in _RESERVED:
        raise Invalid(
            f"{name[:60]!r} is no name for an account; use 2 to 40 of a-z, 0-9, '.', '_' and '-', beginning with a letter, "
            f"and none of {', '.join(sorted(_RESERVED))}.",
            field="name",
        )
    account = Account(name=name, role=known_role(role), password_hash=_hashed(password) if password else None,
                      created_at=now(), disabled_at=None)  # fmt: skip
    session.add(account)
    try:
        session.flush()
    except IntegrityError:
        raise Conflict(f"There is an account {name} already; names are not used twice.", field="name") from None
    return account


def get(session: Session, name: str) -> Account:
    """The account of this name. Raises :class:`NotFound`."""
    found = session.scalars(select(Account).where(Account.name == name)).one_or_none()
    if found is None:
        raise NotFound(f"There is no account {name[:60]!r}; see: evidence account list.")
    return found


def everybody(session: Session) -> list[Account]:
    """All accounts by name, the disabled too."""
    return list(session.scalars(select(Account).order_by(Account.name)))


def set_password(session: Session, account: Account, password: str) -> None:
    """Give the account another password and end its log-ins; its tokens stay."""
    account.password_hash = _hashed(password)
    _log_out(session, account)


def set_role(session: Session, account: Account, role: str) -> None:
    """Give the account another role, from its next request on. Raises :class:`Conflict` for the last administrator."""
    _keep_an_administrator(session, account, still=known_role(role) == "admin")
    account.role = role
    session.flush()


def disable(session: Session, account: Account) -> None:
    """Refuse the account from its next request on, whatever it shows. Raises :class:`Conflict` for the last administrator."""
    _keep_an_administrator(session, account, still=False)
    account.disabled_at = account.disabled_at or now()
    _log_out(session, account)


def enable(session: Session, account: Account) -> None:
    """Let a disabled account in again; its tokens that have not expired hold again."""
    account.disabled_at = None
    session.flush()


def known_role(role: str) -> str:
    """``role``. Raises :class:`UnknownValue` for one that is not there."""
    if role not in ROLES:
        raise UnknownValue(f"{role[:40]!r} is not a role. Allowed: {', '.join(ROLES)}.", field="role", choices=ROLES)
    return role


def verified(session: Session, name: str, password: str) -> Account | None:
    """The account if the password is right and it may log in, else None. Takes as long for a name that is not there."""
    account = session.scalars(select(Account).where(Account.name == name)).one_or_none()
    kept = account.password_hash if account and not account.disabled_at else None
    try:
        _hasher().verify(kept or _nobodys_hash(), password)
    except (VerificationError, InvalidHashError):
        return None
    return account if kept else None


def held_with(session: Session, account_id: int, password_hash: str) -> Account | None:
    """The account if that is still its password and it may log in, else None. Nobody changes it before the commit."""
    same = (Account.id == account_id) & (Account.password_hash == password_hash) & Account.disabled_at.is_(None)
    return session.scalars(select(Account).where(same).with_for_update()).one_or_none()


def _keep_an_administrator(session: Session, account: Account, *, still: bool) -> None:
    if still or account.role != "admin" or account.disabled_at:
        return
    others = select(func.count()).where(
        Account.role == "admin", Account.disabled_at.is_(None), Account.id != account.id
    )
    if not session.scalar(others):
        raise Conflict(f"{account.name} is the last administrator; make another one first.")


def _log_out(session: Session, account: Account) -> None:
    running = (LoginSession.account_id == account.id) & LoginSession.ended_at.is_(None)
    session.execute(update(LoginSession).where(running).values(ended_at=now()))
    session.flush()


def _hashed(password: str) -> str:
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise Invalid(
            f"A password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters; this one has {len(password)}. "
            "Four words in a row are easy to remember and hard to guess.",
            field="password",
        )
    return _hasher().hash(password)


@cache
def _hasher() -> PasswordHasher:
    # RFC 9106's second recommendation for where memory counts: 64 MiB, three passes.
    return PasswordHasher()


@cache
def _nobodys_hash() -> str:
    return _hasher().hash("the password of nobody")
