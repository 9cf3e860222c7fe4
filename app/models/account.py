"""Who may do what: people, the credentials they hold, what a repeated request is answered, and the operator's switches.

Nothing here is evidence, so nothing here makes a data revision.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Id, Label, one_of

ROLES = ("curator", "editor", "admin")
"""Each may what those before it may."""
SCOPES = ("read", "write", "review", "admin")
"""Each allows what those before it allow."""
FLAGS = ("read_only", "no_imports")


class Account(Base):
    """A person or program that may write. Its name is in the history of all it wrote, so it neither changes nor goes."""

    __tablename__ = "account"
    __table_args__ = (one_of("role", ROLES),)

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(40), unique=True)
    role: Mapped[Label]
    password_hash: Mapped[str | None] = mapped_column(String(255))
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]


class Token(Base):
    """A token of an account: its SHA-256 and the beginning by which people tell tokens apart; the token itself is not kept."""

    __tablename__ = "token"
    __table_args__ = (one_of("scope", SCOPES), Index("ix_token_account_id", "account_id", "id"))

    id: Mapped[Id]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    label: Mapped[str] = mapped_column(String(64))
    beginning: Mapped[str] = mapped_column(String(16))
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    scope: Mapped[Label]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]


class LoginSession(Base):
    """A log-in of a browser: the SHA-256 of what its cookie holds, until it expires or is ended."""

    __tablename__ = "login_session"
    __table_args__ = (Index("ix_login_session_account_id", "account_id", "id"),)

    id: Mapped[Id]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class IdempotentAnswer(Base):
    """What a request with an ``Idempotency-Key`` was answered, so that its repeat has the same answer and no effect."""

    __tablename__ = "idempotent_answer"
    __table_args__ = (Index("ix_idempotent_answer_made_at", "made_at"), {"sqlite_with_rowid": False})

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    method: Mapped[str] = mapped_column(String(8), primary_key=True)
    path: Mapped[str] = mapped_column(String(500), primary_key=True)
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    body_hash: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime]
    status: Mapped[int]
    """0 while the request that made the row is under way; nobody outside its transaction sees that."""
    headers: Mapped[dict[str, Any]]
    body: Mapped[str] = mapped_column(Text)


class AdminFlag(Base):
    """A switch of the operator, with the reason that those who meet it are told."""

    __tablename__ = "admin_flag"
    __table_args__ = (
        one_of("name", FLAGS),
        CheckConstraint("NOT is_on OR reason IS NOT NULL", name="on_with_reason"),
    )

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    is_on: Mapped[bool]
    reason: Mapped[str | None]
    set_by: Mapped[str]
    set_at: Mapped[datetime]
