"""``/claims``: the article's sentences with the findings that speak to them, both sides. Candidates only; no verdict here."""

from typing import Any

from fastapi import APIRouter
from sqlalchemy.orm import Session

from app.api.asking import Reading, only
from app.api.shapes import One, Shape, fields_of
from app.errors import NotFound
from app.history import events
from app.kit.public_ids import FINDING, public
from app.synthesis import claims
from app.synthesis.claims import Candidates
from app.vocabulary.words import vocabulary

router = APIRouter(prefix="/claims", tags=["claims"])


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


@router.get("", dependencies=[only()])
def list_claims(session: Reading) -> One[list[ClaimOut]]:
    """Every claim of the article with its candidates."""
    data = [_claim_out(session, claim) for claim in vocabulary().claims]
    body: Any = {"data": data, "meta": {"data_revision": events.latest(session), "total": len(data)}}
    return body  # type: ignore[no-any-return]


@router.get("/{claim_id}", dependencies=[only()])
def get_claim(claim_id: str, session: Reading) -> One[ClaimOut]:
    """One claim with its candidates."""
    claim = next((each for each in vocabulary().claims if each["id"] == claim_id), None)
    if claim is None:
        raise NotFound(f"There is no claim {claim_id[:40]!r}; claims are C01 to C{len(vocabulary().claims):02d}.")
    body: Any = {"data": _claim_out(session, claim), "meta": {"data_revision": events.latest(session)}}
    return body  # type: ignore[no-any-return]


def _claim_out(session: Session, claim: dict[str, Any]) -> dict[str, Any]:
    found = claims.candidates(session, claim)
    return claim | {"candidates": _sides(found), "candidate_counts": fields_of(found.counts)}


def _sides(found: Candidates) -> dict[str, dict[str, list[str]]]:
    return {
        stance: {side: [public(FINDING, each) for each in ids] for side, ids in sides.items()}
        for stance, sides in (("agreeing", found.agreeing), ("other", found.other))
    }
