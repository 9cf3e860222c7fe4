"""The registry: every route and the permission that it takes. A route that is not in it cannot be made.

Permissions are ladders: an editor may what a curator may, a token of scope
``review`` what one of scope ``write`` may, and a token never more than the
role of its account. How a request is held to this is in ``guarding``;
``docs/permissions.md`` is made of this table.
"""

from collections.abc import Iterable

from msgspec import Struct

from app.accounts.principals import EVERYBODY, NOBODY
from app.models.account import SCOPES


class Permission(Struct, frozen=True):
    """What a route takes: the least role and the least scope; ``reads_credentials`` is False where none is looked at."""

    name: str
    role: str
    scope: str
    meaning: str
    reads_credentials: bool = True


PERMISSIONS = {
    each.name: each
    for each in (
        Permission("open", NOBODY, "read", "everybody; no credential is looked at", reads_credentials=False),
        Permission("read:public", NOBODY, "read", "everybody; a token that is shown must hold"),
        Permission("read:own", "curator", "read", "whoever has an account, about themselves"),
        Permission("write", "curator", "write", "curators, editors and administrators"),
        Permission("review", "editor", "review", "editors and administrators"),
        Permission("admin", "admin", "admin", "administrators"),
    )
}
"""By name, from the least to the most."""

ROUTES: dict[str, str] = {
    # Pages and files of the reference, and what machines watch
    "home": "open", "docs": "open", "errors": "open", "start": "open", "openapi": "open", "docs-static": "open",
    "get_health_live": "open", "get_health_ready": "open", "get_metrics": "open",
    # Accounts
    "log_in": "read:public", "log_out": "write", "get_me": "read:own",
    "list_tokens": "read:own", "create_token": "write", "revoke_token": "write",
    "get_flags": "admin", "set_flags": "admin",
    # Studies and findings
    "list_studies": "read:public", "get_study": "read:public", "get_study_history": "read:public",
    "list_findings": "read:public", "get_finding": "read:public", "list_quote_candidates": "read:public",
    "get_finding_history": "read:public", "list_quotes": "read:public",
    "add_study": "write", "edit_study": "write", "add_report": "write", "add_exposure": "write", "edit_exposure": "write",
    "add_findings": "write", "edit_finding": "write", "copy_finding": "write", "add_quote": "write",
    "remove_quote": "write", "remove_report": "write", "remove_exposure": "write",
    "submit_study": "write", "recall_study": "write", "accept_study": "review", "reject_study": "review",
    "retire_study": "write",
    "submit_finding": "write", "recall_finding": "write", "accept_finding": "review", "reject_finding": "review",
    "retire_finding": "write",
    "list_proposals": "read:own", "get_proposal": "read:own", "list_comments": "read:own", "add_comment": "write",
    "accept_proposal": "review", "reject_proposal": "review", "withdraw_proposal": "write",
    # Citations
    "list_citations": "read:public", "get_citation": "read:public", "get_citation_history": "read:public",
    "add_citation": "write", "edit_citation": "write",
    "merge_citation": "review", "unmerge_citation": "review",
    # Possible duplicates
    "list_duplicates": "read:public", "get_duplicate": "read:public",
    "merge_duplicate": "review", "keep_duplicate": "write", "link_duplicate": "write", "reopen_duplicate": "write",
    # Flags and differences
    "list_flags": "read:public", "get_flag": "read:public", "raise_flag": "write", "resolve_flag": "write",
    "list_differences": "read:public", "get_difference": "read:public",
    "keep_own_value": "write", "take_offered_value": "write",
    # Screening
    "get_screening_criteria": "read:public", "list_screening_queue": "read:own", "list_decisions": "read:own",
    "screen_citation": "write", "undo_screening": "write",
    # Answers and pictures
    "get_evidence": "read:public", "list_claims": "read:public", "get_claim": "read:public",
    "get_evidence_matrix": "read:public", "draw_evidence_matrix": "read:public",
    "get_effect_directions": "read:public", "draw_effect_directions": "read:public",
    "get_timeline_of_reports": "read:public", "draw_timeline_of_reports": "read:public",
    "get_flow_of_records": "read:public", "draw_flow_of_records": "read:public",
    # All else that is read
    "get_vocabulary": "read:public", "get_vocabulary_part": "read:public",
    "list_changes": "read:public",
    "follow_changes": "read:public",
    "follow_findings": "read:public",
    "follow_outcome": "read:public",
    "find_feed": "read:public",
    "list_imports": "read:public", "get_import": "read:public", "add_import": "review",
    "list_searches": "read:public", "get_search": "read:public",
    "add_search": "review", "edit_search": "review",
    "list_search_runs": "read:public", "get_search_run": "read:public",
    "export_findings": "read:public", "describe_findings_export": "read:public",
    "export_studies": "read:public", "describe_studies_export": "read:public",
    "export_citations": "read:public", "describe_citations_export": "read:public",
}  # fmt: skip
"""Function of the route → permission. The name is the operation id in the OpenAPI document and stands for one route only."""

STATES = ("none", "valid", "wrong scope", "expired", "revoked", "disabled")
"""What may be shown: nothing, a token that holds, one of scope ``read``, and three that hold no more."""
ALLOWED = "yes"


def permission_of(route: str) -> Permission:
    """What a route takes. Raises ``RuntimeError`` for one that is not in the registry, which ends the build."""
    if route not in ROUTES:
        raise RuntimeError(
            f"The route {route!r} names no permission. Add it to ROUTES in app/api/permissions.py, "
            "then write docs/permissions.md anew: python -m tests.api.permitted"
        )
    return PERMISSIONS[ROUTES[route]]


def answer_in(permission: Permission, role: str, state: str) -> str:
    """The cell of the table: ``yes``, or the status with which the request is turned away."""
    if not permission.reads_credentials:
        return ALLOWED
    if state in ("expired", "revoked", "disabled"):
        return "401"
    if EVERYBODY.index(role) < EVERYBODY.index(permission.role):
        return "401" if role == NOBODY else "403"
    scope = "read" if state == "wrong scope" else SCOPES[-1]
    return ALLOWED if SCOPES.index(scope) >= SCOPES.index(permission.scope) else "403"


def cells() -> Iterable[tuple[str, str]]:
    """Every role with every state of a credential that it may show."""
    for role in EVERYBODY:
        for state in STATES:
            if (role == NOBODY) == (state == "none"):
                yield role, state


def as_markdown(addresses: dict[str, str]) -> str:
    """The text of ``docs/permissions.md``; ``addresses`` holds method and path of every route."""
    lines = [_BEFORE, "## Permissions", "", "| permission | least role | least scope | who |", "|---|---|---|---|"]
    lines += [f"| `{p.name}` | {p.role} | {p.scope} | {p.meaning} |" for p in PERMISSIONS.values()]
    lines += ["", "## What each is answered", "", _CELLS_BEFORE, ""]
    columns = list(cells())
    lines.append("| permission | " + " | ".join(f"{role}<br>{state}" for role, state in columns) + " |")
    lines.append("|---|" + "---|" * len(columns))
    for p in PERMISSIONS.values():
        lines.append(f"| `{p.name}` | " + " | ".join(answer_in(p, *cell) for cell in columns) + " |")
    lines += ["", "## Routes", "", "| route | permission |", "|---|---|"]
    lines += [f"| `{address}` | `{ROUTES[name]}` |" for name, address in addresses.items()]
    return "\n".join(lines) + "\n"


_BEFORE = """# Permissions

Made from the registry in `app/api/permissions.py` by `python -m tests.api.permitted`; a test asks every route in every cell.
How to get an account and a token is in [accounts.md](accounts.md).
"""
_CELLS_BEFORE = """`yes`: the request is looked at. `401`: log in, or show a credential that holds. `403`: it is not enough.
*Valid* is a token of scope `admin`, *wrong scope* one of scope `read`, *disabled* a valid one of a disabled account. A log-in
has every scope; one that ended counts as none, because browsers send it unasked. Roles and credentials are read for every
request, and again when a write gets its turn."""
