"""What OpenAPI says of credentials, keys and media types, made from the registry. How they are checked is in ``guarding``."""

from typing import Any

from app.api.guarding import COOKIE, FORM_HEADER
from app.api.permissions import permission_of

_SCHEMES = {
    "token": {"type": "http", "scheme": "bearer", "description": "a token of an account: `evidence token create`"},
    "login": {
        "type": "apiKey", "in": "cookie", "name": COOKIE,
        "description": f"a log-in (`POST /session`); writes need the header `{FORM_HEADER}` beside it",
    },
}  # fmt: skip
_KEY = {
    "name": "Idempotency-Key", "in": "header", "required": False,
    "description": "makes a repeat harmless: for 24 hours the same key and body get the first answer again",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
}  # fmt: skip


def tell(document: dict[str, Any]) -> None:
    """Let the document say which operations need a credential, which take a key, and that changes are merge patches."""
    document["components"]["securitySchemes"] = _SCHEMES
    for methods in document["paths"].values():
        for method, operation in methods.items():
            permission = permission_of(operation["operationId"])
            operation["x-permission"] = permission.name
            if permission.role != "anonymous":
                operation["security"] = [{"token": []}, {"login": []}]
            if method == "post" and permission.role != "anonymous":
                operation.setdefault("parameters", []).append(_KEY)
            body = operation.get("requestBody", {}).get("content", {})
            if method == "patch" and "application/json" in body:
                body["application/merge-patch+json"] = body["application/json"]
