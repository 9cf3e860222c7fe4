"""People with accounts and tokens for tests, in every state that a credential can have."""

from datetime import timedelta
from itertools import count

from sqlalchemy.orm import Session

from app.accounts import credentials, people
from app.database import Store
from app.kit.canonical import now
from app.models.account import Account, Token

PASSWORD = "correct horse battery staple"  # noqa: S105 - of nobody
_numbers = count(1)


def an_account(
    session: Session, role: str = "curator", *, name: str | None = None, password: str | None = None
) -> Account:
    """An account with a name of its own."""
    return people.add(session, name or f"{role}{next(_numbers)}", role=role, password=password)


def a_token(session: Session, account: Account, *, scope: str = "admin", state: str = "valid") -> str:
    """The secret of a token in one of the states of ``app.api.permissions``."""
    token, secret = credentials.create_token(
        session, account, scope="read" if state == "wrong scope" else scope, days=1
    )
    if state == "expired":
        token.expires_at = now() - timedelta(seconds=1)
    if state == "revoked":
        credentials.revoke(session, token.id)
    if state == "disabled":
        account.disabled_at = now()
    session.flush()
    return secret


def bearer(secret: str) -> dict[str, str]:
    """The header that shows a token."""
    return {"Authorization": f"Bearer {secret}"}


def signed_in(store: Store, role: str = "curator", *, scope: str = "admin", name: str | None = None) -> dict[str, str]:
    """The header of somebody new with this role."""
    with store.writing() as session:
        return bearer(a_token(session, an_account(session, role, name=name), scope=scope))


def token_of(session: Session, secret: str) -> Token:
    """The stored token of a secret."""
    return credentials.find_token(session, secret)
