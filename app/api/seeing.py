"""Who may see work that is not public: its author and editors. To everybody else it is not there."""

from app.accounts.principals import Principal
from app.errors import Gone, NotFound
from app.findings.flat import PUBLIC_STATUSES, FlatFinding
from app.kit.public_ids import STUDY, public
from app.models.study import Study

UNPUBLISHED = ("suggested", "draft", "rejected")
SEEN = (*UNPUBLISHED, *PUBLIC_STATUSES)


def may_see(principal: Principal, *, status: str, author: str | None) -> bool:
    """Whether ``principal`` may see a record of this status that ``author`` entered."""
    return status in PUBLIC_STATUSES or principal.is_editor or (principal.known and author == principal.name)


def sees_finding(principal: Principal, row: FlatFinding) -> bool:
    """Whether ``principal`` may see a finding and the study that it is of."""
    return may_see(principal, status=row.status, author=row.created_by) and may_see(
        principal, status=row.study_status, author=row.study_created_by
    )


def refuse_unseen(principal: Principal, study: Study) -> None:
    """Raise :class:`NotFound` for a study that ``principal`` may not see, :class:`Gone` for one that was retired."""
    if study.status == "retired":
        raise Gone(f"Study {public(STUDY, study.id)} was retired: {study.retired_reason}")
    if not may_see(principal, status=study.status, author=study.created_by):
        raise NotFound(f"There is no public study {public(STUDY, study.id)}.")
