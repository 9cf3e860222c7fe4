"""Many editors and many proposals at once, in short; ``scripts/bench approvals`` has 1,000 of them."""

import asyncio

from app.history import queries
from tests.api import approvers
from tests.api.live import Server
from tests.factories import opened

EDITORS, PROPOSALS, RACERS = 64, 48, 8


def test_64_editors_at_once_decide_every_proposal_exactly_once_and_none_of_their_own(vocabulary_url: str) -> None:
    with opened(vocabulary_url) as store:
        editors, studies = approvers.prepared(store, approvers=EDITORS, proposals=PROPOSALS)
        with Server(vocabulary_url) as server:
            decided = approvers.decide(server.port, editors, studies, proposals=PROPOSALS, racers=RACERS)
            found = approvers.look(store, asyncio.run(decided))
        with store.reading() as session:
            assert [] == list(queries.broken_links(session))

    assert ([], 0) == (found.bad, found.by_author)
    assert [PROPOSALS] * 4 == [found.proposed, found.accepted, found.reviews, found.applied]
    assert {1} == set(found.acknowledged.values())
    assert (PROPOSALS, PROPOSALS * (RACERS + 1)) == (found.statuses[200], found.statuses.total())
