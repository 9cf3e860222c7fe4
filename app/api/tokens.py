"""``/tokens``: one's own tokens; an administrator sees and revokes those of all. A token is shown once, when it is made."""

from typing import Annotated, Any

from fastapi import Request, Response
from pydantic import Field

from app.accounts import credentials, people
from app.accounts.principals import BY_LOGIN
from app.api.answers import Answer
from app.api.asking import Reading, chosen, only
from app.api.documented import among, in_path
from app.api.guarding import Door, Guarded, principal_of
from app.api.shapes import API, Shape, moment_out
from app.api.writing import Writing, written
from app.errors import Forbidden, NotFound
from app.kit.draft import INT32_MAX, Draft, Name
from app.models.account import Token

router = Door(prefix="/tokens", tags=["accounts"], route_class=Guarded)

TokenId = Annotated[str, in_path("1", "the id of a token", pattern="^[1-9][0-9]{0,9}$")]
_OWNERS = ("mine", "all")


class TokenDraft(Draft):
    """What a token is for (``label``), what it allows, and for how many days."""

    label: Name
    scope: Name = "read"
    days: Annotated[int, Field(ge=1, le=credentials.LONGEST_DAYS, strict=True)] = 90


class TokenOut(Shape):
    """A token without its secret; ``beginning`` tells tokens apart."""

    id: str
    account: str
    label: str
    beginning: str
    scope: str
    created_at: str
    expires_at: str
    revoked_at: str | None
    last_used_at: str | None


class NewTokenOut(TokenOut):
    """A token just made, with its secret: keep it, it is not shown again."""

    token: str


class TokensOut(Shape):
    """The envelope of the list."""

    data: list[TokenOut]


class TokenEnvelope(Shape):
    """The envelope of one."""

    data: NewTokenOut


@router.get(
    "", dependencies=[only("of")], response_model=TokensOut,
    openapi_extra={"parameters": [among("of", _OWNERS, "whose tokens; `all` for administrators")]},
)  # fmt: skip
def list_tokens(request: Request, session: Reading) -> Answer:
    """One's own tokens, or with ``of=all`` those of everybody; revoked and expired ones too."""
    principal = principal_of(request)
    everybody = "all" in chosen(request, "of", _OWNERS)
    if everybody and not principal.has(role="admin", scope="admin"):
        raise Forbidden("Only administrators see the tokens of others.", field="of")
    found = credentials.tokens_of(session, None if everybody else principal.account_id)
    return Answer({"data": [_out(token, name) for token, name in found]}, headers={"Cache-Control": "no-store"})


@router.post("", status_code=201, dependencies=[only()], response_model=TokenEnvelope)
@written
def create_token(draft: TokenDraft, write: Writing) -> Response:
    """Make a token of one's own, while logged in. Its secret is in this answer only."""
    write.keeps_answer = False
    if write.principal.by != BY_LOGIN:
        raise Forbidden(
            "A token makes no tokens, for one that leaked would outlive its end. Log in, or: evidence token create."
        )
    account = people.get(write.session, write.principal.name)
    token, secret = credentials.create_token(
        write.session, account, scope=draft.scope, days=draft.days, label=draft.label
    )
    headers = {"Cache-Control": "no-store", "Location": f"{API}/tokens/{token.id}"}
    return Answer({"data": {**_out(token, account.name), "token": secret}}, 201, headers)


@router.delete("/{token_id}", status_code=204, dependencies=[only()], response_class=Response)
@written
def revoke_token(token_id: TokenId, write: Writing) -> Response:
    """Revoke a token, one's own or as an administrator anybody's; it holds no more from the next request on."""
    number = int(token_id) if token_id.isascii() and token_id.isdigit() and len(token_id) <= 10 else 0
    if not 0 < number <= INT32_MAX:
        raise NotFound(f"{token_id[:40]!r} is not the id of a token; GET /tokens lists them.")
    of_anybody = write.principal.has(role="admin", scope="admin")
    credentials.revoke(write.session, number, account_id=None if of_anybody else write.principal.account_id)
    return Response(status_code=204)


def _out(token: Token, account: str) -> dict[str, Any]:
    moments = ("created_at", "expires_at", "revoked_at", "last_used_at")
    return {
        "id": str(token.id), "account": account, "label": token.label, "beginning": token.beginning, "scope": token.scope,
        **{name: moment_out(getattr(token, name)) for name in moments},
    }  # fmt: skip
