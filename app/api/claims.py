"""``/claims``: the article's sentences with the findings that speak to them, both sides. Candidates only; no verdict here."""

from typing import Annotated, Any

from fastapi import APIRouter
from sqlalchemy.orm import Session

from app.api.answers import Answer, one, whole
from app.api.asking import Reading, only
from app.api.documented import in_path
from app.api.guarding import Guarded
from app.api.shapes import One, Shape, Whole, fields_of
from app.errors import NotFound
from app.history import asof, events
from app.kit.public_ids import FINDING, public
from app.synthesis import claims
from app.synthesis.claims import Candidates
from app.vocabulary.words import vocabulary

router = APIRouter(prefix="/claims", tags=["claims"], route_class=Guarded)
ClaimId = Annotated[str, in_path("C03", "the id of a claim", pattern="^C[0-9]{2}$")]


class ClaimOut(Shape):
    """A claim and its candidates: findings of its outcomes, phase and contrast, by direction and by people or animals."""

    id: str
    text: str
    scope: str
    strength: str
    claim_type: str
    sentences: list[int]
    outcomes: list[str]
    direction: str | None
    phase: str | None
    contrast: str | None
    substance_group: str | None
    would_support: str | None
    would_contradict: str | None
    candidates: dict[str, dict[str, list[str]]]
    candidate_counts: dict[str, int]


@router.get("", dependencies=[only(asof.PARAMETER)], response_model=Whole[ClaimOut])
def list_claims(session: Reading) -> Answer:
    """Every claim of the article with its candidates, on one page."""
    data = [_claim_out(session, claim) for claim in vocabulary().claims]
    return whole(data, revision=events.latest(session), **asof.told(session))


@router.get("/{claim_id}", dependencies=[only(asof.PARAMETER)], response_model=One[ClaimOut])
def get_claim(claim_id: ClaimId, session: Reading) -> Answer:
    """One claim with its candidates."""
    claim = next((each for each in vocabulary().claims if each["id"] == claim_id), None)
    if claim is None:
        raise NotFound(f"There is no claim {claim_id[:40]!r}; claims are C01 to C{len(vocabulary().claims):02d}.")
    return one(_claim_out(session, claim), revision=events.latest(session), **asof.told(session))


def _claim_out(session: Session, claim: dict[str, Any]) -> dict[str, Any]:
    found = claims.candidates(session, claim)
    told = {name: claim.get(name) for name in ClaimOut.model_fields}
    return told | {"candidates": _sides(found), "candidate_counts": fields_of(found.counts)}


def _sides(found: Candidates) -> dict[str, dict[str, list[str]]]:
    return {
        stance: {side: [public(FINDING, each) for each in ids] for side, ids in sides.items()}
        for stance, sides in (("agreeing", found.agreeing), ("other", found.other))
    }
