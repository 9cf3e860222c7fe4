"""Answers kept for a day by ``Idempotency-Key``, so that a request sent twice has one effect. The constraint decides races."""

from datetime import timedelta
from typing import Any

from msgspec import Struct
from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.errors import Invalid
from app.kit.canonical import now
from app.models.account import IdempotentAnswer

KEPT_FOR = timedelta(hours=24)


class Request(Struct, frozen=True):
    """A request that may come again: who sends it, where to, under which key, and the hash of its body."""

    account_id: int
    method: str
    path: str
    key: str
    body_hash: str


class Kept(Struct, frozen=True):
    """An answer as it was sent."""

    status: int
    headers: dict[str, str]
    body: str


def first_or_answer(session: Session, request: Request) -> Kept | None:
    """None when this is the first such request, which then has the key; else what the first one was answered.

    A second one at the same time waits for the first here: for the write turn
    on SQLite, for the row on PostgreSQL. Raises :class:`Invalid` when the first
    one had another body.
    """
    session.execute(delete(IdempotentAnswer).where(IdempotentAnswer.made_at < now() - KEPT_FOR))
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    row = {**_key(request), "body_hash": request.body_hash, "made_at": now(), "status": 0, "headers": {}, "body": ""}
    made: Any = session.execute(
        insert(IdempotentAnswer).values(row).on_conflict_do_nothing(), execution_options={"preserve_rowcount": True}
    )
    if made.rowcount == 1:
        return None
    kept = session.scalars(select(IdempotentAnswer).filter_by(**_key(request))).one()
    if kept.body_hash != request.body_hash:
        raise Invalid(
            "This Idempotency-Key was sent with another body in the last 24 hours; use a new key for a new request.",
            field="Idempotency-Key",
        )
    return Kept(kept.status, dict(kept.headers), kept.body)


def keep(session: Session, request: Request, answer: Kept) -> None:
    """Keep the answer beside what it acknowledges, in the same transaction."""
    mine = update(IdempotentAnswer).filter_by(**_key(request))
    session.execute(mine.values(status=answer.status, headers=answer.headers, body=answer.body))


def forget(session: Session, request: Request) -> None:
    """Let the key be used again: what was begun under it came to nothing."""
    session.execute(delete(IdempotentAnswer).filter_by(**_key(request)))


def _key(request: Request) -> dict[str, Any]:
    return {"account_id": request.account_id, "method": request.method, "path": request.path, "key": request.key}
