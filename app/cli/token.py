"""``evidence token``: tokens for programs. The token itself is printed once and kept nowhere."""

from typing import Annotated

import typer

from app.accounts import credentials, people
from app.accounts.credentials import LONGEST_DAYS
from app.cli.endings import DONE
from app.cli.preparing import ready
from app.cli.speaking import give, say
from app.config import load_settings
from app.kit.canonical import now
from app.models.account import SCOPES, Token


def create(
    account: Annotated[str, typer.Option(metavar="NAME", help="Whose token it is.")],
    scope: Annotated[str, typer.Option(metavar="|".join(SCOPES), help="What it allows, within the role.")] = "read",
    days: Annotated[int, typer.Option(metavar="N", help=f"How long it lives, 1 to {LONGEST_DAYS} days.")] = 90,
    label: Annotated[str, typer.Option(help="What it is for.")] = "command line",
) -> int:
    """Make a token and print it; it cannot be shown again."""
    with ready(load_settings()) as store, store.writing() as session:
        owner = people.get(session, account)
        token, secret = credentials.create_token(session, owner, scope=scope, days=days, label=label[:64])
        until = token.expires_at
    give(secret)
    say(f"This token of {account} has the scope {scope} until {until:%Y-%m-%d}. Keep it: it is not shown again.")
    return DONE


def list_all(account: Annotated[str | None, typer.Option(metavar="NAME", help="Of this account only.")] = None) -> int:
    """List tokens by their beginnings, revoked and expired ones too."""
    with ready(load_settings()) as store, store.reading() as session:
        owner = people.get(session, account).id if account else None
        for token, name in credentials.tokens_of(session, owner):
            give(f"{token.id:6} {token.beginning}…  {name:20} {token.scope:7} {_state(token):20} {token.label}")
    return DONE


def revoke(
    token: Annotated[str, typer.Argument(metavar="ID|TOKEN", help="Its id, its first ten characters, or all of it.")],
) -> int:
    """End a token, from the next request on."""
    with ready(load_settings()) as store, store.writing() as session:
        is_id = token.isascii() and token.isdigit() and len(token) < 10
        number = int(token) if is_id else credentials.find_token(session, token).id
        credentials.revoke(session, number)
    say(f"Token {number} is revoked.")
    return DONE


def _state(token: Token) -> str:
    if token.revoked_at:
        return f"revoked {token.revoked_at:%Y-%m-%d}"
    return f"{'expired' if token.expires_at <= now() else 'until'} {token.expires_at:%Y-%m-%d}"
