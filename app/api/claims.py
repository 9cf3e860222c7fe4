"""``/claims``: the article's sentences, each with a verdict computed from the findings of this moment, and both sides of it."""

from typing import Annotated, Any

from app.api.answers import Answer, one, whole
from app.api.asking import Reading, only
from app.api.claim_shapes import ClaimOut, claim_out
from app.api.documented import in_path
from app.api.guarding import Door, Guarded
from app.api.shapes import One, Whole
from app.errors import NotFound
from app.history import asof, events
from app.synthesis import claims
from app.vocabulary.words import vocabulary

router = Door(prefix="/claims", tags=["claims"], route_class=Guarded)
ClaimId = Annotated[str, in_path("C12", "the id of a claim", pattern="^C[0-9]{2}$")]


@router.get("", dependencies=[only(asof.PARAMETER)], response_model=Whole[ClaimOut])
def list_claims(session: Reading) -> Answer:
    """Every claim of the article with its verdict, on one page. Verdicts are about this collection, never about what is true."""
    then = asof.told(session)
    data = [claim_out(answer, _at(then)) for answer in claims.answers(session, vocabulary().claims)]
    return whole(data, revision=events.latest(session), **then)


@router.get("/{claim_id}", dependencies=[only(asof.PARAMETER)], response_model=One[ClaimOut])
def get_claim(claim_id: ClaimId, session: Reading) -> Answer:
    """One claim: its verdict, the sentence, both sides with quotes, and where its words are stronger than its evidence."""
    claim = next((each for each in vocabulary().claims if each["id"] == claim_id), None)
    if claim is None:
        raise NotFound(f"There is no claim {claim_id[:40]!r}; claims are C01 to C{len(vocabulary().claims):02d}.")
    (answer,) = claims.answers(session, [claim])
    then = asof.told(session)
    return one(claim_out(answer, _at(then)), revision=events.latest(session), **then)


def _at(then: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    """The parameter that reads a list in the same state as the claim; none for the present."""
    return {name: (str(state["data_revision"]),) for name, state in then.items()}
