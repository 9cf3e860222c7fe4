"""What a write of a settled record answers: 202 with the proposal that it became. Deciding it is in ``proposals``."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from app.api import etags
from app.api.answers import Answer, one
from app.api.reviewed import review_of
from app.api.shapes import API, One, Shape, moment_out, named
from app.api.writing import Write
from app.curation import proposals
from app.history import events
from app.history.queries import last_touch
from app.kit.public_ids import EXPOSURE, FINDING, PROPOSAL, STUDY, public
from app.models.curation import Proposal
from app.models.finding import Finding
from app.models.study import Exposure, Study

LETTERS = {"study": STUDY, "finding": FINDING, "exposure": EXPOSURE}
_COPIED = ("kind", "base_version", "comment", "state", "created_by", "decided_by", "superseded_because", "version")


class FieldChangeOut(Shape):
    """A field before and after; of what is to be added there is nothing before."""

    field: str
    before: Any
    after: Any


class ProposalOut(Shape):
    """A change of a settled record that waits for an editor, or what came of it."""

    id: str
    kind: str
    record_id: str
    base_version: int
    changes: list[FieldChangeOut]
    comment: str | None
    state: str
    created_at: str
    created_by: str
    decided_at: str | None
    decided_by: str | None
    superseded_by: str | None
    superseded_because: str | None
    version: int
    url: str


PROPOSED: dict[int | str, dict[str, Any]] = {
    202: {"description": "The record is settled, so this became a proposal", "model": One[ProposalOut]}
}


def proposal_out(proposal: Proposal) -> dict[str, Any]:
    """A proposal as it goes out."""
    proposal_id = public(PROPOSAL, proposal.id)
    changes = [
        {"field": field, "before": _shown(field, each["before"]), "after": _shown(field, each["after"])}
        for field, each in proposal.changes.items()
    ]
    return {name: getattr(proposal, name) for name in _COPIED} | {
        "id": proposal_id,
        "record_id": public(LETTERS[proposal.kind], proposal.record_id),
        "changes": changes,
        "created_at": moment_out(proposal.created_at),
        "decided_at": moment_out(proposal.decided_at),
        "superseded_by": public(PROPOSAL, proposal.superseded_by) if proposal.superseded_by else None,
        "url": f"{API}/proposals/{proposal_id}",
    }


def _shown(field: str, value: Any) -> Any:
    return named(value) if isinstance(value, dict) else named({field: value})[field]


def proposal_shown(session: Session, proposal: Proposal, *, status: int = 200) -> Answer:
    """A proposal with its tag."""
    tag = etags.tag(session, version=proposal.version, revision=last_touch(session, {"proposal": {proposal.id}}))
    told = review_of(session, "proposal", proposal.id)
    return one(proposal_out(proposal), revision=events.latest(session), headers=tag, status=status, **told)


def proposed(
    write: Write, record: Study | Finding | Exposure, after: Mapping[str, Any], *, comment: str | None
) -> Answer | None:
    """202 with the proposal that ``after`` makes; None where it would change nothing, so that there is nothing to decide."""
    proposal = proposals.propose(write.session, write.revision, record, after, comment=comment)
    write.seal()
    if proposal is None:
        return None
    answer = proposal_shown(write.session, proposal, status=202)
    answer.headers["Location"] = f"{API}/proposals/{public(PROPOSAL, proposal.id)}"
    return answer
